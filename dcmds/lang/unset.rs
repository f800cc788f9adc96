//! `::unset`: forgets variables.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "unset",
    summary: "unset variables",
    operands: "[name ...]",
    help: "Forgets variables. Those of the language and the registers stay.",
    examples: &[Example { why: "gone", line: "5>x; ::unset x; ::vars ! grep -c '^x '", shows: "0\n" }],
    see_also: &["vars", "typeset"],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    for (i, word) in words.iter().enumerate() {
        let Arg::Text(name) = word else {
            return Err(Error::Usage(Some(format!("bad option: arg {} is not a string", i + 1))));
        };
        if let Err(error) = ctx.session.unset_variable(name) {
            ctx.out.warn(error);
        }
    }
    Ok(())
}
