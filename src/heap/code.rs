//! Code objects: where V8 keeps the machine instructions that it compiled.
//!
//! Knows: the fixed part of Code (V8 3.14 `objects.h`, class Code). Must not know: instructions, names.

use super::{Error, Field, Heap, Kind, Result, Tagged};
use crate::image::Addr;
use std::ops::Range;

/// The longest code that is believed, in bytes: far more than V8 puts into one object.
const MAX_INSTRUCTIONS: u32 = 256 << 20;

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
        let start = self.heap.place(self.word, Field::CodeInstructionStart)?;
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

    /// What it was compiled for; absent for what V8 3.14 has no kind of.
    pub fn kind(self) -> Result<Option<&'static str>> {
        let flags = self.heap.int(self.word, Field::CodeFlags)?;
        let shift = self.heap.layout().get(Field::CodeKindShift)?;
        Ok(KINDS.get((i64::from(flags) >> shift & 0xf) as usize).copied())
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
