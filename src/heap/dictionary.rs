//! Dictionaries: hash tables in a FixedArray, of properties by name and of elements by number.
//!
//! Knows: V8 `objects.h`, classes HashTable and Dictionary: a header, a prefix, then (key, value, details) per entry.
//! Must not know: whose properties they are.

use super::array::FixedArray;
use super::property::{Attributes, Details};
use super::{Field, Heap, Result, Tagged};
use crate::image::Addr;

/// Which dictionary a table is: they differ in what lies before the first entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// Strings.
    Names,
    /// Numbers.
    Numbers,
}

/// An entry that is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The key: a string, a Smi or a heap number.
    pub key: Tagged,
    /// The value; for properties of the global object, the cell that holds it.
    pub value: Tagged,
    /// What the details tell.
    pub attributes: Attributes,
    /// When it was added, among its neighbours (1 is first; 0 if not told).
    pub order: i64,
    /// Where the value lies.
    pub place: Addr,
}

/// The entries in use of the dictionary at `table`, in the order of the table.
///
/// # Errors
/// When it is not a FixedArray that can be read, or the layout does not describe dictionaries.
pub fn entries(heap: Heap<'_>, table: Tagged, keys: Keys) -> Result<Vec<Entry>> {
    let layout = heap.layout();
    let prefix = match keys {
        Keys::Names => Field::DictionaryPrefixSize,
        Keys::Numbers => Field::NumberDictionaryPrefixSize,
    };
    let array = FixedArray::load(heap, table)?;
    let first = usize::try_from(layout.get(Field::DictionaryStart)? + layout.get(prefix)?).unwrap_or(usize::MAX);
    let step = usize::try_from(layout.get(Field::DictionaryEntrySize)?).unwrap_or(0).max(2);
    let mut out = Vec::new();
    let mut at = first;
    while let (Some(key), Some(value)) = (array.get(at), array.get(at.saturating_add(1))) {
        // A free entry is undefined, a deleted one null or the hole.
        if !heap.is_oddball(key) {
            let details = array.get(at + 2).and_then(|d| d.smi(heap.width())).map(Details);
            let attributes = details.map(Details::attributes).unwrap_or_default();
            let order = details.map_or(0, Details::dictionary_index);
            out.push(Entry { key, value, attributes, order, place: array.place(at + 1) });
        }
        at += step;
    }
    Ok(out)
}
