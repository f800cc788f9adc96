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
use rustyline::config::{BellStyle, CompletionType, Config, Configurer, EditMode};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{
    Cmd, ColorMode, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, KeyCode, KeyEvent, Modifiers,
    RepeatCount,
};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// mdb keeps 128 lines; HISTSIZE says otherwise.
const HISTORY: usize = 1000;

/// Reads lines at the terminal and runs them, until the session ends.
///
/// # Errors
/// When the terminal cannot be read.
pub fn converse(mut session: Session, out: &mut Out, colors: bool) -> Result<()> {
    out.hold_keys();
    let meter = Meter::new(session.progress(), session.addresses_done());
    out.show_progress(meter.clone());
    session.settings.set(Flag::Vi, session.settings.has(Flag::Vi) || readline_has_vi());
    let session = Rc::new(RefCell::new(session));
    let helper = || Helper::new(Rc::clone(&session), colors);
    let mut editor = editor(colors, FileHistory::new(), helper())?;
    let file = history_file();
    if let Some(path) = &file {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    loop {
        let (prompt, vi, ignore_eof) = {
            let settings = &session.borrow().settings;
            (settings.prompt.clone(), settings.has(Flag::Vi), settings.has(Flag::IgnoreEof))
        };
        editor.set_edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs });
        let line = match editor.readline(&prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) if ignore_eof => {
                out.complain(format_args!("{}: use ::quit to end the session\n", super::program()));
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        if !line.trim().is_empty() {
            let _ = editor.add_history_entry(line.as_str());
            if let Some(path) = &file {
                // At once: a session may be killed. A history that cannot be kept is no reason to complain.
                let _ = keep(&mut editor, path);
            }
        }
        let watch = meter.watch();
        let result = one(&mut session.borrow_mut(), out, &prompt, &line);
        drop(watch);
        match result {
            Err(Error::Quit) => return Ok(()),
            Err(Error::Interrupted) => {
                // What was typed or pasted after the line is dropped too: the editor has read some of it.
                let history = std::mem::take(editor.history_mut());
                editor = self::editor(colors, history, helper())?;
            }
            _ => {}
        }
    }
}

fn failed(error: ReadlineError) -> Error {
    Error::failed(format!("the terminal cannot be used: {error}"))
}

/// An editor of lines. What is pasted is taken as if it were typed, a line at a time; only tabs in it complete nothing.
fn editor(colors: bool, history: FileHistory, helper: Helper) -> Result<Editor<Helper, FileHistory>> {
    let mut editor = Editor::with_history(config(colors), history).map_err(failed)?;
    editor.set_helper(Some(helper));
    let pasting = Arc::new(AtomicBool::new(false));
    for (code, role) in [
        (KeyCode::BracketedPasteStart, Role::Begins),
        (KeyCode::BracketedPasteEnd, Role::Ends),
        (KeyCode::Tab, Role::Tab),
    ] {
        let handler = Paste { role, pasting: Arc::clone(&pasting) };
        editor.bind_sequence(KeyEvent(code, Modifiers::NONE), EventHandler::Conditional(Box::new(handler)));
    }
    Ok(editor)
}

/// What a key has to do with pasting.
#[derive(Clone, Copy)]
enum Role {
    Begins,
    Ends,
    Tab,
}

/// Knows whether what comes is pasted.
struct Paste {
    role: Role,
    pasting: Arc<AtomicBool>,
}

impl ConditionalEventHandler for Paste {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        match self.role {
            Role::Begins => self.pasting.store(true, Ordering::Relaxed),
            Role::Ends => self.pasting.store(false, Ordering::Relaxed),
            Role::Tab if self.pasting.load(Ordering::Relaxed) => return Some(Cmd::Insert(1, " ".to_owned())),
            Role::Tab => return None,
        }
        Some(Cmd::Noop)
    }
}

/// Appends the last line to the history at `path`.
fn keep(editor: &mut Editor<Helper, FileHistory>, path: &Path) -> rustyline::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    editor.append_history(path)
}

/// Runs what was typed.
fn one(session: &mut Session, out: &mut Out, prompt: &str, line: &str) -> Result<()> {
    session.log.append(&format!("{prompt}{line}\n"));
    run::source(session, out, Source::terminal(line))
}

fn config(colors: bool) -> Config {
    let size = std::env::var("HISTSIZE").ok().and_then(|size| size.parse().ok()).unwrap_or(HISTORY);
    let builder = Config::builder()
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .bell_style(BellStyle::None)
        .color_mode(if colors { ColorMode::Enabled } else { ColorMode::Disabled })
        .auto_add_history(false);
    match builder.max_history_size(size) {
        Ok(builder) => builder.build(),
        Err(_) => Config::default(),
    }
}

/// Whether who uses readline has told it to take vi's keys.
fn readline_has_vi() -> bool {
    let file = std::env::var_os("INPUTRC").map(PathBuf::from);
    let file = file.or_else(|| Some(std::env::home_dir()?.join(".inputrc")));
    let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    text.lines().any(|line| line.split_whitespace().eq(["set", "editing-mode", "vi"]))
}

/// `$XDG_STATE_HOME/jsdb/history`, or that below `~/.local/state`.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    Some(state.join("jsdb/history"))
}
