//! `::step`: would step an instruction.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "step",
    aliases: &[":s", ":S"],
    summary: "single-step target to next instruction",
    operands: "[over | out | branch] [SIG]",
    help: "mdb steps a live process with this. A core cannot.",
    examples: &[
        Example {
            why: "it cannot",
            line: "::step",
            shows: "jsdb: failed to single-step target: target is a core file",
        },
        Example {
            why: "nor that",
            line: "::step over",
            shows: "jsdb: failed to step (over) target: target is a core file",
        },
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let how = match ctx.args.operands.first() {
        Some(Arg::Text(how)) if ["over", "out", "branch"].contains(&how.as_str()) => format!("step ({how})"),
        _ => "single-step".to_owned(),
    };
    Err(Error::failed(format!("failed to {how} target: target is a core file")))
}
