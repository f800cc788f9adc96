//! `::eval`: runs its argument as statements.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "eval",
    addr: AddrUse::Optional,
    summary: "evaluate the specified command",
    operands: "command",
    help: "Runs the argument as if it had been typed, with dot as it is: what a pipeline wants to run for each address but\n\
           cannot write as a dcmd.",
    examples: &[Example { why: "twice each", line: "0t21::eval .*2=D", shows: "                42              \n" }],
    see_also: &["map", "grep"],
    json: &[Key::new("*", Is::Any, "whatever the command prints")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let [Arg::Text(text)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    let text = text.clone();
    ctx.evaluate(&text)?;
    Ok(())
}
