//! `! command`: the user's shell, alone or fed by a pipeline.
//!
//! Knows: how a shell is started and waited for. Must not know: what is fed to it.

use super::{Error, Out, Result, reason};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A shell that runs.
pub struct Subshell(Child);

impl Subshell {
    /// Runs `text` and waits; its status does not matter.
    ///
    /// # Errors
    /// When no shell can be started.
    pub fn run(text: &str, out: &mut Out) -> Result<()> {
        out.flush();
        // It reads what is typed.
        let lent = out.lend_keys();
        let done = Subshell(start(text, out, Stdio::inherit())?).wait(out);
        drop(lent);
        done
    }

    /// Starts `text`; what goes to the returned [`Out`] is its input.
    ///
    /// # Errors
    /// As [`Subshell::run`].
    pub fn fed(text: &str, out: &Out) -> Result<(Subshell, Out)> {
        let mut child = start(text, out, Stdio::piped())?;
        let stdin = child.stdin.take().ok_or_else(|| Error::failed("the shell has no input"))?;
        Ok((Subshell(child), out.to_shell(stdin)))
    }

    /// Waits for its end; where output is kept, its output is kept too.
    ///
    /// # Errors
    /// When the system will not say that it ended.
    pub fn wait(self, out: &mut Out) -> Result<()> {
        let _aside = out.step_aside();
        let done =
            self.0.wait_with_output().map_err(|e| Error::failed(format!("failed to wait for the shell: {e}")))?;
        out.verbatim(&String::from_utf8_lossy(&done.stdout));
        Ok(())
    }
}

fn start(text: &str, out: &Out, stdin: Stdio) -> Result<Child> {
    let shell = std::env::var_os("SHELL").filter(|s| !s.is_empty()).unwrap_or_else(|| "/bin/sh".into());
    let mut command = Command::new(&shell);
    if let Some(name) = Path::new(&shell).file_name() {
        command.arg0(name);
    }
    command.arg("-c").arg(text).stdin(stdin);
    if out.is_kept() {
        command.stdout(Stdio::piped());
    }
    command.spawn().map_err(|e| Error::failed(format!("failed to run {}: {}", shell.display(), reason(&e))))
}
