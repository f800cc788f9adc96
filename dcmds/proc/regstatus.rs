//! `$?`: signal and registers.

use super::regs;
use jsdb::image::signal;
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$?",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print status and registers",
    help: "Prints the signal that the process got, if any, and the registers as $r does.",
    examples: &[Example { why: "no signal here", line: "$? ! head -1", shows: "no process" }],
    see_also: &["status", "regs"],
    json: super::regs::DCMD.json,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let image = &ctx.session.image;
    ctx.out.text("no process\n");
    if let Some(signal) = image.representative().and_then(|t| t.signal) {
        let (name, description) = (signal::name(image.os, signal), signal::description(image.os, signal));
        ctx.out.text(format_args!("{name}: {description}\n"));
    }
    (regs::DCMD.run)(ctx)
}
