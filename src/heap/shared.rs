//! SharedFunctionInfo: what all closures of one function in the source have in common.
//!
//! Knows: V8 3.14 `objects.h`, class SharedFunctionInfo; later `shared-function-info.tq`. Must not know: closures (`function`), frames.

use super::bytecode::BytecodeArray;
use super::layout::shape::{PackedInt, ParameterCount, SharedShape};
use super::script::SourceLine;
use super::{Code, Error, Field, Heap, JsString, Kind, Result, ScopeInfo, Script, Tagged, VariableKind, parameters};
use std::borrow::Cow;
use std::fmt;

/// A SharedFunctionInfo.
#[derive(Clone, Copy, Debug)]
pub struct SharedFunctionInfo<'s> {
    heap: Heap<'s>,
    word: Tagged,
}

/// What is in the place of a SharedFunctionInfo's name.
enum NameOrScopeInfo<'s> {
    Name(Tagged),
    Scope(Box<ScopeInfo<'s>>),
    Neither,
}

/// V8 `SharedFunctionInfo::kFunctionTokenOutOfRange`.
const TOKEN_OUT_OF_RANGE: i64 = 0xffff;
/// V8 `kDontAdaptArgumentsSentinel`, in two bytes.
const DONT_ADAPT: i64 = 0xffff;

/// Below the start position are two bits (V8 `SharedFunctionInfo::kStartPositionShift`).
const START_POSITION_SHIFT: u32 = 2;

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
        let parts = |word: Tagged| self.heap.name_parts(word).map(NameParts);
        let own = self.own_name();
        let own = own.and_then(|name| name.map_or(Some(NameParts::default()), parts));
        let named = own.as_ref().is_some_and(|own| !own.is_empty());
        FunctionName { own, inferred: if named { None } else { self.inferred_name().and_then(parts) } }
    }

    /// The string that is the name in the source; `Some(None)` for a function without one, none when it cannot be read.
    fn own_name(self) -> Option<Option<Tagged>> {
        if self.heap.layout().shapes.shared == SharedShape::Fields {
            let word = self.heap.word(self.word, Field::SharedName).ok()?;
            // V8 6.0 to 6.2 mark a function without a name by a Smi.
            let marked = self.heap.layout().shapes.packed_ints == PackedInt::Int;
            return Some(Some(word).filter(|w| !marked || w.smi(self.heap.width()).is_none()));
        }
        match self.name_or_scope_info().ok()? {
            NameOrScopeInfo::Scope(scope) => Some(scope.function_name()),
            NameOrScopeInfo::Name(name) => Some(Some(name)),
            NameOrScopeInfo::Neither => Some(None),
        }
    }

    fn inferred_name(self) -> Option<Tagged> {
        if self.heap.layout().shapes.shared == SharedShape::AllInScopeInfo {
            if let Ok(NameOrScopeInfo::Scope(scope)) = self.name_or_scope_info() {
                return scope.inferred_name();
            }
            let uncompiled = self.uncompiled()?;
            let name = self.heap.word(uncompiled, Field::UncompiledInferredName).ok()?;
            return Some(name).filter(|&name| JsString::load(self.heap, name).is_ok());
        }
        self.heap.word(self.word, Field::SharedInferredName).ok()
    }

    /// What is in the place of the name.
    fn name_or_scope_info(self) -> Result<NameOrScopeInfo<'s>> {
        let word = self.heap.word(self.word, Field::SharedNameOrScopeInfo)?;
        if word.smi(self.heap.width()).is_some() {
            return Ok(NameOrScopeInfo::Neither);
        }
        Ok(match self.heap.kind(word)? {
            Some(Kind::String) => NameOrScopeInfo::Name(word),
            Some(Kind::ScopeInfo | Kind::FixedArray) => {
                NameOrScopeInfo::Scope(Box::new(ScopeInfo::load(self.heap, word)?))
            }
            _ => NameOrScopeInfo::Neither,
        })
    }

    /// What the interpreter runs for it, if it was compiled for that.
    pub fn bytecode(self) -> Option<BytecodeArray<'s>> {
        let data = self.heap.word(self.word, Field::SharedFunctionData).ok()?;
        // A function under a profiler, or compiled by the baseline compiler, has it one step further.
        let inner =
            (1..4).filter_map(|n| self.heap.word_at(data.untagged().offset(n * self.heap.width().bytes() as i64)).ok());
        std::iter::once(data).chain(inner).find_map(|word| BytecodeArray::load(self.heap, word).ok())
    }

    /// What is known of the function if it never ran.
    fn uncompiled(self) -> Option<Tagged> {
        let data = |field| self.heap.word(self.word, field).ok();
        [Field::SharedFunctionData, Field::SharedUntrustedData]
            .into_iter()
            .filter_map(data)
            .find(|&word| self.heap.is(word, Kind::UncompiledData))
    }

    /// Where its source begins and ends, in characters, in versions that keep that outside of it.
    fn positions(self) -> Result<(i64, i64)> {
        if let NameOrScopeInfo::Scope(scope) = self.name_or_scope_info()?
            && let Some(positions) = scope.positions()
        {
            return Ok(positions);
        }
        let unknown = Error::NotA { addr: self.word.addr(), expected: "a function with a known place in its source" };
        let uncompiled = self.uncompiled().ok_or(unknown)?;
        let int = |field| self.heap.int(uncompiled, field).map(|n| i64::from(n as i32));
        Ok((int(Field::UncompiledStart)?, int(Field::UncompiledEnd)?))
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
        if self.heap.layout().shapes.shared == SharedShape::Fields {
            return ScopeInfo::load(self.heap, self.heap.word(self.word, Field::SharedScopeInfo)?);
        }
        match self.name_or_scope_info()? {
            NameOrScopeInfo::Scope(scope) => Ok(*scope),
            _ => Err(Error::NotA { addr: self.word.addr(), expected: "a function that was compiled" }),
        }
    }

    /// Its machine code; of a function that never ran, the stub that compiles it.
    pub fn code(self) -> Result<Code<'s>> {
        Code::load(self.heap, self.heap.word(self.word, Field::SharedCode)?)
    }

    /// Where the word `function` stands in its script, in characters from the start; absent for code that has none,
    /// as a script's own (V8 `RelocInfo::kNoPosition`, -1).
    pub fn token_position(self) -> Result<Option<i64>> {
        if self.heap.layout().shapes.shared != SharedShape::AllInScopeInfo {
            let position = self.heap.packed_int(self.word, Field::SharedTokenPosition)?;
            return Ok(Some(position).filter(|&position| position >= 0));
        }
        let start = self.positions()?.0;
        let back = self.heap.packed_int(self.word, Field::SharedTokenOffset)?;
        // The source of an arrow function, or of a script, begins with its first token.
        let back = if back == TOKEN_OUT_OF_RANGE { 0 } else { back };
        Ok(Some(start - back).filter(|&position| position >= 0))
    }

    /// Where its source begins, in characters from the start of its script: of a function with parentheses around its
    /// parameters, at the first of them.
    ///
    /// # Errors
    /// When it is not known, as of functions made in C++.
    pub fn start_position(self) -> Result<i64> {
        if self.heap.layout().shapes.shared == SharedShape::AllInScopeInfo {
            return Ok(self.positions()?.0);
        }
        Ok(self.heap.packed_int(self.word, Field::SharedStartPosition)? >> START_POSITION_SHIFT)
    }

    /// Where its source ends, in characters from the start of its script.
    pub fn end_position(self) -> Result<i64> {
        if self.heap.layout().shapes.shared == SharedShape::AllInScopeInfo {
            return Ok(self.positions()?.1);
        }
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

    /// The heap that it is in.
    pub(super) fn heap(self) -> Heap<'s> {
        self.heap
    }

    /// The names of its parameters, in order, as far as they are known: by its scope info, or by its source where that
    /// declares as many parameters as its frames have.
    pub fn parameter_names(self) -> Vec<Option<String>> {
        if let Ok(scope) = self.scope_info()
            && scope.count(VariableKind::Parameter) > 0
        {
            let names: Vec<_> = scope.names(VariableKind::Parameter).map(|name| self.heap.name_text(name)).collect();
            if !names.is_empty() {
                return names;
            }
        }
        let written = || {
            let start = usize::try_from(self.positions().ok()?.0).ok()?;
            let source = self.script().ok()?.source().ok()?;
            let names = parameters::names(source.units.get(start..)?)?;
            (self.parameter_count().ok()? == Some(names.len())).then_some(names)
        };
        written().unwrap_or_default()
    }

    /// How many parameters its frames have; absent for builtins that take whatever they are given
    /// (V8 `kDontAdaptArgumentsSentinel`, -1).
    pub fn parameter_count(self) -> Result<Option<usize>> {
        let count = self.heap.packed_int(self.word, Field::SharedFormalParameterCount)?;
        let count = match (self.heap.layout().shapes.parameters, self.heap.layout().shapes.packed_ints) {
            (ParameterCount::WithReceiver, _) => count - 1,
            (ParameterCount::Parameters, PackedInt::Short) if count == DONT_ADAPT => return Ok(None),
            (ParameterCount::Parameters, _) => count,
        };
        Ok(usize::try_from(count).ok())
    }

    /// Whether `Function.prototype.bind` made it, in versions that mark bound functions so.
    pub fn is_bound(self) -> Result<bool> {
        let Some(bit) = self.heap.layout().find(Field::CompilerHintsBound) else { return Ok(false) };
        Ok(self.heap.packed_int(self.word, Field::SharedCompilerHints)? >> bit & 1 == 1)
    }
}
