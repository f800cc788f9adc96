//! `$w`: the columns of a page.

use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$w",
    addr: AddrUse::Optional,
    summary: "get/set output page width",
    help: "Shows at which column the format verbs go to the next line; with an address, sets it (0 is 80).",
    examples: &[Example { why: "what it is", line: "$w", shows: "output page width = 80\n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

/// mdb's output buffer: no page is wider.
const WIDEST: u64 = 8192;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    if let Some(addr) = ctx.addr {
        ctx.session.settings.width = if addr.0 == 0 { 80 } else { addr.0.min(WIDEST) as usize };
    }
    ctx.out.text(format_args!("output page width = {}\n", ctx.session.settings.width));
    Ok(())
}
