//! Waste: memory that holds nothing, or what is held elsewhere already; and emitters with more listeners than Node likes.
//!
//! Knows: how strings, arrays and dictionaries are kept. Must not know: piles.

use crate::heap::graph::{Graph, Node};
use crate::heap::layout::Kind;
use crate::heap::map::ElementsKind;
use crate::heap::string::Representation;
use crate::heap::{Field, Heap, JsString, Progress, Result, dictionary, elements, inspect, object, string};
use crate::heap::{Tagged, property::PropertyValue};
use rustc_hash::{FxHashMap, FxHasher};
use std::cmp::Reverse;
use std::hash::Hasher;

/// A kind of waste.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WasteKind {
    /// Strings with the same characters.
    Duplicates,
    /// Arrays with room for more elements than they have.
    Slack,
    /// Tables of numbered elements, most of whose entries are free.
    Sparse,
    /// An emitter with many listeners of one event.
    Listeners,
}

/// Waste of one kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waste {
    /// Which.
    pub kind: WasteKind,
    /// How many objects waste something; how many listeners.
    pub count: u64,
    /// How many bytes are wasted; of listeners, how many they hold.
    pub bytes: u64,
    /// The worst of them: of strings, one of those of which there are most in bytes; of listeners, their array.
    pub worst: Node,
    /// How many there are of that string, or elements in that array.
    pub worst_count: u64,
    /// The string, quoted and cut; the event.
    pub text: Option<String>,
    /// Whether it is too little to speak of unless asked for.
    pub minor: bool,
}

/// Waste is told from so many thousandths of what is alive.
const LEAST_SHARE: u64 = 10;
/// And from so many bytes.
const LEAST_BYTES: u64 = 64 << 10;
/// And of one table from so many: small ones are as large as V8 makes them.
const LEAST_FREE: u64 = 1 << 10;
/// From so many listeners of one event Node warns (`EventEmitter.defaultMaxListeners` is 10).
const LEAST_LISTENERS: u64 = 11;
/// So many emitters are told, those with most listeners.
const MOST_EMITTERS: usize = 3;
/// How much of a string is shown, in characters.
const SHOWN: usize = 40;
/// After so many objects, a look at whether to stop.
const BREATH: usize = 1 << 14;

/// What is added up of one kind.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u64,
    bytes: u64,
    worst: Option<(u64, Node, u64)>,
}

impl Sum {
    fn add(&mut self, node: Node, bytes: u64, count: u64) {
        self.count += 1;
        self.bytes += bytes;
        if self.worst.is_none_or(|(most, ..)| most < bytes) {
            self.worst = Some((bytes, node, count));
        }
    }

    fn told(self, kind: WasteKind, live: u64, text: Option<String>) -> Option<Waste> {
        let (_, worst, worst_count) = self.worst?;
        let minor = self.bytes < LEAST_BYTES.max(live / 1000 * LEAST_SHARE);
        Some(Waste { kind, count: self.count, bytes: self.bytes, worst, worst_count, text, minor })
    }
}

/// What is wasted of the `live` bytes that are alive, what wastes most first; emitters last.
///
/// # Errors
/// When the search is cancelled.
pub(super) fn find(heap: Heap<'_>, graph: &Graph, live: u64, progress: &Progress) -> Result<Vec<Waste>> {
    let (mut slack, mut sparse) = (Sum::default(), Sum::default());
    // By the characters: how many there are, and the bytes of each but one.
    let mut strings: FxHashMap<(u64, usize), (u64, u64, Node)> = FxHashMap::default();
    let mut emitters: Vec<Waste> = Vec::new();
    for (at, node) in graph.reached().enumerate() {
        if at.is_multiple_of(BREATH) {
            progress.advance(0)?;
        }
        match graph.kind(heap, node) {
            Some(Kind::String) => {
                let Some(key) = characters(heap, graph.word(node)) else { continue };
                let size = graph.shallow(node);
                let known = strings.entry(key).or_insert((0, 0, node));
                *known = (known.0 + 1, if known.0 == 0 { 0 } else { known.1 + size }, known.2);
            }
            Some(Kind::JsArray) => {
                if let Some((bytes, length)) = unused(heap, graph, node) {
                    slack.add(node, bytes, length);
                }
                if let Some((bytes, used)) = free_entries(heap, graph, node) {
                    sparse.add(node, bytes, used);
                }
            }
            Some(Kind::JsObject) => {
                if let Some((bytes, used)) = free_entries(heap, graph, node) {
                    sparse.add(node, bytes, used);
                }
                emitters.extend(listeners(heap, graph, node));
            }
            _ => {}
        }
    }
    let mut duplicates = Sum::default();
    for &(count, bytes, node) in strings.values().filter(|(count, ..)| *count > 1) {
        duplicates.add(node, bytes, count);
        duplicates.count += count - 2;
    }
    let shown = duplicates.worst.and_then(|(_, node, _)| JsString::load(heap, graph.word(node)).ok());
    let shown = shown.map(|text| string::quoted(&text.text(SHOWN), Some(SHOWN + 2)));
    let mut found: Vec<Waste> = [
        duplicates.told(WasteKind::Duplicates, live, shown),
        slack.told(WasteKind::Slack, live, None),
        sparse.told(WasteKind::Sparse, live, None),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort_by_key(|waste| Reverse(waste.bytes));
    emitters.sort_by_key(|waste| (Reverse(waste.count), waste.worst));
    emitters.truncate(MOST_EMITTERS);
    found.extend(emitters);
    Ok(found)
}

/// The characters of a string that has its own, as a number that is all but sure to be theirs alone, and how many bytes
/// they are.
fn characters(heap: Heap<'_>, word: Tagged) -> Option<(u64, usize)> {
    let string = JsString::load(heap, word).ok()?;
    let Representation::Sequential { chars } = string.representation().ok()? else { return None };
    let wide = !string.is_one_byte().ok()?;
    let length = string.len().checked_mul(if wide { 2 } else { 1 })?;
    let bytes = heap.space().bytes(chars, length).ok()?;
    let mut hasher = FxHasher::default();
    hasher.write(&bytes);
    hasher.write_u8(u8::from(wide));
    Some((hasher.finish(), length))
}

/// How many bytes of the elements of the array at `node` are beyond its length, and that; none where there are few.
fn unused(heap: Heap<'_>, graph: &Graph, node: Node) -> Option<(u64, u64)> {
    let word = graph.word(node);
    let each = match heap.map(word).ok()?.elements_kind().ok()? {
        ElementsKind::Tagged => heap.width().bytes(),
        ElementsKind::Double => 8,
        _ => return None,
    };
    let length = u64::from(elements::array_length(heap, word).ok()?);
    let store = heap.word(word, Field::JsObjectElements).ok()?;
    let room = u64::try_from(heap.smi(store, Field::FixedArrayLength).ok()?).ok()?;
    // V8 makes room for half as many again, and 16 (`JSObject::NewElementsCapacity`): that is how arrays grow.
    let usual = length + length / 2 + 16;
    (room > usual).then(|| ((room - length).saturating_mul(each), length))
}

/// How many bytes of the table of numbered elements of the object at `node` are free, and how many entries are not; none
/// where that is usual.
fn free_entries(heap: Heap<'_>, graph: &Graph, node: Node) -> Option<(u64, u64)> {
    let word = graph.word(node);
    if heap.map(word).ok()?.elements_kind().ok()? != ElementsKind::Dictionary {
        return None;
    }
    let table = heap.word(word, Field::JsObjectElements).ok()?;
    let size = graph.shallow(graph.node(table)?);
    let used = dictionary::entries(heap, table, dictionary::Keys::Numbers).ok()?.len() as u64;
    let needed = used * 3 * heap.width().bytes();
    // A table is at least half free when it has grown (V8 `HashTable::ComputeCapacity`).
    let free = size.checked_sub(needed).filter(|&free| free >= LEAST_FREE)?;
    (size > needed.saturating_mul(4)).then_some((free, used))
}

/// The events with many listeners of the emitter whose listeners are in the object at `node`: one that is `_events` of
/// another, which shows in that its properties are functions and arrays of such.
fn listeners(heap: Heap<'_>, graph: &Graph, node: Node) -> Option<Waste> {
    let own = object::properties(heap, graph.word(node)).ok()?;
    let events = own.list.iter().find(|property| inspect::key_text(heap, property.key) == "_events")?;
    let PropertyValue::Tagged(events) = events.value else { return None };
    let lists = object::properties(heap, events).ok()?.list;
    let found = lists.iter().filter_map(|property| {
        let PropertyValue::Tagged(list) = property.value else { return None };
        let count = heap.is(list, Kind::JsArray).then(|| elements::array_length(heap, list).ok()).flatten()?;
        let array = graph.node(list)?;
        Some((u64::from(count), array, inspect::key_text(heap, property.key)))
    });
    let (count, array, event) = found.max_by_key(|(count, ..)| *count)?;
    (count >= LEAST_LISTENERS).then(|| Waste {
        kind: WasteKind::Listeners,
        count,
        bytes: graph.retained(array),
        worst: array,
        worst_count: count,
        text: Some(event),
        minor: false,
    })
}
