//! `:p`: as `::wp -x`, in adb's spelling.

use jsdb::shell::events::Traits;
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: ":p",
    addr: AddrUse::Optional,
    summary: "set exec access watchpoint",
    operands: "[cmd...]",
    help: "Notes the address; mdb would run the command when a live process runs it.",
    examples: &[Example {
        why: "note one, and list it",
        line: "1000:p; ::events ! tail -1",
        shows: "[ 13] -     0  0 stop on exec of [0x1000, 0x1001)         -",
    }],
    see_also: &["wp"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let action = ctx.args.words().collect::<Vec<_>>().join(" ");
    let traits = Traits { action: (!action.is_empty()).then_some(action), ..Traits::default() };
    let text = |addr| ctx.session.address_text(addr);
    let what = format!("stop on exec of [{}, {})", text(ctx.dot), text(ctx.dot.offset(1)));
    ctx.session.events.add(what, Some(ctx.dot.0), traits);
    Ok(())
}
