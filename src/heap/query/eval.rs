//! Computing an expression on an object.
//!
//! Knows: ECMAScript's operators. Must not know: how properties are kept (`member`).

use super::member::{found, includes, is_instance, member};
use super::{Binary, Expr, Logical, Method, Unary, Value};
use crate::heap::{Heap, Tagged};
use std::cmp::Ordering;

impl Expr {
    /// Its value on the object at `object`. How deep it recurses is as deep as it was written, which its reader bounds.
    pub fn value<'s>(&self, heap: Heap<'s>, object: Tagged) -> Value<'s> {
        let value = |expr: &Expr| expr.value(heap, object);
        match self {
            Expr::Number(n) => Value::Number(*n),
            Expr::Text(units) => Value::Text(units.clone()),
            Expr::Bool(b) => Value::Bool(*b),
            Expr::Null => Value::Null,
            Expr::Undefined => Value::Undefined,
            Expr::This => Value::of(heap, object),
            Expr::Name(name) => member(heap, &Value::of(heap, object), name),
            Expr::Member(of, name) => member(heap, &value(of), name),
            Expr::Index(of, key) => member(heap, &value(of), &key_name(heap, &value(key))),
            Expr::Unary(operator, of) => unary(heap, *operator, &value(of)),
            Expr::Binary(operator, left, right) => binary(heap, *operator, &value(left), &value(right)),
            Expr::Logical(operator, left, right) => {
                let left = value(left);
                let decided = match operator {
                    Logical::And => !left.is_true(),
                    Logical::Or => left.is_true(),
                    Logical::Coalesce => !matches!(left, Value::Undefined | Value::Null),
                };
                if decided { left } else { value(right) }
            }
            Expr::Conditional(condition, yes, no) => value(if value(condition).is_true() { yes } else { no }),
            Expr::Instance(of, name) => Value::Bool(match value(of) {
                Value::Object(object) => is_instance(heap, object, name),
                _ => false,
            }),
            Expr::Test(pattern, of) => Value::Bool(pattern.is_in(&value(of).to_text(heap))),
            Expr::Method(method, of, argument) => Value::Bool(call(heap, *method, &value(of), &value(argument))),
        }
    }
}

/// A value as the name of a property.
fn key_name(heap: Heap<'_>, key: &Value<'_>) -> String {
    String::from_utf16_lossy(&key.to_text(heap))
}

fn unary<'s>(heap: Heap<'s>, operator: Unary, of: &Value<'s>) -> Value<'s> {
    match operator {
        Unary::Not => Value::Bool(!of.is_true()),
        Unary::Negate => Value::Number(-of.number(heap)),
        Unary::Number => Value::Number(of.number(heap)),
        Unary::TypeOf => Value::text(of.type_of(heap)),
    }
}

fn binary<'s>(heap: Heap<'s>, operator: Binary, left: &Value<'s>, right: &Value<'s>) -> Value<'s> {
    let compared = |wanted: fn(Ordering) -> bool| Value::Bool(left.compare(heap, right).is_some_and(wanted));
    let computed = |compute: fn(f64, f64) -> f64| Value::Number(compute(left.number(heap), right.number(heap)));
    match operator {
        Binary::Equal => Value::Bool(left.equals(heap, right)),
        Binary::Unequal => Value::Bool(!left.equals(heap, right)),
        Binary::Same => Value::Bool(left.is_same(right)),
        Binary::NotSame => Value::Bool(!left.is_same(right)),
        Binary::Less => compared(Ordering::is_lt),
        Binary::Greater => compared(Ordering::is_gt),
        Binary::LessOrEqual => compared(Ordering::is_le),
        Binary::GreaterOrEqual => compared(Ordering::is_ge),
        Binary::In => Value::Bool(match right {
            Value::Object(object) => found(heap, *object, &key_name(heap, left)).is_some(),
            _ => false,
        }),
        Binary::Add if left.length().is_some() || right.length().is_some() => {
            Value::Text([left.to_text(heap), right.to_text(heap)].concat())
        }
        Binary::Add => computed(|a, b| a + b),
        Binary::Subtract => computed(|a, b| a - b),
        Binary::Multiply => computed(|a, b| a * b),
        Binary::Divide => computed(|a, b| a / b),
        Binary::Remainder => computed(|a, b| a % b),
    }
}

fn call<'s>(heap: Heap<'s>, method: Method, of: &Value<'s>, argument: &Value<'s>) -> bool {
    if let (Method::Includes, Value::Object(object)) = (method, of)
        && let Some(found) = includes(heap, *object, argument)
    {
        return found;
    }
    // What is no text has no such method: nothing holds of it.
    let Some(text) = of.units() else { return false };
    let wanted = argument.to_text(heap);
    match method {
        Method::StartsWith => text.starts_with(&wanted),
        Method::EndsWith => text.ends_with(&wanted),
        Method::Includes => wanted.is_empty() || text.windows(wanted.len()).any(|window| window == wanted),
    }
}
