//! Addresses and their width. Knows: nothing but numbers.

use std::fmt;

/// A virtual address in the image (0 to 2^64-1; in a 32-bit image the upper half is zero).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Addr(pub u64);

impl Addr {
    /// `self + n`, wrapping: callers check the result by reading it.
    pub fn offset(self, n: i64) -> Addr {
        Addr(self.0.wrapping_add(n as u64))
    }
}

impl fmt::Display for Addr {
    /// Hex without prefix, as mdb prints an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:x}", self.0)
    }
}

impl fmt::LowerHex for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// The size of a pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Width {
    /// 4 bytes (ILP32, ELFCLASS32).
    W32,
    /// 8 bytes (LP64, ELFCLASS64).
    W64,
}

impl Width {
    /// Bytes in a pointer: 4 or 8.
    pub fn bytes(self) -> u64 {
        match self {
            Width::W32 => 4,
            Width::W64 => 8,
        }
    }

    /// `value` cut to a pointer's width.
    pub fn truncate(self, value: u64) -> u64 {
        match self {
            Width::W32 => value & 0xffff_ffff,
            Width::W64 => value,
        }
    }
}
