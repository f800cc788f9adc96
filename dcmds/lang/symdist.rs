//! `$s`: how far from its start a symbol names an address.

use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result, number};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$s",
    addr: AddrUse::Optional,
    summary: "get/set symbol matching distance",
    help: "Shows how far from its start a symbol may name an address; with an address, sets it. 0, the smart mode,\n\
           goes as far as the symbol's size.",
    examples: &[Example { why: "what it is", line: "$s", shows: "symbol matching distance = 0 (smart mode)\n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    if let Some(addr) = ctx.addr {
        ctx.session.image.naming.distance = addr.0;
    }
    let distance = ctx.session.image.naming.distance;
    let mode = if distance == 0 { "smart mode" } else { "absolute mode" };
    let digits = number::digits(distance, ctx.session.lang.radix);
    ctx.out.text(format_args!("symbol matching distance = {digits} ({mode})\n"));
    Ok(())
}
