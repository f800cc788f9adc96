//! ArrayBuffers and what looks into them: typed arrays, data views, Node's Buffers.
//!
//! Knows: V8 `js-array-buffer.tq`; to 6.9 `FixedTypedArrayBase`. Must not know: how bytes are shown.

use super::layout::shape::{TypedKind, ViewNumbers};
use super::map::ElementsKind;
use super::{Error, Field, Heap, Kind, Result, Tagged};
use crate::image::Addr;

/// Bytes that an object stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bytes {
    /// The first byte.
    pub data: Addr,
    /// How many there are.
    pub length: usize,
}

/// A typed array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypedArray {
    /// Its bytes.
    pub bytes: Bytes,
    /// The type of its elements; absent for one that jsdb does not know.
    pub kind: Option<TypedKind>,
}

/// An element of a typed array.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// A number.
    Double(f64),
    /// An element of a BigInt64Array.
    Signed(i64),
    /// An element of a BigUint64Array.
    Unsigned(u64),
}

impl TypedArray {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.bytes.length / self.kind.map_or(1, TypedKind::size)
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its first `limit` elements; absent when their type is not known.
    ///
    /// # Errors
    /// When their bytes are not in the image.
    pub fn elements(&self, heap: Heap<'_>, limit: usize) -> Result<Option<Vec<Number>>> {
        let Some(kind) = self.kind else { return Ok(None) };
        let bytes = heap.space().bytes(self.bytes.data, self.len().min(limit) * kind.size())?;
        Ok(Some(bytes.chunks_exact(kind.size()).map(|b| number(kind, b)).collect()))
    }
}

/// The element of `kind` whose bytes are `bytes`.
fn number(kind: TypedKind, bytes: &[u8]) -> Number {
    let word = bytes.iter().rev().fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
    Number::Double(match kind {
        TypedKind::Int8 => f64::from(word as u8 as i8),
        TypedKind::Uint8 | TypedKind::Uint8Clamped => f64::from(word as u8),
        TypedKind::Int16 => f64::from(word as u16 as i16),
        TypedKind::Uint16 => f64::from(word as u16),
        TypedKind::Int32 => f64::from(word as u32 as i32),
        TypedKind::Uint32 => f64::from(word as u32),
        TypedKind::Float16 => half(word as u16),
        TypedKind::Float32 => f64::from(f32::from_bits(word as u32)),
        TypedKind::Float64 => f64::from_bits(word),
        TypedKind::BigInt64 => return Number::Signed(word as i64),
        TypedKind::BigUint64 => return Number::Unsigned(word),
    })
}

/// A number of IEEE 754 half precision.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// The bytes of the JSArrayBuffer, JSDataView or JSTypedArray at `object`.
///
/// # Errors
/// When it is none, or does not tell.
pub fn bytes(heap: Heap<'_>, object: Tagged) -> Result<Bytes> {
    match heap.kind(object)? {
        Some(Kind::JsArrayBuffer) => Ok(Bytes {
            data: Addr(heap.word(object, Field::ArrayBufferStore)?.0),
            length: size(heap, object, Field::ArrayBufferLength)?,
        }),
        Some(Kind::JsDataView) => view(heap, object),
        Some(Kind::JsTypedArray) => Ok(typed_array(heap, object)?.bytes),
        _ => Err(Error::NotA { addr: object.addr(), expected: "an ArrayBuffer or a view of one" }),
    }
}

/// The typed array at `object`.
///
/// # Errors
/// When it is none, or does not tell where its elements are.
pub fn typed_array(heap: Heap<'_>, object: Tagged) -> Result<TypedArray> {
    if heap.kind(object)? != Some(Kind::JsTypedArray) {
        return Err(Error::NotA { addr: object.addr(), expected: "a typed array" });
    }
    let kind = match heap.map(object)?.elements_kind()? {
        ElementsKind::External(kind) => kind,
        _ => None,
    };
    let length = size(heap, object, Field::ViewLength)?;
    let data = data(heap, object).or_else(|_| view(heap, object).map(|bytes| bytes.data))?;
    Ok(TypedArray { bytes: Bytes { data, length }, kind })
}

/// The first byte of the typed array at `object`: its own pointer, or that of its elements.
fn data(heap: Heap<'_>, object: Tagged) -> Result<Addr> {
    if heap.layout().find(Field::TypedArrayExternal).is_some() {
        return pointer(heap, object, Field::TypedArrayExternal, Field::TypedArrayBase);
    }
    let elements = heap.word(object, Field::JsObjectElements)?;
    if heap.is(elements, Kind::FixedTypedArray) {
        if heap.layout().find(Field::TypedElementsExternal).is_none() {
            return heap.place(elements, Field::FixedArrayData);
        }
        return pointer(heap, elements, Field::TypedElementsExternal, Field::TypedElementsBase);
    }
    Ok(Addr(heap.word(elements, Field::ExternalArrayPointer)?.0))
}

/// A pointer that counts from a heap object, if there is one.
fn pointer(heap: Heap<'_>, object: Tagged, external: Field, base: Field) -> Result<Addr> {
    let (external, base) = (heap.word(object, external)?.0, heap.word(object, base)?);
    Ok(Addr(if base.is_object() { external.wrapping_add(base.0) } else { external }))
}

/// The bytes of a view, by the buffer that it looks into.
fn view(heap: Heap<'_>, object: Tagged) -> Result<Bytes> {
    let buffer = heap.word(object, Field::ViewBuffer)?;
    let offset = size(heap, object, Field::ViewOffset)?;
    let store = heap.word(buffer, Field::ArrayBufferStore)?.0;
    Ok(Bytes { data: Addr(store.wrapping_add(offset as u64)), length: size(heap, object, Field::ViewLength)? })
}

/// A size in bytes, in `field` of `object`.
fn size(heap: Heap<'_>, object: Tagged, field: Field) -> Result<usize> {
    let word = heap.word(object, field)?;
    let implausible = |value: i64| Error::Implausible { addr: object.addr(), what: "size of a buffer", value };
    match heap.layout().shapes.view_numbers {
        ViewNumbers::Raw => usize::try_from(word.0).ok().filter(|&n| n < MOST_BYTES).ok_or(implausible(word.0 as i64)),
        ViewNumbers::Tagged => {
            let number = heap.number(word)?;
            let fits = number >= 0.0 && number < MOST_BYTES as f64;
            fits.then_some(number as usize).ok_or(implausible(number as i64))
        }
    }
}

/// More bytes than a buffer can have.
const MOST_BYTES: usize = 1 << 53;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_numbers() {
        for (bits, number) in [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 5.960_464_477_539_063e-8)] {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn elements_are_numbers_of_their_type() {
        assert_eq!(number(TypedKind::Int8, &[0xff]), Number::Double(-1.0));
        assert_eq!(number(TypedKind::Uint16, &[0x34, 0x12]), Number::Double(4660.0));
        assert_eq!(number(TypedKind::BigInt64, &[0xff; 8]), Number::Signed(-1));
    }
}
