//! Who waits for a promise: async functions at an `await`, and functions given to `then`.
//!
//! Knows: V8 `promise.tq`, PromiseReaction; the contexts that `await` makes (`builtins-async-gen.cc`), and those of the
//! functions that settle a promise (`builtins-promise-gen.cc`). Must not know: how that is shown.

use super::array::FixedArray;
use super::generator::Generator;
use super::layout::shape::{Awaits, Reactions};
use super::promise::{self, PromiseState};
use super::{Field, Heap, JsFunction, Kind, Result, Tagged};
use rustc_hash::FxHashSet;

/// What happens when a promise is settled.
#[derive(Clone, Copy, Debug)]
pub enum Waiter<'s> {
    /// An async function or generator goes on.
    Await(Generator<'s>),
    /// A function that was given to `then` is called.
    Then(JsFunction<'s>),
    /// Another promise is settled the same way.
    Promise(Tagged),
    /// Something of V8's own.
    Other,
}

/// More reactions than are followed.
const MOST_REACTIONS: usize = 10_000;

/// Who waits for the promise at `promise`, in no particular order; nobody for one that is settled.
///
/// # Errors
/// When it is no promise.
pub fn waiters(heap: Heap<'_>, promise: Tagged) -> Result<Vec<Waiter<'_>>> {
    Ok(reactions(heap, promise)?.into_iter().map(|(handler, target)| waiter(heap, handler, target)).collect())
}

/// What the promise at `promise` calls when it is fulfilled, and what is settled in turn.
fn reactions(heap: Heap<'_>, promise: Tagged) -> Result<Vec<(Tagged, Tagged)>> {
    let PromiseState::Pending(Some(first)) = promise::state(heap, promise)? else { return Ok(Vec::new()) };
    Ok(match heap.layout().shapes.promises.map(|shape| shape.reactions) {
        Some(Reactions::List) => listed(heap, first)?,
        Some(Reactions::Arrays) => {
            let handlers = alone_or_in_array(heap, heap.word(promise, Field::JsPromiseFulfill)?)?;
            handlers.into_iter().zip(alone_or_in_array(heap, heap.word(promise, Field::JsPromiseDeferred)?)?).collect()
        }
        None => Vec::new(),
    })
}

/// The reactions from `reaction` on: what each calls, and what it settles in turn.
fn listed(heap: Heap<'_>, mut reaction: Tagged) -> Result<Vec<(Tagged, Tagged)>> {
    let mut out = Vec::new();
    while heap.is(reaction, Kind::PromiseReaction) && out.len() < MOST_REACTIONS {
        out.push((heap.word(reaction, Field::ReactionFulfill)?, heap.word(reaction, Field::ReactionPromise)?));
        reaction = heap.word(reaction, Field::ReactionNext)?;
    }
    Ok(out)
}

/// What is in a field that holds a value or an array of such; nothing when it holds undefined.
fn alone_or_in_array(heap: Heap<'_>, word: Tagged) -> Result<Vec<Tagged>> {
    Ok(match heap.kind(word) {
        Ok(Some(Kind::FixedArray)) => FixedArray::load(heap, word)?.iter().take(MOST_REACTIONS).collect(),
        _ if heap.is_undefined(word) => Vec::new(),
        _ => vec![word],
    })
}

fn waiter(heap: Heap<'_>, handler: Tagged, target: Tagged) -> Waiter<'_> {
    let settles = heap.is(target, Kind::JsPromise).then_some(Waiter::Promise(target));
    if let Ok(function) = JsFunction::load(heap, handler) {
        // Only what the program gave to `then` is in a script.
        if function.shared().script().is_ok() {
            return Waiter::Then(function);
        }
        return goes_on(heap, function).or(settles).unwrap_or(Waiter::Then(function));
    }
    // V8 12 and later make no closures for an `await`: the function that waits is there itself.
    let generator = [handler, target].into_iter().find_map(|word| Generator::load(heap, word).ok());
    generator.map(Waiter::Await).or(settles).unwrap_or(Waiter::Other)
}

/// What goes on when the builtin `function` is called: the function that waits, of closures that `await` makes, or a
/// promise, of the functions that settle one. Either is in a context that is made for the closure.
fn goes_on<'s>(heap: Heap<'s>, function: JsFunction<'s>) -> Option<Waiter<'s>> {
    let context = heap.word(function.word(), Field::JsFunctionContext).ok()?;
    let context = FixedArray::load(heap, context).ok()?;
    let index = |field| usize::try_from(heap.layout().find(field)?).ok();
    let generator = context.get(index(Field::AwaitGenerator)?)?;
    if let Ok(generator) = Generator::load(heap, generator) {
        return Some(Waiter::Await(generator));
    }
    let first = index(Field::ContextMinSlots)?;
    let mut own = (first..context.len().min(first + MOST_SLOTS)).filter_map(|at| context.get(at));
    own.find(|&word| heap.is(word, Kind::JsPromise)).map(Waiter::Promise)
}

/// More slots than the context has of a function that settles a promise (V8 `PromiseBuiltins::PromiseResolvingFunctionContextSlot`).
const MOST_SLOTS: usize = 4;

/// Those of the pending `promises` that are not V8's own alone: each `await` has one between itself and its operand where
/// the layout says so, and one that nobody waits for.
pub fn without_wrappers(heap: Heap<'_>, promises: Vec<Tagged>) -> Vec<Tagged> {
    if heap.layout().shapes.promises.is_none_or(|shape| shape.awaits != Awaits::Wrapped) {
        return promises;
    }
    let (mut settled, mut wrappers, mut left_out) = (FxHashSet::default(), Vec::new(), FxHashSet::default());
    for &promise in &promises {
        for (handler, target) in reactions(heap, promise).unwrap_or_default() {
            match waiter(heap, handler, target) {
                Waiter::Promise(next) => drop(settled.insert(next)),
                Waiter::Await(_) => {
                    wrappers.push(promise);
                    left_out.insert(target);
                }
                Waiter::Then(_) | Waiter::Other => {}
            }
        }
    }
    // That of a value that is no promise, or no longer, is all that there is.
    left_out.extend(wrappers.into_iter().filter(|promise| settled.contains(promise)));
    promises.into_iter().filter(|promise| !left_out.contains(promise)).collect()
}

/// The most functions that a chain of `await`s is followed through.
const MOST_CALLERS: usize = 64;

/// The async functions that wait for `first`, one for the other: its caller, the caller's caller, ...
pub fn callers<'s>(heap: Heap<'s>, first: Generator<'s>) -> Vec<Generator<'s>> {
    let mut out: Vec<Generator<'s>> = Vec::new();
    let mut at = first;
    while out.len() < MOST_CALLERS {
        let Some(caller) = caller(heap, at) else { break };
        if caller.word() == first.word() || out.iter().any(|known| known.word() == caller.word()) {
            break;
        }
        out.push(caller);
        at = caller;
    }
    out
}

/// The async function that waits for the promise of `generator`.
fn caller<'s>(heap: Heap<'s>, generator: Generator<'s>) -> Option<Generator<'s>> {
    awaiter(heap, generator.promise().ok()?)
}

/// The async function that waits for `promise`, itself or by promises in between.
pub fn awaiter(heap: Heap<'_>, promise: Tagged) -> Option<Generator<'_>> {
    let mut left = vec![promise];
    let mut seen = Vec::new();
    while let Some(promise) = left.pop() {
        if seen.len() > MOST_CALLERS {
            break;
        }
        if seen.contains(&promise) {
            continue;
        }
        seen.push(promise);
        for waiter in waiters(heap, promise).unwrap_or_default() {
            match waiter {
                Waiter::Await(generator) => return Some(generator),
                Waiter::Promise(next) => left.push(next),
                Waiter::Then(_) | Waiter::Other => {}
            }
        }
    }
    None
}
