//! Every dcmd and walker: a file each, named after the dcmd, in the folder of its subject.
//!
//! Two lines register one: its `mod` in the folder's `mod.rs`, and its record in that folder's list.

use jsdb::shell::{Dcmd, Subject, Walker};

pub mod js;
mod lang;
mod node;
pub mod proc;
mod v8;

#[cfg(test)]
mod tests;

/// All dcmds, grouped as in `::dcmds`.
pub fn all() -> Vec<&'static Dcmd> {
    [js::DCMDS, v8::DCMDS, node::DCMDS, proc::DCMDS, lang::DCMDS].concat()
}

/// All walkers, with their subjects.
pub fn walkers() -> Vec<(Subject, &'static Walker)> {
    let groups = [
        (Subject::Js, js::WALKERS),
        (Subject::V8, v8::WALKERS),
        (Subject::Node, node::WALKERS),
        (Subject::Process, proc::WALKERS),
        (Subject::Language, lang::WALKERS),
    ];
    groups.into_iter().flat_map(|(subject, walkers)| walkers.iter().map(move |&w| (subject, w))).collect()
}
