//! The properties of one object by name: what Node's own JavaScript keeps for itself.
//!
//! Knows: how keys are written (`fd`, `Symbol(owner_symbol)`, `#heap`). Must not know: any particular name.

use crate::heap::property::PropertyValue;
use crate::heap::{Heap, JsString, Kind, Tagged, inspect, object};

/// The most characters that are read of a string.
const MOST_TEXT: usize = 4096;

/// The properties of an object.
#[derive(Clone, Debug)]
pub struct Members<'s> {
    heap: Heap<'s>,
    list: Vec<(String, PropertyValue)>,
}

impl<'s> Members<'s> {
    /// Those of `object`: none when it is none.
    pub fn of(heap: Heap<'s>, object: Tagged) -> Members<'s> {
        let own = object::all_properties(heap, object).unwrap_or_default();
        let list = own.list.into_iter().map(|p| (inspect::key_text(heap, p.key), p.value)).collect();
        Members { heap, list }
    }

    fn value(&self, name: &str) -> Option<PropertyValue> {
        self.list.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<Tagged> {
        match self.value(name)? {
            PropertyValue::Tagged(word) => Some(word),
            _ => None,
        }
    }

    /// The object that `name` is.
    pub fn object(&self, name: &str) -> Option<Tagged> {
        let word = self.get(name)?;
        let kind = self.heap.kind(word).ok()??;
        (kind.has_properties() || kind == Kind::JsArray).then_some(word)
    }

    /// The function that `name` is.
    pub fn function(&self, name: &str) -> Option<Tagged> {
        self.get(name).filter(|&word| self.heap.is(word, Kind::JsFunction) || self.heap.is(word, Kind::JsBoundFunction))
    }

    /// The members of the object that `name` is.
    pub fn inside(&self, name: &str) -> Option<Members<'s>> {
        Some(Members::of(self.heap, self.object(name)?))
    }

    /// The number that `name` is.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.value(name)? {
            PropertyValue::Double(number) => Some(number),
            PropertyValue::Tagged(word) => self.heap.number(word).ok(),
            _ => None,
        }
    }

    /// The string that `name` is, escaped.
    pub fn text(&self, name: &str) -> Option<String> {
        text(self.heap, self.get(name)?)
    }
}

/// The string at `word`, escaped; absent when it is none or empty.
pub fn text(heap: Heap<'_>, word: Tagged) -> Option<String> {
    let string = JsString::load(heap, word).ok().filter(|string| !string.is_empty())?;
    Some(crate::heap::string::escape(&string.text(MOST_TEXT).units))
}
