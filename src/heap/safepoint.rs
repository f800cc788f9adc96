//! Safepoints: what optimized code notes of each place that a call returns to, among that which translation it goes by.
//!
//! From V8 6.0 on the entries of translations themselves say where they are for, but those of Maglev's code; to 8.x not what
//! a frame returns to once V8 gave up the code.
//!
//! Knows: V8 3.14 `safepoint-table.h`; later `maglev-safepoint-table.h`. Must not know: translations.

use super::layout::code_shape::{SafepointShape, TableOffset};
use super::{Code, Field, Heap};

/// More entries than a table has.
const MOST_ENTRIES: u32 = 1 << 16;

/// Bits of the number of a translation in a table that Maglev did not write (V8 `SafepointEntry::kDeoptIndexBits`); all ones is for
/// none.
const INDEX: u32 = (1 << 28) - 1;

/// The number of the translation for the call in `code` that returns to its instruction `offset`; absent where the code
/// has no such table, or none for that call.
pub fn translation(heap: Heap<'_>, code: Code<'_>, offset: u64) -> Option<usize> {
    let instructions = code.instructions().ok()?;
    match heap.layout().shapes.code.safepoints? {
        SafepointShape::Table { at, exits } => {
            let begins = match at {
                TableOffset::Flags { shift } => heap.int(code.word(), Field::CodeKindFlags).ok()? >> shift & 0xff_ffff,
                TableOffset::Field => heap.int(code.word(), Field::CodeSafepointTable).ok()?,
            };
            let table = instructions.start.offset(i64::from(begins));
            let length = heap.space().u32(table).ok().filter(|&length| length <= MOST_ENTRIES)?;
            let size = length as usize * entry_size(exits);
            in_table(&heap.space().bytes(table.offset(8), size).ok()?, exits, offset)
        }
        SafepointShape::Maglev { kind } => {
            let flags = heap.int(code.word(), Field::CodeFlags).ok()?;
            if flags & 0xf != kind {
                return None;
            }
            // Slots, entries, configuration, slots.
            let header = heap.space().bytes(instructions.end, 16).ok()?;
            let int = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
            let (length, configuration) = (int(4).filter(|&length| length <= MOST_ENTRIES)?, int(8)?);
            let entry = MaglevEntry::new(configuration)?;
            let size = length as usize * entry.size();
            entry.find(&heap.space().bytes(instructions.end.offset(16), size).ok()?, offset)
        }
    }
}

/// How many bytes an entry has that Maglev did not write: the place, the number of the translation, and maybe the exit.
const fn entry_size(exits: bool) -> usize {
    if exits { 12 } else { 8 }
}

/// The number of the translation of the entry for the place or the exit `offset`.
fn in_table(entries: &[u8], exits: bool, offset: u64) -> Option<usize> {
    let is_for = |entry: &[u8]| number(&entry[..4]) == offset || (exits && number(&entry[8..]) == offset);
    let entry = entries.chunks_exact(entry_size(exits)).find(|entry| is_for(entry))?;
    let index = number(&entry[4..8]) & u64::from(INDEX);
    usize::try_from(index).ok().filter(|&index| index != INDEX as usize)
}

/// The parts of an entry of Maglev's table, in bytes: the place, the number of the translation plus one, another place, a
/// byte, registers.
struct MaglevEntry {
    place: usize,
    index: usize,
    registers: usize,
}

impl MaglevEntry {
    /// As the header says (V8 `RegisterIndexesSizeField` and its neighbours); absent where nothing has a translation.
    fn new(configuration: u32) -> Option<MaglevEntry> {
        let size = |shift: u32| Some((configuration >> shift & 7) as usize).filter(|&size| size <= 4);
        if configuration & 1 == 0 {
            return None;
        }
        Some(MaglevEntry { registers: size(1)?, place: size(4)?, index: size(7)? })
    }

    fn size(&self) -> usize {
        2 * self.place + self.index + 1 + self.registers
    }

    fn find(&self, entries: &[u8], offset: u64) -> Option<usize> {
        let entry = entries.chunks_exact(self.size()).find(|entry| number(&entry[..self.place]) == offset)?;
        usize::try_from(number(&entry[self.place..self.place + self.index])).ok()?.checked_sub(1)
    }
}

/// A number of at most eight bytes, the lowest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_notes_place_and_translation() {
        let entries: Vec<u8> =
            [28u32, 0, 163, 5 | 3 << 28, 200, INDEX].into_iter().flat_map(u32::to_le_bytes).collect();
        let at = |offset| in_table(&entries, false, offset);
        assert_eq!([at(28), at(163), at(200), at(5)], [Some(0), Some(5), None, None]);
    }

    #[test]
    fn a_table_with_exits_notes_them_too() {
        let entries: Vec<u8> =
            [111u32, 3, 249, 228, 11, 289, 300, u32::MAX, u32::MAX].into_iter().flat_map(u32::to_le_bytes).collect();
        let at = |offset| in_table(&entries, true, offset);
        assert_eq!([at(111), at(249), at(228), at(289)], [3, 3, 11, 11].map(Some));
        assert_eq!([at(3), at(300), at(11)], [None, None, None]);
    }

    #[test]
    fn maglev_packs_its_entries() {
        // Places of two bytes, translations of one, no registers.
        let entry = MaglevEntry::new(1 | 2 << 4 | 1 << 7).expect("a configuration");
        let entries = [0x20, 0, 6, 0xd8, 1, 0, 0x9b, 0, 7, 0xdc, 1, 0, 0x42, 1, 0, 0, 0, 1];
        let at = |offset| entry.find(&entries, offset);
        assert_eq!([at(0x20), at(0x9b), at(0x142), at(0)], [Some(5), Some(6), None, None]);
        assert!(MaglevEntry::new(0).is_none() && MaglevEntry::new(1 | 7 << 4).is_none());
    }
}
