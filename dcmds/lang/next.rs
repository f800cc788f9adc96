//! `::next`: would step over a call.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "next",
    aliases: &[":e"],
    summary: "step target over next instruction",
    operands: "[SIG]",
    help: "mdb steps a live process over the next instruction with this. A core cannot.",
    examples: &[Example {
        why: "it cannot",
        line: "::next",
        shows: "jsdb: failed to step (over) target: target is a core file",
    }],
    run,
    ..Dcmd::BASE
};

fn run(_: &mut Context<'_>) -> Result<()> {
    Err(Error::failed("failed to step (over) target: target is a core file"))
}
