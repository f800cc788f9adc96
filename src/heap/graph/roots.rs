//! Roots: where everything begins that is alive.
//!
//! V8's lists of its handles are in no metadata, though a handle can be told (`handles`). What is known is exact enough: the global objects and native
//! contexts, and the words of stacks where JavaScript runs. What these do not lead to may still be held by native memory: a handle that C++
//! keeps. Of the words there that point to an object, as few are taken for roots as explain all that they lead to: such
//! words may be stale, and what JavaScript holds has its reason there.
//!
//! Knows: stacks, native memory. Must not know: how a root is told.

use super::classes::is_javascript;
use super::dominators::Csr;
use super::ephemerons::Ephemerons;
use super::handles;
use super::index::Index;
use super::objects::{Object, PAGE_BITS};
use crate::heap::layout::InstanceType;
use crate::heap::words::{Pattern, Region, Words};
use crate::heap::{Error, Frame, FrameKind, Heap, Kind, Progress, Result, pass};
use crate::image::space::Window;
use crate::image::unwind::End;
use crate::image::{Addr, Content, Thread};

/// What kind of root.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RootKind {
    /// A native context, or its global object.
    Global,
    /// A word of a thread's stack, at this address.
    Stack(Addr),
    /// A word of native memory, at this address.
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

/// The parts of the stacks that hold references of JavaScript's.
struct Places {
    stacks: Vec<(u64, u64)>,
}

/// A stack of more bytes than this is not looked at further.
const MOST_STACK: u64 = 64 << 20;

impl Places {
    fn new(heap: Heap<'_>) -> Places {
        Places { stacks: heap.image().threads.iter().filter_map(|thread| part_of_v8(heap, thread)).collect() }
    }
}

/// The part of the stack of `thread` from the innermost of V8's frames to the outermost. C++ keeps handles, which lie
/// elsewhere: what else looks like a reference there is left from calls that ended. All of a stack that cannot be unwound.
fn part_of_v8(heap: Heap<'_>, thread: &Thread) -> Option<(u64, u64)> {
    let image = heap.image();
    let sp = thread.registers.sp()?;
    let segment = image.space.find(sp)?;
    let end = segment.end().0.min(sp.0.saturating_add(MOST_STACK));
    let stack = image.stack(thread);
    let frames: Vec<Frame> = (0..stack.frames.len()).filter_map(|at| Frame::of(image, &stack, at)).collect();
    let is_v8s = |frame: &Frame| {
        matches!(frame.kind(heap), FrameKind::JavaScript(_) | FrameKind::Internal(_) | FrameKind::Code(_))
    };
    let Some(first) = frames.iter().position(is_v8s) else {
        return (stack.end != End::Bottom).then_some((sp.0, end));
    };
    let last = frames.iter().rposition(is_v8s).unwrap_or(first);
    let from = first.checked_sub(1).map_or(sp, |inner| frames[inner].fp);
    let to = frames.get(last + 1).map_or(end, |outer| outer.fp.0);
    Some((from.0.clamp(sp.0, end), to.clamp(sp.0, end)))
}

/// The roots of `graph`, each object once; entries of WeakMaps whose key and collection they keep alive are held in `graph`
/// from then on.
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
) -> Result<Vec<Root>> {
    let objects = heaped.objects;
    let mut seen = vec![false; objects.len()];
    let mut roots: Vec<Root> = Vec::new();
    let mut add = |object: u32, kind| {
        if !seen[object as usize] {
            seen[object as usize] = true;
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
    let places = Places::new(heap);
    let mut native = pointing(words, heaped, progress)?;
    let on_stack = |addr: u64| places.stacks.iter().any(|&(from, to)| (from..to).contains(&addr));
    for &(addr, object) in &native {
        if on_stack(addr) {
            add(object, RootKind::Stack(Addr(addr)));
        }
    }
    drop(seen);
    native.retain(|&(addr, _)| heap.image().mapping(Addr(addr)).is_none_or(|m| m.content != Content::Stack));
    let mut reached = vec![false; objects.len()];
    ephemerons.reach(graph, &mut reached, roots.iter().map(|root| root.object));
    // Native memory points to maps in caches, which V8 drops as it likes; a map that is in use has objects.
    let maps = types(heap, |kind| kind == Some(Kind::Map));
    let values = types(heap, |kind| kind.is_some_and(is_javascript));
    let is = |of: &[bool], object: u32| of.get(usize::from(objects[object as usize].instance_type)) == Some(&true);
    let in_row = handles::in_rows(&native, words.width().bytes());
    let is_held = |&(addr, object): &(u64, u32), in_row: bool| {
        !reached[object as usize]
            && !is(&maps, object)
            && match handles::word(heap, Addr(addr)) {
                handles::Word::Strong => true,
                handles::Word::Weak | handles::Word::Free => false,
                handles::Word::Other => !in_row || !is(&values, object),
            }
    };
    let held: Vec<(u64, u32)> =
        native.iter().zip(&in_row).filter(|&(held, &in_row)| is_held(held, in_row)).map(|(&held, _)| held).collect();
    roots.extend(fewest(heap, objects, graph, ephemerons, reached, &held));
    Ok(roots)
}

/// Words of memory that is not V8's and that point to objects: where they are, and to which. A mapping that has pages of
/// V8's is V8's: what else it holds are leftovers of the collector.
fn pointing(words: &Words<'_>, heaped: &Heaped<'_>, progress: &Progress) -> Result<Vec<(u64, u32)>> {
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
            found.extend(index.number(word & !3).map(|object| (addr, object)));
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

/// Of `held`, as few as lead to all the others. In a depth-first visit, what leads to another and is not led to by it
/// is left later; so those that are left last are taken first, and what they lead to needs no root.
fn fewest(
    heap: Heap<'_>,
    objects: &[Object],
    graph: &mut Csr,
    ephemerons: &Ephemerons,
    mut reached: Vec<bool>,
    held: &[(u64, u32)],
) -> Vec<Root> {
    let javascript = types(heap, |kind| kind.is_some_and(|kind| kind.may_be_value() && kind != Kind::String));
    let is_javascript =
        |object: u32| javascript.get(usize::from(objects[object as usize].instance_type)) == Some(&true);
    let mut first: Vec<(u32, u64)> = held.iter().map(|&(addr, object)| (object, addr)).collect();
    first.sort_unstable();
    first.dedup_by_key(|&mut (object, _)| object);
    let mut is_held = vec![false; objects.len()];
    first.iter().for_each(|&(object, _)| is_held[object as usize] = true);
    // Where two lead to each other, the one that is entered first is the root: objects of JavaScript are told best.
    let (told, others): (Vec<u32>, Vec<u32>) =
        first.iter().map(|&(object, _)| object).partition(|&object| is_javascript(object));
    let mut left: Vec<u32> = Vec::new();
    let mut seen = reached.clone();
    let mut stack: Vec<(u32, u32)> = Vec::new();
    for root in told.into_iter().chain(others) {
        if std::mem::replace(&mut seen[root as usize], true) {
            continue;
        }
        stack.push((root, graph.starts[root as usize]));
        while let Some((at, next)) = stack.last_mut() {
            if *next == graph.starts[*at as usize + 1] {
                if is_held[*at as usize] {
                    left.push(*at);
                }
                stack.pop();
                continue;
            }
            let target = graph.targets[*next as usize];
            *next += 1;
            if target & super::dominators::WEAK == 0 && !std::mem::replace(&mut seen[target as usize], true) {
                stack.push((target, graph.starts[target as usize]));
            }
        }
    }
    let mut roots = Vec::new();
    for &object in left.iter().rev() {
        if reached[object as usize] {
            continue;
        }
        let Ok(at) = first.binary_search_by_key(&object, |&(object, _)| object) else { continue };
        let addr = first[at].1;
        roots.push(Root { object, kind: RootKind::Native(Addr(addr)) });
        ephemerons.reach(graph, &mut reached, std::iter::once(object));
    }
    roots
}
