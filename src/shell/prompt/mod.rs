//! The prompt: lines from a terminal, with history, completion and hints. The only folder that names rustyline.
//!
//! Knows: keys and lines. Must not know: what a line does (`run.rs`), what can be completed (`complete.rs`).

mod complete;
mod helper;

pub use complete::{Completion, complete};

use super::meter::Meter;
use super::settings::Flag;
use super::{Error, Out, Result, Session, Source, run};
use helper::Helper;
use rustyline::config::{BellStyle, CompletionType, Config, EditMode};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, Editor};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

/// mdb keeps 128 lines; HISTSIZE says otherwise.
const HISTORY: usize = 1000;

/// Reads lines at the terminal and runs them, until the session ends.
///
/// # Errors
/// When the terminal cannot be read.
pub fn converse(session: Session, out: &mut Out, colors: bool) -> Result<Session> {
    let session = Rc::new(RefCell::new(session));
    let failed = |e: ReadlineError| Error::failed(format!("the terminal cannot be used: {e}"));
    let mut editor: Editor<Helper, FileHistory> = Editor::with_config(config(colors)).map_err(failed)?;
    editor.set_helper(Some(Helper::new(Rc::clone(&session), colors)));
    let history = history_file();
    if let Some(path) = &history {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    loop {
        let prompt = session.borrow().settings.prompt.clone();
        let line = match editor.readline(&prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) if session.borrow().settings.has(Flag::IgnoreEof) => {
                out.complain(format_args!("{}: use ::quit to end the session\n", super::program()));
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(failed(error)),
        };
        if !line.trim().is_empty() {
            let _ = editor.add_history_entry(line.as_str());
        }
        if matches!(one(&session, out, &prompt, &line), Err(Error::Quit)) {
            break;
        }
    }
    if let Some(path) = history {
        let folder = path.parent().map(std::fs::create_dir_all);
        // A history that cannot be kept is no reason to complain at the end of a session.
        if matches!(folder, Some(Ok(()))) {
            let _ = editor.save_history(&path);
        }
    }
    drop(editor);
    Rc::try_unwrap(session).map(RefCell::into_inner).map_err(|_| Error::failed("the session is still in use"))
}

/// Runs what was typed, which may be several lines if it was pasted.
fn one(session: &Rc<RefCell<Session>>, out: &mut Out, prompt: &str, line: &str) -> Result<()> {
    let mut session = session.borrow_mut();
    session.log.append(&format!("{prompt}{line}\n"));
    session.clear_cancel();
    out.adapt(&mut session);
    let meter = Meter::watch(session.progress());
    let result = run::source(&mut session, out, Source::terminal(line));
    drop(meter);
    result
}

fn config(colors: bool) -> Config {
    let size = std::env::var("HISTSIZE").ok().and_then(|size| size.parse().ok()).unwrap_or(HISTORY);
    let builder = Config::builder()
        .completion_type(CompletionType::List)
        .bell_style(BellStyle::None)
        .edit_mode(edit_mode())
        .color_mode(if colors { ColorMode::Enabled } else { ColorMode::Disabled })
        .auto_add_history(false);
    match builder.max_history_size(size) {
        Ok(builder) => builder.build(),
        Err(_) => Config::default(),
    }
}

/// Emacs's keys, or vi's for those who told readline so.
fn edit_mode() -> EditMode {
    let file = std::env::var_os("INPUTRC").map(PathBuf::from);
    let file = file.or_else(|| Some(std::env::home_dir()?.join(".inputrc")));
    let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    let vi = text.lines().any(|line| line.split_whitespace().eq(["set", "editing-mode", "vi"]));
    if vi { EditMode::Vi } else { EditMode::Emacs }
}

/// `$XDG_STATE_HOME/jsdb/history`, or that below `~/.local/state`.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    Some(state.join("jsdb/history"))
}
