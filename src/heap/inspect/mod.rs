//! Values as JavaScript: a tree of what a value holds, to a depth.
//!
//! Knows: objects, arrays and values of every kind. Must not know: how the tree is shown (`text`).

mod special;
mod text;

pub use text::{TextOptions, date_text, number_text};

use super::elements::{self, Element};
use super::object;
use super::property::{Key, Property, PropertyValue, Traits};
use super::string::{self, JsString};
use super::{Field, Heap, Kind, Progress, Tagged, Value, describe};

/// How much of a value is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'p> {
    /// How many objects deep; below that, `[...]`.
    pub depth: u64,
    /// How many characters a string may take in all, quotes and a final NUL included (mdb_v8's buffer).
    pub string: Option<usize>,
    /// How many values in all, so that a web of objects ends.
    pub values: usize,
    /// Whose flag ends it early: what is left is then left out.
    pub stop: Option<&'p Progress>,
}

/// The deepest that is ever descended, whatever was asked for: printing recurses.
const MAX_DEPTH: u64 = 128;

impl Default for Limits<'_> {
    fn default() -> Self {
        Limits { depth: 2, string: None, values: 10_000_000, stop: None }
    }
}

/// A value and what it holds.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// The tagged word; absent for a raw double, which has no word of its own.
    pub word: Option<Tagged>,
    /// What it is.
    pub shape: Shape,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A number.
    Number(f64),
    /// A string: escaped for display, and whether that is all of it.
    String {
        /// Its characters.
        text: string::Text,
        /// The most that its display may take, quotes included.
        capacity: Option<usize>,
    },
    /// undefined, null, true, false, hole, ...
    Oddball(String),
    /// An object with properties.
    Object {
        /// Name and value, in order.
        properties: Vec<(string::Text, Inspected)>,
        /// What was met while reading them.
        traits: Traits,
        /// Why some or all of them are missing.
        failure: Option<String>,
    },
    /// An array.
    Array {
        /// Its length as JavaScript sees it.
        length: u32,
        /// Elements by index; those that are left out are not there.
        elements: Vec<(u32, Inspected)>,
    },
    /// A symbol, by its description.
    Symbol(String),
    /// A BigInt, without the `n` behind it.
    BigInt(String),
    /// A Map or Set, or a weak one: keys, with the values of a map.
    Collection {
        /// What made it.
        class: String,
        /// What it holds.
        entries: Vec<(Inspected, Option<Inspected>)>,
    },
    /// A value of which V8 keeps parts that are no properties: a promise, a proxy, a generator.
    Parts {
        /// What it is.
        class: String,
        /// What it does ("pending").
        state: Option<String>,
        /// What it is made of.
        parts: Vec<(&'static str, Inspected)>,
    },
    /// Bytes: an ArrayBuffer, a DataView, a Buffer.
    Bytes {
        /// What made it.
        class: String,
        /// How many there are.
        length: usize,
        /// The first of them.
        shown: Vec<u8>,
    },
    /// A typed array.
    TypedArray {
        /// What made it.
        class: String,
        /// How many elements it has.
        length: usize,
        /// The first of them.
        elements: Vec<Inspected>,
    },
    /// A function, by name.
    Function(String),
    /// A bound function.
    BoundFunction,
    /// A date: milliseconds since 1970.
    Date(f64),
    /// A regular expression.
    RegExp {
        /// Its source.
        source: Box<Inspected>,
        /// 1 global, 2 ignore case, 4 multiline.
        flags: i64,
    },
    /// A boxed primitive.
    Boxed {
        /// `Number`, `String` or `Boolean`.
        class: String,
        /// What is in the box.
        value: Box<Inspected>,
    },
    /// A getter, a setter or both.
    Accessor {
        /// Whether there is a getter.
        getter: bool,
        /// Whether there is a setter.
        setter: bool,
    },
    /// Below the depth that was asked for.
    Elided,
    /// Not to be shown as a value, and why: `<couldn't read type>`.
    Bad(String),
}

/// A tree of the value at `word`.
pub fn inspect<'s>(heap: Heap<'s>, word: Tagged, limits: Limits<'s>) -> Inspected {
    let depth = limits.depth.min(MAX_DEPTH);
    Inspector { heap, limits, left: limits.values }.value(word, depth)
}

/// A tree of the value of a property.
pub fn inspect_property<'s>(heap: Heap<'s>, value: PropertyValue, limits: Limits<'s>) -> Inspected {
    let depth = limits.depth.min(MAX_DEPTH);
    Inspector { heap, limits, left: limits.values }.property(value, depth)
}

/// What a property is called.
fn key_name(heap: Heap<'_>, key: Key) -> string::Text {
    let plain = |text: String| string::Text { units: text.encode_utf16().collect(), cut: None };
    match key {
        Key::Index(index) => plain(index.to_string()),
        Key::Name(word) => match heap.name_units(word, 4096) {
            Some(name) => name,
            None => plain(format!("<{word}: not a name>")),
        },
    }
}

/// What a property is called, as it is shown: escaped.
pub fn key_text(heap: Heap<'_>, key: Key) -> String {
    string::escape(&key_name(heap, key).units)
}

struct Inspector<'s> {
    heap: Heap<'s>,
    limits: Limits<'s>,
    left: usize,
}

impl Inspector<'_> {
    fn value(&mut self, word: Tagged, depth: u64) -> Inspected {
        let shape = if self.left == 0 || self.limits.stop.is_some_and(Progress::is_cancelled) {
            let why = if self.left == 0 { "too many values" } else { "interrupted" };
            Shape::Bad(format!("<left out: {why}>"))
        } else {
            self.left -= 1;
            self.shape(word, depth)
        };
        Inspected { word: Some(word), shape }
    }

    fn shape(&mut self, word: Tagged, depth: u64) -> Shape {
        let heap = self.heap;
        let bad = |text: &str| Shape::Bad(text.to_owned());
        let object = match heap.value(word) {
            Value::Smi(n) => return Shape::Number(n as f64),
            Value::Object(object) if !object.is_object() => return bad("<not a heap object>"),
            Value::Object(object) => object,
        };
        let Ok(instance_type) = heap.instance_type(object) else { return bad("<couldn't read type>") };
        let kind = heap.layout().kind(instance_type);
        if let Some(special) = kind.and_then(|kind| self.special(object, kind, depth)) {
            return special;
        }
        match kind {
            Some(Kind::String) => self.string(object),
            Some(Kind::HeapNumber) => match heap.double(object, Field::HeapNumberValue) {
                Ok(number) => Shape::Number(number),
                Err(_) => bad("<couldn't read number>"),
            },
            Some(Kind::Oddball) => match heap.oddball_name(object) {
                Ok(name) => Shape::Oddball(name),
                Err(_) => bad("<couldn't read oddball>"),
            },
            Some(Kind::JsObject | Kind::JsGlobalObject | Kind::JsBuiltinsObject) => self.object(object, depth),
            Some(Kind::Hole) => Shape::Oddball("hole".to_owned()),
            Some(Kind::JsArray) => self.array(object, depth),
            Some(Kind::JsFunction) => match heap
                .word(object, Field::JsFunctionShared)
                .and_then(|shared| describe::function_name(heap, shared))
            {
                Ok(name) => Shape::Function(name),
                Err(_) => bad("<function (failed to read its name)>"),
            },
            Some(Kind::JsBoundFunction) => Shape::BoundFunction,
            Some(Kind::JsDate) => match heap.date(object) {
                Ok(time) => Shape::Date(time),
                Err(_) => bad("<JSDate (failed to read value)>"),
            },
            Some(Kind::JsRegExp) => match heap.regexp(object) {
                Ok((source, flags)) => Shape::RegExp {
                    source: Box::new(Inspected { word: Some(source), shape: self.string(source) }),
                    flags,
                },
                Err(_) => bad("<JSRegExp (failed to read data)>"),
            },
            Some(Kind::JsValue) => match heap.word(object, Field::JsValueValue) {
                Ok(inner) => Shape::Boxed {
                    class: describe::constructor_name(heap, object).unwrap_or_else(|_| "Object".to_owned()),
                    value: Box::new(self.value(inner, 0)),
                },
                Err(_) => bad("<JSValue (failed to read value)>"),
            },
            _ => {
                let class = heap.layout().type_name(instance_type).unwrap_or("<unknown>");
                Shape::Bad(format!("<unknown JavaScript object type \"{class}\">"))
            }
        }
    }

    fn string(&self, object: Tagged) -> Shape {
        match JsString::load(self.heap, object) {
            Ok(string) => Shape::String {
                text: string.text(self.limits.string.unwrap_or(usize::MAX)),
                capacity: self.limits.string.map(|n| n.saturating_sub(1)),
            },
            Err(_) => Shape::Bad("<string (failed to load string)>".to_owned()),
        }
    }

    fn object(&mut self, object: Tagged, depth: u64) -> Shape {
        if depth == 0 {
            return Shape::Elided;
        }
        if let Some(promise) = self.scripted_promise(object, depth) {
            return promise;
        }
        match object::properties(self.heap, object) {
            Ok(found) => Shape::Object {
                properties: found
                    .list
                    .iter()
                    .map(|p: &Property| {
                        let name = key_name(self.heap, p.key);
                        let stack = self.error_stack(object, &name, p.value);
                        let value = stack.unwrap_or_else(|| self.property(p.value, depth - 1));
                        (name, value)
                    })
                    .collect(),
                traits: found.traits,
                failure: found.traits.bad_layout.then(|| "its properties are kept in an unknown way".to_owned()),
            },
            Err(error) => {
                Shape::Object { properties: Vec::new(), traits: Traits::default(), failure: Some(error.to_string()) }
            }
        }
    }

    fn property(&mut self, value: PropertyValue, depth: u64) -> Inspected {
        match value {
            PropertyValue::Tagged(word) => self.value(word, depth),
            PropertyValue::Double(double) => Inspected { word: None, shape: Shape::Number(double) },
            PropertyValue::Accessor { pair, getter, setter } => {
                let there = |word: Tagged| self.heap.is(word, Kind::JsFunction);
                Inspected { word: Some(pair), shape: Shape::Accessor { getter: there(getter), setter: there(setter) } }
            }
            PropertyValue::Native(word) => {
                Inspected { word: Some(word), shape: Shape::Accessor { getter: true, setter: true } }
            }
        }
    }

    fn array(&mut self, array: Tagged, depth: u64) -> Shape {
        if depth == 0 {
            return Shape::Elided;
        }
        match elements::array_elements(self.heap, array) {
            Ok((length, list)) => Shape::Array {
                length,
                elements: list
                    .into_iter()
                    .map(|(index, element)| {
                        let value = match element {
                            Element::Tagged(word) => self.value(word, depth - 1),
                            Element::Double(double) => Inspected { word: None, shape: Shape::Number(double) },
                            Element::Hole(word) => Inspected { word, shape: Shape::Oddball("hole".to_owned()) },
                        };
                        (index, value)
                    })
                    .collect(),
            },
            Err(error) => Shape::Bad(format!("<array ({error})>")),
        }
    }
}
