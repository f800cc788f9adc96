//! `$>`: as `::log`, in adb's spelling.

use super::log;
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$>",
    summary: "log session to a file",
    operands: "[file]",
    help: "Appends what is typed and printed from now on to the file; without one, stops that.",
    examples: &[Example {
        why: "to a file, and no more",
        line: "$> /dev/null; $>",
        shows: r##"
jsdb: logging to "/dev/null"
"##,
    }],
    see_also: &["log"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    match std::mem::take(&mut ctx.args.operands).as_slice() {
        [] => log::stop_logging(ctx),
        [Arg::Text(path)] => log::start_logging(ctx, Some(path.clone())),
        _ => Err(Error::usage()),
    }
}
