//! `::unload`: what mdb forgets modules with.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "unload",
    summary: "unload debugger module",
    operands: "module",
    help: "mdb unloads a module with this. The parts of jsdb are built in and stay.",
    examples: &[Example {
        why: "it stays",
        line: "::unload v8",
        shows: "jsdb: failed to unload v8: cannot unload built-in module",
    }],
    see_also: &["load", "dmods"],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let [Arg::Text(module)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    let why = match module.as_str() {
        "mdb" | "jsdb" | "v8" | "mdb_v8" => "cannot unload built-in module",
        _ => "specified module is not loaded",
    };
    Err(Error::failed(format!("failed to unload {module}: {why}")))
}
