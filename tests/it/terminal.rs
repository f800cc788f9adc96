//! The prompt, on a pseudo terminal: what a person types and sees.

use crate::needs::{fixtures, scratch};
use expectrl::{Eof, Expect, Session, process::unix::UnixProcess, stream::log::LogStream};
use std::io::Sink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

type Terminal = Session<UnixProcess, LogStream<expectrl::process::unix::PtyStream, Sink>>;

/// jsdb on the sample core, with `state` for its history.
fn jsdb(state: &Path) -> Terminal {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsdb"));
    command.arg(fixtures().join("demo.core.zst"));
    command.env("TERM", "xterm").env("TZ", "UTC").env("NO_COLOR", "1");
    command.env("HOME", state).env("XDG_STATE_HOME", state);
    let session = Session::spawn(command).expect("jsdb starts on a terminal");
    let mut session = expectrl::session::log(session, std::io::sink()).expect("the terminal can be read");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session.expect("::help to begin").expect("jsdb says what it opened");
    session.expect("> ").expect("a prompt");
    session
}

#[test]
fn a_name_is_completed_and_a_line_comes_back() {
    let state = scratch("terminal-history");
    let mut first = jsdb(&state);
    first.send("::findjsobj\t -c Exchange\r").expect("to type");
    first.expect("4224cc14af1").expect("the dcmd ran, completed");
    // The scan is made, so that constructors complete too.
    first.send("::findjsobjects -c Exch\t | ::jsconstructor\r").expect("to type");
    first.expect("\r\nExchange").expect("the constructor was completed");
    // Before the prompt is there the terminal itself would take the key.
    first.expect("> ").expect("the next prompt");
    first.send("\x04").expect("to type");
    first.expect(Eof).expect("Ctrl-D ends the session");

    let mut second = jsdb(&state);
    second.send("\x1b[A\r").expect("to type");
    second.expect("\r\nExchange").expect("the last line of the session before");
}

#[test]
fn ctrl_c_drops_the_line_and_errors_name_the_token() {
    let state = scratch("terminal-errors");
    let mut terminal = jsdb(&state);
    terminal.send("::echo not this\x03").expect("to type");
    terminal.expect("> ").expect("a fresh prompt");
    terminal.send("1 2\r").expect("to type");
    terminal.expect("syntax error near \"2\"").expect("where the error is, without a line number");
    terminal.send("::echo 'still here'\r").expect("to type");
    terminal.expect("\r\nstill here").expect("the session goes on");
}
