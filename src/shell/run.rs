//! Reads statements from a source and runs them.
//!
//! Knows: what an error costs, what a naked expression repeats. Must not know: how text is parsed, or what a dcmd
//! does.

use super::lang::Redirect;
use super::meter::Meter;
use super::pipeline::{self, Stage, Start};
use super::settings::Flag;
use super::source::{Origin, Source};
use super::subshell::Subshell;
use super::syntax::{Run, Statement};
use super::{Error, Out, Result, Session, number, parse};
use std::io::IsTerminal;
use std::rc::Rc;

/// How deeply macros and evaluated strings may nest.
const MAX_DEPTH: usize = 128;

/// Runs every statement of `source`.
///
/// # Errors
/// [`Error::Quit`] when a statement ends the session; [`Error::Told`] when a statement of a string cannot be parsed or
/// computed, which abandons the rest of it; [`Error::Interrupted`] when Ctrl-C or the pager's `a` did.
pub fn source(session: &mut Session, out: &mut Out, source: Source) -> Result<()> {
    if session.lang.depth >= MAX_DEPTH {
        return Err(Error::failed(format!("commands nest deeper than {MAX_DEPTH}")));
    }
    session.lang.depth += 1;
    let result = statements(session, out, source);
    session.lang.depth -= 1;
    result
}

fn statements(session: &mut Session, out: &mut Out, mut source: Source) -> Result<()> {
    while let Some(line) = source.next_line() {
        let mut text = line.as_str();
        while !text.is_empty() {
            let parsed = parse::statement(text);
            text = parsed.rest;
            if session.lang.depth == 1 {
                session.clear_cancel();
                out.adapt(session);
            }
            let mut result = execute(session, out, &parsed.statement, parsed.error.is_some(), &source);
            if let (Ok(()), Some(error)) = (&result, parsed.error) {
                if error.ate_newline {
                    let _ = source.next_line();
                }
                result = Err(Error::Statement { message: error.message, near: error.near });
            }
            out.end_line();
            out.flush();
            if out.is_broken() {
                // A shell that reads no more ends its line, standard output the session.
                return Err(if out.is_shell() { Error::Told } else { Error::Quit });
            }
            if out.is_given_up() {
                return Err(Error::Interrupted);
            }
            match result {
                Ok(()) => {}
                Err(Error::Quit) => return Err(Error::Quit),
                Err(Error::Interrupted) if session.lang.depth > 1 => return Err(Error::Interrupted),
                Err(error) => {
                    report(out, &source, &error);
                    // Ctrl-C drops the rest of a line too; who has left the pager by `q` goes on to it.
                    if matches!(error, Error::Interrupted) && !out.is_dropping() {
                        return Err(error);
                    }
                    // mdb drops the rest of a string only for what it cannot parse or compute.
                    if source.origin == Origin::Text && matches!(error, Error::Statement { .. }) {
                        return Err(Error::Told);
                    }
                }
            }
            match session.lang.redirect.take() {
                None => {}
                Some(Redirect::Leave) => return Ok(()),
                Some(Redirect::Replace(path)) => {
                    source = Source::file(&path)?;
                    text = "";
                }
            }
        }
    }
    Ok(())
}

/// Does `work` outside of any statement: with a bar of how far it has come, if standard error is a terminal.
///
/// # Errors
/// Those of `work`.
pub fn attended<T>(
    session: &mut Session,
    out: &mut Out,
    work: impl FnOnce(&mut Session, &mut Out) -> Result<T>,
) -> Result<T> {
    out.adapt(session);
    let meter = Meter::new(session.progress(), session.addresses_done());
    let watch = std::io::stderr().is_terminal().then(|| {
        out.show_progress(meter.clone());
        meter.watch()
    });
    let done = work(session, out);
    drop(watch);
    out.end_line();
    out.flush();
    done
}

/// Says why a statement of `source` was abandoned.
pub(super) fn report(out: &mut Out, source: &Source, error: &Error) {
    match error {
        Error::Told | Error::Quit => {}
        // Who left the pager knows that the rest is not shown.
        Error::Interrupted if out.is_dropping() => {}
        Error::Interrupted => out.complain("\n"),
        Error::Statement { message, near: Some(near) } => {
            let near = number::escaped(near.as_bytes());
            let place = match source.origin {
                Origin::Terminal => String::new(),
                _ => format!(" on line {} of {}", source.line() + usize::from(near.ends_with("\\n")), source.name()),
            };
            out.warn(format_args!("{message}{place} near \"{near}\""));
        }
        error => out.warn(error),
    }
}

/// Runs one statement; one that ends in a syntax error is only looked up and computed, for errors that come earlier.
fn execute(session: &mut Session, out: &mut Out, statement: &Statement, broken: bool, source: &Source) -> Result<()> {
    match statement {
        Statement::Shell(text) if !broken => {
            session.settings.allow("a shell")?;
            Subshell::run(text, out)
        }
        Statement::Run(run) => {
            let start = Start::of(session, run)?;
            let stages = run.commands.iter().map(|c| Stage::of(session, c)).collect::<Result<Vec<_>>>()?;
            if broken { Ok(()) } else { complete(session, out, run, start, stages, source) }
        }
        Statement::Empty if !broken && session.settings.has(Flag::RepeatLast) && source.origin != Origin::Text => {
            let run = Run::default();
            let start = Start::after_dot(session, "\\n")?;
            complete(session, out, &run, start, Vec::new(), source)
        }
        Statement::Empty | Statement::Shell(_) => Ok(()),
    }
}

/// Runs a statement that was computed. A naked expression sets dot in a string, and else runs the last commands again.
fn complete(
    session: &mut Session,
    out: &mut Out,
    run: &Run,
    start: Start,
    mut stages: Vec<Stage>,
    source: &Source,
) -> Result<()> {
    if stages.is_empty() {
        if run.count.is_none() && source.origin == Origin::Text {
            session.lang.dot = start.addr;
            session.lang.increment = 0;
            return Ok(());
        }
        let last = Rc::clone(&session.lang.last);
        stages = last.iter().map(|c| Stage::of(session, c)).collect::<Result<Vec<_>>>()?;
    } else {
        session.lang.last = Rc::new(run.commands.clone());
    }
    let Some(text) = &run.shell else { return pipeline::run(session, out, start, &stages) };
    session.settings.allow("a shell")?;
    out.flush();
    // The shell starts when there is something for it to read: it may write to the very file that a stage reads.
    let led = pipeline::lead(session, out, start, &stages);
    let (shell, mut to_shell) = Subshell::fed(text, out)?;
    let result = led.and_then(|led| pipeline::finish(session, &mut to_shell, start, &stages, led));
    to_shell.end_line();
    to_shell.flush();
    // Its end of input is when `to_shell` is dropped.
    drop(to_shell);
    shell.wait(out)?;
    result
}
