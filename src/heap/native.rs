//! Native contexts: one for each global object, found by a pass over memory, and what the embedder keeps in them.
//!
//! Knows: V8 `contexts.h`, class NativeContext. Must not know: what the embedder's words mean (see `node`).

use super::array::FixedArray;
use super::kinds::{Facts, Kinds};
use super::pass;
use super::words::{Chunk, Pattern};
use super::{Error, Field, Heap, InstanceType, Kind, Progress, Result, Tagged};
use crate::image::space::Window;
use crate::image::{Addr, Content};

/// How a native context is told from other arrays.
#[derive(Clone, Copy, Debug)]
enum Mark {
    /// By a type of its own.
    Type(InstanceType),
    /// By a slot that leads to the native context: in one, to itself.
    Slot(i64),
}

impl Mark {
    fn of(heap: Heap<'_>) -> Result<Mark> {
        let layout = heap.layout();
        let native = layout.metadata.types.iter().find(|(class, _)| class == "NativeContext");
        match native {
            Some(&(_, value)) => Ok(Mark::Type(InstanceType(value))),
            None => {
                let slot = layout.get(Field::ContextNative)? * heap.width().bytes() as i64;
                Ok(Mark::Slot(layout.get(Field::FixedArrayData)? + slot))
            }
        }
    }

    fn is_on(self, heap: Heap<'_>, context: Tagged) -> bool {
        match self {
            Mark::Type(wanted) => heap.instance_type(context).is_ok_and(|found| found == wanted),
            Mark::Slot(offset) => heap.word_at(context.untagged().offset(offset)).is_ok_and(|word| word == context),
        }
    }
}

/// The native contexts in memory, in the order of their addresses.
///
/// # Errors
/// When the layout does not tell them, or the pass is cancelled.
pub fn native_contexts(heap: Heap<'_>, progress: &Progress) -> Result<Vec<Tagged>> {
    let (mark, facts, words) = (Mark::of(heap)?, Facts::new(heap)?, heap.words());
    let chunks = words.chunks(|region| !region.of_file && matches!(region.content, Content::Anon | Content::Heap));
    progress.begin(chunks.iter().map(Chunk::size).sum());
    let worker = || (Kinds::new(&words, &facts), Window::default());
    let (found, _) = pass::run(&chunks, worker, |(kinds, window), chunk| {
        let mut found = Vec::new();
        chunk.matching(words.width(), Pattern::TAGGED, window, |addr, map| {
            let object = Tagged(addr | 1);
            if kinds.by_map(map).flatten() == Some(Kind::FixedArray) && mark.is_on(heap, object) {
                found.push(object);
            }
            Ok::<(), Error>(())
        })?;
        progress.advance(chunk.size())?;
        Ok(found)
    })?;
    Ok(found.concat())
}

/// The embedder's word in slot `index` of the native context at `context`.
///
/// # Errors
/// When the layout does not tell where these are, or there are not so many.
pub fn embedder_word(heap: Heap<'_>, context: Tagged, index: i64) -> Result<u64> {
    let layout = heap.layout();
    let place = match layout.find(Field::NativeContextEmbedderData) {
        Some(_) => heap.place(context, Field::NativeContextEmbedderData)?,
        None => slot(heap, context, layout.get(Field::ContextEmbedderData)?)?,
    };
    let data = heap.word_at(place)?;
    if let Ok(array) = FixedArray::load(heap, data) {
        let word = usize::try_from(index).ok().and_then(|index| array.get(index));
        return word.map(|word| word.0).ok_or(too_short(data, index));
    }
    // An EmbedderDataArray (V8 `embedder-data-array.h`): it begins as a FixedArray does.
    if !(0..heap.smi(data, Field::FixedArrayLength)?).contains(&index) {
        return Err(too_short(data, index));
    }
    Ok(heap.word_at(slot(heap, data, index)?)?.0)
}

fn slot(heap: Heap<'_>, array: Tagged, index: i64) -> Result<Addr> {
    Ok(heap.place(array, Field::FixedArrayData)?.offset(index.saturating_mul(heap.width().bytes() as i64)))
}

fn too_short(data: Tagged, value: i64) -> Error {
    Error::Implausible { addr: data.addr(), what: "slot of embedder data", value }
}
