//! Values, and how JavaScript turns one into another.
//!
//! Knows: ECMAScript's conversions and comparisons (ToNumber, ToString, IsLooselyEqual). Must not know: expressions.

use crate::heap::inspect::{Inspected, Limits, Shape, inspect, number_text};
use crate::heap::{Field, Heap, JsString, Kind, Tagged, Value as Word, bigint, buffer, describe, string};
use std::cmp::Ordering;

/// A value that an expression has.
#[derive(Clone, Debug)]
pub enum Value<'s> {
    /// `undefined`, and all that is not there.
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A BigInt: its decimal digits.
    BigInt(String),
    /// Text of the heap.
    String(JsString<'s>),
    /// Text that was computed.
    Text(Vec<u16>),
    /// A symbol.
    Symbol(Tagged),
    /// An object or a function.
    Object(Tagged),
}

/// Of longer texts the rest is not looked at, in code units: a string of a damaged core may claim any length.
const MOST_TEXT: usize = 1 << 24;

impl<'s> Value<'s> {
    /// That of a tagged word; undefined where it is none that a program could have.
    pub fn of(heap: Heap<'s>, word: Tagged) -> Value<'s> {
        let object = match heap.value(word) {
            Word::Smi(n) => return Value::Number(n as f64),
            Word::Object(object) => object,
        };
        match heap.kind(object).ok().flatten() {
            Some(Kind::String) => JsString::load(heap, object).map_or(Value::Undefined, Value::String),
            Some(Kind::HeapNumber) => heap.number(object).map_or(Value::Undefined, Value::Number),
            Some(Kind::Oddball) => match heap.oddball_name(object).as_deref() {
                Ok("null") => Value::Null,
                Ok("true") => Value::Bool(true),
                Ok("false") => Value::Bool(false),
                _ => Value::Undefined,
            },
            Some(Kind::BigInt) => bigint::text(heap, object).map_or(Value::Undefined, Value::BigInt),
            Some(Kind::Symbol) => Value::Symbol(object),
            Some(kind) if kind.is_js_object() || kind == Kind::JsProxy => Value::Object(object),
            _ => Value::Undefined,
        }
    }

    /// That of a Rust text.
    pub fn text(text: &str) -> Value<'s> {
        Value::Text(text.encode_utf16().collect())
    }

    /// Its characters, if it is text.
    pub fn units(&self) -> Option<Vec<u16>> {
        match self {
            Value::String(string) => Some(string.text(MOST_TEXT).units),
            Value::Text(units) => Some(units.clone()),
            _ => None,
        }
    }

    /// How many characters it has, if it is text.
    pub fn length(&self) -> Option<usize> {
        match self {
            Value::String(string) => Some(string.len()),
            Value::Text(units) => Some(units.len()),
            _ => None,
        }
    }

    /// Whether a condition takes it for true (ToBoolean).
    pub fn is_true(&self) -> bool {
        match self {
            Value::Undefined | Value::Null => false,
            Value::Bool(b) => *b,
            Value::Number(n) => *n != 0.0 && !n.is_nan(),
            Value::BigInt(digits) => digits != "0",
            Value::String(_) | Value::Text(_) => self.length() != Some(0),
            Value::Symbol(_) | Value::Object(_) => true,
        }
    }

    /// What `typeof` says.
    pub fn type_of(&self, heap: Heap<'_>) -> &'static str {
        match self {
            Value::Undefined => "undefined",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::BigInt(_) => "bigint",
            Value::String(_) | Value::Text(_) => "string",
            Value::Symbol(_) => "symbol",
            Value::Object(object)
                if matches!(heap.kind(*object), Ok(Some(Kind::JsFunction | Kind::JsBoundFunction))) =>
            {
                "function"
            }
            Value::Null | Value::Object(_) => "object",
        }
    }

    /// The primitive that an object stands for: what a box holds, the time of a date.
    fn primitive(self, heap: Heap<'s>) -> Value<'s> {
        let Value::Object(object) = self else { return self };
        match heap.kind(object).ok().flatten() {
            Some(Kind::JsDate) => heap.date(object).map_or(self, Value::Number),
            Some(Kind::JsValue) => heap.word(object, Field::JsValueValue).map_or(self, |word| Value::of(heap, word)),
            _ => self,
        }
    }

    /// As a number (ToNumber): NaN for what is none. A date is its time in milliseconds.
    pub fn number(&self, heap: Heap<'s>) -> f64 {
        match self.clone().primitive(heap) {
            Value::Null => 0.0,
            Value::Bool(b) => f64::from(u8::from(b)),
            Value::Number(n) => n,
            Value::BigInt(digits) => parsed(&digits),
            text @ (Value::String(_) | Value::Text(_)) => {
                text.units().map_or(f64::NAN, |units| parsed(&String::from_utf16_lossy(&units)))
            }
            Value::Undefined | Value::Symbol(_) | Value::Object(_) => f64::NAN,
        }
    }

    /// As text (ToString), but for objects: bytes are what they say in UTF-8, others say who made them.
    pub fn to_text(&self, heap: Heap<'s>) -> Vec<u16> {
        if let Some(units) = self.units() {
            return units;
        }
        let text = match self.clone().primitive(heap) {
            Value::Undefined => "undefined".to_owned(),
            Value::Null => "null".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::Number(n) => number_text(n),
            Value::BigInt(digits) => digits,
            Value::Symbol(symbol) => heap.name_text(symbol).unwrap_or_default(),
            Value::Object(object) => match bytes(heap, object) {
                Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                None => format!("[object {}]", describe::constructor_name(heap, object).unwrap_or_default()),
            },
            boxed => return boxed.units().unwrap_or_default(),
        };
        text.encode_utf16().collect()
    }

    /// Whether both are the same (`===`).
    pub fn is_same(&self, other: &Value<'s>) -> bool {
        match (self, other) {
            (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::BigInt(a), Value::BigInt(b)) => a == b,
            (Value::Symbol(a), Value::Symbol(b)) | (Value::Object(a), Value::Object(b)) => a == b,
            (Value::String(a), Value::String(b)) if a.word() == b.word() => true,
            _ => self.length().is_some() && self.length() == other.length() && self.units() == other.units(),
        }
    }

    /// Whether both are equal (`==`).
    pub fn equals(&self, heap: Heap<'s>, other: &Value<'s>) -> bool {
        let nothing = |value: &Value<'_>| matches!(value, Value::Undefined | Value::Null);
        match (self, other) {
            (a, b) if nothing(a) || nothing(b) => nothing(a) && nothing(b),
            (Value::Object(_), Value::Object(_)) => self.is_same(other),
            (Value::Object(_), b) => {
                let primitive = self.clone().primitive(heap);
                !matches!(primitive, Value::Object(_)) && primitive.equals(heap, b)
            }
            (_, Value::Object(_)) => other.equals(heap, self),
            (a, b) if a.length().is_some() && b.length().is_some() => a.is_same(b),
            (Value::BigInt(a), Value::BigInt(b)) => a == b,
            (Value::Symbol(_), _) | (_, Value::Symbol(_)) => self.is_same(other),
            (a, b) => a.number(heap) == b.number(heap),
        }
    }

    /// Which of both is less (`<`): texts by their characters, all else as numbers; absent where neither is.
    pub fn compare(&self, heap: Heap<'s>, other: &Value<'s>) -> Option<Ordering> {
        let (a, b) = (self.clone().primitive(heap), other.clone().primitive(heap));
        match (a.units(), b.units()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.number(heap).partial_cmp(&b.number(heap)),
        }
    }

    /// The order in which values of all kinds are sorted: numbers and dates, NaN, texts, false, true, symbols, objects by
    /// their address, null, undefined.
    pub fn order(&self, heap: Heap<'s>, other: &Value<'s>) -> Ordering {
        let (a, b) = (self.clone().primitive(heap), other.clone().primitive(heap));
        let rank = |value: &Value<'_>| match value {
            Value::Number(n) if n.is_nan() => 1,
            Value::Number(_) | Value::BigInt(_) => 0,
            Value::String(_) | Value::Text(_) => 2,
            Value::Bool(false) => 3,
            Value::Bool(true) => 4,
            Value::Symbol(_) => 5,
            Value::Object(_) => 6,
            Value::Null => 7,
            Value::Undefined => 8,
        };
        rank(&a).cmp(&rank(&b)).then_with(|| match (&a, &b) {
            (Value::Symbol(a), Value::Symbol(b)) | (Value::Object(a), Value::Object(b)) => a.0.cmp(&b.0),
            _ => a.compare(heap, &b).unwrap_or(Ordering::Equal),
        })
    }

    /// Whether it is undefined.
    pub fn is_undefined(&self) -> bool {
        matches!(self, Value::Undefined)
    }

    /// As it is shown, without what an object holds.
    pub fn inspected(&self, heap: Heap<'s>) -> Inspected {
        let plain = |shape| Inspected { word: None, shape };
        match self {
            Value::Undefined => plain(Shape::Oddball("undefined".to_owned())),
            Value::Null => plain(Shape::Oddball("null".to_owned())),
            Value::Bool(b) => plain(Shape::Oddball(b.to_string())),
            Value::Number(n) => plain(Shape::Number(*n)),
            Value::BigInt(digits) => plain(Shape::BigInt(digits.clone())),
            Value::Text(units) => {
                plain(Shape::String { text: string::Text { units: units.clone(), cut: None }, capacity: None })
            }
            Value::String(string) => inspect(heap, string.word(), Limits { depth: 0, ..Limits::default() }),
            Value::Symbol(word) | Value::Object(word) => inspect(heap, *word, Limits { depth: 0, ..Limits::default() }),
        }
    }
}

/// The bytes of a Buffer, or another array of bytes.
fn bytes(heap: Heap<'_>, object: Tagged) -> Option<Vec<u8>> {
    let bytes = match heap.kind(object).ok()?? {
        Kind::JsTypedArray => buffer::bytes(heap, object).ok()?,
        // Node 0.10 has no typed array below its Buffers.
        Kind::JsObject => match crate::heap::elements::Elements::load(heap, object).ok()? {
            crate::heap::elements::Elements::External { length, data, .. } => buffer::Bytes { data, length },
            _ => return None,
        },
        _ => return None,
    };
    heap.space().bytes(bytes.data, bytes.length.min(MOST_TEXT)).ok().map(|bytes| bytes.into_owned())
}

/// The number that `text` says (StringToNumber): NaN for none.
fn parsed(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).map_or(f64::NAN, |n| n as f64);
    match text.get(..2).unwrap_or_default() {
        "0x" | "0X" => return radix(&text[2..], 16),
        "0o" | "0O" => return radix(&text[2..], 8),
        "0b" | "0B" => return radix(&text[2..], 2),
        _ => {}
    }
    match text.trim_start_matches(['+', '-']) {
        // Rust knows more spellings.
        "Infinity" => {}
        digits if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {}
        _ => return f64::NAN,
    }
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn texts_are_numbers_as_in_javascript() {
        let numbers = [("", 0.0), (" 12 ", 12.0), ("-1.5e3", -1500.0), ("0x1f", 31.0), (".5", 0.5)];
        for (text, number) in numbers {
            assert_eq!(parsed(text), number, "{text:?}");
        }
        assert_eq!(parsed("-Infinity"), f64::NEG_INFINITY);
        for text in ["x", "inf", "nan", "1x", "0x", "--1", "é"] {
            assert!(parsed(text).is_nan(), "{text:?}");
        }
    }
}
