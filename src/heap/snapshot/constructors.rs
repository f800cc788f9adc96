//! Which function V8 takes for the constructor of an object when it says in a snapshot where that is written (V8
//! `JSReceiver::GetConstructor`): it passes over functions without a name and over `Object`, and where a string in
//! `Symbol.toStringTag` names an object, there is none.
//!
//! Knows: maps, prototypes, these two properties. Must not know: where a function is written.

use crate::heap::property::PropertyValue;
use crate::heap::{Claim, Heap, JsFunction, JsString, Kind, Map, Result, SharedFunctionInfo, Tagged, object};
use rustc_hash::FxHashMap;

/// The properties that are asked for.
const CONSTRUCTOR: &str = "constructor";
const TAG: &str = "Symbol(Symbol.toStringTag)";

/// What a prototype says of the objects that have it, each read once.
pub(super) struct Constructors<'s> {
    heap: Heap<'s>,
    /// By the word of a prototype.
    told: FxHashMap<u64, Told<'s>>,
}

/// What a prototype says itself.
#[derive(Clone, Copy, Default)]
struct Told<'s> {
    /// Its property `constructor`.
    constructor: Option<SharedFunctionInfo<'s>>,
    /// Whether it has a tag.
    is_tagged: bool,
}

/// What an entry of the table takes, with as much room again, in bytes.
const OF_ENTRY: u64 = 2 * size_of::<(u64, Told<'_>)>() as u64;

impl<'s> Constructors<'s> {
    pub(super) fn new(heap: Heap<'s>) -> Constructors<'s> {
        Constructors { heap, told: FxHashMap::default() }
    }

    /// The constructor of the JSObject `object`, whose map is `map`.
    ///
    /// # Errors
    /// When `memory` is not enough.
    pub(super) fn of(
        &mut self,
        object: Tagged,
        map: Map<'s>,
        memory: &Claim<'_>,
    ) -> Result<Option<SharedFunctionInfo<'s>>> {
        let told = match map.prototype() {
            Ok(prototype) => self.told(prototype, memory)?,
            Err(_) => Told::default(),
        };
        let made = map.constructor().ok().and_then(|word| self.telling(word));
        let same = |of: SharedFunctionInfo<'_>| made.is_some_and(|made| made.word() == of.word());
        Ok(match told.constructor {
            Some(constructor) if same(constructor) => Some(constructor),
            // A derived class, whose objects have maps of the base class; or the prototype of one.
            Some(constructor) => (!told.is_tagged && !self.is_tagged(object)).then_some(constructor),
            // What has it itself is a prototype: its map names the class that it is the prototype of.
            None => made.filter(|_| !matches!(object::named(self.heap, object, CONSTRUCTOR), Ok(Some(_)))),
        })
    }

    fn told(&mut self, prototype: Tagged, memory: &Claim<'_>) -> Result<Told<'s>> {
        if let Some(&told) = self.told.get(&prototype.0) {
            return Ok(told);
        }
        memory.take(OF_ENTRY)?;
        let constructor = self.value(prototype, CONSTRUCTOR).and_then(|word| self.telling(word));
        let told = Told { constructor, is_tagged: self.is_tagged(prototype) };
        self.told.insert(prototype.0, told);
        Ok(told)
    }

    fn is_tagged(&self, object: Tagged) -> bool {
        self.value(object, TAG).is_some_and(|word| JsString::load(self.heap, word).is_ok())
    }

    /// The value of a property that `object` has itself, if that is no accessor.
    fn value(&self, object: Tagged, name: &str) -> Option<Tagged> {
        let is_object = self.heap.kind(object).ok().flatten().is_some_and(Kind::is_js_object);
        match object::named(self.heap, object, name) {
            Ok(Some(PropertyValue::Tagged(word))) if is_object => Some(word),
            _ => None,
        }
    }

    /// The function `word`, if objects are called by it.
    fn telling(&self, word: Tagged) -> Option<SharedFunctionInfo<'s>> {
        let shared = JsFunction::load(self.heap, word).ok()?.shared();
        let name = shared.name();
        let is_named = [&name.own, &name.inferred].into_iter().flatten().any(|name| !name.is_empty());
        (is_named && name.to_string() != "Object").then_some(shared)
    }
}
