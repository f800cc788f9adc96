//! Machine code as text, as mdb writes it: AT&T operands, `movl   %esp,%ebp`, targets named between angle brackets. The
//! only folder that names iced-x86.
//!
//! Knows: x86 instructions. Must not know: where they lie, who wants them, which names there are (a closure tells).

mod mnemonic;
mod operand;

use super::{Addr, Image, Machine, Result};
use iced_x86::{Code, Decoder, DecoderOptions};

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Where it lies.
    pub at: Addr,
    /// Its size in bytes; at least 1.
    pub len: u64,
    /// Its text. Behind a tab follows, between angle brackets, what its operand refers to.
    pub text: String,
    /// Where it goes or what it reads, when it names a place outright: a relative branch, an operand relative to the
    /// program counter, an absolute address or an immediate value that could be one.
    pub target: Option<Addr>,
}

/// An instruction is at most this long (Intel SDM volume 2, 2.3.11).
pub const LONGEST: usize = 15;

/// What mdb prints for bytes that are no instruction.
const UNKNOWN: &str = "***ERROR--unknown op code***";

/// The instruction that `bytes` begin with, which lie at `at`; none when there are no bytes. `name` tells what an
/// address is called.
pub fn decode(bytes: &[u8], at: Addr, machine: Machine, name: &dyn Fn(Addr) -> Option<String>) -> Option<Instruction> {
    if bytes.is_empty() {
        return None;
    }
    let bits = match machine {
        Machine::I386 => 32,
        Machine::Amd64 => 64,
    };
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let mut decoder = Decoder::with_ip(bits, bytes, at.0, DecoderOptions::NONE);
    let decoded = decoder.decode();
    let len = decoded.len().max(1) as u64;
    if decoded.code() == Code::INVALID {
        return Some(Instruction { at, len, text: UNKNOWN.to_owned(), target: None });
    }
    let mnemonic = mnemonic::of(&decoded, bits);
    let operands = operand::all(&decoded, &mnemonic, machine);
    let mut text = format!("{mnemonic:<6} {}", operands.text);
    for note in &operands.notes {
        let note = match *note {
            operand::Note::Branch(target) => Some(name(target).unwrap_or_else(|| format!("{:#x}", target.0))),
            operand::Note::Place(target) => name(target),
            operand::Note::Unsigned(value) => Some(format!("{value:#x}")),
        };
        if let Some(note) = note {
            text.push_str("\t<");
            text.push_str(&note);
            text.push('>');
        }
    }
    let target = operands.notes.iter().find_map(|note| match *note {
        operand::Note::Branch(target) | operand::Note::Place(target) => Some(target),
        operand::Note::Unsigned(_) => None,
    });
    Some(Instruction { at, len, text, target })
}

impl Image {
    /// The instruction at `at`, what it refers to named by symbols.
    ///
    /// # Errors
    /// When not even one byte can be read there.
    pub fn instruction(&self, at: Addr) -> Result<Instruction> {
        let at = Addr(self.width.truncate(at.0));
        let tail = self.space.tail(at)?;
        let whole = if tail.len() < LONGEST { self.space.bytes(at, LONGEST).ok() } else { None };
        let bytes = whole.as_deref().unwrap_or(tail);
        let name = |addr| self.symbolize(addr).map(|n| n.to_string());
        // There is at least one byte, so there is an instruction.
        Ok(decode(bytes, at, self.code, &name).unwrap_or_else(|| Instruction {
            at,
            len: 1,
            text: UNKNOWN.to_owned(),
            target: None,
        }))
    }

    /// Where the instruction begins that is `count` before `at`. Instructions have no marks of their own, so they are
    /// counted from the beginning of the function; if that does not lead to `at`, or none is known, `at` itself.
    pub fn instructions_before(&self, at: Addr, count: usize) -> Addr {
        let Some((function, into)) = self.symbol_at(at) else { return at };
        // A function that is larger is data, or a lie.
        const LARGEST: u64 = 16 << 20;
        if into == 0 || into > LARGEST || count == 0 {
            return at;
        }
        let mut starts = Vec::new();
        let mut next = function.addr;
        while next < at {
            starts.push(next);
            match self.instruction(next) {
                Ok(instruction) if instruction.text != UNKNOWN => next = next.offset(instruction.len as i64),
                _ => return at,
            }
        }
        if next != at {
            return at;
        }
        starts[starts.len().saturating_sub(count)]
    }
}

#[cfg(test)]
mod tests;
