//! Where a file holds nothing but zeros, as far as anyone has looked: what is reserved and was never touched is most of
//! many a core, and no hole in the file.
//!
//! Knows: ranges. Must not know: what looks, and what for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

/// Ranges of a file that are known to be all zeros.
#[derive(Debug, Default)]
pub struct Zeros {
    /// By start, the end: disjoint, and none begins where another ends.
    ranges: RwLock<BTreeMap<usize, usize>>,
}

impl Zeros {
    /// `range` was looked at, and is all zeros.
    pub fn note(&self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let mut ranges = self.ranges.write().unwrap_or_else(PoisonError::into_inner);
        let Range { mut start, mut end } = range;
        while let Some((&from, &to)) = ranges.range(..=end).next_back().filter(|&(_, &to)| to >= start) {
            ranges.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        ranges.insert(start, end);
    }

    /// The first part of `range` that is not known to be all zeros: empty, at its end, if there is none.
    pub fn beyond(&self, range: Range<usize>) -> Range<usize> {
        let ranges = self.ranges.read().unwrap_or_else(PoisonError::into_inner);
        let around = ranges.range(..=range.start).next_back();
        let start = around.map_or(range.start, |(_, &to)| to.clamp(range.start, range.end));
        let next = ranges.range(start..).next();
        start..next.map_or(range.end, |(&from, _)| from.min(range.end)).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_beyond_is_what_was_not_noted(
            noted in prop::collection::vec((0..64_usize, 0..12_usize), 0..12),
            (from, len) in (0..64_usize, 0..40_usize),
        ) {
            let zeros = Zeros::default();
            let mut known = [false; 80];
            for (start, len) in noted {
                zeros.note(start..start + len);
                known[start..start + len].fill(true);
            }
            let to = (from + len).min(known.len());
            let start = (from..to).find(|&at| !known[at]).unwrap_or(to);
            let end = (start..to).find(|&at| known[at]).unwrap_or(to);
            prop_assert_eq!(zeros.beyond(from..to), start..end);
        }
    }
}
