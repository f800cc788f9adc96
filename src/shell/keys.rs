//! Keys that are typed while a command runs: they wait for the next prompt.
//!
//! Left to itself the terminal would echo them into the output and keep Ctrl-D, Ctrl-R and the like for itself. Ctrl-C
//! stays a signal.
//!
//! Knows: the modes of the terminal. The only file that names nix. Must not know: what keys mean.

use nix::sys::termios::{InputFlags, LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use std::fmt;
use std::io::stdin;

/// The terminal that is standard input, its keys held for the prompt; as it was before when this is dropped.
pub struct Keys {
    before: Termios,
    holding: Termios,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Holds keys; nothing if standard input is no terminal.
    pub fn hold() -> Option<Keys> {
        let before = tcgetattr(stdin()).ok()?;
        let mut holding = before.clone();
        holding.input_flags &= !(InputFlags::ICRNL | InputFlags::IXON);
        holding.local_flags &= !(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::IEXTEN);
        holding.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        holding.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        let keys = Keys { before, holding };
        keys.set(&keys.holding);
        Some(keys)
    }

    /// Lends the terminal, as it was before, until what is returned is dropped.
    pub fn lend(&self) -> Lent {
        self.set(&self.before);
        Lent { holding: self.holding.clone() }
    }

    fn set(&self, mode: &Termios) {
        // A terminal that has gone has no keys either.
        let _ = tcsetattr(stdin(), SetArg::TCSADRAIN, mode);
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.set(&self.before);
    }
}

/// The terminal while another program has it.
pub struct Lent {
    holding: Termios,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), SetArg::TCSADRAIN, &self.holding);
    }
}
