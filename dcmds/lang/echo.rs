//! `::echo`: prints its arguments.

use jsdb::shell::{Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "echo",
    summary: "print the arguments",
    operands: "args ...",
    help: "Prints each argument with a blank after it, then a newline. `$[ ]` computes: the value is printed in hex.",
    examples: &[Example { why: "a label in a script", line: "::echo sum: $[2+0t10]", shows: "sum: c \n" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let line: String = ctx.args.words().map(|w| w + " ").collect();
    ctx.out.text(line + "\n");
    Ok(())
}
