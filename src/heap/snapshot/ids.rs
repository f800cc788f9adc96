//! Numbers of objects that stay the same from one core of a process to the next, as long as the object does not move.
//!
//! Readers keep numbers of 32 bits, and expect odd ones for objects of the heap. Of a 32-bit process an address is short
//! enough. Of a 64-bit one the number has where the object is in its piece of 256 KB, and a short hash of which piece
//! that is; pieces of the same hash take the next that is free.
//!
//! Knows: addresses. Must not know: objects.

use crate::image::{Addr, Width};
use rustc_hash::FxHashMap;

/// From addresses to numbers.
#[derive(Debug)]
pub enum Ids {
    /// By address: 32-bit processes.
    Address,
    /// By piece and place.
    Pieces(FxHashMap<u64, u32>),
    /// There are more pieces than numbers: objects are counted.
    Counted,
}

/// Memory is told apart by pieces of this size, as a power of two: V8's pages are of whole ones.
const PIECE_BITS: u32 = 18;
/// How many pieces have a number; the first is for what is no object.
const PIECES: u32 = 1 << 16;
/// Words in a piece, as a power of two.
const PLACE_BITS: u32 = PIECE_BITS - 3;

impl Ids {
    /// For objects that begin at `starts`, which ascend.
    pub fn new(width: Width, starts: impl Iterator<Item = Addr>) -> Ids {
        if width == Width::W32 {
            return Ids::Address;
        }
        let mut pieces: FxHashMap<u64, u32> = FxHashMap::default();
        let mut taken = vec![false; PIECES as usize];
        taken[0] = true;
        let mut last = None;
        for start in starts {
            let piece = start.0 >> PIECE_BITS;
            if last == Some(piece) {
                continue;
            }
            last = Some(piece);
            if pieces.len() + 1 >= PIECES as usize {
                return Ids::Counted;
            }
            // The high bits of a product are the mixed ones (Knuth, "Sorting and Searching", 6.4).
            let mut slot = (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as u32;
            while taken[slot as usize] {
                slot = (slot + 1) % PIECES;
            }
            taken[slot as usize] = true;
            pieces.insert(piece, slot);
        }
        Ids::Pieces(pieces)
    }

    /// The number of the object that begins at `start` and is the `nth` of all.
    pub fn of(&self, start: Addr, nth: u32) -> u32 {
        match self {
            Ids::Address => (start.0 as u32) >> 2 << 1 | 1,
            Ids::Pieces(pieces) => {
                let piece = pieces.get(&(start.0 >> PIECE_BITS)).copied().unwrap_or(0);
                let place = (start.0 >> 3) as u32 & ((1 << PLACE_BITS) - 1);
                (piece << PLACE_BITS | place) << 1 | 1
            }
            Ids::Counted => (nth + FIRST_COUNTED) << 1 | 1,
        }
    }

    /// Whether numbers stay from one core to the next.
    pub fn are_stable(&self) -> bool {
        !matches!(self, Ids::Counted)
    }
}

/// Numbers below this, doubled, are those of what is no object.
const FIRST_COUNTED: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn ids(starts: &[u64]) -> (Vec<u32>, bool) {
        let ids = Ids::new(Width::W64, starts.iter().map(|&start| Addr(start)));
        (starts.iter().zip(0..).map(|(&start, nth)| ids.of(Addr(start), nth)).collect(), ids.are_stable())
    }

    #[test]
    fn numbers_are_odd_each_once_and_stay() {
        let starts: Vec<u64> = (0..4000).map(|n| 0x7f00_0000_0000 + n * 0x4_0000 + (n % 7) * 8).collect();
        let (all, stable) = ids(&starts);
        assert!(stable);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), starts.len());
        assert!(all.iter().all(|id| id % 2 == 1 && *id > 64));
        // Without half of the pieces, nearly all others keep their number.
        let fewer: Vec<u64> = starts.iter().copied().step_by(2).collect();
        let same = ids(&fewer).0.iter().zip(all.iter().step_by(2)).filter(|(a, b)| a == b).count();
        assert!(same > fewer.len() * 95 / 100, "{same}");
    }

    #[test]
    fn a_heap_of_more_pieces_than_numbers_is_counted() {
        let starts: Vec<u64> = (1..70_000).map(|n| n << PIECE_BITS).collect();
        let (all, stable) = ids(&starts);
        assert!(!stable);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), starts.len());
    }

    #[test]
    fn addresses_of_32_bits_are_their_own_numbers() {
        let ids = Ids::new(Width::W32, std::iter::empty());
        assert_eq!(ids.of(Addr(0xffff_fffc), 0), 0x7fff_ffff);
        assert_eq!(ids.of(Addr(0x1000), 0), 0x801);
    }
}
