//! Memory as a pass sees it: every saved word in address order, cut into chunks, and single reads at the cost of an
//! array access.
//!
//! [`AddressSpace`] answers one read well; a pass makes tens of millions, nearly all of them near earlier ones. A
//! [`Reader`], one per thread, remembers which region served each neighbourhood.
//!
//! Knows: regions of saved bytes. Must not know: what the words mean.

use crate::image::{Addr, AddressSpace, Content, Image, Segment, Width};
use std::borrow::Cow;

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
    space: &'s AddressSpace,
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

/// Bytes in a chunk: small enough to share out evenly, large enough that sharing costs nothing; a multiple of 64 words,
/// and of V8's pages, over whose ends no object lies but one that has pages of its own.
const CHUNK: usize = 1 << 20;

impl Region<'_> {
    /// Whether it has the byte at `addr`.
    pub fn covers(&self, addr: u64) -> bool {
        addr.wrapping_sub(self.start) < self.bytes.len() as u64
    }
}

impl<'s> Words<'s> {
    /// The saved words of `image`.
    pub fn new(image: &'s Image) -> Words<'s> {
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
        Words { regions: regions.collect(), space }
    }

    /// Size of a pointer.
    pub fn width(&self) -> Width {
        self.space.width()
    }

    /// Bytes in all regions.
    pub fn len(&self) -> u64 {
        self.regions.iter().map(|r| r.bytes.len() as u64).sum()
    }

    /// The regions, in address order.
    pub fn regions(&self) -> &[Region<'s>] {
        &self.regions
    }

    /// Whether nothing was saved.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// The regions that `wanted` picks, cut into chunks, in address order.
    pub fn chunks(&self, wanted: impl Fn(&Region<'s>) -> bool) -> Vec<Chunk<'s>> {
        let picked = self.regions.iter().filter(|region| wanted(region));
        picked
            .flat_map(|&region| {
                let all = region.bytes.len();
                (0..all).step_by(CHUNK).map(move |from| Chunk { region, from, size: CHUNK.min(all - from) })
            })
            .collect()
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

impl Chunk<'_> {
    /// Address of its first byte.
    pub fn start(&self) -> u64 {
        self.region.start + self.from as u64
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size as u64
    }

    /// Visits the words that match `pattern`: address and word. `buffer` is the thread's, to be used again.
    ///
    /// # Errors
    /// The first that `visit` gives.
    pub fn matching<E>(
        &self,
        width: Width,
        pattern: Pattern,
        buffer: &mut Vec<u8>,
        mut visit: impl FnMut(u64, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let segment = self.region.segment;
        let first = (self.region.start - segment.start.0) as usize + self.from;
        let end = first + self.size;
        // A hole has words, but they are all zero.
        let zeros_count = pattern.bits == 0;
        let mut at = first;
        while at < end {
            let data = if zeros_count { at..end } else { segment.data(at..end) };
            let word = |place: usize| first + (place - first) / GRAIN * GRAIN;
            at = word(data.start.clamp(at, end));
            let until = word((data.end + GRAIN - 1).max(at)).min(end);
            if at >= until {
                break;
            }
            while at < until {
                let to = until.min(at + PIECE);
                let start = segment.start.0 + at as u64;
                let bytes = segment.passing(at..to, buffer);
                match width {
                    Width::W32 => matching(bytes, start, pattern, |w| u64::from(u32::from_le_bytes(w)), &mut visit)?,
                    Width::W64 => matching(bytes, start, pattern, u64::from_le_bytes, &mut visit)?,
                }
                at = to;
            }
        }
        Ok(())
    }
}

/// Bytes that are read at a time: they stay in the processor's own cache while they are looked at.
const PIECE: usize = 1 << 18;
/// What pieces begin at: a multiple of every word's size.
const GRAIN: usize = 8;

/// Words that are looked at together, before each: most memory has long stretches without any that match.
const BLOCK: usize = 16;

fn matching<const N: usize, E>(
    bytes: &[u8],
    start: u64,
    pattern: Pattern,
    value: impl Fn([u8; N]) -> u64,
    mut visit: impl FnMut(u64, u64) -> Result<(), E>,
) -> Result<(), E> {
    let matches = |word: &[u8; N]| value(*word) & pattern.mask == pattern.bits;
    let mut at = start;
    for block in bytes.as_chunks::<N>().0.chunks(BLOCK) {
        if block.iter().fold(false, |any, word| any | matches(word)) {
            for (i, word) in block.iter().enumerate().filter(|(_, word)| matches(word)) {
                visit(at + (i * N) as u64, value(*word))?;
            }
        }
        at += (block.len() * N) as u64;
    }
    Ok(())
}

/// How many neighbourhoods a reader remembers.
const NEIGHBOURHOODS: usize = 1024;
/// The size of a neighbourhood, as a power of two.
const NEIGHBOURHOOD_BITS: u32 = 16;

/// Reads single words, quickly where others were read nearby.
#[derive(Clone, Debug)]
pub struct Reader<'w, 's> {
    words: &'w Words<'s>,
    recent: Vec<u32>,
    width: Width,
}

impl<'w, 's> Reader<'w, 's> {
    /// A reader of `words`.
    pub fn new(words: &'w Words<'s>) -> Reader<'w, 's> {
        Reader { words, recent: vec![0; NEIGHBOURHOODS], width: words.width() }
    }

    /// The number of the region that has `addr`.
    pub fn region(&mut self, addr: u64) -> Option<usize> {
        let slot = (addr >> NEIGHBOURHOOD_BITS) as usize % NEIGHBOURHOODS;
        let regions = &self.words.regions;
        let recent = self.recent[slot] as usize;
        if regions.get(recent)?.covers(addr) {
            return Some(recent);
        }
        let at = regions.partition_point(|r| r.start <= addr).checked_sub(1)?;
        if !regions[at].covers(addr) {
            return None;
        }
        self.recent[slot] = at as u32;
        Some(at)
    }

    /// The bytes from `addr` to the end of its region; none where nothing was saved.
    fn tail(&mut self, addr: u64) -> Option<&'s [u8]> {
        let region = self.words.regions[self.region(addr)?];
        region.bytes.get((addr - region.start) as usize..)
    }

    /// The byte at `addr`.
    pub fn byte(&mut self, addr: u64) -> Option<u8> {
        self.tail(addr)?.first().copied()
    }

    /// The pointer-sized word at `addr`.
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

/// Words that follow one another.
#[derive(Clone, Debug)]
pub struct Run<'s> {
    bytes: Cow<'s, [u8]>,
    width: Width,
}

impl Run<'_> {
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
