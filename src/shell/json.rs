//! JSON readings that many items share: addresses, and inspected values.
//!
//! Knows: how jsdb writes JSON: addresses as hex strings, absent is null, numbers as numbers. Must not know: items.

use crate::heap::inspect::{Inspected, Shape};
use crate::image::Addr;
use serde_json::{Map, Value, json};

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
