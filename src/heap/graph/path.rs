//! Why an object is alive: the shortest ways from roots to it.
//!
//! Knows: distances, and which of V8's own objects only lead everywhere. Must not know: what a step is called (`naming`).

use super::dominators::Csr;
use super::{Graph, Node, Root, RootKind};
use crate::heap::{Heap, Kind};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A way from a root to an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    /// The objects on it: the root's first, the one that was asked for last.
    pub nodes: Vec<Node>,
}

/// Distances from the roots, and who refers to whom, for as many questions as one likes.
#[derive(Debug)]
pub struct Paths {
    distance: Vec<u32>,
    /// Who refers to each, weak references left out.
    sources: Csr,
    /// By object that is a root: the best of its reasons.
    root_of: rustc_hash::FxHashMap<u32, Root>,
}

/// Not to be reached.
const NEVER: u32 = u32::MAX;
/// So many steps farther away is a root that is but a word of native memory: a way from another tells more.
const NATIVE: u32 = 4;
/// So many ways are looked at for one question.
const MOST_LOOKED_AT: usize = 1 << 16;
/// The longest way that is told.
const LONGEST: usize = 1 << 12;

impl RootKind {
    /// How far away such a root is itself.
    fn distance(self) -> u32 {
        if matches!(self, RootKind::Handle(_) | RootKind::Native(_)) { NATIVE } else { 0 }
    }
}

/// Whether objects of `kind` are V8's own description of others, through which nearly everything leads to everything.
fn only_describes(kind: Option<Kind>) -> bool {
    matches!(
        kind,
        Some(
            Kind::Map | Kind::DescriptorArray | Kind::Code | Kind::SharedFunctionInfo | Kind::Script | Kind::ScopeInfo
        )
    )
}

impl Paths {
    /// How many bytes those of `graph` take, at most.
    pub fn memory(graph: &Graph) -> u64 {
        graph.references().memory() + graph.len() as u64 * size_of::<u32>() as u64
    }

    /// Those of `graph`; through objects that only describe others when `all`.
    pub fn new(heap: Heap<'_>, graph: &Graph, all: bool) -> Paths {
        let count = graph.len();
        let mut root_of: rustc_hash::FxHashMap<u32, Root> = rustc_hash::FxHashMap::default();
        for &root in graph.roots() {
            root_of.entry(root.object).or_insert(root);
        }
        let mut distance = vec![NEVER; count];
        let mut level: Vec<Vec<u32>> = vec![Vec::new(); NATIVE as usize + 1];
        for root in root_of.values() {
            level[root.kind.distance() as usize].push(root.object);
        }
        level.iter_mut().for_each(|roots| roots.sort_unstable());
        let mut at = 0_u32;
        while let Some(here) = level.get_mut(at as usize).map(std::mem::take) {
            let mut next = Vec::new();
            for node in here {
                if distance[node as usize] <= at {
                    continue;
                }
                distance[node as usize] = at;
                if !all && only_describes(graph.kind(heap, Node(node))) {
                    continue;
                }
                next.extend(graph.references().strong(node).filter(|&t| distance[t as usize] == NEVER));
            }
            at += 1;
            match level.get_mut(at as usize) {
                Some(later) => later.extend(next),
                None if next.is_empty() => break,
                None => level.push(next),
            }
        }
        let sources = reverse(graph, |node| {
            distance[node as usize] != NEVER && (all || !only_describes(graph.kind(heap, Node(node))))
        });
        Paths { distance, sources, root_of }
    }

    /// A shortest way to `node`, the same whenever it is asked for; at once, however many others there are.
    pub fn nearest(&self, node: Node) -> Option<Path> {
        let distance = |node: u32| self.distance.get(node as usize).copied().unwrap_or(NEVER);
        let mut nodes = vec![node];
        let mut at = node.0;
        // Each step is nearer to a root.
        while distance(at) != NEVER {
            if let Some(&root) = self.root_of.get(&at).filter(|root| distance(at) == root.kind.distance()) {
                nodes.reverse();
                return Some(Path { root, nodes });
            }
            let next = self.sources.of(at).iter().find(|&&source| distance(source) < distance(at));
            at = *next?;
            nodes.push(Node(at));
        }
        None
    }

    /// The `most` shortest ways to `node`, the shortest first.
    pub fn to(&self, node: Node, most: usize) -> Vec<Path> {
        let mut found = Vec::new();
        // Ways from the end, as links to the way that each goes on; those that may be shortest first.
        let mut ways: Vec<(u32, Option<usize>, usize)> = Vec::new();
        let mut queue: BinaryHeap<Reverse<(u32, usize)>> = BinaryHeap::new();
        let add = |ways: &mut Vec<_>, queue: &mut BinaryHeap<_>, node: u32, on: Option<usize>, length: usize| {
            let distance = self.distance.get(node as usize).copied().unwrap_or(NEVER);
            if distance != NEVER {
                queue.push(Reverse((distance.saturating_add(length as u32), ways.len())));
                ways.push((node, on, length));
            }
        };
        add(&mut ways, &mut queue, node.0, None, 0);
        while let Some(Reverse((_, at))) = queue.pop() {
            let (head, _, length) = ways[at];
            if found.len() >= most || ways.len() > MOST_LOOKED_AT {
                break;
            }
            if let Some(&root) = self.root_of.get(&head) {
                let links = std::iter::successors(Some(at), |&at| ways[at].1);
                found.push(Path { root, nodes: links.map(|at| Node(ways[at].0)).collect() });
                continue;
            }
            if length >= LONGEST {
                continue;
            }
            for &source in self.sources.of(head) {
                if ways.len() > MOST_LOOKED_AT {
                    break;
                }
                let on_way = std::iter::successors(Some(at), |&at| ways[at].1).any(|at| ways[at].0 == source);
                if !on_way {
                    add(&mut ways, &mut queue, source, Some(at), length + 1);
                }
            }
        }
        found
    }
}

/// Who refers to whom, of those that `wanted` picks, by counting sort.
fn reverse(graph: &Graph, wanted: impl Fn(u32) -> bool) -> Csr {
    let count = graph.len();
    let mut starts = vec![0_u32; count + 1];
    let from = || (0..count as u32).filter(|&node| wanted(node));
    for node in from() {
        for target in graph.references().strong(node) {
            starts[target as usize] += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut targets = vec![0_u32; sum as usize];
    for node in from() {
        for target in graph.references().strong(node) {
            let slot = &mut starts[target as usize];
            *slot -= 1;
            targets[*slot as usize] = node;
        }
    }
    Csr { starts, targets }
}
