//! The graph of the heap: every object with its size, every reference, what keeps alive, and what goes with what.
//!
//! Columns and numbers: an object takes some forty bytes, a reference four. What a reference is called is read from the
//! heap when it is asked for.
//!
//! Knows: the whole heap at once. Must not know: commands, caches.

mod census;
mod classes;
mod dominators;
mod edges;
mod ephemerons;
mod handles;
mod index;
pub mod naming;
mod objects;
mod path;
mod readings;
mod roots;
#[cfg(test)]
mod roots_tests;
mod stacks;
#[cfg(test)]
mod tests;
mod told;

pub use census::{Census, Group, Growth, difference, growth, shape};
pub use classes::{By, Class, Naming, Sums, is_javascript, is_own};
pub use dominators::{Csr, WEAK};
pub use path::{Path, Paths};
pub use roots::{Root, RootKind};
pub use told::{Held, Teller};

use super::kinds::Facts;
use super::layout::InstanceType;
use super::{Heap, Kind, Progress, Result, Tagged};
use dominators::Dominators;
use ephemerons::Ephemerons;
use index::Index;

/// The number of an object in a [`Graph`]: they ascend with addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Node(pub u32);

/// Bytes that a graph keeps for each object, its references apart; and those that it needs besides while dominators are
/// looked for.
const OBJECT: u64 = 41;
const DOMINATING: u64 = 24;

/// All objects of a heap.
#[derive(Debug)]
pub struct Graph {
    starts: Vec<u64>,
    words: Vec<u32>,
    types: Vec<u16>,
    word_size: u64,
    index: Index,
    references: Csr,
    ephemerons: Ephemerons,
    /// Bytes outside the heap, by object, for those that have any.
    outside: Vec<(u32, u64)>,
    free: u64,
    roots: Vec<Root>,
    doubted: Vec<bool>,
    dominators: Dominators,
    retained: Vec<u64>,
}

impl Graph {
    /// The graph of `heap`.
    ///
    /// # Errors
    /// When the layout lacks what a pass needs, the pass is cancelled, would keep more memory than it may, or
    /// there are more references than can be numbered (2^32).
    pub fn new(heap: Heap<'_>, progress: &Progress) -> Result<Graph> {
        let facts = Facts::new(heap)?;
        let words = heap.words();
        // Twice over memory: for objects, for roots; once more over the objects.
        progress.begin(words.len() * 3);
        let (passing, kept) = (progress.claim(), progress.claim());
        let objects::Found { objects: mut found, free, left } = objects::find(&words, &facts, progress, &passing)?;
        let mut starts: Vec<u64> = found.iter().map(|object| object.start).collect();
        let mut index = Index::new(&starts, facts.width);
        let mut edges = edges::find(heap, &words, &facts, &found, &index, progress, &passing)?;
        if objects::uncover(&mut found, std::mem::take(&mut edges.missing), &words, &facts, progress)? {
            starts = found.iter().map(|object| object.start).collect();
            index = Index::new(&starts, facts.width);
            edges = edges::find(heap, &words, &facts, &found, &index, progress, &passing)?;
        }
        kept.take(found.len() as u64 * OBJECT)?;
        let edges::Edges { mut references, outside, entries, .. } = edges;
        kept.take(Ephemerons::memory(entries.len(), found.len()))?;
        let ephemerons = Ephemerons::new(&mut references, entries);
        kept.take(references.memory())?;
        let roots::Found { roots, doubted } = roots::find(
            heap,
            &words,
            &roots::Heaped { objects: &found, index: &index, left: &left },
            &mut references,
            &ephemerons,
            progress,
        )?;
        let rooted: Vec<u32> = roots.iter().map(|root| root.object).collect();
        passing.take(found.len() as u64 * DOMINATING + references.memory())?;
        let dominators = Dominators::new(&references, &rooted, progress)?;
        let mut graph = Graph {
            starts,
            words: found.iter().map(|object| object.words).collect(),
            types: found.iter().map(|object| object.instance_type).collect(),
            word_size: facts.width.bytes(),
            index,
            references,
            ephemerons,
            outside,
            free,
            roots,
            doubted,
            dominators,
            retained: Vec::new(),
        };
        kept.keep();
        graph.retained = graph.dominators.retained(|node| graph.shallow(Node(node)) + graph.outside(Node(node)));
        Ok(graph)
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// All objects.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        (0..self.starts.len() as u32).map(Node)
    }

    /// The object at `word`.
    pub fn node(&self, word: Tagged) -> Option<Node> {
        word.is_object().then(|| self.index.number(word.untagged().0)).flatten().map(Node)
    }

    /// The tagged address of an object.
    pub fn word(&self, node: Node) -> Tagged {
        Tagged(self.starts[node.0 as usize] + 1)
    }

    /// The type of an object.
    pub fn instance_type(&self, node: Node) -> InstanceType {
        InstanceType(self.types[node.0 as usize])
    }

    /// The kind of an object; absent for one without a decoder.
    pub fn kind(&self, heap: Heap<'_>, node: Node) -> Option<Kind> {
        heap.layout().kind(self.instance_type(node))
    }

    /// How many bytes of the heap it takes itself.
    pub fn shallow(&self, node: Node) -> u64 {
        u64::from(self.words[node.0 as usize]) * self.word_size
    }

    /// How many bytes outside the heap belong to it.
    pub fn outside(&self, node: Node) -> u64 {
        self.outside.binary_search_by_key(&node.0, |&(owner, _)| owner).map_or(0, |at| self.outside[at].1)
    }

    /// How many bytes would be free without it: its own, and of all that is reached through it alone. 0 for what cannot
    /// be reached.
    pub fn retained(&self, node: Node) -> u64 {
        self.retained[node.0 as usize]
    }

    /// Whether anything keeps it alive.
    pub fn is_reached(&self, node: Node) -> bool {
        self.dominators.reaches(node.0)
    }

    /// Whether only a word that may be stale keeps it alive: of native memory, or of a frame of C++.
    pub fn is_doubted(&self, node: Node) -> bool {
        self.doubted[node.0 as usize]
    }

    /// The object without which it would not be reached; absent when there is none, and for what cannot be reached.
    pub fn dominator(&self, node: Node) -> Option<Node> {
        self.dominators.of(node.0).map(Node)
    }

    /// The objects whose dominator is `node`, ascending.
    pub fn dominated(&self, node: Node) -> Vec<Node> {
        let mut found: Vec<Node> = self.reached().filter(|&other| self.dominator(other) == Some(node)).collect();
        found.sort_unstable();
        found
    }

    /// Walks the tree of dominators: hands on each object that is reached when it is entered, and when it is left, which
    /// is after all that it dominates.
    pub fn walk_dominators(&self, visit: &mut impl FnMut(Node, bool)) {
        self.dominators.walk(&mut |node, entering| visit(Node(node), entering));
    }

    /// All objects that are reached, each after its dominator.
    pub fn reached(&self) -> impl Iterator<Item = Node> + '_ {
        self.dominators.reached().iter().map(|&node| Node(node))
    }

    /// How many bytes of V8's pages are marked as free.
    pub fn free(&self) -> u64 {
        self.free
    }

    /// `node` and all that would be free without it, each after its dominator; nothing if it is not reached.
    pub fn goes_with(&self, node: Node) -> Vec<Node> {
        let mut found: Vec<Node> = Vec::new();
        let mut inside = vec![false; self.len()];
        for other in self.reached() {
            if other == node || self.dominator(other).is_some_and(|above| inside[above.0 as usize]) {
                inside[other.0 as usize] = true;
                found.push(other);
            }
        }
        found
    }

    /// What an object refers to.
    pub fn references(&self) -> &Csr {
        &self.references
    }

    /// What an object refers to, and whether it does so weakly.
    pub fn edges(&self, node: Node) -> impl Iterator<Item = (Node, bool)> + '_ {
        self.references.of(node.0).iter().map(|&target| (Node(target & !WEAK), target & WEAK != 0))
    }

    /// Whether `value` is what a WeakMap has under `key`: then `key` refers to it here, weakly unless that collection is
    /// alive.
    pub fn is_entry(&self, key: Node, value: Node) -> bool {
        self.ephemerons.has(key.0, value.0)
    }

    /// Why objects are alive.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }
}
