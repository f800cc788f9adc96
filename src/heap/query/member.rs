//! What a name leads to from a value: its own property, or one of its prototypes'.
//!
//! Knows: properties that V8 computes (lengths, names). Must not know: expressions.

use super::Value;
use crate::heap::elements::{self, Element};
use crate::heap::error_stack::{self, ErrorStack};
use crate::heap::property::{Key, PropertyValue};
use crate::heap::{Heap, JsFunction, JsString, Kind, Map, Tagged, buffer, collection, describe, object};

/// The longest chain of prototypes that is followed.
const MOST_PROTOTYPES: usize = 256;

/// The value of the property `name` of `value`: its own, or else that of the first prototype that has it. Undefined
/// where there is none, and for one that a getter would compute.
pub fn member<'s>(heap: Heap<'s>, value: &Value<'s>, name: &str) -> Value<'s> {
    if let Some(length) = value.length() {
        let character = |at: usize| Some(Value::Text(vec![*value.units()?.get(at)?]));
        return match name {
            "length" => Value::Number(length as f64),
            _ => name.parse().ok().filter(|&at| at < length).and_then(character).unwrap_or(Value::Undefined),
        };
    }
    let Value::Object(object) = *value else { return Value::Undefined };
    found(heap, object, name).unwrap_or(Value::Undefined)
}

/// As [`member`]; absent where there is no such property at all.
pub fn found<'s>(heap: Heap<'s>, object: Tagged, name: &str) -> Option<Value<'s>> {
    chain(heap, object).find_map(|object| own(heap, object, name))
}

/// An object and its prototypes.
fn chain(heap: Heap<'_>, object: Tagged) -> impl Iterator<Item = Tagged> + '_ {
    let next = move |object: &Tagged| {
        let prototype = heap.map(*object).and_then(Map::prototype).ok()?;
        matches!(Value::of(heap, prototype), Value::Object(_)).then_some(prototype)
    };
    std::iter::successors(Some(object), next).take(MOST_PROTOTYPES)
}

/// The value of the property `name` of `object` itself.
fn own<'s>(heap: Heap<'s>, object: Tagged, name: &str) -> Option<Value<'s>> {
    let kind = heap.kind(object).ok()??;
    computed(heap, object, kind, name).or_else(|| {
        let property = object::named(heap, object, name).ok()??;
        Some(match property {
            PropertyValue::Tagged(word) => Value::of(heap, word),
            PropertyValue::Double(double) => Value::Number(double),
            PropertyValue::Accessor { .. } | PropertyValue::Native(_) => stack(heap, object, name),
        })
    })
}

/// What V8 computes when it is asked for, or keeps elsewhere than properties.
fn computed<'s>(heap: Heap<'s>, object: Tagged, kind: Kind, name: &str) -> Option<Value<'s>> {
    let number = |n: usize| Some(Value::Number(n as f64));
    match (kind, name) {
        (Kind::JsArray, "length") => number(elements::array_length(heap, object).ok()? as usize),
        (Kind::JsArray, _) => {
            let index: u32 = name.parse().ok()?;
            let (_, list) = elements::array_elements(heap, object).ok()?;
            let at = list.binary_search_by_key(&index, |(at, _)| *at).ok()?;
            match list[at].1 {
                Element::Tagged(word) => Some(Value::of(heap, word)),
                Element::Double(double) => Some(Value::Number(double)),
                Element::Hole(_) => None,
            }
        }
        (Kind::JsTypedArray, "length") => number(buffer::typed_array(heap, object).ok()?.len()),
        (Kind::JsTypedArray | Kind::JsArrayBuffer | Kind::JsDataView, "byteLength") => {
            number(buffer::bytes(heap, object).ok()?.length)
        }
        (Kind::JsTypedArray, _) => {
            let index: usize = name.parse().ok()?;
            match *buffer::typed_array(heap, object).ok()?.elements(heap, index.checked_add(1)?).ok()??.get(index)? {
                buffer::Number::Double(double) => Some(Value::Number(double)),
                buffer::Number::Signed(n) => Some(Value::BigInt(n.to_string())),
                buffer::Number::Unsigned(n) => Some(Value::BigInt(n.to_string())),
            }
        }
        (Kind::JsMap | Kind::JsSet, "size") => number(collection::entries(heap, object).ok()?.len()),
        (Kind::JsFunction, "name") => {
            Some(Value::text(&JsFunction::load(heap, object).ok()?.shared().name().to_string()))
        }
        _ => None,
    }
}

/// The stack of the error at `object`, which is a getter's; undefined for any other property.
fn stack<'s>(heap: Heap<'s>, object: Tagged, name: &str) -> Value<'s> {
    if name != "stack" {
        return Value::Undefined;
    }
    match error_stack::stack(heap, object) {
        Some(ErrorStack::Text(word)) => Value::of(heap, word),
        Some(ErrorStack::Frames(frames)) => {
            Value::text(&frames.iter().map(|frame| frame.text()).collect::<Vec<_>>().join("\n"))
        }
        None => Value::Undefined,
    }
}

/// Whether a constructor called `name` made `object`, or one of its prototypes is that of such a constructor.
pub fn is_instance(heap: Heap<'_>, object: Tagged, name: &str) -> bool {
    describe::constructor_name(heap, object).is_ok_and(|found| found == name)
        || chain(heap, object).skip(1).any(|prototype| {
            let properties = object::properties(heap, prototype).map(|found| found.list).unwrap_or_default();
            properties.iter().any(|property| match (property.key, property.value) {
                (Key::Name(key), PropertyValue::Tagged(function)) => {
                    is_constructor(heap, key)
                        && JsFunction::load(heap, function).is_ok_and(|f| f.shared().name().to_string() == name)
                }
                _ => false,
            })
        })
}

fn is_constructor(heap: Heap<'_>, key: Tagged) -> bool {
    const CONSTRUCTOR: &str = "constructor";
    JsString::load(heap, key)
        .is_ok_and(|key| key.len() == CONSTRUCTOR.len() && key.text(CONSTRUCTOR.len()).to_utf8() == CONSTRUCTOR)
}

/// Whether the array at `object` has `wanted` among its elements; absent where it is no array.
pub fn includes<'s>(heap: Heap<'s>, object: Tagged, wanted: &Value<'s>) -> Option<bool> {
    if !heap.is(object, Kind::JsArray) {
        return None;
    }
    let (_, list) = elements::array_elements(heap, object).ok()?;
    Some(list.into_iter().any(|(_, element)| match element {
        Element::Tagged(word) => Value::of(heap, word).is_same(wanted),
        Element::Double(double) => Value::Number(double).is_same(wanted),
        Element::Hole(_) => wanted.is_undefined(),
    }))
}
