//! The heap as V8's own heap snapshots have it: what DevTools opens.
//!
//! All objects of the graph that are alive, their references, the roots as a few nodes of their own, and for bytes outside
//! the heap a node behind their owner: so that who computes retained sizes from it comes to those of the graph. What kind
//! V8 would call a node or an edge, and what it would name it, V8 `heap-snapshot-generator.cc` tells.
//!
//! The whole is never in memory: nodes and edges are made one by one, twice, for a node's number of edges comes before
//! them.
//!
//! Knows: nodes and edges. Must not know: commands.

mod edges;
mod fields;
mod ids;
mod nodes;
mod strings;
#[cfg(test)]
mod tests;
mod write;

pub use write::{Failed, Written};

use super::graph::{By, Graph, Naming, Node, RootKind};
use super::{Field, Heap, Kind, Progress, Result, Tagged};
use edges::{Edge, EdgeKind};
use ids::Ids;
use strings::Name;

/// What an array or a context is to the object that refers to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Tag {
    /// Nothing that is known.
    #[default]
    None,
    /// Elements of an object.
    Elements,
    /// Properties of an object.
    Properties,
    /// Descriptors of a map.
    Descriptors,
    /// The context of a function.
    Context,
}

/// The nodes that are no objects: the root and what it has below. Their numbers in the snapshot are 0, 1, ...
const ROOTS: [&str; 5] = ["", "(GC roots)", "(Strong roots)", "(Stack roots)", "(Global handles)"];
/// The number of the node of all roots.
const GC_ROOTS: u32 = 1;

/// Why an object is alive, as a node of [`ROOTS`].
fn root_of(kind: RootKind) -> u32 {
    match kind {
        RootKind::Global => 2,
        RootKind::Stack(_) => 3,
        RootKind::Native(_) => 4,
    }
}

/// A heap about to be written.
pub struct Snapshot<'g, 's> {
    heap: Heap<'s>,
    graph: &'g Graph,
    /// The number of each object in the snapshot; 0 for those that are not in it.
    numbers: Vec<u32>,
    tags: Vec<Tag>,
    /// Objects that have bytes outside the heap, ascending, and how many.
    outside: Vec<(Node, u64)>,
    /// How many objects there are.
    objects: u32,
    ids: Ids,
}

/// After so many bytes of objects, a look at whether to stop.
const BREATH: u64 = 1 << 18;

/// Tells how far a pass over all objects is.
struct Breath<'p> {
    progress: &'p Progress,
    bytes: u64,
}

impl Breath<'_> {
    /// An object of so many bytes is done.
    ///
    /// # Errors
    /// When the pass shall stop.
    fn take(&mut self, bytes: u64) -> Result<()> {
        self.bytes += bytes;
        if self.bytes < BREATH { Ok(()) } else { self.progress.advance(std::mem::take(&mut self.bytes)) }
    }
}

impl<'g, 's> Snapshot<'g, 's> {
    /// That of what is alive in `graph`.
    ///
    /// # Errors
    /// When the pass is cancelled.
    pub fn new(heap: Heap<'s>, graph: &'g Graph, progress: &Progress) -> Result<Snapshot<'g, 's>> {
        let alive = || graph.nodes().filter(|&node| graph.is_reached(node));
        let mut numbers = vec![0; graph.len()];
        let mut objects = 0;
        for node in alive() {
            numbers[node.0 as usize] = ROOTS.len() as u32 + objects;
            objects += 1;
        }
        // Once for tags, twice for edges.
        progress.begin(alive().map(|node| graph.shallow(node)).sum::<u64>() * 3);
        let mut tags = vec![Tag::None; graph.len()];
        let mut breath = Breath { progress, bytes: 0 };
        for node in alive() {
            tag(heap, graph, node, &mut tags);
            breath.take(graph.shallow(node))?;
        }
        let outside = alive().map(|node| (node, graph.outside(node))).filter(|&(_, bytes)| bytes > 0).collect();
        let ids = Ids::new(heap.width(), alive().map(|node| edges::start(graph.word(node))));
        Ok(Snapshot { heap, graph, numbers, tags, outside, objects, ids })
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

    fn tag(&self, node: Node) -> Tag {
        self.tags[node.0 as usize]
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

    /// The edges of the node `root` of [`ROOTS`].
    fn root_edges(&self, root: u32, visit: &mut dyn FnMut(Edge)) {
        let element = |number: u64, to| Edge { kind: EdgeKind::Element, name: Name::Number(number), to };
        match root {
            0 => visit(element(1, GC_ROOTS)),
            GC_ROOTS => (GC_ROOTS + 1..ROOTS.len() as u32).zip(1..).for_each(|(to, at)| visit(element(at, to))),
            _ => {
                let here = self.graph.roots().iter().filter(|held| root_of(held.kind) == root);
                for (at, held) in (1..).zip(here) {
                    if let Some(to) = self.number(Node(held.object)) {
                        visit(element(at, to));
                    }
                }
            }
        }
        if root == 0 {
            // What these lead to is the user's: readers leave out of their sums what leads there from elsewhere.
            for (at, held) in (1..).zip(self.graph.roots()) {
                if let Some(to) = self.number(Node(held.object)) {
                    visit(Edge { kind: EdgeKind::Shortcut, name: Name::Number(at), to });
                }
            }
        }
    }
}

/// Tells of what `node` refers to what it is to it.
fn tag(heap: Heap<'_>, graph: &Graph, node: Node, tags: &mut [Tag]) {
    let word = graph.word(node);
    let mut set = |field: Field, tag: Tag| {
        let held = heap.word(word, field).ok().and_then(|held: Tagged| graph.node(held));
        if let Some(held) = held.filter(|&held| !is_empty(heap, graph, held)) {
            tags[held.0 as usize] = tag;
        }
    };
    match graph.kind(heap, node) {
        Some(Kind::Map) => set(Field::MapInstanceDescriptors, Tag::Descriptors),
        Some(kind) if kind.is_js_object() => {
            set(Field::JsObjectElements, Tag::Elements);
            set(Field::JsObjectProperties, Tag::Properties);
            if kind == Kind::JsFunction {
                set(Field::JsFunctionContext, Tag::Context);
            }
        }
        _ => {}
    }
}

/// Whether `node` has no more words than an array's map and length: all objects share the empty ones.
fn is_empty(heap: Heap<'_>, graph: &Graph, node: Node) -> bool {
    graph.shallow(node) <= 2 * heap.width().bytes()
}

/// Constructors' names, as nodes of objects bear them.
fn naming(heap: Heap<'_>) -> Naming<'_> {
    Naming::new(heap, By::Constructor)
}
