//! Which object begins at an address, at the cost of two array accesses: a bit for every word of the heap, and a count of
//! the bits before each block.
//!
//! Knows: bits. Must not know: objects.

use crate::image::Width;

/// A run of memory that has objects.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u64,
    end: u64,
    first_block: usize,
}

/// From addresses to numbers.
#[derive(Debug, Default)]
pub(super) struct Index {
    runs: Vec<Run>,
    bits: Vec<u64>,
    before: Vec<u32>,
    shift: u32,
    /// For each neighbourhood, by its address modulo their number, a run that reaches into it.
    near: Vec<u32>,
}

/// Objects farther apart than this are in runs of their own.
const GAP: u64 = 1 << 20;

/// Neighbourhoods, and the size of each as a power of two: most words that are looked up point into a few runs.
const NEIGHBOURHOODS: usize = 4096;
const NEIGHBOURHOOD_BITS: u32 = 20;

/// The neighbourhood of `addr`.
fn neighbourhood(addr: u64) -> usize {
    (addr >> NEIGHBOURHOOD_BITS) as usize % NEIGHBOURHOODS
}

impl Index {
    /// An index of objects that begin at `starts`, which ascend.
    pub fn new(starts: &[u64], width: Width) -> Index {
        let shift = width.bytes().trailing_zeros();
        let mut index = Index { shift, near: vec![0; NEIGHBOURHOODS], ..Index::default() };
        for run in starts.chunk_by(|a, b| b - a < GAP) {
            let (start, last) = (run[0] & !((64 << shift) - 1), run[run.len() - 1]);
            let first_block = index.bits.len();
            let blocks = ((last - start) >> shift) as usize / 64 + 1;
            index.bits.resize(first_block + blocks, 0);
            for addr in run {
                let bit = ((addr - start) >> shift) as usize;
                index.bits[first_block + bit / 64] |= 1 << (bit % 64);
            }
            for part in (start >> NEIGHBOURHOOD_BITS)..=(last >> NEIGHBOURHOOD_BITS) {
                index.near[neighbourhood(part << NEIGHBOURHOOD_BITS)] = index.runs.len() as u32;
            }
            index.runs.push(Run { start, end: last + 1, first_block });
        }
        let mut count = 0;
        index.before.reserve_exact(index.bits.len());
        for block in &index.bits {
            index.before.push(count);
            count += block.count_ones();
        }
        index
    }

    /// The run that `addr` is in.
    fn run(&self, addr: u64) -> Option<Run> {
        let near = *self.runs.get(*self.near.get(neighbourhood(addr))? as usize)?;
        if (near.start..near.end).contains(&addr) {
            return Some(near);
        }
        let after = self.runs.partition_point(|run| run.start <= addr);
        self.runs[..after].last().filter(|run| addr < run.end).copied()
    }

    /// Whether there are objects around `addr`, and one could begin there.
    pub fn is_among(&self, addr: u64) -> bool {
        addr & ((1 << self.shift) - 1) == 0 && self.run(addr).is_some()
    }

    /// The number of the object that begins at `addr`.
    pub fn number(&self, addr: u64) -> Option<u32> {
        let run = self.run(addr)?;
        if addr & ((1 << self.shift) - 1) != 0 {
            return None;
        }
        let bit = ((addr - run.start) >> self.shift) as usize;
        let (block, mask) = (run.first_block + bit / 64, 1_u64 << (bit % 64));
        let bits = *self.bits.get(block)?;
        (bits & mask != 0).then(|| self.before[block] + (bits & (mask - 1)).count_ones())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_order() {
        let starts = [0x1000, 0x1008, 0x1ff8, 0x9000_0000, 0x9000_0200, 0xffff_ffff_ffff_fff8];
        let index = Index::new(&starts, Width::W64);
        for (number, start) in starts.iter().enumerate() {
            assert_eq!(index.number(*start), Some(number as u32));
        }
        for other in [0, 0x1004, 0x1010, 0x2000, 0x9000_0100, 0x9000_0208] {
            assert_eq!(index.number(other), None, "{other:x}");
        }
    }
}
