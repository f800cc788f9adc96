//! How words of memory are numbered, and lists of such numbers.
//!
//! Knows: runs of saved memory. Must not know: what the words mean.

use crate::heap::words::Words;
use crate::heap::{Error, Result};
use crate::image::{Addr, Width};

/// How words are numbered, and parted by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    runs: Vec<Run>,
    pub width: Width,
    /// How many words there are.
    pub words: u64,
    /// How many words a part has, as a power of two.
    pub part_bits: u32,
}

/// A run of saved memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    pub start: u64,
    /// In bytes.
    pub size: u64,
    /// What is behind it has no words, or only zeros, up to where the next run begins.
    pub room: u64,
    /// The number of its first word: a multiple of 64, so that no two runs share a word of bits.
    pub first_word: u64,
}

/// A packed pointer is, from the top: the word that it points to within its part, the number of the word that points (38
/// bits).
pub(super) const WORD_BITS: u32 = 38;
pub(super) const WORD_MASK: u64 = (1 << WORD_BITS) - 1;
/// A part has at least so many words, as a power of two, that sorting one takes place in the cache, and at most so many
/// that the number of one and that of a pointer can be packed.
const PART_BITS: std::ops::RangeInclusive<u32> = 16..=u64::BITS - WORD_BITS;
/// There are at most so many parts, as a power of two, if they can be as large as that: a thread files into all at once.
const MOST_PARTS_BITS: u32 = 8;

impl Plan {
    /// The numbers of `words`.
    ///
    /// # Errors
    /// When there are more than can be numbered.
    pub fn new(words: &Words<'_>) -> Result<Plan> {
        let step = words.width().bytes();
        let mut first_word = 0;
        let mut runs: Vec<Run> = Vec::with_capacity(words.runs().len());
        for run in words.runs() {
            if let Some(last) = runs.last_mut() {
                last.room = run.start() - last.start;
            }
            runs.push(Run { start: run.start(), size: run.size(), room: u64::MAX - run.start(), first_word });
            first_word = (first_word + run.size() / step).next_multiple_of(64);
        }
        if first_word >= 1 << WORD_BITS {
            let (addr, value) = (Addr(0), i64::try_from(first_word).unwrap_or(i64::MAX));
            return Err(Error::Implausible { addr, what: "number of words in memory", value });
        }
        let needed = u64::BITS - first_word.leading_zeros();
        let part_bits = needed.saturating_sub(MOST_PARTS_BITS).clamp(*PART_BITS.start(), *PART_BITS.end());
        Ok(Plan { runs, width: words.width(), words: first_word, part_bits })
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.words.div_ceil(1 << self.part_bits) as usize
    }

    /// The run that has `addr`, or behind which it is.
    pub fn run(&self, addr: u64) -> Option<Run> {
        let at = self.runs.partition_point(|run| run.start <= addr).checked_sub(1)?;
        Some(self.runs[at])
    }

    /// The number of the word at `addr`, if one begins there.
    pub fn word(&self, addr: u64) -> Option<u64> {
        self.run(addr)?.word(addr, self.width)
    }

    /// Where the word of this number is.
    pub fn addr(&self, word: u64) -> Addr {
        let at = self.runs.partition_point(|run| run.first_word <= word).saturating_sub(1);
        let run = self.runs.get(at).copied().unwrap_or_default();
        Addr(run.start + (word - run.first_word) * self.width.bytes())
    }
}

impl Run {
    /// The number of the word at `addr`, if one of this run begins there.
    #[inline(always)]
    pub fn word(&self, addr: u64, width: Width) -> Option<u64> {
        let (at, step) = (addr.wrapping_sub(self.start), width.bytes());
        (at < self.size && at.is_multiple_of(step)).then(|| self.first_word + at / step)
    }
}

/// Numbers of words, which ascend: the differences between them, seven bits to a byte, the lowest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    bytes: Vec<u8>,
    last: u64,
    pub count: usize,
}

impl Places {
    /// Appends `number`, which is not lower than the last.
    #[inline]
    pub fn push(&mut self, number: u64) {
        let mut left = number - std::mem::replace(&mut self.last, number);
        while left > 0x7f {
            self.bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        self.bytes.push(left as u8);
        self.count += 1;
    }

    /// The numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        let mut bytes = self.bytes.iter();
        let mut last = 0;
        std::iter::from_fn(move || {
            for shift in (0..u64::BITS).step_by(7) {
                let byte = *bytes.next()?;
                last += u64::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            Some(last)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(mut numbers in prop::collection::vec(0..1_u64 << 38, 0..50)) {
            numbers.sort_unstable();
            let mut places = Places::default();
            numbers.iter().for_each(|&number| places.push(number));
            prop_assert_eq!(places.iter().collect::<Vec<u64>>(), numbers);
        }
    }
}
