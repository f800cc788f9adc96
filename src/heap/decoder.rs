//! Objects as a pass reads them: their properties, in the order and by the rule of `shapes`.
//!
//! An object whose values do not look like JavaScript values is taken for garbage that the collector left behind.
//!
//! Knows: V8 `objects.h`, classes JSObject, JSArray, Dictionary. Must not know: what is done with the properties.

use super::kinds::{Facts, Kinds};
use super::layout::shape::PropertiesStore;
use super::names::{Label, NameId, Names};
use super::pass::Budget;
use super::property::Traits;
use super::shapes::{ElementsRule, Fields, KeyNames, Place, Shape, Shapes, Slot};
use super::words::{Run, Words};
use super::{Field, Heap, Kind, Result, Tagged};
use std::sync::Arc;

/// What an object turned out to be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Outcome {
    /// Its properties were visited.
    Properties {
        /// What was met.
        traits: Traits,
        /// Whether they are exactly those of its shape, in order: no elements, none missing.
        plain: bool,
    },
    /// Its properties are not kept in an array: the class of what is in their place, in angle brackets.
    Unknown(NameId),
    /// It cannot be an object.
    Broken,
}

/// Decodes objects for one thread of a pass.
#[derive(Debug)]
pub struct Decoder<'w, 's> {
    heap: Heap<'s>,
    kinds: Kinds<'w, 's>,
    keys: KeyNames<'w, 's>,
    shapes: Shapes,
    budget: &'w Budget<'w>,
    owed: u64,
    hole: Option<u64>,
    /// The word that was found to be a value last: many objects share a few.
    value: Option<u64>,
}

/// What keeps the properties of an object that are not inside it.
enum Backing<'s> {
    /// A FixedArray: of properties, or a dictionary.
    Array,
    /// A PropertyArray.
    Properties(Run<'s>),
    /// The object's hash, or nothing.
    Nothing,
    /// Something else.
    Unknown,
}

/// Whether a living object may have a thing of this kind as its elements.
fn is_elements(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::FixedArray | Kind::FixedDoubleArray | Kind::ExternalArray | Kind::FixedTypedArray | Kind::ArgumentsMap
    )
}

/// So many words are taken from the budget at a time.
const INSTALMENT: u64 = 1 << 16;

impl<'w, 's> Decoder<'w, 's> {
    /// A decoder of the objects of `heap`, whose memory is `words`.
    pub fn new(
        heap: Heap<'s>,
        words: &'w Words<'s>,
        facts: &'w Facts,
        names: &'w Names,
        budget: &'w Budget<'w>,
    ) -> Decoder<'w, 's> {
        Decoder {
            heap,
            kinds: Kinds::new(words, facts),
            keys: KeyNames::new(heap, names),
            shapes: Shapes::default(),
            budget,
            owed: 0,
            hole: None,
            value: None,
        }
    }

    /// What tells kinds.
    pub fn kinds(&mut self) -> &mut Kinds<'w, 's> {
        &mut self.kinds
    }

    /// The shape of the objects whose map is `map`, which need not be one.
    pub fn shape(&mut self, map: u64) -> Arc<Shape> {
        self.shapes.of(&mut self.kinds, &mut self.keys, map)
    }

    /// The shape of the JSObject at `object`.
    pub fn shape_of(&mut self, object: u64) -> Option<Arc<Shape>> {
        let map = self.kinds.map(object)?;
        Some(self.shape(map))
    }

    fn charge(&mut self, count: usize, object: u64) -> Result<()> {
        self.owed += count as u64;
        if self.owed >= INSTALMENT {
            self.budget.take(self.owed, object)?;
            self.owed = 0;
        }
        Ok(())
    }

    /// Visits the elements of the JSArray at `array`, holes and what lies beyond its length included.
    ///
    /// # Errors
    /// As [`Decoder::properties`].
    pub fn elements_of_array(&mut self, array: u64, visit: &mut impl FnMut(Label, u64)) -> Result<()> {
        let Some(elements) = self.kinds.field(array, self.kinds.facts.elements) else { return Ok(()) };
        if self.shape_of(array).is_some_and(|shape| shape.elements == Some(ElementsRule::Dictionary)) {
            self.visit_dictionary(array, elements, &mut Traits::default(), visit)?;
        } else if let Some(run) = self.kinds.fixed_array(elements) {
            self.charge(run.len(), array)?;
            for (index, word) in run.iter().enumerate() {
                if let Some(label) = Label::index(index as u64) {
                    visit(label, word);
                }
            }
        }
        Ok(())
    }

    /// The length of the JSArray at `array`, whose map is `map`; none when its elements cannot be those of such an array.
    ///
    /// mdb_v8 knows arrays of tagged words alone; those of raw doubles and sparse ones are arrays as well.
    pub fn array_length(&mut self, array: u64, map: u64) -> Option<u64> {
        let length = self.kinds.field(array, self.kinds.facts.array_length)?;
        let elements = self.kinds.field(array, self.kinds.facts.elements)?;
        if elements & 3 != 1 {
            return None;
        }
        let there = match self.kinds.of(elements)?? {
            Kind::FixedArray if self.shape(map).elements == Some(ElementsRule::Dictionary) => u64::MAX,
            Kind::FixedArray | Kind::FixedDoubleArray => self.kinds.array_length(elements)?,
            _ => return None,
        };
        let length = match Tagged(length).smi(self.kinds.facts.width) {
            Some(length) => u64::try_from(length).ok()?,
            None => self.heap.number(Tagged(length)).ok().filter(|&n| n >= 0.0 && n.fract() == 0.0)? as u64,
        };
        (length <= there).then_some(length)
    }

    /// The SharedFunctionInfo of the JSFunction at `function`.
    pub fn function_shared(&mut self, function: u64) -> Option<u64> {
        self.kinds.field(function, self.kinds.facts.function_shared)
    }

    /// Visits the properties of the JSObject at `object`, of `shape`: elements first, then by descriptor or slot.
    ///
    /// # Errors
    /// When the pass is cancelled, or memory would be read too often. A broken object is an [`Outcome`].
    pub fn properties(&mut self, object: u64, shape: &Shape, visit: &mut impl FnMut(Label, u64)) -> Result<Outcome> {
        let Some(word) = self.kinds.field(object, self.kinds.facts.properties) else { return Ok(Outcome::Broken) };
        let backing = match self.backing(word) {
            Some(Backing::Unknown) if self.kinds.facts.strict => return Ok(Outcome::Broken),
            Some(Backing::Unknown) => return Ok(self.unknown(word)),
            Some(backing) => backing,
            None => return Ok(Outcome::Broken),
        };
        let mut traits = Traits::default();
        if !self.visit_elements(object, shape, &mut traits, visit)? {
            return Ok(Outcome::Broken);
        }
        let numeric = traits.numeric;
        let plain = match (&shape.fields, &backing) {
            (None, _) => None,
            (Some(Fields::Dictionary), Backing::Array) => {
                traits.dictionary = true;
                let whole = self.visit_dictionary(object, word, &mut traits, visit)?;
                whole.then_some(false)
            }
            (Some(Fields::Dictionary), _) => None,
            (Some(Fields::Fast { slots, descriptors, traits: met }), _) => {
                traits.skipped |= met.skipped;
                traits.undefined_name |= met.undefined_name;
                let properties = match backing {
                    Backing::Properties(run) => Some(run),
                    Backing::Array => match self.kinds.fixed_array(word) {
                        Some(run) => Some(run),
                        None => return Ok(Outcome::Broken),
                    },
                    _ => None,
                };
                self.visit_fields(object, properties, slots, *descriptors, &mut traits, visit)?
            }
        };
        Ok(plain.map_or(Outcome::Broken, |plain| Outcome::Properties { traits, plain: plain && !numeric }))
    }

    /// What `word`, in the place of an object's properties, is.
    fn backing(&mut self, word: u64) -> Option<Backing<'s>> {
        if self.kinds.is_known_empty(word) {
            return Some(Backing::Array);
        }
        let hashed = self.heap.layout().shapes.properties == PropertiesStore::PropertyArray;
        if hashed && word & 1 == 0 {
            let clean = Tagged(word).is_clean_smi(self.kinds.facts.width);
            return Some(if clean { Backing::Nothing } else { Backing::Unknown });
        }
        Some(match self.kinds.of(word)? {
            Some(Kind::FixedArray) => Backing::Array,
            Some(Kind::PropertyArray) => Backing::Properties(self.kinds.property_array(word)?),
            _ => Backing::Unknown,
        })
    }

    fn unknown(&mut self, backing: u64) -> Outcome {
        let class = self.heap.instance_type(Tagged(backing)).ok();
        let name = class.and_then(|t| self.heap.layout().type_name(t)).unwrap_or("unknown");
        Outcome::Unknown(self.keys.names.intern(&format!("<{name}>")))
    }

    /// Whether all went well.
    fn visit_elements(
        &mut self,
        object: u64,
        shape: &Shape,
        traits: &mut Traits,
        visit: &mut impl FnMut(Label, u64),
    ) -> Result<bool> {
        let Some(elements) = self.kinds.field(object, self.kinds.facts.elements) else { return Ok(true) };
        if self.kinds.is_known_empty(elements) {
            return Ok(true);
        }
        if self.kinds.facts.strict {
            let kind = self.kinds.of(elements).filter(|_| elements & 3 == 1).flatten();
            if !kind.is_some_and(is_elements) {
                return Ok(false);
            }
        }
        let Some(run) = self.kinds.fixed_array(elements).filter(|run| !run.is_empty()) else { return Ok(true) };
        let Some(rule) = shape.elements else { return Ok(false) };
        traits.numeric = true;
        match rule {
            ElementsRule::Other => {}
            ElementsRule::Dictionary => {
                traits.dictionary = true;
                return self.visit_dictionary(object, elements, traits, visit);
            }
            ElementsRule::Packed | ElementsRule::Holey => {
                self.charge(run.len(), object)?;
                for (index, word) in run.iter().enumerate() {
                    if rule == ElementsRule::Holey && self.is_hole(word) {
                        continue;
                    }
                    traits.bad_values |= self.is_garbage(word);
                    if let Some(label) = Label::index(index as u64) {
                        visit(label, word);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Whether all went well.
    fn visit_dictionary(
        &mut self,
        object: u64,
        table: u64,
        traits: &mut Traits,
        visit: &mut impl FnMut(Label, u64),
    ) -> Result<bool> {
        let layout = self.heap.layout();
        let index = |field: Field| layout.get(field).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let first = index(Field::DictionaryStart)?.saturating_add(index(Field::DictionaryPrefixSize)?);
        let step = index(Field::DictionaryEntrySize)?.max(2);
        let Some(run) = self.kinds.fixed_array(table) else { return Ok(false) };
        self.charge(run.len(), object)?;
        let mut at = first;
        while let (Some(key), Some(value)) = (run.get(at), run.get(at.saturating_add(1))) {
            at += step;
            let Some(label) = self.dictionary_label(key) else { return Ok(false) };
            if let Some(label) = label {
                traits.bad_values |= self.is_garbage(value);
                visit(label, value);
            }
        }
        Ok(true)
    }

    /// What the dictionary key `key` is called: nothing for a free or deleted entry, none at all for no key.
    fn dictionary_label(&mut self, key: u64) -> Option<Option<Label>> {
        let number = |n: i64| u64::try_from(n).ok().and_then(Label::index);
        if let Some(n) = Tagged(key).smi(self.kinds.facts.width) {
            return Some(Some(number(n).unwrap_or_else(|| Label::name(self.keys.names.intern(&n.to_string())))));
        }
        match self.kinds.of(key)? {
            Some(Kind::Oddball | Kind::Hole) => Some(None),
            Some(Kind::HeapNumber) => {
                let n = self.heap.number(Tagged(key)).ok()?;
                Some(Some(Label::name(self.keys.names.intern(&n.to_string()))))
            }
            Some(Kind::String | Kind::Symbol) => Some(Some(Label::name(self.keys.name(key)?))),
            _ => None,
        }
    }

    /// Whether all fields were there; none when the object makes no sense.
    fn visit_fields(
        &mut self,
        object: u64,
        properties: Option<Run<'s>>,
        slots: &[Slot],
        descriptors: i64,
        traits: &mut Traits,
        visit: &mut impl FnMut(Label, u64),
    ) -> Result<Option<bool>> {
        let strict = self.kinds.facts.strict;
        self.charge(slots.len(), object)?;
        let mut all = true;
        for slot in slots {
            let value = match slot.place {
                Place::InObject(offset) => {
                    let Some(value) = self.kinds.field(object, offset) else {
                        traits.skipped = true;
                        all = false;
                        continue;
                    };
                    traits.in_object = true;
                    value
                }
                Place::RawDouble(offset) => {
                    if self.kinds.field(object, offset).is_none() {
                        return Ok(None);
                    }
                    traits.in_object = true;
                    // No word that could be garbage, or refer to anything.
                    0
                }
                Place::Constant(value) => value,
                Place::OutOfObject(index) => match usize::try_from(index)
                    .ok()
                    .and_then(|i| properties.as_ref().and_then(|properties| properties.get(i)))
                {
                    Some(value) => {
                        traits.props = true;
                        value
                    }
                    // A property that this object never had, or that was deleted.
                    None if index < descriptors && !strict => {
                        all = false;
                        continue;
                    }
                    None => return Ok(None),
                },
            };
            traits.bad_values |= self.is_garbage(value);
            visit(slot.label, value);
        }
        Ok(Some(all))
    }

    /// Whether `word` is no value that a JavaScript program could have stored.
    fn is_garbage(&mut self, word: u64) -> bool {
        if word & 1 == 0 || self.value == Some(word) {
            return false;
        }
        let is_value = match self.kinds.of(word).flatten() {
            Some(Kind::JsValue) => self.heap.is_boxed_primitive(Tagged(word)),
            kind => kind.is_some_and(Kind::may_be_value),
        };
        if is_value {
            self.value = Some(word);
        }
        !is_value
    }

    fn is_hole(&mut self, word: u64) -> bool {
        if word & 1 == 0 {
            return false;
        }
        if self.hole == Some(word) {
            return true;
        }
        let kind = self.kinds.of(word).flatten();
        let hole = matches!(kind, Some(Kind::Oddball | Kind::Hole)) && self.heap.is_hole(Tagged(word));
        if hole {
            self.hole = Some(word);
        }
        hole
    }
}
