//! Shapes of values: by which those that pile up are told to be alike.
//!
//! Objects are alike that one constructor made; those of literals, that have the same properties; closures, that are of
//! one function. Knows: constructors, where they are written. Must not know: containers.

use crate::heap::graph::{Graph, Node, is_own, naming};
use crate::heap::property::Key;
use crate::heap::{Field, Heap, JsFunction, Kind, Map, Tagged, describe, inspect, object};
use rustc_hash::FxHashMap;

/// What the objects of a shape are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ShapeKind {
    /// Made by a constructor or class.
    Class,
    /// Made without: a literal, which has these properties, in the order in which they were added.
    Literal(Vec<String>),
    /// Closures of one function of the program's.
    Closure,
    /// Closures of one function of Node's own, or of V8's or C++'s: that one alone, by where its SharedFunctionInfo is.
    OwnClosure(u64),
    /// Bound functions.
    Bound,
    /// Strings.
    String,
    /// Numbers, in the heap or in a word.
    Number,
    /// Of the program itself, not of what it works on: modules and their likes.
    Code,
    /// Other values.
    Other,
}

/// A shape.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    /// What its objects are.
    pub kind: ShapeKind,
    /// What it is called: `Session`, `{id, user, ...}`, `onMessage (server.js:12)`.
    pub name: String,
    /// The function that makes its objects, and where it is written: `Session (server.js:3)`; absent for one that has no
    /// constructor of its own, or one that is not written in JavaScript.
    pub made: Option<String>,
}

/// The number of a shape in [`Shapes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ShapeId(pub u32);

/// Shapes, remembered by map and by function.
pub struct Shapes<'s> {
    heap: Heap<'s>,
    by_map: FxHashMap<u64, Option<ShapeId>>,
    by_shared: FxHashMap<u64, ShapeId>,
    numbers: FxHashMap<Shape, ShapeId>,
    list: Vec<Shape>,
}

/// How many properties of a literal its name has.
const NAMED: usize = 6;
/// How many characters of a constructor's name count: as in `graph::classes`.
const NAME: usize = 79;
/// What Node calls the objects that stand for the modules of a program and for its own: who holds one holds code.
const MODULES: [&str; 7] =
    ["Module", "NativeModule", "BuiltinModule", "ModuleWrap", "SourceTextModule", "ModuleJob", "ContextifyScript"];

impl<'s> Shapes<'s> {
    /// None as yet.
    pub fn new(heap: Heap<'s>) -> Shapes<'s> {
        Shapes {
            heap,
            by_map: FxHashMap::default(),
            by_shared: FxHashMap::default(),
            numbers: FxHashMap::default(),
            list: Vec::new(),
        }
    }

    fn intern(&mut self, shape: Shape) -> ShapeId {
        if let Some(&number) = self.numbers.get(&shape) {
            return number;
        }
        let number = ShapeId(self.list.len() as u32);
        self.list.push(shape.clone());
        self.numbers.insert(shape, number);
        number
    }

    /// A shape that [`Shapes`] gave the number of.
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.list[id.0 as usize]
    }

    /// The shape of numbers.
    pub fn number(&mut self) -> ShapeId {
        self.intern(Shape { kind: ShapeKind::Number, name: "number".to_owned(), made: None })
    }

    /// The shape of an object; absent for what is V8's own.
    pub fn of(&mut self, graph: &Graph, node: Node) -> Option<ShapeId> {
        let (heap, word) = (self.heap, graph.word(node));
        let kind = graph.kind(heap, node)?;
        if kind == Kind::JsFunction {
            let shared = heap.word(word, Field::JsFunctionShared).ok()?;
            if let Some(&known) = self.by_shared.get(&shared.0) {
                return Some(known);
            }
            let name = naming::closure_text(heap, word).unwrap_or_else(|| "closure".to_owned());
            let script = JsFunction::load(heap, word).and_then(|function| function.shared().script()).ok();
            let is_own = script.and_then(|script| script.name()).is_none_or(|file| is_own(&file));
            let kind = if is_own { ShapeKind::OwnClosure(shared.0) } else { ShapeKind::Closure };
            let found = self.intern(Shape { kind, name, made: None });
            self.by_shared.insert(shared.0, found);
            return Some(found);
        }
        let plain = |kind, name: &str| Shape { kind, name: name.to_owned(), made: None };
        match kind {
            Kind::String => return Some(self.intern(plain(ShapeKind::String, "string"))),
            Kind::HeapNumber | Kind::BigInt => return Some(self.number()),
            Kind::JsBoundFunction => return Some(self.intern(plain(ShapeKind::Bound, "bound function"))),
            _ if !crate::heap::graph::is_javascript(kind) => return None,
            _ => {}
        }
        let map = heap.word(word, Field::HeapObjectMap).ok()?;
        if let Some(&known) = self.by_map.get(&map.0) {
            return known;
        }
        let found = self.by_map(kind, word, map).map(|shape| self.intern(shape));
        self.by_map.insert(map.0, found);
        found
    }

    /// The shape of the objects of `map`, of which `object` is one.
    fn by_map(&self, kind: Kind, object: Tagged, map: Tagged) -> Option<Shape> {
        let heap = self.heap;
        let constructor = describe::constructor_by_map(heap, Map::new(heap, map)).ok();
        let function = constructor.and_then(|function| JsFunction::load(heap, function).ok());
        let type_name = heap.layout().type_name(heap.instance_type(object).ok()?).unwrap_or("object").to_owned();
        let Some(function) = function else {
            return Some(Shape { kind: ShapeKind::Other, name: type_name, made: None });
        };
        let name = function.shared().name().clip(NAME);
        let has_script = function.shared().script().is_ok();
        let made = has_script.then(|| naming::closure_text(heap, function.word())).flatten();
        let shape_kind = match kind {
            _ if MODULES.contains(&name.as_str()) => ShapeKind::Code,
            Kind::JsObject if name == "Object" && !has_script => {
                return Some(literal(heap, object));
            }
            _ => ShapeKind::Class,
        };
        Some(Shape { kind: shape_kind, name, made })
    }
}

/// The shape of an object that has no constructor but Object.
fn literal(heap: Heap<'_>, object: Tagged) -> Shape {
    let plain = Shape { kind: ShapeKind::Other, name: "Object".to_owned(), made: None };
    let is_dictionary = heap.map(object).and_then(Map::is_dictionary).unwrap_or(true);
    if is_dictionary {
        return plain;
    }
    let own = object::properties(heap, object).unwrap_or_default();
    let names: Vec<String> = own
        .list
        .iter()
        .filter(|property| matches!(property.key, Key::Name(_)))
        .map(|property| inspect::key_text(heap, property.key))
        .collect();
    if names.is_empty() {
        return plain;
    }
    let more = if names.len() > NAMED { ", ..." } else { "" };
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    Shape { name: format!("{{{}{more}}}", shown.join(", ")), kind: ShapeKind::Literal(names), made: None }
}
