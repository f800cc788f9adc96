//! JSON readings that many items share: addresses, and inspected values.
//!
//! Knows: how jsdb writes JSON: addresses as hex strings, absent is null, numbers as numbers. Must not know: items.

use crate::heap::inspect::{Inspected, Shape};
use crate::image::{Addr, text};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// `value` in a line. What a terminal would obey is escaped, also where JSON lets it stand.
pub fn line(value: &Value) -> String {
    let json = value.to_string();
    if json.bytes().all(|byte| byte < 0x7f) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Only strings have such characters.
        let _ = if text::is_obeyed(c) { write!(out, "\\u{:04x}", u32::from(c)) } else { write!(out, "{c}") };
    }
    out
}

/// What the value of a key is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Is {
    /// An address or another word: a string of hex digits behind `0x`.
    Hex,
    /// A number.
    Number,
    /// A string.
    Text,
    /// true or false.
    Bool,
    /// A list.
    List,
    /// An object.
    Object,
    /// A JavaScript value, as [`value`] writes it.
    Any,
}

impl Is {
    /// What help calls it.
    pub fn name(self) -> &'static str {
        match self {
            Is::Hex => "hex",
            Is::Number => "number",
            Is::Text => "string",
            Is::Bool => "boolean",
            Is::List => "list",
            Is::Object => "object",
            Is::Any => "value",
        }
    }

    /// Whether `value` is so.
    pub fn fits(self, value: &Value) -> bool {
        let hex = |text: &str| text.strip_prefix("0x").is_some_and(|digits| u128::from_str_radix(digits, 16).is_ok());
        match self {
            Is::Hex => value.as_str().is_some_and(hex),
            Is::Number => value.is_number() || matches!(value.as_str(), Some("NaN" | "Infinity" | "-Infinity" | "-0")),
            Is::Text => value.is_string(),
            Is::Bool => value.is_boolean(),
            Is::List => value.is_array(),
            Is::Object => value.is_object(),
            Is::Any => true,
        }
    }
}

/// A key of the objects that a dcmd prints as JSON: a row of its record.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key; `*` for names that the core has.
    pub name: &'static str,
    /// What its value is.
    pub is: Is,
    /// Whether it may be null.
    pub or_null: bool,
    /// What it says, for `::help`.
    pub help: &'static str,
}

impl Key {
    /// A key whose value is never null.
    pub const fn new(name: &'static str, is: Is, help: &'static str) -> Key {
        Key { name, is, or_null: false, help }
    }

    /// A key whose value may be null.
    pub const fn or_null(name: &'static str, is: Is, help: &'static str) -> Key {
        Key { name, is, or_null: true, help }
    }
}

/// What a dcmd prints that has no results but text.
pub const TEXT: &[Key] = &[Key::new("text", Is::Text, "a line of what it prints")];

/// An address: a hex string with prefix.
pub fn address(addr: Addr) -> Value {
    Value::String(format!("0x{addr:x}"))
}

/// A number; what JSON has no number for is a string ("NaN", "Infinity").
pub fn number(number: f64) -> Value {
    let minus_zero = number == 0.0 && number.is_sign_negative();
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 && !minus_zero {
        return json!(number as i64);
    }
    serde_json::Number::from_f64(number)
        .map_or_else(|| Value::String(crate::heap::inspect::number_text(number)), Value::Number)
}

/// A value: what JSON can say as it says it, the rest as an object with a `type`.
pub fn value(inspected: &Inspected) -> Value {
    let at = inspected.word.map(|w| address(w.addr()));
    match &inspected.shape {
        Shape::Number(n) => number(*n),
        Shape::String { text, .. } => Value::String(text.to_utf8()),
        Shape::Oddball(name) => match name.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            other => json!({ "type": other }),
        },
        Shape::Object { properties, failure, .. } => json!({
            "type": "object", "address": at, "failure": failure,
            "properties": properties.iter().map(|(name, v)| (name.to_utf8(), value(v))).collect::<Map<_, _>>(),
        }),
        Shape::Array { length, elements } => json!({
            "type": "array", "address": at, "length": length,
            "elements": elements.iter().map(|(index, v)| json!([index, value(v)])).collect::<Vec<_>>(),
        }),
        Shape::Symbol(name) => json!({ "type": "symbol", "address": at, "name": name }),
        Shape::BigInt(digits) => json!({ "type": "bigint", "address": at, "value": digits }),
        Shape::Collection { class, entries } => json!({
            "type": "collection", "address": at, "class": class, "size": entries.len(),
            "entries": entries.iter().map(|(key, v)| match v {
                Some(v) => json!([value(key), value(v)]),
                None => value(key),
            }).collect::<Vec<_>>(),
        }),
        Shape::Parts { class, state, parts } => {
            let parts: Map<_, _> = parts.iter().map(|&(name, ref v)| (name.to_owned(), value(v))).collect();
            json!({ "type": class.to_lowercase(), "address": at, "state": state, "parts": parts })
        }
        Shape::Bytes { class, length, shown } => json!({
            "type": "bytes", "address": at, "class": class, "length": length,
            "hex": shown.iter().map(|b| format!("{b:02x}")).collect::<String>(),
        }),
        Shape::TypedArray { class, length, elements } => json!({
            "type": "typed array", "address": at, "class": class, "length": length,
            "elements": elements.iter().map(value).collect::<Vec<_>>(),
        }),
        Shape::Function(name) => json!({ "type": "function", "address": at, "name": name }),
        Shape::BoundFunction => json!({ "type": "bound function", "address": at }),
        Shape::Date(time) => json!({ "type": "date", "address": at, "time": number(*time) }),
        Shape::RegExp { source, flags } => {
            json!({ "type": "regexp", "address": at, "source": value(source), "flags": flags })
        }
        Shape::Boxed { class, value: inner } => {
            json!({ "type": "boxed", "address": at, "class": class, "value": value(inner) })
        }
        Shape::Accessor { getter, setter } => {
            json!({ "type": "accessor", "address": at, "getter": getter, "setter": setter })
        }
        Shape::Elided => json!({ "type": "elided", "address": at }),
        Shape::Bad(text) => json!({ "type": "unreadable", "address": at, "text": text }),
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn no_line_has_what_a_terminal_obeys() {
        let value = json!({ "name\u{202e}": "caf\u{e9} \u{9b}2J \u{7f} \x1b[2J" });
        let written = line(&value);
        assert_eq!(written, "{\"name\\u202e\":\"caf\u{e9} \\u009b2J \\u007f \\u001b[2J\"}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).ok(), Some(value), "it is the same to a reader");
    }
}
