//! What can go wrong with an image. Each variant names what was attempted, and where.

use super::{Addr, Missing};
use std::path::PathBuf;

/// `std::result::Result` with this layer's error.
pub type Result<T> = std::result::Result<T, Error>;

/// An image could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be opened or mapped.
    #[error("failed to open {}: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's words, in Solaris wording where it has one.
        reason: String,
    },
    /// The file is not what it should be: not ELF, not a core, wrong machine, empty.
    #[error("{} {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is not, as a predicate ("is not an ELF file").
        reason: String,
    },
    /// No saved bytes at this address.
    #[error("failed to read from address {addr}: no mapping for address")]
    Unmapped {
        /// The first byte that could not be read.
        addr: Addr,
    },
    /// The address belongs to a mapping whose bytes are not in the image.
    #[error("failed to read from address {addr}: {why}")]
    NotSaved {
        /// The first byte that could not be read.
        addr: Addr,
        /// Why the bytes are missing.
        why: Missing,
    },
}
