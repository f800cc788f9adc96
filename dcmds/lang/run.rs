//! `::run`: would start the program.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "run",
    aliases: &[":r"],
    summary: "run a new target process",
    operands: "[args ...]",
    help: "mdb starts the program anew with this. jsdb only looks at what was saved.",
    examples: &[Example {
        why: "it does not",
        line: "::run",
        shows: "jsdb: failed to create new target: jsdb does not run programs",
    }],
    run,
    ..Dcmd::BASE
};

fn run(_: &mut Context<'_>) -> Result<()> {
    Err(Error::failed("failed to create new target: jsdb does not run programs"))
}
