//! Elements: the numbered properties of an object, however they are kept.
//!
//! Knows: V8 `elements-kind.h`, `elements.cc`. Must not know: named properties.

use super::array::{self, FixedArray, WordSlice};
use super::dictionary::{self, Keys};
use super::layout::shape::TypedKind;
use super::map::ElementsKind;
use super::{Error, Field, Heap, Kind, Result, Tagged, Value};
use crate::image::Addr;

/// One element.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Element {
    /// A tagged word.
    Tagged(Tagged),
    /// A raw double.
    Double(f64),
    /// No element, and the word that says so: raw doubles have none.
    Hole(Option<Tagged>),
}

/// An object's elements.
#[derive(Clone, Debug)]
pub enum Elements<'s> {
    /// One tagged word per index; holes are the hole oddball.
    Tagged(FixedArray<'s>),
    /// One double per index.
    Double(Vec<Option<f64>>),
    /// By number, sorted.
    Dictionary(Vec<(u32, dictionary::Entry)>),
    /// A sloppy function's arguments: a mapped one is a slot of the function's context.
    Arguments(Vec<Element>),
    /// Bytes outside the heap.
    External {
        /// Which type the elements have, where that is known.
        element_type: Option<TypedKind>,
        /// How many elements.
        length: usize,
        /// The first byte.
        data: Addr,
    },
}

impl<'s> Elements<'s> {
    /// The elements of the object at `object`.
    ///
    /// # Errors
    /// When they are not kept as its map says, or are not all in the image.
    pub fn load(heap: Heap<'s>, object: Tagged) -> Result<Elements<'s>> {
        let kind = heap.map(object)?.elements_kind()?;
        let elements = heap.word(object, Field::JsObjectElements)?;
        match kind {
            ElementsKind::Tagged => Ok(Elements::Tagged(FixedArray::load(heap, elements)?)),
            ElementsKind::Double => {
                // An array that never had elements has the empty FixedArray instead.
                if heap.is(elements, Kind::FixedArray) {
                    return Ok(Elements::Tagged(FixedArray::load(heap, elements)?));
                }
                Ok(Elements::Double(array::doubles(heap, elements)?))
            }
            ElementsKind::Dictionary => {
                let mut entries: Vec<_> = dictionary::entries(heap, elements, Keys::Numbers)?
                    .into_iter()
                    .filter_map(|entry| Some((number_key(heap, entry.key)?, entry)))
                    .collect();
                entries.sort_by_key(|(index, _)| *index);
                Ok(Elements::Dictionary(entries))
            }
            ElementsKind::Arguments => arguments(heap, elements),
            ElementsKind::External(element_type) => {
                let length = heap.smi(elements, Field::FixedArrayLength)?;
                let data = Addr(heap.word(elements, Field::ExternalArrayPointer)?.0);
                let length = usize::try_from(length).map_err(|_| Error::Implausible {
                    addr: elements.addr(),
                    what: "external array length",
                    value: length,
                })?;
                Ok(Elements::External { element_type, length, data })
            }
        }
    }

    /// The elements that are there, by index; holes and outside bytes left out.
    pub fn present(&self, heap: Heap<'s>) -> Vec<(u32, Element)> {
        match self {
            Elements::Tagged(array) => {
                let hole = |word: &Tagged| heap.is_hole(*word);
                (0u32..).zip(array.iter()).filter(|(_, w)| !hole(w)).map(|(i, w)| (i, Element::Tagged(w))).collect()
            }
            Elements::Double(doubles) => {
                (0u32..).zip(doubles).filter_map(|(i, d)| Some((i, Element::Double((*d)?)))).collect()
            }
            Elements::Dictionary(entries) => entries.iter().map(|(i, e)| (*i, Element::Tagged(e.value))).collect(),
            Elements::Arguments(list) => {
                (0u32..).zip(list.iter().copied()).filter(|(_, e)| !matches!(e, Element::Hole(_))).collect()
            }
            Elements::External { .. } => Vec::new(),
        }
    }
}

/// The element that a word of a FixedArray stands for.
fn tagged(heap: Heap<'_>, word: Tagged) -> Element {
    if heap.is_hole(word) { Element::Hole(Some(word)) } else { Element::Tagged(word) }
}

/// The index that a dictionary key stands for.
fn number_key(heap: Heap<'_>, key: Tagged) -> Option<u32> {
    match heap.value(key) {
        Value::Smi(n) => u32::try_from(n).ok(),
        Value::Object(object) => {
            let number =
                heap.is(object, Kind::HeapNumber).then(|| heap.double(object, Field::HeapNumberValue))?.ok()?;
            let index = number as u32;
            (f64::from(index) == number).then_some(index)
        }
    }
}

/// The arguments of a sloppy function: \[context, backing store, slot or hole per mapped argument...\]
/// (V8 `elements.cc`, `NonStrictArgumentsElementsAccessor`; later `arguments.tq`, `SloppyArgumentsElements`, whose
/// length counts the mapped arguments alone).
fn arguments<'s>(heap: Heap<'s>, elements: Tagged) -> Result<Elements<'s>> {
    let map = if heap.is(elements, Kind::ArgumentsMap) {
        let mapped = usize::try_from(heap.smi(elements, Field::FixedArrayLength)?).unwrap_or(usize::MAX);
        let words = WordSlice::load(heap, heap.place(elements, Field::FixedArrayData)?, mapped.saturating_add(2));
        words.or_else(|_| FixedArray::load(heap, elements).map(FixedArray::into_words))?
    } else {
        FixedArray::load(heap, elements)?.into_words()
    };
    let missing = || Error::NotA { addr: elements.addr(), expected: "the parameter map of an arguments object" };
    let context = map.get(0).ok_or_else(missing)?;
    let store = FixedArray::load(heap, map.get(1).ok_or_else(missing)?)?;
    let slots = FixedArray::load(heap, context)?;
    let list = store.iter().enumerate().map(|(index, word)| {
        let slot = map.get(index + 2).and_then(|w| w.smi(heap.width())).and_then(|s| usize::try_from(s).ok());
        let word = slot.and_then(|s| slots.get(s)).unwrap_or(word);
        tagged(heap, word)
    });
    Ok(Elements::Arguments(list.collect()))
}

/// The length of the JSArray at `array`, as JavaScript sees it.
///
/// # Errors
/// When it is not a number that an array can have.
pub fn array_length(heap: Heap<'_>, array: Tagged) -> Result<u32> {
    let word = heap.word(array, Field::JsArrayLength)?;
    number_key(heap, word).ok_or(Error::NotA { addr: array.addr(), expected: "an array: its length is not a number" })
}

/// The elements of the JSArray at `array`, from 0 to its length: a sparse one has only those that are there.
///
/// # Errors
/// As [`Elements::load`] and [`array_length`].
pub fn array_elements<'s>(heap: Heap<'s>, array: Tagged) -> Result<(u32, Vec<(u32, Element)>)> {
    let length = array_length(heap, array)?;
    if length == 0 {
        return Ok((0, Vec::new()));
    }
    let elements = Elements::load(heap, array)?;
    let mut list: Vec<(u32, Element)> = match &elements {
        Elements::Tagged(words) => (0u32..).zip(words.iter()).map(|(i, w)| (i, tagged(heap, w))).collect(),
        Elements::Double(doubles) => {
            (0u32..).zip(doubles).map(|(i, d)| (i, d.map_or(Element::Hole(None), Element::Double))).collect()
        }
        _ => elements.present(heap),
    };
    list.retain(|(index, _)| *index < length);
    Ok((length, list))
}
