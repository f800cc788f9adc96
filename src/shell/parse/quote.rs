//! Quotes and C's escapes.
//!
//! Knows: what stands between quotes. Must not know: what it is used for.

use super::{Parse, What, fail};
use nom::Parser;
use nom::character::complete::char;

/// `text` with C's escapes converted; a backslash before anything else stays.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let simple = match bytes.get(at) {
            Some(b'a') => Some(7),
            Some(b'b') => Some(8),
            Some(b'f') => Some(12),
            Some(b'n') => Some(b'\n'),
            Some(b'r') => Some(b'\r'),
            Some(b't') => Some(b'\t'),
            Some(b'v') => Some(11),
            Some(&c @ (b'\\' | b'"')) => Some(c),
            _ => None,
        };
        if let Some(c) = simple {
            out.push(c);
            at += 1;
            continue;
        }
        let octal = bytes[at..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
        if octal == 0 {
            out.push(b'\\');
            continue;
        }
        let code = bytes[at..at + octal].iter().fold(0_u32, |sum, b| sum * 8 + u32::from(b - b'0'));
        out.push(code as u8);
        at += octal;
    }
    out
}

/// `"..."`, unescaped.
pub(super) fn double_quoted(text: &str) -> Parse<'_, Vec<u8>> {
    let (body, _) = char('"').parse(text)?;
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            '\n' => break,
            '"' if !escaped => return Ok((&body[at + 1..], unescape(&body[..at]))),
            _ => escaped = c == '\\' && !escaped,
        }
    }
    fail(text, What::Unmatched("\""))
}
