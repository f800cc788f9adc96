//! `::setenv`: would set a variable of the next process's environment.

use jsdb::shell::{Dcmd, Error, Example, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "setenv",
    subject: Subject::Process,
    summary: "set an environment variable",
    operands: "name=value",
    help: "mdb changes with this what the next process that it runs will find in its environment. Nothing is run here.",
    examples: &[Example {
        why: "nothing can be run here",
        line: "::setenv NODE_DEBUG=net",
        shows: "jsdb: no process can be run to have this environment",
    }],
    see_also: &["getenv"],
    run: |_| Err(Error::failed("no process can be run to have this environment")),
    ..Dcmd::BASE
};
