//! `::log`, `$>`: keeps a copy of the session in a file.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, program, reason};
use std::fs::OpenOptions;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "log",
    summary: "log session to a file",
    operands: "[file]",
    options: &[
        Opt { letter: 'd', value: OptValue::Flag, help: "stop logging" },
        Opt { letter: 'e', value: OptValue::Flag, help: "log to the file, or go on with the last one; the default" },
    ],
    help: "Appends what is typed and printed from now on to the file. Without arguments it tells whether it does.",
    examples: &[
        Example { why: "is it?", line: "::log", shows: "jsdb: no log is active" },
        Example {
            why: "to a file, and no more",
            line: "::log -e /dev/null; ::log -d",
            shows: r##"
jsdb: logging to "/dev/null"
"##,
        },
    ],
    see_also: &["$>"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let (stop, start) = (ctx.args.has('d'), ctx.args.has('e'));
    let file = match std::mem::take(&mut ctx.args.operands).as_slice() {
        [] => None,
        [Arg::Text(path)] if !stop => Some(path.clone()),
        _ => return Err(Error::usage()),
    };
    if stop && start {
        return Err(Error::usage());
    }
    if stop {
        return stop_logging(ctx);
    }
    if file.is_none() && !start {
        let program = program();
        let state = if ctx.session.log.is_on() { "enabled" } else { "disabled" };
        let text = match ctx.session.log.path() {
            Some(path) => format!("{program}: logging to \"{path}\" is currently {state}\n"),
            None => format!("{program}: no log is active\n"),
        };
        ctx.out.text(text);
        return Ok(());
    }
    start_logging(ctx, file)
}

/// Logs to `path`, or goes on with the file before.
///
/// # Errors
/// When the file cannot be opened, or none was named ever.
pub fn start_logging(ctx: &mut Context<'_>, path: Option<String>) -> Result<()> {
    if ctx.session.lang.depth != 1 {
        return Err(Error::failed("log may not be manipulated in this context"));
    }
    ctx.session.settings.allow("a log file")?;
    let path = path.or_else(|| ctx.session.log.path()).ok_or_else(|| Error::failed("no log file has been selected"))?;
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let file = file.map_err(|e| Error::failed(format!("failed to open {path}: {}", reason(&e))))?;
    ctx.out.text(format_args!("{}: logging to \"{path}\"\n", program()));
    ctx.out.flush();
    ctx.session.log.start(path, file);
    Ok(())
}

/// Logs no more.
///
/// # Errors
/// When it does not log.
pub fn stop_logging(ctx: &mut Context<'_>) -> Result<()> {
    if ctx.session.lang.depth != 1 {
        return Err(Error::failed("log may not be manipulated in this context"));
    }
    if !ctx.session.log.is_on() {
        return Err(Error::failed("logging is already disabled"));
    }
    ctx.session.log.stop();
    Ok(())
}
