//! Output: items computed first, shown after; text, JSON and pipe are three readings of one result.
//!
//! Knows: where results go, and in which order. Must not know: what they are.

use super::keys::{Keys, Lent};
use super::meter::{Aside, Meter};
use super::terminal::Terminal;
use super::{Dcmd, Flag, Session};
use crate::image::Addr;
use std::cell::{Cell, RefCell};
use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::{IsTerminal, Write as _};
use std::process::ChildStdin;
use std::rc::Rc;

/// One result of a dcmd.
pub trait Item {
    /// What the next stage of a pipeline is given; nothing if this item has no address.
    fn addr(&self) -> Option<Addr> {
        None
    }
    /// As mdb prints it, with its newline.
    fn text(&self, out: &mut String);
    /// As one JSON object: addresses as hex strings, absent is null.
    fn json(&self) -> serde_json::Value;
}

/// A bare address as a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address(pub Addr);

impl Item for Address {
    fn addr(&self) -> Option<Addr> {
        Some(self.0)
    }
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", self.0);
    }
    fn json(&self) -> serde_json::Value {
        serde_json::json!({ "address": format!("0x{}", self.0) })
    }
}

/// An address that a walker visits, as a result: with the prefix of the current radix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Visited {
    /// The address.
    pub addr: Addr,
    /// The radix, 2 to 16.
    pub radix: u32,
}

impl Item for Visited {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", super::number::with_base(self.addr.0, self.radix));
    }
    fn json(&self) -> serde_json::Value {
        Address(self.addr).json()
    }
}

/// A computed value as a result: shown in the current radix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value {
    /// The value.
    pub value: u64,
    /// The radix, 2 to 16.
    pub radix: u32,
}

impl Item for Value {
    fn addr(&self) -> Option<Addr> {
        Some(Addr(self.value))
    }
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", super::number::digits(self.value, self.radix));
    }
    fn json(&self) -> serde_json::Value {
        serde_json::json!({ "value": format!("{:#x}", self.value) })
    }
}

/// Which reading of an item goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One object per line.
    Json,
    /// For the next stage.
    Pipe,
}

/// A file that a session is logged to; clones write to the same.
#[derive(Clone, Debug, Default)]
pub struct Log(Rc<RefCell<Logged>>);

#[derive(Debug, Default)]
struct Logged {
    path: Option<String>,
    file: Option<File>,
}

impl Log {
    /// Logs to `file`, which is at `path`.
    pub fn start(&self, path: String, file: File) {
        *self.0.borrow_mut() = Logged { path: Some(path), file: Some(file) };
    }

    /// Logs no more.
    pub fn stop(&self) {
        self.0.borrow_mut().file = None;
    }

    /// Where the file is, or was.
    pub fn path(&self) -> Option<String> {
        self.0.borrow().path.clone()
    }

    /// Whether anything is logged.
    pub fn is_on(&self) -> bool {
        self.0.borrow().file.is_some()
    }

    /// Appends `text`. A log that cannot be written is closed: it must not disturb the session.
    pub fn append(&self, text: &str) {
        let mut logged = self.0.borrow_mut();
        if logged.file.as_mut().is_some_and(|f| f.write_all(text.as_bytes()).is_err()) {
            logged.file = None;
        }
    }
}

/// Where written text ends up.
#[derive(Debug, Default)]
enum Sink {
    /// In `buffer`, for the one who made the [`Out`].
    #[default]
    Kept,
    /// On standard output.
    Stdout,
    /// At a terminal, a page at a time.
    Terminal(Box<Terminal>),
    /// In a shell's standard input.
    Shell(ChildStdin),
}

/// What is known of the last line, so that a long one is looked through once.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    /// How many bytes of the buffer were looked at.
    seen: usize,
    /// Where in the buffer the last line of these begins; 0 if before it.
    line: usize,
    /// How many columns it has there, with those that were written already.
    column: usize,
    /// How many bytes were looked at, in all.
    #[cfg(test)]
    work: usize,
}

impl Last {
    /// Looks at `text` as well, which begins at `at` of the buffer.
    fn look(&mut self, at: usize, text: &str) {
        match text.rfind('\n') {
            Some(end) => (self.line, self.column) = (at + end + 1, text[end + 1..].chars().count()),
            None => self.column += text.chars().count(),
        }
        #[cfg(test)]
        {
            self.work += text.len();
        }
    }
}

/// How much text is gathered before it is written.
const BLOCK: usize = 1 << 16;

/// Where a stage's results go.
#[derive(Debug, Default)]
pub struct Out {
    /// Which reading is asked for.
    pub format: Format,
    /// Text and JSON, not yet written.
    buffer: String,
    /// Where the last line of that begins.
    last: Cell<Last>,
    /// Addresses for the next stage.
    pub addresses: Vec<Addr>,
    /// The variable that follows the addresses while the next stage runs, when a walk names one.
    pub variable: Option<String>,
    sink: Sink,
    /// Whether JSON has text that is no result.
    text_only: bool,
    /// Such text, as far as it is not yet a line.
    lines: String,
    log: Log,
    meter: Meter,
    /// While a shell has been given something to write about.
    aside: Option<Aside>,
    /// Whether the reader of the sink has gone.
    broken: bool,
}

impl Out {
    /// Output that stays in [`Out::buffer`], complaints included, in the order in which a terminal would show them.
    pub fn kept() -> Out {
        Out::default()
    }

    /// Output that goes to standard output, and to `log`.
    pub fn stdout(log: Log) -> Out {
        Out { sink: Sink::Stdout, log, ..Out::default() }
    }

    /// Output that goes to a terminal, and to `log`.
    pub fn terminal(terminal: Terminal, log: Log) -> Out {
        Out { sink: Sink::Terminal(Box::new(terminal)), log, ..Out::default() }
    }

    /// A new command begins: takes what `session` says of format and pages; a page's width is the terminal's.
    pub fn adapt(&mut self, session: &mut Session) {
        self.format = if session.settings.has(Flag::Json) { Format::Json } else { Format::Text };
        if let Sink::Terminal(terminal) = &mut self.sink {
            terminal.paged = session.settings.has(Flag::Pager);
            if let Some(columns) = terminal.begin() {
                session.settings.width = columns;
            }
        }
    }

    /// `meter` shows how far commands have come, where nothing else is written.
    pub fn show_progress(&mut self, meter: Meter) {
        self.meter = meter;
    }

    /// From now on keys that are typed while a command runs wait for the next prompt.
    pub fn hold_keys(&mut self) {
        if let Sink::Terminal(terminal) = &mut self.sink {
            terminal.keys = Keys::hold();
        }
    }

    /// Shows no progress until what is returned is dropped.
    pub fn step_aside(&self) -> Aside {
        self.meter.step_aside()
    }

    /// Lends the terminal's keys to another program, if they are held.
    pub fn lend_keys(&self) -> Option<Lent> {
        match &self.sink {
            Sink::Terminal(terminal) => terminal.keys.as_ref().map(Keys::lend),
            _ => None,
        }
    }

    /// Whether what is written is dropped, as the reader of the pages asked.
    pub fn is_dropping(&self) -> bool {
        matches!(&self.sink, Sink::Terminal(terminal) if terminal.is_dropping())
    }

    /// Whether the reader of the pages asked to go back to the prompt.
    pub fn is_given_up(&self) -> bool {
        matches!(&self.sink, Sink::Terminal(terminal) if terminal.is_given_up())
    }

    /// Output that goes to a shell instead of here.
    pub fn to_shell(&self, stdin: ChildStdin) -> Out {
        let (log, meter) = (self.log.clone(), self.meter.clone());
        Out { sink: Sink::Shell(stdin), format: self.format, log, meter, ..Out::default() }
    }

    /// Output that is kept as addresses for the next stage, or as text lines that say them.
    pub fn to_pipe(&self) -> Out {
        Out { format: Format::Pipe, log: self.log.clone(), meter: self.meter.clone(), ..Out::default() }
    }

    /// Whether results feed the next stage of a pipeline.
    pub fn is_pipe(&self) -> bool {
        self.format == Format::Pipe
    }

    /// Whether text stays in [`Out::buffer`].
    pub fn is_kept(&self) -> bool {
        matches!(self.sink, Sink::Kept)
    }

    /// How many bytes wait here for another to take them.
    pub fn gathered(&self) -> u64 {
        (self.buffer.len() + size_of_val(self.addresses.as_slice())) as u64
    }

    /// Whether results go to a `! shell`.
    pub fn is_shell(&self) -> bool {
        matches!(self.sink, Sink::Shell(_))
    }

    /// Whether results go to a terminal.
    pub fn is_terminal(&self) -> bool {
        match self.sink {
            Sink::Terminal(_) => true,
            Sink::Stdout => std::io::stdout().is_terminal(),
            Sink::Kept | Sink::Shell(_) => false,
        }
    }

    /// Whether nobody reads any more what is written here.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Puts out one result.
    pub fn item(&mut self, item: &dyn Item) {
        match self.format {
            Format::Text => item.text(&mut self.buffer),
            Format::Json => {
                let _ = writeln!(self.buffer, "{}", super::json::line(&item.json()));
            }
            Format::Pipe => match item.addr() {
                Some(addr) => self.addresses.push(addr),
                None => item.text(&mut self.buffer),
            },
        }
        self.spill();
    }

    /// Puts out text that is no result: a header, a note. Left out of JSON, unless there is nothing but text
    /// ([`Out::begin`]).
    pub fn text(&mut self, text: impl Display) {
        if self.format != Format::Json {
            let _ = write!(self.buffer, "{text}");
            self.spill();
        } else if self.text_only {
            let before = self.lines.len();
            let _ = write!(self.lines, "{text}");
            if let Some(at) = self.lines[before..].rfind('\n') {
                let rest = self.lines.split_off(before + at + 1);
                for line in std::mem::replace(&mut self.lines, rest).lines() {
                    self.line_object(line.trim_end());
                }
            }
            // A line need not end.
            if self.lines.len() >= BLOCK {
                let line = std::mem::take(&mut self.lines);
                self.line_object(&line);
            }
        }
    }

    /// Puts out what another program printed, whatever the format.
    pub fn verbatim(&mut self, text: &str) {
        self.buffer.push_str(text);
        self.spill();
    }

    /// `dcmd` begins: its record says what it prints.
    pub fn begin(&mut self, dcmd: &Dcmd) {
        self.text_only = dcmd.text_only;
        if matches!(&self.sink, Sink::Terminal(terminal) if terminal.cut != dcmd.table) {
            self.flush();
        }
        if let Sink::Terminal(terminal) = &mut self.sink {
            terminal.cut = dcmd.table;
        }
    }

    fn line_object(&mut self, line: &str) {
        let _ = writeln!(self.buffer, "{}", super::json::line(&serde_json::json!({ "text": line })));
        self.spill();
    }

    /// Warns on standard error: `jsdb: message`.
    pub fn warn(&mut self, message: impl Display) {
        let program = super::program();
        self.complain(format_args!("{program}: {message}\n"));
    }

    /// Points at the help of the dcmd `name`, on standard error.
    pub fn warn_try_help(&mut self, name: &str) {
        self.warn(format_args!("try '::help {name}' for more information"));
    }

    /// Writes to standard error, after the lines that went before it. A line that is still open goes on after it.
    pub fn complain(&mut self, text: impl Display) {
        let mut last = self.last();
        let text = text.to_string();
        if self.is_kept() && !self.is_pipe() {
            self.buffer.insert_str(last.line, &text);
            last.seen += text.len();
            let open = text.rfind('\n').map_or(text.as_str(), |end| &text[end + 1..]);
            last.line += text.len() - open.len();
            last.column += open.chars().count();
            self.last.set(last);
            return;
        }
        self.write(last.line);
        self.log.append(&text);
        self.meter.clear();
        eprint!("{text}");
    }

    /// Ends the line if one is open.
    pub fn end_line(&mut self) {
        if !self.lines.is_empty() {
            let line = std::mem::take(&mut self.lines);
            self.line_object(line.trim_end());
        }
        if self.column() > 0 {
            self.buffer.push('\n');
        }
    }

    /// How many columns the last line has so far. Looks at what was added since the last time.
    pub fn column(&self) -> usize {
        self.last().column
    }

    fn last(&self) -> Last {
        let mut last = self.last.get();
        last.look(last.seen, &self.buffer[last.seen..]);
        last.seen = self.buffer.len();
        self.last.set(last);
        last
    }

    /// Text and JSON that are not yet written.
    pub fn buffer(&self) -> &str {
        &self.buffer
    }

    /// Takes these: what follows begins a line.
    pub fn take(&mut self) -> String {
        self.last.set(Last::default());
        std::mem::take(&mut self.buffer)
    }

    /// Puts out bytes that need not be text: as they are where they leave the program.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.is_kept() || self.format != Format::Text {
            return self.text(String::from_utf8_lossy(bytes));
        }
        self.flush();
        self.deliver(bytes);
        let open = bytes.rsplit(|&b| b == b'\n').next().unwrap_or_default().len();
        let before = if open == bytes.len() { self.column() } else { 0 };
        self.last.set(Last { column: before + open, ..self.last() });
    }

    /// Writes what was gathered. A reader that has gone is not an error: see [`Out::is_broken`].
    pub fn flush(&mut self) {
        self.write(self.buffer.len());
    }

    /// Writes the first `len` bytes of what was gathered.
    fn write(&mut self, len: usize) {
        if len == 0 || self.is_kept() {
            return;
        }
        let last = self.last();
        self.last.set(Last { seen: last.seen - len, line: last.line.saturating_sub(len), ..last });
        let rest = self.buffer.split_off(len);
        let text = std::mem::replace(&mut self.buffer, rest);
        self.deliver(text.as_bytes());
        if matches!(self.sink, Sink::Stdout | Sink::Terminal(_)) {
            self.log.append(&text);
        }
    }

    fn deliver(&mut self, bytes: &[u8]) {
        let aside = self.meter.step_aside();
        let written = match &mut self.sink {
            Sink::Kept => Ok(()),
            Sink::Stdout => {
                let mut stdout = std::io::stdout().lock();
                stdout.write_all(bytes).and_then(|()| stdout.flush())
            }
            Sink::Terminal(terminal) => terminal.write(&String::from_utf8_lossy(bytes)),
            Sink::Shell(stdin) => stdin.write_all(bytes).and_then(|()| stdin.flush()),
        };
        if self.is_shell() {
            self.aside.get_or_insert(aside);
        }
        self.broken |= written.is_err();
    }

    fn spill(&mut self) {
        if self.buffer.len() >= BLOCK && !self.is_kept() {
            // A line need not end.
            let Last { line, .. } = self.last();
            self.write(if line > 0 { line } else { self.buffer.len() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_line_that_does_not_end_is_not_kept() {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs");
        let mut out = Out::default().to_shell(cat.stdin.take().expect("it is a pipe"));
        let reader = std::thread::spawn(move || cat.wait_with_output().expect("cat ends").stdout.len());
        for _ in 0..100 {
            out.text("x".repeat(BLOCK / 10));
            assert!(out.gathered() < BLOCK as u64);
        }
        assert_eq!(out.column(), 100 * (BLOCK / 10));
        out.flush();
        drop(out);
        assert_eq!(reader.join().expect("it read"), 100 * (BLOCK / 10));
    }

    #[test]
    fn a_line_that_does_not_end_is_looked_through_once() {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat runs");
        let to_shell = Out::default().to_shell(cat.stdin.take().expect("it is a pipe"));
        for mut out in [Out::kept(), to_shell] {
            let pieces = 4 * BLOCK / 10;
            for piece in 0..pieces {
                out.text("0123456789");
                assert_eq!(out.column(), 10 * (piece + 1));
            }
            assert_eq!(out.last.get().work, 10 * pieces);
            out.text("ä\nöü");
            assert_eq!(out.column(), 2);
            out.flush();
            assert_eq!(out.column(), 2, "the line goes on");
            out.end_line();
            assert_eq!(out.column(), 0);
        }
        assert!(cat.wait().expect("cat ends").success());
    }

    #[test]
    fn a_complaint_comes_before_the_line_that_is_open() {
        let mut out = Out::kept();
        out.text("whole\nopen");
        assert_eq!(out.column(), 4);
        out.complain("first\n");
        out.complain("second\n");
        assert_eq!((out.column(), out.buffer()), (4, "whole\nfirst\nsecond\nopen"));
        out.text(" line");
        assert_eq!(out.column(), 9);
        assert_eq!(out.take(), "whole\nfirst\nsecond\nopen line");
        assert_eq!((out.column(), out.buffer()), (0, ""));
    }

    #[test]
    fn a_line_of_json_that_does_not_end_is_not_kept() {
        static TEXT: Dcmd = Dcmd { text_only: true, ..Dcmd::BASE };
        let mut out = Out { format: Format::Json, ..Out::kept() };
        out.begin(&TEXT);
        for _ in 0..25 {
            out.text("x".repeat(BLOCK / 10));
        }
        out.end_line();
        let lengths: Vec<usize> = out.buffer.lines().map(|line| line.matches('x').count() - 1).collect();
        assert_eq!(lengths.len(), 3);
        assert_eq!(lengths.iter().sum::<usize>(), 25 * (BLOCK / 10));
    }
}
