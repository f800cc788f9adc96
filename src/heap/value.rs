//! Values: what a tagged word is to a JavaScript programmer.
//!
//! Knows: oddballs, numbers, dates, regular expressions, boxed primitives. Must not know: how they are shown.

use super::array::FixedArray;
use super::layout::shape::{DateValue, HoleShape, LengthShape};
use super::{Error, Field, Heap, JsString, Kind, Result, Tagged, Value};

/// Index of the source in a JSRegExp's data (V8 `JSRegExp::kSourceIndex`).
const REGEXP_SOURCE: usize = 1;
/// Index of the flags (V8 `JSRegExp::kFlagsIndex`).
const REGEXP_FLAGS: usize = 2;

impl<'s> Heap<'s> {
    /// The name of the oddball at `word`: "undefined", "null", "true", "false", "hole", ...
    ///
    /// # Errors
    /// When it is not an oddball.
    pub fn oddball_name(self, word: Tagged) -> Result<String> {
        if self.kind(word)? != Some(Kind::Oddball) {
            return Err(Error::NotA { addr: word.addr(), expected: "an oddball" });
        }
        let name = JsString::load(self, self.word(word, Field::OddballToString)?)?;
        Ok(super::string::escape(&name.text(64).units))
    }

    /// Whether `word` is any oddball.
    pub fn is_oddball(self, word: Tagged) -> bool {
        self.is(word, Kind::Oddball)
    }

    /// Whether `word` is the oddball whose kind is the constant `kind`.
    fn is_oddball_of(self, word: Tagged, kind: Field) -> bool {
        self.is_oddball(word)
            && self.layout().get(kind).is_ok_and(|k| self.smi(word, Field::OddballKind).is_ok_and(|found| found == k))
    }

    /// Whether `word` is undefined.
    pub fn is_undefined(self, word: Tagged) -> bool {
        self.is_oddball_of(word, Field::OddballUndefined)
    }

    /// Whether `word` is the hole: the mark of an absent element.
    pub fn is_hole(self, word: Tagged) -> bool {
        match self.layout().shapes.hole {
            HoleShape::Oddball => self.is_oddball_of(word, Field::OddballTheHole),
            HoleShape::Hole => self.is(word, Kind::Hole),
        }
    }

    /// Whether the symbol at `symbol` is one that no program can have made by `Symbol()` (V8 `Symbol::IsPrivateBit`).
    pub fn is_private_symbol(self, symbol: Tagged) -> bool {
        let flags = match self.layout().shapes.string_length {
            LengthShape::Smi => self.smi(symbol, Field::SymbolFlags),
            LengthShape::Int => self.int(symbol, Field::SymbolFlags).map(i64::from),
        };
        flags.is_ok_and(|flags| flags & 1 == 1)
    }

    /// Whether the private symbol at `symbol` is the name of a private member: `#name`.
    pub fn is_private_name(self, symbol: Tagged) -> bool {
        let description = self.word(symbol, Field::SymbolName).and_then(|word| JsString::load(self, word));
        description.is_ok_and(|description| description.text(1).units == [u16::from(b'#')])
    }

    /// Whether `word` can be a property's name: a string or a symbol.
    pub fn is_name(self, word: Tagged) -> bool {
        matches!(self.kind(word), Ok(Some(Kind::String | Kind::Symbol)))
    }

    /// Whether `word` does not look like a JavaScript value: a heap object that was collected, or one that only V8
    /// itself uses.
    pub fn maybe_garbage(self, word: Tagged) -> bool {
        match self.value(word) {
            Value::Smi(_) => false,
            Value::Object(object) => match self.kind(object).ok().flatten() {
                Some(Kind::JsValue) => !self.is_boxed_primitive(object),
                kind => !kind.is_some_and(Kind::may_be_value),
            },
        }
    }

    /// Whether the JSValue at `object` boxes what a program can box: V8 itself boxes scripts.
    pub fn is_boxed_primitive(self, object: Tagged) -> bool {
        self.word(object, Field::JsValueValue).is_ok_and(|inner| match self.value(inner) {
            Value::Smi(_) => true,
            Value::Object(inner) => {
                matches!(
                    self.kind(inner),
                    Ok(Some(Kind::String | Kind::HeapNumber | Kind::Oddball | Kind::Symbol | Kind::BigInt))
                )
            }
        })
    }

    /// The number that `word` is: a Smi or a HeapNumber.
    pub fn number(self, word: Tagged) -> Result<f64> {
        match self.value(word) {
            Value::Smi(n) => Ok(n as f64),
            Value::Object(object) if self.is(object, Kind::HeapNumber) => self.double(object, Field::HeapNumberValue),
            Value::Object(object) => Err(Error::NotA { addr: object.addr(), expected: "a number" }),
        }
    }

    /// The time of the JSDate at `date`: milliseconds since 1970, or NaN.
    pub fn date(self, date: Tagged) -> Result<f64> {
        if self.layout().shapes.date == DateValue::Double {
            return self.double(date, Field::JsDateValue);
        }
        let value = self.word(date, Field::JsDateValue)?;
        // An invalid date keeps undefined or NaN.
        if self.is_undefined(value) { Ok(f64::NAN) } else { self.number(value) }
    }

    /// The source and the flags (1 global, 2 ignore case, 4 multiline) of the JSRegExp at `regexp`.
    pub fn regexp(self, regexp: Tagged) -> Result<(Tagged, i64)> {
        if self.layout().find(Field::JsRegExpSource).is_some() {
            return Ok((self.word(regexp, Field::JsRegExpSource)?, self.smi(regexp, Field::JsRegExpFlags)?));
        }
        let data = FixedArray::load(self, self.word(regexp, Field::JsRegExpData)?)?;
        let missing = Error::NotA { addr: regexp.addr(), expected: "a regular expression: its data are too short" };
        let source = data.get(REGEXP_SOURCE).ok_or(missing)?;
        let flags = data.get(REGEXP_FLAGS).and_then(|f| f.smi(self.width())).unwrap_or(0);
        Ok((source, flags))
    }
}
