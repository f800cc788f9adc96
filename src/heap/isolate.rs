//! Isolates: heaps of their own in one process, one for each thread that runs JavaScript.
//!
//! Each page of V8's says which heap it belongs to; pages that say none are everybody's. An Isolate holds its Heap, and
//! keeps pointers to itself and into the stack of its thread: that tells where it begins and which thread runs it.
//!
//! Knows: V8 `memory-chunk.h`, `isolate.h`. Must not know: objects, what Node calls a thread (`node::worker`).

use super::Heap;
use super::layout::shape::PageShape;
use super::words::Unseen;
use crate::image::{Addr, Content, Image, Width};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// An isolate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Isolate {
    /// Where it is: V8's `Isolate`, or its Heap where that is not told.
    pub addr: Addr,
    /// Its Heap, which its pages name.
    pub heap: Addr,
    /// The thread that runs it, if one does.
    pub thread: Option<i32>,
    /// How many pages its heap has.
    pub pages: usize,
    /// Their size in bytes.
    pub bytes: u64,
}

/// A page of one isolate.
#[derive(Clone, Debug)]
struct Page {
    range: Range<u64>,
    heap: u64,
}

/// All isolates of a process.
#[derive(Clone, Debug, Default)]
pub struct Isolates {
    /// By the ids of their threads, those without one last.
    list: Vec<Isolate>,
    /// In the order of addresses.
    pages: Vec<Page>,
    /// The thread that the process began with.
    main: Option<i32>,
}

/// Where a page says whose it is: offsets of words.
#[derive(Clone, Copy, Debug)]
struct Owner {
    place: OwnerPlace,
    size: u64,
    heap: u64,
    /// First byte for objects.
    area_start: u64,
    area_end: u64,
}

/// What the offsets of an [`Owner`] count from.
#[derive(Clone, Copy, Debug)]
enum OwnerPlace {
    /// The page.
    Page,
    /// An object outside that the page points to and that points back: offsets of both pointers.
    Metadata { pointer: u64, page: u64 },
}

/// What V8 has used, the newest first; a process has the one by which most of its pages are told.
const OWNERS: [Owner; 5] = [
    // V8 13 (MutablePageMetadata).
    Owner { place: OwnerPlace::Metadata { pointer: 8, page: 8 }, size: 16, heap: 64, area_start: 72, area_end: 56 },
    // V8 12 (MemoryChunkHeader).
    Owner { place: OwnerPlace::Page, size: 16, heap: 24, area_start: 32, area_end: 40 },
    // V8 9 to 11 (BasicMemoryChunk).
    Owner { place: OwnerPlace::Page, size: 0, heap: 16, area_start: 24, area_end: 32 },
    // V8 8.
    Owner { place: OwnerPlace::Page, size: 0, heap: 24, area_start: 32, area_end: 40 },
    // V8 7 (MemoryChunk).
    Owner { place: OwnerPlace::Page, size: 0, heap: 24, area_start: 40, area_end: 48 },
];

/// The header of a page is no larger.
const MOST_HEADER: u64 = 0x4000;
/// Sizes of pages are multiples of this.
const GRAIN: u64 = 0x1000;
/// A heap has at least so many pages: each space that V8 has for objects has one.
const FEWEST_PAGES: usize = 4;

impl Owner {
    /// The range of the page at `page`, and its heap: 0 for one that is everybody's. Absent where no page is.
    fn of(&self, heap: Heap<'_>, page: u64) -> Option<Page> {
        let word = |addr: u64| heap.space().word(Addr(addr)).ok();
        let base = match self.place {
            OwnerPlace::Page => page,
            OwnerPlace::Metadata { pointer, page: back } => {
                let metadata = word(page + pointer)?;
                let leads_back =
                    metadata != 0 && metadata.is_multiple_of(8) && word(metadata.checked_add(back)?)? == page;
                leads_back.then_some(metadata)?
            }
        };
        let at = |offset: u64| word(base.checked_add(offset)?);
        let (size, area) = (at(self.size)?, at(self.area_start)?..at(self.area_end)?);
        let end = page.checked_add(size)?;
        let owner = at(self.heap)?;
        let is_page = size.is_multiple_of(GRAIN)
            && (page + 1..=page + MOST_HEADER).contains(&area.start)
            && area.start < area.end
            && area.end <= end;
        let is_heap = owner == 0 || (owner.is_multiple_of(8) && word(owner).is_some());
        (is_page && is_heap).then_some(Page { range: page..end, heap: owner })
    }
}

impl Isolates {
    /// Those whose pages are in `heap`'s image; none where V8's pages do not say whose they are.
    pub fn find(heap: Heap<'_>) -> Isolates {
        let image = heap.image();
        let main = main_thread(image);
        let shape = heap.layout().shapes.pages.filter(|_| heap.width() == Width::W64);
        let Some(shape) = shape else { return Isolates { main, ..Isolates::default() } };
        let places = places(image, &shape);
        let told = OWNERS.iter().map(|owner| {
            let pages = places.iter().filter_map(|&page| owner.of(heap, page));
            pages.filter(|page| !is_shared(heap, &shape, page)).collect::<Vec<Page>>()
        });
        let mut pages = told.max_by_key(Vec::len).unwrap_or_default();
        let mut heaps: FxHashMap<u64, (usize, u64)> = FxHashMap::default();
        for page in &pages {
            let (count, bytes) = heaps.entry(page.heap).or_default();
            *count += 1;
            *bytes += page.range.end - page.range.start;
        }
        heaps.retain(|_, (count, _)| *count >= FEWEST_PAGES);
        pages.retain(|page| heaps.contains_key(&page.heap));
        let mut addrs: Vec<u64> = heaps.keys().copied().collect();
        addrs.sort_unstable();
        let before = offset_of_heap(heap, &addrs);
        let isolate = |&addr: &u64| Isolate {
            addr: Addr(addr - before.unwrap_or(0)),
            heap: Addr(addr),
            thread: None,
            pages: heaps[&addr].0,
            bytes: heaps[&addr].1,
        };
        let mut list: Vec<Isolate> = addrs.iter().map(isolate).collect();
        assign_threads(heap, main, &mut list);
        list.sort_by_key(|isolate| (isolate.thread.is_none(), isolate.thread != main, isolate.thread, isolate.addr));
        Isolates { list, pages, main }
    }

    /// All of them: the main thread's first.
    pub fn list(&self) -> &[Isolate] {
        &self.list
    }

    /// The number in [`Isolates::list`] of the one at `addr`, or whose Heap is there, or that the thread of this id runs.
    pub fn named(&self, addr: Addr) -> Option<usize> {
        let is_at = |isolate: &Isolate| isolate.addr == addr || isolate.heap == addr;
        let by_thread = |isolate: &Isolate| isolate.thread.is_some_and(|id| u64::try_from(id) == Ok(addr.0));
        self.list.iter().position(|isolate| is_at(isolate) || by_thread(isolate))
    }

    /// The number of the one whose memory `addr` is in; absent for memory that is everybody's.
    pub fn at(&self, addr: Addr) -> Option<usize> {
        let after = self.pages.partition_point(|page| page.range.start <= addr.0);
        let page = self.pages[..after].last().filter(|page| page.range.contains(&addr.0))?;
        self.list.iter().position(|isolate| isolate.heap.0 == page.heap)
    }

    /// The number of the one that the thread which died ran; else of the main thread's, or of the first.
    pub fn usual(&self, image: &Image) -> Option<usize> {
        let run_by = |id: Option<i32>| self.list.iter().position(|isolate| id.is_some() && isolate.thread == id);
        let died = image.representative().map(|thread| thread.id);
        run_by(died).or_else(|| run_by(self.main)).or(if self.list.is_empty() { None } else { Some(0) })
    }

    /// Whether `isolate` is the one of the thread that the process began with.
    pub fn is_main(&self, isolate: &Isolate) -> bool {
        self.list.len() == 1 || isolate.thread.is_some() && isolate.thread == self.main
    }

    /// The memory of all but the one of this number.
    pub fn others(&self, number: usize) -> Unseen {
        let own = self.list.get(number).map(|isolate| isolate.heap.0);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for page in self.pages.iter().filter(|page| Some(page.heap) != own) {
            match ranges.last_mut() {
                Some(last) if page.range.start <= last.end => last.end = last.end.max(page.range.end),
                _ => ranges.push(page.range.clone()),
            }
        }
        Unseen(ranges)
    }
}

/// Where pages of V8's may be, in the order of addresses: each begins with a header, which no hole in the file is.
fn places(image: &Image, shape: &PageShape) -> Vec<u64> {
    let segments = image.space.segments().iter();
    let anonymous = segments.filter(|segment| matches!(segment.content, Content::Anon | Content::Heap));
    let mut places = Vec::new();
    for segment in anonymous {
        let (start, all) = (segment.start.0, segment.bytes().len());
        let mut at = 0;
        while at < all {
            let data = segment.data(at..all);
            if data.is_empty() {
                break;
            }
            let (from, to) = (start.saturating_add(data.start as u64), start.saturating_add(data.end as u64));
            let first = from.checked_next_multiple_of(shape.size).unwrap_or(to);
            places.extend((first..to).step_by(shape.size as usize));
            // A file that changes meanwhile may tell of no end.
            at = data.end.max(at + 1);
        }
    }
    places
}

/// Whether `page` is everybody's.
fn is_shared(heap: Heap<'_>, shape: &PageShape, page: &Page) -> bool {
    let flags = heap.space().word(Addr(page.range.start + shape.flags)).unwrap_or(0);
    page.heap == 0 || shape.shared.is_some_and(|shared| flags & shared != 0)
}

/// What V8 keeps of an Isolate before its Heap, and of a Heap, is no larger.
const MOST_BEFORE: u64 = 0x12000;
const MOST_AFTER: u64 = 0x4000;
/// So many words must agree.
const FEWEST_VOTES: usize = 3;

/// The words of the memory from `from` to `to` that was saved.
fn saved(heap: Heap<'_>, from: u64, to: u64) -> impl Iterator<Item = u64> + '_ {
    let step = heap.width().bytes();
    (from..to).step_by(step as usize).filter_map(move |addr| heap.space().word(Addr(addr)).ok())
}

/// How far before each of the Heaps at `heaps` its Isolate begins: parts of an Isolate point to it, and so more than to
/// any other place before the Heap.
fn offset_of_heap(heap: Heap<'_>, heaps: &[u64]) -> Option<u64> {
    let mut votes: FxHashMap<u64, usize> = FxHashMap::default();
    for &addr in heaps {
        let window = addr.saturating_sub(MOST_BEFORE)..addr.saturating_add(MOST_AFTER);
        for word in saved(heap, window.start, window.end) {
            if word.is_multiple_of(heap.width().bytes()) && (window.start..addr).contains(&word) {
                *votes.entry(addr - word).or_default() += 1;
            }
        }
    }
    let best = votes.into_iter().max_by_key(|&(offset, votes)| (votes, offset))?;
    (best.1 >= FEWEST_VOTES.max(heaps.len())).then_some(best.0)
}

/// The thread that a process begins with: it has the process's id where the system gives it that, else the lowest.
fn main_thread(image: &Image) -> Option<i32> {
    let ids = || image.threads.iter().map(|thread| thread.id);
    ids().find(|&id| Some(id) == image.process.pid).or_else(|| ids().min())
}

/// So far below what the main thread's stack has grown to V8 sets its limit at most (984 KiB by default).
const LIMIT: u64 = 1 << 20;

/// glibc's arenas of threads begin at multiples of this (malloc's `HEAP_MAX_SIZE`).
const ARENA: u64 = 64 << 20;

/// Tells which thread runs each isolate: the one into whose stack most of its words point. What V8 keeps of the stack of
/// the `main` thread may be an address that it has not grown to; if it keeps none, that one is told by what is left.
fn assign_threads(heap: Heap<'_>, main: Option<i32>, list: &mut [Isolate]) {
    let image = heap.image();
    let stacks = image.threads.iter().filter_map(|thread| {
        let segment = image.space.find(thread.registers.sp()?)?;
        let below = if Some(thread.id) == main { LIMIT } else { 0 };
        Some((segment.start.0.saturating_sub(below)..segment.end().0, thread.id))
    });
    let stacks: Vec<(Range<u64>, i32)> = stacks.collect();
    let mut claims: Vec<(usize, usize, i32)> = Vec::new();
    for (number, isolate) in list.iter().enumerate() {
        let mut votes: FxHashMap<i32, usize> = FxHashMap::default();
        // What lies before the arena of glibc's that the Heap is in is another's, at times the end of a stack.
        let from = isolate.addr.0.max(isolate.heap.0 / ARENA * ARENA);
        for word in saved(heap, from, isolate.heap.0.saturating_add(MOST_AFTER)) {
            if let Some((_, id)) = stacks.iter().find(|(stack, _)| stack.contains(&word)) {
                *votes.entry(*id).or_default() += 1;
            }
        }
        claims.extend(votes.into_iter().map(|(id, votes)| (votes, number, id)));
    }
    // V8's own threads work for the main isolate, too, and have more of its words at times: the main thread chooses first.
    claims.sort_unstable_by_key(|&(votes, number, id)| (Some(id) != main, std::cmp::Reverse(votes), number, id));
    let is_taken = |list: &[Isolate], id: i32| list.iter().any(|isolate| isolate.thread == Some(id));
    for (_, number, id) in claims {
        if list[number].thread.is_none() && !is_taken(list, id) {
            list[number].thread = Some(id);
        }
    }
    let Some(main) = main.filter(|&id| !is_taken(list, id)) else { return };
    let mut left = list.iter_mut().filter(|isolate| isolate.thread.is_none());
    if let (Some(only), None) = (left.next(), left.next()) {
        only.thread = Some(main);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::layout::{CANNED, Layout};
    use crate::image::{Thread, testing};

    const PAGE: u64 = 1 << 18;
    const FIRST: u64 = 0x1000_0000;
    const HEAPS: [u64; 2] = [0x2000_8000, 0x2004_8000];
    const STACKS: [u64; 2] = [0x3000_0000, 0x3001_0000];

    /// Bytes whose words at `words` (offset and value) are set.
    fn memory(size: u64, words: &[(u64, u64)]) -> Vec<u8> {
        let mut bytes = vec![0; size as usize];
        for &(at, word) in words {
            bytes[at as usize..at as usize + 8].copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// V8 12's header of the page at `page`, of the Heap at `heap`.
    fn header(page: u64, heap: u64, flags: u64) -> Vec<(u64, u64)> {
        let words = [(0, flags), (8, page), (16, PAGE), (24, heap), (32, page + 0x1140), (40, page + PAGE)];
        words.map(|(at, word)| (page - FIRST + at, word)).to_vec()
    }

    fn thread(id: i32, sp: u64) -> Thread {
        let mut thread = Thread { id, ..Thread::default() };
        thread.registers.set("rsp", sp);
        thread
    }

    /// Pages by turns of two isolates, one of no one and one that is shared; the second isolate's thread is known by its
    /// words, the first's is what is left.
    fn image() -> Image {
        let page = |number: u64| FIRST + number * PAGE;
        let mut words: Vec<(u64, u64)> =
            (0..8).flat_map(|number| header(page(number), HEAPS[number as usize % 2], 4)).collect();
        words.extend(header(page(8), 0, 4));
        words.extend(header(page(9), HEAPS[0], 1));
        let isolate = |at: usize, into: u64| {
            let start = HEAPS[at] - 0x8000;
            let own = start + 0x1000;
            memory(0x10000, &[(0x2000, own), (0x3000, own), (0x8010, own), (0x4000, into), (0x5000, into)])
        };
        let mut image = testing::image(
            Width::W64,
            vec![
                (FIRST, memory(10 * PAGE, &words)),
                (HEAPS[0] - 0x8000, isolate(0, 0)),
                (HEAPS[1] - 0x8000, isolate(1, STACKS[1] + 0x800)),
                (STACKS[0], memory(0x1000, &[])),
                (STACKS[1], memory(0x1000, &[])),
            ],
        );
        image.threads = vec![thread(102, STACKS[1] + 0x100), thread(101, STACKS[0] + 0x100)];
        image.process.pid = Some(101);
        image
    }

    fn layout() -> Layout {
        let table = CANNED.iter().find(|table| table.name == "node-22").expect("a known line");
        Layout::canned(table, Width::W64).expect("a table of 64-bit builds")
    }

    #[test]
    fn pages_tell_whose_they_are() {
        let (image, layout) = (image(), layout());
        let heap = Heap::new(&image, &layout);
        let isolates = Isolates::find(heap);
        let isolate = |at: usize, thread| Isolate {
            addr: Addr(HEAPS[at] - 0x7000),
            heap: Addr(HEAPS[at]),
            thread: Some(thread),
            pages: 4,
            bytes: 4 * PAGE,
        };
        assert_eq!(isolates.list(), [isolate(0, 101), isolate(1, 102)]);
        // The thread that died comes first.
        assert_eq!(isolates.usual(&image), Some(1));
        assert_eq!([0, 1].map(|number| isolates.is_main(&isolates.list()[number])), [true, false]);
        let at = |number: u64| isolates.at(Addr(FIRST + number * PAGE + 0x2000));
        assert_eq!((at(0), at(1), at(8), at(9)), (Some(0), Some(1), None, None));
        assert_eq!(isolates.named(Addr(102)), Some(1));
        assert_eq!(isolates.named(Addr(HEAPS[1] - 0x7000)), Some(1));
        assert_eq!(isolates.named(Addr(FIRST)), None);
    }

    #[test]
    fn passes_see_what_is_own_or_shared() {
        let (image, layout) = (image(), layout());
        let heap = Heap::new(&image, &layout);
        let others = Isolates::find(heap).others(0);
        let words = heap.without(&others).words();
        let sees = |number: u64| words.regions().iter().any(|region| region.covers(FIRST + number * PAGE + PAGE - 1));
        let seen: Vec<u64> = (0..10).filter(|&number| sees(number)).collect();
        assert_eq!(seen, [0, 2, 4, 6, 8, 9]);
        assert_eq!(words.len(), heap.words().len() - 4 * PAGE);
    }

    #[test]
    fn pages_that_say_nothing_are_of_no_isolate() {
        let image = testing::image(Width::W64, vec![(FIRST, memory(4 * PAGE, &[]))]);
        let layout = layout();
        let isolates = Isolates::find(Heap::new(&image, &layout));
        assert_eq!((isolates.list(), isolates.usual(&image)), (&[][..], None));
        assert_eq!(&isolates.others(0), Unseen::NONE);
    }
}
