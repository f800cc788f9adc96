//! Bytecode: what V8's interpreter runs, and the table that leads from it to the source.
//!
//! Knows: V8 `bytecode-array.tq`, `source-position-table.cc`. Must not know: frames (`frame`), what the bytecodes do.

use super::layout::shape::{PositionTable, StatementMark};
use super::{Error, Field, Heap, Kind, Result, Tagged};

/// A BytecodeArray.
#[derive(Clone, Copy, Debug)]
pub struct BytecodeArray<'s> {
    heap: Heap<'s>,
    word: Tagged,
}

/// A longer table than any function has, in bytes.
const MOST_TABLE: i64 = 64 << 20;

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

    /// Where in its script the bytecode at `offset` comes from, in characters; absent where the table does not tell.
    ///
    /// # Errors
    /// When there is no table, as for code whose positions V8 had no need of.
    pub fn position(self, offset: i64) -> Result<Option<i64>> {
        let mut table = self.heap.word(self.word, Field::BytecodePositions)?;
        if self.heap.kind(table)? == Some(Kind::PositionsWithCache) {
            table = self.heap.word(table, Field::CachedPositionsTable)?;
        }
        if self.heap.kind(table)? != Some(Kind::ByteArray) {
            return Err(Error::NotA { addr: self.word.addr(), expected: "bytecode with a table of positions" });
        }
        let length = self.heap.smi(table, Field::FixedArrayLength)?;
        if !(0..MOST_TABLE).contains(&length) {
            return Err(Error::Implausible { addr: table.addr(), what: "length of a table", value: length });
        }
        let bytes = self.heap.space().bytes(self.heap.place(table, Field::FixedArrayData)?, length as usize)?;
        Ok(position_in(&bytes, self.heap.layout().shapes.positions, offset))
    }
}

/// The position of the last entry at or before `offset`.
fn position_in(table: &[u8], shape: PositionTable, offset: i64) -> Option<i64> {
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
    // V8 `source-position.h`: what tells builtins from scripts, then the offset in the script plus one.
    let raw = found.filter(|raw| raw & ((1 << shape.flags) - 1) == 0)?;
    Some((raw >> shape.flags & 0x3fff_ffff) - 1).filter(|&position| position >= 0)
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
    fn a_cut_or_endless_table_ends() {
        assert_eq!(position_in(&[0x80; 40], SIGNED, 5), None);
        assert_eq!(position_in(&[2], SIGNED, 5), None);
        assert_eq!(position_in(&[], FLAGGED, 5), None);
    }
}
