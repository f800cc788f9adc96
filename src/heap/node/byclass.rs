//! Handles and requests by the class of their JavaScript objects, for Nodes that do not say where their lists are.
//!
//! An object leads to its C++ object by its first internal field, and is led back to from there: by that those are told
//! that were closed or answered. Of 0.10's requests nothing leads back.
//!
//! Knows: `base_object.h`, `handle_wrap.h`, `req_wrap.h` of Node 0.10 to 6. Must not know: how they are shown.

use super::handle::{self, Held};
use super::{Wrap, object_of};
use crate::heap::names::Label;
use crate::heap::scan::ObjectIndex;
use crate::heap::{Field, Heap, Kind, Tagged};
use crate::image::{Addr, Width};

/// The classes of handles.
const HANDLES: &[&str] = &["FSEvent", "Pipe", "Process", "Signal", "StatWatcher", "TCP", "TTY", "Timer", "UDP"];
/// The classes of requests.
const REQUESTS: &[&str] = &[
    "FSReqWrap",
    "GetAddrInfoReqWrap",
    "GetNameInfoReqWrap",
    "PipeConnectWrap",
    "QueryReqWrap",
    "SendWrap",
    "ShutdownWrap",
    "TCPConnectWrap",
    "WriteWrap",
];
/// In 0.10 requests are ordinary objects; what tells them is the property that is called in the end.
const COMPLETION: &str = "oncomplete";

/// The handles among the objects of `index`.
pub fn handles(heap: Heap<'_>, index: &ObjectIndex) -> Vec<Held> {
    let wraps = of_classes(index, HANDLES).into_iter().filter_map(|object| wrap(heap, object));
    wraps.flat_map(|wrap| handle::handles(heap, wrap)).collect()
}

/// The requests among them.
pub fn requests(heap: Heap<'_>, index: &ObjectIndex) -> Vec<Held> {
    let wraps = of_classes(index, REQUESTS).into_iter().filter_map(|object| wrap(heap, object));
    wraps.map(|wrap| handle::request(heap, wrap)).chain(plain_requests(heap, index)).collect()
}

/// Ordinary objects that are requests.
fn plain_requests(heap: Heap<'_>, index: &ObjectIndex) -> Vec<Held> {
    let Some(label) = index.names().find(COMPLETION).map(Label::name) else { return Vec::new() };
    let groups = index.groups().iter().filter(|group| !group.is_garbage() && group.labels().contains(&label));
    let objects = sorted(groups.flat_map(|group| index.objects(group)));
    let held = objects.into_iter().map(|object| {
        let mut held = Held { object: Some(object), class: handle::class(heap, object), ..Held::default() };
        handle::tell_request(heap, object, &mut held);
        held
    });
    held.filter(|held| held.class == "Object" && held.callback.is_some()).collect()
}

fn of_classes(index: &ObjectIndex, classes: &[&str]) -> Vec<Tagged> {
    let groups = index.groups().iter();
    let wanted = groups.filter(|group| index.constructor(group).is_some_and(|name| classes.contains(&&*name)));
    sorted(wanted.flat_map(|group| index.objects(group)))
}

fn sorted(objects: impl Iterator<Item = Tagged>) -> Vec<Tagged> {
    let mut objects: Vec<Tagged> = objects.collect();
    objects.sort_unstable_by_key(|object| object.0);
    objects
}

/// The C++ object of the JavaScript object at `object`; absent when that was closed.
fn wrap(heap: Heap<'_>, object: Tagged) -> Option<Wrap> {
    let pointer = heap.width().bytes() as i64;
    // V8 `objects.h`: internal fields follow the header of a JSObject, which ends with its elements.
    let field = heap.place(object, Field::JsObjectElements).ok()?.offset(pointer);
    let word = heap.word_at(field).ok()?;
    // `handle_wrap.h` of 0.10, `base_object.h`: the handle comes first, or follows the table of virtual functions.
    let leads_back = |&addr: &Addr| [pointer, 0].into_iter().any(|at| object_of(heap, addr, at) == Some(object));
    let addr = pointers(heap, word).into_iter().flatten().find(leads_back)?;
    Some(Wrap { addr, object: Some(object) })
}

/// How far V8 3.14 shifts a pointer on 64 bits to make it a Smi (`api.cc`, EncodeAsSmi: alignment is
/// dropped, what is left is the value of the Smi).
const SMI_SHIFT: u32 = 29;

/// What the internal field `word` may point to: it is a pointer, one made a Smi, or an object that has the pointer.
fn pointers(heap: Heap<'_>, word: Tagged) -> [Option<Addr>; 3] {
    let foreign = heap.is(word, Kind::Foreign).then(|| {
        let place = word.untagged().offset(heap.width().bytes() as i64);
        heap.space().word(place).ok().map(Addr)
    });
    let shifted = heap.width() == Width::W64 && !word.is_object();
    [Some(Addr(word.0)), shifted.then_some(Addr(word.0 >> SMI_SHIFT)), foreign.flatten()]
}
