//! The stack that an error keeps: where it was made.
//!
//! Knows: V8 `call-site-info.tq`, `frame-array.h`, and what holds them by version. Must not know: live stacks (`frame`).

use super::array::FixedArray;
use super::bytecode::BytecodeArray;
use super::layout::shape::{CallSites, FlatFrames};
use super::property::{Key, PropertyValue};
use super::script::Place;
use super::{Field, Heap, JsFunction, Kind, Tagged, object};

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

/// What the error at `error` keeps; absent when nothing is found, as for an object that is no error.
pub fn stack(heap: Heap<'_>, error: Tagged) -> Option<ErrorStack<'_>> {
    let sites = heap.layout().shapes.call_sites?;
    let own = object::all_properties(heap, error).ok()?;
    // It is the value of a private symbol, whose name differs by version: what it holds tells it.
    let mut values = own.list.iter().filter_map(|property| match (property.key, property.value) {
        (Key::Name(name), PropertyValue::Tagged(word)) if heap.is(name, Kind::Symbol) => {
            heap.is_private_symbol(name).then_some(word)
        }
        _ => None,
    });
    values.find_map(|word| held(heap, word, sites))
}

/// What `word`, the value of a private symbol of an error, holds of a stack.
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
    // Of compiled code the offset is one of machine instructions.
    let bytecode = BytecodeArray::load(heap, code).or_else(|_| {
        // What V8 trusts, bytecode among it, is behind a wrapper where what it does not trust refers to it.
        heap.word_at(field(heap, code, 1)).and_then(|inner| BytecodeArray::load(heap, inner))
    });
    let position = bytecode.ok().and_then(|bytecode| {
        let offset = offset.smi(heap.width())?;
        bytecode.position(offset).ok().flatten()
    });
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

/// Whether the object at `word` is an error, of which a stack may be kept.
pub fn is_error(heap: Heap<'_>, word: Tagged) -> bool {
    let class = heap.instance_type(word).ok().and_then(|t| heap.layout().type_name(t));
    class == Some("JSError") && heap.word(word, Field::JsObjectProperties).is_ok()
}
