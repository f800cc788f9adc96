//! Tables that V8 and Node make for themselves: they are large in any program, and no leak of it.
//!
//! Knows: names in such tables. Must not know: what is a pile.

use crate::heap::property::Key;
use crate::heap::{Heap, Tagged, inspect, object};

/// More properties than such a table has.
const MOST: u64 = 1 << 10;

/// For each table, names that it has: the sources of Node's own modules (`NativeModule._source`, to Node 4), V8's messages
/// (`kMessages` of `messages.js`, V8 3.14).
const TABLES: [[&str; 3]; 2] =
    [["events", "_stream_readable", "child_process"], ["unexpected_token", "called_non_callable", "not_defined"]];

/// Whether the object at `word`, which has so many entries, is one of them.
pub fn is_table(heap: Heap<'_>, word: Tagged, entries: u64) -> bool {
    if entries > MOST {
        return false;
    }
    let Ok(found) = object::named_properties(heap, word) else { return false };
    let named = found.list.iter().filter(|property| matches!(property.key, Key::Name(_)));
    let names: Vec<String> = named.map(|property| inspect::key_text(heap, property.key)).collect();
    TABLES.iter().any(|table| table.iter().all(|name| names.iter().any(|other| other == name)))
}
