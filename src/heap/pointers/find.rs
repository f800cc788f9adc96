//! One thread's part of the pass: files the pointers that it meets, and sorts those into a part of memory.
//!
//! More than half of a heap's pointers are to a few thousand objects: maps, `undefined`, the empty array. They are filed
//! apart, which takes an eighth of the memory and no sorting.
//!
//! Knows: pointers, and which of them are to maps. Must not know: who asks for them.

use super::numbers::{Places, Plan, Run, WORD_BITS};
use crate::heap::kinds::Kinds;
use crate::heap::words::{Chunk, Pattern};
use crate::heap::{Error, Kind, Result};
use crate::image::space::Window;

/// A word that was met before.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    word: u64,
    /// How often of late, less what was met in its place.
    times: u32,
    /// Which of the thread's popular words it is.
    popular: Option<u32>,
}

/// A word that one thread has met often.
pub(super) struct Popular {
    pub word: u64,
    is_map: bool,
    pub places: Places,
}

/// How many words a thread remembers, as a power of two.
const MET_BITS: u32 = 12;
/// What was met so often is popular.
const OFTEN: u32 = 32;

/// How many neighbourhoods a thread remembers the run of.
const NEIGHBOURHOODS: usize = 1024;
/// The size of a neighbourhood, as a power of two.
const NEIGHBOURHOOD_BITS: u32 = 20;

/// What one thread found: packed pointers by part.
pub(super) struct Finder<'p, 's> {
    plan: &'p Plan,
    kinds: Kinds<'p, 's>,
    recent: Vec<Run>,
    /// By some bits of the word.
    met: Vec<Met>,
    /// Those words that it has met often, with where.
    pub popular: Vec<Popular>,
    /// The others: packed pointers by part.
    pub parts: Vec<Vec<u64>>,
    /// Target and number of those to where no word begins that has a number.
    pub others: Vec<(u64, u64)>,
    /// The maps of maps: a context has one.
    pub metas: Vec<u64>,
    window: Window,
    /// How many bytes it has filed of late.
    pub filed: u64,
}

impl<'p, 's> Finder<'p, 's> {
    /// Has met nothing.
    pub fn new(plan: &'p Plan, kinds: Kinds<'p, 's>) -> Finder<'p, 's> {
        Finder {
            plan,
            kinds,
            recent: vec![Run::default(); NEIGHBOURHOODS],
            met: vec![Met::default(); 1 << MET_BITS],
            popular: Vec::new(),
            parts: vec![Vec::new(); plan.parts()],
            others: Vec::new(),
            metas: Vec::new(),
            window: Window::default(),
            filed: 0,
        }
    }

    /// Files the pointers of `chunk`; gives its bits of `starts`, for those that are popular.
    pub fn chunk(&mut self, chunk: &Chunk<'_>) -> Result<Vec<u64>> {
        let mut window = std::mem::take(&mut self.window);
        let width = self.plan.width;
        let mut starts = vec![0; (chunk.size() / width.bytes()).div_ceil(64) as usize];
        let first = self.plan.word(chunk.start()).unwrap_or_default();
        let done = chunk.matching(width, Pattern::TAGGED, &mut window, |addr, word| {
            let at = (addr - chunk.start()) / width.bytes();
            if word - 1 == addr && self.kinds.is(word, Kind::Map) {
                self.metas.push(word);
            }
            let met = &mut self.met[slot(word)];
            if met.word != word {
                if met.popular.is_none() {
                    met.times = met.times.saturating_sub(1);
                    if met.times == 0 {
                        *met = Met { word, times: 1, popular: None };
                    }
                }
                self.file(word, first + at);
            } else if let Some(popular) = met.popular {
                let popular = &mut self.popular[popular as usize];
                popular.places.push(first + at);
                self.filed += 1;
                if popular.is_map {
                    starts[at as usize / 64] |= 1 << (at % 64);
                }
            } else {
                met.times += 1;
                let is_popular = met.times == OFTEN;
                if self.file(word, first + at) && is_popular {
                    self.make_popular(word);
                }
            }
            Ok::<(), Error>(())
        });
        self.window = window;
        done.map(|()| starts)
    }

    /// From now on `word` is filed by itself.
    fn make_popular(&mut self, word: u64) {
        self.met[slot(word)].popular = u32::try_from(self.popular.len()).ok();
        self.popular.push(Popular { word, is_map: self.kinds.is(word, Kind::Map), places: Places::default() });
    }

    /// Files the pointer `word`, whose number is `from`; whether it is one.
    fn file(&mut self, word: u64, from: u64) -> bool {
        let (plan, target) = (self.plan, word - 1);
        let near = &mut self.recent[(target >> NEIGHBOURHOOD_BITS) as usize % NEIGHBOURHOODS];
        if target.wrapping_sub(near.start) >= near.room {
            let Some(run) = plan.run(target) else { return false };
            *near = run;
        }
        if let Some(to) = near.word(target, plan.width) {
            let within = to & ((1 << plan.part_bits) - 1);
            self.parts[(to >> plan.part_bits) as usize].push(within << WORD_BITS | from);
        } else if self.kinds.region(target).is_some() {
            self.others.push((target, from));
        } else {
            return false;
        }
        // In a list of the thread's, and then sorted among others.
        self.filed += 16;
        true
    }
}

/// Where a thread remembers `word`.
fn slot(word: u64) -> usize {
    ((word >> 2 ^ word >> (2 + MET_BITS)) & ((1 << MET_BITS) - 1)) as usize
}

/// Sorts what threads filed, one part after another.
pub(super) struct Sorter<'p> {
    plan: &'p Plan,
    /// For each granule of a part, where the next pointer to it goes.
    next: Vec<usize>,
}

/// How many words a granule has, as a power of two: few enough pointers to sort, many enough that a part's granules fit
/// into the cache.
const GRANULE_BITS: u32 = 3;

impl<'p> Sorter<'p> {
    /// Of parts by `plan`.
    pub fn new(plan: &'p Plan) -> Sorter<'p> {
        Sorter { plan, next: Vec::new() }
    }

    /// The pointers into a part, which threads have filed into `lists`: by where they point to, then by where they are.
    pub fn part(&mut self, lists: &[Vec<u64>]) -> Vec<u64> {
        let granule = |pointer: u64| (pointer >> (WORD_BITS + GRANULE_BITS)) as usize;
        self.next.clear();
        self.next.resize(1 << (self.plan.part_bits - GRANULE_BITS), 0);
        for &pointer in lists.iter().flatten() {
            self.next[granule(pointer)] += 1;
        }
        let mut total = 0;
        for next in &mut self.next {
            total += std::mem::replace(next, total);
        }
        let mut sorted = vec![0; total];
        for &pointer in lists.iter().flatten() {
            let next = &mut self.next[granule(pointer)];
            sorted[*next] = pointer;
            *next += 1;
        }
        let mut from = 0;
        for &to in &self.next {
            if to - from > 1 {
                sorted[from..to].sort_unstable();
            }
            from = to;
        }
        sorted
    }
}
