//! SharedFunctionInfo: what all closures of one function in the source have in common.
//!
//! Knows: V8 3.14 `objects.h`, class SharedFunctionInfo. Must not know: closures (`function`), frames.

use super::script::SourceLine;
use super::{Code, Error, Field, Heap, Kind, Result, ScopeInfo, Script, Tagged};
use std::borrow::Cow;
use std::fmt;

/// A SharedFunctionInfo.
#[derive(Clone, Copy, Debug)]
pub struct SharedFunctionInfo<'s> {
    heap: Heap<'s>,
    word: Tagged,
}

/// What a function is called, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionName {
    /// The name in the source: empty for an anonymous function, absent when it cannot be read.
    pub own: Option<NameParts>,
    /// What V8 inferred from how the function was assigned; absent when it has a name of its own, or that cannot be
    /// read.
    pub inferred: Option<NameParts>,
}

/// A string of the program, escaped, in the parts that V8 put it together from: `Queue`, `.`, `drain`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NameParts(Vec<String>);

impl NameParts {
    /// Whether it has no characters.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }
}

impl FunctionName {
    /// The name, as [`fmt::Display`] writes it, in at most `columns` characters: a part that does not fit ends with
    /// `[...]`, as much of that as fits; all else is cut.
    pub fn clip(&self, columns: usize) -> String {
        let mut out = String::new();
        self.write(&mut |part, may_clip| {
            let left = columns - out.len();
            if may_clip {
                out.push_str(&clip(part, left));
            } else {
                out.push_str(&part[..left.min(part.len())]);
            }
        });
        out
    }

    /// Hands out the parts of the name, each with whether it is of a string of the program.
    fn write(&self, part: &mut dyn FnMut(&str, bool)) {
        match &self.own {
            Some(own) if own.is_empty() => part("<anonymous>", false),
            Some(own) => return own.0.iter().for_each(|name| part(name, true)),
            None => part("<unknown>", false),
        }
        if let Some(inferred) = &self.inferred {
            part(" (as ", false);
            if inferred.is_empty() {
                part("<anon>", false);
            }
            inferred.0.iter().for_each(|name| part(name, true));
            part(")", false);
        }
    }
}

/// `text`, which is escaped and thus ASCII, in at most `columns` characters: what does not fit is replaced by `[...]`,
/// as mdb_v8 does it.
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    const MARKER: &str = "[...]";
    if text.len() <= columns {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}{}", &text[..columns.saturating_sub(MARKER.len())], &MARKER[..columns.min(MARKER.len())]))
}

impl fmt::Display for FunctionName {
    /// Its own name, or what it is known as: `<anonymous> (as Queue.drain)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        self.write(&mut |part, _| result = result.and_then(|()| f.write_str(part)));
        result
    }
}

impl<'s> SharedFunctionInfo<'s> {
    /// The SharedFunctionInfo at `shared`.
    ///
    /// # Errors
    /// When it is not one.
    pub fn load(heap: Heap<'s>, shared: Tagged) -> Result<SharedFunctionInfo<'s>> {
        if heap.kind(shared)? != Some(Kind::SharedFunctionInfo) {
            return Err(Error::NotA { addr: shared.addr(), expected: "a SharedFunctionInfo" });
        }
        Ok(SharedFunctionInfo { heap, word: shared })
    }

    /// Its tagged address.
    pub fn word(self) -> Tagged {
        self.word
    }

    /// What the function is called.
    pub fn name(self) -> FunctionName {
        let parts = |field| Some(NameParts(self.heap.name_parts(self.heap.word(self.word, field).ok()?)?));
        let own = parts(Field::SharedName);
        let named = own.as_ref().is_some_and(|own| !own.is_empty());
        FunctionName { own, inferred: if named { None } else { parts(Field::SharedInferredName) } }
    }

    /// The script that defines it.
    ///
    /// # Errors
    /// When there is none, as for functions made in C++.
    pub fn script(self) -> Result<Script<'s>> {
        Script::load(self.heap, self.heap.word(self.word, Field::SharedScript)?)
    }

    /// What names its parameters and variables.
    ///
    /// # Errors
    /// When there is none yet: V8 makes it when it compiles the function.
    pub fn scope_info(self) -> Result<ScopeInfo<'s>> {
        ScopeInfo::load(self.heap, self.heap.word(self.word, Field::SharedScopeInfo)?)
    }

    /// Its machine code; of a function that never ran, the stub that compiles it.
    pub fn code(self) -> Result<Code<'s>> {
        Code::load(self.heap, self.heap.word(self.word, Field::SharedCode)?)
    }

    /// Where the word `function` stands in its script, in characters from the start; absent for code that has none,
    /// as a script's own (V8 `RelocInfo::kNoPosition`, -1).
    pub fn token_position(self) -> Result<Option<i64>> {
        Ok(Some(self.heap.packed_int(self.word, Field::SharedTokenPosition)?).filter(|&position| position >= 0))
    }

    /// Where its source ends, in characters from the start of its script.
    pub fn end_position(self) -> Result<i64> {
        self.heap.packed_int(self.word, Field::SharedEndPosition)
    }

    /// The lines of its source, and `around` more on either side.
    ///
    /// # Errors
    /// When there is no script, or its source cannot be read.
    pub fn lines(self, around: usize) -> Result<Vec<SourceLine>> {
        let start = self.token_position()?.ok_or(Error::NotA { addr: self.word.addr(), expected: "in its source" })?;
        self.script()?.lines(start, self.end_position()?, around)
    }

    /// How many parameters its frames have; absent for builtins that take whatever they are given
    /// (V8 `kDontAdaptArgumentsSentinel`, -1).
    pub fn parameter_count(self) -> Result<Option<usize>> {
        Ok(usize::try_from(self.heap.packed_int(self.word, Field::SharedFormalParameterCount)?).ok())
    }

    /// Whether `Function.prototype.bind` made it, in versions that mark bound functions so.
    pub fn is_bound(self) -> Result<bool> {
        let Some(bit) = self.heap.layout().find(Field::CompilerHintsBound) else { return Ok(false) };
        Ok(self.heap.packed_int(self.word, Field::SharedCompilerHints)? >> bit & 1 == 1)
    }
}
