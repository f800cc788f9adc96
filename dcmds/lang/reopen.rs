//! `$W`: would open the target for writing.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$W",
    summary: "re-open target in write mode",
    help: "mdb opens a live target for writing with this. A core stays as it was saved.",
    examples: &[Example {
        why: "it cannot",
        line: "$W",
        shows: "jsdb: failed to re-open target for writing: a core is read only",
    }],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    Err(Error::failed("failed to re-open target for writing: a core is read only"))
}
