//! `:u`: would step out of a function.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: ":u",
    summary: "step target out of current function",
    operands: "[SIG]",
    help: "mdb steps a live process out of the current function with this. A core cannot.",
    examples: &[Example {
        why: "it cannot",
        line: ":u",
        shows: "jsdb: failed to step (out) target: target is a core file",
    }],
    run,
    ..Dcmd::BASE
};

fn run(_: &mut Context<'_>) -> Result<()> {
    Err(Error::failed("failed to step (out) target: target is a core file"))
}
