//! What `::jsstack` and `::jsframe` tell of a JavaScript frame: where its function is, where it is defined, what it was
//! called with.
//!
//! Must not know: which frames are shown.

use super::jsfunction::Definition;
use jsdb::heap::optimized::Activation;
use jsdb::heap::script::Place;
use jsdb::heap::{Heap, Tagged, describe};
use jsdb::image::Addr;
use jsdb::shell::{Item, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// A word and its type: `4 (SMI: value = 2)`.
pub struct Word {
    /// The word.
    pub word: Tagged,
    /// V8's name of its type, and what else tells kinds apart.
    pub kind: String,
}

impl Word {
    /// What `word` is.
    pub fn new(heap: Heap<'_>, word: Tagged) -> Word {
        let kind = describe::type_name(heap, word).unwrap_or_else(|_| "<unreadable>".to_owned());
        Word { word, kind }
    }

    /// As one JSON object.
    pub fn json(&self) -> Json {
        json!({ "address": json::address(self.word.addr()), "type": self.kind })
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.word, self.kind)
    }
}

/// Where a function is being executed: `/opt/a.js line 3 column 5`.
pub struct At {
    file: Option<String>,
    place: Place,
    /// Whether that is only near.
    is_near: bool,
}

impl At {
    /// Where the function of `running` is; absent where that is not told.
    pub fn of(running: &Activation<'_>) -> Option<At> {
        let position = running.position?;
        let script = running.shared.script().ok()?;
        Some(At { place: script.place(position)?, file: script.name(), is_near: running.is_near })
    }

    /// The line and column.
    pub fn place(&self) -> String {
        let near = if self.is_near { "near " } else { "" };
        format!("{near}{}", self.place)
    }

    /// As one JSON object.
    pub fn json(&self) -> Json {
        json!({ "file": self.file, "line": self.place.line, "column": self.place.column, "near": self.is_near })
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file} ")?;
        }
        f.write_str(&self.place())
    }
}

/// What `-v` and `-p` tell of a JavaScript frame.
pub struct Details {
    /// Where the function is defined.
    pub definition: Definition,
    /// Its receiver.
    pub this: Option<Word>,
    /// Its arguments.
    pub arguments: Vec<Option<Word>>,
}

impl Details {
    /// Of `running`.
    pub fn new(heap: Heap<'_>, running: &Activation<'_>) -> Details {
        let word = |word: Option<Tagged>| word.map(|word| Word::new(heap, word));
        Details {
            definition: Definition::of(running.shared),
            this: word(running.arguments.this),
            arguments: running.arguments.arguments.iter().copied().map(word).collect(),
        }
    }

    /// The property that `-p` calls by `name`; absent where there is none.
    pub fn property(self, name: &str) -> Option<Property> {
        let argument = |name: &str| name.strip_prefix("arg")?.parse::<usize>().ok()?.checked_sub(1);
        match name {
            "file" => self.definition.file.map(Property::Text),
            "posn" => self.definition.location.map(|location| Property::Text(location.to_string())),
            "this" => self.this.map(|this| Property::Word(this.word)),
            name => {
                let argument = self.arguments.into_iter().nth(argument(name)?)?;
                argument.map(|argument| Property::Word(argument.word))
            }
        }
    }

    /// Appends a line for each, and one for where the function is, if that is given.
    pub fn push(&self, out: &mut String, at: Option<&At>) {
        if let Some(file) = &self.definition.file {
            let _ = writeln!(out, "file: {file}");
        }
        if let Some(location) = &self.definition.location {
            let _ = writeln!(out, "posn: {location}");
        }
        if let Some(at) = at {
            let _ = writeln!(out, "at: {}", at.place());
        }
        if let Some(this) = &self.this {
            let _ = writeln!(out, "this: {this}");
        }
        for (at, argument) in self.arguments.iter().enumerate() {
            if let Some(argument) = argument {
                let _ = writeln!(out, "arg{}: {argument}", at + 1);
            }
        }
    }
}

/// One property of a frame.
pub enum Property {
    Text(String),
    Word(Tagged),
}

impl Item for Property {
    fn addr(&self) -> Option<Addr> {
        match self {
            Property::Text(_) => None,
            Property::Word(word) => Some(word.addr()),
        }
    }

    fn text(&self, out: &mut String) {
        let _ = match self {
            Property::Text(text) => writeln!(out, "{text}"),
            Property::Word(word) => writeln!(out, "{word}"),
        };
    }

    fn json(&self) -> Json {
        match self {
            Property::Text(text) => json!({ "value": text }),
            Property::Word(word) => json!({ "value": json::address(word.addr()) }),
        }
    }
}
