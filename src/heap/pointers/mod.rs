//! Who points at what: every word of memory that is tagged as a heap object and points into saved memory, by where it
//! points; and where objects begin.
//!
//! Made once, it answers for one address as for a hundred thousand. A pointer takes eight bytes, one to what very many
//! point to takes one, a word of memory another bit.
//!
//! Knows: words, and that an object begins with its map. Must not know: properties (`refs` knows who refers by which).

mod find;
mod numbers;
#[cfg(test)]
mod tests;

use super::kinds::{Facts, Kinds};
use super::words::{Chunk, Pattern, Unseen, Words};
use super::{Error, Heap, Progress, Result, Tagged, pass};
use crate::image::space::Window;
use crate::image::{Addr, Image};
use find::{Finder, Sorter};
use itertools::{Either, Itertools};
use numbers::{Places, Plan, WORD_BITS, WORD_MASK};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Every tagged word in memory, by where it points.
#[derive(Debug)]
pub struct Pointers {
    plan: Plan,
    /// Packed pointers in ascending order, parted by where they point to.
    parts: Vec<Vec<u64>>,
    /// Those that point to where no object begins, whose target has no number: target and number of the word, ascending.
    others: Vec<(u64, u64)>,
    /// Most of those that point to what very many point to: maps, `undefined`, the empty array.
    popular: FxHashMap<u64, Vec<Places>>,
    /// For every word of memory, whether it is the first of an object: a pointer to a map.
    starts: Vec<u64>,
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
        let worker = || Finder::new(&plan, Kinds::new(&words, &facts));
        let memory = progress.claim();
        let (bits, mut finders) = pass::run(&chunks, worker, |finder, chunk| {
            let starts = finder.chunk(chunk)?;
            memory.take(size_of_val(&starts[..]) as u64 + std::mem::take(&mut finder.filed))?;
            progress.advance(chunk.size())?;
            Ok(starts)
        })?;
        memory.keep();
        let of_part = |part: usize| finders.iter_mut().map(|f| std::mem::take(&mut f.parts[part])).collect();
        let lists: Vec<Vec<Vec<u64>>> = (0..plan.parts()).map(of_part).collect();
        // Runs and chunks begin at multiples of 64 words, so that their bits can be put one after another.
        let starts = bits.concat();
        let sort = |sorter: &mut Sorter<'_>, lists: Vec<Vec<u64>>| {
            progress.advance(0)?;
            Ok(sorter.part(&lists))
        };
        let parts = lists.into_par_iter().map_init(|| Sorter::new(&plan), sort);
        let parts = parts.collect::<Result<_>>()?;
        let mut others = Vec::new();
        let mut popular: FxHashMap<u64, Vec<Places>> = FxHashMap::default();
        let mut metas = Vec::new();
        for finder in finders {
            others.extend(finder.others);
            metas.extend(finder.metas);
            for found in finder.popular {
                popular.entry(found.word).or_default().push(found.places);
            }
        }
        others.sort_unstable();
        let mut pointers = Pointers { plan, parts, others, popular, starts };
        pointers.note_starts(&metas);
        Ok(pointers)
    }

    /// Notes the first words of objects whose maps are not popular. The maps of all maps are `metas`.
    fn note_starts(&mut self, metas: &[u64]) {
        let maps = metas.iter().flat_map(|&meta| self.to(Tagged(meta)));
        let maps = maps.filter_map(|map| self.plan.word(map.0));
        let starts: Vec<u64> = maps.flat_map(|map| self.packed(map)).map(|pointer| pointer & WORD_MASK).collect();
        for word in starts {
            self.starts[word as usize / 64] |= 1 << (word % 64);
        }
    }

    /// The packed pointers to the word of this number.
    fn packed(&self, word: u64) -> &[u64] {
        let within = word & ((1 << self.plan.part_bits) - 1);
        let part = self.parts.get((word >> self.plan.part_bits) as usize);
        part.map_or(&[], |part| range(part, |pointer| (pointer >> WORD_BITS).cmp(&within)))
    }

    /// Where `word` is, in the order of addresses.
    pub fn to(&self, word: Tagged) -> impl Iterator<Item = Addr> + '_ {
        let target = word.untagged().0;
        let (packed, others) = match self.plan.word(target) {
            _ if !word.is_object() => (&[][..], &[][..]),
            Some(number) => (self.packed(number), &[][..]),
            None => (&[][..], range(&self.others, |(other, _)| other.cmp(&target))),
        };
        let packed = packed.iter().map(|pointer| pointer & WORD_MASK);
        let others = others.iter().map(|&(_, from)| from);
        let popular = self.popular.get(&word.0).into_iter().flatten().map(|places| Either::Right(places.iter()));
        let lists = std::iter::once(Either::Left(packed.chain(others))).chain(popular);
        lists.kmerge().map(|from| self.plan.addr(from))
    }

    /// The object that begins nearest before `addr`, or there, within `reach` bytes.
    pub fn start_before(&self, addr: Addr, reach: u64) -> Option<Tagged> {
        let step = self.plan.width.bytes();
        let run = self.plan.run(addr.0)?;
        // No object begins behind the run, but one may reach over its end.
        let last_addr = run.start + run.size.checked_sub(step)?;
        let reach = reach.checked_sub(addr.0.saturating_sub(last_addr) / step * step)?.div_ceil(step);
        let last = run.first_word + (addr.0.min(last_addr) - run.start) / step;
        let first = run.first_word.max((last + 1).saturating_sub(reach));
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
        let popular = self.popular.values().flatten().map(|places| places.count).sum::<usize>();
        self.parts.iter().map(Vec::len).sum::<usize>() + self.others.len() + popular
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Those of `sorted` that are equal by `order`, which compares one to what is sought.
fn range<T>(sorted: &[T], order: impl Fn(&T) -> std::cmp::Ordering) -> &[T] {
    let from = sorted.partition_point(|item| order(item).is_lt());
    let to = from + sorted[from..].partition_point(|item| order(item).is_eq());
    &sorted[from..to]
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
