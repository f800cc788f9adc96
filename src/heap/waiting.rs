//! Who waits for a promise: async functions at an `await`, and functions given to `then`.
//!
//! Knows: V8 `promise.tq`, PromiseReaction; the contexts that `await` makes (`builtins-async-gen.cc`). Must not know: how
//! that is shown.

use super::array::FixedArray;
use super::generator::Generator;
use super::promise::{self, PromiseState};
use super::{Field, Heap, JsFunction, Kind, Result, Tagged};

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
    let PromiseState::Pending(Some(mut reaction)) = promise::state(heap, promise)? else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    while heap.is(reaction, Kind::PromiseReaction) && out.len() < MOST_REACTIONS {
        out.push(waiter(heap, reaction)?);
        reaction = heap.word(reaction, Field::ReactionNext)?;
    }
    Ok(out)
}

fn waiter(heap: Heap<'_>, reaction: Tagged) -> Result<Waiter<'_>> {
    let handler = heap.word(reaction, Field::ReactionFulfill)?;
    if let Ok(function) = JsFunction::load(heap, handler) {
        return Ok(match awaiting(heap, function) {
            Some(generator) => Waiter::Await(generator),
            None => Waiter::Then(function),
        });
    }
    let target = heap.word(reaction, Field::ReactionPromise)?;
    // V8 12 and later make no closures for an `await`: the function that waits is there itself.
    if let Some(generator) = [handler, target].into_iter().find_map(|word| Generator::load(heap, word).ok()) {
        return Ok(Waiter::Await(generator));
    }
    Ok(if heap.is(target, Kind::JsPromise) { Waiter::Promise(target) } else { Waiter::Other })
}

/// The function that goes on when the closure `function` is called: `await` makes such closures, over a context of
/// their own.
fn awaiting<'s>(heap: Heap<'s>, function: JsFunction<'s>) -> Option<Generator<'s>> {
    let context = heap.word(function.word(), Field::JsFunctionContext).ok()?;
    let slot = usize::try_from(heap.layout().find(Field::AwaitGenerator)?).ok()?;
    // Only builtins have a context without a scope of the program's: theirs is all that is asked for.
    let generator = FixedArray::load(heap, context).ok()?.get(slot)?;
    function.shared().script().is_err().then_some(())?;
    Generator::load(heap, generator).ok()
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

/// The async function that waits for the promise of `generator`, itself or by promises in between.
fn caller<'s>(heap: Heap<'s>, generator: Generator<'s>) -> Option<Generator<'s>> {
    let mut left = vec![generator.promise().ok()?];
    let mut seen = Vec::new();
    while let Some(promise) = left.pop() {
        if seen.len() > MOST_CALLERS || seen.contains(&promise) {
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
