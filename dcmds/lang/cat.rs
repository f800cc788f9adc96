//! `::cat`: prints files.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result, reason};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "cat",
    summary: "concatenate and display files",
    operands: "[file ...]",
    help: "Prints the files one after another. In a pipe each line is an expression: a file of addresses feeds dcmds.",
    examples: &[Example { why: "nothing at all", line: "::cat /dev/null", shows: "" }],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let mut result = Ok(());
    for word in std::mem::take(&mut ctx.args.operands) {
        let Arg::Text(path) = word else {
            result = Err(Error::failed("expected string argument"));
            continue;
        };
        match std::fs::read(&path) {
            Ok(bytes) => ctx.out.bytes(&bytes),
            Err(error) => ctx.out.warn(format_args!("failed to open {path}: {}", reason(&error))),
        }
    }
    result
}
