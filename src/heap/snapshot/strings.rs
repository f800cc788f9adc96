//! Names, each once: by where they are in the heap, so that they are not all kept in memory.
//!
//! Knows: the list of strings at the end of a snapshot. Must not know: what is called by them.

use crate::heap::{Heap, JsString, Kind, Tagged};
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
}

impl<'s> Strings<'s> {
    /// Those that every snapshot begins with.
    pub fn new(heap: Heap<'s>) -> Strings<'s> {
        let mut strings =
            Strings { heap, names: Vec::new(), by_word: FxHashMap::default(), by_hash: FxHashMap::default() };
        strings.number(Name::Static("<dummy>"));
        strings.number(Name::Static(""));
        strings
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
}
