//! Code objects: where V8 keeps the machine instructions that it compiled.
//!
//! Knows: the fixed part of Code (V8 3.14 `objects.h`, class Code). Must not know: instructions, names.

use super::array::byte_array;
use super::bytecode::BytecodeArray;
use super::layout::code_shape::Instructions;
use super::relocation::position_before;
use super::{Error, Field, Heap, Kind, Result, Tagged};
use crate::image::Addr;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// The longest code that is believed, in bytes: far more than V8 puts into one object.
const MAX_INSTRUCTIONS: u32 = 256 << 20;

/// What the addresses of first instructions are multiples of (V8 `globals.h`, `kCodeAlignment`).
const ALIGNMENT: u64 = 32;

/// How far from its beginning an instruction is looked for, in bytes: some ten times what the longest functions of
/// Node's own take.
const MAX_DISTANCE: u64 = 4 << 20;

/// A Code object.
#[derive(Clone, Copy, Debug)]
pub struct Code<'s> {
    heap: Heap<'s>,
    word: Tagged,
}

impl<'s> Code<'s> {
    /// The Code object at `code`.
    ///
    /// # Errors
    /// When it is not one.
    pub fn load(heap: Heap<'s>, code: Tagged) -> Result<Code<'s>> {
        if heap.kind(code)? != Some(Kind::Code) {
            return Err(Error::NotA { addr: code.addr(), expected: "a Code object" });
        }
        Ok(Code { heap, word: code })
    }

    /// Its tagged address.
    pub fn word(self) -> Tagged {
        self.word
    }

    /// Where its instructions lie. Their size is a C++ int on every width (`kIntSize`): on x64 the rest of that word
    /// belongs to the next field.
    ///
    /// # Errors
    /// When the size is not one that code can have, besides those of reading it.
    pub fn instructions(self) -> Result<Range<Addr>> {
        let size = self.heap.int(self.word, Field::CodeInstructionSize)?;
        if size > MAX_INSTRUCTIONS {
            let value = i64::from(size);
            return Err(Error::Implausible { addr: self.word.addr(), what: "instruction size", value });
        }
        let start = match self.heap.layout().shapes.code.instructions {
            Instructions::Inside => self.heap.place(self.word, Field::CodeInstructionStart)?,
            Instructions::Apart => Addr(self.heap.word(self.word, Field::CodeEntry)?.0),
        };
        Ok(start..start.offset(i64::from(size)))
    }

    /// The code whose first instruction is at `start`, which is how calls name it.
    ///
    /// # Errors
    /// When there is none.
    pub fn beginning_at(heap: Heap<'s>, start: Addr) -> Result<Code<'s>> {
        let object = start.offset(-heap.layout().get(Field::CodeInstructionStart)?);
        Code::load(heap, Tagged(object.0.wrapping_add(1)))
    }

    /// As [`CodeFinder::around`], which remembers.
    fn around(heap: Heap<'s>, pc: Addr) -> Option<Code<'s>> {
        if heap.image().object_at(pc).is_some() {
            return None;
        }
        let (apart, header) = match heap.layout().shapes.code.instructions {
            Instructions::Inside => (None, heap.layout().find(Field::CodeInstructionStart)?),
            Instructions::Apart => {
                (Some(heap.layout().type_called("InstructionStream")?), heap.layout().find(Field::StreamInstructions)?)
            }
        };
        let last = pc.0 & !(ALIGNMENT - 1);
        let mut below = (0..MAX_DISTANCE / ALIGNMENT).map_while(|step| {
            let object = Tagged(Addr(last.checked_sub(step * ALIGNMENT)?).offset(-header).0.wrapping_add(1));
            // Where there is no memory, no code that reaches as far as here begins.
            heap.word_at(object.untagged()).ok().map(|_| object)
        });
        below.find_map(|object| {
            let code = match apart {
                None => Code::load(heap, object).ok()?,
                Some(stream) if heap.instance_type(object).ok()? == stream => {
                    Code::load(heap, heap.word(object, Field::StreamCode).ok()?).ok()?
                }
                Some(_) => return None,
            };
            let instructions = code.instructions().ok()?;
            (instructions.start <= pc && pc <= instructions.end).then_some(code)
        })
    }

    /// Where in its script the call that returns to `pc` is, in characters, or of a function that was inlined, the call of
    /// that; absent where the code does not tell, as from V8 5.2 on.
    pub fn position_before(self, pc: Addr) -> Result<Option<i64>> {
        let offset = pc.0.saturating_sub(self.instructions()?.start.0);
        let Some(shape) = self.heap.layout().shapes.code.relocation else { return Ok(None) };
        let table = byte_array(self.heap, self.heap.word(self.word, Field::CodeRelocationInfo)?)?;
        Ok(position_before(&table, shape, self.heap.width(), offset))
    }

    /// Where in `bytecode`, which it was compiled from as it stands, the call that returns to `pc` is; absent for code
    /// that was made otherwise.
    pub fn bytecode_offset(self, bytecode: BytecodeArray<'s>, pc: Addr) -> Option<i64> {
        let offset = pc.0.checked_sub(self.instructions().ok()?.start.0)?;
        let table = byte_array(self.heap, self.heap.word(self.word, Field::CodeBytecodeOffsets).ok()?).ok()?;
        bytecode.offset_of(&table, offset)
    }

    /// What it was compiled for; absent for what V8 3.14 has no kind of.
    pub fn kind(self) -> Result<Option<&'static str>> {
        let flags = self.heap.int(self.word, Field::CodeFlags)?;
        let shift = self.heap.layout().get(Field::CodeKindShift)?;
        Ok(KINDS.get((i64::from(flags) >> shift & 0xf) as usize).copied())
    }
}

/// Finds the code that instructions are among, for each of them once: the frames of a stack have few places between them.
#[derive(Debug, Default)]
pub struct CodeFinder<'s> {
    known: FxHashMap<Addr, Option<Code<'s>>>,
}

impl<'s> CodeFinder<'s> {
    /// The code whose instructions `pc` is among, or right behind: the place that a call returns to which is the last of
    /// them. Absent where there is none, as in a load object.
    ///
    /// V8's pages have no table of what lies in them: it is looked for downwards, as far as code is long.
    pub fn around(&mut self, heap: Heap<'s>, pc: Addr) -> Option<Code<'s>> {
        *self.known.entry(pc).or_insert_with(|| Code::around(heap, pc))
    }
}

/// V8 3.14 `objects.h`, CODE_KIND_LIST.
const KINDS: [&str; 14] = [
    "FUNCTION",
    "OPTIMIZED_FUNCTION",
    "STUB",
    "BUILTIN",
    "LOAD_IC",
    "KEYED_LOAD_IC",
    "CALL_IC",
    "KEYED_CALL_IC",
    "STORE_IC",
    "KEYED_STORE_IC",
    "UNARY_OP_IC",
    "BINARY_OP_IC",
    "COMPARE_IC",
    "TO_BOOLEAN_IC",
];
