//! The mappings of the process: what `::mappings` lists, with the names that can be given to them.
//!
//! Knows: ranges and their names. Must not know: where bytes are (`space.rs`).

use super::{Addr, Content};

/// A mapping of the process, saved or not (PT_LOAD).
#[derive(Clone, Debug)]
pub struct Mapping {
    /// First address.
    pub start: Addr,
    /// Size in bytes.
    pub size: u64,
    /// Permissions (p_flags): 4 read, 2 write, 1 execute.
    pub flags: u32,
    /// What it holds.
    pub content: Content,
    /// The load object it belongs to, as an index in `Image::objects`.
    pub object: Option<usize>,
    /// The file mapped there, when the system noted one that is no load object's.
    pub file: Option<String>,
}

impl Mapping {
    /// The first address after it, or 2^64-1 if it reaches the end of the address space.
    pub fn end(&self) -> Addr {
        Addr(self.start.0.saturating_add(self.size))
    }

    /// Whether it covers `addr`.
    pub fn contains(&self, addr: Addr) -> bool {
        addr.0.wrapping_sub(self.start.0) < self.size
    }
}
