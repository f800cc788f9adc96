//! Names, each once: by where they are in the heap, so that they are not all kept in memory.
//!
//! Knows: the list of strings at the end of a snapshot. Must not know: what is called by them.

use crate::heap::{Claim, Heap, JsString, Kind, Result, Tagged};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

/// Longer names are cut, in UTF-16 code units, as V8 does (`StringsStorage::kMaxNameSize`).
const MOST_UNITS: usize = 1024;

/// What something is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Name {
    /// A word of V8's.
    Static(&'static str),
    /// A number.
    Number(u64),
    /// By the string or symbol at this word.
    Word(Tagged),
    /// The same behind a word of V8's (`get `).
    Behind(&'static str, Tagged),
    /// A text that was made.
    Made(Box<str>),
}

impl Name {
    /// Its text.
    pub fn text(&self, heap: Heap<'_>) -> String {
        match self {
            Name::Static(text) => (*text).to_owned(),
            Name::Number(number) => number.to_string(),
            Name::Word(word) => word_text(heap, *word),
            Name::Behind(before, word) => format!("{before}{}", word_text(heap, *word)),
            Name::Made(text) => clipped(text),
        }
    }
}

/// `text`, cut to the longest that is kept.
pub fn clipped(text: &str) -> String {
    text.chars().take(MOST_UNITS).collect()
}

/// What the string at `word` says, or the symbol there is called: `<symbol desc>`.
fn word_text(heap: Heap<'_>, word: Tagged) -> String {
    if let Ok(string) = JsString::load(heap, word) {
        return string.text(MOST_UNITS).to_utf8();
    }
    if !heap.is(word, Kind::Symbol) {
        return String::new();
    }
    let text = heap.name_units(word, MOST_UNITS).map(|text| text.to_utf8()).unwrap_or_default();
    match text.strip_prefix("Symbol(").and_then(|text| text.strip_suffix(')')) {
        Some(description) => format!("<symbol {description}>"),
        None => text,
    }
}

/// The names of a snapshot, by number.
pub struct Strings<'s> {
    heap: Heap<'s>,
    names: Vec<Name>,
    by_word: FxHashMap<u64, u32>,
    by_hash: FxHashMap<u64, u32>,
    /// Bytes of names that were made, and how much memory of all was claimed.
    made: u64,
    claimed: u64,
}

/// What a name takes, in bytes: itself, and entries of two tables, each with as much room again.
const OF_NAME: u64 = 2 * (size_of::<Name>() + 2 * size_of::<(u64, u32)>()) as u64;
/// So much memory is claimed at a time.
const CLAIM: u64 = 1 << 16;

impl<'s> Strings<'s> {
    /// Those that every snapshot begins with.
    pub fn new(heap: Heap<'s>) -> Strings<'s> {
        let mut strings = Strings {
            heap,
            names: Vec::new(),
            by_word: FxHashMap::default(),
            by_hash: FxHashMap::default(),
            made: 0,
            claimed: 0,
        };
        strings.number(Name::Static("<dummy>"));
        strings.number(Name::Static(""));
        strings
    }

    /// Takes what was added since the last time of `memory`.
    ///
    /// # Errors
    /// When that is more than it may be.
    pub fn claim(&mut self, memory: &Claim<'_>) -> Result<()> {
        let taken = self.names.len() as u64 * OF_NAME + self.made;
        if taken < self.claimed + CLAIM {
            return Ok(());
        }
        memory.take(taken - self.claimed)?;
        self.claimed = taken;
        Ok(())
    }

    /// The number of a name.
    pub fn number(&mut self, name: Name) -> u32 {
        let word = match name {
            Name::Word(word) => Some(word.0),
            _ => None,
        };
        if let Some(&number) = word.and_then(|word| self.by_word.get(&word)) {
            return number;
        }
        let number = self.by_text(name);
        if let Some(word) = word {
            self.by_word.insert(word, number);
        }
        number
    }

    fn by_text(&mut self, name: Name) -> u32 {
        let text = name.text(self.heap);
        let mut hasher = FxHasher::default();
        hasher.write(text.as_bytes());
        let mut hash = hasher.finish();
        // Another text of the same hash is told by what it says, and its place is the next.
        while let Some(&number) = self.by_hash.get(&hash) {
            if self.names[number as usize].text(self.heap) == text {
                return number;
            }
            hash = hash.wrapping_add(1);
        }
        if let Name::Made(text) = &name {
            self.made += text.len() as u64;
        }
        let number = self.names.len() as u32;
        self.by_hash.insert(hash, number);
        self.names.push(name);
        number
    }

    /// All names, in the order of their numbers.
    pub fn texts(&self) -> impl Iterator<Item = String> + '_ {
        self.names.iter().map(|name| name.text(self.heap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Builder;
    use crate::image::Width;

    #[test]
    fn a_text_has_one_number_however_it_is_kept() {
        let mut b = Builder::new(Width::W64);
        let (one, other) = (b.ascii(b"name"), b.ascii(b"name"));
        let built = b.build();
        let mut strings = Strings::new(built.heap());
        let number = strings.number(Name::Word(one));
        assert_eq!(strings.number(Name::Word(other)), number);
        assert_eq!(strings.number(Name::Static("name")), number);
        assert_ne!(strings.number(Name::Made("other".into())), number);
        assert_eq!(strings.number(Name::Number(7)), strings.number(Name::Static("7")));
        assert_eq!(strings.texts().collect::<Vec<_>>(), ["<dummy>", "", "name", "other", "7"]);
    }
    #[test]
    fn names_are_claimed_as_they_come() {
        let built = Builder::new(Width::W64).build();
        let progress = crate::heap::Progress::default();
        progress.limit_memory(1 << 20);
        let memory = progress.claim();
        let mut strings = Strings::new(built.heap());
        let mut fits = 0_u64;
        while strings.claim(&memory).is_ok() {
            strings.number(Name::Number(fits));
            fits += 1;
        }
        assert!((1 << 12..1 << 14).contains(&fits), "a megabyte has room for so many: {fits}");
    }
}
