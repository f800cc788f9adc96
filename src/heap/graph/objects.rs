//! Every heap object, V8's own included: where it begins, how large it is, of which type.
//!
//! A word that points to a map begins an object, unless it lies in the object before. What native memory holds may look
//! like objects as well: V8's own table of maps does. In V8's pages objects follow one another without a gap, elsewhere
//! they do not; that tells them apart.
//!
//! Knows: sizes, V8's pages. Must not know: what objects refer to (`edges`).

use crate::heap::kinds::{Facts, Kinds};
use crate::heap::pass::{self, Claim};
use crate::heap::words::{Chunk, Pattern, Words};
use crate::heap::{Error, Kind, Progress, Result};
use crate::image::Content;
use crate::image::space::Window;

/// A heap object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Object {
    /// Its first byte, untagged.
    pub start: u64,
    /// Its size in words.
    pub words: u32,
    /// The number of its type.
    pub instance_type: u16,
    /// Whether its size was told by itself, and is not that of the gap to the next.
    exact: bool,
    /// Whether it is none, and fills what is free.
    filler: bool,
}

/// What was found in V8's pages.
pub(super) struct Found {
    /// All objects, in the order of addresses.
    pub objects: Vec<Object>,
    /// How many bytes are marked as free.
    pub free: u64,
    /// The pages that hold what was objects: a space that V8 has left behind, in which those that it moved have no map
    /// any more. They ascend.
    pub left: Vec<u64>,
}

/// V8 aligns its pages to this (V8 `kPageSizeBits`; 3.14 to more), as a power of two.
pub(super) const PAGE_BITS: u32 = 18;
/// The largest page that V8 has for objects that share one, as a power of two.
const LARGEST_PAGE_BITS: u32 = 20;
/// An object that has pages of its own begins within so many bytes of the first: behind the header and, where a page is
/// 1 MiB and words are of 32 bits, 32 KiB of marks.
const PAGE_HEADER: u64 = 0x9000;

/// What a map says of the size of its instances.
#[derive(Clone, Copy)]
struct MapFacts {
    map: u64,
    /// None for what is no map.
    instance: Option<(u16, Option<Kind>)>,
}

/// So many objects at most are looked for in what is left of another.
const MOST_UNCOVERED: usize = 1 << 12;

/// How many maps are remembered.
const RECENT: usize = 1 << 13;

/// One thread of the pass.
struct Finder<'w, 's> {
    words: &'w Words<'s>,
    kinds: Kinds<'w, 's>,
    recent: Vec<MapFacts>,
    window: Window,
}

impl Finder<'_, '_> {
    fn instance(&mut self, map: u64) -> Option<(u16, Option<Kind>)> {
        let slot = (map >> 3 ^ map >> 15) as usize % RECENT;
        if self.recent[slot].map != map {
            let instance = self.kinds.instance(map);
            self.recent[slot] = MapFacts { map, instance };
        }
        self.recent[slot].instance
    }

    /// The objects that follow one another from `start` to `end`, or over it to where one of `known` begins; and where
    /// that is. Or up to where nothing begins, which is where V8 allocates next, if the first is sure to be an object.
    fn row(&mut self, start: u64, end: u64, known: &[Object]) -> Option<(Vec<Object>, u64)> {
        let is_known = |at: u64| known.binary_search_by_key(&at, |object| object.start).is_ok();
        let (mut at, mut row) = (start, Vec::new());
        while at < end || at > end && !is_known(at) {
            let Some((object, size)) = self.object(at) else {
                return (at < end && !row.is_empty() && self.is_js_object(start)).then_some((row, at));
            };
            if row.len() >= MOST_UNCOVERED {
                return None;
            }
            row.push(object);
            at += size;
        }
        Some((row, at))
    }

    /// The object that begins at `at`, and its size in bytes; absent where none can.
    fn object(&mut self, at: u64) -> Option<(Object, u64)> {
        let map = self.kinds.map(at | 1)?;
        let (instance_type, kind) = self.instance(map)?;
        let (size, exact) = self.kinds.whole_size(at | 1, map, instance_type, kind)?;
        if size == 0 || !self.is_plausible(at, size) {
            return None;
        }
        let words = u32::try_from(size / self.kinds.facts.width.bytes()).ok()?;
        Some((Object { start: at, words, instance_type, exact, filler: kind == Some(Kind::Filler) }, size))
    }

    /// Whether an object of `size` bytes can lie at `addr`: none crosses the end of a page but one that has pages of its
    /// own, and then these are there.
    fn is_plausible(&self, addr: u64, size: u64) -> bool {
        let Some(last) = addr.checked_add(size.saturating_sub(1)) else { return false };
        let in_page = addr >> LARGEST_PAGE_BITS == last >> LARGEST_PAGE_BITS;
        (4..1 << 36).contains(&size)
            && (in_page || addr & ((1 << PAGE_BITS) - 1) < PAGE_HEADER && self.words.spans(addr, size))
    }

    /// Whether what begins at `at` has what every JSObject has: elements, behind its properties.
    fn is_js_object(&mut self, at: u64) -> bool {
        let elements = self.kinds.words(at | 1, 3).and_then(|words| words.get(2));
        self.kind(at | 1).is_some_and(Kind::is_js_object)
            && elements.is_some_and(|word| matches!(self.kind(word), Some(Kind::FixedArray | Kind::FixedDoubleArray)))
    }

    /// The kind of the object at the tagged address `word`.
    fn kind(&mut self, word: u64) -> Option<Kind> {
        let map = self.kinds.map(word)?;
        self.instance(map)?.1
    }

    fn chunk(&mut self, chunk: &Chunk<'_>) -> Result<Vec<Object>> {
        let width = self.kinds.facts.width;
        let mut found: Vec<Object> = Vec::new();
        let mut window = std::mem::take(&mut self.window);
        let mut end = 0;
        let done = chunk.matching(width, Pattern::TAGGED, &mut window, |addr, map| {
            if addr < end {
                return Ok(());
            }
            let Some((instance_type, kind)) = self.instance(map) else { return Ok(()) };
            let size = self.kinds.whole_size(addr | 1, map, instance_type, kind);
            let size = size.filter(|&(size, _)| self.is_plausible(addr, size));
            let (size, exact) = size.unwrap_or((width.bytes(), false));
            end = addr + size;
            let words = u32::try_from(size / width.bytes()).unwrap_or(u32::MAX);
            found.push(Object { start: addr, words, instance_type, exact, filler: kind == Some(Kind::Filler) });
            Ok::<(), Error>(())
        });
        self.window = window;
        done.map(|()| found)
    }
}

/// All objects in V8's pages, and how much is free there.
///
/// # Errors
/// When the pass is cancelled.
pub(super) fn find(words: &Words<'_>, facts: &Facts, progress: &Progress, memory: &Claim<'_>) -> Result<Found> {
    let chunks = words.chunks(|region| !region.of_file && region.content == Content::Anon);
    let worker = || Finder {
        words,
        kinds: Kinds::new(words, facts),
        recent: vec![MapFacts { map: 0, instance: None }; RECENT],
        window: Window::default(),
    };
    let (found, _) = pass::run(&chunks, worker, |finder, chunk| {
        let found = finder.chunk(chunk)?;
        // As they are found, and then in one row.
        memory.take(2 * size_of_val(&found[..]) as u64)?;
        progress.advance(chunk.size())?;
        Ok(found)
    })?;
    let step = facts.width.bytes();
    let mut objects: Vec<Object> = Vec::with_capacity(found.iter().map(Vec::len).sum());
    for object in found.into_iter().flatten() {
        // A chunk may begin in an object of the one before.
        if let Some(last) = objects.last_mut() {
            let end = last.start + u64::from(last.words) * step;
            if object.start < end {
                continue;
            }
            if !last.exact && last.start >> PAGE_BITS == object.start >> PAGE_BITS {
                last.words = u32::try_from((object.start - last.start) / step).unwrap_or(u32::MAX);
            }
        }
        objects.push(object);
    }
    let (mut objects, left) = in_pages(objects, step);
    let free = objects.iter().filter(|object| object.filler).map(|object| u64::from(object.words) * step).sum();
    objects.retain(|object| !object.filler);
    Ok(Found { objects, free, left })
}

/// Puts among `objects` those of `missing`, which others refer to, that lie in one of them. That one is stale: what began
/// there before was overwritten in part, or lies between where V8 allocates next and where that area ends. Only where one
/// object follows another up to the end of that one, or, where no object begins there, over it to one that is known: so
/// that a stale reference into an object tells nothing. Whether there are any.
///
/// # Errors
/// When the pass is cancelled.
pub(super) fn uncover(
    objects: &mut Vec<Object>,
    mut missing: Vec<u64>,
    words: &Words<'_>,
    facts: &Facts,
    progress: &Progress,
) -> Result<bool> {
    let mut finder = Finder {
        words,
        kinds: Kinds::new(words, facts),
        recent: vec![MapFacts { map: 0, instance: None }; RECENT],
        window: Window::default(),
    };
    let step = facts.width.bytes();
    missing.sort_unstable();
    missing.dedup();
    let mut found: Vec<Object> = Vec::new();
    // Up to where `found` goes, and what of `objects` was told wrongly before that.
    let (mut covered, mut wrong) = (0, Vec::new());
    for start in missing {
        if start < covered {
            continue;
        }
        let Some(at) = objects.partition_point(|object| object.start <= start).checked_sub(1) else { continue };
        let end = objects[at].start + u64::from(objects[at].words) * step;
        if !(objects[at].start + 1..end).contains(&start) {
            continue;
        }
        let Some((row, to)) = finder.row(start, end, &objects[at + 1..]) else { continue };
        let passed = objects[at + 1..].partition_point(|object| object.start < to);
        if to > end && objects.get(at + 1).is_some_and(|next| next.start == end) {
            continue;
        }
        progress.advance(0)?;
        objects[at].words = u32::try_from((start - objects[at].start) / step).unwrap_or(u32::MAX);
        objects[at].exact = false;
        wrong.push(at + 1..at + 1 + passed);
        found.extend(row.into_iter().filter(|object| !object.filler));
        covered = to;
    }
    let any = !found.is_empty();
    let mut wrong = wrong.into_iter().flatten().peekable();
    let mut numbers = 0..;
    objects.retain(|_| wrong.next_if(|&wrong| numbers.next() == Some(wrong)).is_none());
    objects.extend(found);
    objects.sort_by_key(|object| object.start);
    Ok(any)
}

/// A page with so many maps that is none of V8's now was one.
const MANY: usize = 16;

/// Those objects that are in V8's pages, of which at least half begin where the one before ends; and the other pages that
/// have many.
fn in_pages(objects: Vec<Object>, step: u64) -> (Vec<Object>, Vec<u64>) {
    let end = |object: &Object| object.start + u64::from(object.words) * step;
    let mut kept = Vec::with_capacity(objects.len());
    let mut left = Vec::new();
    for page in objects.chunk_by(|a, b| a.start >> PAGE_BITS == b.start >> PAGE_BITS) {
        let linked = page.windows(2).filter(|pair| pair[0].exact && end(&pair[0]) == pair[1].start).count();
        let exact = page[..page.len() - 1].iter().filter(|object| object.exact).count();
        let large = page[0].start & ((1 << PAGE_BITS) - 1) < PAGE_HEADER && end(&page[0]) - page[0].start > PAGE_HEADER;
        if (linked > 0 && linked * 2 >= exact) || large {
            kept.extend_from_slice(page);
        } else if page.len() >= MANY {
            left.push(page[0].start >> PAGE_BITS);
        }
    }
    (kept, left)
}
