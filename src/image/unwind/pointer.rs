//! Unwinding by frame pointers: each frame begins with its caller's frame pointer and the return address.
//!
//! Knows: the frame of the System V ABIs for x86, the signal frames of illumos. Must not know: unwind tables.

use super::{State, Step, saved};
use crate::image::{Addr, Image, Machine};

/// A frame with one signal handler's arguments has three.
const HANDLER_ARGUMENTS: usize = 3;
/// How many words of arguments libproc reads.
const MOST_ARGUMENTS: usize = 32;

/// The caller of `state` by its frame pointer; a frame pointer that leads nowhere is where the stack begins.
/// `contexts` are the interrupted contexts that lie on the stack.
pub(super) fn step(image: &Image, state: &State, contexts: &[Addr]) -> Step {
    let fp = Addr(state.fp);
    let size = image.width.bytes();
    let word = |n: u64| image.space.word(Addr(image.width.truncate(fp.0.wrapping_add(n * size))));
    let (Ok(caller_fp), Ok(pc)) = (word(0), word(1)) else {
        return Step { caller: Some(State::default()), fp: fp.0, arguments: Vec::new() };
    };
    let arguments = match image.machine {
        Machine::I386 => arguments(image, fp, pc),
        Machine::Amd64 => saved::arguments(image, state.pc, fp, pc),
    };
    // The kernel calls a handler as if from the last address, its context behind the arguments.
    let context = Addr(fp.0.wrapping_add(match image.machine {
        Machine::I386 => 5 * size,
        Machine::Amd64 => 4 * size,
    }));
    let caller = match contexts.contains(&context).then(|| interrupted(image, context)).flatten() {
        Some(interrupted) => interrupted,
        None => State {
            pc,
            fp: caller_fp,
            sp: Some(image.width.truncate(fp.0.wrapping_add(2 * size))),
            saved: state.saved,
            interrupted: false,
        },
    };
    Step { caller: Some(caller), fp: fp.0, arguments }
}

/// The arguments of a frame of whose caller no more is known than what `step` says.
pub(super) fn arguments_of(image: &Image, step: &Step) -> Vec<u64> {
    match (&step.caller, image.machine) {
        (Some(caller), Machine::I386) => arguments(image, Addr(step.fp), caller.pc),
        _ => Vec::new(),
    }
}

/// The words behind the return address `pc`: as many as the caller takes off the stack again, which is seen by the
/// instruction that it returns to (`addl $n,%esp`).
fn arguments(image: &Image, fp: Addr, pc: u64) -> Vec<u64> {
    let count = if pc == u64::from(u32::MAX) {
        HANDLER_ARGUMENTS
    } else {
        match image.space.bytes(Addr(pc), 6).as_deref() {
            Ok(&[0x81, 0xc4, a, b, c, d]) => (u32::from_le_bytes([a, b, c, d]) / 4) as usize,
            Ok(&[0x83, 0xc4, n, ..]) => usize::from(n) / 4,
            _ => MOST_ARGUMENTS,
        }
    };
    let word = |n: usize| image.space.word(fp.offset(4 * (2 + n as i64)));
    (0..count.min(MOST_ARGUMENTS)).map_while(|n| word(n).ok()).collect()
}

/// All contexts that illumos noted as interrupted by signals: `pr_oldcontext` of each lwp, and the chain from there by
/// uc_link.
pub(super) fn contexts(image: &Image) -> Vec<Addr> {
    const MOST: usize = 4096;
    let mut out = Vec::new();
    for thread in &image.threads {
        let mut next = thread.old_context;
        while let Some(context) = next.filter(|&c| c != Addr(0) && out.len() < MOST && !out.contains(&c)) {
            out.push(context);
            next = image.space.word(context.offset(image.width.bytes() as i64)).ok().map(Addr);
        }
    }
    out
}

/// What an illumos ucontext_t at `at` holds: registers behind flags, link, signal mask and stack
/// (`<sys/ucontext.h>`), in the order of pr_reg.
fn interrupted(image: &Image, at: Addr) -> Option<State> {
    let (registers, fp, pc, sp) = match image.machine {
        Machine::I386 => (36, 6, 14, 17),
        Machine::Amd64 => (64, 10, 17, 20),
    };
    let word = |n: i64| image.space.word(at.offset(registers + n * image.width.bytes() as i64)).ok();
    Some(State { pc: word(pc)?, fp: word(fp)?, sp: word(sp), interrupted: true, ..State::default() })
}
