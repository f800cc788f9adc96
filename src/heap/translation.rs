//! Translations: what optimized code notes of each call, so that V8 can go on in code that is not: which functions were
//! running, those inlined included, where each was, and where its values are.
//!
//! Knows: V8 `deoptimizer.cc`, class TranslationIterator; later `deoptimization-data.cc`, DeoptTranslationIterator.
//! Must not know: where code keeps them, what the values are.

use super::layout::code_shape::TranslationShape;
use super::layout::compiled::{Opcode, Says};

/// A frame that a translation tells of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TranslatedFrame {
    /// Where its function is.
    pub at: At,
    /// The function, by its place among the literals; absent when it is that of the frame itself (V8
    /// `Translation::kSelfLiteralId`, to 4.2).
    pub function: Option<usize>,
    /// Its values, in the order of V8: in a frame of bytecode its function, its receiver, its arguments, its context.
    pub values: Vec<Slot>,
}

/// Where a function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// In full code: the number of the expression (V8 `BailoutId`).
    Expression(i64),
    /// In bytecode: the offset.
    Bytecode(i64),
    /// In a builtin.
    Builtin,
}

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// In a slot of the frame.
    Slot(i64),
    /// In a slot of the frame, as a 32-bit integer.
    IntSlot(i64),
    /// Among the literals.
    Literal(i64),
    /// It is the function.
    Function,
    /// Nowhere in memory.
    Unknown,
}

/// More instructions than the translation of an optimized function has: V8 inlines a few thousand bytecodes at most.
const MOST_INSTRUCTIONS: usize = 1 << 18;

/// The frames of JavaScript of the translation that begins at `index` of `bytes`, the outermost first; none when it does
/// not begin there, or is cut.
pub fn frames(bytes: &[u8], index: usize, shape: TranslationShape, opcodes: &[Opcode]) -> Vec<TranslatedFrame> {
    read(&mut Translation::new(bytes, index, shape, opcodes)).unwrap_or_default()
}

fn read(translation: &mut Translation<'_>) -> Option<Vec<TranslatedFrame>> {
    let first = translation.opcode()?;
    if first.says != Says::Begin {
        return None;
    }
    translation.operands(first)?;
    let mut frames: Vec<TranslatedFrame> = Vec::new();
    let (mut open, mut skipped) = (false, 0);
    // The last translation ends with the table.
    for _ in 0..MOST_INSTRUCTIONS {
        let Some(opcode) = translation.opcode().filter(|opcode| opcode.says != Says::Begin) else { break };
        let operands = translation.operands(opcode)?;
        let operand = operands.first().copied().unwrap_or(0);
        let at = match opcode.says {
            Says::FullFrame => At::Expression(operand),
            Says::BytecodeFrame => At::Bytecode(operand),
            Says::BuiltinFrame => At::Builtin,
            Says::OtherFrame => {
                open = false;
                continue;
            }
            _ => {
                if let Some(frame) = frames.last_mut().filter(|_| open) {
                    skipped = add(frame, opcode.says, operand, skipped);
                }
                continue;
            }
        };
        (open, skipped) = (true, 0);
        frames.push(TranslatedFrame { at, function: usize::try_from(*operands.get(1)?).ok(), values: Vec::new() });
    }
    Some(frames)
}

/// Adds a value to `frame`, unless it is one of the next `skipped`, parts of another; how many of those there are then.
fn add(frame: &mut TranslatedFrame, says: Says, operand: i64, skipped: usize) -> usize {
    let parts = match says {
        Says::Nothing => return skipped,
        Says::Object => usize::try_from(operand).unwrap_or(0),
        Says::Twice => return skipped.saturating_add(1),
        _ => 0,
    };
    if let Some(left) = skipped.checked_sub(1) {
        return left.saturating_add(parts);
    }
    frame.values.push(match says {
        Says::Slot => Slot::Slot(operand),
        Says::IntSlot => Slot::IntSlot(operand),
        Says::Literal => Slot::Literal(operand),
        Says::Function => Slot::Function,
        _ => Slot::Unknown,
    });
    parts
}

/// Instructions, read one by one.
struct Translation<'t> {
    bytes: &'t [u8],
    index: usize,
    shape: TranslationShape,
    opcodes: &'t [Opcode],
    /// Where the instructions of an earlier translation go on that this one may take over.
    earlier: Option<usize>,
    /// How many of those this one has had of its own since it last took one over.
    own: usize,
    /// How many are still to be taken over.
    matching: usize,
    /// Whether operands are read from there.
    taking: bool,
}

impl<'t> Translation<'t> {
    fn new(bytes: &'t [u8], index: usize, shape: TranslationShape, opcodes: &'t [Opcode]) -> Translation<'t> {
        Translation { bytes, index, shape, opcodes, earlier: None, own: 0, matching: 0, taking: false }
    }

    fn opcode(&mut self) -> Option<Opcode> {
        self.taking = false;
        if self.shape != TranslationShape::Matching {
            let number = self.signed()?;
            return self.opcodes.get(usize::try_from(number).ok()?).copied();
        }
        if self.matching > 0 {
            return self.take_over();
        }
        let begin = self.index;
        let byte = usize::from(*self.bytes.get(self.index)?);
        self.index += 1;
        // A byte that is no opcode is the common one to match, and how many (V8 `NextOpcode`).
        let opcode = match byte.checked_sub(self.opcodes.len()) {
            Some(count) => {
                self.matching = count;
                None
            }
            None => Some(self.opcodes[byte]),
        };
        match opcode {
            Some(Opcode { says: Says::Match, .. }) => {
                self.matching = usize::try_from(self.unsigned()?).ok()?;
            }
            Some(opcode) => {
                if opcode.says == Says::Begin {
                    let mut ahead = Translation::new(self.bytes, self.index, self.shape, self.opcodes);
                    let back = usize::try_from(ahead.unsigned()?).ok()?;
                    self.earlier = if back == 0 { None } else { Some(begin.checked_sub(back)?) };
                    self.own = 0;
                }
                self.own += 1;
                return Some(opcode);
            }
            None => {}
        }
        for _ in 0..std::mem::take(&mut self.own) {
            let opcode = self.earlier_opcode()?;
            self.operands(opcode)?;
        }
        self.take_over()
    }

    /// The next opcode of the earlier translation, instead of one of its own.
    fn take_over(&mut self) -> Option<Opcode> {
        self.matching = self.matching.checked_sub(1)?;
        self.earlier_opcode()
    }

    fn earlier_opcode(&mut self) -> Option<Opcode> {
        let at = self.earlier.as_mut()?;
        let opcode = self.opcodes.get(usize::from(*self.bytes.get(*at)?)).copied()?;
        *at += 1;
        self.taking = true;
        (opcode.says != Says::Match).then_some(opcode)
    }

    fn operands(&mut self, opcode: Opcode) -> Option<Vec<i64>> {
        (0..opcode.operands).map(|_| self.signed()).collect()
    }

    /// A number whose lowest bit is its sign.
    fn signed(&mut self) -> Option<i64> {
        let bits = self.unsigned()?;
        let magnitude = (bits >> 1) as i64;
        Some(if bits & 1 == 1 { -magnitude } else { magnitude })
    }

    /// A number of seven bits a byte, the lowest first; a bit of each byte says whether more follow.
    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let at = if self.taking { self.earlier.as_mut()? } else { &mut self.index };
            let byte = *self.bytes.get(*at)?;
            *at += 1;
            let (bits, more) = match self.shape {
                TranslationShape::LowBit => (byte >> 1, byte & 1 == 1),
                TranslationShape::HighBit | TranslationShape::Matching => (byte & 0x7f, byte & 0x80 != 0),
            };
            number |= u64::from(bits) << shift;
            if !more {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{CANNED, compiled::Compiled};
    use super::*;
    use proptest::prelude::*;

    fn opcodes() -> Vec<Opcode> {
        let opcode = |says, operands| Opcode { says, operands };
        vec![
            opcode(Says::Begin, 3),
            opcode(Says::BytecodeFrame, 3),
            opcode(Says::OtherFrame, 2),
            opcode(Says::Literal, 1),
            opcode(Says::Slot, 1),
            opcode(Says::Object, 1),
            opcode(Says::Value, 0),
            opcode(Says::Match, 1),
        ]
    }

    fn signed(numbers: &[i64], shape: TranslationShape) -> Vec<u8> {
        let mut out = Vec::new();
        for &number in numbers {
            let mut bits = (number.unsigned_abs() << 1) | u64::from(number < 0);
            loop {
                let (seven, rest) = (bits as u8 & 0x7f, bits >> 7);
                out.push(match shape {
                    TranslationShape::LowBit => seven << 1 | u8::from(rest != 0),
                    _ => seven | u8::from(rest != 0) << 7,
                });
                bits = rest;
                if bits == 0 {
                    break;
                }
            }
        }
        out
    }

    #[test]
    fn frames_and_their_values() {
        for shape in [TranslationShape::LowBit, TranslationShape::HighBit] {
            let bytes = signed(
                &[
                    0, 2, 2, 0, // begins
                    1, 300, 5, 9, 3, 6, 4, -2, // outer: a literal, a slot
                    2, 7, 7, 4, 1, // V8's own
                    1, -1, 8, 9, 5, 2, 4, 4, 3, 3, 6, 3, 1, // inner: an object of two, nothing, a literal
                    0, 1, 1, 0, // another begins
                ],
                shape,
            );
            let frames = frames(&bytes, 0, shape, &opcodes());
            let outer = TranslatedFrame {
                at: At::Bytecode(300),
                function: Some(5),
                values: vec![Slot::Literal(6), Slot::Slot(-2)],
            };
            let inner = TranslatedFrame {
                at: At::Bytecode(-1),
                function: Some(8),
                values: vec![Slot::Unknown, Slot::Unknown, Slot::Literal(1)],
            };
            assert_eq!(frames, [outer, inner]);
        }
    }

    #[test]
    fn instructions_are_taken_over_from_an_earlier_translation() {
        let number = |n| signed(&[n], TranslationShape::Matching);
        let mut bytes = [vec![0, 0, 2, 2], vec![1], number(10), number(5), number(9)].concat();
        bytes.extend([vec![3], number(6), vec![4], number(7), vec![4], number(8)].concat());
        let second = bytes.len();
        // Another offset, then three as before, the second one written as a number beyond all opcodes.
        bytes.extend([vec![0, second as u8, 2, 2], vec![1], number(20), number(5), number(9)].concat());
        bytes.extend([vec![8 + 1], vec![4], number(70), vec![7, 1]].concat());
        let read = frames(&bytes, second, TranslationShape::Matching, &opcodes());
        let values = vec![Slot::Literal(6), Slot::Slot(70), Slot::Slot(8)];
        assert_eq!(read, [TranslatedFrame { at: At::Bytecode(20), function: Some(5), values }]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..300), index in 0usize..40) {
            for canned in CANNED {
                let opcodes = Compiled::of(canned.version).opcodes;
                for shape in [TranslationShape::LowBit, TranslationShape::HighBit, TranslationShape::Matching] {
                    let count: usize = frames(&bytes, index, shape, &opcodes).iter().map(|f| 1 + f.values.len()).sum();
                    prop_assert!(count <= 2 * bytes.len());
                }
            }
        }
    }
}
