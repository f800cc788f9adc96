//! The table of format letters.
//!
//! Knows: the size, layout and description of each. Must not know: where values come from.

use crate::image::Addr;
use crate::shell::pen::Pen;
use crate::shell::{Session, number};

/// A format letter.
#[derive(Clone, Copy, Debug)]
pub struct Letter {
    /// The letter.
    pub letter: char,
    /// How many bytes it takes.
    pub size: Size,
    /// What it does.
    pub kind: Kind,
    /// Whether it writes when it comes first after `/` or `?`.
    pub writes: bool,
    /// What it shows, for `::formats`.
    pub help: &'static str,
}

/// How many bytes a letter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// None: it does not move dot.
    None,
    /// It depends on what is there.
    Variable,
    /// So many.
    Bytes(u8),
    /// As many as a pointer.
    Pointer,
}

/// What a letter does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Shows a number of its size.
    Value(Show),
    /// `+`
    Forward,
    /// `-`
    Back,
    /// `^`
    BackByIncrement,
    /// `n N`
    Newline,
    /// `r`
    Blanks,
    /// `t T`
    Tab,
    /// `a`
    Dot,
    /// `s S`
    String {
        /// In C's notation.
        escaped: bool,
    },
    /// `C`: as many characters as the count says.
    Characters,
    /// `i I`
    Instruction {
        /// Address and first four bytes before it.
        with_address: bool,
    },
    /// `l L M`: only as the first letter.
    Match,
}

/// How a number is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Show {
    /// Unsigned, in a radix.
    Unsigned(Layout),
    /// Signed, in a radix.
    Signed(Layout),
    /// Unsigned, in the current radix, in a field of so many columns.
    CurrentRadix(u8),
    /// Hex in 16 columns, or 17 if it needs the 16th digit.
    Hex64,
    /// Its bytes reversed, then hex, in a field of so many columns.
    Swapped(u8),
    /// Binary in 64 columns.
    Binary,
    /// One character, as it is.
    Character,
    /// A float.
    Float,
    /// A double.
    Double,
    /// A time in seconds since 1970, signed.
    Time,
    /// The address as symbol and offset.
    Symbol,
}

/// Radix, columns, and whether a non-zero octal number has a 0 before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// 8, 10 or 16.
    pub radix: u32,
    /// Columns of the field.
    pub columns: u8,
    /// A leading 0 before anything but zero.
    pub zero: bool,
}

const fn layout(radix: u32, columns: u8) -> Layout {
    Layout { radix, columns, zero: false }
}

const fn octal(columns: u8) -> Layout {
    Layout { radix: 8, columns, zero: true }
}

const fn plain(letter: char, bytes: u8, show: Show, help: &'static str) -> Letter {
    Letter { letter, size: Size::Bytes(bytes), kind: Kind::Value(show), writes: false, help }
}

const fn writing(letter: char, bytes: u8, show: Show, help: &'static str) -> Letter {
    Letter { letter, size: Size::Bytes(bytes), kind: Kind::Value(show), writes: true, help }
}

const fn pointer(letter: char, show: Show, help: &'static str) -> Letter {
    Letter { letter, size: Size::Pointer, kind: Kind::Value(show), writes: false, help }
}

const fn special(letter: char, size: Size, kind: Kind, help: &'static str) -> Letter {
    Letter { letter, size, kind, writes: false, help }
}

/// All letters, in order of their codes.
pub static LETTERS: [Letter; 50] = [
    special('+', Size::Variable, Kind::Forward, "increment dot by the count"),
    special('-', Size::Variable, Kind::Back, "decrement dot by the count"),
    plain('B', 1, Show::Unsigned(layout(16, 8)), "hexadecimal int"),
    special('C', Size::Bytes(1), Kind::Characters, "character using C character notation"),
    plain('D', 4, Show::Signed(layout(10, 16)), "decimal signed int"),
    plain('E', 8, Show::Unsigned(layout(10, 16)), "decimal unsigned long long"),
    plain('F', 8, Show::Double, "double"),
    plain('G', 8, Show::Unsigned(layout(8, 16)), "octal unsigned long long"),
    plain('H', 4, Show::Swapped(16), "swap bytes and shorts"),
    special('I', Size::Variable, Kind::Instruction { with_address: true }, "address and disassembled instruction"),
    plain('J', 8, Show::Hex64, "hexadecimal long long"),
    pointer('K', Show::Hex64, "hexadecimal uintptr_t"),
    special('L', Size::Bytes(4), Kind::Match, "int"),
    special('M', Size::Bytes(8), Kind::Match, "long long"),
    special('N', Size::None, Kind::Newline, "newline"),
    plain('O', 4, Show::Unsigned(octal(16)), "octal unsigned int"),
    pointer('P', Show::Symbol, "symbol"),
    plain('Q', 4, Show::Signed(octal(16)), "octal signed int"),
    plain('R', 8, Show::Binary, "binary unsigned long long"),
    special('S', Size::Variable, Kind::String { escaped: true }, "string using C string notation"),
    special('T', Size::None, Kind::Tab, "horizontal tab"),
    plain('U', 4, Show::Unsigned(layout(10, 16)), "decimal unsigned int"),
    plain('V', 1, Show::Unsigned(layout(10, 8)), "decimal unsigned int"),
    writing('W', 4, Show::CurrentRadix(16), "default radix unsigned int"),
    plain('X', 4, Show::Unsigned(layout(16, 16)), "hexadecimal int"),
    plain('Y', 4, Show::Time, "decoded time32_t"),
    writing('Z', 8, Show::Hex64, "hexadecimal long long"),
    special('^', Size::Variable, Kind::BackByIncrement, "decrement dot by increment * count"),
    special('a', Size::None, Kind::Dot, "dot as symbol+offset"),
    plain('b', 1, Show::Unsigned(octal(8)), "octal unsigned int"),
    plain('c', 1, Show::Character, "character"),
    plain('d', 2, Show::Signed(layout(10, 8)), "decimal signed short"),
    plain('e', 8, Show::Signed(layout(10, 16)), "decimal signed long long"),
    plain('f', 4, Show::Float, "float"),
    plain('g', 8, Show::Signed(layout(8, 16)), "octal signed long long"),
    plain('h', 2, Show::Swapped(8), "swap bytes"),
    special('i', Size::Variable, Kind::Instruction { with_address: false }, "disassembled instruction"),
    special('l', Size::Bytes(2), Kind::Match, "short"),
    special('n', Size::None, Kind::Newline, "newline"),
    plain('o', 2, Show::Unsigned(octal(8)), "octal unsigned short"),
    pointer('p', Show::Symbol, "symbol"),
    plain('q', 2, Show::Signed(octal(8)), "octal signed short"),
    special('r', Size::None, Kind::Blanks, "whitespace"),
    special('s', Size::Variable, Kind::String { escaped: false }, "raw string"),
    special('t', Size::None, Kind::Tab, "horizontal tab"),
    plain('u', 2, Show::Unsigned(layout(10, 8)), "decimal unsigned short"),
    writing('v', 1, Show::Signed(layout(10, 8)), "decimal signed int"),
    writing('w', 2, Show::CurrentRadix(8), "default radix unsigned short"),
    plain('x', 2, Show::Unsigned(layout(16, 8)), "hexadecimal short"),
    plain('y', 8, Show::Time, "decoded time64_t"),
];

/// The letter called `c`.
pub fn letter(c: char) -> Option<&'static Letter> {
    LETTERS.iter().find(|l| l.letter == c)
}

impl Show {
    /// Puts `raw`, a number of `size` bytes, and keeps it as the last value printed.
    pub fn put(self, session: &mut Session, pen: &mut Pen<'_>, raw: u64, size: u64) {
        let unused = 64 - 8 * size.clamp(1, 8) as u32;
        let signed = (raw << unused) as i64 >> unused;
        let mut kept = Some(raw);
        match self {
            Show::Unsigned(layout) => pen.field(&layout.text(raw, number::digits(raw, layout.radix)), layout.columns()),
            Show::Signed(layout) => {
                pen.field(&layout.text(raw, number::signed_digits(signed, layout.radix)), layout.columns());
            }
            Show::CurrentRadix(columns) => pen.field(&number::digits(raw, session.lang.radix), usize::from(columns)),
            Show::Hex64 => pen.field(&format!("{raw:x}"), if raw >> 60 == 0 { 16 } else { 17 }),
            Show::Swapped(columns) => {
                let swapped = raw.swap_bytes() >> unused;
                kept = Some(swapped);
                pen.field(&format!("{swapped:x}"), usize::from(columns));
            }
            Show::Binary => pen.field(&number::digits(raw, 2), 64),
            Show::Character => match u8::try_from(raw) {
                Ok(0) | Err(_) => {}
                Ok(byte) => pen.raw(&[byte]),
            },
            Show::Float => {
                kept = None;
                pen.put(&number::exponential(f64::from(f32::from_bits(raw as u32)), 7));
            }
            Show::Double => pen.put(&number::exponential(f64::from_bits(raw), 16)),
            Show::Time => {
                let date = number::date(signed);
                pen.field(&date.unwrap_or_else(|| number::signed_digits(signed, session.lang.radix)), 24);
            }
            Show::Symbol => pen.field(&session.address_text(Addr(raw)), 16),
        }
        if let Some(kept) = kept {
            session.lang.value = kept;
        }
    }
}

impl Layout {
    fn text(self, raw: u64, digits: String) -> String {
        if self.zero && raw != 0 { format!("0{digits}") } else { digits }
    }

    fn columns(self) -> usize {
        usize::from(self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_in_order_and_unique() {
        assert!(LETTERS.windows(2).all(|pair| pair[0].letter < pair[1].letter));
    }
}
