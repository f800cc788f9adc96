//! Map, Set, WeakMap and WeakSet: what their hash tables hold.
//!
//! Knows: V8 `ordered-hash-table.h` (entries in the order in which they were made) and `hash-table.h` (weak ones, in no
//! order). Must not know: how a collection is shown.

use super::array::FixedArray;
use super::layout::shape::OrderedTable;
use super::{Error, Field, Heap, Kind, Result, Tagged};

/// The entries of a Map: key and value; of a Set: keys alone.
pub type Entries = Vec<(Tagged, Option<Tagged>)>;

/// Words before the buckets of an ordered table.
const ORDERED_HEADER: usize = 3;

/// The entries of the JSMap, JSSet, JSWeakMap or JSWeakSet at `collection`. Weak ones are those that are still there.
///
/// # Errors
/// When it is none, or its table makes no sense.
pub fn entries(heap: Heap<'_>, collection: Tagged) -> Result<Entries> {
    let table = || FixedArray::load(heap, heap.word(collection, Field::JsCollectionTable)?);
    match heap.kind(collection)? {
        Some(Kind::JsMap) => ordered(heap, &table()?, true),
        Some(Kind::JsSet) => ordered(heap, &table()?, false),
        Some(Kind::JsWeakMap) => weak(heap, &table()?, true),
        Some(Kind::JsWeakSet) => weak(heap, &table()?, false),
        _ => Err(Error::NotA { addr: collection.addr(), expected: "a collection" }),
    }
}

/// A table whose entries are chained by bucket: (key, value, next) or (key, next).
fn ordered(heap: Heap<'_>, table: &FixedArray<'_>, has_values: bool) -> Result<Entries> {
    let number = |at: usize| {
        let n = table.get(at).and_then(|word| word.smi(heap.width())).and_then(|n| usize::try_from(n).ok());
        n.ok_or(Error::NotA { addr: table.word().addr(), expected: "the table of a collection" })
    };
    let (elements, deleted, buckets) = match heap.layout().shapes.ordered_table {
        OrderedTable::BucketsFirst => (number(1)?, number(2)?, number(0)?),
        OrderedTable::ElementsFirst => (number(0)?, number(1)?, number(2)?),
    };
    let size = if has_values { 3 } else { 2 };
    let first = buckets.saturating_add(ORDERED_HEADER);
    let used = elements.saturating_add(deleted).min(table.len().saturating_sub(first) / size);
    let entry = |n: usize| {
        let at = first + n * size;
        Some((table.get(at)?, if has_values { Some(table.get(at + 1)?) } else { None }))
    };
    // A deleted entry has the hole in place of its key.
    Ok((0..used).filter_map(entry).filter(|(key, _)| !heap.is_hole(*key)).collect())
}

/// A table of pairs of key and value, by hash.
fn weak(heap: Heap<'_>, table: &FixedArray<'_>, has_values: bool) -> Result<Entries> {
    let start = usize::try_from(heap.layout().get(Field::DictionaryStart)?).unwrap_or(usize::MAX);
    let mut out = Vec::new();
    for at in (start..table.len()).step_by(2) {
        let (Some(key), Some(value)) = (table.get(at), table.get(at + 1)) else { break };
        if !heap.is_oddball(key) && !heap.is_hole(key) {
            out.push((key, has_values.then_some(value)));
        }
    }
    Ok(out)
}
