//! Optimized code: which functions run in a frame of it, those inlined included, where each is, and with what.
//!
//! Knows: V8 `deoptimization-data.h` (once `DeoptimizationInputData`), the slots of such frames. Must not know: how a
//! translation is written (`translation`).

use super::array::{WordSlice, byte_array};
use super::bytecode::{place_in, source_place};
use super::code::Code;
use super::frame::{Arguments, MAX_PARAMETERS};
use super::layout::code_shape::{DeoptimizationShape, Exits, SlotOrder};
use super::safepoint::translation;
use super::translation::{At, Slot, TranslatedFrame, frames};
use super::{Error, Field, Heap, JsFunction, Kind, Result, SharedFunctionInfo, Tagged};
use crate::image::Addr;

/// A function that runs in a frame of optimized code.
#[derive(Clone, Debug)]
pub struct Activation<'s> {
    /// What it has in common with the other closures of its source.
    pub shared: SharedFunctionInfo<'s>,
    /// Whether V8 inlined it into the function that the frame is of.
    pub is_inlined: bool,
    /// The closure; absent when it is nowhere in memory.
    pub function: Option<JsFunction<'s>>,
    /// Where in its script it is, in characters; absent when that is not told.
    pub position: Option<i64>,
    /// Whether that is only near where it is: V8 moves what a line does out of loops, and shares it between lines.
    pub is_near: bool,
    /// What it was called with; what is nowhere in memory is absent.
    pub arguments: Arguments,
}

/// More literals and entries than an optimized function has.
const MOST_WORDS: i64 = 1 << 22;

/// The functions in the frame at `fp`, whose code goes on at `pc`, the outermost first; none when `code` is not
/// optimized, or notes nothing of that place.
pub fn activations<'s>(heap: Heap<'s>, code: Code<'s>, pc: Addr, fp: Addr) -> Vec<Activation<'s>> {
    let shape = heap.layout().shapes.code.deoptimization;
    let Some(found) = noted(heap, code, pc, shape) else { return Vec::new() };
    let frame = OptimizedFrame { heap, fp, literals: found.literals, shape };
    let activations: Option<Vec<_>> = found.frames.iter().map(|translated| frame.activation(translated)).collect();
    activations.unwrap_or_default()
}

/// The functions that the instruction of optimized `code` at `pc` was made for, the outermost first, which is `outermost`:
/// what code tells where nothing calls, and so nothing is noted of how V8 would go on. None when it does not tell.
pub fn nearby<'s>(heap: Heap<'s>, code: Code<'s>, pc: Addr, outermost: SharedFunctionInfo<'s>) -> Vec<Activation<'s>> {
    let mut activations = inlined_nearby(heap, code, pc, outermost).unwrap_or_default();
    activations.reverse();
    activations
}

/// More calls in each other than V8 inlines.
const MOST_INLINED: usize = 64;

fn inlined_nearby<'s>(
    heap: Heap<'s>,
    code: Code<'s>,
    pc: Addr,
    outermost: SharedFunctionInfo<'s>,
) -> Option<Vec<Activation<'s>>> {
    let shapes = &heap.layout().shapes;
    let offset = i64::try_from(pc.0.checked_sub(code.instructions().ok()?.start.0)?).ok()?;
    let table = byte_array(heap, heap.word(code.word(), Field::CodePositions).ok()?).ok()?;
    let mut place = place_in(&table, shapes.positions, offset)?;
    let data = words(heap, heap.word(code.word(), Field::CodeDeoptimizationData).ok()?).ok()?;
    let calls = byte_array(heap, data.get(shapes.code.deoptimization.inlinings?)?).ok()?;
    let literals = words(heap, data.get(shapes.code.deoptimization.literals)?).ok()?;
    let activation = |shared, is_inlined, position| Activation {
        shared,
        is_inlined,
        function: None,
        position: Some(position),
        is_near: true,
        arguments: Arguments { this: None, arguments: Vec::new() },
    };
    let mut out = Vec::new();
    while let Some(call) = place.inlined.checked_sub(1) {
        // V8 `InliningPosition`: where the call is, and the number of the function.
        let entry = calls.get(call.checked_mul(16)?..)?.get(..12)?;
        let function = literals.get(u32::from_le_bytes(entry[8..].try_into().ok()?) as usize)?;
        out.push(activation(SharedFunctionInfo::load(heap, strong(function)).ok()?, true, place.position));
        if out.len() > MOST_INLINED {
            return None;
        }
        place = source_place(i64::from_le_bytes(entry[..8].try_into().ok()?), shapes.positions)?;
    }
    out.push(activation(outermost, false, place.position));
    Some(out)
}

/// `word`, whether it is a weak reference or not: that has its second bit set as well (V8 `HeapObjectReference`).
fn strong(word: Tagged) -> Tagged {
    if word.0 & 3 == 3 { Tagged(word.0 & !2) } else { word }
}

/// Whether `code` is optimized: then what it keeps begins with translations.
pub fn is_optimized(heap: Heap<'_>, code: Code<'_>) -> bool {
    let data = heap.word(code.word(), Field::CodeDeoptimizationData).and_then(|data| words(heap, data));
    let first = data.ok().and_then(|data| data.get(heap.layout().shapes.code.deoptimization.translations));
    first.is_some_and(|word| heap.is(word, Kind::ByteArray))
}

/// What code notes of one call.
struct Noted<'s> {
    frames: Vec<TranslatedFrame>,
    literals: WordSlice<'s>,
}

fn noted<'s>(heap: Heap<'s>, code: Code<'s>, pc: Addr, shape: DeoptimizationShape) -> Option<Noted<'s>> {
    let data = words(heap, heap.word(code.word(), Field::CodeDeoptimizationData).ok()?).ok()?;
    let translations = byte_array(heap, data.get(shape.translations)?).ok()?;
    let offset = pc.0.checked_sub(code.instructions().ok()?.start.0)?;
    let smi = |at: usize| data.get(at)?.smi(heap.width());
    let number = |at: usize| u64::try_from(smi(at)?).ok();
    let by_number = |entry: usize| entry.checked_mul(shape.entry)?.checked_add(shape.first);
    let by_exit = || {
        let Exits { start, size } = shape.exits?;
        let beyond = offset.checked_sub(number(start)?)?;
        by_number(usize::try_from(beyond / size).ok().filter(|_| beyond % size == 0)?)
    };
    let mut entries = (shape.first..data.len()).step_by(shape.entry.max(1));
    let entry = translation(heap, code, offset)
        .and_then(by_number)
        .or_else(|| entries.find(|entry| entry.checked_add(shape.pc).and_then(number) == Some(offset)))
        .or_else(by_exit)?;
    let index = usize::try_from(smi(entry.checked_add(shape.index)?)?).ok()?;
    let frames = frames(&translations, index, shape.written, &heap.layout().compiled.opcodes);
    Some(Noted { frames, literals: words(heap, data.get(shape.literals)?).ok()? })
}

/// The words of an array of any kind that is laid out as a FixedArray is.
fn words(heap: Heap<'_>, array: Tagged) -> Result<WordSlice<'_>> {
    let length = heap.smi(array, Field::FixedArrayLength)?;
    if !(0..MOST_WORDS).contains(&length) {
        return Err(Error::Implausible { addr: array.addr(), what: "length of an array", value: length });
    }
    WordSlice::load(heap, heap.place(array, Field::FixedArrayData)?, length as usize)
}

/// A frame of optimized code.
struct OptimizedFrame<'s> {
    heap: Heap<'s>,
    fp: Addr,
    literals: WordSlice<'s>,
    shape: DeoptimizationShape,
}

impl<'s> OptimizedFrame<'s> {
    fn activation(&self, translated: &TranslatedFrame) -> Option<Activation<'s>> {
        let named = match translated.function {
            Some(index) => self.literal(index)?,
            None => self.value(Slot::Function)?,
        };
        let mut values = translated.values.iter().copied();
        // The literal is the closure to 4.2, what closures have in common since; then the closure is a value.
        let (shared, function) = if self.heap.is(named, Kind::JsFunction) {
            let function = JsFunction::load(self.heap, named).ok()?;
            (function.shared(), Some(function))
        } else {
            let shared = SharedFunctionInfo::load(self.heap, named).ok()?;
            let closure = values.next().and_then(|slot| self.value(slot));
            (shared, closure.and_then(|closure| JsFunction::load(self.heap, closure).ok()))
        };
        let position = match translated.at {
            At::Bytecode(offset) => shared.bytecode().and_then(|bytecode| bytecode.position(offset).ok().flatten()),
            At::Expression(id) => self.position_of(shared, id),
            At::Builtin => None,
        };
        let count = match translated.at {
            At::Builtin => 0,
            _ => shared.parameter_count().ok().flatten().unwrap_or(0).min(MAX_PARAMETERS),
        };
        let this = values.next().filter(|_| translated.at != At::Builtin).and_then(|slot| self.value(slot));
        let arguments = values.take(count).map(|slot| self.value(slot)).collect();
        let arguments = Arguments { this, arguments };
        Some(Activation { shared, is_inlined: true, function, position, is_near: false, arguments })
    }

    fn literal(&self, index: usize) -> Option<Tagged> {
        self.literals.get(index).map(strong)
    }

    fn value(&self, slot: Slot) -> Option<Tagged> {
        match slot {
            Slot::Slot(index) => self.heap.word_at(self.slot(index)?).ok(),
            Slot::IntSlot(index) => {
                let int = self.heap.space().u32(self.slot(index)?).ok()? as i32;
                Tagged::from_smi(int.into(), self.heap.width())
            }
            Slot::Literal(index) => self.literal(usize::try_from(index).ok()?),
            Slot::Function => self.heap.word_at(self.fp.offset(self.heap.layout().find(Field::FrameFunction)?)).ok(),
            Slot::Unknown => None,
        }
    }

    /// Where slot `index` of the frame lies: downwards, from -1, the argument that lies next to it.
    fn slot(&self, index: i64) -> Option<Addr> {
        let below = match self.shape.slots {
            SlotOrder::FromLocals if index >= 0 => index.checked_add(3)?,
            SlotOrder::FromLocals | SlotOrder::FromCaller => index.checked_sub(1)?,
        };
        Some(self.fp.offset(below.checked_neg()?.checked_mul(self.heap.width().bytes() as i64)?))
    }

    /// Where the expression called `id` is in the full code of `shared`: that notes where it goes on behind it (V8
    /// `DeoptimizationOutputData`).
    fn position_of(&self, shared: SharedFunctionInfo<'s>, id: i64) -> Option<i64> {
        let code = shared.code().ok()?;
        let data = words(self.heap, self.heap.word(code.word(), Field::CodeDeoptimizationData).ok()?).ok()?;
        let smi = |at: usize| data.get(at)?.smi(self.heap.width());
        let entry = (0..data.len()).step_by(2).find(|&entry| smi(entry) == Some(id))?;
        // The lowest bit tells whether a register has a value (V8 `FullCodeGenerator::PcField`).
        let offset = smi(entry + 1)? >> 1;
        code.position_before(code.instructions().ok()?.start.offset(offset)).ok().flatten()
    }
}
