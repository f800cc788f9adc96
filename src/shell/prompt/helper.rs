//! What rustyline asks while a line is typed.

use super::complete::complete;
use crate::shell::Session;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::Validator;
use rustyline::{Context, Result};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

/// Completes from the session, hints from history.
pub struct Helper {
    session: Rc<RefCell<Session>>,
    history: HistoryHinter,
    colors: bool,
}

impl Helper {
    /// A helper for `session`, which nobody else may hold while a line is read.
    pub fn new(session: Rc<RefCell<Session>>, colors: bool) -> Helper {
        Helper { session, history: HistoryHinter::new(), colors }
    }
}

impl rustyline::Helper for Helper {}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let completion = complete(&self.session.borrow(), &line[..at]);
        let pairs = completion.words.into_iter().map(|word| Pair { display: word.clone(), replacement: word });
        Ok((completion.start, pairs.collect()))
    }
}

impl Hinter for Helper {
    type Hint = String;

    fn hint(&self, line: &str, at: usize, context: &Context<'_>) -> Option<String> {
        // Without colours a hint could not be told from what was typed.
        if self.colors { self.history.hint(line, at, context) } else { None }
    }
}

impl Highlighter for Helper {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[90m{hint}\x1b[0m"))
    }
}

impl Validator for Helper {}
