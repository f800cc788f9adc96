//! The integration tests, one binary: the real `jsdb` on real cores, and the rules of the house.

/// A test for each line of Node: what is before the `;` is called with the line.
macro_rules! each_line {
    ($check:expr; $($test:ident: $line:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            ($check)($line);
        })*
    };
}

mod cores;
mod export;
mod fixtures;
mod functions;
mod graph;
mod growth;
mod handles;
mod heap32;
mod image;
mod interrupted;
mod isolates;
mod lab;
mod language;
mod layers;
mod leaks;
mod mutation;
mod needs;
mod nodes;
mod optimized;
mod report;
mod scripts;
mod self_debug;
mod session;
mod snapshots;
mod strangers;
mod terminal;
mod unwinding;
