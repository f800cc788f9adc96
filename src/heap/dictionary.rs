//! Dictionaries: hash tables in a FixedArray, of properties by name and of elements by number.
//!
//! Knows: V8 `objects.h`, classes HashTable and Dictionary: a header, a prefix, then (key, value, details) per entry.
//! Must not know: whose properties they are.

use super::array::FixedArray;
use super::layout::shape::DescriptorShape;
use super::property::{Attributes, Details};
use super::{Field, Heap, Kind, Result, Tagged};
use crate::image::Addr;

/// Which dictionary a table is: they differ in what lies before the first entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// Strings or symbols.
    Names,
    /// Property cells, which have the names: the dictionary of the global object, in later versions.
    Cells,
    /// Names, each with its property cell: the dictionary of the global object in 4.5 to 5.x.
    NamesOfCells,
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
    /// Where the value lies.
    pub place: Addr,
}

/// The entries in use of the dictionary at `table`.
///
/// # Errors
/// When it is not a FixedArray that can be read, or the layout does not describe dictionaries.
pub fn entries(heap: Heap<'_>, table: Tagged, keys: Keys) -> Result<Vec<Entry>> {
    let layout = heap.layout();
    let prefix = match keys {
        Keys::Names | Keys::Cells | Keys::NamesOfCells => Field::DictionaryPrefixSize,
        Keys::Numbers => Field::NumberDictionaryPrefixSize,
    };
    let array = FixedArray::load(heap, table)?;
    let first = usize::try_from(layout.get(Field::DictionaryStart)? + layout.get(prefix)?).unwrap_or(usize::MAX);
    let step = match keys {
        Keys::Cells => 1,
        Keys::NamesOfCells => 2,
        Keys::Names | Keys::Numbers => usize::try_from(layout.get(Field::DictionaryEntrySize)?).unwrap_or(0).max(2),
    };
    let mut out = Vec::new();
    let mut added = Vec::new();
    for at in (first..array.len()).step_by(step) {
        let Some(key) = array.get(at) else { break };
        // A free entry is undefined, a deleted one null or the hole.
        if heap.is_oddball(key) || heap.is_hole(key) {
            continue;
        }
        if keys == Keys::Cells {
            out.extend(cell(heap, key));
            continue;
        }
        let Some(value) = array.get(at + 1) else { break };
        // A cell whose property was deleted holds the hole.
        if keys == Keys::NamesOfCells && heap.word(value, Field::PropertyCellValue).is_ok_and(|held| heap.is_hole(held))
        {
            continue;
        }
        let details = array.get(at + 2).filter(|_| step > 2).and_then(|d| d.smi(heap.width())).map(Details);
        let attributes = details.map(|d| heap.attributes(d)).unwrap_or_default();
        added.push(details.and_then(|d| heap.enumeration_index(d)).unwrap_or(i64::MAX));
        out.push(Entry { key, value, attributes, place: array.place(at + 1) });
    }
    // Names in the order in which they were added; mdb_v8 has those of V8 3.14 in the order of the table.
    if keys == Keys::Names && layout.shapes.descriptors != DescriptorShape::ValueIsIndex {
        let mut order: Vec<usize> = (0..out.len()).collect();
        order.sort_by_key(|&at| added[at]);
        return Ok(order.into_iter().map(|at| out[at]).collect());
    }
    Ok(out)
}

/// The entry that is the property cell at `cell`.
fn cell(heap: Heap<'_>, cell: Tagged) -> Option<Entry> {
    heap.is(cell, Kind::PropertyCell).then_some(())?;
    let key = heap.word(cell, Field::PropertyCellName).ok()?;
    let value = heap.word(cell, Field::PropertyCellValue).ok()?;
    // A cell whose property was deleted holds the hole.
    let place = heap.place(cell, Field::PropertyCellValue).ok()?;
    (!heap.is_hole(value)).then_some(Entry { key, value, attributes: Attributes::default(), place })
}
