//! One-line descriptions of heap objects: their type as V8 calls it, and the constructor's name.
//!
//! Knows: what mdb_v8 calls things. Must not know: properties.

use super::layout::shape::DescriptorShape;
use super::property::{Key, PropertyValue};
use super::shared::clip;
use super::{Code, Field, Heap, JsFunction, JsString, Kind, Map, Result, SharedFunctionInfo, Tagged, Value, object};
use crate::image::Addr;

/// The name of the function whose SharedFunctionInfo is at `shared`, as [`super::shared::FunctionName`] shows it.
pub fn function_name(heap: Heap<'_>, shared: Tagged) -> Result<String> {
    Ok(SharedFunctionInfo::load(heap, shared)?.name().to_string())
}

/// The constructor of a JSObject, JSArray or the like: its JSFunction.
///
/// # Errors
/// When there is none: the map's constructor is not a function.
pub fn constructor(heap: Heap<'_>, object: Tagged) -> Result<Tagged> {
    constructor_by_map(heap, heap.map(object)?)
}

/// The constructor of the objects whose map is `map`. A map has that of the base class; what a derived class calls
/// itself is the `constructor` of its prototype.
///
/// # Errors
/// When there is none: the map's constructor is not a function.
pub fn constructor_by_map(heap: Heap<'_>, map: Map<'_>) -> Result<Tagged> {
    let constructor = class_or_constructor(heap, map)?;
    if heap.kind(constructor)? != Some(Kind::JsFunction) {
        return Err(super::Error::NotA { addr: constructor.addr(), expected: "a constructor" });
    }
    Ok(constructor)
}

/// As [`constructor_by_map`], or what the map has in the place of one.
///
/// # Errors
/// When that cannot be read.
pub fn class_or_constructor(heap: Heap<'_>, map: Map<'_>) -> Result<Tagged> {
    // V8 3.14 has no classes, and mdb_v8 its own way.
    let has_classes = heap.layout().shapes.descriptors == DescriptorShape::KindAndLocation;
    let class = has_classes.then(|| own_constructor(heap, map.prototype().ok()?)).flatten();
    class.map_or_else(|| map.constructor(), Ok)
}

/// The function that is the property `constructor` of `prototype` itself.
fn own_constructor(heap: Heap<'_>, prototype: Tagged) -> Option<Tagged> {
    let own = object::properties(heap, prototype).ok()?;
    own.list.iter().find_map(|property| match (property.key, property.value) {
        (Key::Name(name), PropertyValue::Tagged(word)) if heap.is(word, Kind::JsFunction) => {
            let name = JsString::load(heap, name).ok().filter(|name| name.len() == CONSTRUCTOR.len())?;
            (name.text(CONSTRUCTOR.len()).to_utf8() == CONSTRUCTOR).then_some(word)
        }
        _ => None,
    })
}

/// What the property is called that leads from a prototype to its constructor.
const CONSTRUCTOR: &str = "constructor";

/// The name of the constructor of `object`.
pub fn constructor_name(heap: Heap<'_>, object: Tagged) -> Result<String> {
    function_name(heap, heap.word(constructor(heap, object)?, Field::JsFunctionShared)?)
}

/// The type of `word`, as `::v8type` shows it: `SMI: value = 2`, `JSObject: Queue`, `Oddball: "null"`, `FixedArray`.
///
/// # Errors
/// When its type cannot be read.
pub fn type_name(heap: Heap<'_>, word: Tagged) -> Result<String> {
    if word.0 & 3 == 3 {
        // V8 `globals.h`, kFailureTag: an exception on its way.
        return Ok("'Failure' object".to_owned());
    }
    let object = match heap.value(word) {
        Value::Smi(value) => return Ok(format!("SMI: value = {value}")),
        Value::Object(object) => object,
    };
    let instance_type = heap.instance_type(object)?;
    let kind = heap.layout().kind(instance_type);
    let name = match (heap.layout().type_name(instance_type), kind) {
        (Some(name), _) => name,
        (None, Some(Kind::String)) => "<unknown subclass>: String",
        (None, _) => "<unknown>",
    };
    Ok(match kind {
        Some(Kind::Oddball) => match heap.oddball_name(object) {
            Ok(oddball) => format!("{name}: \"{oddball}\""),
            Err(_) => name.to_owned(),
        },
        Some(Kind::JsObject) => match constructor_name(heap, object) {
            Ok(constructor) => format!("{name}: {constructor}"),
            Err(_) => name.to_owned(),
        },
        _ => name.to_owned(),
    })
}

/// The most that is shown of a string among instructions, in characters.
const OPERAND_COLUMNS: usize = 40;

/// What a number in machine code stands for: the kind of the code that begins there (`LOAD_IC`), or an object
/// (`SeqAsciiString: "emit"`, `JSFunction: emit`, `Map`). Absent for a mere number.
pub fn operand(heap: Heap<'_>, value: Addr) -> Option<String> {
    if let Ok(code) = Code::beginning_at(heap, value) {
        return Some(code.kind().ok().flatten().unwrap_or("Code").to_owned());
    }
    let word = Tagged(value.0);
    if !heap.is(heap.map(word).ok()?.word(), Kind::Map) {
        return None;
    }
    let class = type_name(heap, word).ok()?;
    Some(match heap.kind(word).ok()? {
        Some(Kind::String) => format!("{class}: \"{}\"", clip(&heap.name_text(word)?, OPERAND_COLUMNS)),
        Some(Kind::JsFunction) => match JsFunction::load(heap, word) {
            Ok(function) => format!("{class}: {}", function.shared().name()),
            Err(_) => class,
        },
        _ => class,
    })
}
