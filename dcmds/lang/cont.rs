//! `::cont`: would let a process go on.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "cont",
    aliases: &[":c"],
    summary: "continue target execution",
    operands: "[SIG]",
    help: "mdb lets a live process go on with this. A core cannot.",
    examples: &[Example {
        why: "it cannot",
        line: "::cont",
        shows: "jsdb: failed to continue target: target is a core file",
    }],
    run,
    ..Dcmd::BASE
};

fn run(_: &mut Context<'_>) -> Result<()> {
    Err(Error::failed("failed to continue target: target is a core file"))
}
