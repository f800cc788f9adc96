//! `$v`: variables that are not zero.

use super::vars;
use jsdb::shell::{Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$v",
    summary: "print non-zero variables",
    help: "As `::vars -n`.",
    examples: &[Example { why: "is it set?", line: "5>x; $v ! grep '^x '", shows: "x = 5\n" }],
    see_also: &["vars"],
    json: super::vars::DCMD.json,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    vars::list(ctx, false, |value, _| value != 0);
    Ok(())
}
