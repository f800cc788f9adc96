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

/// A way of reading machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disassembler {
    /// 64-bit code.
    Amd64,
    /// None: nothing is an instruction.
    Default,
    /// 16-bit code.
    Ia16,
    /// 32-bit code.
    Ia32,
}

impl Disassembler {
    /// All of them, by name.
    pub const ALL: [Disassembler; 4] =
        [Disassembler::Amd64, Disassembler::Default, Disassembler::Ia16, Disassembler::Ia32];

    /// What mdb calls it, and how it describes it.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Disassembler::Amd64 => ("amd64", "AMD64 and IA32e 64-bit disassembler"),
            Disassembler::Default => ("default", "default no-op disassembler"),
            Disassembler::Ia16 => ("ia16", "Intel 16-bit disassembler"),
            Disassembler::Ia32 => ("ia32", "Intel 32-bit disassembler"),
        }
    }

    /// The size of its code, in bits; none for the one that knows no code.
    fn bits(self) -> Option<u32> {
        match self {
            Disassembler::Amd64 => Some(64),
            Disassembler::Default => None,
            Disassembler::Ia16 => Some(16),
            Disassembler::Ia32 => Some(32),
        }
    }
}

impl From<Machine> for Disassembler {
    fn from(machine: Machine) -> Disassembler {
        match machine {
            Machine::I386 => Disassembler::Ia32,
            Machine::Amd64 => Disassembler::Amd64,
        }
    }
}

/// An instruction is at most this long (Intel SDM volume 2, 2.3.11).
pub const LONGEST: usize = 15;

/// The prefixes that are no REX: operand and address size, repetition, lock, segments (Intel SDM volume 2, 2.1.1).
const PREFIXES: [u8; 11] = [0x66, ADDRESS_SIZE, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65];
const ADDRESS_SIZE: u8 = 0x67;

/// What mdb prints for bytes that are no instruction.
const UNKNOWN: &str = "***ERROR--unknown op code***";

/// What mdb prints for a byte of padding.
const PADDING: &str = ".byte\t0 ";

/// The instruction that `bytes` begin with, which lie at `at`; none when there are no bytes, or no disassembler. `name`
/// tells what an address is called.
pub fn decode(
    bytes: &[u8],
    at: Addr,
    disassembler: impl Into<Disassembler>,
    name: &dyn Fn(Addr) -> Option<String>,
) -> Option<Instruction> {
    let bits = disassembler.into().bits()?;
    if bytes.is_empty() {
        return None;
    }
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let mut decoder = Decoder::with_ip(bits, bytes, at.0, DecoderOptions::NONE);
    let decoded = decoder.decode();
    if decoded.code() == Code::INVALID {
        return Some(Instruction { at, len: unknown_len(bytes, bits), text: UNKNOWN.to_owned(), target: None });
    }
    let len = decoded.len().max(1) as u64;
    let short_addresses = bytes.iter().take_while(|b| PREFIXES.contains(b)).any(|&b| b == ADDRESS_SIZE);
    let mnemonic = mnemonic::of(&decoded, bits, short_addresses);
    let operands = operand::all(&decoded, &mnemonic, bits);
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

/// How many bytes libdisasm has read by the time that it gives up: prefixes and opcode, and the operand byte where that
/// is a part of the opcode.
fn unknown_len(bytes: &[u8], bits: u32) -> u64 {
    let mut at = bytes.iter().take_while(|b| PREFIXES.contains(b)).count();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let long = bits == 64;
    let rex = long && (0x40..0x50).contains(&byte(at));
    at += usize::from(rex);
    let vex = !rex && (long || byte(at + 1) >= 0xc0);
    let size = match (byte(at), byte(at + 1)) {
        (0x0f, 0x38 | 0x3a) => 3,
        (0x0f, 0x00 | 0x01 | 0x18 | 0x71..=0x73 | 0xae | 0xba | 0xc7) => 3,
        (0x0f, _) => 2,
        (0xc5, _) if vex => 3,
        (0xc4, map) if vex => 3 + usize::from(matches!(map & 0x1f, 1..=3)),
        (0x80 | 0x82 | 0xc0 | 0xc1 | 0xd0..=0xd3 | 0xd8..=0xdf | 0xf6 | 0xf7 | 0xfe | 0xff, _) => 2,
        _ => 1,
    };
    (at + size).min(bytes.len()).max(1) as u64
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
        let none = || Instruction { at, len: 1, text: UNKNOWN.to_owned(), target: None };
        Ok(self.instruction_in(bytes, at).unwrap_or_else(none))
    }

    /// The instruction that `bytes` begin with, which lie at `at`, what it refers to named by symbols; none when there
    /// are no bytes.
    pub fn instruction_in(&self, bytes: &[u8], at: Addr) -> Option<Instruction> {
        if bytes.first() == Some(&0) && self.code != Disassembler::Default && self.ends_soon(at) {
            return Some(Instruction { at, len: 1, text: PADDING.to_owned(), target: None });
        }
        decode(bytes, at, self.code, &|addr| self.symbolize(addr).map(|n| n.to_string()))
    }

    /// Whether the symbol that covers `at` ends there or a few bytes on: what is zero there pads a function's end or a
    /// table behind it.
    fn ends_soon(&self, at: Addr) -> bool {
        const FEW: u64 = 0x10;
        let next = at.offset(1);
        self.symbol_at(at).is_some_and(|(symbol, _)| next.0 > symbol.addr.0.wrapping_add(symbol.size).wrapping_sub(FEW))
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
