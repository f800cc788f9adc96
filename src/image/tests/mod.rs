//! The loader over files made byte by byte. Knows: what `build.rs` writes, in numbers of its own, never the reader's.

mod build;
mod hostile;
mod illumos;
mod linux;
mod objects;
mod types;
