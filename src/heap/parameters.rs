//! The names of a function's parameters, from its source: V8 7.0 and later keep them nowhere else.
//!
//! Knows: how JavaScript writes parameters. Must not know: functions, scripts.

/// So many characters of a list of parameters are read.
const MOST_CHARACTERS: usize = 1 << 12;

/// The names of the parameters that the source `units` begins with: in parentheses, or one before an arrow. None for a
/// parameter that is a pattern, or has a name that is not plain ASCII; a rest parameter ends them. Absent where the source
/// does not begin so, or is too long.
pub fn names(units: &[u16]) -> Option<Vec<Option<String>>> {
    let text: String = units
        .iter()
        .take(MOST_CHARACTERS)
        .map(|&unit| u8::try_from(unit).ok().filter(u8::is_ascii).map_or('\u{fffd}', char::from))
        .collect();
    let mut rest = Source { rest: &text };
    rest.blanks();
    if !rest.rest.starts_with('(') {
        let name = rest.identifier()?;
        rest.blanks();
        return rest.rest.starts_with("=>").then(|| vec![Some(name.to_owned())]);
    }
    rest.rest = &rest.rest[1..];
    let mut names = Vec::new();
    loop {
        rest.blanks();
        if rest.rest.starts_with(')') || rest.rest.starts_with("...") {
            return Some(names);
        }
        let name = rest.identifier().map(str::to_owned);
        rest.blanks();
        let is_name = rest.rest.starts_with([',', ')', '=']);
        names.push(name.filter(|_| is_name));
        if rest.end()? == ')' {
            return Some(names);
        }
    }
}

/// What of a source is still to be read.
struct Source<'t> {
    rest: &'t str,
}

impl<'t> Source<'t> {
    /// Passes over blanks and comments.
    fn blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let comment = ["/*", "//"].into_iter().zip(["*/", "\n"]).find(|(begin, _)| self.rest.starts_with(begin));
            let Some((_, end)) = comment else { return };
            self.rest = self.rest[2..].split_once(end).map_or("", |(_, rest)| rest);
        }
    }

    fn identifier(&mut self) -> Option<&'t str> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let is_name = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
        is_name.then(|| {
            self.rest = rest;
            name
        })
    }

    /// Passes over all up to the comma or parenthesis that ends a parameter, and over that: which it is.
    fn end(&mut self) -> Option<char> {
        let mut depth = 0_usize;
        loop {
            self.blanks();
            let next = self.rest.chars().next()?;
            self.rest = &self.rest[next.len_utf8()..];
            match next {
                ',' | ')' if depth == 0 => return Some(next),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.checked_sub(1)?,
                '"' | '\'' | '`' => self.text(next)?,
                _ => {}
            }
        }
    }

    /// Passes over the rest of a string that `quote` ends.
    fn text(&mut self, quote: char) -> Option<()> {
        let mut characters = self.rest.char_indices();
        while let Some((at, c)) = characters.next() {
            if c == '\\' {
                characters.next();
            } else if c == quote {
                self.rest = &self.rest[at + c.len_utf8()..];
                return Some(());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(source: &str) -> Option<Vec<String>> {
        let units: Vec<u16> = source.encode_utf16().collect();
        let names = names(&units)?;
        Some(names.into_iter().map(|name| name.unwrap_or_else(|| "-".to_owned())).collect())
    }

    #[test]
    fn parameters_are_named_as_they_are_written() {
        let of = |source: &str| read(source).expect("parameters").join(" ");
        assert_eq!(of("(first, $second, _3) { return first; }"), "first $second _3");
        assert_eq!(of("() {}"), "");
        assert_eq!(of("( a /* one, of them) */ , // two\n b,) {}"), "a b");
        assert_eq!(of("(a = [1, 2].map((x) => x), b = 'it\\'s, )', { c, d }, [e], f, ...rest) {}"), "a b - - f");
        assert_eq!(of("n => n + 1"), "n");
        assert_eq!(of("(n, m) => n"), "n m");
        assert_eq!(of("(größe, b) {}"), "- b");
    }

    #[test]
    fn what_is_no_list_of_parameters_has_none() {
        for source in ["", "(a, b", "{ a }", "x + y", "(a]) {}", "(a = 'b) {}", "(a /* b) {}"] {
            assert_eq!(read(source), None, "{source}");
        }
    }

    proptest! {
        #[test]
        fn any_source_ends(source in "[(){}\\[\\],.'\"`=>/*a \\\\\n]{0,40}") {
            if let Some(names) = read(&source) {
                prop_assert!(names.len() <= source.len());
            }
        }
    }
}
