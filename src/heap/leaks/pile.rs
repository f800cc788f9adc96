//! Piles: many values alike in one place, that together hold much and each of which holds little.
//!
//! Knows: containers, chains, children of a dominator. Must not know: what the values have in common.

use super::container::{self, Content, Form};
use super::shape::{ShapeId, ShapeKind, Shapes};
use super::tree::Tree;
use super::{LEAST_ALIKE, LEAST_COUNT, Part, Suspect};
use crate::heap::graph::{Graph, Node, Root, RootKind, is_javascript};
use crate::heap::{Field, Heap, Progress, Result};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;

/// A pile.
#[derive(Debug)]
pub(super) struct Pile {
    /// What keeps it: see [`Suspect::node`].
    pub node: Node,
    /// What that is.
    pub form: Form,
    /// How many entries it has.
    pub entries: u64,
    /// Their shapes, those of most first.
    pub parts: Vec<(ShapeId, u64)>,
    /// The shape of most.
    pub main: ShapeId,
    /// The entries, as far as they are objects.
    pub members: Vec<Node>,
    /// Those of them that have the main shape.
    pub alike: Vec<Node>,
    /// How many bytes it holds.
    pub held: u64,
    /// Other containers with the same entries.
    pub others: Vec<Node>,
}

/// The objects that are in some pile.
#[derive(Debug)]
pub(super) struct Claimed(Vec<bool>);

impl Claimed {
    /// None of `count`.
    pub fn new(count: usize) -> Claimed {
        Claimed(vec![false; count])
    }

    /// Also those of `pile`, and what these refer to.
    pub fn add(&mut self, graph: &Graph, pile: &Pile) {
        for node in &pile.members {
            self.0[node.0 as usize] = true;
            graph.references().strong(node.0).for_each(|target| self.0[target as usize] = true);
        }
    }

    /// Whether half of `members` are in piles.
    pub fn covers(&self, members: &[Node]) -> bool {
        members.iter().filter(|node| self.0[node.0 as usize]).count() * 2 >= members.len()
    }
}

/// Where it is looked for piles.
#[derive(Clone, Copy)]
pub(super) struct Search<'s, 'g> {
    /// The heap.
    pub heap: Heap<'s>,
    /// Its graph.
    pub graph: &'g Graph,
    /// The tree of dominators of that.
    pub tree: &'g Tree,
    /// The fewest bytes that a pile holds.
    pub least: u64,
}

/// After so many objects, a look at whether to stop.
const BREATH: usize = 1 << 14;

impl Search<'_, '_> {
    /// Containers with piles. Two that have the same entries are one.
    ///
    /// # Errors
    /// When the search is cancelled.
    pub fn containers(&self, shapes: &mut Shapes<'_>, progress: &Progress) -> Result<Vec<Pile>> {
        let mut found: Vec<Pile> = Vec::new();
        for (at, node) in self.graph.reached().enumerate() {
            if at.is_multiple_of(BREATH) {
                progress.advance(0)?;
            }
            let Some(content) = container::content(self.heap, self.graph, node, LEAST_COUNT) else { continue };
            found.extend(self.container(shapes, node, content));
        }
        found.sort_by_key(|pile| (Reverse(pile.held), pile.node));
        let mut kept: Vec<Pile> = Vec::new();
        for pile in found {
            let mine: FxHashSet<Node> = pile.members.iter().copied().collect();
            let same = |other: &Pile| {
                let both = other.members.iter().filter(|node| mine.contains(node)).count();
                both * 5 >= mine.len() * 4 && both > 0
            };
            match kept.iter().position(same) {
                Some(at) => kept[at].others.push(pile.node),
                None => kept.push(pile),
            }
        }
        Ok(kept)
    }

    fn container(&self, shapes: &mut Shapes<'_>, node: Node, content: Content) -> Option<Pile> {
        let graph = self.graph;
        // What keeps the container alive may be in it: that is not its own.
        let members: Vec<Node> =
            content.objects.into_iter().filter(|&member| !self.tree.dominates(member, node)).collect();
        let stores = content.stores.iter().filter(|&&store| graph.is_reached(store));
        let own = graph.shallow(node) + stores.map(|&store| graph.shallow(store)).sum::<u64>();
        let top = self.tree.topmost(&members);
        let sum: u64 = top.iter().map(|&member| graph.retained(member)).sum();
        let held = graph.retained(node).max(own + sum);
        let largest = top.iter().map(|&member| graph.retained(member)).max().unwrap_or(0);
        if held < self.least || largest > held / 2 {
            return None;
        }
        self.pile(shapes, node, content.form, members, content.numbers, held)
    }

    /// A pile of `members` and so many `numbers`, if enough of them are alike, and they are no code.
    fn pile(
        &self,
        shapes: &mut Shapes<'_>,
        node: Node,
        form: Form,
        members: Vec<Node>,
        numbers: u64,
        held: u64,
    ) -> Option<Pile> {
        let entries = members.len() as u64 + numbers;
        let mut counts: FxHashMap<ShapeId, u64> = FxHashMap::default();
        let of: Vec<Option<ShapeId>> = members.iter().map(|&member| shapes.of(self.graph, member)).collect();
        of.iter().flatten().for_each(|&shape| *counts.entry(shape).or_default() += 1);
        if numbers > 0 {
            *counts.entry(shapes.number()).or_default() += numbers;
        }
        let mut parts: Vec<(ShapeId, u64)> = counts.into_iter().collect();
        parts.sort_unstable_by_key(|&(shape, count)| (Reverse(count), shape));
        let &(main, count) = parts.first()?;
        // Functions of Node's own under names are its tables: of errors by code, of builtins.
        let is_code = match shapes.get(main).kind {
            ShapeKind::Code => true,
            ShapeKind::OwnClosure(_) | ShapeKind::Bound => form == Form::Object,
            _ => false,
        };
        if is_code || count < LEAST_COUNT as u64 || count * 100 < entries * LEAST_ALIKE {
            return None;
        }
        let alike = members.iter().zip(&of).filter(|(_, shape)| **shape == Some(main)).map(|(&node, _)| node).collect();
        Some(Pile { node, form, entries, parts, main, members, alike, held, others: Vec::new() })
    }

    /// Chains of objects of one shape, each of which dominates the next, whatever else lies between.
    ///
    /// # Errors
    /// When the search is cancelled.
    pub fn chains(&self, shapes: &mut Shapes<'_>, progress: &Progress) -> Result<Vec<Pile>> {
        let graph = self.graph;
        let mut above: Vec<Vec<Node>> = Vec::new();
        // By shape and first: how deep, and the last.
        let mut deepest: FxHashMap<(ShapeId, Node), (usize, Node)> = FxHashMap::default();
        let mut shape_of: Vec<Option<ShapeId>> = Vec::new();
        let mut stopped = Ok(());
        let mut seen = 0_usize;
        graph.walk_dominators(&mut |node, entering| {
            if !entering {
                if let Some(Some(shape)) = shape_of.pop() {
                    above[shape.0 as usize].pop();
                }
                return;
            }
            seen += 1;
            if seen.is_multiple_of(BREATH) && stopped.is_ok() {
                stopped = progress.advance(0);
            }
            // Of what is small, nothing is a chain that holds much; but what is below needs its own place to be left.
            let shape = if stopped.is_ok() { shapes.of(graph, node) } else { None };
            let shape = shape.filter(|&shape| !matches!(shapes.get(shape).kind, ShapeKind::String | ShapeKind::Number));
            shape_of.push(shape);
            let Some(shape) = shape else { return };
            let at = shape.0 as usize;
            if above.len() <= at {
                above.resize_with(at + 1, Vec::new);
            }
            above[at].push(node);
            let depth = above[at].len();
            if depth >= LEAST_COUNT {
                let most = deepest.entry((shape, above[at][0])).or_insert((0, node));
                if most.0 < depth {
                    *most = (depth, node);
                }
            }
        });
        stopped?;
        let mut found = Vec::new();
        for ((shape, first), (_, last)) in deepest {
            let up = std::iter::successors(Some(last), |&node| graph.dominator(node));
            let mut members: Vec<Node> = up
                .take_while(|&node| self.tree.dominates(first, node))
                .filter(|&node| shapes.of(graph, node) == Some(shape))
                .collect();
            members.reverse();
            let (held, half) = (graph.retained(first), members.get(members.len() / 2).copied().unwrap_or(first));
            // What hangs on the end, or on the beginning, is no pile.
            let is_even = (held / 10..=held / 10 * 9).contains(&graph.retained(half));
            if held >= self.least && is_even {
                found.extend(self.pile(shapes, first, Form::Chain, members, 0, held));
            }
        }
        found.sort_by_key(|pile| (Reverse(pile.held), pile.node));
        Ok(found)
    }

    /// Children of one shape that one object dominates, or that handles of C++ hold, each by itself.
    ///
    /// # Errors
    /// When the search is cancelled.
    pub fn siblings(&self, shapes: &mut Shapes<'_>, progress: &Progress) -> Result<Vec<Pile>> {
        let graph = self.graph;
        let nobody = graph.len();
        let above = |node: Node| graph.dominator(node).map_or(nobody, |above| above.0 as usize);
        let mut children = vec![0_u32; graph.len() + 1];
        graph.reached().for_each(|node| children[above(node)] += 1);
        // Other words of native memory may be stale.
        let is_handle = |root: &&Root| matches!(root.kind, RootKind::Handle(_));
        let handles: FxHashSet<u32> = graph.roots().iter().filter(is_handle).map(|root| root.object).collect();
        let mut groups: FxHashMap<(usize, ShapeId), Vec<Node>> = FxHashMap::default();
        for (at, node) in graph.reached().enumerate() {
            if at.is_multiple_of(BREATH) {
                progress.advance(0)?;
            }
            let is_few = children[above(node)] < LEAST_COUNT as u32;
            // What several roots lead to, none of them keeps alive by itself.
            if is_few || (above(node) == nobody && !handles.contains(&node.0)) {
                continue;
            }
            let Some(shape) = shapes.of(graph, node) else { continue };
            // Strings and numbers that nothing keeps in a container are those of code.
            let kind = &shapes.get(shape).kind;
            let told = matches!(kind, ShapeKind::Class | ShapeKind::Literal(_) | ShapeKind::Closure);
            if told {
                groups.entry((above(node), shape)).or_default().push(node);
            }
        }
        let mut found = Vec::new();
        for ((above, _), members) in groups {
            let held: u64 = members.iter().map(|&node| graph.retained(node)).sum();
            let largest = members.iter().map(|&node| graph.retained(node)).max().unwrap_or(0);
            let Some(&first) = members.first() else { continue };
            if members.len() < LEAST_COUNT || held < self.least || largest > held / 2 {
                continue;
            }
            let (node, form) =
                if above == nobody { (first, Form::Native) } else { (self.owner(Node(above as u32)), Form::List) };
            found.extend(self.pile(shapes, node, form, members, 0, held));
        }
        found.sort_by_key(|pile| (Reverse(pile.held), pile.node));
        Ok(found)
    }

    /// The object of JavaScript that keeps its properties or elements in `store`; else that itself.
    fn owner(&self, store: Node) -> Node {
        let owner = self.graph.dominator(store).filter(|&owner| {
            let owner = self.graph.word(owner);
            [Field::JsObjectProperties, Field::JsObjectElements]
                .iter()
                .any(|&field| self.heap.word(owner, field).is_ok_and(|word| word == self.graph.word(store)))
        });
        let is_store = !self.graph.kind(self.heap, store).is_some_and(is_javascript);
        owner.filter(|_| is_store).unwrap_or(store)
    }

    /// The one object that takes most itself, if that is `least` bytes and more than `few`.
    pub fn single(&self, shapes: &mut Shapes<'_>, least: u64, few: u64) -> Option<Suspect> {
        let graph = self.graph;
        let size = |node: Node| graph.shallow(node) + graph.outside(node);
        let sure = graph.reached().filter(|&node| !graph.is_doubted(node));
        let node = sure.max_by_key(|&node| (size(node), Reverse(node)))?;
        let held = size(node);
        if held < least.max(few) {
            return None;
        }
        let shape = shapes.of(graph, node);
        let parts = shape.map(|shape| Part { shape: shapes.get(shape).clone(), count: 1 }).into_iter().collect();
        Some(Suspect {
            node,
            form: Form::Single,
            entries: 1,
            parts,
            held,
            made: Vec::new(),
            common: Vec::new(),
            others: Vec::new(),
            samples: Vec::new(),
            variable: None,
            minor: false,
        })
    }
}
