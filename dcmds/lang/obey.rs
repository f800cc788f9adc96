//! `::obey`: the other joke.

use jsdb::shell::{Context, Dcmd, Example, Flag, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "obey",
    summary: "answer as mdb does",
    help: "Answers as mdb does.",
    examples: &[Example { why: "just so", line: "::obey", shows: "No Language H here\n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.out.text(if ctx.session.settings.has(Flag::Adb) { "CHAPTER 1\n" } else { "No Language H here\n" });
    Ok(())
}
