//! What things are, told quickly: the reading that passes do most, by constants looked up once and answers remembered.
//!
//! Words are bare numbers here and absence is all that is told of a failure: a pass meets far more nonsense than objects.
//!
//! Knows: where an object's map and a map's type are, V8 `objects.h`. Must not know: properties.

use super::layout::shape::{DescriptorShape, LengthShape, PageShape, TypeSize};
use super::object::PROPERTY_ARRAY_LENGTH;
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
    type_size: TypeSize,
    pages: Option<PageShape>,
    /// Instance size in a map, in words.
    instance_size: i64,
    /// Length of a string, and how it is stored.
    string_length: (i64, LengthShape),
    /// Characters of a sequential string.
    string_chars: i64,
    /// Bits of a type that tell the encoding of a string, and what they are for one byte a character.
    one_byte: (u16, u16),
    /// First instruction of a Code, and their size: where the metadata has both, code follows at once.
    code: Option<(i64, i64)>,
    /// First descriptor of a DescriptorArray that is no FixedArray.
    descriptors: Option<i64>,
    /// Whether a word counts as a map only if its own map is that of maps. mdb_v8 asks for less of V8 3.14.
    pub strict: bool,
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
            kinds: (0..=layout.last_type()).map(|t| layout.kind(InstanceType(t))).collect(),
            type_size: layout.shapes.type_size,
            pages: layout.shapes.pages,
            instance_size: offset(Field::MapInstanceSize)?,
            string_length: (offset(Field::StringLength)?, layout.shapes.string_length),
            string_chars: offset(Field::SeqOneByteChars)?,
            one_byte: (
                layout.find(Field::StringEncodingMask).unwrap_or(0) as u16,
                layout.find(Field::OneByteStringTag).unwrap_or(0) as u16,
            ),
            code: offset(Field::CodeInstructionStart).ok().zip(offset(Field::CodeInstructionSize).ok()),
            descriptors: offset(Field::DescriptorHeader).ok(),
            strict: layout.shapes.descriptors != DescriptorShape::ValueIsIndex,
        })
    }
}

impl Facts {
    /// By number of the type, whether its kind is `wanted`.
    pub fn types(&self, wanted: impl Fn(Kind) -> bool) -> Vec<bool> {
        self.kinds.iter().map(|kind| kind.is_some_and(&wanted)).collect()
    }
}

/// Tells kinds, for one thread of a pass.
#[derive(Debug)]
pub struct Kinds<'w, 's> {
    /// The constants.
    pub facts: &'w Facts,
    reader: Reader<'w, 's>,
    /// The map of maps that was met last: a context has one.
    meta: Option<u64>,
    /// The FixedArray without elements that was met last: most arrays that objects refer to are the one that V8 has.
    empty: Option<u64>,
    /// The page that was asked for last, and whether it was left behind.
    page: (u64, bool),
}

/// V8 `kCodeAlignment`.
const CODE_ALIGNMENT: u64 = 32;

impl<'w, 's> Kinds<'w, 's> {
    /// Of objects in `words`.
    pub fn new(words: &'w Words<'s>, facts: &'w Facts) -> Kinds<'w, 's> {
        Kinds { facts, reader: Reader::new(words), meta: None, empty: None, page: (u64::MAX, false) }
    }

    /// The word at `offset` from `object`'s tagged address.
    #[inline]
    pub fn field(&mut self, object: u64, offset: i64) -> Option<u64> {
        self.reader.word(object.wrapping_add_signed(offset))
    }

    /// The number of the region that has `addr`.
    pub fn region(&mut self, addr: u64) -> Option<usize> {
        self.reader.region(addr)
    }

    /// The kind of the objects whose map is `map`, which need not be one; none when there is no byte to tell.
    #[inline]
    pub fn by_map(&mut self, map: u64) -> Option<Option<Kind>> {
        let instance_type = self.type_by_map(map)?;
        if self.facts.strict && !self.is_map(map) {
            return Some(None);
        }
        Some(self.facts.kinds.get(usize::from(instance_type)).copied().flatten())
    }

    /// Whether the type behind `map`, which need not be a map, is one of `types` ([`Facts::types`]).
    #[inline(always)]
    pub fn has_type_in(&mut self, map: u64, types: &[bool]) -> bool {
        self.type_by_map(map).is_some_and(|number| types.get(usize::from(number)) == Some(&true))
    }

    /// The number of the type of the objects whose map is `map`.
    #[inline(always)]
    fn type_by_map(&mut self, map: u64) -> Option<u16> {
        let addr = map.wrapping_add_signed(self.facts.instance_attributes);
        match self.facts.type_size {
            TypeSize::Byte => self.reader.byte(addr).map(u16::from),
            TypeSize::Half => self.reader.tail(addr)?.first_chunk().copied().map(u16::from_le_bytes),
        }
    }

    /// Whether `map` is a map: its own map is one whose map is itself (V8 `Heap::meta_map`, of which later versions have
    /// one per native context).
    #[inline]
    fn is_map(&mut self, map: u64) -> bool {
        let Some(meta) = self.map(map).filter(|meta| meta & 3 == 1) else { return false };
        if Some(meta) == self.meta {
            return true;
        }
        let kind = self.type_by_map(meta).and_then(|t| self.facts.kinds.get(usize::from(t)).copied().flatten());
        let is_meta = kind == Some(Kind::Map) && self.map(meta) == Some(meta);
        if is_meta {
            self.meta = Some(meta);
        }
        is_meta
    }

    /// The map of `object`.
    #[inline]
    pub fn map(&mut self, object: u64) -> Option<u64> {
        self.field(object, self.facts.map)
    }

    /// The kind of `object`; none when it cannot be an object.
    #[inline]
    pub fn of(&mut self, object: u64) -> Option<Option<Kind>> {
        let map = self.map(object)?;
        if map & 3 == 1 { self.by_map(map) } else { None }
    }

    /// Whether `object` is of `kind`.
    #[inline]
    pub fn is(&mut self, object: u64, kind: Kind) -> bool {
        object & 3 == 1 && self.of(object) == Some(Some(kind))
    }

    /// The length that the FixedArray at `array`, or one laid out like it, says it has.
    pub fn array_length(&mut self, array: u64) -> Option<u64> {
        let length = Tagged(self.field(array, self.facts.fixed_length)?).smi(self.facts.width)?;
        u64::try_from(length).ok()
    }

    /// The size in bytes of the object at `object`, whose map is `map` and whose kind `kind`; none where only its class
    /// could tell.
    pub fn size(&mut self, object: u64, map: u64, kind: Kind) -> Option<u64> {
        let word = self.facts.width.bytes();
        match self.reader.byte(map.wrapping_add_signed(self.facts.instance_size))? {
            0 => {}
            words => return Some(u64::from(words) * word),
        }
        let array = |length: u64, each: u64| length.checked_mul(each)?.checked_add(self.facts.fixed_data as u64 + 1);
        let size = match kind {
            Kind::FixedArray | Kind::WeakArray => array(self.array_length(object)?, word)?,
            Kind::WeakArrayList => array(self.array_length(object)?.checked_add(1)?, word)?,
            Kind::PropertyArray => array(self.array_length(object)? & PROPERTY_ARRAY_LENGTH, word)?,
            Kind::ArgumentsMap => array(self.array_length(object)?.checked_add(2)?, word)?,
            Kind::FixedDoubleArray => array(self.array_length(object)?, 8)?,
            Kind::ByteArray => array(self.array_length(object)?, 1)?,
            Kind::Filler => self.array_length(object)?,
            Kind::DescriptorArray => {
                let header = self.facts.descriptors? + 1;
                // Three words to a descriptor; their number, two bytes, follows the map.
                let count = self.field(object, word as i64 - 1)? & 0xffff;
                header as u64 + count * 3 * word
            }
            Kind::String => self.string_size(object)?,
            _ => return None,
        };
        size.checked_next_multiple_of(word)
    }

    /// Whether `addr` lies in a page of the heap that the last collection left behind.
    #[inline]
    pub fn is_left_behind(&mut self, addr: u64) -> bool {
        let Some(shape) = self.facts.pages else { return false };
        let page = addr & !(shape.size - 1);
        if self.page.0 != page {
            let flags = self.reader.word(page + shape.flags);
            // No page has flags beyond these; other memory may have anything there.
            let told = shape.left_behind;
            let left_behind = |flags: u64| flags >> 32 == 0 && flags & told.mask == told.flags;
            self.page = (page, flags.is_some_and(left_behind));
        }
        self.page.1
    }

    /// The type and the kind of the objects whose map is `map`; none for what is no map.
    pub fn instance(&mut self, map: u64) -> Option<(u16, Option<Kind>)> {
        if map & 3 != 1 || !self.is_map(map) {
            return None;
        }
        let instance_type = self.type_by_map(map)?;
        Some((instance_type, self.facts.kinds.get(usize::from(instance_type)).copied().flatten()))
    }

    /// As [`Kinds::size`], of any object whose `instance` [`Kinds::instance`] gave: and whether it is all of its size, or
    /// only that of a part. None where nothing is known of it.
    pub fn whole_size(&mut self, object: u64, map: u64, instance_type: u16, kind: Option<Kind>) -> Option<(u64, bool)> {
        let word = self.facts.width.bytes();
        match self.reader.byte(map.wrapping_add_signed(self.facts.instance_size))? {
            0 => {}
            words => return Some((u64::from(words) * word, true)),
        }
        let size = match kind? {
            Kind::String => {
                let (mask, one_byte) = self.facts.one_byte;
                let header = self.facts.string_chars as u64 + 1;
                // For one byte a character.
                let size = self.string_size(object)?;
                let more = if instance_type & mask == one_byte { 0 } else { size.checked_sub(header)? };
                (size.checked_add(more)?, true)
            }
            Kind::Code => {
                let (start, length) = self.facts.code?;
                let length = self.field(object, length)? & 0xffff_ffff;
                // V8 `Code::SizeFor`: instructions end at a multiple of the word, code at one of 32.
                let size = (start as u64 + 1 + length).next_multiple_of(CODE_ALIGNMENT);
                (size, !self.facts.strict || self.facts.type_size == TypeSize::Byte)
            }
            kind => (self.size(object, map, kind)?, true),
        };
        Some((size.0.checked_next_multiple_of(word)?, size.1))
    }

    /// The size of the sequential string at `object`, at one byte a character.
    fn string_size(&mut self, object: u64) -> Option<u64> {
        let (offset, shape) = self.facts.string_length;
        let length = self.field(object, offset)?;
        let length = match shape {
            LengthShape::Smi => u64::try_from(Tagged(length).smi(self.facts.width)?).ok()?,
            LengthShape::Int => length & 0xffff_ffff,
        };
        (self.facts.string_chars as u64 + 1).checked_add(length)
    }

    /// The words from the map of the object at `object` on, `count` of them.
    pub fn words(&mut self, object: u64, count: usize) -> Option<Run<'s>> {
        self.reader.words(object.wrapping_add_signed(self.facts.map), count)
    }

    /// The words of the PropertyArray at `array`.
    pub fn property_array(&mut self, array: u64) -> Option<Run<'s>> {
        let length = self.array_length(array)? & PROPERTY_ARRAY_LENGTH;
        self.reader.words(array.wrapping_add_signed(self.facts.fixed_data), length as usize)
    }

    /// Whether `array` is known to be a FixedArray without elements; one that is may be unknown.
    #[inline]
    pub fn is_known_empty(&self, array: u64) -> bool {
        Some(array) == self.empty
    }

    /// The words of the FixedArray at `array`.
    pub fn fixed_array(&mut self, array: u64) -> Option<Run<'s>> {
        if self.is_known_empty(array) {
            return Some(Run::empty(self.facts.width));
        }
        if !self.is(array, Kind::FixedArray) {
            return None;
        }
        let length = usize::try_from(self.array_length(array)?).ok()?;
        if length == 0 {
            self.empty = Some(array);
        }
        self.reader.words(array.wrapping_add_signed(self.facts.fixed_data), length)
    }
}
