//! Timers: lists of those with the same delay, by the order in which they are due.
//!
//! From Node 11 on all lists are in a heap of JavaScript's own, a PriorityQueue; before, each list has a handle.
//!
//! Knows: `lib/internal/timers.js`, `lib/timers.js`. Must not know: how a timer is shown.

use super::handle::{self, Held};
use super::members::Members;
use crate::heap::elements::{self, Element};
use crate::heap::property::PropertyValue;
use crate::heap::scan::ObjectIndex;
use crate::heap::{Heap, JsFunction, Kind, Tagged, VariableKind};
use rustc_hash::FxHashSet;

/// When a timer is due.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Timer {
    /// The delay that was asked for, in milliseconds.
    pub delay: f64,
    /// Whether it begins anew each time.
    pub repeats: bool,
    /// Whether it keeps the process alive; absent where Node keeps that elsewhere.
    pub referenced: Option<bool>,
}

/// The class of what keeps the lists in order.
const QUEUE: &str = "PriorityQueue";
/// What it calls its array, newest spelling first.
const QUEUE_ARRAYS: [&str; 2] = ["#heap", "Symbol(heap)"];
/// What it calls the number of lists in it.
const QUEUE_SIZES: [&str; 2] = ["#size", "Symbol(size)"];
/// The class of a list.
const LIST: &str = "TimersList";
/// The most timers of a list that are followed.
const MOST_TIMERS: usize = 1 << 20;

/// The timers in the queues among the objects of `index`.
pub fn queued(heap: Heap<'_>, index: &ObjectIndex) -> Vec<Held> {
    let groups = index.groups().iter();
    let queues = groups.filter(|group| index.constructor(group).is_some_and(|name| &*name == QUEUE));
    let mut queues: Vec<Tagged> = queues.flat_map(|group| index.objects(group)).collect();
    queues.sort_unstable_by_key(|queue| queue.0);
    let mut seen = FxHashSet::default();
    queues.into_iter().flat_map(|queue| lists(heap, queue)).flat_map(|list| timers(heap, list, &mut seen)).collect()
}

/// The lists in the PriorityQueue at `queue`.
fn lists(heap: Heap<'_>, queue: Tagged) -> Vec<Tagged> {
    let own = Members::of(heap, queue);
    let Some(array) = QUEUE_ARRAYS.iter().find_map(|name| own.object(name)) else { return Vec::new() };
    let Ok((_, elements)) = elements::array_elements(heap, array) else { return Vec::new() };
    let size = QUEUE_SIZES.iter().find_map(|name| own.number(name)).unwrap_or(f64::INFINITY);
    // The first element is left free.
    let filled = elements.into_iter().filter(|(at, _)| *at >= 1 && f64::from(*at) <= size);
    filled
        .filter_map(|(_, element)| match element {
            Element::Tagged(word) if heap.is(word, Kind::JsObject) && handle::class(heap, word) == LIST => Some(word),
            _ => None,
        })
        .collect()
}

/// The timers of the handle at `object`, where that is one of a list of timers.
pub fn of_handle(heap: Heap<'_>, object: Tagged) -> Vec<Held> {
    let own = Members::of(heap, object);
    let list = ["_list", "Symbol(owner_symbol)", "Symbol(owner)", "owner"].iter().find_map(|name| own.object(name));
    let list = list.unwrap_or(object);
    timers(heap, list, &mut FxHashSet::default())
}

/// The timers of the circular list at `list`, the one that is due first first.
fn timers(heap: Heap<'_>, list: Tagged, seen: &mut FxHashSet<u64>) -> Vec<Held> {
    let mut out = Vec::new();
    let own = Members::of(heap, list);
    // The one that is due first was put in first, and is the last by `_idleNext`.
    let mut next = own.object("_idlePrev");
    while let Some(item) = next.filter(|&item| item != list && out.len() < MOST_TIMERS && seen.insert(item.0)) {
        let members = Members::of(heap, item);
        out.push(timer(heap, item, &members));
        next = members.object("_idlePrev");
    }
    out
}

/// The timer at `item`: a Timeout, or (to Node 10) any object that has one.
fn timer(heap: Heap<'_>, item: Tagged, own: &Members<'_>) -> Held {
    // A delay; to Node 6 `true`, in 4 the function.
    let repeat = own.get("_repeat").is_some_and(|word| is_true(heap, word));
    let repeats = repeat || own.number("_repeat").is_some() || own.function("_repeat").is_some();
    let referenced = own.get("Symbol(refed)").map(|word| is_true(heap, word));
    let timer = Timer { delay: own.number("_idleTimeout").unwrap_or(f64::NAN), repeats, referenced };
    Held {
        object: Some(item),
        class: handle::class(heap, item),
        timer: Some(timer),
        callback: own.function("_onTimeout").map(|function| wrapped(heap, function)),
        ..Held::default()
    }
}

fn is_true(heap: Heap<'_>, word: Tagged) -> bool {
    heap.oddball_name(word).is_ok_and(|name| name == "true")
}

/// What Node calls a program's function in the closures that it wraps around it.
const WRAPPED: [&str; 2] = ["callback", "cb"];

/// The program's function that `function` of Node's own calls, or else `function` itself.
pub fn wrapped(heap: Heap<'_>, function: Tagged) -> Tagged {
    inner(heap, function).unwrap_or(function)
}

fn inner(heap: Heap<'_>, function: Tagged) -> Option<Tagged> {
    let closure = JsFunction::load(heap, function).ok()?;
    // Node's own files have no folder, or are below `node:`.
    let file = closure.shared().script().ok()?.name()?;
    if file.starts_with('/') || file.starts_with("file:") {
        return None;
    }
    let context = closure.context().ok()?;
    let scope = context.scope_info().ok()?;
    let mut found = scope
        .names(VariableKind::ContextLocal)
        .zip(context.variables())
        .filter(|(name, _)| heap.name_text(*name).is_some_and(|name| WRAPPED.contains(&name.as_str())));
    found.find_map(|(_, slot)| match context.value(slot) {
        PropertyValue::Tagged(word) if heap.is(word, Kind::JsFunction) => Some(word),
        _ => None,
    })
}
