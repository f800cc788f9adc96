//! What the words of frames of JavaScript are to the functions that run there: `this`, arguments, variables, registers of
//! the interpreter.
//!
//! Knows: where frames keep them (V8 `frame-constants.h`). Must not know: why a word is asked for.

use super::bytecode::BytecodeArray;
use super::code::CodeFinder;
use super::frame::Arguments;
use super::optimized::{Activation, activations, is_optimized};
use super::{Frame, FrameKind, Heap, JsFunction, SharedFunctionInfo, Tagged};
use crate::image::Addr;
use crate::image::unwind::Stack;
use std::fmt;

/// What a word is to a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FrameWord {
    /// Its receiver.
    This,
    /// The argument of this number, from 1, and its name, where the function declares one.
    Argument(usize, Option<String>),
    /// The variable of this name.
    Local(String),
    /// The register of this number, in which the interpreter keeps a variable or a value of an expression.
    Register(usize),
}

impl fmt::Display for FrameWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameWord::This => f.write_str("this"),
            FrameWord::Argument(_, Some(name)) | FrameWord::Local(name) => write!(f, "\"{name}\""),
            FrameWord::Argument(number, None) => write!(f, "argument {number}"),
            FrameWord::Register(number) => write!(f, "register {number}"),
        }
    }
}

/// Whose a word of a stack is.
#[derive(Clone, Debug)]
pub enum Owner<'s> {
    /// A function of JavaScript; what the word is to it, where that is known.
    JavaScript(SharedFunctionInfo<'s>, Option<FrameWord>),
    /// A native function, by its symbol.
    Native(String),
    /// Code of V8's own.
    Internal,
}

/// The words that a frame was called with.
struct Pushed {
    start: Addr,
    end: Addr,
    frame: usize,
}

/// The words of one stack.
pub struct FrameWords<'s> {
    heap: Heap<'s>,
    /// The innermost first.
    frames: Vec<(Frame, FrameKind<'s>)>,
    pushed: Vec<Pushed>,
    codes: CodeFinder<'s>,
}

impl<'s> FrameWords<'s> {
    /// Those of `stack`.
    pub fn new(heap: Heap<'s>, stack: &Stack) -> FrameWords<'s> {
        let frames = (0..stack.frames.len()).filter_map(|at| Frame::of(heap.image(), stack, at));
        let frames: Vec<_> = frames.map(|frame| (frame.kind(heap), frame)).map(|(kind, frame)| (frame, kind)).collect();
        let pushed = frames.iter().enumerate().filter_map(|(at, (frame, kind))| {
            let FrameKind::JavaScript(function) = kind else { return None };
            let words = frame.pushed(heap, *function).ok().flatten()?;
            Some(Pushed { start: words.start, end: words.end, frame: at })
        });
        FrameWords { heap, pushed: pushed.collect(), frames, codes: CodeFinder::default() }
    }

    /// Whose the word at `place` is; absent when it is beyond the stack.
    pub fn owner(&mut self, place: Addr) -> Option<Owner<'s>> {
        let heap = self.heap;
        let pushed = self.pushed.iter().find(|pushed| (pushed.start..pushed.end).contains(&place));
        if let Some(Pushed { frame, .. }) = pushed
            && let Some((frame, FrameKind::JavaScript(function))) = self.frames.get(*frame)
        {
            let word = frame.argument_at(heap, *function, place).map(|number| argument(function.shared(), number));
            return Some(Owner::JavaScript(function.shared(), word));
        }
        let at = self.frames.iter().position(|(frame, _)| frame.fp >= place)?;
        let (frame, kind) = self.frames[at].clone();
        Some(match kind {
            FrameKind::JavaScript(function) => self.own(&frame, function, place),
            FrameKind::Native(name) => Owner::Native(name.symbol),
            _ => Owner::Internal,
        })
    }

    /// The word at `place` of the frame of `function` itself.
    fn own(&mut self, frame: &Frame, function: JsFunction<'s>, place: Addr) -> Owner<'s> {
        let (heap, shared) = (self.heap, function.shared());
        let plain = |word| Owner::JavaScript(shared, word);
        // Builtins have no variables, nor is there code of theirs in the heap.
        if shared.script().is_err() {
            return plain(None);
        }
        let code = frame.pc.and_then(|pc| Some((pc, self.codes.around(heap, pc)?)));
        if let Some((pc, code)) = code.filter(|&(_, code)| is_optimized(heap, code)) {
            // Where each value is, is noted; an argument that is this very object is found by that.
            let running = || activations(heap, code, pc, frame.fp).into_iter().rev();
            let named = |word| running().find_map(|of| Some(Owner::JavaScript(of.shared, Some(passed(&of, word)?))));
            return heap.word_at(place).ok().and_then(named).unwrap_or_else(|| plain(None));
        }
        plain(frame.register_at(heap, place).and_then(|at| variable(shared, frame.interpreted(heap), at)))
    }
}

/// Argument `number` of `shared`, from 1; 0 is the receiver.
fn argument(shared: SharedFunctionInfo<'_>, number: usize) -> FrameWord {
    match number.checked_sub(1) {
        None => FrameWord::This,
        Some(at) => FrameWord::Argument(number, shared.parameter_names().into_iter().nth(at).flatten()),
    }
}

/// What `word` is among what `running` was called with.
fn passed(running: &Activation<'_>, word: Tagged) -> Option<FrameWord> {
    let Arguments { this, arguments } = &running.arguments;
    let number = std::iter::once(this).chain(arguments).position(|&argument| argument == Some(word))?;
    Some(argument(running.shared, number))
}

/// What slot `at` of the variables of a frame of `shared` is, which runs `bytecode` if it is interpreted.
fn variable(shared: SharedFunctionInfo<'_>, bytecode: Option<BytecodeArray<'_>>, at: usize) -> Option<FrameWord> {
    let named = || {
        let scope = shared.scope_info().ok()?;
        scope.stack_local(at).and_then(|name| shared.heap().name_text(name))
    };
    match bytecode {
        Some(bytecode) if bytecode.registers().is_some_and(|count| at >= count) => None,
        Some(_) => Some(named().map_or(FrameWord::Register(at), FrameWord::Local)),
        None => named().map(FrameWord::Local),
    }
}
