//! The prompt, on a pseudo terminal: what a person types and sees.
//!
//! Knows: the terminal's own codes. Must not know: how lines are edited or run.

mod long;
mod pages;
mod typing;

use crate::needs::{fixtures, scratch};
use expectrl::process::unix::{PtyStream, UnixProcess};
use expectrl::{Eof, Expect, Session};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What the editor tells the terminal when it begins to read a line, and when it has it.
const READY: &str = "\x1b[?2004h";
const DONE: &str = "\x1b[?2004l";

/// jsdb at a terminal.
struct Terminal(Session<UnixProcess, PtyStream>);

/// How jsdb is started.
struct Start {
    core: PathBuf,
    arguments: Vec<&'static str>,
    variables: Vec<(&'static str, String)>,
    /// Columns and rows.
    size: (u16, u16),
}

impl Start {
    /// On the sample core, with a home of its own called `name`.
    fn on_sample(name: &str) -> Start {
        Start::on(&fixtures().join("demo.core.zst"), name)
    }

    fn on(core: &Path, name: &str) -> Start {
        let home = scratch(&format!("terminal-{name}")).display().to_string();
        let variables = vec![("HOME", home), ("NO_COLOR", "1".to_owned())];
        Start { core: core.to_owned(), arguments: Vec::new(), variables, size: (100, 40) }
    }

    fn with(mut self, argument: &'static str) -> Start {
        self.arguments.push(argument);
        self
    }

    fn variable(mut self, name: &'static str, value: &str) -> Start {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn size(self, columns: u16, rows: u16) -> Start {
        Start { size: (columns, rows), ..self }
    }

    fn home(&self) -> PathBuf {
        PathBuf::from(&self.variables[0].1)
    }

    /// Starts it; what it says first.
    fn started(&self) -> (Terminal, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jsdb"));
        command.args(&self.arguments).arg(&self.core).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("TERM", "xterm").env("TZ", "UTC").env("SHELL", "/bin/sh");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let mut session = Session::spawn(command).expect("jsdb starts on a terminal");
        session.get_process_mut().set_window_size(self.size.0, self.size.1).expect("the terminal has a size");
        session.set_expect_timeout(Some(Duration::from_secs(120)));
        let mut terminal = Terminal(session);
        let said = terminal.until(READY);
        (terminal, said)
    }

    fn start(&self) -> Terminal {
        self.started().0
    }
}

impl Terminal {
    /// Types `keys`.
    fn types(&mut self, keys: &str) {
        self.0.send(keys).expect("the terminal takes keys");
    }

    /// Waits for `text`; what came before it.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        let found = self.0.expect(text).unwrap_or_else(|e| panic!("{text:?} does not come: {e}"));
        String::from_utf8_lossy(found.before()).into_owned()
    }

    /// Types `line`; what is printed until the next prompt.
    #[track_caller]
    fn line(&mut self, line: &str) -> String {
        self.types(&format!("{line}\r"));
        self.until(DONE);
        self.until(READY)
    }

    /// Types `keys` and takes the line back; what was seen meanwhile.
    #[track_caller]
    fn looks_at(&mut self, keys: &str) -> String {
        self.types(keys);
        // Of what the terminal is told, the part that comes before the line is dropped.
        self.types("\x03");
        self.until(READY)
    }

    #[track_caller]
    fn ends(&mut self) {
        self.0.expect(Eof).expect("the session ends");
    }
}

#[test]
fn a_session_begins_with_what_was_opened() {
    let (_, said) = Start::on_sample("opening").started();
    let lines: Vec<_> = said.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], "Loading modules: [ mdb proc v8 node ]");
    assert!(lines[1].starts_with("node ") && lines[1].ends_with("process core file generated with gcore(1)"), "{said}");
    assert!(lines[2].starts_with("V8 3.14.5.11, of Node 0.10; "), "{said}");
    assert!(lines[2].contains(" are not in the core; ") && lines[2].ends_with("::help to begin"), "{said}");
    assert_eq!(lines.len(), 3, "{said}");
}

#[test]
fn what_is_no_core_begins_with_less() {
    let (_, said) = Start::on(&fixtures().join("demo.json"), "opening-raw").started();
    assert!(said.contains("Loading modules: [ mdb ]"), "{said}");
    assert!(said.contains("no V8 was found; ::help to begin"), "{said}");
}

#[test]
fn ctrl_c_drops_the_line_and_errors_name_the_token() {
    let mut terminal = Start::on_sample("errors").start();
    assert!(!terminal.looks_at("::echo not this").contains("\r\nnot this"));
    assert!(terminal.line("1 2").contains("syntax error near \"2\""), "without a line number");
    assert!(terminal.line("::echo 'still here'").contains("still here"));
}

#[test]
fn the_end_of_input_is_ignored_when_told_so() {
    let mut terminal = Start::on_sample("ignoreeof").with("-oignoreeof").start();
    terminal.types("\x04");
    assert!(terminal.until(READY).contains("use ::quit to end the session"));
    terminal.types("::quit\r");
    terminal.ends();
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let line = "4224cce5919::jsprint -d 1";
    let coloured = |start: Start| start.start().line(line).contains("\x1b[34m\"socket\"\x1b[0m");
    let with_colours =
        |name| Start { variables: vec![("HOME", scratch(name).display().to_string())], ..Start::on_sample(name) };
    assert!(coloured(with_colours("colours")));
    assert!(!coloured(with_colours("no-colours").variable("NO_COLOR", "1")));
    assert!(coloured(with_colours("empty-no-color").variable("NO_COLOR", "")));
    assert!(!coloured(with_colours("never").with("--color=never")));
    assert!(!coloured(with_colours("dumb").variable("TERM", "dumb-but-clever").variable("NO_COLOR", "yes")));
    assert!(coloured(with_colours("always").variable("NO_COLOR", "1").with("--color=always")));
}
