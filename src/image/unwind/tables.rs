//! Unwinding by tables: `.eh_frame` of the load objects, found through PT_GNU_EH_FRAME. The only file that names gimli.
//!
//! Knows: call frame information (DWARF 5, 6.4; LSB, 10.6). Must not know: frame pointers.

use super::{State, Step};
use crate::image::elf::PhdrKind;
use crate::image::process::aux;
use crate::image::{Addr, Image, LoadObject, Machine, Width};
use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, EhFrameOffset, Encoding, EndianSlice, EvaluationResult, Expression,
    Format, FrameDescriptionEntry, LittleEndian, Location, Register, RegisterRule, UnwindContext, UnwindExpression,
    UnwindSection, Value, constants::DW_EH_PE_udata4,
};

type Slice<'s> = EndianSlice<'s, LittleEndian>;

/// General registers, by DWARF number, without the return address.
pub(super) const REGISTERS: usize = 16;

/// Names of the general registers by DWARF number (x86-64 psABI, figure 3.36; i386 psABI, table 2.14).
pub(super) fn names(width: Width) -> &'static [&'static str] {
    match width {
        Width::W32 => &["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"],
        Width::W64 => &[
            "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15",
        ],
    }
}

/// DWARF numbers of the registers that matter most.
#[derive(Clone, Copy)]
struct Numbers {
    sp: u16,
    fp: u16,
    pc: u16,
}

/// The unwind tables of an image.
pub(super) struct Tables<'i> {
    image: &'i Image,
    numbers: Numbers,
}

/// Where an .eh_frame_hdr says how its entries are counted (LSB, 10.6.2).
const COUNT_ENCODING: usize = 2;

/// An expression that needs more steps than this is a loop.
const MOST_STEPS: u32 = 1000;

impl<'i> Tables<'i> {
    /// The tables; none if only the kernel's own object has any.
    pub(super) fn new(image: &'i Image) -> Option<Tables<'i>> {
        let kernels = |o: &LoadObject| image.process.aux(aux::SYSINFO_EHDR) == Some(o.base.0);
        let has_table = |o: &LoadObject| o.phdrs.iter().any(|p| p.kind == PhdrKind::EhFrame);
        if !image.objects.iter().any(|o| has_table(o) && !kernels(o)) {
            return None;
        }
        let numbers = match image.machine {
            Machine::I386 => Numbers { sp: 4, fp: 5, pc: 8 },
            Machine::Amd64 => Numbers { sp: 7, fp: 6, pc: 16 },
        };
        Some(Tables { image, numbers })
    }

    /// The caller of `state`; none when no table speaks of its code.
    pub(super) fn step(&self, state: &State) -> Option<Step> {
        // A call at the end of a function returns behind it: what counts is the call.
        let pc = if state.interrupted { state.pc } else { state.pc.wrapping_sub(1) };
        let object = self.image.object_at(Addr(pc))?;
        let (frame, bases, entry) = self.entry(object, pc)?;
        let mut context = UnwindContext::new();
        let row = entry.unwind_info_for_address(&frame, &bases, &mut context, pc).ok()?;
        let cfa = match row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => {
                self.register(state, *register)?.wrapping_add_signed(*offset)
            }
            CfaRule::Expression(expression) => {
                self.evaluate(state, expression, &frame, entry.cie().encoding(), None)?
            }
        };
        let cfa = self.image.width.truncate(cfa);
        let value = |register: u16| match row.register(Register(register)) {
            None | Some(RegisterRule::SameValue) => self.register(state, Register(register)),
            Some(RegisterRule::Offset(offset)) => self.word(cfa.wrapping_add_signed(offset)),
            Some(RegisterRule::ValOffset(offset)) => Some(cfa.wrapping_add_signed(offset)),
            Some(RegisterRule::Register(other)) => self.register(state, other),
            Some(RegisterRule::Expression(e)) => {
                self.word(self.evaluate(state, &e, &frame, entry.cie().encoding(), Some(cfa))?)
            }
            Some(RegisterRule::ValExpression(e)) => self.evaluate(state, &e, &frame, entry.cie().encoding(), Some(cfa)),
            Some(RegisterRule::Constant(value)) => Some(value),
            Some(_) => None,
        };
        // Where a thread begins its return address has the rule "undefined" (or, in other words, "constant 0"). Without a
        // rule there is no telling either: x86 never returns to where it is.
        let returns = match row.register(Register(self.numbers.pc)) {
            None | Some(RegisterRule::Undefined | RegisterRule::SameValue) => None,
            Some(_) => value(self.numbers.pc),
        };
        // A call leaves its return address just below the frame address; where nothing is, no call was made.
        let trampoline = entry.is_signal_trampoline();
        if returns.is_some() && !trampoline {
            self.word(cfa.wrapping_sub(self.image.width.bytes()))?;
        }
        let caller = returns.map(|pc| {
            let mut saved = [None; REGISTERS];
            for (number, slot) in saved.iter_mut().enumerate().take(names(self.image.width).len()) {
                *slot = value(number as u16);
            }
            // The frame address is the caller's stack pointer, by definition, unless a rule says otherwise.
            let sp = match row.register(Register(self.numbers.sp)) {
                None | Some(RegisterRule::SameValue) => Some(cfa),
                Some(_) => saved[usize::from(self.numbers.sp)],
            };
            State { pc, sp, fp: saved[usize::from(self.numbers.fp)].unwrap_or(0), saved, interrupted: trampoline }
        });
        let fp = self.image.width.truncate(cfa.wrapping_sub(2 * self.image.width.bytes()));
        Some(Step { caller, fp, arguments: Vec::new() })
    }

    /// The table entry for `pc`, by the search table of the object's PT_GNU_EH_FRAME.
    fn entry(
        &self,
        object: &LoadObject,
        pc: u64,
    ) -> Option<(EhFrame<Slice<'i>>, BaseAddresses, FrameDescriptionEntry<Slice<'i>>)> {
        let header = object.phdrs.iter().find(|p| p.kind == PhdrKind::EhFrame)?;
        let header = header.vaddr.wrapping_add(object.bias);
        let space = &self.image.space;
        let bytes = self.image.width.bytes() as u8;
        let bases = BaseAddresses::default().set_eh_frame_hdr(header);
        let tail = space.tail(Addr(header)).ok()?;
        // Linkers count entries in 32 bits. gimli multiplies what it finds; 64 bits of garbage would overflow.
        tail.get(COUNT_ENCODING).filter(|&&e| e == DW_EH_PE_udata4.0)?;
        let parsed = EhFrameHdr::new(tail, LittleEndian).parse(&bases, bytes).ok()?;
        let start = direct(parsed.eh_frame_ptr())?;
        let mut frame = EhFrame::new(space.tail(Addr(start)).ok()?, LittleEndian);
        frame.set_address_size(bytes);
        let bases = bases.set_eh_frame(start);
        let found = direct(parsed.table()?.lookup(pc, &bases).ok()?)?;
        let offset = EhFrameOffset(usize::try_from(found.checked_sub(start)?).ok()?);
        let entry = frame.fde_from_offset(&bases, offset, EhFrame::cie_from_offset).ok()?;
        entry.contains(pc).then_some((frame, bases, entry))
    }

    fn register(&self, state: &State, register: Register) -> Option<u64> {
        match register.0 {
            n if n == self.numbers.sp => state.sp,
            n if n == self.numbers.fp => Some(state.fp),
            n if n == self.numbers.pc => Some(state.pc),
            n => *state.saved.get(usize::from(n))?,
        }
    }

    fn word(&self, at: u64) -> Option<u64> {
        self.image.space.word(Addr(self.image.width.truncate(at))).ok()
    }

    /// The value of a DWARF expression; `first` is on its stack when it begins.
    fn evaluate(
        &self,
        state: &State,
        expression: &UnwindExpression<usize>,
        frame: &EhFrame<Slice<'_>>,
        encoding: Encoding,
        first: Option<u64>,
    ) -> Option<u64> {
        let expression: Expression<Slice<'_>> = expression.get(frame).ok()?;
        let encoding = Encoding { address_size: self.image.width.bytes() as u8, format: Format::Dwarf32, ..encoding };
        let mut evaluation = expression.evaluation(encoding);
        evaluation.set_max_iterations(MOST_STEPS);
        if let Some(first) = first {
            evaluation.set_initial_value(first);
        }
        let mut result = evaluation.evaluate().ok()?;
        loop {
            result = match result {
                EvaluationResult::Complete => break,
                EvaluationResult::RequiresRegister { register, .. } => {
                    evaluation.resume_with_register(Value::Generic(self.register(state, register)?)).ok()?
                }
                EvaluationResult::RequiresMemory { address, size, .. } => {
                    let bytes = self.image.space.bytes(Addr(address), usize::from(size).min(8)).ok()?;
                    let value = bytes.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b));
                    evaluation.resume_with_memory(Value::Generic(value)).ok()?
                }
                _ => return None,
            };
        }
        match evaluation.result().first()?.location {
            Location::Address { address } => Some(address),
            Location::Value { value } => value.to_u64(u64::MAX).ok(),
            _ => None,
        }
    }
}

fn direct(pointer: gimli::Pointer) -> Option<u64> {
    match pointer {
        gimli::Pointer::Direct(at) => Some(at),
        gimli::Pointer::Indirect(_) => None,
    }
}
