//! Bytecode: what V8's interpreter runs, and the table that leads from it to the source.
//!
//! Knows: V8 `bytecode-array.tq`, `source-position-table.cc`. Must not know: frames (`frame`), what the bytecodes do.

use super::array::byte_array;
use super::layout::shape::{PositionTable, StatementMark};
use super::{Error, Field, Heap, Kind, Result, Tagged};

/// A BytecodeArray.
#[derive(Clone, Copy, Debug)]
pub struct BytecodeArray<'s> {
    heap: Heap<'s>,
    word: Tagged,
}

impl<'s> BytecodeArray<'s> {
    /// The BytecodeArray at `array`.
    ///
    /// # Errors
    /// When it is none.
    pub fn load(heap: Heap<'s>, array: Tagged) -> Result<BytecodeArray<'s>> {
        if heap.kind(array)? != Some(Kind::BytecodeArray) {
            return Err(Error::NotA { addr: array.addr(), expected: "a BytecodeArray" });
        }
        Ok(BytecodeArray { heap, word: array })
    }

    /// The bytecode offset that a frame or a generator keeps as `kept`: they count from the tagged address.
    pub fn offset(self, kept: i64) -> Result<i64> {
        Ok(kept - (self.heap.layout().get(Field::BytecodeData)? - 1))
    }

    /// The bytecode that the machine instructions before `instruction` were made from, by `table`, which has how many there
    /// are of each in turn, and before those of all how many enter the function (V8 `bytecode-offset-iterator.h`).
    pub(super) fn offset_of(self, table: &[u8], instruction: u64) -> Option<i64> {
        let sizes = &self.heap.layout().compiled.bytecodes;
        let length =
            self.heap.smi(self.word, Field::FixedArrayLength).ok().filter(|n| (0..MOST_BYTECODE).contains(n))?;
        let start = self.heap.place(self.word, Field::BytecodeData).ok()?;
        let bytecodes = self.heap.space().bytes(start, usize::try_from(length).ok()?).ok()?;
        offset_in(&bytecodes, sizes, table, instruction)
    }

    /// How many registers it needs; absent where that cannot be.
    pub fn registers(self) -> Option<usize> {
        let size = u64::from(self.heap.int(self.word, Field::BytecodeFrameSize).ok()?);
        let step = self.heap.width().bytes();
        (size.is_multiple_of(step) && size <= MOST_REGISTERS * step).then(|| usize::try_from(size / step).ok())?
    }

    /// Where in its script the bytecode at `offset` comes from, in characters; absent where the table does not tell.
    ///
    /// # Errors
    /// When there is no table, as for code whose positions V8 had no need of.
    pub fn position(self, offset: i64) -> Result<Option<i64>> {
        let mut table = self.heap.word(self.word, Field::BytecodePositions)?;
        if self.heap.kind(table)? == Some(Kind::PositionsWithCache) {
            table = self.heap.word(table, Field::CachedPositionsTable)?;
        }
        let bytes = byte_array(self.heap, table)?;
        Ok(position_in(&bytes, self.heap.layout().shapes.positions, offset))
    }
}

/// More registers than a function needs.
const MOST_REGISTERS: u64 = 1 << 20;

/// More bytes than the bytecode of a function has.
const MOST_BYTECODE: i64 = 64 << 20;

/// The bytecodes that say how wide the operands of the next one are: in twos, by how wide (V8 `bytecodes.h`,
/// `Wide`, `ExtraWide`, `DebugBreakWide`, `DebugBreakExtraWide`).
const PREFIXES: u8 = 4;

/// A place in the source, of code that may have been inlined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SourcePlace {
    /// In characters from the start of the script.
    pub position: i64,
    /// Which of the calls that were inlined it is in, from 1; 0 for none.
    pub inlined: usize,
}

/// The position of the last entry at or before `offset`.
fn position_in(table: &[u8], shape: PositionTable, offset: i64) -> Option<i64> {
    place_in(table, shape, offset).map(|place| place.position)
}

/// The place of the last entry at or before `offset`.
pub(super) fn place_in(table: &[u8], shape: PositionTable, offset: i64) -> Option<SourcePlace> {
    let mut numbers = Numbers { rest: table };
    let (mut at, mut raw) = (shape.entry, 0_i64);
    let mut found = None;
    while let Some(first) = numbers.next() {
        let delta = match shape.statements {
            StatementMark::Sign => match zigzag(first) {
                n if n < 0 => -(n + 1),
                n => n,
            },
            StatementMark::Flags => (first >> 2) as i64,
        };
        let Some(second) = numbers.next() else { break };
        at = at.checked_add(delta)?;
        raw = raw.checked_add(zigzag(second))?;
        if at > offset {
            break;
        }
        found = Some(raw);
    }
    found.and_then(|raw| source_place(raw, shape))
}

/// What `raw` says (V8 `source-position.h`): what tells builtins from scripts, the offset in the script plus one, the call
/// that was inlined.
pub(super) fn source_place(raw: i64, shape: PositionTable) -> Option<SourcePlace> {
    let raw = Some(raw).filter(|raw| raw & ((1 << shape.flags) - 1) == 0)?;
    let position = Some((raw >> shape.flags & 0x3fff_ffff) - 1).filter(|&position| position >= 0)?;
    Some(SourcePlace { position, inlined: (raw >> 31 & 0xffff) as usize })
}

/// The offset in `bytecodes`, whose `sizes` are known, of the one that `instruction` comes behind in `table`; -1 for the
/// entry of the function.
fn offset_in(bytecodes: &[u8], sizes: &[[u8; 3]], table: &[u8], instruction: u64) -> Option<i64> {
    let mut counts = Numbers { rest: table };
    let mut end = counts.next()?;
    let (mut current, mut next) = (-1, 0);
    while end < instruction {
        end = end.checked_add(counts.next()?)?;
        current = i64::try_from(next).ok()?;
        let first = *bytecodes.get(next)?;
        let (prefix, wide) = if first < PREFIXES { (1, 1 + usize::from(first & 1)) } else { (0, 0) };
        let bytecode = *bytecodes.get(next + prefix)?;
        next += prefix + usize::from(sizes.get(usize::from(bytecode))?[wide]);
    }
    Some(current)
}

fn zigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// Numbers of seven bits a byte, the lowest first; the high bit of a byte says that more follow.
struct Numbers<'t> {
    rest: &'t [u8],
}

impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: PositionTable = PositionTable { statements: StatementMark::Sign, entry: 0, flags: 1 };
    const FLAGGED: PositionTable = PositionTable { statements: StatementMark::Flags, entry: 0, flags: 1 };

    /// Numbers as V8 writes them.
    fn written(numbers: &[u64]) -> Vec<u8> {
        let mut out = Vec::new();
        for &(mut n) in numbers {
            while n >= 0x80 {
                out.push(n as u8 | 0x80);
                n >>= 7;
            }
            out.push(n as u8);
        }
        out
    }

    fn signed(n: i64) -> u64 {
        ((n << 1) ^ (n >> 63)) as u64
    }

    #[test]
    fn the_last_entry_at_or_before_an_offset_tells() {
        // Offsets 0, 7, 20 at characters 100, 150, 120; the second begins a statement.
        let raw = |position: i64| (position + 1) << 1;
        let table = written(&[
            signed(0),
            signed(raw(100)),
            signed(-(7 + 1)),
            signed(raw(150) - raw(100)),
            signed(13),
            signed(raw(120) - raw(150)),
        ]);
        let at = |offset| position_in(&table, SIGNED, offset);
        assert_eq!([at(0), at(6), at(7), at(19), at(20), at(1000)], [100, 100, 150, 150, 120, 120].map(Some));
        assert_eq!(at(-1), None);
    }

    #[test]
    fn flags_may_lie_below_the_offset() {
        let table = written(&[3, signed(2 * 11), 7 << 2 | 2, signed(2 * 5)]);
        let at = |offset| position_in(&table, FLAGGED, offset);
        assert_eq!([at(0), at(6), at(7)], [Some(10), Some(10), Some(15)]);
    }

    #[test]
    fn a_place_may_be_in_a_call_that_was_inlined() {
        let table = written(&[signed(0), signed(3 << 31 | 11 << 1)]);
        assert_eq!(place_in(&table, SIGNED, 0), Some(SourcePlace { position: 10, inlined: 3 }));
    }

    #[test]
    fn instructions_are_led_to_the_bytecode_that_they_were_made_from() {
        // Prefixes, then a bytecode of one operand and one of two.
        let sizes = [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1], [2, 3, 5], [3, 5, 9]];
        let bytecodes = [4, 0, 0, 5, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 5, 0, 0];
        let table = written(&[100, 20, 300, 7, 1]);
        let at = |instruction| offset_in(&bytecodes, &sizes, &table, instruction);
        assert_eq!([at(0), at(100), at(101), at(120)], [-1, -1, 0, 0].map(Some));
        assert_eq!([at(121), at(420), at(421), at(428)], [2, 2, 8, 14].map(Some));
        assert_eq!(at(429), None);
        assert_eq!(offset_in(&[4], &sizes, &table, 200), None);
        assert_eq!(offset_in(&bytecodes, &[], &table, 101), None);
    }

    #[test]
    fn a_cut_or_endless_table_ends() {
        assert_eq!(position_in(&[0x80; 40], SIGNED, 5), None);
        assert_eq!(position_in(&[2], SIGNED, 5), None);
        assert_eq!(position_in(&[], FLAGGED, 5), None);
    }
}
