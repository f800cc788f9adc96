//! Descriptor arrays: what a map says of the properties of its instances.
//!
//! Knows: V8 `objects.h`, class DescriptorArray. Must not know: the instances.

use super::array::{FixedArray, WordSlice};
use super::layout::shape::{DescriptorShape, DescriptorStore};
use super::property::{Attributes, Details};
use super::{Error, Field, Heap, Kind, Result, Tagged};
use crate::image::{Addr, Width};
use std::fmt;

/// Where a field of an object lies, by its index: counted from the end of the object while it is among the
/// in-object ones, then in the properties array (V8 `JSObject::RawFastPropertyAt`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldPlace {
    /// Bytes from the start of the object.
    InObject(u64),
    /// An index in the properties array.
    OutOfObject(usize),
}

impl FieldPlace {
    /// The place of field `index` of an object of `size` bytes, of which the last `inobject` words are properties.
    pub fn of(index: u64, size: u64, inobject: u64, pointer: u64) -> FieldPlace {
        match index.checked_sub(inobject) {
            None => FieldPlace::InObject(size.wrapping_sub((inobject - index).wrapping_mul(pointer))),
            Some(beyond) => FieldPlace::OutOfObject(usize::try_from(beyond).unwrap_or(usize::MAX)),
        }
    }
}

/// What a descriptor says of a property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Descriptor {
    /// A field of the object.
    Field {
        /// Its index.
        index: u64,
        /// Whether it is known to be a double (V8 `Representation::Double`).
        is_double: bool,
    },
    /// A constant: the descriptor's value.
    Constant(Tagged),
    /// Callbacks: the descriptor's value.
    Callbacks(Tagged),
}

/// One descriptor of a descriptor array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DescriptorEntry {
    /// The property's name.
    pub key: Tagged,
    /// What it is.
    pub descriptor: Descriptor,
    /// How it may be used.
    pub attributes: Attributes,
    /// Where the descriptor's value lies.
    pub place: Addr,
}

/// The words of a descriptor array, three to a descriptor.
struct Table<'s> {
    words: Words<'s>,
    first: usize,
    size: usize,
    count: usize,
}

/// Where the words are.
enum Words<'s> {
    Array(FixedArray<'s>),
    Own(WordSlice<'s>),
}

impl Words<'_> {
    fn get(&self, index: usize) -> Option<Tagged> {
        match self {
            Words::Array(array) => array.get(index),
            Words::Own(words) => words.get(index),
        }
    }

    fn place(&self, index: usize) -> Addr {
        match self {
            Words::Array(array) => array.place(index),
            Words::Own(words) => words.place(index),
        }
    }
}

impl<'s> Table<'s> {
    fn load(heap: Heap<'s>, array: Tagged) -> Result<Table<'s>> {
        let layout = heap.layout();
        let index = |field: Field| layout.get(field).map(|v| usize::try_from(v).unwrap_or(usize::MAX));
        let size = index(Field::DescriptorSize)?.max(1);
        match layout.shapes.descriptor_store {
            DescriptorStore::FixedArray => {
                let first = index(Field::DescriptorFirst)?;
                let array = FixedArray::load(heap, array)?;
                let count = array.len().saturating_sub(first) / size;
                Ok(Table { words: Words::Array(array), first, size, count })
            }
            DescriptorStore::DescriptorArray => {
                if heap.kind(array)? != Some(Kind::DescriptorArray) {
                    return Err(Error::NotA { addr: array.addr(), expected: "a DescriptorArray" });
                }
                // V8 `descriptor-array.h`: number_of_all_descriptors, two bytes, follows the map.
                let count = usize::from(heap.space().u16(array.untagged().offset(heap.width().bytes() as i64))?);
                let words = WordSlice::load(heap, heap.place(array, Field::DescriptorHeader)?, count * size)?;
                Ok(Table { words: Words::Own(words), first: 0, size, count })
            }
        }
    }
}

/// A descriptor that makes no sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Oddity {
    /// Where it lies.
    pub place: Addr,
    /// What of it is not a small integer.
    pub what: OddPart,
    /// What is there instead.
    pub found: Tagged,
}

/// What of a descriptor is not a small integer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OddPart {
    /// The details: as in the slack at the end of an array.
    Details,
    /// The index of a field.
    Index,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Oddity { place, found, .. } = self;
        match self.what {
            OddPart::Details => write!(f, "descriptor at {place}: details {found} are not a small integer"),
            OddPart::Index => write!(f, "descriptor at {place}: field index {found} makes no sense"),
        }
    }
}

/// How many descriptors the array at `array` has room for.
///
/// # Errors
/// When it is not a descriptor array that can be read.
pub fn descriptor_count(heap: Heap<'_>, array: Tagged) -> Result<usize> {
    Ok(Table::load(heap, array)?.count)
}

/// The first `count` descriptors of the array at `array`, and those that make no sense.
///
/// # Errors
/// When `array` is not a descriptor array that can be read.
pub fn descriptors(heap: Heap<'_>, array: Tagged, count: u64) -> Result<(Vec<DescriptorEntry>, Vec<Oddity>)> {
    let layout = heap.layout();
    let index = |field: Field| layout.get(field).map(|v| usize::try_from(v).unwrap_or(usize::MAX));
    let (key, details, value) =
        (index(Field::DescriptorKey)?, index(Field::DescriptorDetails)?, index(Field::DescriptorValue)?);
    let reader = DetailsReader::new(heap)?;
    let table = Table::load(heap, array)?;
    let mut entries = Vec::new();
    let mut oddities = Vec::new();
    for n in 0..table.count.min(usize::try_from(count).unwrap_or(usize::MAX)) {
        let at = table.first + n * table.size;
        let word = |index: usize| table.words.get(at + index);
        let (Some(key), Some(details), Some(word)) = (word(key), word(details), word(value)) else { break };
        let place = table.words.place(at);
        let Some(details) = details.smi(heap.width()).map(Details) else {
            oddities.push(Oddity { place, what: OddPart::Details, found: details });
            continue;
        };
        match reader.descriptor(details, word) {
            Ok(Some(descriptor)) => entries.push(DescriptorEntry {
                key,
                descriptor,
                attributes: heap.attributes(details),
                place: table.words.place(at + value),
            }),
            Ok(None) => {}
            Err(what) => oddities.push(Oddity { place, what, found: word }),
        }
    }
    Ok((entries, oddities))
}

/// Reads details as this version has them.
enum DetailsReader {
    /// By a type (V8 3.14 `property-details.h`, `PropertyType`).
    Type { mask: i64, field: i64, index: Option<Bits>, double: Option<(Bits, i64)>, width: Width },
    /// By kind and location.
    KindAndLocation { kind: i64, location: i64, index: Bits, double: Option<(Bits, i64)> },
}

/// The type of a constant function in a [`DetailsReader::Type`].
const TYPE_CONSTANT: i64 = 2;
/// The type of callbacks: AccessorPair, AccessorInfo, Foreign.
const TYPE_CALLBACKS: i64 = 3;

/// Some bits of the details.
#[derive(Clone, Copy)]
struct Bits {
    mask: i64,
    shift: i64,
}

impl Bits {
    fn of(self, details: Details) -> i64 {
        (details.0 & self.mask) >> self.shift
    }
}

impl DetailsReader {
    fn new(heap: Heap<'_>) -> Result<DetailsReader> {
        let layout = heap.layout();
        let bits = |mask, shift| Some(Bits { mask: layout.find(mask)?, shift: layout.find(shift)? });
        let double = bits(Field::PropertyRepresentationMask, Field::PropertyRepresentationShift)
            .zip(layout.find(Field::PropertyRepresentationDouble));
        let index = bits(Field::PropertyIndexMask, Field::PropertyIndexShift);
        let of_type = |index| {
            let (mask, field) = (layout.get(Field::PropertyTypeMask)?, layout.get(Field::PropertyTypeField)?);
            Ok(DetailsReader::Type { mask, field, index, double, width: layout.width })
        };
        match layout.shapes.descriptors {
            DescriptorShape::ValueIsIndex => of_type(None),
            DescriptorShape::TypeInDetails => of_type(index),
            DescriptorShape::KindAndLocation => Ok(DetailsReader::KindAndLocation {
                kind: layout.get(Field::PropertyKindMask)?,
                location: layout.get(Field::PropertyLocationMask)?,
                index: index.ok_or(Error::NoField { field: Field::PropertyIndexMask, version: layout.version })?,
                double,
            }),
        }
    }

    /// What `details` and the descriptor's `value` say; nothing for a descriptor that is no property.
    fn descriptor(&self, details: Details, value: Tagged) -> std::result::Result<Option<Descriptor>, OddPart> {
        let is_double = |double: &Option<(Bits, i64)>| double.is_some_and(|(bits, number)| bits.of(details) == number);
        match self {
            DetailsReader::Type { mask, field, index, double, width } => match details.0 & mask {
                kind if kind == *field => {
                    let index = match index {
                        Some(bits) => Some(bits.of(details)),
                        None => value.smi(*width),
                    };
                    let index = index.and_then(|n| u64::try_from(n).ok());
                    let index = index.ok_or(OddPart::Index)?;
                    Ok(Some(Descriptor::Field { index, is_double: is_double(double) }))
                }
                TYPE_CONSTANT => Ok(Some(Descriptor::Constant(value))),
                TYPE_CALLBACKS => Ok(Some(Descriptor::Callbacks(value))),
                _ => Ok(None),
            },
            DetailsReader::KindAndLocation { kind, location, index, double } => {
                let accessor = details.0 & kind != 0;
                if details.0 & location != 0 {
                    let descriptor = if accessor { Descriptor::Callbacks } else { Descriptor::Constant };
                    return Ok(Some(descriptor(value)));
                }
                let index = u64::try_from(index.of(details)).unwrap_or(u64::MAX);
                Ok(Some(Descriptor::Field { index, is_double: is_double(double) }))
            }
        }
    }
}
