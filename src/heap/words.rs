//! Memory as a pass sees it: every saved word in address order, cut into chunks, and single reads at the cost of an
//! array access.
//!
//! [`AddressSpace`] answers one read well; a pass makes tens of millions, nearly all of them near earlier ones. A
//! [`Reader`], one per thread, remembers which region served each neighbourhood.
//!
//! Knows: regions of saved bytes. Must not know: what the words mean.

use crate::image::space::Window;
use crate::image::{Addr, AddressSpace, Content, Image, Segment, Width};
use std::borrow::Cow;
use std::ops::Range;

/// A run of saved bytes of one mapping.
#[derive(Clone, Copy, Debug)]
pub struct Region<'s> {
    /// Address of the first byte, a multiple of the pointer size.
    pub start: u64,
    /// The bytes, a whole number of words.
    pub bytes: &'s [u8],
    /// What the mapping holds.
    pub content: Content,
    /// Whether the mapping belongs to a load object or another file.
    pub of_file: bool,
    segment: &'s Segment,
}

/// All saved memory of an image.
#[derive(Clone, Debug)]
pub struct Words<'s> {
    regions: Vec<Region<'s>>,
    /// What is no hole, rounded to where chunks begin: in address order.
    runs: Vec<Chunk<'s>>,
    space: &'s AddressSpace,
}

/// Memory that passes do not see: ranges of whole words, which ascend.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Unseen(pub Vec<Range<u64>>);

impl Unseen {
    /// No memory.
    pub const NONE: &'static Unseen = &Unseen(Vec::new());
}

/// A piece of a region, for one thread to work on.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'s> {
    /// The region that it is a piece of.
    pub region: Region<'s>,
    /// Where it begins, in bytes from the start of the region.
    from: usize,
    /// Its size in bytes, a whole number of words.
    size: usize,
}

/// Bytes in a chunk: small enough to share out evenly, large enough that sharing costs nothing and that the system is not
/// asked for windows all the time; a multiple of 64 words, and of V8's pages, over whose ends no object lies but one that
/// has pages of its own. The small heaps of tests shall have several.
const CHUNK: usize = if cfg!(test) { 1 << 20 } else { 1 << 22 };

impl<'s> Region<'s> {
    /// What of it is not known to be all zeros, rounded to where chunks begin.
    fn runs(&self) -> Vec<Chunk<'s>> {
        let (first, all) = ((self.start - self.segment.start.0) as usize, self.bytes.len());
        let mut runs: Vec<Chunk<'s>> = Vec::new();
        let mut at = 0;
        while at < all {
            let data = self.segment.unknown(first + at..first + all);
            if data.is_empty() {
                break;
            }
            let from = (data.start.saturating_sub(first) / CHUNK * CHUNK).max(at);
            let to = data.end.saturating_sub(first).next_multiple_of(CHUNK).clamp(from, all);
            match runs.last_mut() {
                Some(last) if last.from + last.size == from => last.size += to - from,
                _ => runs.push(Chunk { region: *self, from, size: to - from }),
            }
            // A file that changes meanwhile may tell of no end.
            at = to.max(at + 1);
        }
        runs
    }

    /// Whether it has the byte at `addr`.
    #[inline]
    pub fn covers(&self, addr: u64) -> bool {
        addr.wrapping_sub(self.start) < self.bytes.len() as u64
    }

    /// What is left of it without `ranges`, which ascend.
    fn without(self, ranges: &[Range<u64>]) -> Vec<Region<'s>> {
        let end = self.start + self.bytes.len() as u64;
        let first = ranges.partition_point(|range| range.end <= self.start);
        let mut left = Vec::new();
        let mut from = self.start;
        for range in ranges[first..].iter().take_while(|range| range.start < end) {
            left.extend(self.part(from, range.start));
            from = range.end;
        }
        left.extend(self.part(from, end));
        left
    }

    /// The part of it from one address to another; absent if that is empty.
    fn part(self, from: u64, to: u64) -> Option<Region<'s>> {
        let bytes = self.bytes.get(from.checked_sub(self.start)? as usize..to.checked_sub(self.start)? as usize)?;
        (!bytes.is_empty()).then_some(Region { start: from, bytes, ..self })
    }
}

impl<'s> Words<'s> {
    /// The saved words of `image`, but for those that are `unseen`.
    pub fn new(image: &'s Image, unseen: &Unseen) -> Words<'s> {
        let space = &image.space;
        let step = space.width().bytes();
        let regions = space.segments().iter().filter_map(|segment| {
            let start = segment.start.0.checked_next_multiple_of(step)?;
            let bytes = segment.bytes().get((start - segment.start.0) as usize..)?;
            let bytes = &bytes[..bytes.len() - bytes.len() % step as usize];
            start.checked_add(bytes.len() as u64)?;
            let of_file = image.mapping(segment.start).is_some_and(|m| m.object.is_some() || m.file.is_some());
            (!bytes.is_empty()).then_some(Region { start, bytes, content: segment.content, of_file, segment })
        });
        let regions: Vec<Region<'s>> = regions.flat_map(|region| region.without(&unseen.0)).collect();
        let runs = regions.iter().flat_map(Region::runs).collect();
        Words { regions, runs, space }
    }

    /// Whether there was memory, saved or not, for all of an object of `size` bytes at `start`.
    pub fn spans(&self, start: u64, size: u64) -> bool {
        self.space.spans(Addr(start), size)
    }

    /// Size of a pointer.
    pub fn width(&self) -> Width {
        self.space.width()
    }

    /// Bytes in all runs.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(Chunk::size).sum()
    }

    /// The parts of the regions that are no holes in the file, in address order. A hole of less than a chunk counts as
    /// none; a region of holes alone has no run.
    pub fn runs(&self) -> &[Chunk<'s>] {
        &self.runs
    }

    /// The regions, in address order.
    pub fn regions(&self) -> &[Region<'s>] {
        &self.regions
    }

    /// Whether nothing was saved.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// The runs in the regions that `wanted` picks, cut into chunks, in address order.
    pub fn chunks(&self, wanted: impl Fn(&Region<'s>) -> bool) -> Vec<Chunk<'s>> {
        self.runs.iter().filter(|run| wanted(&run.region)).flat_map(Chunk::cut).collect()
    }

    /// All chunks, in address order, those that are holes too: there may be more than could be kept.
    pub fn chunks_and_holes(&self) -> impl Iterator<Item = Chunk<'s>> + '_ {
        self.regions.iter().flat_map(|region| Chunk { region: *region, from: 0, size: region.bytes.len() }.cut())
    }
}

/// Which words a pass wants: those that have certain values in certain bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// The bits that count.
    pub mask: u64,
    /// Their values.
    pub bits: u64,
}

impl Pattern {
    /// Words that are tagged as heap objects: low bits 01.
    pub const TAGGED: Pattern = Pattern { mask: 3, bits: 1 };

    /// One word alone.
    pub fn exactly(word: u64) -> Pattern {
        Pattern { mask: u64::MAX, bits: word }
    }
}

impl<'s> Chunk<'s> {
    /// It, cut into chunks of the usual size.
    fn cut(&self) -> impl Iterator<Item = Chunk<'s>> + use<'s> {
        let Chunk { region, from, size } = *self;
        (0..size).step_by(CHUNK).map(move |at| Chunk { region, from: from + at, size: CHUNK.min(size - at) })
    }

    /// Address of its first byte.
    pub fn start(&self) -> u64 {
        self.region.start + self.from as u64
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size as u64
    }

    /// Visits the words that match `pattern`: address and word. `window` is the thread's, to be used again.
    ///
    /// # Errors
    /// The first that `visit` gives.
    pub fn matching<E>(
        &self,
        width: Width,
        pattern: Pattern,
        window: &mut Window,
        mut visit: impl FnMut(u64, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let segment = self.region.segment;
        let first = (self.region.start - segment.start.0) as usize + self.from;
        let bytes = segment.passing(first..first + self.size, window);
        // A hole has words, but they are all zero.
        let zeros_count = pattern.bits == 0;
        let (mut at, mut all_zero) = (0, true);
        while at < bytes.len() {
            let data = if zeros_count { 0..bytes.len() } else { segment.unknown(first + at..first + bytes.len()) };
            let place = |in_segment: usize| in_segment.saturating_sub(first).clamp(at, bytes.len());
            let from = place(data.start) / GRAIN * GRAIN;
            let to = place(data.end).next_multiple_of(GRAIN).min(bytes.len());
            if from >= to {
                break;
            }
            let (part, start) = (&bytes[from..to], self.start() + from as u64);
            all_zero &= match width {
                Width::W32 => matching(part, start, pattern, |w| u64::from(u32::from_le_bytes(w)), &mut visit)?,
                Width::W64 => matching(part, start, pattern, u64::from_le_bytes, &mut visit)?,
            };
            at = to;
        }
        if all_zero && !zeros_count {
            segment.note_zeros(first..first + bytes.len());
        }
        Ok(())
    }
}

/// What parts of a chunk begin at: a multiple of every word's size.
const GRAIN: usize = 8;

/// Words that are looked at together, before each: most memory has long stretches without any that match.
const BLOCK: usize = 64;

/// Visits the words of `bytes`, which begin at `start`, that match; whether all are zero, if zeros do not match.
fn matching<const N: usize, E>(
    bytes: &[u8],
    start: u64,
    pattern: Pattern,
    value: impl Fn([u8; N]) -> u64,
    mut visit: impl FnMut(u64, u64) -> Result<(), E>,
) -> Result<bool, E> {
    let (mut at, mut all_zero) = (start, true);
    for block in bytes.as_chunks::<N>().0.chunks(BLOCK) {
        if pattern.bits == 0 || !is_zero(block.as_flattened()) {
            all_zero = false;
            let bit = |i: usize, word: &[u8; N]| u64::from(value(*word) & pattern.mask == pattern.bits) << i;
            let mut found = block.iter().enumerate().fold(0, |found, (i, word)| found | bit(i, word));
            while found != 0 {
                let i = found.trailing_zeros() as usize;
                found &= found - 1;
                visit(at + (i * N) as u64, value(block[i]))?;
            }
        }
        at += (block.len() * N) as u64;
    }
    Ok(all_zero)
}

/// Whether all of `bytes` are zero, told without a branch for each.
fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks();
    words.iter().fold(0, |any, word| any | u64::from_ne_bytes(*word)) == 0 && rest.iter().all(|&byte| byte == 0)
}

/// How many neighbourhoods a reader remembers.
const NEIGHBOURHOODS: usize = 1024;
/// The size of a neighbourhood, as a power of two.
const NEIGHBOURHOOD_BITS: u32 = 20;

/// Reads single words, quickly where others were read nearby.
#[derive(Clone, Debug)]
pub struct Reader<'w, 's> {
    words: &'w Words<'s>,
    recent: Box<[Near<'s>; NEIGHBOURHOODS]>,
    width: Width,
}

/// A region that served a neighbourhood.
#[derive(Clone, Copy, Debug, Default)]
struct Near<'s> {
    start: u64,
    bytes: &'s [u8],
    number: usize,
}

impl<'s> Near<'s> {
    /// Where `addr` is in the region, if it is there.
    #[inline(always)]
    fn place(&self, addr: u64) -> Option<usize> {
        let at = addr.wrapping_sub(self.start);
        (at < self.bytes.len() as u64).then_some(at as usize)
    }
}

impl<'w, 's> Reader<'w, 's> {
    /// A reader of `words`.
    pub fn new(words: &'w Words<'s>) -> Reader<'w, 's> {
        Reader { words, recent: Box::new([Near::default(); NEIGHBOURHOODS]), width: words.width() }
    }

    /// The number of the region that has `addr`.
    #[inline]
    pub fn region(&mut self, addr: u64) -> Option<usize> {
        let near = self.recent[slot(addr)];
        if near.place(addr).is_some() { Some(near.number) } else { Some(self.remember(addr)?.number) }
    }

    /// The bytes from `addr` to the end of its region; none where nothing was saved.
    #[inline(always)]
    pub fn tail(&mut self, addr: u64) -> Option<&'s [u8]> {
        let near = &self.recent[slot(addr)];
        match near.place(addr) {
            Some(at) => Some(&near.bytes[at..]),
            None => {
                let near = self.remember(addr)?;
                near.bytes.get(near.place(addr)?..)
            }
        }
    }

    /// Looks for the region that has `addr`.
    #[inline(never)]
    fn remember(&mut self, addr: u64) -> Option<Near<'s>> {
        let regions = &self.words.regions;
        let number = regions.partition_point(|r| r.start <= addr).checked_sub(1)?;
        let near = Near { start: regions[number].start, bytes: regions[number].bytes, number };
        near.place(addr)?;
        self.recent[slot(addr)] = near;
        Some(near)
    }

    /// The byte at `addr`.
    #[inline]
    pub fn byte(&mut self, addr: u64) -> Option<u8> {
        self.tail(addr)?.first().copied()
    }

    /// The pointer-sized word at `addr`.
    #[inline]
    pub fn word(&mut self, addr: u64) -> Option<u64> {
        let tail = self.tail(addr)?;
        match self.width {
            Width::W32 => tail.first_chunk().map(|b| u64::from(u32::from_le_bytes(*b))),
            Width::W64 => tail.first_chunk().map(|b| u64::from_le_bytes(*b)),
        }
    }

    /// `count` words at `addr`, borrowed unless they cross from one mapping into the next.
    pub fn words(&mut self, addr: u64, count: usize) -> Option<Run<'s>> {
        let len = count.checked_mul(self.width.bytes() as usize)?;
        let bytes = match self.tail(addr).and_then(|tail| tail.get(..len)) {
            Some(bytes) => Cow::Borrowed(bytes),
            None => self.words.space.bytes(Addr(addr), len).ok()?,
        };
        Some(Run { bytes, width: self.width })
    }
}

/// Where a reader remembers what served the neighbourhood of `addr`.
#[inline(always)]
fn slot(addr: u64) -> usize {
    (addr >> NEIGHBOURHOOD_BITS) as usize % NEIGHBOURHOODS
}

/// Words that follow one another.
#[derive(Clone, Debug)]
pub struct Run<'s> {
    bytes: Cow<'s, [u8]>,
    width: Width,
}

impl Run<'_> {
    /// No words.
    pub fn empty(width: Width) -> Run<'static> {
        Run { bytes: Cow::Borrowed(&[]), width }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.width.bytes() as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The word at `index`.
    pub fn get(&self, index: usize) -> Option<u64> {
        match self.width {
            Width::W32 => self.bytes.as_chunks::<4>().0.get(index).map(|b| u64::from(u32::from_le_bytes(*b))),
            Width::W64 => self.bytes.as_chunks::<8>().0.get(index).map(|b| u64::from_le_bytes(*b)),
        }
    }

    /// The words, in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
