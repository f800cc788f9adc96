//! `:i`: forgets the traced events of a signal.

use jsdb::image::signal;
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: ":i",
    addr: AddrUse::Required,
    summary: "ignore signal (delete all matching events)",
    help: "Forgets all events that stop at the signal with that number, sticky ones too.",
    examples: &[Example { why: "SIGQUIT", line: "3:i; ::events ! grep -c SIGQUIT", shows: "0\n" }],
    see_also: &["events", "sigbp", "delete"],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let number = ctx.required_addr()?.0;
    let os = ctx.session.image.os;
    let known = i32::try_from(number).ok().filter(|&n| n > 0 && n as usize <= signal::names(os).count());
    let Some(known) = known else {
        return Err(Error::failed(format!("invalid signal number -- 0t{number}")));
    };
    let what = format!("stop on {}", signal::name(os, known));
    ctx.session.events.delete(|event| event.what == what);
    Ok(())
}
