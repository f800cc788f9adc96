//! jsdb, a post-mortem debugger for Node.js: the library.
//!
//! Three layers, each knowing only those to its left (`tests/it/layers.rs` holds them to it):
//!
//! ```text
//! image <- heap <- shell <- dcmds <- main
//! ```
//!
//! * [`image`]: what was saved: bytes, symbols, threads. Knows no V8.
//! * [`heap`]: what it means: tagged words to JavaScript. Knows no commands, prints nothing.
//! * [`shell`]: talking about it: lines, options, output. Knows no particular dcmd.
//!
//! The dcmds live beside the library, in `dcmds/`, and are compiled into the binary, so that the compiler itself
//! keeps the library from naming one.

pub mod heap;
pub mod image;
pub mod shell;
