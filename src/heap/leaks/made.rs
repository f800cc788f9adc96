//! Where objects without a constructor are made: the functions that have a literal of their properties.
//!
//! V8 keeps for each literal what it copies: with the bytecode a list of names and values
//! (`ObjectBoilerplateDescription`), with the closure, once it has run twice, an object of the very shape
//! (`AllocationSite::boilerplate`; to 5.x `JSFunction::literals`). A program may add properties to an object: the literal
//! has the first of them.
//!
//! Knows: where literals are kept. Must not know: piles.

use super::shape::{Shape, ShapeKind};
use crate::heap::graph::{Graph, Node, naming};
use crate::heap::layout::Kind;
use crate::heap::property::Key;
use crate::heap::{Field, Heap, JsFunction, Progress, Result, SharedFunctionInfo, Tagged, inspect, object};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};

/// The functions that make literals, for some shapes.
#[derive(Debug, Default)]
pub(super) struct Makers {
    /// By the name of the shape: how many properties the literal has, and who has it.
    by_shape: BTreeMap<String, (usize, BTreeSet<String>)>,
}

/// So many functions are named for one shape.
const MOST_NAMED: usize = 3;
/// So far from a function its literals are: by way of bytecode, constants, feedback and allocation sites.
const FAR: usize = 5;
/// So many objects around one function are looked at.
const MOST_AROUND: usize = 1 << 12;

impl Makers {
    /// Those of the literals among `shapes`.
    ///
    /// # Errors
    /// When the search is cancelled.
    pub fn new<'a>(
        heap: Heap<'_>,
        graph: &Graph,
        shapes: impl Iterator<Item = &'a Shape>,
        progress: &Progress,
    ) -> Result<Makers> {
        let wanted: Vec<(&str, &[String])> = shapes
            .filter_map(|shape| match &shape.kind {
                ShapeKind::Literal(names) => Some((shape.name.as_str(), names.as_slice())),
                _ => None,
            })
            .collect();
        let mut makers = Makers::default();
        if wanted.is_empty() {
            return Ok(makers);
        }
        // Closures of one function mostly share what they know of its literals.
        let mut seen = FxHashSet::default();
        for node in graph.reached() {
            let kind = graph.kind(heap, node);
            let shared = match kind {
                Some(Kind::SharedFunctionInfo) => graph.word(node),
                Some(Kind::JsFunction) => heap.word(graph.word(node), Field::JsFunctionShared).unwrap_or(Tagged(0)),
                _ => continue,
            };
            let known = heap.word(graph.word(node), Field::JsFunctionLiterals).unwrap_or(Tagged(0));
            if kind == Some(Kind::JsFunction) && !seen.insert((shared.0, known.0)) {
                continue;
            }
            progress.advance(0)?;
            for names in literals(heap, graph, node) {
                makers.add(heap, &wanted, &names, shared);
            }
        }
        Ok(makers)
    }

    /// The function at `shared` has a literal with `names`.
    fn add(&mut self, heap: Heap<'_>, wanted: &[(&str, &[String])], names: &[String], shared: Tagged) {
        for &(shape, _) in wanted.iter().filter(|(_, all)| all.starts_with(names)) {
            let Ok(function) = SharedFunctionInfo::load(heap, shared) else { return };
            let text = naming::function_text(function);
            let (length, found) = self.by_shape.entry(shape.to_owned()).or_default();
            if names.len() > *length {
                (*length, *found) = (names.len(), BTreeSet::new());
            }
            if names.len() == *length {
                found.insert(text);
            }
        }
    }

    /// The functions that make objects of `shape`: its constructor, or those with a literal of it. None where more could
    /// be it than are worth naming.
    pub fn of(&self, shape: &Shape) -> Vec<String> {
        if let Some(made) = &shape.made {
            return vec![made.clone()];
        }
        let found = self.by_shape.get(&shape.name).map(|(_, found)| found);
        found.filter(|found| found.len() <= MOST_NAMED).map(|found| found.iter().cloned().collect()).unwrap_or_default()
    }
}

/// The names of the properties of each literal of the function or closure at `function`.
fn literals(heap: Heap<'_>, graph: &Graph, function: Node) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([function]);
    let mut level = vec![function];
    for _ in 0..FAR {
        let mut next = Vec::new();
        for &node in &level {
            for target in graph.references().strong(node.0).map(Node) {
                if seen.len() >= MOST_AROUND || !seen.insert(target) {
                    continue;
                }
                match (graph.kind(heap, target), type_name(heap, graph, target)) {
                    (_, "ObjectBoilerplateDescription" | "BoilerplateDescription") => {
                        found.push(described(heap, graph, target));
                    }
                    // A closure holds the function's literals, and its context the program's objects: these are none.
                    (Some(Kind::JsObject), _) if is_literal_store(heap, graph, node) => {
                        found.push(names_of(heap, graph.word(target)));
                    }
                    // Allocation sites are in one list, which is no way to the literals of this function.
                    (_, "AllocationSite") if type_name(heap, graph, node) == "AllocationSite" => {}
                    (Some(Kind::BytecodeArray | Kind::InterpreterData), _)
                    | (_, "AllocationSite" | "FeedbackVector" | "FeedbackCell" | "TrustedFixedArray") => {
                        next.push(target)
                    }
                    (Some(Kind::FixedArray), _) if leads_to_literals(heap, graph, node, target) => next.push(target),
                    _ => {}
                }
            }
        }
        level = next;
    }
    found.retain(|names| !names.is_empty());
    found
}

fn type_name<'s>(heap: Heap<'s>, graph: &Graph, node: Node) -> &'s str {
    heap.layout().type_name(graph.instance_type(node)).unwrap_or_default()
}

/// Whether objects that `node` holds are what literals are copied from.
fn is_literal_store(heap: Heap<'_>, graph: &Graph, node: Node) -> bool {
    type_name(heap, graph, node) == "AllocationSite" || graph.kind(heap, node) == Some(Kind::FixedArray)
}

/// Whether `array`, to which `from` refers, may hold literals: the constants of bytecode, or the literals of a closure.
fn leads_to_literals(heap: Heap<'_>, graph: &Graph, from: Node, array: Node) -> bool {
    match graph.kind(heap, from) {
        Some(Kind::BytecodeArray) => true,
        Some(Kind::JsFunction) => {
            let literals = heap.word(graph.word(from), Field::JsFunctionLiterals);
            let is_bound =
                JsFunction::load(heap, graph.word(from)).is_ok_and(|f| f.shared().is_bound().unwrap_or(false));
            !is_bound && literals.is_ok_and(|literals| literals == graph.word(array))
        }
        _ => false,
    }
}

/// The names in a list of names and values.
fn described(heap: Heap<'_>, graph: &Graph, list: Node) -> Vec<String> {
    let Ok(array) = crate::heap::array::FixedArray::load(heap, graph.word(list)) else { return Vec::new() };
    let words: Vec<Tagged> = array.iter().collect();
    // To V8 12 the number of properties comes first, as a Smi, and then pairs; later the pairs alone.
    let from = words.iter().position(|&word| heap.is(word, Kind::String)).unwrap_or(words.len());
    let names = words.get(from..).unwrap_or_default().iter().step_by(2);
    names.map_while(|&name| heap.name_text(name)).collect()
}

/// The names of the properties of `object`.
fn names_of(heap: Heap<'_>, object: Tagged) -> Vec<String> {
    let own = object::properties(heap, object).unwrap_or_default();
    let named = own.list.iter().filter(|property| matches!(property.key, Key::Name(_)));
    named.map(|property| inspect::key_text(heap, property.key)).collect()
}
