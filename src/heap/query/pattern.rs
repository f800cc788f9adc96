//! Regular expressions: JavaScript's, searched for in time that grows with the text and no faster, whatever a core holds.
//!
//! The only file that names the crate regex. What that has no way to bound (references to groups, looking ahead and
//! behind) is refused.
//!
//! Knows: how JavaScript writes patterns. Must not know: what they are searched in.

use regex::{Regex, RegexBuilder};

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// That of `/source/flags`.
    ///
    /// # Errors
    /// A sentence on what is wrong with it.
    pub fn new(source: &str, flags: &str) -> Result<Pattern, String> {
        let mut builder = RegexBuilder::new(&translated(source));
        for flag in flags.chars() {
            match flag {
                'i' => builder.case_insensitive(true),
                'm' => builder.multi_line(true),
                's' => builder.dot_matches_new_line(true),
                // Which matches are found, and how they are told, makes no difference to whether there is one.
                'd' | 'g' | 'u' => &mut builder,
                other => return Err(format!("a regular expression may not have the flag {other:?}")),
            };
        }
        builder.build().map(Pattern).map_err(|error| {
            let told = error.to_string();
            let reason = told.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
            format!("not a regular expression that can be searched for: {reason}")
        })
    }

    /// Whether it is found in `text`; unpaired surrogates are as good as U+FFFD.
    pub fn is_in(&self, text: &[u16]) -> bool {
        self.0.is_match(&String::from_utf16_lossy(text))
    }
}

/// `source` as the crate writes what it means: `\d`, `\w` and `\b` are of ASCII in JavaScript, which also lets `[` stand
/// in a class, and `/` behind a backslash.
fn translated(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 8);
    let mut in_class = false;
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, in_class) {
            ('\\', _) => match (chars.next(), in_class) {
                (Some('d'), _) => out.push_str("[0-9]"),
                (Some('D'), _) => out.push_str("[^0-9]"),
                (Some('w'), _) => out.push_str("[0-9A-Za-z_]"),
                (Some('W'), _) => out.push_str("[^0-9A-Za-z_]"),
                (Some('b'), true) => out.push_str("\\x08"),
                (Some('b'), false) => out.push_str("(?-u:\\b)"),
                (Some('B'), false) => out.push_str("(?-u:\\B)"),
                (Some('0'), _) if !chars.peek().is_some_and(char::is_ascii_digit) => out.push_str("\\x00"),
                (Some(other), _) => out.extend(['\\', other]),
                (None, _) => out.push('\\'),
            },
            ('[', false) => {
                in_class = true;
                let mut ahead = chars.clone();
                match (ahead.next(), ahead.next()) {
                    // Any character at all, and none.
                    (Some('^'), Some(']')) => {
                        out.push_str("(?s:.)");
                        (chars, in_class) = (ahead, false);
                    }
                    (Some(']'), _) => {
                        out.push_str("[^\\x00-\\x{10FFFF}]");
                        chars.next();
                        in_class = false;
                    }
                    _ => out.push('['),
                }
            }
            // Sets within sets are the crate's own.
            ('[' | '&' | '~', true) => out.extend(['\\', c]),
            (']', true) => {
                in_class = false;
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(source: &str, flags: &str, text: &str) -> bool {
        let pattern = Pattern::new(source, flags).unwrap_or_else(|e| panic!("{source}: {e}"));
        pattern.is_in(&text.encode_utf16().collect::<Vec<_>>())
    }

    #[test]
    fn patterns_mean_what_they_mean_in_javascript() {
        let found = [
            ("^GET", "", "GET / HTTP/1.1"),
            ("get", "i", "GET"),
            (r"a\/b", "", "a/b"),
            (r"^\d+$", "", "123"),
            (r"\bend\b", "", "the end."),
            (r"[[]x", "", "[x"),
            (r"[\d.]+z", "", "1.5z"),
            (r"[a&&b]c", "", "&c"),
            (r"a[^]b", "", "a\nb"),
            (r"^b$", "m", "a\nb"),
            (r"\u0041", "u", "A"),
            (r"x\0y", "", "x\0y"),
            (r"a{2,3}", "g", "aa"),
        ];
        for (source, flags, text) in found {
            assert!(finds(source, flags, text), "/{source}/{flags} is in {text:?}");
        }
        for (source, text) in [(r"^\d$", "\u{0663}"), (r"^\w$", "é"), ("[]", "a"), ("a.b", "a\nb")] {
            assert!(!finds(source, "", text), "/{source}/ is not in {text:?}");
        }
    }

    #[test]
    fn what_cannot_be_bounded_is_refused_with_a_sentence() {
        for (source, flags) in [(r"(a)\1", ""), ("a(?=b)", ""), ("(", ""), ("a", "y"), ("a{9999}{9999}", "")] {
            assert!(Pattern::new(source, flags).is_err(), "/{source}/{flags}");
        }
        // A backtracking search would take 2^40 steps.
        assert!(!finds("^(a+)+$", "", &("a".repeat(40) + "b")));
    }
}
