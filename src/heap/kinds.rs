//! What things are, told quickly: the reading that passes do most, by constants looked up once and answers remembered.
//!
//! Words are bare numbers here and absence is all that is told of a failure: a pass meets far more nonsense than objects.
//!
//! Knows: where an object's map and a map's type are, V8 `objects.h`. Must not know: properties.

use super::words::{Reader, Run, Words};
use super::{Field, Heap, InstanceType, Kind, Result, Tagged};
use crate::image::Width;

/// The layout's constants that a pass needs, looked up once. Offsets count from an object's tagged address.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Size of a pointer.
    pub width: Width,
    /// Map of any object.
    map: i64,
    /// Instance type in a map.
    instance_attributes: i64,
    /// Properties of a JSObject.
    pub properties: i64,
    /// Elements of a JSObject.
    pub elements: i64,
    /// Length of a JSArray.
    pub array_length: i64,
    /// Length of a FixedArray.
    fixed_length: i64,
    /// First element of a FixedArray.
    fixed_data: i64,
    /// SharedFunctionInfo of a JSFunction.
    pub function_shared: i64,
    kinds: Vec<Option<Kind>>,
}

impl Facts {
    /// The constants of `heap`'s layout.
    ///
    /// # Errors
    /// When the layout lacks one.
    pub fn new(heap: Heap<'_>) -> Result<Facts> {
        let layout = heap.layout();
        let offset = |field: Field| layout.get(field).map(|offset| offset - 1);
        Ok(Facts {
            width: layout.width,
            map: offset(Field::HeapObjectMap)?,
            instance_attributes: offset(Field::MapInstanceAttributes)?,
            properties: offset(Field::JsObjectProperties)?,
            elements: offset(Field::JsObjectElements)?,
            array_length: offset(Field::JsArrayLength)?,
            fixed_length: offset(Field::FixedArrayLength)?,
            fixed_data: offset(Field::FixedArrayData)?,
            function_shared: offset(Field::JsFunctionShared)?,
            kinds: (0..=255).map(|t| layout.kind(InstanceType(t))).collect(),
        })
    }

    /// What a word is as a Smi, whether or not it is tagged as one.
    pub fn smi_bits(&self, word: u64) -> i64 {
        Tagged(word & !1).smi(self.width).unwrap_or_default()
    }
}

/// Tells kinds, for one thread of a pass.
#[derive(Debug)]
pub struct Kinds<'w, 's> {
    /// The constants.
    pub facts: &'w Facts,
    reader: Reader<'w, 's>,
    /// What [`Kinds::by_map`] gave of late: most words that a pass meets are maps, or among a few constants.
    recent: Vec<(u64, Option<Option<Kind>>)>,
}

/// How many answers are remembered.
const RECENT: usize = 2048;

impl<'w, 's> Kinds<'w, 's> {
    /// Of objects in `words`.
    pub fn new(words: &'w Words<'s>, facts: &'w Facts) -> Kinds<'w, 's> {
        Kinds { facts, reader: Reader::new(words), recent: vec![(0, None); RECENT] }
    }

    /// The word at `offset` from `object`'s tagged address.
    pub fn field(&mut self, object: u64, offset: i64) -> Option<u64> {
        self.reader.word(object.wrapping_add_signed(offset))
    }

    /// The number of the region that has `addr`.
    pub fn region(&mut self, addr: u64) -> Option<usize> {
        self.reader.region(addr)
    }

    /// The kind of the objects whose map is `map`, which need not be one; none when there is no byte to tell.
    pub fn by_map(&mut self, map: u64) -> Option<Option<Kind>> {
        let slot = (map >> 3 ^ map >> 14) as usize % RECENT;
        let (word, kind) = self.recent[slot];
        if word == map {
            return kind;
        }
        let byte = self.reader.byte(map.wrapping_add_signed(self.facts.instance_attributes));
        let kind = byte.map(|byte| self.facts.kinds[usize::from(byte)]);
        self.recent[slot] = (map, kind);
        kind
    }

    /// The map of `object`.
    pub fn map(&mut self, object: u64) -> Option<u64> {
        self.field(object, self.facts.map)
    }

    /// The kind of `object`; none when it cannot be an object.
    pub fn of(&mut self, object: u64) -> Option<Option<Kind>> {
        let map = self.map(object)?;
        if map & 3 == 1 { self.by_map(map) } else { None }
    }

    /// Whether `object` is of `kind`.
    pub fn is(&mut self, object: u64, kind: Kind) -> bool {
        object & 3 == 1 && self.of(object) == Some(Some(kind))
    }

    /// The length that the FixedArray at `array`, or one laid out like it, says it has.
    pub fn array_length(&mut self, array: u64) -> Option<u64> {
        let length = Tagged(self.field(array, self.facts.fixed_length)?).smi(self.facts.width)?;
        u64::try_from(length).ok()
    }

    /// The words of the FixedArray at `array`.
    pub fn fixed_array(&mut self, array: u64) -> Option<Run<'s>> {
        if !self.is(array, Kind::FixedArray) {
            return None;
        }
        let length = usize::try_from(self.array_length(array)?).ok()?;
        self.reader.words(array.wrapping_add_signed(self.facts.fixed_data), length)
    }
}
