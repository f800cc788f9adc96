//! `::setenv`: sets a variable of the environment that `::getenv` shows.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "setenv",
    subject: Subject::Process,
    summary: "set an environment variable",
    operands: "name=value",
    help: "Sets a variable of the environment that ::getenv shows without -t. mdb gives it to the next process that it\n\
           runs; here nothing is run. Also `::setenv name value`.",
    examples: &[Example {
        why: "in the debugger's environment, not in the core",
        line: "::setenv NODE_DEBUG=net; ::getenv NODE_DEBUG",
        shows: "net",
    }],
    see_also: &["getenv", "unsetenv"],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let (name, value) = match ctx.args.operands.as_slice() {
        [Arg::Text(both)] => both.split_once('=').unwrap_or((both, "")),
        [Arg::Text(name), Arg::Text(value)] => (name.as_str(), value.as_str()),
        _ => return Err(Error::usage()),
    };
    ctx.session.settings.environment.insert(name.into(), value.into());
    Ok(())
}
