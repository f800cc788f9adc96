//! Native frames: who called whom, from a thread's registers down to where it began.
//!
//! Knows: which way of unwinding serves which code. Must not know: JavaScript, names.

mod pointer;
mod saved;
mod tables;

use super::{Addr, Image, Name, Os, Registers, Thread, Width};
use rustc_hash::FxHashSet;
use tables::Tables;

/// One frame of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where it was executing: for a caller, where its callee returns to.
    pub pc: Addr,
    /// Its frame pointer. A frame that has none (unwound by tables) gets the address where one would have been saved.
    pub fp: Addr,
    /// The arguments, first one first. In 32-bit code the words that the caller pushed and takes off again; a caller that
    /// does not say how many gives a guess of 32. In 64-bit code those that the function saved, if its types tell.
    pub arguments: Vec<u64>,
}

/// Why a stack ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It began there: no caller is noted.
    Bottom,
    /// Its frames repeat, from this frame pointer on.
    Loop(Addr),
    /// The caller of this frame would lie where there is no memory.
    Nowhere(Addr),
    /// It goes on, but not plausibly so long.
    TooLong,
}

/// A stack, innermost frame first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// The frames.
    pub frames: Vec<Frame>,
    /// Why there are no more.
    pub end: End,
}

impl Stack {
    /// What to tell about an end that is not the bottom.
    pub fn note(&self) -> Option<String> {
        match self.end {
            End::Bottom => None,
            End::Loop(fp) => Some(format!("the stack repeats itself at frame {fp}; what follows is left out")),
            End::Nowhere(fp) => Some(format!("the caller of frame {fp} cannot be found; what follows is left out")),
            End::TooLong => Some(format!("the stack has more than {MOST_FRAMES} frames; the rest is left out")),
        }
    }
}

/// More frames than a stack of common size can hold.
const MOST_FRAMES: usize = 1 << 20;

/// What is known of a frame while unwinding: registers, absent when the frames above did not keep them.
#[derive(Clone, Debug, Default)]
struct State {
    pc: u64,
    sp: Option<u64>,
    fp: u64,
    /// By DWARF number; pc, sp and fp are kept above.
    saved: [Option<u64>; tables::REGISTERS],
    /// Whether `pc` is an instruction that was interrupted, and not one that follows a call.
    interrupted: bool,
}

/// The caller's state, and what was learnt of the frame itself.
struct Step {
    caller: Option<State>,
    fp: u64,
    arguments: Vec<u64>,
}

impl Image {
    /// The frames of `thread`: on illumos, where all code keeps frame pointers, as mdb finds them; elsewhere by the unwind
    /// tables of the load objects, and by frame pointers through code that has no tables (what V8 compiled). A program
    /// that was linked without a search table for them (a static one) has frame pointers alone, as for mdb.
    pub fn stack(&self, thread: &Thread) -> Stack {
        let state = State::of(&thread.registers, self.width);
        match (self.os, state) {
            (Os::Linux, Some(state)) => self.walk(state, Tables::new(self).as_ref(), &[]),
            (_, Some(state)) => self.walk(state, None, &pointer::contexts(self)),
            (_, None) => Stack { frames: Vec::new(), end: End::Bottom },
        }
    }

    /// The frames from the one whose frame pointer is `fp`, by frame pointers alone. That frame itself is not known (its
    /// program counter is nowhere), so the first is its caller.
    pub fn stack_from(&self, fp: Addr) -> Stack {
        let mut stack = self.walk(State { fp: fp.0, ..State::default() }, None, &pointer::contexts(self));
        let first = stack.frames.iter().position(|f| f.pc != Addr(0)).unwrap_or(stack.frames.len());
        stack.frames.drain(..first);
        stack
    }

    fn walk(&self, mut state: State, tables: Option<&Tables<'_>>, contexts: &[Addr]) -> Stack {
        let mut frames: Vec<Frame> = Vec::new();
        let mut seen = FxHashSet::default();
        let end = loop {
            if state.pc == 0 && state.fp == 0 {
                break End::Bottom;
            }
            // With tables a frame is its stack pointer, whatever the frame pointer is used for.
            let identity = match tables {
                Some(_) => (state.pc, state.sp.unwrap_or(state.fp)),
                None => (0, state.fp),
            };
            if !seen.insert(identity) {
                break End::Loop(Addr(state.fp));
            }
            if frames.len() == MOST_FRAMES {
                break End::TooLong;
            }
            let step = match tables.and_then(|t| t.step(&state)) {
                Some(step) => Step { arguments: pointer::arguments_of(self, &step), ..step },
                None => pointer::step(self, &state, contexts),
            };
            frames.push(Frame { pc: Addr(state.pc), fp: Addr(step.fp), arguments: step.arguments });
            // A caller's frame lies above, but where a signal came on a stack of its own; and it lies in memory.
            if tables.is_some()
                && let Some(caller) = &step.caller
                && caller.pc != 0
            {
                if !caller.interrupted && caller.sp <= state.sp {
                    break End::Loop(Addr(step.fp));
                }
                if caller.sp.is_some_and(|sp| self.space.find(Addr(sp.wrapping_sub(1))).is_none()) {
                    break End::Nowhere(Addr(step.fp));
                }
            }
            match step.caller {
                // With tables a return address of 0 is the bottom whatever the frame pointer holds.
                Some(caller) if tables.is_none() || caller.pc != 0 => state = caller,
                _ => break End::Bottom,
            }
        };
        Stack { frames, end }
    }
}

impl Image {
    /// What the code of `frame` is called. A call at the very end of a function (one that never returns) leaves a return
    /// address behind it, in no function or in the next: then the function that holds the call is meant.
    pub fn symbolize_frame(&self, stack: &Stack, frame: usize) -> Option<Name> {
        let pc = stack.frames.get(frame)?.pc;
        let here = self.symbolize(pc);
        if frame == 0 || here.as_ref().is_some_and(|name| name.offset > 0) {
            return here;
        }
        let call = self.symbolize(pc.offset(-1));
        call.map(|name| Name { offset: name.offset + 1, ..name }).or(here)
    }
}

impl State {
    fn of(registers: &Registers, width: Width) -> Option<State> {
        let mut state = State {
            pc: registers.pc()?.0,
            sp: registers.sp().map(|sp| sp.0),
            fp: registers.fp().map_or(0, |fp| fp.0),
            interrupted: true,
            ..State::default()
        };
        for (number, name) in tables::names(width).iter().enumerate() {
            state.saved[number] = registers.get(name);
        }
        Some(state)
    }
}

#[cfg(test)]
mod tests;
