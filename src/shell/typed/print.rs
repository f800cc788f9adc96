//! Values of C types as text, as `::print` lays them out.
//!
//! Knows: the layout. Must not know: how the dcmd was called.

use super::Source;
use crate::image::Addr;
use crate::image::types::{Composite, Integer, Type, TypeRef};
use crate::shell::{Error, Result, Session, number};
use std::fmt::Write as _;

/// What is shown, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show {
    /// Values; without them only names.
    pub values: bool,
    /// Addresses (`-a`).
    pub addresses: bool,
    /// Type names (`-t`).
    pub types: bool,
    /// What typedefs stand for, too (`-T`).
    pub base_types: bool,
    /// Holes between members (`-h`).
    pub holes: bool,
    /// Integers in hex, signed ones too (`-x`).
    pub hex: bool,
    /// Integers in decimal (`-d`).
    pub decimal: bool,
    /// Pointers as numbers, not as symbols (`-n`).
    pub plain_pointers: bool,
    /// Elements of an array.
    pub array_limit: Option<u64>,
    /// Characters of an array of them.
    pub string_limit: Option<u64>,
    /// How deep structs are opened (`-s`).
    pub depth: usize,
}

/// A value to show.
#[derive(Clone, Copy, Debug)]
pub struct Place<'t> {
    /// Its type.
    pub of: TypeRef<'t>,
    /// The address of the value that is printed as a whole.
    pub base: u64,
    /// Where this part of it begins, in bits.
    pub offset: u64,
    /// What is read.
    pub source: Source,
}

impl Place<'_> {
    fn addr(&self) -> u64 {
        self.base.wrapping_add(self.offset / 8)
    }
}

/// What stands before a value.
#[derive(Clone, Copy, Debug, Default)]
struct Label<'n> {
    /// Its own name.
    name: &'n str,
    /// The path that was asked for, and what joins the members of the thing to it.
    prefix: Option<(&'n str, &'n str)>,
    /// How deep it is in the value that is printed as a whole.
    depth: usize,
    /// How deep the array is whose element that is.
    nest: usize,
    /// Nothing stands before it: it is one of several on a line.
    bare: bool,
}

const TAB: usize = 4;
/// How deep any value is printed: type data may be broken and run in circles.
const DEEPEST: usize = 64;
/// How much text a value may take, in bytes: one that is within itself, twice, would double at each level.
const LONGEST: usize = 1 << 26;

/// Goes on, unless Ctrl-C was pressed or the value has become too long.
fn may_go_on(session: &Session, text: &str) -> Result<()> {
    session.check_cancel()?;
    if text.len() > LONGEST {
        return Err(Error::failed(format!(
            "the value takes more than {} MB of text: ask for a part of it",
            LONGEST >> 20
        )));
    }
    Ok(())
}

/// Prints the value at `place`, after `prefix`: the path that was asked for, and what joins its members to it.
///
/// # Errors
/// When memory cannot be read; `text` has what went before.
pub fn print(
    session: &Session,
    show: Show,
    place: Place<'_>,
    prefix: Option<(&str, &str)>,
    text: &mut String,
) -> Result<()> {
    let label = Label { prefix, ..Label::default() };
    element(session, show, place, label, text)?;
    text.push('\n');
    Ok(())
}

/// One value with what stands before it.
fn element(session: &Session, show: Show, place: Place<'_>, label: Label<'_>, text: &mut String) -> Result<()> {
    may_go_on(session, text)?;
    let base = place.of.resolved();
    if !label.bare {
        indent(text, label.depth + label.nest);
        address(show, place, text);
        if show.types {
            let name = type_text(show, place.of);
            text.push_str(&name);
            let joined = label.depth > 0 || label.prefix.is_some();
            if !name.ends_with('*') || !joined {
                text.push(' ');
            }
        }
        if let Some((path, join)) = label.prefix.filter(|_| label.depth <= 1) {
            text.push_str(path);
            if label.depth > 0 {
                text.push_str(join);
            }
        }
        text.push_str(label.name);
        if let (true, Type::Integer(integer)) = (show.types, base.kind())
            && (integer.is_bit_field() || !place.offset.is_multiple_of(8))
        {
            let _ = write!(text, " :{}", integer.bits);
        }
    }
    if label.depth > 0 || (label.prefix.is_some() && !label.bare) {
        text.push_str(if show.values { " = " } else { " " });
    }
    match base.kind() {
        Type::Composite(composite) => members(session, show, place, composite, label, text),
        Type::Array { element, count } => array(session, show, place, base.other(*element), *count, label, text),
        _ if !show.values => Ok(()),
        _ => value(session, show, place, base, text),
    }
}

fn indent(text: &mut String, depth: usize) {
    let _ = write!(text, "{:1$}", "", depth * TAB);
}

fn address(show: Show, place: Place<'_>, text: &mut String) {
    if show.addresses {
        let _ = match place.offset % 8 {
            0 => write!(text, "{:x} ", place.addr()),
            bit => write!(text, "{:x}.{bit:x} ", place.addr()),
        };
    }
}

/// The type's name; with `-T` also what it stands for.
fn type_text(show: Show, of: TypeRef<'_>) -> String {
    let name = of.to_string();
    let base = of.resolved().to_string();
    if show.base_types && base != name && !base.ends_with(' ') { format!("{name} <<{base}>>") } else { name }
}

/// A struct or union: its members, one a line.
fn members(
    session: &Session,
    show: Show,
    place: Place<'_>,
    composite: &Composite,
    label: Label<'_>,
    text: &mut String,
) -> Result<()> {
    if show.values
        && let Some(address) = internet_address(session, place, composite)?
    {
        text.push_str(&address);
        return Ok(());
    }
    if label.depth >= show.depth.min(DEEPEST) {
        text.push_str("{ ... }");
        return Ok(());
    }
    text.push_str("{\n");
    let inner = Label { depth: label.depth + 1, ..label };
    let mut expected = place.offset;
    for member in &composite.members {
        let part = Place { of: place.of.other(member.of), offset: place.offset.wrapping_add(member.offset), ..place };
        if show.holes && !composite.union && part.offset > expected {
            hole(session, show, place, (expected, part.offset), inner, text)?;
        }
        element(session, show, part, Label { name: &member.name, ..inner }, text)?;
        text.push('\n');
        let bits = match part.of.resolved().kind() {
            Type::Integer(integer) => u64::from(integer.bits),
            _ => part.of.size().saturating_mul(8),
        };
        expected = part.offset.saturating_add(bits);
    }
    let end = place.offset.saturating_add(composite.size.saturating_mul(8));
    if show.holes && !composite.union && expected < end {
        hole(session, show, place, (expected, end), inner, text)?;
    }
    indent(text, label.depth + label.nest);
    text.push('}');
    Ok(())
}

/// Bits of a struct that no member has, in pieces of at most 64.
fn hole(
    session: &Session,
    show: Show,
    place: Place<'_>,
    (mut from, to): (u64, u64),
    label: Label<'_>,
    text: &mut String,
) -> Result<()> {
    while from < to {
        may_go_on(session, text)?;
        let end = if to - from > 64 { (from / 64 + 1) * 64 } else { to };
        let bits = (end - from) as u32;
        let odd = from % 8 != 0 || !matches!(bits, 8 | 16 | 32 | 64);
        let part = Place { offset: from, ..place };
        indent(text, label.depth + label.nest);
        address(show, part, text);
        if show.types {
            text.push_str(&if odd { "unsigned ".to_owned() } else { format!("uint{bits}_t ") });
        }
        text.push_str("<<HOLE>>");
        if odd && show.types {
            let _ = write!(text, " :{bits}");
        }
        text.push_str(if show.values { " = " } else { " " });
        if show.values {
            let integer = Integer { bits, size: u64::from(bits.div_ceil(8)), ..Integer::default() };
            let raw = place.source.integer(session, place.base, from, &integer)?;
            text.push_str(&integer_text(show, &integer, raw));
        }
        text.push('\n');
        from = end;
    }
    Ok(())
}

fn array(
    session: &Session,
    show: Show,
    place: Place<'_>,
    of: TypeRef<'_>,
    count: u64,
    label: Label<'_>,
    text: &mut String,
) -> Result<()> {
    if !show.values {
        return Ok(());
    }
    if label.depth >= show.depth.min(DEEPEST) {
        text.push_str("[ ... ]");
        return Ok(());
    }
    if let Some(string) = character_array(session, show, place, of, count)? {
        text.push_str(&string);
        return Ok(());
    }
    let limit = count.min(show.array_limit.unwrap_or(u64::MAX));
    if limit == 0 {
        text.push_str("[ ... ]");
        return Ok(());
    }
    let whole_lines = matches!(of.resolved().kind(), Type::Composite(_) | Type::Array { .. });
    text.push_str(if whole_lines { "[\n" } else { "[ " });
    let inner_show = Show { depth: show.depth.saturating_sub(label.depth + 1), ..show };
    let inner = Label { nest: label.nest + label.depth + 1, bare: !whole_lines, ..Label::default() };
    if inner.nest > DEEPEST {
        text.push_str("... ]");
        return Ok(());
    }
    let size = of.size();
    for i in 0..limit {
        let base = place.addr().wrapping_add(i.wrapping_mul(size));
        element(session, inner_show, Place { of, base, offset: 0, ..place }, inner, text)?;
        let last = i + 1 == limit;
        text.push_str(match (whole_lines, last, limit < count) {
            (true, ..) if matches!(of.resolved().kind(), Type::Composite(_)) => ",\n",
            (true, ..) => "\n",
            (false, false, _) => ", ",
            (false, true, true) => ", ... ]",
            (false, true, false) => " ]",
        });
    }
    if whole_lines {
        indent(text, label.depth + label.nest);
        text.push_str(if limit < count { "... ]" } else { "]" });
    }
    Ok(())
}

/// An array of characters that reads as text, up to its NUL: `[ "text" ]`.
fn character_array(
    session: &Session,
    show: Show,
    place: Place<'_>,
    of: TypeRef<'_>,
    count: u64,
) -> Result<Option<String>> {
    const LONGEST: u64 = 1 << 20;
    let is_char = matches!(of.resolved().kind(), Type::Integer(integer) if integer.is_char());
    if !is_char || count > show.string_limit.unwrap_or(u64::MAX) || count > LONGEST {
        return Ok(None);
    }
    let bytes = place.source.bytes(session, place.addr(), count as usize, "char array")?;
    let text = bytes.split(|&b| b == 0).next().unwrap_or_default();
    let readable = !text.is_empty() && is_readable(text);
    Ok(readable.then(|| format!("[ \"{}\" ]", String::from_utf8_lossy(text))))
}

fn is_readable(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| (b' '..=b'~').contains(b) || matches!(b, b'\t' | b'\n'))
}

/// A value that has no parts.
fn value(session: &Session, show: Show, place: Place<'_>, base: TypeRef<'_>, text: &mut String) -> Result<()> {
    match base.kind() {
        Type::Integer(integer) => text.push_str(&one_integer(session, show, place, integer)?),
        Type::Float { bits, real, .. } => text.push_str(&float(session, place, *bits, *real)?),
        Type::Pointer(to) => pointer(session, show, place, base.other(*to), text)?,
        Type::Function(_) => pointer(session, show, place, base, text)?,
        Type::Enumeration { values, size, .. } => {
            let raw = place.source.number(session, place.addr(), (*size).clamp(1, 4), "integer")?;
            text.push_str(&enumeration(show, raw as u32 as i32, values));
        }
        Type::Forward { .. } => {
            let _ = write!(text, "; <forward declaration of {base}>");
        }
        _ => text.push_str("<forward declaration of unknown type>"),
    }
    Ok(())
}

fn one_integer(session: &Session, show: Show, place: Place<'_>, integer: &Integer) -> Result<String> {
    if integer.varargs {
        return Ok("...".to_owned());
    }
    let raw = place.source.integer(session, place.base, place.offset, integer)?;
    let name = place.of.to_string();
    if integer.is_char() {
        return Ok(format!("'{}'", number::escaped(&[raw as u8])));
    }
    if !show.hex && !show.decimal {
        if name == "time_t" && raw != 0 {
            return Ok(number::date(raw as i64).unwrap_or_else(|| format!("{raw:#x}")));
        }
        if matches!(name.as_str(), "ipaddr_t" | "in_addr_t") {
            return Ok(std::net::Ipv4Addr::from((raw as u32).to_le_bytes()).to_string());
        }
    }
    Ok(integer_text(show, integer, raw))
}

/// mdb shows integers in hex unless asked, but signed bit fields in decimal unless asked.
fn integer_text(show: Show, integer: &Integer, raw: u64) -> String {
    let field = integer.is_bit_field();
    let decimal = if field { integer.signed && !show.hex || show.decimal } else { show.decimal && !show.hex };
    if decimal && integer.signed {
        return decimal_text(raw as i64);
    }
    if decimal {
        return number::with_base(raw, 10);
    }
    let bits = integer.bits.clamp(1, 64);
    match raw & u64::MAX >> (64 - bits) {
        0 => "0".to_owned(),
        value => format!("{value:#x}"),
    }
}

/// `%#d`: numbers of more than a digit, and all negative ones, say that they are decimal.
pub fn decimal_text(value: i64) -> String {
    match value {
        0..=9 => value.to_string(),
        10.. => format!("0t{value}"),
        _ => format!("-0t{}", value.unsigned_abs()),
    }
}

fn float(session: &Session, place: Place<'_>, bits: u32, real: bool) -> Result<String> {
    Ok(match (bits, real) {
        (32, true) => {
            let raw = place.source.number(session, place.addr(), 4, "float")?;
            number::exponential(f64::from(f32::from_bits(raw as u32)), 7)
        }
        (64, true) => {
            let raw = place.source.number(session, place.addr(), 8, "float")?;
            number::exponential(f64::from_bits(raw), 7)
        }
        (96 | 128, true) => {
            let bytes = place.source.bytes(session, place.addr(), 10, "float")?;
            number::exponential(extended(&bytes), 16)
        }
        _ => format!("??? (unsupported FP format / {bits} bits)"),
    })
}

/// The x87 number of ten `bytes`, as near as a double comes to it.
fn extended(bytes: &[u8]) -> f64 {
    let mantissa = bytes.iter().take(8).rev().fold(0_u64, |sum, &b| sum << 8 | u64::from(b));
    let top = u16::from_le_bytes([bytes.get(8).copied().unwrap_or(0), bytes.get(9).copied().unwrap_or(0)]);
    let sign = if top & 0x8000 == 0 { 1.0 } else { -1.0 };
    match (top & 0x7fff, mantissa << 1) {
        (0x7fff, 0) => sign * f64::INFINITY,
        (0x7fff, _) => f64::NAN,
        (exponent, _) => sign * mantissa as f64 * 2_f64.powi(i32::from(exponent) - 16383 - 63),
    }
}

fn pointer(session: &Session, show: Show, place: Place<'_>, to: TypeRef<'_>, text: &mut String) -> Result<()> {
    const LONGEST: usize = 256;
    let width = session.image.width.bytes();
    let raw = place.source.number(session, place.addr(), width, "pointer")?;
    if show.plain_pointers {
        text.push_str(&if raw == 0 { "0".to_owned() } else { format!("{raw:#x}") });
        return Ok(());
    }
    text.push_str(&session.address_text(Addr(raw)));
    let is_char = matches!(to.resolved().kind(), Type::Integer(integer) if integer.is_char());
    if raw == 0 || !is_char || place.of.to_string() == "caddr_t" {
        return Ok(());
    }
    if let Ok(string) = session.image.space.cstr(Addr(raw), LONGEST)
        && is_readable(&string)
    {
        let cut = string.len() == LONGEST;
        let shown = String::from_utf8_lossy(if cut { &string[..LONGEST - 4] } else { &string }).into_owned();
        let _ = write!(text, " \"{shown}{}\"", if cut { "..." } else { "" });
    }
    Ok(())
}

/// `0x1 (NAME)`; the names of an enumeration of single bits are joined.
fn enumeration(show: Show, value: i32, values: &[(String, i32)]) -> String {
    let bits = is_bits(values);
    let shown = match (bits || show.hex, value) {
        (_, 0) => "0".to_owned(),
        (true, value) => format!("{value:#x}"),
        (false, value) => decimal_text(i64::from(value)),
    };
    let name = if bits {
        bit_names(value, values)
    } else {
        values.iter().find(|(_, v)| *v == value).map_or_else(|| "???".to_owned(), |(name, _)| name.clone())
    };
    format!("{shown} ({name})")
}

/// Whether an enumeration's values are zero and single bits, and not zero alone.
pub fn is_bits(values: &[(String, i32)]) -> bool {
    values.iter().all(|(_, v)| v.count_ones() <= 1) && values.iter().any(|(_, v)| *v != 0)
}

/// The names of the bits of `value`, `|` between them, what they begin with in common said once; bits that have no
/// name as a number.
pub fn bit_names(value: i32, values: &[(String, i32)]) -> String {
    let prefix = common_prefix(values);
    let mut seen = 0;
    let mut names: Vec<&str> = Vec::new();
    for (name, bit) in values {
        if *bit != 0 && seen & bit == 0 {
            seen |= bit;
            if value & bit != 0 {
                names.push(name);
            }
        }
    }
    let missed = value & !seen;
    let mut text = match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        several if prefix == 0 => several.join("|"),
        several => {
            let tails: Vec<&str> = several.iter().map(|n| &n[prefix..]).collect();
            format!("{}{{{}}}", &several[0][..prefix], tails.join("|"))
        }
    };
    if names.is_empty() || missed != 0 {
        let bar = if names.is_empty() { "" } else { "|" };
        let number = if missed == 0 { "0".to_owned() } else { format!("{missed:#x}") };
        let _ = write!(text, "{bar}{number}");
    }
    text
}

/// How many characters all names begin with in common, leaving each at least one of its own.
pub fn common_prefix(values: &[(String, i32)]) -> usize {
    let Some((first, _)) = values.first() else { return 0 };
    let common = |name: &str| first.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let shortest = values.iter().map(|(name, _)| common(name).min(name.len().saturating_sub(1))).min().unwrap_or(0);
    (0..=shortest).rev().find(|&at| values.iter().all(|(name, _)| name.is_char_boundary(at))).unwrap_or(0)
}

/// `struct in_addr` and `in6_addr_t` are shown as addresses.
fn internet_address(session: &Session, place: Place<'_>, composite: &Composite) -> Result<Option<String>> {
    let name = place.of.to_string();
    Ok(match (name.as_str(), composite.size) {
        ("struct in_addr", 4) => {
            let raw = place.source.number(session, place.addr(), 4, "address")?;
            Some(std::net::Ipv4Addr::from((raw as u32).to_le_bytes()).to_string())
        }
        ("in6_addr_t" | "struct in6_addr", 16) => {
            let bytes = place.source.bytes(session, place.addr(), 16, "address")?;
            let bytes: [u8; 16] = bytes.try_into().map_err(|_| Error::failed("an address has 16 bytes"))?;
            Some(std::net::Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::types::{Member, Types};
    use crate::image::{Width, testing};

    #[test]
    fn a_struct_that_is_within_itself_or_mostly_hole_ends() {
        let mut types = Types::new(Width::W64);
        let int = types.add(Type::Integer(Integer { name: "int".to_owned(), size: 4, bits: 32, ..Integer::default() }));
        let own = types.add(Type::Forward { word: "struct", tag: "twice".to_owned() });
        let member = |name: &str, of, offset| Member { name: name.to_owned(), of, offset };
        let composite =
            |tag: &str, size, members| Type::Composite(Composite { union: false, tag: tag.to_owned(), size, members });
        types.add(composite("twice", 8, vec![member("a", own, 0), member("b", own, 0)]));
        let huge = types.add(composite("huge", u64::MAX, vec![member("a", int, 0)]));
        let session = Session::new(testing::image(Width::W64, Vec::new()));
        for of in [own, huge] {
            let place = Place { of: types.get(of), base: 0, offset: 0, source: Source::Memory };
            let show = Show { types: true, holes: true, depth: usize::MAX, ..Show::default() };
            let mut text = String::new();
            let said = print(&session, show, place, None, &mut text).map_err(|error| error.to_string());
            assert_eq!(said, Err("the value takes more than 64 MB of text: ask for a part of it".to_owned()));
            assert!(text.len() < 2 * LONGEST);
        }
    }

    fn values(pairs: &[(&str, i32)]) -> Vec<(String, i32)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn names_of_bits_are_joined_behind_what_they_share() {
        let flags = values(&[("F_READ", 1), ("F_WRITE", 2), ("F_LOCK", 4)]);
        assert!(is_bits(&flags));
        assert_eq!(bit_names(1, &flags), "F_READ");
        assert_eq!(bit_names(3, &flags), "F_{READ|WRITE}");
        assert_eq!(bit_names(9, &flags), "F_READ|0x8");
        assert_eq!(bit_names(0, &flags), "0");
        assert!(!is_bits(&values(&[("A", 0), ("B", 3)])));
    }

    #[test]
    fn decimal_numbers_say_so() {
        assert_eq!([0, 9, 10, -1].map(decimal_text), ["0", "9", "0t10", "-0t1"]);
    }

    #[test]
    fn x87_numbers_come_near() {
        let one = [0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f];
        assert_eq!(extended(&one), 1.0);
    }
}
