//! What an array or a context is to the object that refers to it: it does not say so itself.
//!
//! Knows: where objects refer to what serves them. Must not know: what it is called for it.

use crate::heap::graph::{Graph, Node};
use crate::heap::{Field, Heap, Kind, Progress, Result, Tagged};

/// What an array or a context is to the object that refers to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tag {
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

/// After so many bytes of objects, a look at whether to stop.
pub const BREATH: u64 = 1 << 18;

/// Tells how far a pass over all objects is.
pub struct Breath<'p> {
    progress: &'p Progress,
    bytes: u64,
}

impl<'p> Breath<'p> {
    /// For a pass that tells `progress`.
    pub fn new(progress: &'p Progress) -> Breath<'p> {
        Breath { progress, bytes: 0 }
    }

    /// An object of so many bytes is done.
    ///
    /// # Errors
    /// When the pass shall stop.
    pub fn take(&mut self, bytes: u64) -> Result<()> {
        self.bytes += bytes;
        if self.bytes < BREATH { Ok(()) } else { self.end() }
    }

    /// All that were to be done are.
    ///
    /// # Errors
    /// As [`Breath::take`].
    pub fn end(&mut self) -> Result<()> {
        self.progress.advance(std::mem::take(&mut self.bytes))
    }
}

/// What each object of `graph` is to the one that refers to it. `breath` takes the bytes of all.
///
/// # Errors
/// When the pass shall stop.
pub fn tags(heap: Heap<'_>, graph: &Graph, breath: &mut Breath<'_>) -> Result<Vec<Tag>> {
    let mut tags = vec![Tag::None; graph.len()];
    for node in graph.nodes() {
        tag(heap, graph, node, &mut tags);
        breath.take(graph.shallow(node))?;
    }
    Ok(tags)
}

/// Tells of what `node` refers to what it is to it.
fn tag(heap: Heap<'_>, graph: &Graph, node: Node, tags: &mut [Tag]) {
    let word = graph.word(node);
    let mut set = |field: Field, tag: Tag| {
        let held = heap.word(word, field).ok().and_then(|held: Tagged| graph.node(held));
        // What is dead may say anything of what has taken the place of something else.
        let is_told = |held: Node| !is_empty(heap, graph, held) && (graph.is_reached(node) || !graph.is_reached(held));
        if let Some(held) = held.filter(|&held| is_told(held)) {
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
pub fn is_empty(heap: Heap<'_>, graph: &Graph, node: Node) -> bool {
    graph.shallow(node) <= 2 * heap.width().bytes()
}
