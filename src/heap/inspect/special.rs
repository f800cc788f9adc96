//! Values that are more than properties: collections, promises, proxies, generators, buffers and their views.
//!
//! Knows: what of each is shown, and by which names. Must not know: how the tree is laid out (`text`).

use super::{Inspected, Inspector, Shape};
use crate::heap::error_stack::{self, ErrorStack};
use crate::heap::generator::{Generator, GeneratorState};
use crate::heap::layout::shape::LineTable;
use crate::heap::promise::{self, PromiseState};
use crate::heap::property::PropertyValue;
use crate::heap::{Field, Kind, Result, Tagged, bigint, buffer, collection, describe, string};

/// How many bytes of a buffer are shown, as by Node's own `buffer.INSPECT_MAX_BYTES`.
const SHOWN_BYTES: usize = 50;

impl Inspector<'_> {
    /// A value of one of these kinds; nothing for a kind that is not among them.
    pub(super) fn special(&mut self, object: Tagged, kind: Kind, depth: u64) -> Option<Shape> {
        let nested = matches!(
            kind,
            Kind::JsMap
                | Kind::JsSet
                | Kind::JsWeakMap
                | Kind::JsWeakSet
                | Kind::JsWeakRef
                | Kind::JsPromise
                | Kind::JsProxy
                | Kind::JsGenerator
        );
        if nested && depth == 0 {
            return Some(Shape::Elided);
        }
        match kind {
            Kind::Symbol => Some(match self.heap.name_text(object) {
                Some(name) => Shape::Symbol(name),
                None => Shape::Bad("<symbol (failed to read its description)>".to_owned()),
            }),
            Kind::BigInt => Some(match bigint::text(self.heap, object) {
                Ok(digits) => Shape::BigInt(digits),
                Err(error) => Shape::Bad(format!("<BigInt ({error})>")),
            }),
            Kind::JsMap | Kind::JsSet | Kind::JsWeakMap | Kind::JsWeakSet => Some(self.collection(object, depth)),
            Kind::JsPromise => Some(self.promise(object, depth)),
            Kind::JsWeakRef => Some(self.parts("WeakRef", object, &[("target", Field::JsWeakRefTarget)], depth)),
            Kind::JsProxy if self.heap.layout().find(Field::JsProxyTarget).is_some() => {
                let parts = [("target", Field::JsProxyTarget), ("handler", Field::JsProxyHandler)];
                Some(self.parts("Proxy", object, &parts, depth))
            }
            Kind::JsGenerator => Some(self.generator(object)),
            Kind::JsArrayBuffer | Kind::JsDataView => Some(self.bytes(object)),
            Kind::JsTypedArray => self.typed_array(object),
            _ => None,
        }
    }

    fn class(&self, object: Tagged) -> String {
        let class = describe::constructor_name(self.heap, object);
        class.unwrap_or_else(|_| describe::type_name(self.heap, object).unwrap_or_default())
    }

    fn collection(&mut self, object: Tagged, depth: u64) -> Shape {
        match collection::entries(self.heap, object) {
            Ok(entries) => Shape::Collection {
                class: self.class(object),
                entries: entries
                    .into_iter()
                    .map(|(key, value)| {
                        let key = self.value(key, depth - 1);
                        (key, value.map(|value| self.value(value, depth - 1)))
                    })
                    .collect(),
            },
            Err(error) => Shape::Bad(format!("<{} ({error})>", self.class(object))),
        }
    }

    /// The stack of the error at `object`, in place of the accessor that is its property `name`; nothing for any other
    /// property or object.
    pub(super) fn error_stack(&self, object: Tagged, name: &string::Text, value: PropertyValue) -> Option<Inspected> {
        let computed = matches!(value, PropertyValue::Native(_) | PropertyValue::Accessor { .. });
        if !computed || name.to_utf8() != "stack" {
            return None;
        }
        let plain = |text: String| {
            let text = string::Text { units: text.encode_utf16().collect(), cut: None };
            Inspected { word: None, shape: Shape::String { text, capacity: self.limits.string } }
        };
        Some(match error_stack::stack(self.heap, object)? {
            ErrorStack::Text(word) => Inspected { word: Some(word), shape: self.string(word) },
            ErrorStack::Frames(frames) => Inspected {
                word: None,
                shape: Shape::Array {
                    length: u32::try_from(frames.len()).unwrap_or(u32::MAX),
                    elements: (0..).zip(frames.iter().map(|frame| plain(frame.text()))).collect(),
                },
            },
        })
    }

    /// A promise in versions where it is an ordinary object; nothing for any other object.
    pub(super) fn scripted_promise(&mut self, object: Tagged, depth: u64) -> Option<Shape> {
        let layout = self.heap.layout();
        // V8 3.14 has no promises, and from 6.0 on they are of a type of their own.
        let scripted = layout.find(Field::JsPromiseFlags).is_none() && layout.shapes.lines == LineTable::Counted;
        let state = scripted.then(|| promise::by_symbols(self.heap, object).ok().flatten()).flatten()?;
        Some(self.settled(object, Ok(state), depth))
    }

    fn promise(&mut self, object: Tagged, depth: u64) -> Shape {
        self.settled(object, promise::state(self.heap, object), depth)
    }

    fn settled(&mut self, object: Tagged, state: Result<PromiseState>, depth: u64) -> Shape {
        let (state, value) = match state {
            Ok(PromiseState::Pending(_)) => ("pending", None),
            Ok(PromiseState::Fulfilled(value)) => ("fulfilled", Some(("value", value))),
            Ok(PromiseState::Rejected(reason)) => ("rejected", Some(("reason", reason))),
            Err(error) => return Shape::Bad(format!("<Promise ({error})>")),
        };
        let parts = value.into_iter().map(|(name, word)| (name, self.value(word, depth - 1))).collect();
        Shape::Parts { class: self.class(object), state: Some(state.to_owned()), parts }
    }

    /// A value of which each of `fields` is shown.
    fn parts(&mut self, class: &str, object: Tagged, fields: &[(&'static str, Field)], depth: u64) -> Shape {
        let part = |&(name, field): &(&'static str, Field)| {
            let value = match self.heap.word(object, field) {
                Ok(word) => self.value(word, depth - 1),
                Err(error) => Inspected { word: None, shape: Shape::Bad(format!("<{error}>")) },
            };
            (name, value)
        };
        Shape::Parts { class: class.to_owned(), state: None, parts: fields.iter().map(part).collect() }
    }

    fn generator(&mut self, object: Tagged) -> Shape {
        let Ok(generator) = Generator::load(self.heap, object) else {
            return Shape::Bad("<generator (failed to read it)>".to_owned());
        };
        let state = match generator.state() {
            Ok(GeneratorState::Suspended(_)) => "suspended".to_owned(),
            Ok(GeneratorState::Running) => "running".to_owned(),
            Ok(GeneratorState::Closed) => "closed".to_owned(),
            Err(error) => error.to_string(),
        };
        let mut parts = Vec::new();
        if let Ok(function) = generator.function() {
            let name = function.shared().name().to_string();
            parts.push(("function", Inspected { word: Some(function.word()), shape: Shape::Function(name) }));
        }
        if let Some(location) = generator.location() {
            let units = location.to_string().encode_utf16().collect();
            let text = string::Text { units, cut: None };
            parts.push(("at", Inspected { word: None, shape: Shape::String { text, capacity: None } }));
        }
        Shape::Parts { class: generator.kind.name().to_owned(), state: Some(state), parts }
    }

    fn bytes(&self, object: Tagged) -> Shape {
        match buffer::bytes(self.heap, object) {
            Ok(bytes) => self.shown_bytes(self.class(object), bytes),
            Err(error) => Shape::Bad(format!("<{} ({error})>", self.class(object))),
        }
    }

    fn shown_bytes(&self, class: String, bytes: buffer::Bytes) -> Shape {
        let shown = self.heap.space().bytes(bytes.data, bytes.length.min(SHOWN_BYTES));
        match shown {
            Ok(shown) => Shape::Bytes { class, length: bytes.length, shown: shown.into_owned() },
            Err(error) => Shape::Bad(format!("<{class} ({error})>")),
        }
    }

    /// A typed array as its elements, a Buffer as its bytes; nothing where its elements are those of an object.
    fn typed_array(&mut self, object: Tagged) -> Option<Shape> {
        self.heap.layout().find(Field::ViewLength)?;
        let class = self.class(object);
        let array = match buffer::typed_array(self.heap, object) {
            Ok(array) => array,
            Err(error) => return Some(Shape::Bad(format!("<{class} ({error})>"))),
        };
        if class.ends_with("Buffer") {
            return Some(self.shown_bytes(class, array.bytes));
        }
        let limit = self.left;
        self.left -= array.len().min(limit);
        Some(match array.elements(self.heap, limit) {
            Ok(Some(elements)) => {
                let element = |number| Inspected {
                    word: None,
                    shape: match number {
                        buffer::Number::Double(double) => Shape::Number(double),
                        buffer::Number::Signed(n) => Shape::BigInt(n.to_string()),
                        buffer::Number::Unsigned(n) => Shape::BigInt(n.to_string()),
                    },
                };
                Shape::TypedArray { class, length: array.len(), elements: elements.into_iter().map(element).collect() }
            }
            Ok(None) => self.shown_bytes(class, array.bytes),
            Err(error) => Shape::Bad(format!("<{class} ({error})>")),
        })
    }
}
