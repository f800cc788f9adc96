//! The heap as V8's own heap snapshots have it: what DevTools opens.
//!
//! All objects of the graph that are alive, their references, the roots as a few nodes of their own, and for bytes outside
//! the heap a node behind their owner: so that who computes retained sizes from it comes to those of the graph. What kind
//! V8 would call a node or an edge, and what it would name it, V8 `heap-snapshot-generator.cc` tells.
//!
//! The whole is never in memory: nodes and edges are made a few at a time, twice, for a node's number of edges comes before
//! them.
//!
//! Knows: nodes and edges. Must not know: commands.

mod constructors;
mod edges;
mod fields;
mod ids;
mod locations;
mod nodes;
mod strings;
mod tags;
#[cfg(test)]
mod tests;
mod write;

pub use edges::{Edge, EdgeKind, Edges, Scratch};
pub use strings::Name;
pub use write::{Failed, Written};

use super::graph::{By, Graph, Naming, Node, RootKind};
use super::{Claim, Heap, Kind, Progress, Result};
use ids::Ids;
use tags::Breath;

/// The nodes that are no objects: the root and what it has below. Their numbers in the snapshot are 0, 1, ...
const ROOTS: [&str; 6] =
    ["", "(GC roots)", "(Strong roots)", "(Stack roots)", "(Global handles)", "(Words of native memory)"];
/// The number of the node of all roots.
const GC_ROOTS: u32 = 1;

/// Why an object is alive, as a node of [`ROOTS`].
fn root_of(kind: RootKind) -> u32 {
    match kind {
        RootKind::Global => 2,
        RootKind::Stack(_) | RootKind::Code(_) => 3,
        RootKind::Handle(_) => 4,
        RootKind::Native(_) => 5,
    }
}

/// An edge between nodes by their numbers in the snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    kind: EdgeKind,
    name: Name,
    to: u32,
}

/// A heap about to be written.
#[derive(Debug)]
pub struct Snapshot<'g, 's> {
    heap: Heap<'s>,
    graph: &'g Graph,
    edges: Edges<'g, 's>,
    /// The number of each object in the snapshot; 0 for those that are not in it.
    numbers: Vec<u32>,
    /// Objects that have bytes outside the heap, ascending, and how many.
    outside: Vec<(Node, u64)>,
    /// How many objects there are.
    objects: u32,
    ids: Ids,
    memory: Claim<'g>,
}

impl<'g, 's> Snapshot<'g, 's> {
    /// That of what is alive in `graph`.
    ///
    /// # Errors
    /// When the pass is cancelled, or would keep more memory than it may.
    pub fn new(heap: Heap<'s>, graph: &'g Graph, progress: &'g Progress) -> Result<Snapshot<'g, 's>> {
        let memory = progress.claim();
        // A number of each object, and how many edges each has: by the piece, and then all.
        memory.take(3 * graph.len() as u64 * size_of::<u32>() as u64)?;
        let alive = || graph.nodes().filter(|&node| graph.is_reached(node));
        let mut numbers = vec![0; graph.len()];
        let mut objects = 0;
        for node in alive() {
            numbers[node.0 as usize] = ROOTS.len() as u32 + objects;
            objects += 1;
        }
        // All once to know what they are, those that are alive twice for edges.
        let bytes = |of: &mut dyn Iterator<Item = Node>| of.map(|node| graph.shallow(node)).sum::<u64>();
        progress.begin(bytes(&mut graph.nodes()) + 2 * bytes(&mut alive()));
        let edges = Edges::new(heap, graph, progress)?;
        let outside = || alive().map(|node| (node, graph.outside(node))).filter(|&(_, bytes)| bytes > 0);
        memory.take((outside().count() * size_of::<(Node, u64)>()) as u64)?;
        let outside = outside().collect();
        let ids = Ids::new(heap.width(), alive().map(|node| edges::start(graph.word(node))));
        Ok(Snapshot { heap, graph, edges, numbers, outside, objects, ids, memory })
    }

    /// Whether an object has the same id in every core of its process in which it is at the same address.
    pub fn has_stable_ids(&self) -> bool {
        self.ids.are_stable()
    }

    /// The object whose id is `id`.
    pub fn with_id(&self, id: u32) -> Option<Node> {
        let mut all = self.alive().zip(0..);
        all.find(|&(node, nth)| self.ids.of(edges::start(self.graph.word(node)), nth) == id).map(|(node, _)| node)
    }

    /// The number of an object; absent for those that are not in the snapshot.
    fn number(&self, node: Node) -> Option<u32> {
        Some(self.numbers[node.0 as usize]).filter(|&number| number != 0)
    }

    /// The number of the node of the bytes that `node` has outside the heap.
    fn native_of(&self, node: Node) -> Option<u32> {
        let at = self.outside.binary_search_by_key(&node, |&(owner, _)| owner).ok()?;
        Some(ROOTS.len() as u32 + self.objects + at as u32)
    }

    /// The objects in it, in the order of their numbers.
    fn alive(&self) -> impl Iterator<Item = Node> + '_ {
        self.graph.nodes().filter(|&node| self.numbers[node.0 as usize] != 0)
    }

    /// The edges of an object, and that to its bytes outside the heap.
    ///
    /// # Errors
    /// The first of `visit`, which ends it.
    fn edges<E>(
        &self,
        node: Node,
        scratch: &mut Scratch,
        visit: &mut dyn FnMut(Line) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.edges.of(node, scratch, &mut |Edge { kind, name, to, is_weak }| match self.number(to) {
            Some(to) => visit(Line { kind: if is_weak { EdgeKind::Weak } else { kind }, name, to }),
            None => Ok(()),
        })?;
        let Some(to) = self.native_of(node) else { return Ok(()) };
        let is_string = self.graph.kind(self.heap, node) == Some(Kind::String);
        let name = Name::Static(if is_string { "external" } else { "backing_store" });
        visit(Line { kind: EdgeKind::Internal, name, to })
    }

    /// The edges of the node `root` of [`ROOTS`].
    ///
    /// # Errors
    /// The first of `visit`, which ends it.
    fn root_edges<E>(
        &self,
        root: u32,
        visit: &mut dyn FnMut(Line) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let element = |number: u64, to| Line { kind: EdgeKind::Element, name: Name::Number(number), to };
        match root {
            0 => visit(element(1, GC_ROOTS))?,
            GC_ROOTS => {
                for (to, at) in (GC_ROOTS + 1..ROOTS.len() as u32).zip(1..) {
                    visit(element(at, to))?;
                }
            }
            _ => {
                let here = self.graph.roots().iter().filter(|held| root_of(held.kind) == root);
                for (at, held) in (1..).zip(here) {
                    if let Some(to) = self.number(Node(held.object)) {
                        visit(element(at, to))?;
                    }
                }
            }
        }
        if root == 0 {
            // What these lead to is the user's: readers leave out of their sums what leads there from elsewhere.
            for (at, held) in (1..).zip(self.graph.roots()) {
                if let Some(to) = self.number(Node(held.object)) {
                    visit(Line { kind: EdgeKind::Shortcut, name: Name::Number(at), to })?;
                }
            }
        }
        Ok(())
    }
}

/// Constructors' names, as nodes of objects bear them.
fn naming(heap: Heap<'_>) -> Naming<'_> {
    Naming::new(heap, By::Constructor)
}
