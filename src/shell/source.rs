//! Where statements come from: standard input, a string, a macro file, a pipe.
//!
//! Knows: lines and their numbers. Must not know: what they say.

use super::{Error, Result, reason};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// What kind of text is read: it decides what an error costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Standard input or a file: the next statement goes on.
    Input,
    /// The prompt: as [`Origin::Input`], but messages need not say where.
    Terminal,
    /// A string that is evaluated: the rest of it is dropped.
    Text,
    /// What a stage wrote.
    Pipeline,
}

/// Lines, one after another.
pub struct Source {
    /// The kind of text.
    pub origin: Origin,
    name: String,
    reader: Box<dyn BufRead>,
    line: usize,
}

impl Source {
    /// Lines of standard input.
    pub fn stdin() -> Source {
        let reader = Box::new(BufReader::new(std::io::stdin()));
        Source { origin: Origin::Input, name: "(stdin)".to_owned(), reader, line: 0 }
    }

    /// What was typed at the prompt.
    pub fn terminal(text: &str) -> Source {
        let reader = Box::new(std::io::Cursor::new(text.to_owned()));
        Source { origin: Origin::Terminal, name: "(stdin)".to_owned(), reader, line: 0 }
    }

    /// Lines of a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn file(path: &Path) -> Result<Source> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| Error::failed(format!("failed to open {name}: {}", reason(&e))))?;
        Ok(Source { origin: Origin::Input, name, reader: Box::new(BufReader::new(file)), line: 0 })
    }

    /// Lines of a string.
    pub fn text(text: &str) -> Source {
        let reader = Box::new(std::io::Cursor::new(text.to_owned()));
        Source { origin: Origin::Text, name: "(string)".to_owned(), reader, line: 0 }
    }

    /// Lines that a stage of a pipeline wrote.
    pub fn pipeline(text: String) -> Source {
        let reader = Box::new(std::io::Cursor::new(text));
        Source { origin: Origin::Pipeline, name: "(pipeline)".to_owned(), reader, line: 0 }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the line that was read last, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The next line, always with a newline at its end; bytes that are not UTF-8 are replaced. A first line of a file
    /// that begins with `#!` says how to run it, and is empty to us.
    pub fn next_line(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        match self.reader.read_until(b'\n', &mut bytes) {
            Ok(n) if n > 0 => {
                self.line += 1;
                if self.line == 1 && self.origin == Origin::Input && bytes.starts_with(b"#!") {
                    return Some("\n".to_owned());
                }
                let mut line = String::from_utf8_lossy(&bytes).into_owned();
                if !line.ends_with('\n') {
                    line.push('\n');
                }
                Some(line)
            }
            _ => None,
        }
    }
}
