//! Arguments that a 64-bit function saved below its frame pointer, as illumos compiles them (`-msave-args`) so that
//! debuggers find them.
//!
//! Knows: the ways in which compilers save them (libsaveargs), which functions take what (CTF). Must not know: how the
//! frame was found.

use crate::image::disasm::{self, Disassembler};
use crate::image::types::{Type, TypeId, Types};
use crate::image::{Addr, Image, SymbolKind};

/// How much of a function is searched (`SAVEARGS_INSN_SEQ_LEN`).
const SEARCHED: u64 = 256;
/// How many arguments go in registers.
const IN_REGISTERS: usize = 6;
/// As many are shown as libproc has room for.
const MOST_ARGUMENTS: usize = 32;
/// The handler's third argument is its context, which lies behind its frame: frame pointer, return address, signal,
/// siginfo.
const HANDLER_FRAME: i64 = 32;

/// `movq %rdi,-0x8(%rbp)` and so on, by argument.
const MOVED: [[u8; 4]; IN_REGISTERS] = [
    [0x48, 0x89, 0x7d, 0xf8],
    [0x48, 0x89, 0x75, 0xf0],
    [0x48, 0x89, 0x55, 0xe8],
    [0x48, 0x89, 0x4d, 0xe0],
    [0x4c, 0x89, 0x45, 0xd8],
    [0x4c, 0x89, 0x4d, 0xd0],
];
/// `pushq %rdi` and so on.
const PUSHED: [&[u8]; IN_REGISTERS] = [&[0x57], &[0x56], &[0x52], &[0x51], &[0x41, 0x50], &[0x41, 0x51]];
/// Where %rdi says where to put a large result, the first argument is `movq %rsi,-0x8(%rbp)`.
const MOVED_BEHIND_RESULT: [[u8; 4]; IN_REGISTERS - 1] = [
    [0x48, 0x89, 0x75, 0xf8],
    [0x48, 0x89, 0x55, 0xf0],
    [0x48, 0x89, 0x4d, 0xe8],
    [0x4c, 0x89, 0x45, 0xe0],
    [0x4c, 0x89, 0x4d, 0xd8],
];
/// `pushq %rbp`, and the breakpoint that may stand in its place.
const PUSH_FP: [u8; 2] = [0x55, 0xcc];
/// `movq %rsp,%rbp`, in both encodings.
const MOVE_FP: [[u8; 3]; 2] = [[0x48, 0x89, 0xe5], [0x48, 0x8b, 0xec]];

/// The arguments of the frame at `fp`, whose code is at `pc` and whose return address is `returns`.
pub(super) fn arguments(image: &Image, pc: u64, fp: Addr, returns: u64) -> Vec<u64> {
    if returns == u64::MAX {
        let pushed = (2..4).map(|n| image.space.word(fp.offset(8 * n))).collect::<Result<Vec<_>, _>>();
        return pushed.map(|two| [two, vec![fp.offset(HANDLER_FRAME).0]].concat()).unwrap_or_default();
    }
    saved(image, pc, fp).unwrap_or_default()
}

fn saved(image: &Image, pc: u64, fp: Addr) -> Option<Vec<u64>> {
    let (function, into) = image.symbol_at(Addr(pc)).filter(|(symbol, _)| symbol.kind() == SymbolKind::Function)?;
    let (types, signature) = image.types.signature(&image.symbols, &function)?;
    let count = signature.arguments.len();
    // A small structure is spread over registers.
    if count == 0 || signature.arguments.iter().take(5).any(|&id| structure(types, id).is_some_and(|size| size <= 16)) {
        return None;
    }
    let behind_result = structure(types, signature.returns).is_some_and(|size| size > 16);
    // Only what has run so far has saved anything.
    let len = function.size.min(SEARCHED).min(into);
    let code = image.space.bytes(function.addr, usize::try_from(len).ok()?).ok()?;
    let instructions = split(&code);
    let skipped = usize::from(behind_result);
    let in_registers = count.min(IN_REGISTERS - skipped);
    if !sets_frame_pointer(&instructions) {
        return None;
    }
    let all = |wanted: &[&[u8]]| wanted.iter().all(|w| instructions.contains(w));
    let moved: Vec<&[u8]> = MOVED.iter().take(in_registers + skipped).map(|i| &i[..]).collect();
    let behind: Vec<&[u8]> = MOVED_BEHIND_RESULT.iter().take(in_registers).map(|i| &i[..]).collect();
    // Studio saves the result's address too.
    let first = if all(&moved) {
        1 + skipped as i64
    } else if all(&PUSHED[skipped..skipped + in_registers]) || (behind_result && all(&behind)) {
        1
    } else {
        return None;
    };
    let word = |n: i64| image.space.word(fp.offset(8 * n)).ok();
    let mut values = (0..in_registers as i64).map(|n| word(-(first + n))).collect::<Option<Vec<u64>>>()?;
    let on_stack = (count - in_registers).min(MOST_ARGUMENTS - in_registers) as i64;
    values.extend((0..on_stack).map_while(|n| word(2 + n)));
    Some(values)
}

/// The size of a type if it is a structure or a union.
fn structure(types: &Types, id: TypeId) -> Option<u64> {
    let found = types.get(id);
    matches!(found.kind(), Type::Composite(_)).then(|| found.size())
}

/// The instructions that `code` is made of.
fn split(code: &[u8]) -> Vec<&[u8]> {
    let mut instructions = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let Some(instruction) = disasm::decode(&code[at..], Addr(0), Disassembler::Amd64, &|_| None) else { break };
        let end = (at + instruction.len as usize).min(code.len());
        instructions.push(&code[at..end]);
        at = end;
    }
    instructions
}

fn sets_frame_pointer(instructions: &[&[u8]]) -> bool {
    let pushed = instructions.iter().position(|i| matches!(i, [byte] if PUSH_FP.contains(byte)));
    pushed.is_some_and(|at| instructions[at..].iter().any(|i| MOVE_FP.iter().any(|wanted| *i == wanted)))
}
