//! What is fuzzed: one function per target, from bytes to whatever jsdb makes of them. A panic is a find, and so is
//! what never ends.
//!
//! Knows: the public parts of jsdb, and how the smallest images are built for each. Must not know: the engine.

#[path = "../../dcmds/mod.rs"]
#[allow(dead_code)]
mod dcmds;

mod elf;
pub mod heaps;
mod images;
mod language;

use std::sync::Once;

/// A target: its name, and what it does with an input.
pub struct Target {
    /// As cargo-fuzz calls it.
    pub name: &'static str,
    /// The folder of its corpus below `corpus/`.
    pub corpus: &'static str,
    /// Reads the input. It may complain, and must not panic.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "core", corpus: "core", run: images::core },
    Target { name: "notes", corpus: "notes", run: images::notes },
    Target { name: "symbols", corpus: "symbols", run: images::symbols },
    Target { name: "unpack", corpus: "unpack", run: images::unpack },
    Target { name: "ctf", corpus: "ctf", run: images::ctf },
    Target { name: "unwind", corpus: "unwind", run: images::unwind },
    Target { name: "heap", corpus: "heap", run: heaps::decode },
    Target { name: "scan", corpus: "heap", run: heaps::scan },
    Target { name: "graph", corpus: "heap", run: heaps::graph },
    Target { name: "frames", corpus: "heap", run: heaps::frames },
    Target { name: "parser", corpus: "parser", run: language::parse },
    Target { name: "format", corpus: "format", run: language::format },
    Target { name: "session", corpus: "heap", run: language::session },
];

/// Runs the target `name` on `input`.
///
/// # Panics
/// When there is no such target, and when jsdb does.
pub fn run(name: &str, input: &[u8]) {
    no_panic_is_caught();
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    (target.run)(input);
}

/// A session catches what panics in a dcmd and goes on; here that is a find, which ends the process.
fn no_panic_is_caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The session puts its own hook before the one it finds, when it first runs a dcmd.
        language::session(&[]);
        std::panic::set_hook(Box::new(|info| {
            eprintln!("{info}\n{}", std::backtrace::Backtrace::force_capture());
            std::process::abort();
        }));
    });
}
