//! `$d`: the radix of numbers without prefix.

use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$d",
    addr: AddrUse::Optional,
    summary: "get/set default output radix",
    help: "Shows the radix in which numbers without prefix are read and printed; with an address, 2 to 16, sets it.\n\
           Mind that the address itself is read in the old radix: `0t10$d` is always decimal.",
    examples: &[Example { why: "what it is", line: "$d", shows: "radix = 16 base ten\n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    if let Some(addr) = ctx.addr {
        ctx.session.lang.radix = match u32::try_from(addr.0) {
            Ok(radix @ 2..=16) => radix,
            _ => return Err(Error::failed("expected radix from 2 to 16")),
        };
        ctx.session.image.naming.radix = ctx.session.lang.radix;
    }
    ctx.out.text(format_args!("radix = {} base ten\n", ctx.session.lang.radix));
    Ok(())
}
