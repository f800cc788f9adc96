//! Which heap object an address lies in: a guess from the words before it.
//!
//! Nothing in memory says where objects begin, but every object begins with its map, and a map's own map tells it from
//! all else. So the nearest word before an address that points to a map begins the object, if it is large enough.
//!
//! Knows: sizes of objects. Must not know: properties.

use super::string::Representation;
use super::{Field, Heap, InstanceType, JsString, Kind, Result, Tagged};
use crate::image::Addr;

/// What was found before an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Base {
    /// The object, tagged.
    pub object: Tagged,
    /// Its type.
    pub instance_type: InstanceType,
    /// Whether it reaches as far as the address, as far as its size can be told.
    pub contains: bool,
}

/// The object that begins at or before `addr`, within `reach` bytes; nothing if no word there is a map.
pub fn whatis(heap: Heap<'_>, addr: Addr, reach: u64) -> Option<Base> {
    let step = heap.width().bytes();
    let aligned = addr.0 & !(step - 1);
    let steps = reach.div_ceil(step).min(aligned / step + 1);
    let mut starts = (0..steps).map(|n| aligned - n * step).filter(|&at| {
        let map = heap.word_at(Addr(at)).unwrap_or(Tagged(0));
        map.is_object() && heap.is(map, Kind::Map)
    });
    starts.find_map(|at| base(heap, Tagged(at + 1), addr))
}

/// What `object`, which begins before `addr`, is to it; nothing if it is not one.
pub fn base(heap: Heap<'_>, object: Tagged, addr: Addr) -> Option<Base> {
    let instance_type = heap.instance_type(object).ok()?;
    let contains = size(heap, object).map_or(true, |size| addr.0.wrapping_sub(object.untagged().0) < size);
    Some(Base { object, instance_type, contains })
}

/// The size of `object` in bytes.
///
/// # Errors
/// When its map or its length cannot be read, or the layout does not tell.
pub fn size(heap: Heap<'_>, object: Tagged) -> Result<u64> {
    let after = |field: Field, length: i64, each: u64| -> Result<u64> {
        let start = heap.layout().get(field)? as u64;
        Ok(start.saturating_add(u64::try_from(length).unwrap_or(0).saturating_mul(each)))
    };
    let length = || heap.smi(object, Field::FixedArrayLength);
    match heap.kind(object)? {
        Some(Kind::FixedArray) => after(Field::FixedArrayData, length()?, heap.width().bytes()),
        Some(Kind::FixedDoubleArray) => after(Field::FixedArrayData, length()?, 8),
        Some(Kind::Code) => {
            after(Field::CodeInstructionStart, i64::from(heap.int(object, Field::CodeInstructionSize)?), 1)
        }
        Some(Kind::String) => {
            let string = JsString::load(heap, object)?;
            if !matches!(string.representation()?, Representation::Sequential { .. }) {
                return heap.map(object)?.instance_size();
            }
            let (field, each) =
                if string.is_one_byte()? { (Field::SeqOneByteChars, 1) } else { (Field::SeqTwoByteChars, 2) };
            after(field, i64::try_from(string.len()).unwrap_or(i64::MAX), each)
        }
        _ => heap.map(object)?.instance_size(),
    }
}
