//! `<name`: variables of the user, of the language and of the representative thread's registers.
//!
//! Knows: names, which of them are special, and what assigning to one does. Must not know: how a statement is parsed.

use super::{Error, Result, Session};
use crate::image::Image;
use crate::image::elf::PhdrKind;
use std::collections::BTreeMap;

/// The longest name.
pub const LONGEST_NAME: usize = 30;

/// A variable that is a plain value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Variable {
    /// Its value.
    pub value: u64,
    /// Marked with `::typeset -t`.
    pub tagged: bool,
    /// Not to be unset.
    pub persistent: bool,
}

/// The variables that are plain values.
#[derive(Debug)]
pub struct Variables(BTreeMap<String, Variable>);

/// Those that every session has besides the computed ones: most recent offset and the one before, last macro count,
/// data address and size, entry, magic, text size, hits of an event.
const PERSISTENT: [&str; 9] = ["1", "2", "9", "b", "d", "e", "m", "t", "hits"];

/// Those that are computed.
const COMPUTED: [&str; 4] = [".", "0", "_", "thread"];

impl Default for Variables {
    fn default() -> Variables {
        let persistent = Variable { persistent: true, ..Variable::default() };
        Variables(PERSISTENT.iter().map(|name| ((*name).to_owned(), persistent)).collect())
    }
}

/// The first character of `name` that no variable's name may have.
pub fn forbidden(name: &str) -> Option<char> {
    name.chars().find(|c| "#%^&*-+=,:$/\\?<>;|!`'\"[]\n\t() {}".contains(*c))
}

impl Session {
    /// The value of `<name`.
    pub fn variable(&self, name: &str) -> Option<u64> {
        match name {
            "." => Some(self.lang.dot),
            "0" => Some(self.lang.value),
            "_" => Some(u64::from(!self.settings.symbolic)),
            // mdb's is the thread of a live target, and 0 of a core.
            "thread" => Some(0),
            _ => register(&self.image, name).or_else(|| self.lang.variables.0.get(name).map(|v| v.value)),
        }
    }

    /// Gives a variable a value; it is made if there is none.
    ///
    /// # Errors
    /// For a read-only variable, a register of a core, a name that no variable may have.
    pub fn set_variable(&mut self, name: &str, value: u64) -> Result<()> {
        match name {
            "." => self.lang.dot = value,
            "0" => self.lang.value = value,
            "_" => self.settings.symbolic = value == 0,
            "thread" => return Err(Error::failed("cannot modify read-only variable 'thread'")),
            _ if register(&self.image, name).is_some() => {
                return Err(Error::failed(format!("failed to modify %{name} register: Device busy")));
            }
            _ => {
                let variables = &mut self.lang.variables.0;
                if name == "1" {
                    let before = variables.get("1").map_or(0, |v| v.value);
                    variables.entry("2".to_owned()).or_default().value = before;
                }
                match variables.get_mut(name) {
                    Some(variable) => variable.value = value,
                    None => {
                        self.check_name(name)?;
                        self.lang.variables.0.insert(name.to_owned(), Variable { value, ..Variable::default() });
                    }
                }
            }
        }
        Ok(())
    }

    /// # Errors
    /// When no variable may be called `name`.
    pub fn check_name(&self, name: &str) -> Result<()> {
        if name.chars().count() > LONGEST_NAME {
            return Err(Error::failed(format!("variable names may not exceed {LONGEST_NAME} characters")));
        }
        match forbidden(name) {
            Some(c) => Err(Error::failed(format!("'{c}' may not be used in a variable name"))),
            None => Ok(()),
        }
    }

    /// Every variable with its value, by name, computed ones and registers included.
    pub fn all_variables(&self) -> Vec<(String, u64, bool)> {
        let plain = self.lang.variables.0.iter().map(|(name, v)| (name.clone(), v.value, v.tagged));
        let computed = COMPUTED
            .into_iter()
            .chain(register_names(&self.image))
            .filter_map(|name| Some((name.to_owned(), self.variable(name)?, false)));
        let mut all: Vec<_> = plain.chain(computed).collect();
        all.sort();
        all
    }
}

impl Variables {
    /// Sets what the executable of `image` tells: data address and size, entry, magic, text size.
    pub fn describe(&mut self, image: &Image) {
        const EXECUTE: u32 = 1;
        const WRITE: u32 = 2;
        let Some(executable) = image.executable() else { return };
        let loads = || executable.phdrs.iter().filter(|p| p.kind == PhdrKind::Load);
        let mut set = |name: &str, value: u64| {
            if let Some(variable) = self.0.get_mut(name) {
                variable.value = value;
            }
        };
        if let Some(text) = loads().find(|p| p.flags & EXECUTE != 0) {
            set("t", text.memsz);
        }
        if let Some(data) = loads().find(|p| p.flags & WRITE != 0) {
            set("b", data.vaddr.wrapping_add(executable.bias));
            set("d", data.memsz);
        }
        if let Some(entry) = executable.entry {
            set("e", entry.0);
        }
        const MAGIC: u32 = u32::from_le_bytes(*b"\x7fELF");
        set("m", u64::from(MAGIC));
    }

    /// Marks `name`, or takes the mark away.
    pub fn tag(&mut self, name: &str, tagged: bool) {
        if let Some(variable) = self.0.get_mut(name) {
            variable.tagged = tagged;
        }
    }
}

impl Session {
    /// Forgets the variable `name`.
    ///
    /// # Errors
    /// When there is none, or it must stay.
    pub fn unset_variable(&mut self, name: &str) -> Result<()> {
        let stays = COMPUTED.contains(&name) || register(&self.image, name).is_some();
        match self.lang.variables.0.get(name) {
            Some(variable) if !variable.persistent => {
                self.lang.variables.0.remove(name);
                Ok(())
            }
            None if !stays => Err(Error::failed(format!("variable '{name}' not defined"))),
            _ => Err(Error::failed(format!("cannot remove persistent variable '{name}'"))),
        }
    }
}

/// The value of a register of the representative thread, or of a part of one.
fn register(image: &Image, name: &str) -> Option<u64> {
    image.representative()?.registers.part(name)
}

fn register_names(image: &Image) -> impl Iterator<Item = &'static str> {
    image.representative().into_iter().flat_map(|thread| thread.registers.names())
}
