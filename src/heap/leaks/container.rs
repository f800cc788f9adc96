//! Containers: what a program keeps many things in, and what is in each.
//!
//! Knows: how arrays, collections and objects keep what they hold. Must not know: what is too much.

use crate::heap::elements::{self, Element};
use crate::heap::graph::{Graph, Node};
use crate::heap::layout::Kind;
use crate::heap::map::ElementsKind;
use crate::heap::property::PropertyValue;
use crate::heap::{Field, Heap, Tagged, collection, object};

/// What a container is to a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// An array.
    Array,
    /// A Map: its values; its keys where the values are no objects.
    Map,
    /// A Set.
    Set,
    /// An object whose properties are used as entries.
    Object,
    /// Objects each of which alone keeps the next one alive.
    Chain,
    /// Objects that refer to one another, all of which one object keeps alive.
    List,
    /// Nothing of JavaScript: a handle of C++ keeps each alive.
    Native,
    /// Nothing piles up: a closure alone keeps its variables alive.
    Closure,
    /// Nothing piles up: it is one large object.
    Single,
}

/// What is in a container.
#[derive(Debug)]
pub(super) struct Content {
    /// What it is.
    pub form: Form,
    /// Its entries that are in the heap.
    pub objects: Vec<Node>,
    /// How many of its entries are numbers that are not.
    pub numbers: u64,
    /// V8's arrays and tables in which it keeps them.
    pub stores: Vec<Node>,
}

/// What is in `node`, if it may be a container of at least `least` entries.
pub(super) fn content(heap: Heap<'_>, graph: &Graph, node: Node, least: usize) -> Option<Content> {
    let word = graph.word(node);
    let store = |field| heap.word(word, field).ok().and_then(|store| graph.node(store));
    let word_size = heap.width().bytes();
    // A store takes a word for each entry at least.
    let is_large = |node: &Node| graph.shallow(*node) / word_size >= least as u64;
    let (form, stores): (_, Vec<Option<Node>>) = match graph.kind(heap, node)? {
        Kind::JsArray => (Form::Array, vec![store(Field::JsObjectElements)]),
        Kind::JsMap => (Form::Map, vec![store(Field::JsCollectionTable)]),
        Kind::JsSet => (Form::Set, vec![store(Field::JsCollectionTable)]),
        Kind::JsGlobalObject | Kind::JsBuiltinsObject => return None,
        kind if kind.has_properties() => {
            let own = Some(node).filter(is_large);
            (Form::Object, vec![store(Field::JsObjectElements), store(Field::JsObjectProperties), own])
        }
        _ => return None,
    };
    if !stores.iter().flatten().any(is_large) {
        return None;
    }
    let stores: Vec<Node> = stores.into_iter().flatten().filter(|&store| store != node).collect();
    let mut content = Content { form, objects: Vec::new(), numbers: 0, stores };
    match form {
        Form::Map | Form::Set => collected(heap, graph, word, &mut content),
        Form::Array => {
            let (_, elements) = elements::array_elements(heap, word).ok()?;
            elements.into_iter().for_each(|(_, element)| put_element(heap, graph, element, &mut content));
        }
        _ => {
            if matches!(heap.map(word).ok()?.elements_kind(), Ok(ElementsKind::External(_))) {
                return None;
            }
            for property in object::properties(heap, word).ok()?.list {
                match property.value {
                    PropertyValue::Tagged(value) => put(heap, graph, value, &mut content),
                    PropertyValue::Double(_) => content.numbers += 1,
                    PropertyValue::Accessor { .. } | PropertyValue::Native(_) => {}
                }
            }
        }
    }
    (content.objects.len() as u64 + content.numbers >= least as u64).then_some(content)
}

fn put_element(heap: Heap<'_>, graph: &Graph, element: Element, content: &mut Content) {
    match element {
        Element::Tagged(value) => put(heap, graph, value, content),
        Element::Double(_) => content.numbers += 1,
        Element::Hole(_) => {}
    }
}

fn put(heap: Heap<'_>, graph: &Graph, value: Tagged, content: &mut Content) {
    match graph.node(value) {
        Some(node) if graph.kind(heap, node) != Some(Kind::Oddball) => content.objects.push(node),
        Some(_) => {}
        None => content.numbers += u64::from(value.smi(heap.width()).is_some()),
    }
}

/// The entries of a Map or Set: values, or where these are no objects, keys.
fn collected(heap: Heap<'_>, graph: &Graph, collection: Tagged, content: &mut Content) {
    for (key, value) in collection::entries(heap, collection).unwrap_or_default() {
        let before = content.objects.len();
        if let Some(value) = value.filter(|value| value.is_object()) {
            put(heap, graph, value, content);
        }
        if content.objects.len() == before {
            put(heap, graph, key, content);
        }
    }
}
