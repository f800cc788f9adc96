//! `::context`, `$p`: would change to another process of a kernel.

use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "context",
    aliases: &["$p"],
    addr: AddrUse::Required,
    summary: "change debugger target context",
    help: "mdb looks at another process of a kernel crash dump with this. A process core has only its own.",
    examples: &[Example { why: "nothing happens", line: "1000::context", shows: "" }],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()
}
