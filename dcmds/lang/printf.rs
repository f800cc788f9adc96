//! `::printf`: members of a struct in a line of one's own.

use jsdb::image::Addr;
use jsdb::image::types::{Integer, Type};
use jsdb::shell::typed::path::{Reached, follow};
use jsdb::shell::typed::{self, Source};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, Session, number};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "printf",
    addr: AddrUse::Optional,
    summary: "print and format the member(s) of a data structure",
    operands: "format type member ...",
    help: "Prints members of the type at the address by a format, as printf(3C) does: %d %u %x %X %o %q in the usual\n\
           radixes, %r and %R in the current one, %s a string, %p a pointer, %a an address as a symbol, %Y a time, %I\n\
           and %N internet addresses, %H a size for people. `-`, `0` and a width may follow the %, or `?` for the width\n\
           of a pointer. The member `.` is the address itself.",
    examples: &[Example {
        why: "members in a line",
        line: "::typedef -c lp64; ::typedef 'struct { int major; char build; int rest[4]; }' version_t; _ZN2v88internal7Version6major_E::printf \"V8 %d, at %p\\n\" version_t major .",
        shows: "V8 3, at eb8388",
    }],
    see_also: &["print", "typedef"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

/// One conversion of a format.
struct Conversion {
    /// What stands before it.
    text: String,
    left: bool,
    zeros: bool,
    width: usize,
    letter: char,
}

/// What a conversion takes.
#[derive(PartialEq, Eq)]
enum Takes {
    Signed,
    Unsigned,
    Word,
    Pointer,
    Text,
    Ipv6,
}

impl Conversion {
    fn takes(&self) -> Option<Takes> {
        Some(match self.letter {
            'd' | 'q' | 'R' => Takes::Signed,
            'H' | 'o' | 'r' | 'u' | 'x' | 'X' | 'Y' => Takes::Unsigned,
            'I' => Takes::Word,
            'a' | 'A' | 'p' => Takes::Pointer,
            's' => Takes::Text,
            'N' => Takes::Ipv6,
            _ => return None,
        })
    }

    /// `value` in the field.
    fn field(&self, value: &str) -> String {
        let width = self.width;
        match (self.left, self.zeros) {
            (true, _) => format!("{value:<width$}"),
            (false, true) => format!("{value:0>width$}"),
            (false, false) => format!("{value:>width$}"),
        }
    }
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let mut words = std::mem::take(&mut ctx.args.operands);
    let Some(Arg::Text(format)) = words.first().cloned() else {
        return Err(Error::Usage(Some("expected a format string".to_owned())));
    };
    words.remove(0);
    let pointer_digits = 2 * ctx.session.image.width.bytes() as usize;
    let (conversions, tail) = conversions(&format, pointer_digits)?;
    let name = typed::type_name(&mut words)?;
    let session = &*ctx.session;
    let of = session.type_called(&name)?;
    let (wanted, given) = (words.len(), conversions.len());
    if words.is_empty() {
        return Err(Error::Usage(Some("at least one member must be specified".to_owned())));
    }
    if wanted != given {
        let which = if wanted > given { "missing" } else { "extra" };
        return Err(Error::failed(format!("{which} format specifiers (found {given}, expected {wanted})")));
    }
    for (conversion, word) in conversions.iter().zip(&words) {
        let Arg::Text(member) = word else { return Err(Error::failed("expected only type member arguments")) };
        ctx.out.text(&conversion.text);
        let value = if member == "." {
            itself(session, conversion, ctx.dot.0)?
        } else {
            let reached = follow(session, of, addr.0, Source::Memory, member)?;
            shown(session, conversion, &reached).map_err(|error| match error {
                Error::Failed(why) => Error::failed(format!("{why}: failed to print member '{member}'")),
                other => other,
            })?
        };
        ctx.out.text(conversion.field(&value));
    }
    ctx.out.text(tail);
    Ok(())
}

/// The conversions of a format, and what stands after the last.
fn conversions(format: &str, pointer_digits: usize) -> Result<(Vec<Conversion>, String)> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut chars = format.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        if chars.next_if(|(_, c)| *c == '%').is_some() {
            text.push('%');
            continue;
        }
        let left = chars.next_if(|(_, c)| *c == '-').is_some();
        let zeros = chars.peek().is_some_and(|(_, c)| *c == '0');
        let mut width = 0;
        if chars.next_if(|(_, c)| *c == '?').is_some() {
            width = pointer_digits;
        }
        while let Some((_, digit)) = chars.next_if(|(_, c)| c.is_ascii_digit()) {
            width = (width * 10 + digit as usize - '0' as usize).min(4096);
        }
        let Some((at, letter)) = chars.next() else { break };
        let conversion = Conversion { text: std::mem::take(&mut text), left, zeros, width, letter };
        if conversion.takes().is_none() {
            return Err(Error::failed(format!(
                "illegal format string at or near '{letter}' (position {})",
                format[..at].chars().count() + 1
            )));
        }
        out.push(conversion);
    }
    Ok((out, text))
}

/// `.`: the address as a value.
fn itself(session: &Session, conversion: &Conversion, dot: u64) -> Result<String> {
    match conversion.takes() {
        Some(Takes::Signed | Takes::Unsigned) => Ok(integer(session, conversion.letter, dot)),
        Some(Takes::Pointer) => Ok(pointer(session, conversion.letter, dot)),
        _ => Err(Error::failed("expected integer or pointer format specifier for '.'")),
    }
}

fn shown(session: &Session, conversion: &Conversion, reached: &Reached<'_>) -> Result<String> {
    let Reached { addr, bit, source, .. } = *reached;
    let base = reached.of.resolved();
    let letter = conversion.letter;
    match conversion.takes() {
        Some(takes @ (Takes::Signed | Takes::Unsigned)) => {
            let kind = match base.kind() {
                Type::Integer(integer) => integer.clone(),
                Type::Enumeration { size, .. } => {
                    Integer { size: *size, bits: *size as u32 * 8, signed: true, ..Integer::default() }
                }
                _ => return Err(Error::failed("expected integer type")),
            };
            let signed = kind.signed && takes == Takes::Signed;
            let raw = source.integer(session, addr, bit, &Integer { signed, ..kind })?;
            Ok(integer(session, letter, raw))
        }
        Some(Takes::Word) => match base.kind() {
            Type::Integer(Integer { bits: 32, .. }) => {
                let raw = source.number(session, addr, 4, "32-bit value")?;
                Ok(std::net::Ipv4Addr::from((raw as u32).to_le_bytes()).to_string())
            }
            _ => Err(Error::failed("expected 32-bit integer type")),
        },
        Some(Takes::Pointer) => match base.kind() {
            Type::Pointer(_) => {
                let raw = source.number(session, addr, session.image.width.bytes(), "pointer")?;
                Ok(pointer(session, letter, raw))
            }
            _ => Err(Error::failed("expected pointer type")),
        },
        Some(Takes::Text) => string(session, reached),
        Some(Takes::Ipv6) if base.size() == 16 => {
            let bytes = source.bytes(session, addr, 16, "address")?;
            let bytes: [u8; 16] = bytes.try_into().map_err(|_| Error::failed("an address has 16 bytes"))?;
            Ok(std::net::Ipv6Addr::from(bytes).to_string())
        }
        _ => Err(Error::failed("requires argument of type in6_addr_t")),
    }
}

fn integer(session: &Session, letter: char, raw: u64) -> String {
    match letter {
        'd' => (raw as i64).to_string(),
        'q' => number::signed_digits(raw as i64, 8),
        'R' => number::signed_digits(raw as i64, session.lang.radix),
        'o' => number::digits(raw, 8),
        'r' => number::digits(raw, session.lang.radix),
        'u' => raw.to_string(),
        'X' => format!("{raw:X}"),
        'Y' => number::date(raw as i64).unwrap_or_else(|| raw.to_string()),
        'H' => size_for_people(raw),
        _ => format!("{raw:x}"),
    }
}

/// `1.5K`: three digits that count, in powers of 1024.
fn size_for_people(raw: u64) -> String {
    let units = ["", "K", "M", "G", "T", "P", "E"];
    let power = (0..units.len()).rev().find(|&p| raw >> (10 * p) > 0).unwrap_or(0);
    let whole = raw >> (10 * power);
    if power == 0 || raw.trailing_zeros() as usize >= 10 * power {
        return format!("{whole}{}", units[power]);
    }
    let value = raw as f64 / 2_f64.powi(10 * power as i32);
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}{}", units[power])
}

fn pointer(session: &Session, letter: char, raw: u64) -> String {
    match letter {
        'a' => session.address_text(Addr(raw)),
        'A' => session.symbolic(Addr(raw)).unwrap_or_default(),
        _ => format!("{raw:x}"),
    }
}

/// What `%s` prints: a string behind a pointer or in an array, or the name of an enumeration's value.
fn string(session: &Session, reached: &Reached<'_>) -> Result<String> {
    const LONGEST: usize = 1023;
    let Reached { addr, source, .. } = *reached;
    let base = reached.of.resolved();
    let bytes = match base.kind() {
        Type::Pointer(_) => {
            let raw = source.number(session, addr, session.image.width.bytes(), "pointer")?;
            session
                .image
                .space
                .cstr(Addr(raw), LONGEST)
                .map_err(|_| Error::failed(format!("failed to read string at {raw:x}: no mapping for address")))?
        }
        Type::Enumeration { values, size, .. } => {
            let raw = source.number(session, addr, *size, "enum")? as u32 as i32;
            let name = values.iter().find(|(_, v)| *v == raw).map(|(name, _)| name.clone());
            return Ok(name.unwrap_or_else(|| format!("<{raw}>")));
        }
        Type::Array { element, count } => {
            if base.other(*element).size() != 1 {
                return Err(Error::failed("string format specifier requires an array of characters"));
            }
            source.bytes(session, addr, (*count).min(LONGEST as u64) as usize, "array")?
        }
        _ => return Err(Error::failed("expected pointer or array type")),
    };
    let text = bytes.split(|&b| b == 0).next().unwrap_or_default();
    Ok(jsdb::image::text::printable(text))
}
