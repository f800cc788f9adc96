//! Roots: where everything begins that is alive.
//!
//! Sure ones are the global objects and native contexts, the words of frames in which JavaScript runs, the code that runs
//! there, and, for what these do not lead to, handles of C++ that are known by their form (`handles`): V8's lists of them are in no metadata. What none
//! of these leads to may still be held by another word of native memory or of a frame of C++. Any of those may be stale, so
//! they are doubtful: as few of them are roots as explain all that they lead to, and what is reached through them alone
//! keeps nothing alive that is so without it.
//!
//! Knows: stacks, native memory. Must not know: how a root is told.

use super::classes::is_javascript;
use super::dominators::{Csr, WEAK};
use super::ephemerons::Ephemerons;
use super::handles;
use super::index::Index;
use super::objects::{Object, PAGE_BITS};
use super::readings::{self, Reading};
use super::stacks::{Parts, Stacks};
use crate::heap::layout::InstanceType;
use crate::heap::words::{Pattern, Region, Words};
use crate::heap::{Error, Heap, Kind, Progress, Result, pass};
use crate::image::space::Window;
use crate::image::{Addr, Content, Width};

/// What kind of root.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RootKind {
    /// A native context, or its global object.
    Global,
    /// A word of a thread's stack, at this address.
    Stack(Addr),
    /// Code that runs: its frame goes on at this address.
    Code(Addr),
    /// A handle that C++ keeps, at this address.
    Handle(Addr),
    /// Another word of native memory, at this address: it may be stale.
    Native(Addr),
}

/// An object that is alive for a reason of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Root {
    /// Its number.
    pub object: u32,
    /// Why.
    pub kind: RootKind,
}

/// What is known of V8's pages.
pub(super) struct Heaped<'g> {
    /// All objects.
    pub objects: &'g [Object],
    /// Their numbers.
    pub index: &'g Index,
    /// Pages that V8 has left behind.
    pub left: &'g [u64],
}

impl Heaped<'_> {
    /// The object that `addr` lies in, or right behind.
    fn around(&self, addr: Addr, width: Width) -> Option<u32> {
        let before = self.objects.partition_point(|object| object.start < addr.0).checked_sub(1)?;
        let object = self.objects.get(before)?;
        (addr.0 - object.start <= u64::from(object.words) * width.bytes()).then_some(before as u32)
    }
}

/// What was found.
pub(super) struct Found {
    /// The roots, each object once.
    pub roots: Vec<Root>,
    /// By object: whether only a doubtful root leads to it.
    pub doubted: Vec<bool>,
}

/// The roots of `graph`. Entries of WeakMaps whose key and collection they keep alive are held in `graph` from then on; what
/// only doubtful ones lead to holds nothing else any more.
///
/// # Errors
/// When the pass is cancelled.
pub(super) fn find(
    heap: Heap<'_>,
    words: &Words<'_>,
    heaped: &Heaped<'_>,
    graph: &mut Csr,
    ephemerons: &Ephemerons,
    progress: &Progress,
) -> Result<Found> {
    let objects = heaped.objects;
    let mut seen = vec![false; objects.len()];
    let mut roots: Vec<Root> = Vec::new();
    let mut add = |object: u32, kind| {
        if !std::mem::replace(&mut seen[object as usize], true) {
            roots.push(Root { object, kind });
        }
    };
    let is_global: Vec<bool> = (0..=heap.layout().last_type())
        .map(|number| {
            let instance_type = InstanceType(number);
            matches!(heap.layout().kind(instance_type), Some(Kind::JsGlobalObject | Kind::JsBuiltinsObject))
                || heap.layout().type_name(instance_type) == Some("NativeContext")
        })
        .collect();
    for (number, object) in objects.iter().enumerate() {
        if is_global.get(usize::from(object.instance_type)).copied().unwrap_or(false) {
            add(number as u32, RootKind::Global);
        }
    }
    let stacks = Stacks::new(heap);
    let mut native = pointing(words, heaped, progress)?;
    let of_stacks = |parts: &Parts| -> Vec<(u64, u32)> {
        let here = native.iter().filter(|(addr, _)| parts.contains(*addr));
        here.filter_map(|&(addr, object)| Some((addr, object?))).collect()
    };
    for (addr, object) in of_stacks(&stacks.frames) {
        add(object, RootKind::Stack(Addr(addr)));
    }
    let readings = readings::by_type(heap);
    for &pc in &stacks.running {
        // What else seems to be there is no object.
        let is_code = |object: &u32| {
            readings.get(usize::from(objects[*object as usize].instance_type)) == Some(&Reading::Instructions)
        };
        if let Some(object) = heaped.around(pc, words.width()).filter(is_code) {
            add(object, RootKind::Code(pc));
        }
    }
    drop(seen);
    let mut doubtful = of_stacks(&stacks.doubtful);
    native.retain(|&(addr, _)| !stacks.all.contains(addr));
    let mut reached = vec![false; objects.len()];
    ephemerons.reach(graph, &mut reached, roots.iter().map(|root| root.object));
    // Native memory points to maps in caches, which V8 drops as it likes; a map that is in use has objects.
    let maps = types(heap, |kind| kind == Some(Kind::Map));
    let values = types(heap, |kind| kind.is_some_and(is_javascript));
    let is = |of: &[bool], object: u32| of.get(usize::from(objects[object as usize].instance_type)) == Some(&true);
    let in_row = handles::in_rows(&native, words.width().bytes());
    let mut kept = Vec::new();
    for (&(addr, object), in_row) in native.iter().zip(in_row) {
        let Some(object) = object else { continue };
        if reached[object as usize] || is(&maps, object) {
            continue;
        }
        match handles::word(heap, Addr(addr)) {
            handles::Word::Strong => kept.push((addr, object)),
            handles::Word::Weak | handles::Word::Free => {}
            handles::Word::Other if in_row && is(&values, object) => {}
            handles::Word::Other => doubtful.push((addr, object)),
        }
    }
    let mut alive = Alive { heap, objects, graph, ephemerons, reached };
    roots.extend(alive.fewest(&kept).map(|(addr, object)| Root { object, kind: RootKind::Handle(Addr(addr)) }));
    let sure = alive.reached.clone();
    doubtful.retain(|&(_, object)| !sure[object as usize] && !is(&maps, object));
    roots.extend(alive.fewest(&doubtful).map(|(addr, object)| {
        let kind = if stacks.doubtful.contains(addr) { RootKind::Stack } else { RootKind::Native };
        Root { object, kind: kind(Addr(addr)) }
    }));
    let mut doubted = alive.reached;
    doubted.iter_mut().zip(&sure).for_each(|(doubted, sure)| *doubted &= !sure);
    for from in (0..objects.len()).filter(|&from| doubted[from]) {
        for target in &mut graph.targets[graph.starts[from] as usize..graph.starts[from + 1] as usize] {
            if sure[(*target & !WEAK) as usize] {
                *target |= WEAK;
            }
        }
    }
    Ok(Found { roots, doubted })
}

/// Words of memory that is not V8's and that point to where objects are: where they are themselves, and to which, if one
/// begins there. A mapping that has pages of V8's is V8's: what else it holds are leftovers of the collector.
fn pointing(words: &Words<'_>, heaped: &Heaped<'_>, progress: &Progress) -> Result<Vec<(u64, Option<u32>)>> {
    let (width, index) = (words.width(), heaped.index);
    let is_v8s = |region: &Region<'_>| {
        let end = region.start.saturating_add(region.bytes.len() as u64);
        let object = heaped.objects.partition_point(|object| object.start < region.start);
        let page = heaped.left.partition_point(|page| page << PAGE_BITS < region.start);
        heaped.objects.get(object).is_some_and(|object| object.start < end)
            || heaped.left.get(page).is_some_and(|page| page << PAGE_BITS < end)
    };
    let wanted = |region: &Region<'_>| region.content != Content::Anon || !is_v8s(region);
    let (found, _) = pass::run(&words.chunks(wanted), Window::default, |window, chunk| {
        let mut found = Vec::new();
        chunk.matching(width, Pattern::TAGGED, window, |addr, word| {
            let target = word & !3;
            if index.is_among(target) {
                found.push((addr, index.number(target)));
            }
            Ok::<(), Error>(())
        })?;
        progress.advance(chunk.size())?;
        Ok(found)
    })?;
    Ok(found.concat())
}

/// Which types have a kind that is `wanted`.
fn types(heap: Heap<'_>, wanted: impl Fn(Option<Kind>) -> bool) -> Vec<bool> {
    (0..=heap.layout().last_type()).map(|number| wanted(heap.layout().kind(InstanceType(number)))).collect()
}

/// What is known to be alive.
struct Alive<'r, 's> {
    heap: Heap<'s>,
    objects: &'r [Object],
    graph: &'r mut Csr,
    ephemerons: &'r Ephemerons,
    /// By object, whether it is.
    reached: Vec<bool>,
}

impl Alive<'_, '_> {
    /// Of `held`, as few as lead to all the others, which are alive from then on. In a depth-first visit, what leads to
    /// another and is not led to by it is left later; so those that are left last are taken first, and what they lead to
    /// needs no root.
    fn fewest(&mut self, held: &[(u64, u32)]) -> impl Iterator<Item = (u64, u32)> + use<> {
        let javascript = types(self.heap, |kind| kind.is_some_and(|kind| kind.may_be_value() && kind != Kind::String));
        let is_javascript =
            |object: u32| javascript.get(usize::from(self.objects[object as usize].instance_type)) == Some(&true);
        let mut first: Vec<(u32, u64)> = held.iter().map(|&(addr, object)| (object, addr)).collect();
        first.sort_unstable();
        first.dedup_by_key(|&mut (object, _)| object);
        let mut is_held = vec![false; self.objects.len()];
        first.iter().for_each(|&(object, _)| is_held[object as usize] = true);
        // Where two lead to each other, the one that is entered first is the root: objects of JavaScript are told best.
        let (told, others): (Vec<u32>, Vec<u32>) =
            first.iter().map(|&(object, _)| object).partition(|&object| is_javascript(object));
        let mut left: Vec<u32> = Vec::new();
        let mut seen = self.reached.clone();
        let mut stack: Vec<(u32, u32)> = Vec::new();
        for root in told.into_iter().chain(others) {
            if std::mem::replace(&mut seen[root as usize], true) {
                continue;
            }
            stack.push((root, self.graph.starts[root as usize]));
            while let Some((at, next)) = stack.last_mut() {
                if *next == self.graph.starts[*at as usize + 1] {
                    if is_held[*at as usize] {
                        left.push(*at);
                    }
                    stack.pop();
                    continue;
                }
                let target = self.graph.targets[*next as usize];
                *next += 1;
                if target & WEAK == 0 && !std::mem::replace(&mut seen[target as usize], true) {
                    stack.push((target, self.graph.starts[target as usize]));
                }
            }
        }
        let mut roots = Vec::new();
        for &object in left.iter().rev() {
            if self.reached[object as usize] {
                continue;
            }
            let Ok(at) = first.binary_search_by_key(&object, |&(object, _)| object) else { continue };
            roots.push((first[at].1, object));
            self.ephemerons.reach(self.graph, &mut self.reached, std::iter::once(object));
        }
        roots.into_iter()
    }
}
