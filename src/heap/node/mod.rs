//! Node's Environments: one for each thread that runs JavaScript, with lists of its active handles and requests.
//!
//! Node fills in where things are when it starts (`node_postmortem_metadata.cc`, from Node 8 on): ints called `nodedbg_`.
//!
//! Knows: those names, `env.h`, `base_object.h`, `util.h` ListNode. Must not know: what a handle is for (`handle`).

pub mod byclass;
pub mod handle;
pub mod members;
pub mod timer;
pub mod uptime;
pub mod uv;
pub mod worker;

use super::{Heap, Tagged, native};
use crate::image::{Addr, Image};

/// The most members of a list that are followed.
const MOST_WRAPS: usize = 1 << 20;

/// Which list of an Environment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum List {
    /// What stays open until it is closed: HandleWraps.
    Handles,
    /// What ends with its answer: ReqWraps.
    Requests,
}

/// Where a list is, and where its links are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ListPlaces {
    /// Of the list's own link in an Environment.
    head: i64,
    /// Of the pointer to the next link in a link.
    next: i64,
    /// Of the link in a member of the list.
    link: i64,
}

/// Where Node keeps things.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places {
    /// The slot of a context's embedder data that leads to the Environment.
    slot: i64,
    /// Of a wrap's handle to its JavaScript object.
    object: i64,
    handles: ListPlaces,
    requests: ListPlaces,
}

impl Places {
    /// What the symbols of `image` tell; absent before Node 8, and where their values were not saved.
    pub fn of_image(image: &Image) -> Option<Places> {
        let int = |name: &str| {
            let symbol = image.symbols.lookup(&format!("nodedbg_{name}"))?;
            Some(i64::from(image.space.u32(symbol.addr).ok()? as i32))
        };
        let slot = int("const_ContextEmbedderIndex__kEnvironment__int")
            .or_else(|| int("const_Environment__kContextEmbedderDataIndex__int"))?;
        let object = int("offset_BaseObject__persistent_handle___v8_Persistent_v8_Object")?;
        let handles = ListPlaces {
            head: int("offset_Environment__handle_wrap_queue___Environment_HandleWrapQueue")?
                + int("offset_Environment_HandleWrapQueue__head___ListNode_HandleWrap")?,
            next: int("offset_ListNode_HandleWrap__next___uintptr_t")?,
            link: int("offset_HandleWrap__handle_wrap_queue___ListNode_HandleWrap")?,
        };
        let requests = ListPlaces {
            head: int("offset_Environment__req_wrap_queue___Environment_ReqWrapQueue")?
                + int("offset_Environment_ReqWrapQueue__head___ListNode_ReqWrapQueue")?,
            next: int("offset_ListNode_ReqWrap__next___uintptr_t")?,
            link: int("offset_ReqWrap__req_wrap_queue___ListNode_ReqWrapQueue")?,
        };
        // All are 0 until Node has started.
        (slot > 0 && object > 0 && handles.link > 0 && requests.link > 0).then_some(Places {
            slot,
            object,
            handles,
            requests,
        })
    }

    fn of_list(&self, list: List) -> ListPlaces {
        match list {
            List::Handles => self.handles,
            List::Requests => self.requests,
        }
    }
}

/// A HandleWrap or ReqWrap: C++ that belongs to a JavaScript object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wrap {
    /// Where it is.
    pub addr: Addr,
    /// Its JavaScript object; absent when that is gone.
    pub object: Option<Tagged>,
}

/// The members of a list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wraps {
    /// In the order in which they were added.
    pub list: Vec<Wrap>,
    /// Where the list could not be followed to its end.
    pub broken: Option<Addr>,
}

/// An Environment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Environment {
    /// Where it is.
    pub addr: Addr,
    /// A context that leads to it.
    pub context: Tagged,
}

impl Environment {
    /// Those that `contexts` lead to, each once.
    pub fn all(heap: Heap<'_>, places: &Places, contexts: &[Tagged]) -> Vec<Environment> {
        let mut out: Vec<Environment> = Vec::new();
        for &context in contexts {
            let Ok(word) = native::embedder_word(heap, context, places.slot) else { continue };
            let environment = Environment { addr: Addr(word), context };
            // Before it belongs to an Environment, and in those of no Environment, the slot holds something else.
            let aligned = word != 0 && word.is_multiple_of(heap.width().bytes());
            let known = out.iter().any(|other| other.addr == environment.addr);
            if aligned && !known && environment.wraps(heap, places, List::Handles).broken.is_none() {
                out.push(environment);
            }
        }
        out
    }

    /// The members of a list of this one.
    pub fn wraps(&self, heap: Heap<'_>, places: &Places, list: List) -> Wraps {
        let at = places.of_list(list);
        let head = self.addr.offset(at.head);
        let mut out = Wraps::default();
        let mut link = head;
        loop {
            match heap.space().word(link.offset(at.next)) {
                Ok(next) if next == head.0 => return out,
                Ok(next) if next != 0 && out.list.len() < MOST_WRAPS => link = Addr(next),
                _ => {
                    out.broken = Some(link);
                    return out;
                }
            }
            let addr = link.offset(-at.link);
            out.list.push(Wrap { addr, object: object_of(heap, addr, places.object) });
        }
    }
}

/// The JavaScript object of the BaseObject at `wrap`, whose handle is at `offset` from there.
fn object_of(heap: Heap<'_>, wrap: Addr, offset: i64) -> Option<Tagged> {
    let handle = heap.space().word(wrap.offset(offset)).ok().filter(|&handle| handle != 0)?;
    let object = heap.word_at(Addr(handle)).ok()?;
    heap.map(object).is_ok().then_some(object)
}
