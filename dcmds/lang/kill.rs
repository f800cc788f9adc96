//! `::kill`: would kill a process.

use jsdb::shell::{Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "kill",
    aliases: &[":k"],
    summary: "forcibly kill and release target",
    operands: "",
    help: "mdb kills the process that it holds with this. There is none.",
    examples: &[Example {
        why: "there is none",
        line: "::kill",
        shows: "jsdb: no victim process is currently under control",
    }],
    run,
    ..Dcmd::BASE
};

fn run(_: &mut Context<'_>) -> Result<()> {
    Err(Error::failed("no victim process is currently under control"))
}
