//! `::quit`, `$q`: ends the session.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "quit",
    aliases: &["$q", "$Q", "$%"],
    summary: "end the session",
    help: "Ends the session, as the end of input does. The core is not touched.",
    examples: &[Example { why: "no more after this", line: "1=D; ::quit; 2=D", shows: "                1" }],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.out.text("\n");
    Err(Error::Quit)
}
