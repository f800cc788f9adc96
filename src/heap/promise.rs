//! Promises: pending, fulfilled or rejected, and with what.
//!
//! Knows: V8 `js-promise.tq`; to 5.x, the private symbols that V8's own JavaScript used (`promise.js`). Must not know:
//! how a promise is shown.

use super::property::{Key, PropertyValue};
use super::{Error, Field, Heap, JsString, Kind, Result, Tagged, object};

/// The state of a promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PromiseState {
    /// Not settled. What is to be done when it is, where the layout tells.
    Pending(Option<Tagged>),
    /// Settled with a value.
    Fulfilled(Tagged),
    /// Settled with a reason.
    Rejected(Tagged),
}

/// The state of the JSPromise at `promise`.
///
/// # Errors
/// When it is none, or its state makes no sense.
pub fn state(heap: Heap<'_>, promise: Tagged) -> Result<PromiseState> {
    let not = Error::NotA { addr: promise.addr(), expected: "a promise" };
    if heap.kind(promise)? != Some(Kind::JsPromise) {
        return Err(not);
    }
    if heap.layout().find(Field::JsPromiseFlags).is_none() {
        return by_symbols(heap, promise)?.ok_or(not);
    }
    let result = heap.word(promise, Field::JsPromiseResult)?;
    // V8 `js-promise.h`, StatusBits.
    match heap.smi(promise, Field::JsPromiseFlags)? & 3 {
        0 => Ok(PromiseState::Pending(Some(result))),
        1 => Ok(PromiseState::Fulfilled(result)),
        2 => Ok(PromiseState::Rejected(result)),
        value => Err(Error::Implausible { addr: promise.addr(), what: "state of a promise", value }),
    }
}

/// The state of the promise at `promise` in versions whose promises are written in JavaScript: properties by private
/// symbols. Nothing when it has none.
pub fn by_symbols(heap: Heap<'_>, promise: Tagged) -> Result<Option<PromiseState>> {
    let (mut status, mut value) = (None, None);
    for property in object::all_properties(heap, promise)?.list {
        let (Key::Name(name), PropertyValue::Tagged(word)) = (property.key, property.value) else { continue };
        if !heap.is(name, Kind::Symbol) {
            continue;
        }
        let description = heap.word(name, Field::SymbolName).and_then(|word| JsString::load(heap, word));
        let Ok(description) = description else { continue };
        match description.text(64).to_utf8().as_str() {
            "promiseStatus" | "promise_status_symbol" | "Promise#status" => status = word.smi(heap.width()),
            "promiseValue" | "promise_value_symbol" | "Promise#value" => value = Some(word),
            _ => {}
        }
    }
    Ok(match (status, value) {
        (Some(0), _) => Some(PromiseState::Pending(None)),
        (Some(1), Some(value)) => Some(PromiseState::Fulfilled(value)),
        (Some(-1), Some(value)) => Some(PromiseState::Rejected(value)),
        _ => None,
    })
}
