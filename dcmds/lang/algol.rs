//! `$a`: a joke that adb made and mdb kept.

use jsdb::shell::{Context, Dcmd, Example, Flag, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$a",
    summary: "answer as mdb does",
    help: "The first adb printed ALGOL 68 stacks with this; its heirs only answer.",
    examples: &[Example { why: "just so", line: "$a", shows: "No adb here\n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.out.text(if ctx.session.settings.has(Flag::Adb) { "No algol 68 here\n" } else { "No adb here\n" });
    Ok(())
}
