//! Colours for addresses, strings and the names before a colon.
//!
//! Knows: how they look in a line. Must not know: which command printed it.

const ADDRESS: &str = "\x1b[36m";
const STRING: &str = "\x1b[32m";
const NAME: &str = "\x1b[34m";
const PLAIN: &str = "\x1b[0m";

/// `line` with colours.
pub fn paint(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    let mut rest = line;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let len = token(rest, before);
        let (now, later) = rest.split_at(len);
        let color = match c {
            '"' if len > 1 && later.starts_with(':') => Some(NAME),
            '"' if len > 1 => Some(STRING),
            _ if is_address(now) => Some(ADDRESS),
            _ => None,
        };
        match color {
            Some(color) => {
                out.push_str(color);
                out.push_str(now);
                out.push_str(PLAIN);
            }
            None => out.push_str(now),
        }
        before = now.chars().next_back().unwrap_or(' ');
        rest = later;
    }
    out
}

/// The length of what is coloured as one: a string in quotes, a word that is not part of a longer one, a character.
fn token(text: &str, before: char) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    if let Some(string) = text.strip_prefix('"') {
        let mut escaped = false;
        for (at, c) in string.char_indices() {
            match c {
                '"' if !escaped => return at + 2,
                _ => escaped = c == '\\' && !escaped,
            }
        }
        return 1;
    }
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '$';
    if !word(before) && text.starts_with(word) {
        return text.find(|c| !word(c)).unwrap_or(text.len());
    }
    first
}

/// Whether a word looks like an address: six hex digits or more, one of them a digit, with or without `0x`.
fn is_address(word: &str) -> bool {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    (6..=16).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && digits.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_strings_and_names_are_told_apart() {
        assert_eq!(
            paint("  \"key\": \"a \\\"b\\\"\", 9a1cbfa1: x\n"),
            format!("  {NAME}\"key\"{PLAIN}: {STRING}\"a \\\"b\\\"\"{PLAIN}, {ADDRESS}9a1cbfa1{PLAIN}: x\n")
        );
        assert_eq!(paint("decade facade 12345 0x1f"), "decade facade 12345 0x1f");
        assert_eq!(paint("x9a1cbfa1 9a1cbfa1.js"), "x9a1cbfa1 9a1cbfa1.js");
        assert_eq!(paint("an \" alone"), "an \" alone");
    }
}
