//! `$P`: the prompt.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$P",
    summary: "set debugger prompt string",
    operands: "[prompt]",
    help: "Sets the prompt, at most 35 characters; without one there is none.",
    examples: &[Example { why: "which core was it", line: "$P 'api-3> '", shows: "" }],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    match ctx.args.operands.as_slice() {
        [] => ctx.session.settings.set_prompt(""),
        [Arg::Text(prompt)] => ctx.session.settings.set_prompt(prompt),
        _ => Err(Error::usage()),
    }
}
