//! Relocation information: what V8 notes of the instructions of a Code, among that where in the source they come from.
//!
//! To V8 5.3 the positions of compiled code are kept here, later in a table of their own (`bytecode`). It is written
//! backwards: the first record ends at the highest address.
//!
//! Knows: V8 3.14, 3.28 and 5.1 `assembler.cc`, RelocInfoWriter. Must not know: where a Code keeps it.

use super::layout::code_shape::{RelocationModes, RelocationShape};
use crate::image::Width;

/// An instruction's place in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The instruction, in bytes from the first one.
    pub instruction: u64,
    /// The place, in characters from the start of the script.
    pub position: i64,
}

/// The position that the instructions before `offset` were made for: the nearest one noted, of several in one place the
/// furthest in the source (V8 `Code::SourcePosition`). Absent when none is.
pub fn position_before(table: &[u8], shape: RelocationShape, width: Width, offset: u64) -> Option<i64> {
    let before = Positions::new(table, shape, width).take_while(|noted| noted.instruction < offset);
    let nearest = before.reduce(|best, noted| {
        let same = noted.instruction == best.instruction;
        if same && noted.position < best.position { best } else { noted }
    });
    nearest.map(|noted| noted.position).filter(|&position| position >= 0)
}

/// The positions in relocation information, in the order of the instructions.
#[derive(Clone, Debug)]
pub struct Positions<'t> {
    rest: &'t [u8],
    shape: RelocationShape,
    pointer: usize,
    instruction: u64,
    position: i64,
}

/// What the two lowest bits of a record tell: a short one of a position or of something else; a long one. The others are
/// of what has no data.
const SHORT: u8 = 2;
const LONG: u8 = 3;

/// The tags of data: a position, and one that begins a statement; behind a long record's to 4.5 also a comment, whose
/// data is a pointer. The data of all others is as that of a position.
const POSITION: u8 = 1;
const STATEMENT: u8 = 2;
const COMMENT: u8 = 3;

/// What the four middle bits of a long record tell to 4.5; any other number is a mode without data.
const POOL: u8 = 13;
const DATA: u8 = 14;
const JUMP: u8 = 15;

impl<'t> Positions<'t> {
    /// Those in `table`, in a process with pointers of `width`.
    pub fn new(table: &'t [u8], shape: RelocationShape, width: Width) -> Positions<'t> {
        Positions { rest: table, shape, pointer: width.bytes() as usize, instruction: 0, position: 0 }
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_last()?;
        self.rest = rest;
        Some(byte)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.rest = self.rest.get(..self.rest.len().checked_sub(count)?)?;
        Some(())
    }

    /// The next four bytes, the lowest first.
    fn int(&mut self) -> Option<i64> {
        let mut bytes = [0; 4];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Some(i64::from(i32::from_le_bytes(bytes)))
    }

    /// Goes on by the bits of a distance that do not fit a record: seven bits a byte, the last byte has the lowest bit.
    fn jump(&mut self) -> Option<()> {
        let mut distance = 0;
        for chunk in 0..4 {
            let byte = self.byte()?;
            distance |= u64::from(byte >> 1) << (7 * chunk);
            if byte & 1 == 1 {
                break;
            }
        }
        self.advance(distance << 6)
    }

    fn advance(&mut self, distance: u64) -> Option<()> {
        self.instruction = self.instruction.checked_add(distance)?;
        Some(())
    }

    fn moved(&mut self, delta: i64) -> Option<Position> {
        self.position = self.position.checked_add(delta)?;
        Some(Position { instruction: self.instruction, position: self.position })
    }

    /// Reads the record that begins with `first`: `Some(None)` when it is no position, absent at the end.
    fn record(&mut self, first: u8) -> Option<Option<Position>> {
        if first & 3 != LONG {
            self.advance(u64::from(first >> 2))?;
            if first & 3 != SHORT {
                return Some(None);
            }
            let data = self.byte()?;
            return Some(match data & 3 {
                POSITION | STATEMENT => Some(self.moved(i64::from(data as i8 >> 2))?),
                _ => None,
            });
        }
        match self.shape {
            RelocationShape::Nested => self.nested(first >> 2 & 0xf, first >> 6),
            RelocationShape::Modes(modes) => self.mode(first >> 2, modes),
        }
    }

    fn nested(&mut self, middle: u8, top: u8) -> Option<Option<Position>> {
        match (middle, top) {
            (JUMP, 1) => self.jump()?,
            (DATA, POSITION | STATEMENT) => {
                let delta = self.int()?;
                return self.moved(delta).map(Some);
            }
            (DATA, COMMENT) => self.skip(self.pointer)?,
            (DATA, _) => self.skip(4)?,
            // Constants among the instructions: on ARM alone. The number is a mode as well in 3.14.
            (POOL, 3) => self.skip(4)?,
            _ => self.step()?,
        }
        Some(None)
    }

    fn mode(&mut self, mode: u8, modes: RelocationModes) -> Option<Option<Position>> {
        if mode == modes.jump {
            self.jump()?;
            return Some(None);
        }
        self.step()?;
        if mode == modes.position || mode == modes.statement {
            let delta = self.int()?;
            return self.moved(delta).map(Some);
        }
        if mode == modes.comment {
            self.skip(self.pointer)?;
        } else if mode == modes.code_with_id || modes.pools.contains(&mode) {
            self.skip(4)?;
        }
        Some(None)
    }

    fn step(&mut self) -> Option<()> {
        let distance = self.byte()?;
        self.advance(u64::from(distance))
    }
}

impl Iterator for Positions<'_> {
    type Item = Position;

    fn next(&mut self) -> Option<Position> {
        loop {
            let first = self.byte()?;
            if let Some(position) = self.record(first)? {
                return Some(position);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MODES: RelocationShape = RelocationShape::Modes(RelocationModes {
        code_with_id: 1,
        comment: 7,
        position: 8,
        statement: 9,
        pools: [18, 19],
        jump: 21,
    });
    const SHAPES: [RelocationShape; 2] = [RelocationShape::Nested, MODES];

    /// Records as they lie in memory.
    fn written(records: &[&[u8]]) -> Vec<u8> {
        let mut bytes = records.concat();
        bytes.reverse();
        bytes
    }

    fn read(table: &[u8], shape: RelocationShape) -> Vec<(u64, i64)> {
        Positions::new(table, shape, Width::W64).map(|noted| (noted.instruction, noted.position)).collect()
    }

    #[test]
    fn short_records_are_the_same_in_every_version() {
        // An embedded object after 4 bytes, a position 10 at 9, a call at 12, statement 7 at 12.
        let table = written(&[&[4 << 2], &[5 << 2 | 2, 10 << 2 | 1], &[3 << 2 | 1], &[2, (-3i8 << 2) as u8 | 2]]);
        for shape in SHAPES {
            assert_eq!(read(&table, shape), [(9, 10), (12, 7)]);
        }
    }

    #[test]
    fn long_distances_and_data() {
        // 0x1234 further on, position 1000; then a comment, an external reference 3 bytes on, position 0 there.
        let ones = (0x1234 >> 6 & 0x7f) << 1;
        let jump = [ones as u8 | 1];
        let data = 1000i32.to_le_bytes();
        let back = (-1000i32).to_le_bytes();
        let nested = written(&[
            &[1 << 6 | 15 << 2 | 3],
            &jump,
            &[15 << 2 | 3, 0x34],
            &[1 << 6 | 14 << 2 | 3],
            &data,
            &[15 << 2 | 3, 0],
            &[3 << 6 | 14 << 2 | 3],
            &[0; 8],
            &[12 << 2 | 3, 3],
            &[2 << 6 | 14 << 2 | 3],
            &back,
        ]);
        assert_eq!(read(&nested, RelocationShape::Nested), [(0x1234, 1000), (0x1237, 0)]);
        let modes = written(&[
            &[21 << 2 | 3],
            &jump,
            &[8 << 2 | 3, 0x34],
            &data,
            &[7 << 2 | 3, 0],
            &[0; 8],
            &[13 << 2 | 3, 3],
            &[9 << 2 | 3, 0],
            &back,
        ]);
        assert_eq!(read(&modes, MODES), [(0x1234, 1000), (0x1237, 0)]);
    }

    #[test]
    fn the_nearest_position_before_an_instruction_tells() {
        let table = written(&[
            &[4 << 2 | 2, 20 << 2 | 1],
            &[2, 5 << 2 | 2],
            &[2, (-9i8 << 2) as u8 | 1],
            &[8 << 2 | 2, 14 << 2 | 1],
        ]);
        let at = |offset| position_before(&table, RelocationShape::Nested, Width::W32, offset);
        assert_eq!([at(4), at(5), at(12), at(13)], [None, Some(25), Some(25), Some(30)]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(table in proptest::collection::vec(any::<u8>(), 0..200)) {
            for shape in SHAPES {
                prop_assert!(read(&table, shape).len() <= table.len());
            }
        }
    }
}
