//! Operands in AT&T syntax: order, registers, immediates, memory; and what they refer to.
//!
//! Knows: libdisasm's rules for signs and masks. Must not know: names of addresses.

use crate::image::Addr;
use iced_x86::{Code, Instruction, Mnemonic, OpKind, Register};
use std::fmt::Write as _;

/// The operands of an instruction.
#[derive(Debug, Default)]
pub(super) struct Operands {
    /// Joined by commas.
    pub(super) text: String,
    /// What follows between angle brackets.
    pub(super) notes: Vec<Note>,
}

/// What an operand refers to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    /// A place relative to the program counter: shown by its name, or as a number.
    Branch(Addr),
    /// A number that may be an address: shown if it has a name.
    Place(Addr),
    /// The unsigned reading of an immediate that was shown as negative.
    Unsigned(u64),
}

/// Immediates down to this are shown with a sign.
const NEG_LIMIT: i64 = -255;

/// Names whose numbers are shown unsigned, by how they begin (so `incl` is one of them, as in libdisasm).
const UNSIGNED: [&str; 17] = [
    "or", "and", "xor", "test", "in", "out", "lcall", "ljmp", "rcr", "rcl", "ror", "rol", "shl", "shr", "sal", "psr",
    "psl",
];

/// All operands of `i`, called `mnemonic`, in code of `bits`.
pub(super) fn all(i: &Instruction, mnemonic: &str, bits: u32) -> Operands {
    let name = mnemonic.rsplit(' ').next().unwrap_or(mnemonic);
    let mut writer = Writer {
        i,
        bits,
        short_addresses: mnemonic.contains("addr32 "),
        unsigned: UNSIGNED.iter().any(|u| name.starts_with(u)),
        out: Operands::default(),
        place: None,
        negative: None,
        relative: None,
    };
    if i.mnemonic() == Mnemonic::Int3 {
        writer.out.text.push_str("$0x3");
        return writer.out;
    }
    for (n, &operand) in order(i).iter().enumerate() {
        if n > 0 {
            writer.out.text.push(',');
        }
        writer.operand(operand);
    }
    writer.finish()
}

/// Which operands are written, in which order: Intel's reversed, with libdisasm's exceptions.
fn order(i: &Instruction) -> Vec<u32> {
    let count = i.op_count();
    let reversed = || (0..count).rev().collect();
    match i.mnemonic() {
        Mnemonic::Enter => vec![0, 1],
        Mnemonic::Bound => reversed(),
        // The accumulator is not written.
        Mnemonic::In => vec![1],
        Mnemonic::Out => vec![0],
        // %cl is not written.
        Mnemonic::Shld | Mnemonic::Shrd if i.op2_kind() == OpKind::Register => vec![1, 0],
        // The destination is implied.
        Mnemonic::Maskmovq | Mnemonic::Maskmovdqu | Mnemonic::Vmaskmovdqu => vec![2, 1],
        Mnemonic::Xlatb | Mnemonic::Aam | Mnemonic::Aad => Vec::new(),
        Mnemonic::Reservednop => vec![0],
        Mnemonic::Xchg if i.op1_kind() == OpKind::Register && accumulator(i.op1_register()) && one_byte_xchg(i) => {
            vec![0, 1]
        }
        Mnemonic::Fxch
        | Mnemonic::Fcom
        | Mnemonic::Fcomp
        | Mnemonic::Fucom
        | Mnemonic::Fucomp
        | Mnemonic::Fucomi
        | Mnemonic::Fcomi
            if count == 2 =>
        {
            vec![1]
        }
        Mnemonic::Cmpps | Mnemonic::Cmppd | Mnemonic::Cmpss | Mnemonic::Cmpsd
            if count == 3 && i.op2_kind() == OpKind::Immediate8 && i.immediate8() < 8 =>
        {
            vec![1, 0]
        }
        Mnemonic::Insb | Mnemonic::Insw | Mnemonic::Insd | Mnemonic::Outsb | Mnemonic::Outsw | Mnemonic::Outsd => {
            Vec::new()
        }
        Mnemonic::Scasb | Mnemonic::Scasw | Mnemonic::Scasd | Mnemonic::Scasq => vec![0, 1],
        Mnemonic::Cmpsb | Mnemonic::Cmpsw | Mnemonic::Cmpsq => vec![0, 1],
        Mnemonic::Cmpsd if i.is_string_instruction() => vec![0, 1],
        _ => reversed(),
    }
}

fn accumulator(register: Register) -> bool {
    matches!(register, Register::AX | Register::EAX | Register::RAX)
}

fn one_byte_xchg(i: &Instruction) -> bool {
    matches!(i.code(), Code::Xchg_r16_AX | Code::Xchg_r32_EAX | Code::Xchg_r64_RAX)
}

struct Writer<'i> {
    i: &'i Instruction,
    bits: u32,
    short_addresses: bool,
    unsigned: bool,
    out: Operands,
    /// The last number that could be an address.
    place: Option<u64>,
    /// The unsigned reading of the last immediate that was shown as negative.
    negative: Option<u64>,
    /// The last place relative to the program counter.
    relative: Option<Addr>,
}

impl Writer<'_> {
    fn finish(mut self) -> Operands {
        if let Some(place) = self.place.filter(|&p| p != 0) {
            self.out.notes.push(Note::Place(Addr(place)));
            self.out.notes.extend(self.negative.map(Note::Unsigned));
        }
        self.out.notes.extend(self.relative.filter(|r| r.0 != 0).map(Note::Branch));
        self.out
    }

    fn operand(&mut self, n: u32) {
        let i = self.i;
        match i.op_kind(n) {
            OpKind::Register => self.register(n, i.op_register(n)),
            OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => {
                let target = i.near_branch_target();
                self.displacement(target.wrapping_sub(i.next_ip()));
                self.relative = Some(Addr(target));
            }
            OpKind::FarBranch16 => self.far(i.far_branch_selector(), i64::from(i.far_branch16() as i16), 2),
            OpKind::FarBranch32 => self.far(i.far_branch_selector(), i64::from(i.far_branch32() as i32), 4),
            OpKind::Immediate8 => self.immediate(i64::from(i.immediate8() as i8), 1),
            OpKind::Immediate8_2nd => self.immediate(i64::from(i.immediate8_2nd() as i8), 1),
            OpKind::Immediate16 => self.immediate(i64::from(i.immediate16() as i16), 2),
            OpKind::Immediate32 => self.immediate(i64::from(i.immediate32() as i32), 4),
            OpKind::Immediate64 => self.immediate(i.immediate64() as i64, 8),
            OpKind::Immediate8to16 => self.immediate(i64::from(i.immediate8to16()), 2),
            OpKind::Immediate8to32 => self.immediate(i64::from(i.immediate8to32()), 4),
            OpKind::Immediate8to64 => self.immediate(i.immediate8to64(), 8),
            OpKind::Immediate32to64 => self.immediate(i.immediate32to64(), 8),
            OpKind::Memory => self.memory(),
            OpKind::MemorySegSI => self.string(Register::SI),
            OpKind::MemorySegESI => self.string(Register::ESI),
            OpKind::MemorySegRSI => self.string(Register::RSI),
            OpKind::MemorySegDI | OpKind::MemoryESDI => self.string(Register::DI),
            OpKind::MemorySegEDI | OpKind::MemoryESEDI => self.string(Register::EDI),
            OpKind::MemorySegRDI | OpKind::MemoryESRDI => self.string(Register::RDI),
        }
    }

    fn register(&mut self, n: u32, register: Register) {
        let i = self.i;
        // An indirect jump or call goes through what it names.
        if indirect(i) {
            self.out.text.push('*');
        }
        if register.is_st() {
            // The stack top that the opcode implies has no number; one that it names by number does.
            let top = i.op_count() == 2 && !single(i) && n == u32::from(to_numbered(i));
            let number = register.number();
            let _ = if top { write!(self.out.text, "%st") } else { write!(self.out.text, "%st({number})") };
            return;
        }
        // Ports are written as if they were memory.
        if register == Register::DX && matches!(i.mnemonic(), Mnemonic::In | Mnemonic::Out) {
            self.out.text.push_str("(%dx)");
            return;
        }
        // libdisasm knows no %ax here.
        let register = if i.mnemonic() == Mnemonic::Fnstsw { Register::EAX } else { register };
        let name = format!("{register:?}").to_ascii_lowercase();
        let name = match name.strip_prefix("dr") {
            Some(n) if register.is_dr() => format!("db{n}"),
            _ => name,
        };
        let name = match name.strip_suffix('l') {
            Some(low) if low.starts_with('r') && register.size() == 1 => format!("{low}b"),
            _ => name,
        };
        let _ = write!(self.out.text, "%{name}");
    }

    /// A value of `size` bytes, sign-extended. What is shown as negative is noted.
    fn immediate(&mut self, value: i64, size: u32) {
        self.out.text.push('$');
        if self.number(value, mask(size)) {
            self.negative = Some(value as u64 & mask(size));
        }
        self.place = Some(value as u64);
    }

    fn far(&mut self, selector: u16, offset: i64, size: u32) {
        self.immediate(i64::from(selector as i16), 2);
        self.out.text.push(',');
        self.immediate(offset, size);
    }

    /// A number, with a sign if it is a small negative one. Whether it had one.
    fn number(&mut self, value: i64, mask: u64) -> bool {
        let negative = (NEG_LIMIT..0).contains(&value) && !self.unsigned;
        let _ = match negative {
            true => write!(self.out.text, "-{:#x}", value.unsigned_abs() & mask),
            false => write!(self.out.text, "{:#x}", value as u64 & mask),
        };
        negative
    }

    /// A distance from the next instruction, always with a sign.
    fn displacement(&mut self, distance: u64) {
        let distance = match self.bits {
            16 => i64::from(distance as i16),
            32 => i64::from(distance as i32),
            _ => distance as i64,
        };
        let mask = self.address_mask();
        let _ = if distance < 0 && !self.unsigned {
            write!(self.out.text, "-{:#x}", distance.unsigned_abs() & mask)
        } else {
            write!(self.out.text, "+{:#x}", distance as u64 & mask)
        };
    }

    fn address_mask(&self) -> u64 {
        mask(match self.bits {
            16 => 2,
            64 if !self.short_addresses => 8,
            _ => 4,
        })
    }

    fn segment(&mut self) {
        let segment = self.i.segment_prefix();
        if segment != Register::None {
            let _ = write!(self.out.text, "%{}:", format!("{segment:?}").to_ascii_lowercase());
        }
    }

    fn string(&mut self, register: Register) {
        if matches!(register, Register::SI | Register::ESI | Register::RSI) {
            self.segment();
        }
        let _ = write!(self.out.text, "(%{})", format!("{register:?}").to_ascii_lowercase());
    }

    fn memory(&mut self) {
        let i = self.i;
        if indirect(i) {
            self.out.text.push('*');
        }
        self.segment();
        let (base, index) = (i.memory_base(), i.memory_index());
        if matches!(base, Register::RIP | Register::EIP) {
            let target = i.memory_displacement64();
            self.displacement(target.wrapping_sub(i.next_ip()));
            self.out.text.push_str("(%rip)");
            self.relative = Some(Addr(target));
            return;
        }
        if i.memory_displ_size() > 0 {
            let value = i.memory_displacement64();
            // The processor extends the sign to the size of addresses; a negative one wraps there.
            let size = match base.size().max(index.size()) {
                0 => i.memory_displ_size() as usize,
                size => size,
            };
            let value = match (self.bits, size) {
                (16 | 32, 2) => i64::from(value as i16),
                (16 | 32, _) | (_, 4) => i64::from(value as i32),
                _ => value as i64,
            };
            let mask = match (self.bits, size) {
                (_, 2) => mask(2),
                (16, 4) => mask(4),
                _ => self.address_mask(),
            };
            self.number(value, mask);
            self.place = Some(value as u64);
        }
        if base == Register::None && index == Register::None {
            return;
        }
        self.out.text.push('(');
        if base != Register::None {
            let _ = write!(self.out.text, "%{}", self.address_register(base));
        }
        if index != Register::None {
            let _ = write!(self.out.text, ",%{}", self.address_register(index));
            if i.memory_index_scale() > 1 {
                let _ = write!(self.out.text, ",{}", i.memory_index_scale());
            }
        }
        self.out.text.push(')');
    }

    /// libdisasm names address registers by the machine, whatever the address size prefix says.
    fn address_register(&self, register: Register) -> String {
        let register = match (self.bits, register.size()) {
            (64, 4) => register.full_register(),
            _ => register,
        };
        format!("{register:?}").to_ascii_lowercase()
    }
}

fn indirect(i: &Instruction) -> bool {
    matches!(i.mnemonic(), Mnemonic::Call | Mnemonic::Jmp)
}

/// Whether an x87 instruction of two registers writes to the one that it names by number, not to the stack top.
pub(super) fn to_numbered(i: &Instruction) -> bool {
    matches!(
        i.code(),
        Code::Fadd_sti_st0
            | Code::Fmul_sti_st0
            | Code::Fsub_sti_st0
            | Code::Fsubr_sti_st0
            | Code::Fdiv_sti_st0
            | Code::Fdivr_sti_st0
            | Code::Faddp_sti_st0
            | Code::Fmulp_sti_st0
            | Code::Fsubp_sti_st0
            | Code::Fsubrp_sti_st0
            | Code::Fdivp_sti_st0
            | Code::Fdivrp_sti_st0
    )
}

/// Whether only one register of an x87 instruction is written, by number.
fn single(i: &Instruction) -> bool {
    order(i).len() == 1
}

fn mask(bytes: u32) -> u64 {
    if bytes >= 8 { u64::MAX } else { (1 << (8 * bytes)) - 1 }
}
