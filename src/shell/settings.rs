//! What the user may set: `::set`, `-o`, `$w`, `$P`.
//!
//! Knows: options, their names and arguments. Must not know: what obeys them.

use super::{Error, Result};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// An option that is on or off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flag {
    /// Stricter adb syntax.
    Adb,
    /// Access to device memory.
    AllowIoAccess,
    /// End of input at the prompt does not end the session.
    IgnoreEof,
    /// Kept for scripts.
    Latest,
    /// Load objects are named as the link map has them.
    LmRaw,
    /// Types of the target are not looked at.
    NoCtf,
    /// No modules.
    NoMods,
    /// A live target is not stopped.
    NoStop,
    /// Long output at a terminal stops at each page.
    Pager,
    /// An empty line runs the last command again.
    RepeatLast,
    /// Names carry the link map's id.
    ShowLmid,
    /// Stop when a breakpoint's symbol is unknown.
    StopOnBptNoSym,
    /// A write shows what was there before.
    WriteReadback,
    /// Results are JSON, an object per line.
    Json,
    /// Lines are edited with vi's keys, not Emacs's.
    Vi,
}

/// All flags with their names, in the order in which `::set` shows them.
pub const FLAGS: [(Flag, &str); 15] = [
    (Flag::Adb, "adb"),
    (Flag::IgnoreEof, "ignoreeof"),
    (Flag::LmRaw, "lmraw"),
    (Flag::Pager, "pager"),
    (Flag::RepeatLast, "repeatlast"),
    (Flag::ShowLmid, "showlmid"),
    (Flag::StopOnBptNoSym, "stop_on_bpt_nosym"),
    (Flag::WriteReadback, "write_readback"),
    (Flag::Latest, "latest"),
    (Flag::NoCtf, "noctf"),
    (Flag::NoMods, "nomods"),
    (Flag::AllowIoAccess, "allow_io_access"),
    (Flag::NoStop, "nostop"),
    (Flag::Json, "json"),
    (Flag::Vi, "vi"),
];

/// How many flags `::set` lists when they are on; the others show elsewhere or nowhere.
pub const LISTED_FLAGS: usize = 8;

/// What the user has set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Columns of a page.
    pub width: usize,
    /// Whether addresses are shown as symbols (`_` is 0).
    pub symbolic: bool,
    /// The prompt; empty for none.
    pub prompt: String,
    /// Where macros are looked for: folders between colons.
    pub macro_path: String,
    /// Where mdb would look for modules.
    pub module_path: String,
    /// How many elements of an array `::print` shows.
    pub array_limit: Option<u64>,
    /// How many characters of an array of them.
    pub string_limit: Option<u64>,
    /// `ask`, `stop` or `follow`.
    pub follow_exec: &'static str,
    /// `ask`, `parent` or `child`.
    pub follow_fork: &'static str,
    /// Whether shells and files to write are refused: for cores and scripts from strangers. No line can take it back.
    pub no_shell: bool,
    /// The kind of terminal.
    pub terminal: String,
    /// The environment that a program run by the debugger would get, by name; to begin with the debugger's own.
    pub environment: BTreeMap<OsString, OsString>,
    flags: u32,
}

/// The longest prompt.
pub const LONGEST_PROMPT: usize = 35;

impl Default for Settings {
    fn default() -> Settings {
        let mut settings = Settings {
            width: 80,
            symbolic: true,
            prompt: "> ".to_owned(),
            macro_path: "/usr/platform/lib/adb:/usr/lib/adb".to_owned(),
            module_path: "/usr/lib/mdb/proc".to_owned(),
            array_limit: Some(32),
            string_limit: Some(1024),
            follow_exec: "ask",
            follow_fork: "ask",
            no_shell: false,
            terminal: std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned()),
            environment: std::env::vars_os().collect(),
            flags: 0,
        };
        for flag in [Flag::Pager, Flag::StopOnBptNoSym, Flag::WriteReadback] {
            settings.set(flag, true);
        }
        settings
    }
}

impl Settings {
    /// Whether `flag` is on.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags & 1 << flag as u32 != 0
    }

    /// Switches `flag`.
    pub fn set(&mut self, flag: Flag, on: bool) {
        let bit = 1 << flag as u32;
        self.flags = if on { self.flags | bit } else { self.flags & !bit };
    }

    /// Goes on, unless `--no-shell` was given: for all that reaches beyond the session.
    ///
    /// # Errors
    /// Says that `what` is refused.
    pub fn allow(&self, what: &str) -> Result<()> {
        if self.no_shell { Err(Error::failed(format!("{what} is refused: --no-shell"))) } else { Ok(()) }
    }

    /// Sets the prompt.
    ///
    /// # Errors
    /// When it is too long.
    pub fn set_prompt(&mut self, prompt: &str) -> Result<()> {
        if prompt.chars().count() > LONGEST_PROMPT {
            return Err(Error::failed(format!("prompt may not exceed {LONGEST_PROMPT} characters")));
        }
        prompt.clone_into(&mut self.prompt);
        Ok(())
    }

    /// Sets the options of a comma list, `name` or `name=value` each; the messages of those that cannot be set.
    pub fn set_options(&mut self, list: &str, on: bool) -> Vec<String> {
        let items = list.split(',').filter(|item| !item.is_empty());
        items.filter_map(|item| self.set_option(item, on).err()).collect()
    }

    fn set_option(&mut self, item: &str, on: bool) -> std::result::Result<(), String> {
        let (name, value) = match item.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (item, None),
        };
        if let Some(&(flag, _)) = FLAGS.iter().find(|(_, known)| *known == name) {
            if value.is_some() {
                return Err(format!("option does not accept an argument -- {name}"));
            }
            self.set(flag, on);
            if flag == Flag::Adb {
                match on {
                    true => self.prompt.clear(),
                    false if self.prompt.is_empty() => self.prompt = "> ".to_owned(),
                    false => {}
                }
                self.set(Flag::RepeatLast, on);
                self.set(Flag::Pager, !on);
            }
            return Ok(());
        }
        let one_of = |value: &str, choices: [&'static str; 3]| choices.into_iter().find(|c| *c == value);
        let wrong = |value: &str| format!("invalid argument for option {name} -- {value}");
        let missing = || format!("option requires an argument -- {name}");
        match name {
            "array_mem_limit" => self.array_limit = limit(value.ok_or_else(missing)?, wrong)?,
            "array_str_limit" => self.string_limit = limit(value.ok_or_else(missing)?, wrong)?,
            "follow_exec_mode" => {
                let value = value.ok_or_else(missing)?;
                self.follow_exec = one_of(value, ["ask", "stop", "follow"]).ok_or_else(|| wrong(value))?;
            }
            "follow_fork_mode" => {
                let value = value.ok_or_else(missing)?;
                self.follow_fork = one_of(value, ["ask", "parent", "child"]).ok_or_else(|| wrong(value))?;
            }
            "term" => value.ok_or_else(missing)?.clone_into(&mut self.terminal),
            _ => return Err(format!("invalid debugger option -- {name}")),
        }
        Ok(())
    }
}

/// A decimal number, or `none`.
fn limit(value: &str, wrong: impl Fn(&str) -> String) -> std::result::Result<Option<u64>, String> {
    if value == "none" {
        return Ok(None);
    }
    value.parse().map(Some).map_err(|_| wrong(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_and_refused() {
        let mut settings = Settings::default();
        assert!(settings.set_options("repeatlast,array_mem_limit=5,follow_fork_mode=child", true).is_empty());
        assert!(settings.has(Flag::RepeatLast));
        assert_eq!(settings.array_limit, Some(5));
        assert_eq!(settings.follow_fork, "child");
        assert_eq!(
            settings.set_options("nosuch,pager=1,array_mem_limit,array_str_limit=x", true),
            [
                "invalid debugger option -- nosuch",
                "option does not accept an argument -- pager",
                "option requires an argument -- array_mem_limit",
                "invalid argument for option array_str_limit -- x",
            ]
        );
    }
}
