//! `::release`: would let a process alone.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "release",
    aliases: &[":R"],
    summary: "release the previously attached process",
    operands: "",
    help: "mdb lets go of the process that it holds with this. There is none.",
    examples: &[Example {
        why: "there is none",
        line: "::release",
        shows: "jsdb: no live process is currently attached",
    }],
    run,
    ..Dcmd::BASE
};

fn run(_: &mut Context<'_>) -> Result<()> {
    Err(Error::failed("no live process is currently attached"))
}
