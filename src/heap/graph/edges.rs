//! What objects refer to: every word of an object that is tagged and points to where an object begins.
//!
//! Words that V8 keeps raw are left out by the kind of the object. Machine code refers from the middle of its
//! instructions, at any byte.
//!
//! Knows: where in an object which words are weak. Must not know: which type is read how (`readings`), names (`naming`).

use super::dominators::{Csr, WEAK};
use super::ephemerons::Entry;
use super::index::Index;
use super::objects::Object;
use super::readings::{self, Reading};
use crate::heap::code::Code;
use crate::heap::kinds::{Facts, Kinds};
use crate::heap::layout::InstanceType;
use crate::heap::layout::code_shape::{Embedded, Instructions};
use crate::heap::optimized::is_optimized;
use crate::heap::words::Words;
use crate::heap::{
    Error, Field, Heap, JsString, Kind, Progress, Result, Tagged, buffer, pass, pass::Claim, string::Representation,
};
use crate::image::{Addr, Width};

/// The words of a header before raw data: enough for that of bytecode.
const HEADER: usize = 7;
/// Words before the first map of an array of transitions: map, length, the map that it grew out of.
const TRANSITIONS_START: usize = 3;
/// What a FinalizationRegistry notes of an object has at least so many words; there are less in the WeakCell of before: map,
/// value and, in some versions, the next in a list that the collector makes (V8 4.1 to 6.x `objects.h`).
const WEAK_CELL_LEAST: u32 = 5;
const SMALL_WEAK_CELL_TARGET: usize = 1;
/// The last words of a native context, which are weak (V8 3.14 to 6.x `contexts.h`).
const WEAK_SLOTS: usize = 4;
/// Words before the first pair of a table with weak keys: map, length, three numbers (V8 `hash-table.h`).
const WEAK_KEYS_START: usize = 5;

/// Bytes outside the heap that an object stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Outside {
    data: u64,
    length: u64,
    owner: u32,
}

/// What a piece of the objects refers to.
#[derive(Default)]
struct Found {
    counts: Vec<u32>,
    targets: Vec<u32>,
    outside: Vec<Outside>,
    missing: Vec<u64>,
    entries: Vec<Entry>,
}

/// What objects refer to.
pub(super) struct Edges {
    /// The objects.
    pub references: Csr,
    /// Bytes outside the heap, ascending by object, for those that have any.
    pub outside: Vec<(u32, u64)>,
    /// The entries of WeakMaps: the references of their tables to keys and values are weak.
    pub entries: Vec<Entry>,
    /// Where something is referred to that looks like an object and is none of them.
    pub missing: Vec<u64>,
}

/// One thread of the pass.
struct Reader<'w, 's> {
    heap: Heap<'s>,
    kinds: Kinds<'w, 's>,
    index: &'w Index,
    readings: &'w [Reading],
    /// The word of a JSFunction that links it to the next, where it has one.
    function_link: Option<usize>,
    /// The words of a Code before its instructions, where it has them inside.
    code_header: Option<usize>,
    /// The weak words of what a FinalizationRegistry notes of an object.
    weak_cell: [Option<usize>; 2],
    /// By type, whether its objects are the program's or its variables.
    of_program: &'w [bool],
    objects: &'w [Object],
    /// How those objects are read that are FixedArrays like any other by their type.
    arrays: &'w [Reading],
}

/// Objects that are worked on at a time.
const PIECE: usize = 1 << 14;

impl Reader<'_, '_> {
    fn piece(&mut self, first: usize, objects: &[Object]) -> Result<Found> {
        let mut found = Found { counts: Vec::with_capacity(objects.len()), ..Found::default() };
        for (at, object) in objects.iter().enumerate() {
            let before = found.targets.len();
            self.object((first + at) as u32, object, &mut found);
            found.counts.push((found.targets.len() - before) as u32);
            if let Some((data, length)) = self.outside(object) {
                found.outside.push(Outside { data, length, owner: (first + at) as u32 });
            }
        }
        Ok(found)
    }

    fn object(&mut self, number: u32, object: &Object, found: &mut Found) {
        let reading = match self.readings.get(usize::from(object.instance_type)) {
            Some(Reading::Words) => self.arrays[number as usize],
            Some(&reading) => reading,
            None => Reading::Words,
        };
        let count = match reading {
            Reading::MapAlone => 1,
            Reading::Header => object.words.min(HEADER as u32),
            _ => object.words,
        } as usize;
        let Some(run) = self.kinds.words(object.start | 1, count) else { return };
        let mut key = None;
        let embedded = if reading == Reading::Instructions { self.embedded(object) } else { Embedded::Strong };
        for (at, word) in run.iter().enumerate() {
            let is_key = at >= WEAK_KEYS_START && (at - WEAK_KEYS_START).is_multiple_of(2);
            if is_key {
                key = None;
            }
            if word & 1 == 0 {
                continue;
            }
            let Some(target) = self.index.number(word & !3) else {
                if self.is_begin(word) {
                    found.missing.push(word & !3);
                }
                continue;
            };
            let weak = match reading {
                Reading::WeakTarget => at + 1 == count,
                Reading::Transitions => at >= TRANSITIONS_START && self.is_map(target),
                Reading::Function => self.function_link == Some(at),
                Reading::Instructions => at > 0 && (self.is_weak_in(embedded, target) || self.is_link(at, target)),
                Reading::Links => self.is_of(target, Kind::Code) || self.is_first_function(count - at, target),
                Reading::WeakCell if object.words < WEAK_CELL_LEAST => at >= SMALL_WEAK_CELL_TARGET,
                Reading::WeakCell => self.weak_cell.contains(&Some(at)),
                Reading::WeakKeys if is_key => {
                    // Undefined and the hole stand for none.
                    key = Some(target).filter(|&key| !self.is_of(key, Kind::Oddball) && !self.is_of(key, Kind::Hole));
                    true
                }
                Reading::WeakKeys => match key.filter(|_| at > WEAK_KEYS_START) {
                    Some(key) => {
                        found.entries.push(Entry { key, value: target, table: number });
                        true
                    }
                    None => false,
                },
                _ => false,
            };
            found.targets.push(if weak || word & 3 == 3 { target | WEAK } else { target });
        }
        if reading == Reading::Instructions {
            let bytes = self.heap.space().bytes(Addr(object.start), count * self.kinds.facts.width.bytes() as usize);
            let Ok(bytes) = bytes else { return };
            let mut visit = |word: u64| {
                if word & 3 == 1
                    && let Some(target) = self.index.number(word & !3)
                {
                    found.targets.push(if self.is_weak_in(embedded, target) { target | WEAK } else { target });
                }
            };
            match self.kinds.facts.width {
                Width::W32 => unaligned::<4>(&bytes, |b| visit(u64::from(u32::from_le_bytes(b)))),
                Width::W64 => unaligned::<8>(&bytes, |b| visit(u64::from_le_bytes(b))),
            }
        }
    }

    /// How the code `object` refers to what of the program its instructions name.
    fn embedded(&self, object: &Object) -> Embedded {
        let (heap, word) = (self.heap, Tagged(object.start + 1));
        let shapes = heap.layout().shapes.code;
        let code = match shapes.instructions {
            Instructions::Inside => Ok(word),
            Instructions::Apart => heap.word(word, Field::StreamCode),
        };
        match code.and_then(|code| Code::load(heap, code)) {
            Ok(code) if is_optimized(heap, code) => shapes.embedded,
            _ => Embedded::Strong,
        }
    }

    /// Whether instructions that name `target` do not keep it alive.
    fn is_weak_in(&self, embedded: Embedded, target: u32) -> bool {
        let number = usize::from(self.objects[target as usize].instance_type);
        self.is_map(target) || embedded == Embedded::Weak && self.of_program.get(number) == Some(&true)
    }

    /// Whether `target`, so many words `before_end` of a native context, is the first of the functions that are linked.
    fn is_first_function(&self, before_end: usize, target: u32) -> bool {
        self.function_link.is_some() && before_end <= WEAK_SLOTS && self.is_of(target, Kind::JsFunction)
    }

    /// Whether the word at `at` of code that has its instructions inside is the link to the next that is optimized.
    fn is_link(&self, at: usize, target: u32) -> bool {
        self.code_header.is_some_and(|header| at < header) && self.is_of(target, Kind::Code)
    }

    /// Whether what `word` points to begins as objects do.
    fn is_begin(&mut self, word: u64) -> bool {
        let map = self.kinds.map(word & !3 | 1);
        map.is_some_and(|map| self.kinds.instance(map).is_some())
    }

    fn is_map(&self, number: u32) -> bool {
        self.is_of(number, Kind::Map)
    }

    fn is_of(&self, number: u32, kind: Kind) -> bool {
        let instance_type = InstanceType(self.objects[number as usize].instance_type);
        self.heap.layout().kind(instance_type) == Some(kind)
    }

    /// Where the bytes are that `object` has outside the heap, and how many.
    fn outside(&mut self, object: &Object) -> Option<(u64, u64)> {
        let (heap, word) = (self.heap, Tagged(object.start + 1));
        let kind = heap.layout().kind(InstanceType(object.instance_type))?;
        let (data, length) = match kind {
            Kind::JsArrayBuffer => {
                let bytes = buffer::bytes(heap, word).ok()?;
                (bytes.data, bytes.length as u64)
            }
            Kind::ExternalArray => {
                let name = heap.layout().type_name(InstanceType(object.instance_type))?;
                let length = u64::try_from(heap.smi(word, Field::FixedArrayLength).ok()?).ok()?;
                (Addr(heap.word(word, Field::ExternalArrayPointer).ok()?.0), length.checked_mul(element_size(name))?)
            }
            Kind::String if object.words <= 4 => {
                let string = JsString::load(heap, word).ok()?;
                let Ok(Representation::External { chars, .. }) = string.representation() else { return None };
                (chars, string.len() as u64 * if string.is_one_byte().ok()? { 1 } else { 2 })
            }
            _ => return None,
        };
        // Of characters in the program's own file there is but one copy, whoever refers to them.
        let of_file = heap.image().mapping(data).is_none_or(|m| m.object.is_some() || m.file.is_some());
        (length > 0 && length < 1 << 40 && !of_file).then_some((data.0, length))
    }
}

/// The size of an element of the external array whose class is `class` (V8 `ExternalByteArray` to `ExternalPixelArray`).
fn element_size(class: &str) -> u64 {
    match class.trim_start_matches("External").trim_start_matches("Unsigned").trim_start_matches("Uint") {
        "DoubleArray" | "Float64Array" => 8,
        "ShortArray" | "16Array" | "Int16Array" => 2,
        "IntArray" | "FloatArray" | "Int32Array" | "32Array" | "Float32Array" => 4,
        _ => 1,
    }
}

/// The words at bytes that are no multiple of the word.
fn unaligned<const N: usize>(bytes: &[u8], mut visit: impl FnMut([u8; N])) {
    for (at, window) in bytes.windows(N).enumerate() {
        if !at.is_multiple_of(N)
            && let Ok(window) = <[u8; N]>::try_from(window)
        {
            visit(window);
        }
    }
}

/// What all `objects` refer to, and what they have outside the heap.
///
/// # Errors
/// When the pass is cancelled, or there are more references than can be numbered (2^32).
pub(super) fn find(
    heap: Heap<'_>,
    words: &Words<'_>,
    facts: &Facts,
    objects: &[Object],
    index: &Index,
    progress: &Progress,
    memory: &Claim<'_>,
) -> Result<Edges> {
    let (readings, of_program) = (readings::by_type(heap), readings::of_program(heap));
    let arrays = readings::of_arrays(heap, objects, index);
    let pieces: Vec<(usize, &[Object])> =
        objects.chunks(PIECE).enumerate().map(|(at, piece)| (at * PIECE, piece)).collect();
    let (readings, of_program, arrays) = (&readings, &of_program, &arrays);
    let in_words = |field: Field| {
        let offset = heap.layout().find(field).and_then(|offset| usize::try_from(offset).ok());
        offset.map(|offset| offset / facts.width.bytes() as usize)
    };
    let (function_link, shapes) = (in_words(Field::JsFunctionNextLink), heap.layout().shapes.code);
    let header = Some(Field::CodeInstructionStart).filter(|_| shapes.instructions == Instructions::Inside);
    let code_header = header.and_then(in_words);
    let weak_cell = [Field::WeakCellTarget, Field::WeakCellToken].map(in_words);
    let worker = || {
        let kinds = Kinds::new(words, facts);
        Reader { heap, kinds, index, readings, function_link, code_header, weak_cell, of_program, objects, arrays }
    };
    let (found, _) = pass::run(&pieces, worker, |reader, (first, piece)| {
        let found = reader.piece(*first, piece)?;
        memory.take((size_of_val(&found.targets[..]) + size_of_val(&found.counts[..])) as u64)?;
        progress.advance(piece.iter().map(|o| u64::from(o.words)).sum::<u64>() * facts.width.bytes())?;
        Ok(found)
    })?;
    let total: usize = found.iter().map(|f| f.targets.len() + f.entries.len()).sum();
    if total > u32::MAX as usize || objects.len() >= WEAK as usize {
        let (addr, value) = (Addr(0), i64::try_from(total).unwrap_or(i64::MAX));
        return Err(Error::Implausible { addr, what: "number of references in the heap", value });
    }
    let mut graph = Csr { starts: Vec::with_capacity(objects.len() + 1), targets: Vec::with_capacity(total) };
    graph.starts.push(0);
    let (mut sum, mut outside, mut missing, mut entries) = (0, Vec::new(), Vec::new(), Vec::new());
    for part in found {
        for count in part.counts {
            sum += count;
            graph.starts.push(sum);
        }
        graph.targets.extend_from_slice(&part.targets);
        outside.extend(part.outside);
        missing.extend(part.missing);
        entries.extend(part.entries);
    }
    Ok(Edges { references: graph, outside: owned(outside), entries, missing })
}

/// How many bytes each owner has. Bytes that lie in those of another are the other's: a slice has none of its own.
fn owned(mut outside: Vec<Outside>) -> Vec<(u32, u64)> {
    outside.sort_unstable_by_key(|o| (o.data, std::cmp::Reverse(o.length), o.owner));
    let mut end = 0;
    let mut owned = Vec::new();
    for Outside { data, length, owner } in outside {
        let own = data.saturating_add(length).saturating_sub(end.max(data));
        if own > 0 {
            owned.push((owner, own));
            end = data.saturating_add(length);
        }
    }
    owned.sort_unstable();
    owned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_shared_count_once() {
        let of = |data, length, owner| Outside { data, length, owner };
        let shared = vec![of(100, 50, 1), of(100, 50, 2), of(110, 10, 3), of(140, 20, 4), of(300, 5, 0)];
        assert_eq!(owned(shared), [(0, 5), (1, 50), (4, 10)]);
    }

    #[test]
    fn elements_have_the_size_of_their_class() {
        let sizes =
            ["ExternalByteArray", "ExternalUnsignedShortArray", "ExternalInt32Array", "ExternalUint8ClampedArray"];
        assert_eq!(sizes.map(element_size), [1, 2, 4, 1]);
        assert_eq!(["ExternalDoubleArray", "ExternalUint16Array", "ExternalPixelArray"].map(element_size), [8, 2, 1]);
    }
}
