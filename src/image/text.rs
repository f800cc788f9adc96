//! Bytes of an image as text for people: nothing out of a core reaches a terminal unescaped.
//!
//! Knows: which characters are harmless. Must not know: where the bytes came from.

use std::fmt::Write as _;

/// Whether a terminal obeys `c`, or turns text round by it, instead of showing it: control characters, those of eight
/// bits too, and the marks of direction.
pub fn is_obeyed(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `bytes` as text: UTF-8 stays, control characters and bytes that are not UTF-8 are shown as `\x1b`.
pub fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let _ = match c {
                c if !is_obeyed(c) => write!(out, "{c}"),
                '\0'..='\x7f' => write!(out, "\\x{:02x}", u32::from(c)),
                c => write!(out, "\\u{:04x}", u32::from(c)),
            };
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn text_stays_and_controls_are_escaped() {
        assert_eq!(printable("/opt/caf\u{e9}".as_bytes()), "/opt/caf\u{e9}");
        assert_eq!(printable(b"a\x1b[2Jb\n\xff"), "a\\x1b[2Jb\\x0a\\xff");
        assert_eq!(printable("\u{9b}\u{202e}".as_bytes()), "\\u009b\\u202e");
    }
}
