//! `::unsetenv`: clears variables of the environment that `::getenv` shows.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result, Subject};
use std::ffi::OsStr;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "unsetenv",
    subject: Subject::Process,
    summary: "clear an environment variable",
    operands: "[name]",
    help: "The opposite of ::setenv; without a name, clears all.",
    examples: &[Example {
        why: "the variable is gone",
        line: "::setenv NODE_DEBUG=net; ::unsetenv NODE_DEBUG; ::getenv NODE_DEBUG",
        shows: "",
    }],
    see_also: &["getenv", "setenv"],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let environment = &mut ctx.session.settings.environment;
    match ctx.args.operands.as_slice() {
        [] => environment.clear(),
        [Arg::Text(name)] => {
            environment.remove(OsStr::new(name));
        }
        _ => return Err(Error::usage()),
    }
    Ok(())
}
