//! `$D`: the debugger's own trace, which jsdb has none of.

use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$D",
    addr: AddrUse::Optional,
    summary: "get/set debugger debugging modes",
    operands: "[mode,...]",
    help: "mdb traces itself with this. jsdb has no such trace: the mode is always 0.",
    examples: &[Example { why: "what it is", line: "$D", shows: "debugging mode = 0x0000\n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.out.text("debugging mode = 0x0000\n");
    Ok(())
}
