//! Drives the real binary: a core, a script on standard input, what it prints.
//!
//! Knows: processes. Must not know: what any command prints.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a session printed.
#[derive(Debug)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// jsdb on one core, ready to run scripts.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    core: &'a Path,
    json: bool,
}

impl<'a> Session<'a> {
    /// `jsdb CORE`.
    pub fn on(core: &'a Path) -> Session<'a> {
        Session { core, json: false }
    }

    /// The same with `--json`.
    pub fn json(self) -> Session<'a> {
        Session { json: true, ..self }
    }

    /// Runs `script` to its end.
    pub fn run(&self, script: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jsdb"))
            .args(self.json.then_some("--json"))
            .arg(self.core)
            .env("TZ", "UTC")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("jsdb runs");
        let mut stdin = child.stdin.take().expect("its input is a pipe");
        let script = script.to_owned();
        // From a thread, so that neither side waits for the other; jsdb may end before it has read all.
        let writer = std::thread::spawn(move || drop(stdin.write_all(script.as_bytes())));
        let output = child.wait_with_output().expect("jsdb ends");
        drop(writer.join());
        Output {
            stdout: String::from_utf8(output.stdout).expect("what jsdb prints is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("what jsdb warns is UTF-8"),
        }
    }

    /// What each of `lines` prints, in one session.
    pub fn each<S: AsRef<str>>(&self, lines: &[S]) -> Vec<String> {
        const MARK: &str = "--next-line--";
        // By the shell, which JSON does not leave out.
        let script: String = lines.iter().map(|line| format!("{}\n! echo {MARK}\n", line.as_ref())).collect();
        let output = self.run(&script);
        let mut parts = vec![String::new()];
        for line in output.stdout.split_inclusive('\n') {
            match parts.last_mut() {
                Some(part) if line.trim_end() != MARK => part.push_str(line),
                _ => parts.push(String::new()),
            }
        }
        assert_eq!(parts.pop().as_deref(), Some(""), "the session ended after its last line: {}", output.stderr);
        assert_eq!(parts.len(), lines.len(), "each line was run: {}", output.stderr);
        parts
    }

    /// What one line prints.
    pub fn line(&self, line: &str) -> String {
        self.each(&[line]).remove(0)
    }
}
