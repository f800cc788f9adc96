//! `::version`: which jsdb this is.

use jsdb::shell::{Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "version",
    summary: "print debugger version string",
    help: "Prints name and version, as the option -V does.",
    examples: &[Example { why: "for a report", line: "::version ! sed 's/[0-9.]*$/N/'", shows: "jsdb N\n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.out.text(concat!("jsdb ", env!("CARGO_PKG_VERSION"), "\n"));
    Ok(())
}
