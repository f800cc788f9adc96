//! `::term`: the kind of terminal.

use jsdb::shell::{Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "term",
    summary: "display current terminal type",
    help: "Prints the kind of terminal: $TERM, or what `-o term=` said.",
    examples: &[Example { why: "which one", line: "::term ! wc -l", shows: "1" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let terminal = ctx.session.settings.terminal.clone();
    ctx.out.text(terminal + "\n");
    Ok(())
}
