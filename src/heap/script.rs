//! Scripts: source text, its name, and where its lines end.
//!
//! Knows: V8 3.14 `objects.h`, class Script. Must not know: functions, frames.

use super::array::FixedArray;
use super::layout::shape::LineTable;
use super::string::{Cut, JsString, Text};
use super::{Error, Field, Heap, Kind, Result, Tagged, linked};
use std::fmt;

/// The longest source that is read, in characters: V8 3.14 allows strings of half a gigabyte.
const MAX_SOURCE: usize = 1 << 29;

/// A Script.
#[derive(Clone, Copy, Debug)]
pub struct Script<'s> {
    heap: Heap<'s>,
    word: Tagged,
}

/// Where in a script something begins, as precisely as the script tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// A line, from 1: the script has a table of lines, which V8 makes when it first needs it.
    Line(usize),
    /// Characters from the start of the source: there is no such table.
    Position(i64),
    /// The function has no position.
    Unknown,
    /// The position is past the last line.
    OutOfRange,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Line(line) => write!(f, "line {line}"),
            Location::Position(position) => write!(f, "position {position}"),
            Location::Unknown => f.write_str("unknown position"),
            Location::OutOfRange => f.write_str("position out of range"),
        }
    }
}

/// A place in a source, as people count: from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// One line of a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceLine {
    /// Its number, from 1.
    pub number: usize,
    /// Its characters, without the line end (UTF-16 code units).
    pub units: Vec<u16>,
}

impl<'s> Script<'s> {
    /// The script at `script`.
    ///
    /// # Errors
    /// When it is not one: that of a function made in C++ is `undefined`.
    pub fn load(heap: Heap<'s>, script: Tagged) -> Result<Script<'s>> {
        if heap.kind(script)? != Some(Kind::Script) {
            return Err(Error::NotA { addr: script.addr(), expected: "a script" });
        }
        Ok(Script { heap, word: script })
    }

    /// Its tagged address.
    pub fn word(self) -> Tagged {
        self.word
    }

    /// Its name, escaped: the path of its file, or what its maker called it. Absent when that is no string. A name that
    /// lies in the program, which the core left out, is known where it is one of Node's own.
    pub fn name(self) -> Option<String> {
        let name = self.heap.word(self.word, Field::ScriptName).ok()?;
        if let Some(Cut::Unreadable { .. }) = JsString::load(self.heap, name).ok()?.text(1).cut {
            let source = self.heap.word(self.word, Field::ScriptSource).ok()?;
            if let Some(linked) = linked::name(self.heap, source, name) {
                return Some(linked.to_owned());
            }
        }
        self.heap.name_text(name)
    }

    /// Its source, as far as it can be read.
    pub fn source(self) -> Result<Text> {
        Ok(JsString::load(self.heap, self.heap.word(self.word, Field::ScriptSource)?)?.text(MAX_SOURCE))
    }

    /// Where `position`, in characters from the start, is; absent for what has no position.
    pub fn locate(self, position: Option<i64>) -> Result<Location> {
        let line_ends = self.heap.word(self.word, Field::ScriptLineEnds)?;
        if !self.heap.is(line_ends, Kind::FixedArray) {
            let counted = self.heap.layout().shapes.lines == LineTable::Counted;
            if let Some(place) = position.filter(|_| counted).and_then(|position| self.place(position)) {
                return Ok(Location::Line(place.line));
            }
            return Ok(position.map_or(Location::Unknown, Location::Position));
        }
        let ends = FixedArray::load(self.heap, line_ends)?;
        let ends: Vec<i64> = ends.iter().map_while(|end| end.smi(self.heap.width())).collect();
        Ok(match position.map(|p| ends.partition_point(|&end| end < p)) {
            Some(before) if before < ends.len() => Location::Line(before + 1),
            _ => Location::OutOfRange,
        })
    }

    /// The line and column of `position`, counted in the source; absent when that cannot be read so far.
    pub fn place(self, position: i64) -> Option<Place> {
        let source = self.source().ok()?.units;
        let before = source.get(..usize::try_from(position).ok()?)?;
        let line = before.iter().filter(|&&unit| unit == NEWLINE).count();
        let column = before.iter().rev().take_while(|&&unit| unit != NEWLINE).count();
        Some(Place { line: line + 1, column: column + 1 })
    }

    /// The lines that hold the characters `start` to `end`, both included, and `around` more on either side. A line end
    /// counts to the line that it begins.
    ///
    /// # Errors
    /// When the source cannot be read, or does not reach as far as `start`.
    pub fn lines(self, start: i64, end: i64, around: usize) -> Result<Vec<SourceLine>> {
        let Text { units: source, cut } = self.source()?;
        if let Some(Cut::Unreadable { addr }) =
            cut.filter(|_| usize::try_from(end).is_ok_and(|end| end >= source.len()))
        {
            self.heap.space().tail(addr)?;
        }
        let implausible = Error::Implausible { addr: self.word.addr(), what: "position in the source", value: start };
        let start = usize::try_from(start).ok().filter(|&s| s < source.len()).ok_or(implausible)?;
        let end = usize::try_from(end).unwrap_or(start).clamp(start, source.len() - 1);
        let line_of = |position: usize| source[..=position].iter().filter(|&&unit| unit == NEWLINE).count();
        let first = line_of(start).saturating_sub(around);
        let count = line_of(end).saturating_add(around).saturating_add(1) - first;
        let lines = source.split(|&unit| unit == NEWLINE).enumerate().skip(first).take(count);
        Ok(lines.map(|(at, units)| SourceLine { number: at + 1, units: units.to_vec() }).collect())
    }
}

const NEWLINE: u16 = b'\n' as u16;
