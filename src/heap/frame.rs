//! Stack frames: which are JavaScript's, which V8's own, and what a JavaScript frame holds.
//!
//! V8 keeps frame pointers, and tells the kinds of its frames apart by what lies beside them (V8 3.14 `frames.cc`,
//! `StackFrame::ComputeType`): a Smi in place of the context marks an arguments adaptor, a Smi in place of the function
//! any other frame of its own.
//!
//! Knows: those slots. Must not know: how native frames are unwound (`image`), how a stack is shown.

use super::bytecode::BytecodeArray;
use super::code::CodeFinder;
use super::layout::shape::{ArgumentOrder, LineTable, ParameterCount};
use super::optimized::{Activation, activations, is_optimized, nearby};
use super::{Error, Field, Heap, JsFunction, Kind, Result, Tagged, Value};
use crate::image::unwind::Stack;
use crate::image::{Addr, Image, LoadObject, Name};
use std::ops::Range;

/// More parameters than V8 lets a function have (`Code::kMaxArguments`, 2^17 - 1).
pub(super) const MAX_PARAMETERS: usize = (1 << 17) - 1;

/// One activation of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its frame pointer: where the caller's frame pointer is saved, the return address above it.
    pub fp: Addr,
    /// The instruction it is at; absent when only the frame pointer is known.
    pub pc: Option<Addr>,
    /// What that instruction is called; absent when no symbol covers it.
    pub native: Option<Name>,
}

/// What a frame belongs to.
#[derive(Clone, Debug)]
pub enum FrameKind<'s> {
    /// A function of a load object: a symbol covers its instruction.
    Native(Name),
    /// The kernel's own code in the process: that through which a system call is made.
    Kernel(Name),
    /// V8's own glue. Its type by V8's name, if the marker has one.
    Internal(Option<&'s str>),
    /// V8's own glue, known by the Code object in place of the function.
    Code(Tagged),
    /// A JavaScript function.
    JavaScript(JsFunction<'s>),
    /// A heap object in place of the function that is none, and its type by V8's name.
    Other(Tagged, &'s str),
    /// None of these: no frame of V8's, and no symbol either.
    Unknown,
}

impl Frame {
    /// The frame of which no more is known than its frame pointer.
    pub fn at(fp: Addr) -> Frame {
        Frame { fp, pc: None, native: None }
    }

    /// Frame `index` of a stack of `image`; absent for one without a frame pointer. Such is what called `main`, and for
    /// V8 no frame at all.
    pub fn of(image: &Image, stack: &Stack, index: usize) -> Option<Frame> {
        let frame = stack.frames.get(index).filter(|frame| frame.fp != Addr(0))?;
        Some(Frame { fp: frame.fp, pc: Some(frame.pc), native: image.symbolize_frame(stack, index) })
    }

    /// What this frame belongs to.
    pub fn kind<'s>(&self, heap: Heap<'s>) -> FrameKind<'s> {
        let Some(name) = &self.native else { return self.v8_kind(heap) };
        if self.pc.and_then(|pc| heap.image().object_at(pc)).is_some_and(LoadObject::is_vdso) {
            return FrameKind::Kernel(name.clone());
        }
        // Since 6.x V8 is linked with code of its own making, some of which JavaScript runs in.
        let kind = if name.symbol.starts_with(BUILTINS) { self.v8_kind(heap) } else { FrameKind::Unknown };
        match kind {
            FrameKind::Unknown | FrameKind::Other(..) | FrameKind::Code(_) => FrameKind::Native(name.clone()),
            kind => kind,
        }
    }

    /// What this frame belongs to, if it is not a native one.
    fn v8_kind<'s>(&self, heap: Heap<'s>) -> FrameKind<'s> {
        let layout = heap.layout();
        let marker = |field| match heap.value(self.slot(heap, field).ok()?) {
            Value::Smi(marker) => Some(layout.frame_type_name(marker)),
            Value::Object(_) => None,
        };
        if let Some(Some(name)) = marker(Field::FrameContext)
            && name.contains(ADAPTOR)
        {
            return FrameKind::Internal(Some(name));
        }
        if let Some(name) = marker(Field::FrameMarker) {
            return FrameKind::Internal(name);
        }
        let Ok(function) = self.slot(heap, Field::FrameFunction) else { return FrameKind::Unknown };
        let Ok(instance_type) = heap.instance_type(function) else { return FrameKind::Unknown };
        match (layout.kind(instance_type), layout.type_name(instance_type)) {
            (Some(Kind::Code), _) => FrameKind::Code(function),
            (Some(Kind::JsFunction), name) => match JsFunction::load(heap, function) {
                Ok(function) => FrameKind::JavaScript(function),
                Err(_) => name.map_or(FrameKind::Unknown, |name| FrameKind::Other(function, name)),
            },
            (_, Some(name)) => FrameKind::Other(function, name),
            (_, None) => FrameKind::Unknown,
        }
    }

    fn slot(&self, heap: Heap<'_>, field: Field) -> Result<Tagged> {
        heap.word_at(self.fp.offset(heap.layout().get(field)?))
    }

    /// `this` and the arguments of a JavaScript frame of `function`: as many as the function declares, or as it was
    /// given where the frame counts them.
    ///
    /// # Errors
    /// When the function does not say how many it takes, or the stack cannot be read. Words further up the stack that
    /// cannot be read are left out.
    pub fn arguments(&self, heap: Heap<'_>, function: JsFunction<'_>) -> Result<Arguments> {
        let Some(words) = self.pushed(heap, function)? else {
            return Ok(Arguments { this: None, arguments: Vec::new() });
        };
        let step = heap.width().bytes();
        let count = (words.end.0 - words.start.0) / step;
        let pushed = |number: u64| {
            let at = match heap.layout().shapes.arguments {
                ArgumentOrder::LastFirst => count - 1 - number,
                ArgumentOrder::ReceiverFirst => number,
            };
            heap.word_at(words.start.offset((at * step) as i64)).ok()
        };
        Ok(Arguments { this: pushed(0), arguments: (1..count).map(pushed).collect() })
    }

    /// Where `this` and the arguments of a frame of `function` lie; absent where the frame does not tell.
    ///
    /// # Errors
    /// As those of [`Frame::arguments`].
    pub(super) fn pushed(&self, heap: Heap<'_>, function: JsFunction<'_>) -> Result<Option<Range<Addr>>> {
        let addr = function.shared().word().addr();
        let declared = function.shared().parameter_count()?;
        let count = declared.unwrap_or(0).max(self.given(heap).unwrap_or(0));
        if count > MAX_PARAMETERS {
            return Err(Error::Implausible { addr, what: "parameter count", value: count as i64 });
        }
        let shapes = &heap.layout().shapes;
        // How many a builtin that takes whatever it is given was given, and so where they begin, is not kept.
        if shapes.arguments == ArgumentOrder::LastFirst && declared.is_none() && shapes.lines == LineTable::Counted {
            return Ok(None);
        }
        let nearest = self.fp.offset(heap.layout().get(Field::FrameArguments)?);
        let end = nearest.offset(((count as u64 + 1) * heap.width().bytes()) as i64);
        Ok((nearest < end).then_some(nearest..end))
    }

    /// Which argument of a frame of `function` lies at `place`, from 1; 0 for `this`. Absent for any other word.
    pub(super) fn argument_at(&self, heap: Heap<'_>, function: JsFunction<'_>, place: Addr) -> Option<usize> {
        let words = self.pushed(heap, function).ok().flatten().filter(|words| words.contains(&place))?;
        let number = |from: Addr, to: Addr| usize::try_from((to.0 - from.0) / heap.width().bytes()).ok();
        match heap.layout().shapes.arguments {
            ArgumentOrder::LastFirst => number(place, words.end)?.checked_sub(1),
            ArgumentOrder::ReceiverFirst => number(words.start, place),
        }
    }

    /// Which of the slots of its variables, or which register, lies at `place`, in code that is not optimized.
    pub(super) fn register_at(&self, heap: Heap<'_>, place: Addr) -> Option<usize> {
        let first = self.fp.offset(heap.layout().find(Field::FrameRegisters)?);
        usize::try_from(first.0.checked_sub(place.0)? / heap.width().bytes()).ok()
    }

    /// The bytecode that it runs, if it runs any, or what was compiled from that as it stands.
    pub(super) fn interpreted<'s>(&self, heap: Heap<'s>) -> Option<BytecodeArray<'s>> {
        Some(self.bytecode(heap)?.0)
    }

    /// How many arguments the function was given, without the receiver; absent where the frame does not count them.
    fn given(&self, heap: Heap<'_>) -> Option<usize> {
        heap.layout().find(Field::FrameArgumentCount)?;
        let word = self.slot(heap, Field::FrameArgumentCount).ok()?.0;
        // A raw number, not a Smi.
        let count = usize::try_from(word).ok().filter(|&n| n <= MAX_PARAMETERS)?;
        match heap.layout().shapes.parameters {
            ParameterCount::Parameters => Some(count),
            ParameterCount::WithReceiver => count.checked_sub(1),
        }
    }

    /// Which functions run in a frame of `function`, the innermost first: those that V8 inlined, then itself. Itself, and
    /// no more, where nothing tells.
    pub fn activations<'s>(
        &self,
        heap: Heap<'s>,
        codes: &mut CodeFinder<'s>,
        function: JsFunction<'s>,
    ) -> Vec<Activation<'s>> {
        let itself = |position| {
            let arguments = self.arguments(heap, function).unwrap_or(Arguments { this: None, arguments: Vec::new() });
            Activation {
                shared: function.shared(),
                is_inlined: false,
                function: Some(function),
                position,
                is_near: false,
                arguments,
            }
        };
        // Builtins have no script, nor is there code of theirs in the heap.
        if function.shared().script().is_err() {
            return vec![itself(None)];
        }
        let bytecode = self.bytecode(heap);
        let interpreted = || bytecode.and_then(|(bytecode, offset)| bytecode.position(offset?).ok()?);
        let Some((pc, code)) = self.pc.and_then(|pc| Some((pc, codes.around(heap, pc)?))) else {
            return vec![itself(interpreted())];
        };
        let mut running = activations(heap, code, pc, self.fp);
        if let Some(outermost) = running.first_mut()
            && outermost.shared.word() == function.shared().word()
        {
            *outermost = itself(outermost.position);
            running.reverse();
            return running;
        }
        // Where nothing is noted of the place: an earlier frame of the interpreter may lie there, and what positions such
        // code has are of any function that it inlined.
        if is_optimized(heap, code) {
            let mut near = nearby(heap, code, pc, function.shared());
            match near.first_mut() {
                Some(outermost) => *outermost = Activation { is_near: true, ..itself(outermost.position) },
                None => near.push(itself(None)),
            }
            near.reverse();
            return near;
        }
        // Code that was compiled from bytecode as it stands has its frame, but does not keep the offset up to date.
        let compiled =
            bytecode.and_then(|(bytecode, _)| bytecode.position(code.bytecode_offset(bytecode, pc)?).ok()?);
        let noted = || code.position_before(pc).ok().flatten();
        vec![itself(compiled.or_else(interpreted).or_else(noted))]
    }

    /// The bytecode of a frame that has it, and the offset in its slot.
    fn bytecode<'s>(&self, heap: Heap<'s>) -> Option<(BytecodeArray<'s>, Option<i64>)> {
        // Its bytecode is in the third or fourth slot below the frame pointer, by version, the offset below that
        // (V8 `frame-constants.h`, InterpreterFrameConstants).
        let step = heap.width().bytes() as i64;
        let slot = |n: i64| heap.word_at(self.fp.offset(-n * step)).ok();
        [3, 4].into_iter().find_map(|n| {
            let bytecode = BytecodeArray::load(heap, slot(n)?).ok()?;
            let offset = slot(n + 1).and_then(|offset| bytecode.offset(offset.smi(heap.width())?).ok());
            Some((bytecode, offset))
        })
    }
}

/// What the symbols begin with of code that V8 compiled itself and Node is linked with.
const BUILTINS: &str = "Builtins_";

/// V8's name of the frames that even out the number of arguments.
const ADAPTOR: &str = "ArgumentsAdaptor";

/// What a JavaScript frame was called with. What could not be read is absent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arguments {
    /// The receiver.
    pub this: Option<Tagged>,
    /// The declared parameters, in order.
    pub arguments: Vec<Option<Tagged>>,
}
