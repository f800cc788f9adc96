//! Memory under construction: regions that grow, words written by address.
//!
//! Knows: addresses and little-endian bytes. Must not know: V8, ELF.

/// A region of 32-bit memory.
#[derive(Debug)]
pub struct Region {
    /// First address.
    pub base: u32,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Region {
    /// An empty region.
    pub fn new(base: u32) -> Region {
        Region { base, bytes: Vec::new() }
    }

    /// Room for `size` bytes of zeros on an 8-byte boundary.
    pub fn room(&mut self, size: usize) -> u32 {
        let at = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(at + size, 0);
        self.base + at as u32
    }

    /// Writes `bytes` at `addr`.
    pub fn put(&mut self, addr: u32, bytes: &[u8]) {
        let at = (addr - self.base) as usize;
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes words, one after another, from `addr` on.
    pub fn words(&mut self, addr: u32, words: &[u32]) {
        for (at, word) in (addr..).step_by(4).zip(words) {
            self.put(at, &word.to_le_bytes());
        }
    }

    /// The region in whole pages.
    pub fn paged(mut self) -> Region {
        self.bytes.resize(self.bytes.len().next_multiple_of(0x1000), 0);
        self
    }
}
