//! Strings: sequential, cons, sliced and external, of one or two bytes a character.
//!
//! Knows: V8 `objects.h`, class String and those below it; node's external resources. Must not know: terminals.

use super::layout::shape::LengthShape;
use super::{Error, Field, Heap, InstanceType, Kind, Result, Tagged};
use crate::image::Addr;

/// A string object.
#[derive(Clone, Copy, Debug)]
pub struct JsString<'s> {
    heap: Heap<'s>,
    word: Tagged,
    kind: InstanceType,
    length: usize,
}

/// How a string keeps its characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Representation {
    /// In itself.
    Sequential {
        /// The first character.
        chars: Addr,
    },
    /// In two other strings.
    Cons {
        /// The first part.
        first: Tagged,
        /// The second part.
        second: Tagged,
    },
    /// In a part of another string.
    Sliced {
        /// The other string.
        parent: Tagged,
        /// Where in it this one begins, in characters.
        offset: usize,
    },
    /// In another string, all of it: this one gave way to an internalized one of the same characters.
    Thin {
        /// The other string.
        actual: Tagged,
    },
    /// In native memory.
    External {
        /// The C++ object that owns the characters.
        resource: Addr,
        /// The first character.
        chars: Addr,
    },
}

/// Characters of a string, as far as they could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// UTF-16 code units.
    pub units: Vec<u16>,
    /// Why there are fewer than the string's length, if there are.
    pub cut: Option<Cut>,
}

/// Why a [`Text`] is not the whole string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// More characters than were asked for.
    Limit,
    /// Characters, or a part, could not be read.
    Unreadable {
        /// What could not be read.
        addr: Addr,
    },
}

impl Text {
    /// As UTF-8; lone surrogates are replaced.
    pub fn to_utf8(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }
}

impl<'s> JsString<'s> {
    /// The string at `string`.
    ///
    /// # Errors
    /// When it is not one, or its length cannot be read.
    pub fn load(heap: Heap<'s>, string: Tagged) -> Result<JsString<'s>> {
        let kind = heap.instance_type(string)?;
        if i64::from(kind.0) & heap.layout().get(Field::IsNotStringMask)? != 0 {
            return Err(Error::NotA { addr: string.addr(), expected: "a string" });
        }
        let length = match heap.layout().shapes.string_length {
            LengthShape::Smi => heap.smi(string, Field::StringLength)?,
            LengthShape::Int => i64::from(heap.int(string, Field::StringLength)?),
        };
        let length = usize::try_from(length).map_err(|_| Error::Implausible {
            addr: string.addr(),
            what: "string length",
            value: length,
        })?;
        Ok(JsString { heap, word: string, kind, length })
    }

    /// Its tagged address.
    pub fn word(self) -> Tagged {
        self.word
    }

    /// Its length in characters (UTF-16 code units).
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether it has no characters.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    fn bits(self, mask: Field) -> Result<i64> {
        Ok(i64::from(self.kind.0) & self.heap.layout().get(mask)?)
    }

    /// Whether its characters are one byte each.
    pub fn is_one_byte(self) -> Result<bool> {
        Ok(self.bits(Field::StringEncodingMask)? == self.heap.layout().get(Field::OneByteStringTag)?)
    }

    /// How it keeps its characters.
    pub fn representation(self) -> Result<Representation> {
        let (heap, word) = (self.heap, self.word);
        let tag = self.bits(Field::StringRepresentationMask)?;
        let is = |field: Field| heap.layout().get(field).map(|t| t == tag);
        if is(Field::SeqStringTag)? {
            let field = if self.is_one_byte()? { Field::SeqOneByteChars } else { Field::SeqTwoByteChars };
            return Ok(Representation::Sequential { chars: heap.place(word, field)? });
        }
        if is(Field::ConsStringTag)? {
            return Ok(Representation::Cons {
                first: heap.word(word, Field::ConsStringFirst)?,
                second: heap.word(word, Field::ConsStringSecond)?,
            });
        }
        if is(Field::SlicedStringTag)? {
            let offset = heap.smi(word, Field::SlicedStringOffset)?;
            return Ok(Representation::Sliced {
                parent: heap.word(word, Field::SlicedStringParent)?,
                offset: usize::try_from(offset).map_err(|_| Error::Implausible {
                    addr: word.addr(),
                    what: "slice offset",
                    value: offset,
                })?,
            });
        }
        if heap.layout().find(Field::ThinStringTag) == Some(tag) {
            return Ok(Representation::Thin { actual: heap.word(word, Field::ThinStringActual)? });
        }
        if is(Field::ExternalStringTag)? {
            let resource = Addr(heap.word(word, Field::ExternalStringResource)?.0);
            let data = resource.offset(heap.layout().get(Field::ExternalStringData)?);
            return Ok(Representation::External { resource, chars: Addr(heap.space().word(data)?) });
        }
        Err(Error::NotA { addr: word.addr(), expected: "a string of a known representation" })
    }

    /// Its first `limit` characters. What cannot be read ends the text there, and it says so.
    pub fn text(self, limit: usize) -> Text {
        let mut reader = Reader { heap: self.heap, out: Text::default(), limit };
        let wanted = self.length.min(limit);
        if let Err(cut) = reader.string(self, 0, wanted) {
            reader.out.cut = Some(cut);
        } else if wanted < self.length {
            reader.out.cut = Some(Cut::Limit);
        }
        reader.out
    }
}

/// How many strings one may go through, without coming to shorter ones, before it is taken for a cycle: those of a
/// slice, which is of a longer string, and of a flattened cons, which has all in its first part.
const MOST_STALLED: u8 = 8;

struct Reader<'s> {
    heap: Heap<'s>,
    out: Text,
    limit: usize,
}

impl<'s> Reader<'s> {
    /// Appends the characters `from..to` of `root`, parts first to last, without recursion. Parts are shorter than
    /// what they are parts of, so that it ends however they are linked.
    fn string(&mut self, root: JsString<'s>, from: usize, to: usize) -> std::result::Result<(), Cut> {
        let mut parts = vec![(root, from, to, 0)];
        while let Some((string, from, to, stalled)) = parts.pop() {
            let unreadable = Cut::Unreadable { addr: string.word.addr() };
            if from >= to {
                continue;
            }
            if stalled > MOST_STALLED {
                return Err(unreadable);
            }
            if self.out.units.len() >= self.limit {
                return Err(Cut::Limit);
            }
            let stalled_at = |part: &JsString<'s>| stalled + u8::from(part.length >= string.length);
            let load =
                |word: Tagged| JsString::load(self.heap, word).map_err(|_| Cut::Unreadable { addr: word.addr() });
            match string.representation().map_err(|_| unreadable)? {
                Representation::Sequential { chars } | Representation::External { chars, .. } => {
                    self.chars(string, chars, from, to)?;
                }
                Representation::Cons { first, second } => {
                    let (first, second) = (load(first)?, load(second)?);
                    let middle = first.length;
                    if middle.checked_add(second.length) != Some(string.length) {
                        return Err(unreadable);
                    }
                    if to > middle {
                        parts.push((second, from.saturating_sub(middle), to - middle, stalled_at(&second)));
                    }
                    parts.push((first, from.min(middle), to.min(middle), stalled_at(&first)));
                }
                Representation::Thin { actual } => parts.push((load(actual)?, from, to, stalled + 1)),
                Representation::Sliced { parent, offset } => {
                    let parent = load(parent)?;
                    let to = offset.saturating_add(to);
                    if to > parent.length {
                        return Err(unreadable);
                    }
                    parts.push((parent, offset + from, to, stalled + 1));
                }
            }
        }
        Ok(())
    }

    fn chars(&mut self, string: JsString<'s>, chars: Addr, from: usize, to: usize) -> std::result::Result<(), Cut> {
        if to > string.length {
            return Err(Cut::Unreadable { addr: string.word.addr() });
        }
        let one_byte = string.is_one_byte().map_err(|_| Cut::Unreadable { addr: string.word.addr() })?;
        let size = if one_byte { 1 } else { 2 };
        let mut at = chars.offset((from * size) as i64);
        let mut left = (to - from) * size;
        if self.heap.space().is_hollow(at, left as u64) {
            return Err(Cut::Unreadable { addr: at });
        }
        while left > 0 {
            let Ok(tail) = self.heap.space().tail(at) else { return Err(Cut::Unreadable { addr: at }) };
            let part = &tail[..tail.len().min(left)];
            if one_byte {
                self.out.units.extend(part.iter().map(|&b| u16::from(b)));
            } else {
                let whole = part.len() & !1;
                if whole == 0 {
                    return Err(Cut::Unreadable { addr: at });
                }
                self.out.units.extend(part.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])));
            }
            let read = if one_byte { part.len() } else { part.len() & !1 };
            at = at.offset(read as i64);
            left -= read;
        }
        Ok(())
    }
}

/// The longest name that is read, in characters: names are for people.
const MAX_NAME: usize = 4096;

/// The most strings that a name is made of.
const MAX_PARTS: usize = 256;

impl Heap<'_> {
    /// The string or symbol at `word`, which names something, escaped for display; absent when it is neither. What
    /// cannot be read is told in its place, and what goes past 4096 characters is left out.
    pub fn name_text(self, word: Tagged) -> Option<String> {
        let text = self.name_units(word, MAX_NAME)?;
        Some(fitted(escape(&text.units), text.cut, None))
    }

    /// The first `limit` characters of the string at `word`, or of what a symbol there is called: `Symbol(tag)`, or
    /// `#name` for the name of a private member. Absent when it is neither.
    pub fn name_units(self, word: Tagged, limit: usize) -> Option<Text> {
        if let Ok(string) = JsString::load(self, word) {
            return Some(string.text(limit));
        }
        if !self.is(word, Kind::Symbol) {
            return None;
        }
        let description = JsString::load(self, self.word(word, Field::SymbolName).ok()?);
        let text = description.map(|string| string.text(limit)).unwrap_or_default();
        if text.units.first() == Some(&u16::from(b'#')) {
            return Some(text);
        }
        let quoted = "Symbol(".encode_utf16().chain(text.units).chain([u16::from(b')')]);
        Some(Text { units: quoted.collect(), cut: text.cut })
    }

    /// As [`Heap::name_text`], in the parts that V8 put the string together from; those past the first 256 are left out.
    pub fn name_parts(self, word: Tagged) -> Option<Vec<String>> {
        JsString::load(self, word).ok()?;
        let (mut parts, mut left) = (Vec::new(), vec![word]);
        while let Some(word) = left.pop() {
            let string = JsString::load(self, word).and_then(JsString::representation);
            match string {
                Ok(Representation::Cons { first, second }) => left.extend([second, first]),
                _ => parts.extend(self.name_text(word)),
            }
            if parts.len() + left.len() > MAX_PARTS {
                break;
            }
        }
        Some(parts)
    }
}

/// `units` as mdb_v8 shows characters, safe on a terminal: ASCII, with `?` for all else, and control characters as
/// JavaScript would write them in a literal (`\n`, `\x1b`, NUL as `\u0000`).
pub fn escape(units: &[u16]) -> String {
    let mut out = String::with_capacity(units.len());
    for &unit in units {
        push_escaped(&mut out, unit);
    }
    out
}

/// As [`escape`], with backslashes doubled, so that an escape can be told from characters that look like one.
pub fn escape_literal(units: &[u16]) -> String {
    let mut out = String::with_capacity(units.len());
    for &unit in units {
        match unit {
            0x5c => out.push_str("\\\\"),
            _ => push_escaped(&mut out, unit),
        }
    }
    out
}

/// As [`escape`], but line ends and tabs stand for themselves: for text that is read as lines.
pub fn escape_lines(units: &[u16]) -> String {
    let mut out = String::with_capacity(units.len());
    for &unit in units {
        match unit {
            0x0a => out.push('\n'),
            0x09 => out.push('\t'),
            _ => push_escaped(&mut out, unit),
        }
    }
    out
}

fn push_escaped(out: &mut String, unit: u16) {
    match unit {
        0 => out.push_str("\\u0000"),
        0x08 => out.push_str("\\b"),
        0x09 => out.push_str("\\t"),
        0x0a => out.push_str("\\n"),
        0x0c => out.push_str("\\f"),
        0x0d => out.push_str("\\r"),
        0x20..=0x7e => out.push(char::from(unit as u8)),
        0x01..=0x1f | 0x7f => out.push_str(&format!("\\x{unit:02x}")),
        _ => out.push('?'),
    }
}

/// A string in quotes, cut with `[...]` where it does not fit `capacity` characters, quotes included. A string of
/// which a part could not be read ends with a note.
pub fn quoted(text: &Text, capacity: Option<usize>) -> String {
    let body = escape(&text.units);
    format!("\"{}\"", fitted(body, text.cut, capacity.map(|c| c.saturating_sub(2))))
}

/// `body`, cut to `capacity` characters with a marker, and with a note of what is missing.
pub fn fitted(mut body: String, cut: Option<Cut>, capacity: Option<usize>) -> String {
    const MARKER: &str = "[...]";
    if matches!(cut, Some(Cut::Unreadable { .. })) {
        body.push_str("<string (failed to read data)>");
    }
    match capacity {
        Some(capacity) if body.len() > capacity || cut == Some(Cut::Limit) => {
            body.truncate(capacity.saturating_sub(MARKER.len()));
            body + MARKER
        }
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_come_out_raw() {
        let all: Vec<u16> = (0..=0x200).collect();
        assert!(escape(&all).bytes().all(|b| (0x20..0x7f).contains(&b)));
        assert_eq!(escape(&[0x1b, 0, 0x41, 0xe9, 0x0a]), "\\x1b\\u0000A?\\n");
        assert_eq!(escape_lines(&[0x41, 0x0a, 0x09, 0x0d]), "A\n\t\\r");
        assert_eq!(escape_literal(&[0x5c, 0x64, 0x22, 0x0a]), "\\\\d\"\\n");
    }

    #[test]
    fn a_string_is_cut_to_its_capacity_with_a_marker() {
        let text = |s: &str| Text { units: s.encode_utf16().collect(), cut: None };
        assert_eq!(quoted(&text("long note"), Some(7)), "\"[...]\"");
        assert_eq!(quoted(&text("long note"), Some(9)), "\"lo[...]\"");
        assert_eq!(quoted(&text("long note"), Some(11)), "\"long note\"");
    }
}
