//! What can go wrong with a heap. Each variant names what was attempted, and where.

use super::layout::{Field, Version};
use crate::image::Addr;

/// `std::result::Result` with this layer's error.
pub type Result<T> = std::result::Result<T, Error>;

/// A heap object could not be read as asked. A broken heap is normal input.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not in the image.
    #[error(transparent)]
    Image(#[from] crate::image::Error),
    /// This V8 has no such field, or the layout does not tell where it is.
    #[error("V8 {version} has no {field:?}, or its place is not known")]
    NoField {
        /// What was asked for.
        field: Field,
        /// The V8 that was recognised.
        version: Version,
    },
    /// The word is not what it should be.
    #[error("{addr} is not {expected}")]
    NotA {
        /// The word, or the address that it was read from.
        addr: Addr,
        /// What it should have been, with its article ("a map").
        expected: &'static str,
    },
    /// A length, count or chain is beyond what a heap can hold.
    #[error("{what} at {addr} is implausible: {value}")]
    Implausible {
        /// The object.
        addr: Addr,
        /// What is too large ("array length").
        what: &'static str,
        /// Its value.
        value: i64,
    },
    /// A pass needs more memory than it may have.
    #[error("this takes more than {} MB of memory, which --max-memory does not allow", most >> 20)]
    Memory {
        /// What all passes together may have, in bytes.
        most: u64,
    },
    /// A long pass was asked to stop.
    #[error("interrupted")]
    Cancelled,
}
