//! Pipelines: commands looked up, looped, fed with each other's addresses.
//!
//! Knows: the order in which mdb does things, dot, counts. Must not know: what a dcmd does.

use super::registry::suggestion;
use super::syntax::{Command, Expr, Run, Statement, Word};
use super::{
    AddrUse, Arg, Args, Context, Dcmd, Error, Out, Result, Session, Source, Subject, eval, panics, parse, run,
};
use crate::image::Addr;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Where a pipeline begins.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The address: as typed, or dot.
    pub addr: u64,
    /// Whether it was typed.
    explicit: bool,
    /// How often, if a count was typed.
    count: Option<u64>,
}

impl Start {
    /// Computes address and count of a statement.
    ///
    /// # Errors
    /// What stands in the way of computing them.
    pub fn of(session: &Session, run: &Run) -> Result<Start> {
        let value = |expr: &Expr| eval::value(session, expr).map_err(abandoned);
        let addr = run.addr.as_ref().map(value).transpose()?;
        let count = run.count.as_ref().map(value).transpose()?;
        let mut start = match addr {
            Some(addr) => Start { addr, explicit: true, count },
            None if run.commands.is_empty() && count.is_some() => Start::after_dot(session, ",")?,
            None => Start { addr: session.lang.dot, explicit: false, count },
        };
        start.count = count;
        Ok(start)
    }

    /// Dot plus the increment, which `operator` asks for.
    ///
    /// # Errors
    /// As [`eval::next`].
    pub fn after_dot(session: &Session, operator: &str) -> Result<Start> {
        Ok(Start { addr: eval::next(session, operator)?, explicit: false, count: None })
    }
}

/// An error in an expression abandons the statement, whatever it is.
fn abandoned(error: Error) -> Error {
    match error {
        error @ (Error::Statement { .. } | Error::Interrupted) => error,
        other => Error::statement(other.to_string()),
    }
}

/// A command that was looked up, with its arguments computed.
#[derive(Debug)]
pub struct Stage {
    dcmd: &'static Dcmd,
    /// Under which of its names it was called.
    name: String,
    words: Vec<Arg>,
}

impl Stage {
    /// Looks `command` up and computes its arguments.
    ///
    /// # Errors
    /// When there is no such dcmd, or an argument cannot be computed.
    pub fn of(session: &Session, command: &Command) -> Result<Stage> {
        let invalid = |why: &str| Error::statement(format!("invalid command '{}': {why}", command.verb));
        let name = match command.name().split_once('`') {
            Some(("mdb" | "jsdb" | "v8" | "mdb_v8", name)) => name,
            Some(_) => return Err(invalid("specified module is not loaded")),
            None => command.name(),
        };
        let unknown = || {
            let like = suggestion(session.commands.similar_dcmd(name));
            invalid(&format!("unknown dcmd name{like}"))
        };
        let dcmd = session.commands.dcmd(name).ok_or_else(unknown)?;
        let words = command.words.iter().map(|word| {
            Ok(match word {
                Word::Text(text) => Arg::Text(text.clone()),
                Word::Computed(expr) => Arg::Number(eval::value(session, expr).map_err(abandoned)?),
                Word::Repeat(n) => Arg::Number(*n),
                Word::Letter(letter) => Arg::Letter(*letter),
            })
        });
        Ok(Stage { dcmd, name: name.to_owned(), words: words.collect::<Result<_>>()? })
    }
}

/// What a stage is fed with.
#[derive(Debug, Default)]
struct Fed {
    addresses: Vec<Addr>,
    /// Variables that walks have bound: a value for each address.
    bindings: Vec<(String, Vec<u64>)>,
}

/// Runs `stages`, each fed with what the one before puts out; the last writes to `out`.
///
/// # Errors
/// What stops the whole line: wrong usage, a statement within that was abandoned, Ctrl-C, quitting.
pub fn run(session: &mut Session, out: &mut Out, start: Start, stages: &[Stage]) -> Result<()> {
    let led = lead(session, out, start, stages)?;
    finish(session, out, start, stages, led)
}

/// What the last stage of a pipeline begins with.
#[derive(Debug)]
pub struct Led {
    /// What it is fed, if there is a stage before it.
    fed: Option<Fed>,
}

/// Runs all `stages` but the last; absent if they put out nothing, so that the last has nothing to do.
///
/// # Errors
/// As [`run`].
pub fn lead(session: &mut Session, out: &mut Out, start: Start, stages: &[Stage]) -> Result<Option<Led>> {
    let Some((_, before)) = stages.split_last() else { return Ok(None) };
    // What was gathered goes out before anything that a stage says on standard error.
    out.flush();
    let mut fed: Option<Fed> = None;
    for stage in before {
        let mut pipe = out.to_pipe();
        let mut next = Fed::default();
        run_stage(session, &mut pipe, stage, start, fed.take(), Some(&mut next))?;
        next.take(session, &mut pipe)?;
        if next.addresses.is_empty() {
            return Ok(None);
        }
        fed = Some(next);
    }
    Ok(Some(Led { fed }))
}

/// Runs the last of `stages`, which `led` leads up to; it writes to `out`.
///
/// # Errors
/// As [`run`].
pub fn finish(session: &mut Session, out: &mut Out, start: Start, stages: &[Stage], led: Option<Led>) -> Result<()> {
    match (stages.last(), led) {
        (Some(last), Some(led)) => run_stage(session, out, last, start, led.fed, None),
        _ => Ok(()),
    }
}

/// Runs one stage: as often as its count says, or for each address it is fed. What walks have bound before it is
/// bound to what it hands on to `next`.
fn run_stage(
    session: &mut Session,
    out: &mut Out,
    stage: &Stage,
    start: Start,
    fed: Option<Fed>,
    next: Option<&mut Fed>,
) -> Result<()> {
    let result = match fed {
        None => counted(session, out, stage, start),
        Some(fed) => {
            let before: Vec<(String, u64)> =
                fed.bindings.iter().map(|(name, _)| (name.clone(), session.variable(name).unwrap_or(0))).collect();
            let result = for_each(session, out, stage, fed, next);
            for (name, value) in before {
                session.set_variable(&name, value)?;
            }
            result
        }
    };
    out.end_line();
    result
}

/// The verbs that read what they lay out.
const FORMATS: [&str; 4] = ["/", "?", "\\", "@"];

/// Runs a stage that begins a pipeline, once for each increment of dot.
fn counted(session: &mut Session, out: &mut Out, stage: &Stage, start: Start) -> Result<()> {
    session.lang.dot = start.addr;
    session.lang.data_address = start.addr;
    let count = start.count.unwrap_or(1);
    if count > i64::MAX as u64 {
        // mdb would go on for some hundred years.
        return Err(Error::statement("the repeat count is negative"));
    }
    if stage.dcmd.name == "$<" {
        // Only `$<` leaves its count in `<9`, not `$<<`.
        session.set_variable("9", count)?;
    }
    let times = if stage.dcmd.takes_count { count.min(1) } else { count };
    for i in 0..times {
        if i > 0 {
            session.lang.dot = eval::next(session, ",")?;
        }
        let addr = start.explicit.then_some(Addr(session.lang.dot));
        let call = Call { addr, first: i == 0, piped: false, count: start.count };
        session.lang.at_end = false;
        one(session, out, stage, call, &mut VecDeque::new())?;
        // Dot stays where nothing can be read: mdb says so again for each of the count.
        if session.lang.at_end && FORMATS.contains(&stage.dcmd.name) {
            break;
        }
    }
    Ok(())
}

/// Runs a stage for each address it is fed.
fn for_each(session: &mut Session, out: &mut Out, stage: &Stage, fed: Fed, mut next: Option<&mut Fed>) -> Result<()> {
    let total = fed.addresses.len();
    // What goes on to another stage is seen by nobody; what a pipeline within another does, the outer one counts.
    let counts = (next.is_some() && session.lang.depth == 1).then(|| session.addresses_done());
    if let Some(counts) = &counts {
        counts.begin(total as u64);
    }
    let mut queue: VecDeque<Addr> = fed.addresses.into();
    let mut first = true;
    while let Some(addr) = queue.pop_front() {
        let index = total - queue.len() - 1;
        session.lang.dot = addr.0;
        if first {
            session.lang.data_address = addr.0;
        }
        let value = |values: &[u64]| values.get(index).copied().unwrap_or(addr.0);
        for (name, values) in &fed.bindings {
            session.set_variable(name, value(values))?;
        }
        one(session, out, stage, Call { addr: Some(addr), first, piped: true, count: None }, &mut queue)?;
        first = false;
        if let Some(counts) = &counts {
            counts.advance(1)?;
        }
        if stage.dcmd.takes_count {
            break;
        }
        if let Some(next) = next.as_deref_mut().filter(|_| !fed.bindings.is_empty()) {
            next.take(session, out)?;
            let handed_on = next.addresses.len();
            for (name, values) in &fed.bindings {
                next.bound(name).resize(handed_on, value(values));
            }
        }
    }
    Ok(())
}

impl Fed {
    /// Moves what `out` has for the next stage into here: its addresses, or else the expressions that its text says,
    /// line by line.
    fn take(&mut self, session: &mut Session, out: &mut Out) -> Result<()> {
        out.end_line();
        self.addresses.append(&mut out.addresses);
        let mut source = Source::pipeline(out.take());
        while let Some(line) = source.next_line() {
            match pipe_line(session, &line) {
                Ok(Some(value)) => {
                    session.lang.dot = value;
                    self.addresses.push(Addr(value));
                }
                Ok(None) => {}
                Err(error) => {
                    run::report(out, &source, &error);
                    return Err(Error::Told);
                }
            }
        }
        if let Some(variable) = out.variable.clone() {
            let values = self.addresses.iter().map(|a| a.0).collect();
            *self.bound(&variable) = values;
        }
        Ok(())
    }

    fn bound(&mut self, name: &str) -> &mut Vec<u64> {
        let at = self.bindings.iter().position(|(n, _)| n == name).unwrap_or_else(|| {
            self.bindings.push((name.to_owned(), Vec::new()));
            self.bindings.len() - 1
        });
        &mut self.bindings[at].1
    }
}

/// The value that a line of a stage's text says; none for an empty line.
fn pipe_line(session: &Session, line: &str) -> Result<Option<u64>> {
    let parsed = parse::statement(line);
    match (parsed.statement, parsed.error) {
        (_, Some(error)) => Err(Error::Statement { message: error.message, near: error.near }),
        (Statement::Empty, None) => Ok(None),
        (Statement::Run(Run { addr: Some(addr), count: None, commands, shell: None }), None) if commands.is_empty() => {
            eval::value(session, &addr).map(Some).map_err(abandoned)
        }
        _ => Err(Error::Statement { message: "syntax error".to_owned(), near: Some("\n".to_owned()) }),
    }
}

/// One run of a dcmd.
#[derive(Clone, Copy)]
struct Call {
    addr: Option<Addr>,
    first: bool,
    piped: bool,
    count: Option<u64>,
}

/// Runs a dcmd once. A failure is told and forgotten; wrong usage, Ctrl-C and quitting stop the line.
fn one(session: &mut Session, out: &mut Out, stage: &Stage, call: Call, queue: &mut VecDeque<Addr>) -> Result<()> {
    session.check_cancel()?;
    if out.is_broken() {
        // Nobody reads on.
        return Err(Error::Told);
    }
    session.check_room(out)?;
    let result = guarded(session, out, stage, call, queue);
    if let Some(note) = session.take_note() {
        out.warn(note);
    }
    // Quitting is no command's end: what counts is how the one before it ended.
    if !matches!(result, Err(Error::Quit)) {
        session.lang.failed = result.is_err();
    }
    match result {
        Ok(()) => Ok(()),
        Err(Error::Usage(message)) => {
            if let Some(message) = message {
                out.warn(message);
            }
            usage(out, stage);
            Err(Error::Told)
        }
        Err(error @ (Error::Quit | Error::Told | Error::Interrupted | Error::Statement { .. })) => Err(error),
        Err(Error::Heap(_)) if !session.v8_warnings => Ok(()),
        Err(error) => {
            out.warn(error);
            Ok(())
        }
    }
}

fn usage(out: &mut Out, stage: &Stage) {
    let Stage { dcmd, name, .. } = stage;
    out.complain(format_args!("Usage: {}\n", dcmd.usage_as(name)));
    if !dcmd.help.is_empty() {
        out.warn(format_args!("try '::help {name}' for more information"));
    }
}

/// Calls the dcmd's body so that a bug in it costs one line and not the session.
fn guarded(session: &mut Session, out: &mut Out, stage: &Stage, call: Call, queue: &mut VecDeque<Addr>) -> Result<()> {
    let dcmd = stage.dcmd;
    match (dcmd.addr, call.addr) {
        (AddrUse::Refused, Some(_)) => return Err(Error::usage()),
        (AddrUse::Required, None) => {
            return Err(Error::Usage(Some(format!("must specify address for ::{}", dcmd.name))));
        }
        _ => {}
    }
    let args = Args::parse(session, dcmd, stage.words.clone())?;
    // The heap's dcmds take what a pointer holds, as a debugger of the image's own width would.
    let addr = match dcmd.subject {
        Subject::Js | Subject::V8 | Subject::Node => call.addr.map(|a| Addr(session.image.width.truncate(a.0))),
        Subject::Process | Subject::Language => call.addr,
    };
    let dot = Addr(session.lang.dot);
    let Call { first, piped, count, .. } = call;
    out.begin(dcmd);
    let mut context = Context { session, args, addr, dot, first, piped, count, queue, out };
    let called = panics::quietly(|| catch_unwind(AssertUnwindSafe(|| (dcmd.run)(&mut context))));
    called.unwrap_or_else(|payload| Err(Error::failed(panics::message(dcmd.name, payload.as_ref()))))
}
