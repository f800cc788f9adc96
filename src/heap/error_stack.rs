//! The stack that an error keeps: where it was made.
//!
//! Knows: V8 `call-site-info.tq`, `frame-array.h`, to 5.x `messages.js`, and what holds them by version. Must not know: live
//! stacks (`frame`).

use super::array::FixedArray;
use super::bytecode::BytecodeArray;
use super::layout::code_shape::PlacesFrom;
use super::layout::shape::{CallSites, FlatFrames, StackHolder};
use super::property::{Key, PropertyValue};
use super::script::Place;
use super::{Code, Field, Heap, JsFunction, Kind, Tagged, object};

/// What an error keeps of where it was made.
#[derive(Clone, Debug)]
pub enum ErrorStack<'s> {
    /// The text that the program was given when it asked for it: the word of a string.
    Text(Tagged),
    /// Frames, innermost first.
    Frames(Vec<ErrorFrame<'s>>),
}

/// A frame of an error's stack.
#[derive(Clone, Copy, Debug)]
pub struct ErrorFrame<'s> {
    /// The function.
    pub function: JsFunction<'s>,
    /// Where in its script it was; absent where that cannot be told.
    pub place: Option<Place>,
}

/// More frames than are read (V8 keeps ten unless told otherwise).
const MOST_FRAMES: usize = 200;

/// What the object at `error` keeps, an error or whatever `Error.captureStackTrace` was called with; absent for any other.
pub fn stack(heap: Heap<'_>, error: Tagged) -> Option<ErrorStack<'_>> {
    let shapes = &heap.layout().shapes;
    match shapes.stack_holder {
        StackHolder::Getter => by_getter(heap, error, shapes.call_sites),
        StackHolder::Symbol => by_symbol(heap, error, shapes.call_sites),
    }
}

/// What a private symbol of `error` keeps.
fn by_symbol(heap: Heap<'_>, error: Tagged, sites: CallSites) -> Option<ErrorStack<'_>> {
    let own = object::all_properties(heap, error).ok()?;
    // Its name differs by version: what it holds tells it.
    let mut values = own.list.iter().filter_map(|property| match (property.key, property.value) {
        (Key::Name(name), PropertyValue::Tagged(word)) if heap.is(name, Kind::Symbol) => {
            (heap.is_private_symbol(name) && !heap.is_private_name(name)).then_some(word)
        }
        _ => None,
    });
    values.find_map(|word| held(heap, word, sites))
}

/// What the getter of the stack of `error` closes over (V8 3.14 `messages.js`, DefineOneShotAccessor): the text, or until
/// somebody asks for that, a function over the frames.
fn by_getter(heap: Heap<'_>, error: Tagged, sites: CallSites) -> Option<ErrorStack<'_>> {
    let PropertyValue::Accessor { getter, .. } = object::named(heap, error, "stack").ok()?? else { return None };
    let getter = JsFunction::load(heap, getter).ok()?;
    if getter.shared().script().ok()?.name()? != OWN_SCRIPT {
        return None;
    }
    let closed_over: Vec<Tagged> = getter.context().ok()?.variables().take(MOST_VARIABLES).collect();
    let text = closed_over.iter().find(|&&word| heap.is(word, Kind::String));
    text.map(|&word| ErrorStack::Text(word)).or_else(|| {
        closed_over.into_iter().find_map(|word| {
            let format = JsFunction::load(heap, word).ok()?.context().ok()?;
            format.variables().take(MOST_VARIABLES).find_map(|word| held(heap, word, sites))
        })
    })
}

/// V8's own script that defines errors, to 3.14.
const OWN_SCRIPT: &str = "native messages.js";

/// More variables than a function of that script closes over.
const MOST_VARIABLES: usize = 8;

/// What `word`, which an error keeps, holds of a stack.
fn held<'s>(heap: Heap<'s>, word: Tagged, sites: CallSites) -> Option<ErrorStack<'s>> {
    match heap.kind(word).ok()?? {
        Kind::String => Some(ErrorStack::Text(word)),
        // Frames, or the text made from them, are its first field (V8 `error-stack-data.tq`).
        Kind::ErrorStackData => held(heap, heap.word_at(field(heap, word, 1)).ok()?, sites),
        // To 6.8 the array is that of a JSArray's elements.
        Kind::JsArray => held(heap, heap.word(word, Field::JsObjectElements).ok()?, sites),
        Kind::FixedArray => {
            let array = FixedArray::load(heap, word).ok()?;
            let frames = frames(heap, &array, sites);
            (!frames.is_empty()).then_some(ErrorStack::Frames(frames))
        }
        _ => None,
    }
}

/// The address of field `index`, in words, of `object`.
fn field(heap: Heap<'_>, object: Tagged, index: usize) -> crate::image::Addr {
    object.untagged().offset((index as u64 * heap.width().bytes()) as i64)
}

fn frames<'s>(heap: Heap<'s>, array: &FixedArray<'s>, sites: CallSites) -> Vec<ErrorFrame<'s>> {
    match sites {
        CallSites::Flat(shape) => flat(heap, array, shape),
        CallSites::ByReference(shape) => {
            let flat_array = array.iter().find_map(|frame| {
                heap.is(frame, Kind::CallSiteInfo).then_some(())?;
                FixedArray::load(heap, heap.word_at(field(heap, frame, 1)).ok()?).ok()
            });
            flat_array.map_or_else(Vec::new, |flat_array| flat(heap, &flat_array, shape))
        }
        CallSites::Objects { function, code, offset } => {
            let sites = array.iter().take(MOST_FRAMES).filter(|&site| heap.is(site, Kind::CallSiteInfo));
            sites
                .filter_map(|site| {
                    let word = |index| heap.word_at(field(heap, site, index)).ok();
                    frame(heap, word(function)?, word(code)?, word(offset)?)
                })
                .collect()
        }
    }
}

fn flat<'s>(heap: Heap<'s>, array: &FixedArray<'s>, shape: FlatFrames) -> Vec<ErrorFrame<'s>> {
    let starts = (shape.header..array.len()).step_by(shape.stride.max(1)).take(MOST_FRAMES);
    let word = |start: usize, index: usize| array.get(start + index);
    starts
        .filter_map(|start| {
            frame(heap, word(start, shape.function)?, word(start, shape.code)?, word(start, shape.offset)?)
        })
        .collect()
}

fn frame<'s>(heap: Heap<'s>, function: Tagged, code: Tagged, offset: Tagged) -> Option<ErrorFrame<'s>> {
    let function = JsFunction::load(heap, function).ok()?;
    let bytecode = BytecodeArray::load(heap, code).or_else(|_| {
        // What V8 trusts, bytecode among it, is behind a wrapper where what it does not trust refers to it.
        heap.word_at(field(heap, code, 1)).and_then(|inner| BytecodeArray::load(heap, inner))
    });
    let offset = offset.smi(heap.width());
    let position = match bytecode {
        Ok(bytecode) => offset.and_then(|offset| bytecode.position(offset).ok().flatten()),
        Err(_) => Code::load(heap, code).ok().and_then(|code| {
            let start = match heap.layout().shapes.code.places {
                PlacesFrom::Code => code.word().untagged(),
                PlacesFrom::Instructions => code.instructions().ok()?.start,
            };
            code.position_before(start.offset(offset?)).ok().flatten()
        }),
    };
    let place = position.and_then(|position| function.shared().script().ok()?.place(position));
    Some(ErrorFrame { function, place })
}

impl ErrorFrame<'_> {
    /// As V8 would begin a line for it: `at f (file line 3 column 5)`.
    pub fn text(&self) -> String {
        let shared = self.function.shared();
        let file = shared.script().ok().and_then(|script| script.name());
        let place = match (file, self.place) {
            (Some(file), Some(place)) => format!(" ({file} {place})"),
            (Some(file), None) => format!(" ({file})"),
            (None, _) => String::new(),
        };
        format!("at {}{place}", shared.name())
    }
}
