//! What an object of a snapshot refers to, and what V8 would call it.
//!
//! All references of the graph are there, and keep alive what they keep alive there. V8 tells besides of an object's
//! properties where others of its own keep them (arrays, dictionaries, cells). Such an edge counts where it changes nothing
//! but how much that in between retains: where the object alone keeps alive what holds the value. Elsewhere it is a
//! shortcut, which readers show and do not count.
//!
//! Knows: where V8 keeps what, by name. Must not know: what is made of it, a snapshot or a table.

use super::fields::{CONTEXT_SLOTS, FIELDS, PARTS};
use super::strings::Name;
use super::tags::{Breath, Tag, is_empty, tags};
use crate::heap::array::FixedArray;
use crate::heap::elements::Elements;
use crate::heap::graph::{Graph, Node, WEAK};
use crate::heap::map::ElementsKind;
use crate::heap::property::{Key, Place, Property, PropertyValue};
use crate::heap::{
    Claim, Context, Field, Heap, JsFunction, JsString, Kind, Progress, Result, Tagged, VariableKind, object,
};
use crate::image::Addr;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// What kind of edge, in the order of the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EdgeKind {
    /// A variable of a context.
    Context,
    /// By number.
    Element,
    /// By name.
    Property,
    /// V8's own, by name.
    Internal,
    /// V8's own, by number.
    Hidden,
    /// One that is shown and not counted.
    Shortcut,
    /// One that keeps nothing alive.
    Weak,
}

/// All kinds, as the format calls them.
pub const EDGE_KINDS: [(EdgeKind, &str); 7] = [
    (EdgeKind::Context, "context"),
    (EdgeKind::Element, "element"),
    (EdgeKind::Property, "property"),
    (EdgeKind::Internal, "internal"),
    (EdgeKind::Hidden, "hidden"),
    (EdgeKind::Shortcut, "shortcut"),
    (EdgeKind::Weak, "weak"),
];

impl EdgeKind {
    /// As the format calls it.
    pub fn name(self) -> &'static str {
        EDGE_KINDS[self as usize].1
    }
}

/// An edge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    /// Its kind: what it would be if it kept alive what it leads to.
    pub kind: EdgeKind,
    /// Its name; a number for elements and hidden ones.
    pub name: Name,
    /// What it leads to.
    pub to: Node,
    /// Whether it does not keep that alive.
    pub is_weak: bool,
}

/// What is reused from object to object.
#[derive(Debug, Default)]
pub struct Scratch {
    /// What the object refers to in the graph, ascending, and whether that was told.
    targets: Vec<(u32, bool)>,
    /// What each of its words is called.
    slots: FxHashMap<u64, (EdgeKind, Name)>,
    /// What another that holds its properties refers to, ascending.
    held: Vec<u32>,
    /// Which of the targets were told.
    told: Vec<bool>,
}

/// An object of the heap that holds what is another's property.
#[derive(Clone, Copy)]
struct Holder {
    node: Node,
    /// Whether its owner alone keeps it alive.
    owned: bool,
}

/// What a thread keeps of a reference while those of its object are told, in bytes.
const OF_REFERENCE: usize = 16;
/// So many objects and references a piece has, if it has more than one object.
const PIECE: usize = 3 << 14;
/// So much of a function's name is told, in characters.
const MOST_OF_NAME: usize = 255;
/// So many steps up the tree of dominators lie between an object and what holds its properties: the dictionary, a cell.
const MOST_BETWEEN: usize = 3;

/// What the edge from a key to its value in a WeakMap is called.
const ENTRY: &str = "part of key -> value pair in WeakMap";

/// What a visitor of edges makes of one, and with what error it ends them all.
type Visit<'v, E> = &'v mut dyn FnMut(Edge) -> std::result::Result<(), E>;

/// The edges of a heap.
#[derive(Debug)]
pub struct Edges<'g, 's> {
    pub(super) heap: Heap<'s>,
    pub(super) graph: &'g Graph,
    tags: Vec<Tag>,
    _memory: Claim<'g>,
}

impl<'g, 's> Edges<'g, 's> {
    /// Those of `graph`, the graph of `heap`. `progress` advances by the bytes of all objects.
    ///
    /// # Errors
    /// When the pass is cancelled, or would keep more memory than it may.
    pub fn new(heap: Heap<'s>, graph: &'g Graph, progress: &'g Progress) -> Result<Edges<'g, 's>> {
        let memory = progress.claim();
        let most = graph.nodes().map(|node| graph.references().of(node.0).len()).max().unwrap_or(0);
        memory.take((graph.len() * size_of::<Tag>() + rayon::current_num_threads() * most * OF_REFERENCE) as u64)?;
        let tags = tags(heap, graph, &mut Breath::new(progress))?;
        Ok(Edges { heap, graph, tags, _memory: memory })
    }

    /// The word of `node`.
    pub fn word(&self, node: Node) -> Tagged {
        self.graph.word(node)
    }

    /// All objects in runs, in their order, for threads to share: each run has few references, or one object.
    pub fn pieces(&self) -> Vec<Range<u32>> {
        let mut pieces = Vec::new();
        let (mut start, mut weight) = (0, 0);
        for node in self.graph.nodes() {
            let of_node = 1 + self.graph.references().of(node.0).len();
            if weight + of_node > PIECE && node.0 > start {
                pieces.push(start..node.0);
                (start, weight) = (node.0, 0);
            }
            weight += of_node;
        }
        pieces.push(start..self.graph.len() as u32);
        pieces
    }

    /// What `node` is to the object that refers to it.
    pub(super) fn tag(&self, node: Node) -> Tag {
        self.tags[node.0 as usize]
    }

    /// Hands on each edge of `node`.
    ///
    /// # Errors
    /// The first of `visit`, which ends it.
    pub fn of<E>(&self, node: Node, scratch: &mut Scratch, visit: Visit<'_, E>) -> std::result::Result<(), E> {
        let (heap, graph) = (self.heap, self.graph);
        let (word, kind) = (graph.word(node), graph.kind(heap, node));
        scratch.targets.clear();
        scratch
            .targets
            .extend(graph.references().of(node.0).iter().map(|&target| (target & !WEAK, target & WEAK != 0)));
        // Of several references to the same, one that keeps it alive counts.
        scratch.targets.sort_unstable();
        scratch.targets.dedup_by_key(|(target, _)| *target);
        scratch.slots.clear();
        let is_object = kind.is_some_and(Kind::is_js_object);
        let mut properties = Vec::new();
        if is_object {
            properties = object::named_properties(heap, word).map(|found| found.list).unwrap_or_default();
        }
        self.name_slots(node, kind, &properties, &mut scratch.slots);
        self.tell_words(node, kind, scratch, visit)?;
        if is_object {
            self.tell_properties(node, &properties, scratch, visit)?;
            self.tell_elements(node, scratch, visit)?;
            if let Ok(prototype) = heap.map(word).and_then(|map| map.prototype())
                && let Some(to) = graph.node(prototype)
            {
                visit(Edge { kind: EdgeKind::Shortcut, name: Name::Static("__proto__"), to, is_weak: false })?;
            }
        }
        Ok(())
    }

    /// The function whose variables the context `node` has, by its name; absent where V8 keeps none.
    pub fn function(&self, node: Node) -> Option<String> {
        let context = Context::load(self.heap, self.graph.word(node)).ok()?;
        if let Ok(function) = context.closure().and_then(|closure| JsFunction::load(self.heap, closure)) {
            return Some(function.shared().name().clip(MOST_OF_NAME));
        }
        let scope = context.scope_info().ok()?;
        let named = [scope.function_name(), scope.inferred_name()];
        let texts = named.into_iter().flatten().filter_map(|name| JsString::load(self.heap, name).ok());
        texts.map(|name| name.text(MOST_OF_NAME).to_utf8()).find(|name| !name.is_empty())
    }

    /// What the words of `node` are called, by their place among them.
    fn name_slots(
        &self,
        node: Node,
        kind: Option<Kind>,
        properties: &[Property],
        slots: &mut FxHashMap<u64, (EdgeKind, Name)>,
    ) {
        let (heap, word) = (self.heap, self.graph.word(node));
        let step = heap.width().bytes();
        let mut internal = |field: Field, name: &'static str| {
            if let Some(offset) = heap.layout().find(field).and_then(|offset| u64::try_from(offset).ok()) {
                slots.insert(offset / step, (EdgeKind::Internal, Name::Static(name)));
            }
        };
        internal(Field::HeapObjectMap, "map");
        let Some(kind) = kind else { return };
        if kind.is_js_object() {
            internal(Field::JsObjectProperties, "properties");
            internal(Field::JsObjectElements, "elements");
        }
        if kind == Kind::String {
            let bits = |field: Field| heap.layout().find(field);
            let tag = bits(Field::StringRepresentationMask).map(|m| m & i64::from(self.graph.instance_type(node).0));
            for (wanted, field, name) in PARTS {
                if tag.is_some() && bits(wanted) == tag {
                    internal(field, name);
                }
            }
        }
        for &(of, field, name) in FIELDS {
            if of == kind {
                internal(field, name);
            }
        }
        if kind == Kind::JsFunction
            && let Some(offset) = heap.layout().find(Field::JsFunctionPrototypeOrInitialMap)
            && let Ok(held) = heap.word(word, Field::JsFunctionPrototypeOrInitialMap)
        {
            let is_map = heap.is(held, Kind::Map);
            let named = if is_map { (EdgeKind::Internal, "initial_map") } else { (EdgeKind::Property, "prototype") };
            slots.insert(offset as u64 / step, (named.0, Name::Static(named.1)));
        }
        for property in properties {
            if let Place::InObject(addr) = property.place {
                let (edge, name) = named(property.key);
                slots.insert(addr.0.wrapping_sub(word.untagged().0) / step, (edge, name));
            }
        }
        if self.tag(node) == Tag::Context || self.is_context(node) {
            self.name_variables(word, slots);
        }
    }

    /// What the slots of the context at `word` are called.
    fn name_variables(&self, word: Tagged, slots: &mut FxHashMap<u64, (EdgeKind, Name)>) {
        let heap = self.heap;
        let Some(data) = heap.layout().find(Field::FixedArrayData) else { return };
        let first = data as u64 / heap.width().bytes();
        let Ok(context) = Context::load(heap, word) else { return };
        let count = context.len();
        if let Ok(scope) = context.scope_info() {
            let header = count.saturating_sub(context.variables().count());
            for (at, name) in scope.names(VariableKind::ContextLocal).enumerate() {
                slots.insert(first + (header + at) as u64, (EdgeKind::Context, Name::Word(name)));
            }
        }
        for (field, name) in CONTEXT_SLOTS {
            if let Some(slot) = heap.layout().find(field).and_then(|slot| u64::try_from(slot).ok()) {
                slots.insert(first + slot, (EdgeKind::Internal, Name::Static(name)));
            }
        }
    }

    /// The references of the graph, each word by its name, then those that are no words (machine code's).
    fn tell_words<E>(
        &self,
        node: Node,
        kind: Option<Kind>,
        scratch: &mut Scratch,
        visit: Visit<'_, E>,
    ) -> std::result::Result<(), E> {
        let (heap, graph) = (self.heap, self.graph);
        let word = graph.word(node);
        let Ok(size) = usize::try_from(graph.shallow(node)) else { return Ok(()) };
        let step = heap.width().bytes() as usize;
        // Element by element, after map and length.
        let first = match kind {
            Some(Kind::FixedArray | Kind::WeakArray | Kind::PropertyArray | Kind::ArgumentsMap) => Some(2),
            Some(Kind::WeakArrayList) => Some(3),
            _ => None,
        };
        let Scratch { targets, slots, told, .. } = scratch;
        told.clear();
        told.resize(targets.len(), false);
        let bytes = heap.space().bytes(word.untagged(), size).unwrap_or_default();
        for (at, bytes) in (0_u64..).zip(bytes.chunks_exact(step)) {
            let held = bytes.iter().rev().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
            let Some(target) = graph.node(Tagged(held & !3 | 1)).filter(|_| held & 1 == 1) else { continue };
            let Ok(known) = targets.binary_search_by_key(&target.0, |(target, _)| *target) else { continue };
            let (kind, name) = match (slots.get(&at), first) {
                (Some(_), _) if at > 0 && is_empty(heap, graph, target) && is_array(graph.kind(heap, target)) => {
                    (EdgeKind::Hidden, Name::Number(at))
                }
                (Some(named), _) => named.clone(),
                (None, Some(first)) if at >= first => (EdgeKind::Internal, Name::Number(at - first)),
                // What fills unused room of an object would be told again and again.
                (None, _) if told[known] => continue,
                (None, _) => (EdgeKind::Hidden, Name::Number(at)),
            };
            told[known] = true;
            visit(Edge { kind, name, to: target, is_weak: targets[known].1 })?;
        }
        for (&(target, is_weak), _) in targets.iter().zip(&*told).filter(|(_, told)| !**told) {
            let (kind, name) = match graph.is_entry(node, Node(target)) {
                true => (EdgeKind::Internal, Name::Static(ENTRY)),
                false => (EdgeKind::Hidden, Name::Number(0)),
            };
            visit(Edge { kind, name, to: Node(target), is_weak })?;
        }
        Ok(())
    }

    /// What holds properties of `node` in its stead, at `word`.
    fn holder(&self, node: Node, word: Tagged) -> Option<Holder> {
        let graph = self.graph;
        let holder = graph.node(word)?;
        let above = std::iter::successors(graph.dominator(holder), |&above| graph.dominator(above));
        Some(Holder { node: holder, owned: above.take(MOST_BETWEEN).any(|above| above == node) })
    }

    /// The kind of an edge to what `holder` holds for another, where it is one of `kind`.
    fn through(&self, holder: Option<Holder>, target: Node, held: &[u32], kind: EdgeKind) -> EdgeKind {
        let counts = holder.is_some_and(|holder| holder.owned) && held.binary_search(&target.0).is_ok();
        if counts { kind } else { EdgeKind::Shortcut }
    }

    /// Edges to the values of properties that are not in the object itself.
    fn tell_properties<E>(
        &self,
        node: Node,
        properties: &[Property],
        scratch: &mut Scratch,
        visit: Visit<'_, E>,
    ) -> std::result::Result<(), E> {
        let (heap, graph) = (self.heap, self.graph);
        let word = graph.word(node);
        let store = heap.word(word, Field::JsObjectProperties).ok().and_then(|store| self.holder(node, store));
        scratch.held.clear();
        if let Some(store) = store {
            scratch.held.extend(graph.references().strong(store.node.0));
            scratch.held.sort_unstable();
        }
        let mut tell = |kind: EdgeKind, name: Name, to: Node| visit(Edge { kind, name, to, is_weak: false });
        for property in properties {
            let (edge, name) = named(property.key);
            match (property.value, property.place) {
                (PropertyValue::Tagged(_), Place::InObject(_)) => {}
                (PropertyValue::Tagged(value), Place::OutOfObject(_) | Place::Dictionary(_)) => {
                    let Some(target) = graph.node(value) else { continue };
                    tell(self.through(store, target, &scratch.held, edge), name, target)?;
                }
                (PropertyValue::Tagged(value), _) => {
                    let Some(target) = graph.node(value) else { continue };
                    tell(EdgeKind::Shortcut, name, target)?;
                }
                (PropertyValue::Accessor { getter, setter, .. }, _) => {
                    let Key::Name(key) = property.key else { continue };
                    for (before, function) in [("get ", getter), ("set ", setter)] {
                        let function = graph.node(function).filter(|_| heap.is(function, Kind::JsFunction));
                        if let Some(target) = function {
                            tell(EdgeKind::Shortcut, Name::Behind(before, key), target)?;
                        }
                    }
                }
                (PropertyValue::Double(_) | PropertyValue::Native(_), _) => {}
            }
        }
        Ok(())
    }

    /// Edges to the elements of an object.
    fn tell_elements<E>(&self, node: Node, scratch: &mut Scratch, visit: Visit<'_, E>) -> std::result::Result<(), E> {
        let (heap, graph) = (self.heap, self.graph);
        let word = graph.word(node);
        let Ok(store) = heap.word(word, Field::JsObjectElements) else { return Ok(()) };
        let Some(holder) = self.holder(node, store) else { return Ok(()) };
        let mut tell = |index: u64, value: Tagged, counts: bool| match graph.node(value) {
            Some(to) if !heap.is_hole(value) => {
                let kind = if counts { EdgeKind::Element } else { EdgeKind::Shortcut };
                visit(Edge { kind, name: Name::Number(index), to, is_weak: false })
            }
            _ => Ok(()),
        };
        match graph.kind(heap, holder.node) {
            Some(Kind::FixedArray) if is_empty(heap, graph, holder.node) => {}
            Some(Kind::FixedArray)
                if heap
                    .map(word)
                    .and_then(|map| map.elements_kind())
                    .is_ok_and(|kind| kind == ElementsKind::Tagged) =>
            {
                let Ok(array) = FixedArray::load(heap, store) else { return Ok(()) };
                for (index, value) in (0_u64..).zip(array.iter()) {
                    tell(index, value, holder.owned)?;
                }
            }
            Some(Kind::FixedArray) => {
                let Ok(Elements::Dictionary(entries)) = Elements::load(heap, word) else { return Ok(()) };
                scratch.held.clear();
                scratch.held.extend(graph.references().strong(holder.node.0));
                scratch.held.sort_unstable();
                for (index, entry) in entries {
                    let held = graph.node(entry.value).is_some_and(|n| scratch.held.binary_search(&n.0).is_ok());
                    tell(u64::from(index), entry.value, holder.owned && held)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether `node` is a context by its type.
    pub(super) fn is_context(&self, node: Node) -> bool {
        let class = self.heap.layout().type_name(self.graph.instance_type(node));
        class.is_some_and(|class| class.ends_with("Context"))
    }
}

/// Whether objects of `kind` are what an object's elements or properties are in.
fn is_array(kind: Option<Kind>) -> bool {
    matches!(kind, Some(Kind::FixedArray | Kind::PropertyArray))
}

/// What an edge to a property is, and what it is called.
fn named(key: Key) -> (EdgeKind, Name) {
    match key {
        Key::Name(word) => (EdgeKind::Property, Name::Word(word)),
        Key::Index(index) => (EdgeKind::Element, Name::Number(u64::from(index))),
    }
}

/// The address where `node` begins.
pub(super) fn start(word: Tagged) -> Addr {
    word.untagged()
}
