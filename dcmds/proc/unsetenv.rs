//! `::unsetenv`: would clear a variable of the next process's environment.

use jsdb::shell::{Dcmd, Error, Example, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "unsetenv",
    subject: Subject::Process,
    summary: "clear an environment variable",
    operands: "[name]",
    help: "The opposite of ::setenv.",
    examples: &[Example {
        why: "nothing can be run here",
        line: "::unsetenv NODE_DEBUG",
        shows: "jsdb: no process can be run to have this environment",
    }],
    see_also: &["getenv"],
    run: |_| Err(Error::failed("no process can be run to have this environment")),
    ..Dcmd::BASE
};
