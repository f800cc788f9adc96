//! Where functions are written, as V8 tells it in a snapshot (V8 `V8HeapExplorer::ExtractLocation`): lines and columns from
//! 0, counted in the file that the script is a part of. An object has the place of its constructor, a generator that of the
//! function that it runs.
//!
//! Knows: functions, generators, constructors, scripts. Must not know: how a snapshot is written.

use super::Snapshot;
use super::constructors::Constructors;
use crate::heap::array::FixedArray;
use crate::heap::graph::Node;
use crate::heap::{Claim, Field, Heap, JsFunction, Kind, Map, Progress, Result, Script, SharedFunctionInfo, Tagged};
use rustc_hash::FxHashMap;

/// Where a function is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Location {
    /// The number of its script.
    pub script: u64,
    /// The line, from 0.
    pub line: u64,
    /// The character in the line, from 0.
    pub column: u64,
}

/// A script, and where its lines begin.
struct Lines {
    id: u64,
    /// Where in its file the script begins: a line, and a column in that.
    offset: (i64, i64),
    starts: Vec<u32>,
    /// So many characters of it are known.
    len: u32,
}

/// Where functions are written, each script read once.
pub(super) struct Locations<'s> {
    heap: Heap<'s>,
    /// By the word of a script; nothing for what cannot be read.
    scripts: FxHashMap<u64, Option<Lines>>,
    /// By the word of what closures share.
    shared: FxHashMap<u64, Option<Location>>,
    /// By the word of a map: where the constructor of its objects is written.
    by_map: FxHashMap<u64, Option<Location>>,
    constructors: Constructors<'s>,
    /// So many characters more are read: scripts of a damaged heap may all have the same huge source.
    left: u64,
}

/// So many characters of sources are read, in all.
const MOST_READ: u64 = 1 << 30;

/// What an entry of a table takes, with as much room again, in bytes.
const OF_ENTRY: u64 = 2 * size_of::<(u64, Option<Location>)>() as u64;

impl<'s> Locations<'s> {
    pub(super) fn new(heap: Heap<'s>) -> Locations<'s> {
        let (scripts, shared, by_map) = Default::default();
        Locations { heap, scripts, shared, by_map, constructors: Constructors::new(heap), left: MOST_READ }
    }

    /// Where the function `word` is written, that of the generator there, or the constructor of the object there; absent for
    /// what has no place.
    ///
    /// # Errors
    /// When `memory` is not enough.
    pub(super) fn of(&mut self, word: Tagged, kind: Kind, memory: &Claim<'_>) -> Result<Option<Location>> {
        match kind {
            Kind::JsFunction => self.of_function(word, memory),
            Kind::JsGenerator => match self.heap.word(word, Field::GeneratorFunction) {
                Ok(function) => self.of_function(function, memory),
                Err(_) => Ok(None),
            },
            kind if kind.is_js_object() => match self.heap.map(word) {
                Ok(map) => self.of_constructor(word, map, memory),
                Err(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn of_function(&mut self, function: Tagged, memory: &Claim<'_>) -> Result<Option<Location>> {
        match JsFunction::load(self.heap, function) {
            Ok(function) => self.of_shared(function.shared(), memory),
            Err(_) => Ok(None),
        }
    }

    /// Where the constructor of `object` is written, and thus that of the others of its `map`.
    fn of_constructor(&mut self, object: Tagged, map: Map<'s>, memory: &Claim<'_>) -> Result<Option<Location>> {
        let key = map.word().0;
        if let Some(&known) = self.by_map.get(&key) {
            return Ok(known);
        }
        memory.take(OF_ENTRY)?;
        let found = match self.constructors.of(object, map, memory)? {
            Some(constructor) => self.of_shared(constructor, memory)?,
            None => None,
        };
        self.by_map.insert(key, found);
        Ok(found)
    }

    fn of_shared(&mut self, shared: SharedFunctionInfo<'s>, memory: &Claim<'_>) -> Result<Option<Location>> {
        if let Some(&known) = self.shared.get(&shared.word().0) {
            return Ok(known);
        }
        memory.take(OF_ENTRY)?;
        let found = self.found(shared, memory)?;
        self.shared.insert(shared.word().0, found);
        Ok(found)
    }

    fn found(&mut self, shared: SharedFunctionInfo<'s>, memory: &Claim<'_>) -> Result<Option<Location>> {
        let (Ok(script), Ok(start)) = (shared.script(), shared.start_position()) else { return Ok(None) };
        let key = script.word().0;
        if !self.scripts.contains_key(&key) {
            let lines = if self.left == 0 { None } else { lines(self.heap, script) };
            self.left = self.left.saturating_sub(lines.as_ref().map_or(0, |lines| u64::from(lines.len)));
            memory.take(OF_ENTRY + lines.as_ref().map_or(0, |lines| size_of_val(lines.starts.as_slice())) as u64)?;
            self.scripts.insert(key, lines);
        }
        Ok(self.scripts.get(&key).and_then(Option::as_ref).and_then(|lines| lines.locate(start)))
    }
}

impl Lines {
    /// Where the character `position` of the script is.
    fn locate(&self, position: i64) -> Option<Location> {
        let position = u32::try_from(position).ok().filter(|&position| position <= self.len)?;
        let line = self.starts.partition_point(|&start| start <= position).checked_sub(1)?;
        let column = i64::from(position - self.starts[line]) + if line == 0 { self.offset.1 } else { 0 };
        Some(Location {
            script: self.id,
            line: u64::try_from(self.offset.0.checked_add(line as i64)?).ok()?,
            column: u64::try_from(column).ok()?,
        })
    }
}

/// Number and lines of `script`: by the table that V8 makes of them when it needs it, or by the source, as far as that can
/// be read.
fn lines(heap: Heap<'_>, script: Script<'_>) -> Option<Lines> {
    let smi = |field| heap.smi(script.word(), field).ok();
    let id = u64::try_from(smi(Field::ScriptId)?).ok()?;
    let offset = (smi(Field::ScriptLineOffset).unwrap_or(0), smi(Field::ScriptColumnOffset).unwrap_or(0));
    let table = heap.word(script.word(), Field::ScriptLineEnds).and_then(|ends| FixedArray::load(heap, ends));
    let ends: Option<Vec<u32>> = table.ok().and_then(|table| {
        let ends = table.iter().map(|end| u32::try_from(end.smi(heap.width())?).ok());
        ends.collect()
    });
    // The last is the end of the source.
    let (starts, len) = match ends.as_deref() {
        Some([before @ .., len]) if ends.as_ref().is_some_and(|ends| ends.is_sorted()) => {
            (std::iter::once(0).chain(before.iter().map(|end| end.saturating_add(1))).collect(), *len)
        }
        _ => {
            let source = script.source().ok()?.units;
            (starts(&source), u32::try_from(source.len()).ok()?)
        }
    };
    Some(Lines { id, offset, starts, len })
}

const LF: u16 = 0x0a;
const CR: u16 = 0x0d;
/// The separators of lines and of paragraphs.
const LS: u16 = 0x2028;
const PS: u16 = 0x2029;

/// Where lines begin in `source`: after each of the ends that JavaScript knows (V8 `IsLineTerminatorSequence`).
fn starts(source: &[u16]) -> Vec<u32> {
    let ends = (0_u32..).zip(source).filter(|&(at, &unit)| match unit {
        LF | LS | PS => true,
        CR => source.get(at as usize + 1) != Some(&LF),
        _ => false,
    });
    std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
}

impl Snapshot<'_, '_> {
    /// Hands on where each function is written, and the constructor of each object.
    ///
    /// # Errors
    /// The first of `visit`, when there is no memory to find it, and when the pass is cancelled.
    pub(super) fn locations<E: From<crate::heap::Error>>(
        &self,
        progress: &Progress,
        visit: &mut dyn FnMut(Node, Location) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut locations = Locations::new(self.heap);
        for (nth, node) in self.alive().enumerate() {
            if nth.is_multiple_of(1 << 12) {
                progress.advance(0)?;
            }
            let Some(kind) = self.graph.kind(self.heap, node) else { continue };
            if let Some(location) = locations.of(self.graph.word(node), kind, &self.memory)? {
                visit(node, location)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_javascript_says() {
        let source: Vec<u16> = "a\nb\r\nc\rd\u{2028}e\u{2029}".encode_utf16().collect();
        assert_eq!(starts(&source), [0, 2, 5, 7, 9, 11]);
        let lines = Lines { id: 3, offset: (10, 4), starts: starts(&source), len: 11 };
        assert_eq!(lines.locate(1), Some(Location { script: 3, line: 10, column: 5 }));
        assert_eq!(lines.locate(5), Some(Location { script: 3, line: 12, column: 0 }));
        assert_eq!((lines.locate(-1), lines.locate(12)), (None, None));
        let before = Lines { id: 3, offset: (0, -4), starts: starts(&source), len: 11 };
        assert_eq!(before.locate(1), None, "what stands before the file is in none");
    }
}
