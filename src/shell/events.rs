//! Traced events: what mdb would stop a live process at. Of a core they are only kept and listed.
//!
//! Knows: event specifiers, their options. Must not know: how a dcmd describes what it traces.

use super::{Arg, Error, Result, Session, eval};

/// What happens when an event has occurred as often as its limit says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtLimit {
    /// It is disabled (`-d`).
    Disable,
    /// It is deleted (`-D`).
    Delete,
    /// The process stops (`-s`).
    Stop,
}

/// The settings of an event that options change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Traits {
    /// Deleted at the next stop (`-t`).
    pub temporary: bool,
    /// Not deleted with all others (`-T`).
    pub sticky: bool,
    /// Not watched for.
    pub disabled: bool,
    /// What happens at the limit.
    pub at_limit: Option<AtLimit>,
    /// The limit; 0 for none (`-n`).
    pub limit: u64,
    /// What is run each time (`-c`).
    pub action: Option<String>,
}

/// An event that is traced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its number.
    pub id: u64,
    /// What it is, as it is listed.
    pub what: String,
    /// Where it is, for those that `addr::delete` finds.
    pub addr: Option<u64>,
    /// Its settings.
    pub traits: Traits,
}

/// All events.
#[derive(Debug)]
pub struct Events {
    all: Vec<Event>,
    next: u64,
}

/// The signals that mdb stops at without being told.
const STICKY_SIGNALS: [&str; 12] =
    ["INT", "QUIT", "ILL", "TRAP", "ABRT", "EMT", "FPE", "BUS", "SEGV", "SYS", "XCPU", "XFSZ"];

impl Default for Events {
    fn default() -> Events {
        let mut events = Events { all: Vec::new(), next: 1 };
        for signal in STICKY_SIGNALS {
            events.add(format!("stop on SIG{signal}"), None, Traits { sticky: true, ..Traits::default() });
        }
        events
    }
}

impl Events {
    /// All events, oldest first.
    pub fn all(&self) -> &[Event] {
        &self.all
    }

    /// Adds an event.
    pub fn add(&mut self, what: String, addr: Option<u64>, traits: Traits) {
        self.all.push(Event { id: self.next, what, addr, traits });
        self.next += 1;
    }

    /// The event with number `id`.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Event> {
        self.all.iter_mut().find(|e| e.id == id)
    }

    /// Deletes the events that are `wanted`; how many there were.
    pub fn delete(&mut self, wanted: impl Fn(&Event) -> bool) -> usize {
        let before = self.all.len();
        self.all.retain(|e| !wanted(e));
        before - self.all.len()
    }
}

/// What the words after a tracing dcmd say.
#[derive(Debug, Default)]
pub struct Asked {
    /// Settings that are made, with those that are unmade already left out.
    pub traits: Traits,
    /// Letters given with `-`.
    pub set: Vec<char>,
    /// Letters given with `+`.
    pub unset: Vec<char>,
    /// `-L`: a size.
    pub size: Option<u64>,
    /// What is left: the things to be traced.
    pub things: Vec<Arg>,
}

/// Sorts `words`: options may stand anywhere, `+` unsets what `-` sets. `flags` are the dcmd's own letters.
///
/// # Errors
/// A usage error for any other letter.
pub fn asked(session: &Session, words: Vec<Arg>, flags: &str) -> Result<Asked> {
    let mut asked = Asked::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let Arg::Text(text) = &word else {
            asked.things.push(word);
            continue;
        };
        let Some(letters) = text.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else {
            asked.things.push(word);
            continue;
        };
        let sets = text.starts_with('-');
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            if sets && matches!(letter, 'c' | 'n') || sets && letter == 'L' && flags.contains('L') {
                let value = match letters.as_str() {
                    "" => words.next(),
                    rest => Some(Arg::Text(rest.to_owned())),
                };
                let missing = || Error::Usage(Some(format!("option requires an argument -- {letter}")));
                asked.value(session, letter, value.ok_or_else(missing)?)?;
                break;
            }
            let known = "dDestT".contains(letter) || (sets && flags.contains(letter));
            if !known {
                let sign = if sets { "" } else { "+" };
                return Err(Error::Usage(Some(format!("illegal option -- {sign}{letter}"))));
            }
            if sets { asked.set.push(letter) } else { asked.unset.push(letter) }
        }
    }
    let mut traits = std::mem::take(&mut asked.traits);
    asked.change(&mut traits);
    asked.traits = traits;
    Ok(asked)
}

impl Asked {
    fn value(&mut self, session: &Session, letter: char, value: Arg) -> Result<()> {
        let number = |value: &Arg| match value {
            Arg::Number(n) => Ok(*n),
            Arg::Text(text) => eval::number_word(session, text),
            Arg::Letter(_) => Err(Error::usage()),
        };
        match (letter, value) {
            ('c', Arg::Text(text)) => self.traits.action = (!text.is_empty()).then_some(text),
            ('n', value) => self.traits.limit = number(&value)?,
            ('L', value) => self.size = Some(number(&value)?),
            _ => return Err(Error::usage()),
        }
        Ok(())
    }

    /// Makes of `traits` what the letters say.
    pub fn change(&self, traits: &mut Traits) {
        let has = |letter| self.set.contains(&letter);
        let lacks = |letter| self.unset.contains(&letter);
        // Without a limit `-d` means now.
        let now = has('d') && self.traits.limit == 0;
        traits.disabled = (traits.disabled || now || lacks('e')) && !has('e');
        traits.temporary = (traits.temporary || has('t')) && !lacks('t');
        traits.sticky = (traits.sticky || has('T')) && !lacks('T');
        for (letter, at_limit) in [('d', AtLimit::Disable), ('D', AtLimit::Delete), ('s', AtLimit::Stop)] {
            if has(letter) && !(letter == 'd' && now) {
                traits.at_limit = Some(at_limit);
            }
            if lacks(letter) && traits.at_limit == Some(at_limit) {
                traits.at_limit = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_signals_stay() {
        let mut events = Events::default();
        events.add("stop at main".to_owned(), Some(0x1000), Traits::default());
        assert_eq!(events.all().last().map(|e| e.id), Some(13));
        assert_eq!(events.delete(|e| !e.traits.sticky), 1);
        assert_eq!(events.all().len(), 12);
    }
}
