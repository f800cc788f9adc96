//! Output at a terminal: a page at a time, in colours.
//!
//! Knows: lines, keys, colours. The only file that names the crate console. Must not know: what is printed.

use super::color;
use super::keys::Keys;
use console::{Key, Term};
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What mdb asks at the end of a page.
const QUESTION: &str = ">> More [<space>, <cr>, q, n, c, a] ? ";

/// What is done with the lines that come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// Shown, a page at a time.
    Paged,
    /// Shown one by one.
    Single,
    /// Shown, all of them.
    Free,
    /// Dropped.
    Dropped,
}

/// A terminal that is written to.
#[derive(Debug)]
pub struct Terminal {
    term: Term,
    /// Whether addresses, strings and names are coloured.
    pub colors: bool,
    /// Whether long output stops at each page.
    pub paged: bool,
    /// Whether lines are cut to the width, not folded.
    pub cut: bool,
    /// The keys that are held for the prompt.
    pub keys: Option<Keys>,
    mode: Mode,
    /// The size when the last command began.
    size: Option<(usize, usize)>,
    /// Rows that were written since the last question.
    shown: usize,
    cancel: Arc<AtomicBool>,
    given_up: bool,
}

impl Terminal {
    /// The terminal that is standard output. `cancel` is raised when the reader has had enough.
    pub fn new(colors: bool, cancel: Arc<AtomicBool>) -> Terminal {
        let term = Term::stdout();
        let (keys, size) = (None, None);
        Terminal {
            term,
            colors,
            paged: true,
            cut: false,
            keys,
            mode: Mode::Paged,
            size,
            shown: 0,
            cancel,
            given_up: false,
        }
    }

    /// Rows and columns.
    pub fn size(&self) -> (usize, usize) {
        let (rows, columns) = self.term.size();
        (usize::from(rows).max(2), usize::from(columns).max(1))
    }

    /// A new command begins: its output is shown from its first page. If the size has changed, the columns.
    pub fn begin(&mut self) -> Option<usize> {
        self.mode = Mode::Paged;
        self.shown = 0;
        self.given_up = false;
        let size = self.size();
        (self.size.replace(size) != Some(size)).then_some(size.1)
    }

    /// Whether the reader wants no more of this command.
    pub fn is_dropping(&self) -> bool {
        self.mode == Mode::Dropped
    }

    /// Whether the reader asked to go back to the prompt.
    pub fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Writes `text`, asking at each page.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        let (mut rows, mut columns) = self.size();
        for line in text.split_inclusive('\n') {
            if self.mode != Mode::Dropped && self.cancel.load(Ordering::Relaxed) {
                self.mode = Mode::Dropped;
                self.given_up = true;
            }
            if self.mode == Mode::Dropped {
                return Ok(());
            }
            let fitting = if self.cut { fit(line, columns) } else { Cow::Borrowed(line) };
            let line = fitting.as_ref();
            // A long line takes several rows.
            let needs = line.trim_end_matches('\n').chars().count().saturating_sub(1) / columns + 1;
            let full = match self.mode {
                Mode::Single => true,
                _ => self.shown + needs > rows - 1,
            };
            if self.paged && self.mode != Mode::Free && full && self.shown > 0 {
                self.ask()?;
                if self.mode == Mode::Dropped {
                    return Ok(());
                }
                self.shown = 0;
                // The window may have changed meanwhile.
                (rows, columns) = self.size();
            }
            self.shown += needs;
            let painted = if self.colors { color::paint(line) } else { line.to_owned() };
            self.term.write_all(painted.as_bytes())?;
        }
        self.term.flush()
    }

    /// Asks how to go on.
    fn ask(&mut self) -> io::Result<()> {
        self.term.write_str(QUESTION)?;
        self.mode = loop {
            match self.term.read_key_raw() {
                Ok(Key::Char(' ')) => break Mode::Paged,
                Ok(Key::Enter | Key::Char('n' | 'N')) => break Mode::Single,
                Ok(Key::Char('c' | 'C')) => break Mode::Free,
                Ok(Key::Char('a' | 'A')) => {
                    self.given_up = true;
                    break Mode::Dropped;
                }
                Ok(Key::Char('q' | 'Q') | Key::CtrlC) | Err(_) => break Mode::Dropped,
                Ok(_) => {}
            }
        };
        if self.mode == Mode::Dropped {
            self.cancel.store(true, Ordering::Relaxed);
        }
        self.term.clear_line()
    }
}

/// `line`, or what of it fits in `columns`.
fn fit(line: &str, columns: usize) -> Cow<'_, str> {
    const MARK: &str = "...";
    let text = line.trim_end_matches('\n');
    match text.char_indices().nth(columns.saturating_sub(MARK.len())) {
        Some((end, _)) if text.chars().count() > columns => Cow::Owned(format!("{}{MARK}\n", &text[..end])),
        _ => Cow::Borrowed(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_cut_where_the_terminal_ends() {
        assert_eq!(fit("0123456789\n", 10), "0123456789\n");
        assert_eq!(fit("0123456789a\n", 10), "0123456...\n");
        assert_eq!(fit("äöüäöüäöüäö\n", 10), "äöüäöüä...\n");
        assert_eq!(fit("", 10), "");
    }
}
