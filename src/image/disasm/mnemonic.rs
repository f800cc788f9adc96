//! What an instruction is called in AT&T syntax, prefixes and size suffix included.
//!
//! Knows: where libdisasm's names differ from Intel's. Must not know: operands' text.

use super::operand;
use iced_x86::{Code, Instruction, MemorySize, Mnemonic, OpKind, Register};

/// The name of `i` in code of `bits`; `short_addresses` if it has the prefix for those.
pub(super) fn of(i: &Instruction, bits: u32, short_addresses: bool) -> String {
    let mut out = String::new();
    if i.has_lock_prefix() {
        out.push_str("lock ");
    }
    if i.has_repne_prefix() {
        out.push_str("repnz ");
    } else if i.has_rep_prefix() {
        out.push_str("repz ");
    }
    if short_addresses && bits == 64 {
        out.push_str("addr32 ");
    }
    out.push_str(&bare(i));
    out
}

fn bare(i: &Instruction) -> String {
    use Mnemonic as M;
    let intel = || format!("{:?}", i.mnemonic()).to_ascii_lowercase();
    let fixed = match i.mnemonic() {
        M::Cbw => "cbtw",
        M::Cwde => "cwtl",
        M::Cdqe => "cltq",
        M::Cwd => "cwtd",
        M::Cdq => "cltd",
        M::Cqo => "cqtd",
        M::Retf => "lret",
        M::Iretd | M::Iretq => "iret",
        M::Wait => "fwait",
        M::Xlatb => "xlat",
        M::Int3 => "int",
        M::Int1 => "icebp",
        M::Loopne => "loopnz",
        M::Loope => "loopz",
        M::Jcxz | M::Jecxz | M::Jrcxz => "jcxz",
        M::Movsxd => "movslq",
        // Whatever the size of the general register.
        M::Movq if general_and_vector(i) => "movd",
        M::Sysretq | M::Sysret => "sysret",
        M::Sysexitq | M::Sysexit => "sysexit",
        M::Fxsave64 => "fxsave",
        M::Fxrstor64 => "fxrstor",
        M::Xsave64 => "xsave",
        M::Xrstor64 => "xrstor",
        M::Pcmpestri64 => "pcmpestri",
        M::Pcmpestrm64 => "pcmpestrm",
        M::Fneni => "feni",
        M::Fndisi => "fdisi",
        M::Fnsetpm => "fsetpm",
        M::Fstpnce => "fstp",
        M::Call if is_far(i) => "lcall",
        M::Jmp if is_far(i) => "ljmp",
        M::Fcmovb => "fcmov.b",
        M::Fcmove => "fcmov.e",
        M::Fcmovbe => "fcmov.be",
        M::Fcmovu => "fcmov.u",
        M::Fcmovnb => "fcmov.nb",
        M::Fcmovne => "fcmov.ne",
        M::Fcmovnbe => "fcmov.nbe",
        M::Fcmovnu => "fcmov.nu",
        // AT&T's assembler exchanged these two where the stack top is the source, and everyone followed.
        M::Fsub if operand::to_numbered(i) => "fsubr",
        M::Fsubr if operand::to_numbered(i) => "fsub",
        M::Fdiv if operand::to_numbered(i) => "fdivr",
        M::Fdivr if operand::to_numbered(i) => "fdiv",
        M::Fsubp => "fsubrp",
        M::Fsubrp => "fsubp",
        M::Fdivp => "fdivrp",
        M::Fdivrp => "fdivp",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    if let Some(condition) = condition(i.mnemonic()) {
        return format!("cmov{}.{condition}", suffix(size(i)));
    }
    match i.mnemonic() {
        M::Movzx | M::Movsx => {
            let from = if source_size(i) == 1 { "b" } else { "w" };
            let name = if i.mnemonic() == M::Movzx { "movz" } else { "movs" };
            return format!("{name}{from}{}", suffix(i.op0_register().size()));
        }
        M::Cmpps | M::Cmppd | M::Cmpss | M::Cmpsd if !i.is_string_instruction() => {
            if let Some(predicate) = PREDICATES.get(usize::from(i.immediate8())) {
                return format!("cmp{predicate}{}", &intel()[3..]);
            }
        }
        _ => {}
    }
    let name = intel();
    if i.is_string_instruction() {
        // movsd, stosq, insb: the last letter is Intel's size.
        return format!("{}{}", &name[..name.len() - 1], suffix(string_size(i)));
    }
    if name.starts_with('f') && i.code() != Code::Femms && i.memory_size() != MemorySize::Unknown {
        return name + x87_suffix(i);
    }
    match i.mnemonic() {
        M::Push | M::Pop => format!("{name}{}", suffix(stack_size(i))),
        M::Pushfd | M::Popfd | M::Pushad | M::Popad => format!("{}l", &name[..name.len() - 1]),
        M::Pushfq | M::Popfq => name,
        M::Pushf | M::Popf | M::Pusha | M::Popa => name + "w",
        M::In => format!("in{}", suffix(i.op0_register().size())),
        M::Out => format!("out{}", suffix(i.op1_register().size())),
        M::Nop if i.op_count() == 0 => name,
        M::Mov if mixed_with_segment(i) => "movw".to_owned(),
        M::Reservednop => format!("nop{}", suffix(size(i))),
        M::Crc32 => format!("{name}{}", suffix(source_size(i))),
        mnemonic if is_sized(mnemonic) => format!("{name}{}", suffix(size(i))),
        _ => name,
    }
}

/// Predicates of cmpps and its kin, by their immediate operand (SDM volume 2, CMPPD).
const PREDICATES: [&str; 8] = ["eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"];

/// Whether the name takes the size of its operand as a suffix.
fn is_sized(mnemonic: Mnemonic) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Adc
            | M::Add
            | M::And
            | M::Bound
            | M::Bsf
            | M::Bsr
            | M::Bt
            | M::Btc
            | M::Btr
            | M::Bts
            | M::Cmp
            | M::Cmpxchg
            | M::Dec
            | M::Div
            | M::Idiv
            | M::Imul
            | M::Inc
            | M::Lea
            | M::Lfs
            | M::Lgs
            | M::Lss
            | M::Lzcnt
            | M::Mov
            | M::Movbe
            | M::Mul
            | M::Neg
            | M::Nop
            | M::Not
            | M::Or
            | M::Popcnt
            | M::Rcl
            | M::Rcr
            | M::Rol
            | M::Ror
            | M::Sal
            | M::Sar
            | M::Sbb
            | M::Shl
            | M::Shld
            | M::Shr
            | M::Shrd
            | M::Sub
            | M::Test
            | M::Xadd
            | M::Xchg
            | M::Xor
    )
}

fn suffix(bytes: usize) -> &'static str {
    match bytes {
        1 => "b",
        2 => "w",
        4 => "l",
        8 => "q",
        _ => "",
    }
}

/// The size that an instruction works on: that of its first register that is no segment's, else that of the memory.
fn size(i: &Instruction) -> usize {
    let registers = (0..i.op_count()).filter(|&n| i.op_kind(n) == OpKind::Register).map(|n| i.op_register(n));
    // The count of a shift is in %cl whatever is shifted.
    let shift = matches!(i.op_count(), 2 | 3) && i.op_register(i.op_count() - 1) == Register::CL && !is_byte(i);
    let mut general = registers.filter(|r| r.is_gpr() && !(shift && *r == Register::CL));
    general.next().map_or_else(|| i.memory_size().size(), |r| r.size())
}

fn is_byte(i: &Instruction) -> bool {
    match i.op0_kind() {
        OpKind::Register => i.op0_register().size() == 1,
        _ => i.memory_size().size() == 1,
    }
}

fn source_size(i: &Instruction) -> usize {
    match i.op1_kind() {
        OpKind::Register => i.op1_register().size(),
        _ => i.memory_size().size(),
    }
}

fn string_size(i: &Instruction) -> usize {
    i.memory_size().size()
}

fn general_and_vector(i: &Instruction) -> bool {
    let registers = || (0..i.op_count()).filter(|&n| i.op_kind(n) == OpKind::Register).map(|n| i.op_register(n));
    let general = i.op0_register().is_gpr() || i.op1_register().is_gpr();
    // The forms that move to or from memory have opcodes of their own for either meaning.
    let by_memory =
        matches!(i.code(), Code::Movq_mm_rm64 | Code::Movq_rm64_mm | Code::Movq_xmm_rm64 | Code::Movq_rm64_xmm);
    by_memory || general && registers().any(|r| r.is_mm() || r.is_xmm())
}

fn mixed_with_segment(i: &Instruction) -> bool {
    (0..i.op_count()).any(|n| i.op_kind(n) == OpKind::Register && i.op_register(n).is_segment_register())
}

fn is_far(i: &Instruction) -> bool {
    matches!(i.op0_kind(), OpKind::FarBranch16 | OpKind::FarBranch32)
        || matches!(i.memory_size(), MemorySize::SegPtr16 | MemorySize::SegPtr32 | MemorySize::SegPtr64)
}

fn x87_suffix(i: &Instruction) -> &'static str {
    match i.memory_size() {
        MemorySize::Float32 => "s",
        MemorySize::Float64 => "l",
        MemorySize::Float80 => "t",
        MemorySize::Int32 => "l",
        MemorySize::Int64 => "ll",
        _ => "",
    }
}

/// What a push or a pop moves.
fn stack_size(i: &Instruction) -> usize {
    match i.op0_kind() {
        OpKind::Register if i.op0_register().is_segment_register() => match i.code() {
            Code::Pushw_CS | Code::Pushw_DS | Code::Pushw_ES | Code::Pushw_SS | Code::Pushw_FS | Code::Pushw_GS => 2,
            Code::Popw_DS | Code::Popw_ES | Code::Popw_SS | Code::Popw_FS | Code::Popw_GS => 2,
            Code::Pushq_FS | Code::Pushq_GS | Code::Popq_FS | Code::Popq_GS => 8,
            _ => 4,
        },
        OpKind::Register => i.op0_register().size(),
        OpKind::Immediate16 | OpKind::Immediate8to16 => 2,
        OpKind::Immediate32 | OpKind::Immediate8to32 => 4,
        OpKind::Immediate8to64 | OpKind::Immediate32to64 => 8,
        _ => i.memory_size().size(),
    }
}

fn condition(mnemonic: Mnemonic) -> Option<&'static str> {
    use Mnemonic as M;
    Some(match mnemonic {
        M::Cmovo => "o",
        M::Cmovno => "no",
        M::Cmovb => "b",
        M::Cmovae => "ae",
        M::Cmove => "e",
        M::Cmovne => "ne",
        M::Cmovbe => "be",
        M::Cmova => "a",
        M::Cmovs => "s",
        M::Cmovns => "ns",
        M::Cmovp => "pe",
        M::Cmovnp => "po",
        M::Cmovl => "l",
        M::Cmovge => "ge",
        M::Cmovle => "le",
        M::Cmovg => "g",
        _ => return None,
    })
}
