//! FixedArray, FixedDoubleArray and ByteArray: V8's own arrays, which carry everything else.
//!
//! Knows: V8 `objects.h`, classes FixedArray, FixedDoubleArray and ByteArray. Must not know: what the elements mean.

use super::{Error, Field, Heap, Kind, Result, Tagged};
use crate::image::Addr;
use std::borrow::Cow;

/// The bits of the NaNs that stand for a hole in a FixedDoubleArray (V8 `globals.h`, `kHoleNanInt64`): to 3.30, and
/// since. No computation gives either.
const HOLE_NANS: [u64; 2] = [0x7fff_ffff_ffff_ffff, 0xfff7_ffff_fff7_ffff];

/// More bytes than any array of V8's own has.
const MOST_BYTES: i64 = 64 << 20;

/// The bytes of the ByteArray at `array`.
///
/// # Errors
/// When it is none, or they are not all in the image.
pub fn byte_array(heap: Heap<'_>, array: Tagged) -> Result<Cow<'_, [u8]>> {
    if heap.kind(array)? != Some(Kind::ByteArray) {
        return Err(Error::NotA { addr: array.addr(), expected: "a ByteArray" });
    }
    let length = heap.smi(array, Field::FixedArrayLength)?;
    if !(0..MOST_BYTES).contains(&length) {
        return Err(Error::Implausible { addr: array.addr(), what: "length of an array", value: length });
    }
    Ok(heap.space().bytes(heap.place(array, Field::FixedArrayData)?, length as usize)?)
}

/// The elements of a FixedArray, read once.
#[derive(Clone, Debug)]
pub struct FixedArray<'s> {
    word: Tagged,
    elements: WordSlice<'s>,
}

/// Words that follow one another in an object, read once.
#[derive(Clone, Debug)]
pub struct WordSlice<'s> {
    start: Addr,
    bytes: Cow<'s, [u8]>,
    step: usize,
}

impl<'s> WordSlice<'s> {
    /// The `count` words at `start`.
    ///
    /// # Errors
    /// When they are not all in the image.
    pub fn load(heap: Heap<'s>, start: Addr, count: usize) -> Result<WordSlice<'s>> {
        let step = heap.width().bytes() as usize;
        let size = count.checked_mul(step).filter(|&size| !heap.space().is_hollow(start, size as u64));
        let size = size.ok_or(Error::Implausible {
            addr: start,
            what: "number of words",
            value: i64::try_from(count).unwrap_or(i64::MAX),
        })?;
        Ok(WordSlice { start, bytes: heap.space().bytes(start, size)?, step })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.step
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The word at `index`.
    pub fn get(&self, index: usize) -> Option<Tagged> {
        let from = index.checked_mul(self.step)?;
        self.bytes.get(from..from.checked_add(self.step)?).map(word)
    }

    /// Where the word at `index` lies.
    pub fn place(&self, index: usize) -> Addr {
        self.start.offset((index * self.step) as i64)
    }

    /// The words, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Tagged> + '_ {
        self.bytes.chunks_exact(self.step).map(word)
    }
}

/// Reads the length of the array at `array` and checks that its elements, of `step` bytes, are all there.
fn elements<'s>(heap: Heap<'s>, array: Tagged, step: usize) -> Result<(Addr, Cow<'s, [u8]>)> {
    let length = heap.smi(array, Field::FixedArrayLength)?;
    let implausible = || Error::Implausible { addr: array.addr(), what: "array length", value: length };
    let size = usize::try_from(length).ok().and_then(|n| n.checked_mul(step)).ok_or_else(implausible)?;
    let data = heap.place(array, Field::FixedArrayData)?;
    if heap.space().is_hollow(data, size as u64) {
        return Err(implausible());
    }
    Ok((data, heap.space().bytes(data, size)?))
}

impl<'s> FixedArray<'s> {
    /// The FixedArray at `array`.
    ///
    /// # Errors
    /// When it is not one, or its elements are not all in the image.
    pub fn load(heap: Heap<'s>, array: Tagged) -> Result<FixedArray<'s>> {
        if heap.kind(array)? != Some(Kind::FixedArray) {
            return Err(Error::NotA { addr: array.addr(), expected: "a FixedArray" });
        }
        let step = heap.width().bytes() as usize;
        let (start, bytes) = elements(heap, array, step)?;
        Ok(FixedArray { word: array, elements: WordSlice { start, bytes, step } })
    }

    /// Its tagged address.
    pub fn word(&self) -> Tagged {
        self.word
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<Tagged> {
        self.elements.get(index)
    }

    /// Where the element at `index` lies.
    pub fn place(&self, index: usize) -> Addr {
        self.elements.place(index)
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Tagged> + '_ {
        self.elements.iter()
    }

    /// The elements, without the array's header.
    pub fn into_words(self) -> WordSlice<'s> {
        self.elements
    }
}

fn word(bytes: &[u8]) -> Tagged {
    Tagged(bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// The elements of a FixedDoubleArray; a hole is absent.
///
/// # Errors
/// When `array` is not one, or its elements are not all in the image.
pub fn doubles(heap: Heap<'_>, array: Tagged) -> Result<Vec<Option<f64>>> {
    if heap.kind(array)? != Some(Kind::FixedDoubleArray) {
        return Err(Error::NotA { addr: array.addr(), expected: "a FixedDoubleArray" });
    }
    let (_, bytes) = elements(heap, array, 8)?;
    Ok(bytes
        .chunks_exact(8)
        .map(|b| word(b).0)
        .map(|bits| (!HOLE_NANS.contains(&bits)).then(|| f64::from_bits(bits)))
        .collect())
}
