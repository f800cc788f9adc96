//! L3: talking about it: lines, options, output.
//!
//! Knows: the mdb language, dcmd records, sessions. Must not know: any particular dcmd.

pub mod caches;
mod color;
pub mod dcmd;
pub mod error;
pub mod eval;
pub mod events;
pub mod format;
pub mod json;
mod keys;
pub mod lang;
pub mod marks;
mod meter;
pub mod number;
pub mod options;
pub mod out;
mod panics;
pub mod parse;
pub mod pen;
pub mod pipeline;
pub mod prompt;
pub mod registry;
pub mod run;
pub mod session;
pub mod settings;
pub mod source;
mod subshell;
pub mod syntax;
pub mod terminal;
pub mod typed;
pub mod variables;
pub mod whole;

pub use dcmd::{AddrUse, Arg, Args, Context, Dcmd, Example, Opt, OptValue, Subject, Walk, Walker};
pub use error::{Error, Result, reason};
pub use out::{Address, Format, Item, Log, Out, Value, Visited};
pub use registry::Registry;
pub use session::Session;
pub use settings::{Flag, Settings};
pub use source::Source;

/// What messages call the program: the last component of its own name as it was started.
pub fn program() -> &'static str {
    static NAME: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    NAME.get_or_init(|| {
        let path = std::env::args_os().next().unwrap_or_default();
        let name = std::path::Path::new(&path).file_name().map(|n| n.to_string_lossy().into_owned());
        name.unwrap_or_else(|| "jsdb".to_owned())
    })
}
