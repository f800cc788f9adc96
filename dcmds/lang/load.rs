//! `::load`: what mdb's users type first; here V8 is found without it.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "load",
    summary: "say which V8 was found",
    operands: "module",
    options: &[Opt { letter: 's', value: OptValue::Flag, help: "say nothing" }],
    help: "mdb loads its JavaScript module with this. jsdb has its dcmds built in and looks for V8 when it opens the\n\
           core, so `::load v8`, or any path to a mdb_v8.so, only says what was found.",
    examples: &[
        Example {
            why: "as in mdb",
            line: "::load v8",
            shows: "V8 version: 3.14.5.11\nAutoconfigured V8 support from target\nC++ symbol demangling enabled\n",
        },
        Example { why: "in a script", line: "::load -s /usr/lib/mdb/proc/v8.so", shows: "" },
    ],
    see_also: &["v8load"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let [Arg::Text(module)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    let name = module.rsplit('/').next().unwrap_or(module);
    let name = name.strip_suffix(".so").unwrap_or(name);
    if !matches!(name, "v8" | "mdb_v8" | "jsdb") && !name.starts_with("mdb_v8") {
        return Err(Error::failed(format!("no module '{module}' could be found")));
    }
    let version = ctx.session.heap()?.layout().version;
    if !ctx.args.has('s') {
        ctx.out.text(format_args!(
            "V8 version: {version}\nAutoconfigured V8 support from target\nC++ symbol demangling enabled\n"
        ));
    }
    Ok(())
}
