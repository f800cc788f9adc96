//! `:b`: as `::bp`, in adb's spelling.

use jsdb::shell::events::Traits;
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: ":b",
    addr: AddrUse::Optional,
    summary: "breakpoint at the specified address",
    operands: "[cmd...]",
    help: "Notes the address, or dot; mdb would run the command when a live process comes there.",
    examples: &[Example {
        why: "note one, and list it",
        line: "1000:b; ::events ! tail -1",
        shows: "[ 13] -     0  0 stop at 0x1000                           -",
    }],
    see_also: &["bp"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let action = ctx.args.words().collect::<Vec<_>>().join(" ");
    let traits = Traits { action: (!action.is_empty()).then_some(action), ..Traits::default() };
    let what = format!("stop at {}", ctx.session.address_text(ctx.dot));
    ctx.session.events.add(what, Some(ctx.dot.0), traits);
    Ok(())
}
