//! What the command language keeps from one statement to the next: dot, variables, radix, the last command.
//!
//! Knows: the language's own values. Must not know: the image, dcmds.

use super::syntax::Command;
use super::variables::Variables;
use std::path::PathBuf;
use std::rc::Rc;

/// The state of the language in a session.
#[derive(Debug)]
pub struct Lang {
    /// `.`: the current address or value.
    pub dot: u64,
    /// How far the last format moved: `+` is dot plus this.
    pub increment: u64,
    /// `&`: the address that the last command was given.
    pub data_address: u64,
    /// `<0`: the last value that a format printed.
    pub value: u64,
    /// The radix of numbers without prefix, 2 to 16.
    pub radix: u32,
    /// `<name`.
    pub variables: Variables,
    /// What a naked expression runs again.
    pub last: Rc<Vec<Command>>,
    /// How many inputs are being read, one within another.
    pub depth: usize,
    /// What a macro asked of the input that it stands in.
    pub redirect: Option<Redirect>,
    /// Whether the last command that ran failed or was called wrongly.
    pub failed: bool,
    /// Whether the last format verb came to where nothing can be read.
    pub at_end: bool,
}

/// What becomes of the rest of an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Redirect {
    /// It is dropped (`$<` alone).
    Leave,
    /// This file is read in its stead (`$<file`).
    Replace(PathBuf),
}

impl Default for Lang {
    fn default() -> Lang {
        Lang {
            dot: 0,
            increment: 0,
            data_address: 0,
            value: 0,
            radix: 16,
            variables: Variables::default(),
            last: Rc::new(Vec::new()),
            depth: 0,
            redirect: None,
            failed: false,
            at_end: false,
        }
    }
}
