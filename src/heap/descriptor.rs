//! Descriptor arrays: what a map says of the properties of its instances.
//!
//! Knows: V8 `objects.h`, class DescriptorArray. Must not know: the instances.

use super::array::FixedArray;
use super::layout::DescriptorShape;
use super::property::{Attributes, Details};
use super::{Field, Heap, Result, Tagged};
use crate::image::Addr;

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
    /// A field with this index.
    Field(u64),
    /// A constant function: the descriptor's value.
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

/// The first `count` descriptors of the array at `array`, and a sentence for each that makes no sense.
///
/// # Errors
/// When `array` is not a FixedArray that can be read.
pub fn descriptors(heap: Heap<'_>, array: Tagged, count: u64) -> Result<(Vec<DescriptorEntry>, Vec<String>)> {
    let layout = heap.layout();
    let index = |field: Field| layout.get(field).map(|v| usize::try_from(v).unwrap_or(usize::MAX));
    let (first, size) = (index(Field::DescriptorFirst)?, index(Field::DescriptorSize)?.max(1));
    let (key, details, value) =
        (index(Field::DescriptorKey)?, index(Field::DescriptorDetails)?, index(Field::DescriptorValue)?);
    let (mask, field_type) = (layout.get(Field::PropertyTypeMask)?, layout.get(Field::PropertyTypeField)?);
    let DescriptorShape::ValueIsIndex { constant_function, callbacks } = layout.descriptors;
    let array = FixedArray::load(heap, array)?;
    let there = array.len().saturating_sub(first) / size;
    let mut entries = Vec::new();
    let mut notes = Vec::new();
    for at in (0..there.min(usize::try_from(count).unwrap_or(usize::MAX))).map(|n| first + n * size) {
        let (Some(key), Some(details), Some(word)) =
            (array.get(at + key), array.get(at + details), array.get(at + value))
        else {
            break;
        };
        let Some(details) = details.smi(heap.width()).map(Details) else {
            notes.push(format!("descriptor at {}: details {details} are not a small integer", array.place(at)));
            continue;
        };
        let kind = details.0 & mask;
        let descriptor = if kind == field_type {
            match word.smi(heap.width()).and_then(|n| u64::try_from(n).ok()) {
                Some(index) => Descriptor::Field(index),
                None => {
                    notes.push(format!("descriptor at {}: field index {word} makes no sense", array.place(at)));
                    continue;
                }
            }
        } else if kind == constant_function {
            Descriptor::Constant(word)
        } else if kind == callbacks {
            Descriptor::Callbacks(word)
        } else {
            continue;
        };
        entries.push(DescriptorEntry {
            key,
            descriptor,
            attributes: details.attributes(),
            place: array.place(at + value),
        });
    }
    Ok((entries, notes))
}
