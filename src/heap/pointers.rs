//! Who points at what: every word of memory that is tagged as a heap object and points into saved memory, by where it
//! points; and where objects begin.
//!
//! Made once, it answers for one address as for a hundred thousand. A pointer takes eight bytes, a word of memory
//! another bit.
//!
//! Knows: words, and that an object begins with its map. Must not know: properties (`refs` knows who refers by which).

use super::kinds::{Facts, Kinds};
use super::words::{Chunk, Pattern, Unseen, Words};
use super::{Error, Heap, Kind, Progress, Result, Tagged, pass};
use crate::image::space::Window;
use crate::image::{Addr, Image, Width};
use rayon::prelude::*;

/// Every tagged word in memory, by where it points.
#[derive(Debug)]
pub struct Pointers {
    plan: Plan,
    /// Packed pointers in ascending order, parted by the pages that they point to.
    parts: Vec<Vec<u64>>,
    /// For every word of memory, whether it is the first of an object: a pointer to a map.
    starts: Vec<u64>,
}

/// How words and pages are numbered.
#[derive(Clone, Debug)]
struct Plan {
    regions: Vec<Region>,
    /// By the number of a region of `Words`: the first of its regions here.
    first_of: Vec<usize>,
    width: Width,
    pages_per_part: u64,
    parts: usize,
}

/// A run of saved memory, and the hole behind it.
#[derive(Clone, Copy, Debug)]
struct Region {
    start: u64,
    size: u64,
    /// Bytes in the run: the others, which are zero, have no numbers.
    numbered: u64,
    /// The number of its first word: a multiple of 64, so that no two regions share a word of bits.
    first_word: u64,
    /// The number of the page that it begins in.
    first_page: u64,
}

/// The size of a page, as a power of two.
const PAGE_BITS: u32 = 12;
/// A packed pointer is, from the top: the page that it points to within its part (16 bits), where in the page, in units
/// of four bytes (10), the number of the word that points (38).
const WORD_BITS: u32 = 38;
const OFFSET_BITS: u32 = PAGE_BITS - 2;
const MOST_PAGES_PER_PART: u64 = 1 << (u64::BITS - WORD_BITS - OFFSET_BITS);
/// Into how many parts pointers are parted, at least: enough for the processors to share.
const PARTS: u64 = 64;

impl Plan {
    fn new(words: &Words<'_>) -> Result<Plan> {
        let step = words.width().bytes();
        let (mut first_word, mut first_page) = (0, 0);
        let (mut regions, mut first_of) = (Vec::new(), Vec::new());
        let mut runs = words.runs().iter().map(|run| (run.start(), run.start() + run.size())).peekable();
        for region in words.regions() {
            first_of.push(regions.len());
            let (mut start, end) = (region.start, region.start + region.bytes.len() as u64);
            while start < end {
                let run = runs.next_if(|run| run.0 == start);
                let until = runs.peek().map_or(end, |next| next.0.min(end));
                let (size, numbered) = (until - start, run.map_or(0, |run| run.1 - run.0));
                regions.push(Region { start, size, numbered, first_word, first_page });
                first_word = (first_word + numbered / step).next_multiple_of(64);
                first_page += ((until - 1) >> PAGE_BITS) - (start >> PAGE_BITS) + 1;
                start = until;
            }
        }
        if first_word >= 1 << WORD_BITS {
            let (addr, value) = (Addr(0), i64::try_from(first_word).unwrap_or(i64::MAX));
            return Err(Error::Implausible { addr, what: "number of words in memory", value });
        }
        let pages_per_part = first_page.div_ceil(PARTS).clamp(1, MOST_PAGES_PER_PART);
        let parts = first_page.div_ceil(pages_per_part) as usize;
        Ok(Plan { regions, first_of, width: words.width(), pages_per_part, parts })
    }

    /// The number of the region that has `addr`, which is in the region `of_words` of `Words`.
    fn region_in(&self, of_words: usize, addr: u64) -> usize {
        let first = self.first_of[of_words];
        let end = self.first_of.get(of_words + 1).copied().unwrap_or(self.regions.len());
        if end == first + 1 {
            return first;
        }
        first + self.regions[first..end].partition_point(|r| r.start <= addr).saturating_sub(1)
    }

    /// The number of the region that has `addr`.
    fn region(&self, addr: u64) -> Option<usize> {
        let at = self.regions.partition_point(|r| r.start <= addr).checked_sub(1)?;
        let region = self.regions[at];
        (addr - region.start < region.size).then_some(at)
    }

    /// The part of pointers to `target`, which is in region `at`, and the upper bits of such pointers.
    fn target(&self, at: usize, target: u64) -> (usize, u64) {
        let region = self.regions[at];
        let page = region.first_page + (target >> PAGE_BITS) - (region.start >> PAGE_BITS);
        let offset = target & ((1 << PAGE_BITS) - 1);
        let within = page % self.pages_per_part;
        ((page / self.pages_per_part) as usize, within << OFFSET_BITS | offset >> 2)
    }

    /// The number of the word at `addr`, which is in region `at`.
    fn word(&self, at: usize, addr: u64) -> u64 {
        let region = self.regions[at];
        region.first_word + (addr - region.start) / self.width.bytes()
    }

    /// Where the word of this number is.
    fn addr(&self, word: u64) -> Addr {
        let at = self.regions.partition_point(|r| r.first_word <= word).saturating_sub(1);
        let region = self.regions[at];
        Addr(region.start + (word - region.first_word) * self.width.bytes())
    }
}

/// What one thread found: packed pointers by part.
struct Finder<'w, 's> {
    kinds: Kinds<'w, 's>,
    plan: &'w Plan,
    parts: Vec<Vec<u64>>,
    window: Window,
    /// How many pointers it has filed of late.
    found: u64,
}

impl Finder<'_, '_> {
    /// Files the pointers of `chunk`; gives its bits of `starts`.
    fn chunk(&mut self, chunk: &Chunk<'_>) -> Result<Vec<u64>> {
        let mut starts = vec![0_u64; (chunk.size() / self.plan.width.bytes()).div_ceil(64) as usize];
        let mut window = std::mem::take(&mut self.window);
        let at = self.plan.region(chunk.start()).unwrap_or_default();
        let first = self.plan.word(at, chunk.start());
        let done = chunk.matching(self.plan.width, Pattern::TAGGED, &mut window, |addr, word| {
            if let Some(region) = self.kinds.region(word - 1) {
                let target = self.plan.region_in(region, word - 1);
                let number = self.plan.word(at, addr);
                let (part, key) = self.plan.target(target, word - 1);
                self.parts[part].push(key << WORD_BITS | number);
                self.found += 1;
                if self.kinds.is(word, Kind::Map) {
                    let bit = number - first;
                    starts[bit as usize / 64] |= 1 << (bit % 64);
                }
            }
            Ok::<(), Error>(())
        });
        self.window = window;
        done.map(|()| starts)
    }
}

impl Pointers {
    /// The tagged words of all saved memory.
    ///
    /// # Errors
    /// When the pass is cancelled, or there are more words than can be numbered (2^38).
    pub fn new(heap: Heap<'_>, progress: &Progress) -> Result<Pointers> {
        let facts = Facts::new(heap)?;
        let words = heap.words();
        let plan = Plan::new(&words)?;
        let chunks = words.chunks(|_| true);
        progress.begin(words.len());
        let worker = || Finder {
            kinds: Kinds::new(&words, &facts),
            plan: &plan,
            parts: vec![Vec::new(); plan.parts],
            window: Window::default(),
            found: 0,
        };
        let memory = progress.claim();
        let (bits, finders) = pass::run(&chunks, worker, |finder, chunk| {
            let starts = finder.chunk(chunk)?;
            // A pointer is filed, and then sorted among others.
            memory.take(size_of_val(&starts[..]) as u64 + 16 * std::mem::take(&mut finder.found))?;
            progress.advance(chunk.size())?;
            Ok(starts)
        })?;
        memory.keep();
        let mut found: Vec<_> = finders.into_iter().map(|finder| finder.parts).collect();
        let mut parts: Vec<Vec<Vec<u64>>> = Vec::new();
        for part in 0..plan.parts {
            parts.push(found.iter_mut().map(|of_thread| std::mem::take(&mut of_thread[part])).collect());
        }
        let sorted = |part: Vec<Vec<u64>>| {
            let mut part = part.concat();
            part.sort_unstable();
            part
        };
        let parts = parts.into_par_iter().map(sorted).collect();
        // Regions and chunks begin at multiples of 64 words, so that their bits can be put one after another.
        Ok(Pointers { plan, parts, starts: bits.concat() })
    }

    /// Where `word` is, in the order of addresses.
    pub fn to(&self, word: Tagged) -> impl Iterator<Item = Addr> + '_ {
        let target = word.untagged().0;
        let wanted = self.plan.region(target).filter(|_| word.is_object()).map(|at| self.plan.target(at, target));
        let found = wanted.map_or(&[][..], |(part, key)| {
            let part = &self.parts[part];
            let from = part.partition_point(|pointer| pointer >> WORD_BITS < key);
            let to = from + part[from..].partition_point(|pointer| pointer >> WORD_BITS == key);
            &part[from..to]
        });
        found.iter().map(|pointer| self.plan.addr(pointer & ((1 << WORD_BITS) - 1)))
    }

    /// The object that begins nearest before `addr`, or there, within `reach` bytes.
    pub fn start_before(&self, addr: Addr, reach: u64) -> Option<Tagged> {
        let at = self.plan.region(addr.0)?;
        let step = self.plan.width.bytes();
        let region = self.plan.regions[at];
        // No object begins in a hole, but one may reach into it.
        let last_numbered = region.start + region.numbered.checked_sub(step)?;
        let reach = reach.checked_sub(addr.0.saturating_sub(last_numbered) / step * step)?.div_ceil(step);
        let last = self.plan.word(at, addr.0.min(last_numbered));
        let first = self.plan.regions[at].first_word.max((last + 1).saturating_sub(reach));
        let (mut block, mut bits) = (last / 64, u64::MAX >> (63 - last % 64));
        loop {
            bits &= self.starts.get(block as usize)?;
            if bits != 0 {
                let found = block * 64 + u64::from(63 - bits.leading_zeros());
                return (found >= first).then(|| Tagged(self.plan.addr(found).0 + 1));
            }
            if block * 64 <= first {
                return None;
            }
            (block, bits) = (block - 1, u64::MAX);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Visits every place in saved memory where `word` is, in the order of addresses: for one that [`Pointers`] leaves out.
/// One thread does it, because there may be more places than could be kept: 0 is everywhere.
///
/// # Errors
/// When the pass is cancelled; else the first that `visit` gives, which ends it.
pub fn find_word<E: From<Error>>(
    image: &Image,
    word: u64,
    progress: &Progress,
    mut visit: impl FnMut(Addr) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let words = Words::new(image, Unseen::NONE);
    progress.begin(words.len());
    let mut window = Window::default();
    let mut look = |chunk: &Chunk<'_>| {
        chunk.matching(words.width(), Pattern::exactly(word), &mut window, |addr, _| visit(Addr(addr)))?;
        Ok(progress.advance(chunk.size())?)
    };
    if word == 0 {
        return words.chunks_and_holes().try_for_each(|chunk| look(&chunk));
    }
    words.chunks(|_| true).iter().try_for_each(look)
}
