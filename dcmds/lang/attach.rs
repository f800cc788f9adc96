//! `::attach`: would look at another process or core.

use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "attach",
    aliases: &[":A"],
    addr: AddrUse::Optional,
    summary: "attach to process or core file",
    operands: "[core|pid]",
    help: "mdb takes hold of a live process, or opens another core, with this. jsdb keeps to the core it opened.",
    examples: &[Example {
        why: "no other core",
        line: "::attach core.1",
        shows: "jsdb: failed to attach: jsdb keeps to the core that it opened",
    }],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    match (ctx.args.operands.as_slice(), ctx.addr) {
        ([], Some(_)) | ([Arg::Text(_) | Arg::Number(_)], None) => {
            Err(Error::failed("failed to attach: jsdb keeps to the core that it opened"))
        }
        _ => Err(Error::usage()),
    }
}
