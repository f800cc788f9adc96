//! Expressions over an object's properties: the part of JavaScript that needs no program.
//!
//! Knows: how text becomes a [`query::Expr`](Expr), and at which column it does not. Must not know: values, commands.

use crate::heap::query::{Binary, Expr, Logical, Method, Pattern, Unary};
use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take_while, take_while1};
use nom::character::complete::{char, digit0, digit1, one_of};
use nom::combinator::{opt, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::{pair, preceded};
use nom::{Err, IResult, Parser};
use std::cell::Cell;

/// Text that is no expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryError {
    /// Where it shows, in bytes.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

/// Where text is not as it must be, and how.
#[derive(Debug)]
struct Wrong<'t> {
    at: &'t str,
    message: String,
}

impl<'t> ParseError<&'t str> for Wrong<'t> {
    fn from_error_kind(at: &'t str, _: ErrorKind) -> Self {
        Wrong { at, message: "a value is expected".to_owned() }
    }

    fn append(_: &'t str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

type Parse<'t, T> = IResult<&'t str, T, Wrong<'t>>;

fn wrong<'t, T>(at: &'t str, message: impl Into<String>) -> Parse<'t, T> {
    Err(Err::Failure(Wrong { at, message: message.into() }))
}

/// Of how many operators, names and values an expression may be made: computing it recurses.
const MOST_PARTS: u32 = 500;
/// How deeply parentheses, prefixes and conditions may nest.
const MOST_NESTED: u32 = 64;

/// Operators of two values and the words among them, level by level, the loosest first; of those that begin alike, the
/// longer first.
const LEVELS: [&[(&str, Infix)]; 6] = [
    &[("??", Infix::Logical(Logical::Coalesce)), ("||", Infix::Logical(Logical::Or))],
    &[("&&", Infix::Logical(Logical::And))],
    &[
        ("===", Infix::Binary(Binary::Same)),
        ("!==", Infix::Binary(Binary::NotSame)),
        ("==", Infix::Binary(Binary::Equal)),
        ("!=", Infix::Binary(Binary::Unequal)),
    ],
    &[
        ("<=", Infix::Binary(Binary::LessOrEqual)),
        (">=", Infix::Binary(Binary::GreaterOrEqual)),
        ("<", Infix::Binary(Binary::Less)),
        (">", Infix::Binary(Binary::Greater)),
        ("instanceof", Infix::Instance),
        ("in", Infix::Binary(Binary::In)),
    ],
    &[("+", Infix::Binary(Binary::Add)), ("-", Infix::Binary(Binary::Subtract))],
    &[
        ("*", Infix::Binary(Binary::Multiply)),
        ("/", Infix::Binary(Binary::Divide)),
        ("%", Infix::Binary(Binary::Remainder)),
    ],
];

/// What stands between two values.
#[derive(Clone, Copy)]
enum Infix {
    Binary(Binary),
    Logical(Logical),
    /// `instanceof`, after which a name stands.
    Instance,
}

/// Reads the expression that is all of `text`.
///
/// # Errors
/// Where it is none, and why.
pub fn query(text: &str) -> Result<Expr, QueryError> {
    let reader = Reader { left: Cell::new(MOST_PARTS), depth: Cell::new(0) };
    let read = blank(text).and_then(|(rest, _)| reader.conditional(rest));
    let wrong = match read {
        Ok(("", expr)) => return Ok(expr),
        Ok((at, _)) => Wrong { at, message: after(at).to_owned() },
        Err(Err::Error(wrong) | Err::Failure(wrong)) => wrong,
        Err(Err::Incomplete(_)) => Wrong { at: "", message: "the expression is not complete".to_owned() },
    };
    Err(QueryError { at: text.len() - wrong.at.len(), message: wrong.message })
}

/// What is wrong with `text`, which goes on after a value.
fn after(text: &str) -> &'static str {
    match text.as_bytes() {
        [b'=', ..] => "= would assign: == and === compare",
        [b'&' | b'|' | b'^' | b'<' | b'>' | b'~', ..] => {
            "there are no operators on bits: && and || are meant for conditions"
        }
        [b'(', ..] => "nothing can be called but /pattern/.test, startsWith, endsWith and includes",
        [b')' | b']', ..] => "nothing was opened that this could close",
        _ => "an operator is expected",
    }
}

/// Counts what it reads.
struct Reader {
    left: Cell<u32>,
    depth: Cell<u32>,
}

impl Reader {
    /// One part more, at `at`.
    fn count<'t>(&self, at: &'t str) -> Parse<'t, ()> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok((at, ()))
            }
            None => wrong(at, format!("an expression may have {MOST_PARTS} parts")),
        }
    }

    /// What `read` reads at `at`, a level deeper.
    fn nested<'t>(&self, at: &'t str, read: impl FnOnce() -> Parse<'t, Expr>) -> Parse<'t, Expr> {
        if self.depth.get() == MOST_NESTED {
            return wrong(at, format!("an expression may nest {MOST_NESTED} levels deep"));
        }
        self.depth.set(self.depth.get() + 1);
        let found = read();
        self.depth.set(self.depth.get() - 1);
        found
    }

    /// `condition ? yes : no`, or less.
    fn conditional<'t>(&self, text: &'t str) -> Parse<'t, Expr> {
        self.nested(text, || self.condition_and_branches(text))
    }

    fn condition_and_branches<'t>(&self, text: &'t str) -> Parse<'t, Expr> {
        let (rest, condition) = self.infix(text, 0)?;
        let Some(rest) = rest.strip_prefix('?') else { return Ok((rest, condition)) };
        self.count(rest)?;
        let (rest, yes) = self.conditional(blank(rest)?.0)?;
        let Some(rest) = rest.strip_prefix(':') else { return wrong(rest, "a colon is expected, which ? asks for") };
        let (rest, no) = self.conditional(blank(rest)?.0)?;
        Ok((rest, Expr::Conditional(Box::new(condition), Box::new(yes), Box::new(no))))
    }

    fn infix<'t>(&self, text: &'t str, level: usize) -> Parse<'t, Expr> {
        let Some(operators) = LEVELS.get(level) else { return self.prefix(text) };
        let (mut rest, mut left) = self.infix(text, level + 1)?;
        while let Some((after, operator)) = operators.iter().find_map(|&(sign, op)| Some((sign_of(rest, sign)?, op))) {
            self.count(rest)?;
            let (after, _) = blank(after)?;
            let boxed = Box::new(left);
            (rest, left) = match operator {
                Infix::Binary(operator) => {
                    let (rest, right) = self.infix(after, level + 1)?;
                    (rest, Expr::Binary(operator, boxed, Box::new(right)))
                }
                Infix::Logical(operator) => {
                    let (rest, right) = self.infix(after, level + 1)?;
                    (rest, Expr::Logical(operator, boxed, Box::new(right)))
                }
                Infix::Instance => match name(after) {
                    Ok((rest, name)) => (rest, Expr::Instance(boxed, name.to_owned())),
                    Err(_) => return wrong(after, "the name of a constructor is expected"),
                },
            };
        }
        Ok((rest, left))
    }

    fn prefix<'t>(&self, text: &'t str) -> Parse<'t, Expr> {
        const OPERATORS: [(&str, Unary); 4] =
            [("!", Unary::Not), ("-", Unary::Negate), ("+", Unary::Number), ("typeof", Unary::TypeOf)];
        let found = OPERATORS.iter().find_map(|&(sign, op)| Some((sign_of(text, sign)?, op)));
        let Some((rest, operator)) = found else { return self.postfix(text) };
        self.count(text)?;
        let (rest, _) = blank(rest)?;
        let (rest, of) = self.nested(rest, || self.prefix(rest))?;
        Ok((rest, Expr::Unary(operator, Box::new(of))))
    }

    /// A value and what follows it at once: members, elements, calls.
    fn postfix<'t>(&self, text: &'t str) -> Parse<'t, Expr> {
        let (mut rest, mut of) = self.operand(text)?;
        loop {
            let at = rest;
            // A member of what is undefined is undefined with or without the question mark.
            let member = rest.strip_prefix("?.").filter(|r| !r.starts_with(|c: char| c.is_ascii_digit()));
            let is_optional = member.is_some();
            if let Some(inside) = member.unwrap_or(rest).strip_prefix('[') {
                self.count(at)?;
                let (after, key) = self.conditional(blank(inside)?.0)?;
                let Some(after) = after.strip_prefix(']') else { return wrong(after, "] is expected") };
                rest = blank(after)?.0;
                of = Expr::Index(Box::new(of), Box::new(key));
            } else if let Some(after) = member.or_else(|| rest.strip_prefix('.')) {
                self.count(at)?;
                let (after, _) = blank(after)?;
                let Ok((end, name)) = name(after) else { return wrong(after, "the name of a property is expected") };
                (rest, of) = match end.strip_prefix('(') {
                    Some(inside) => self.call(after, name, inside, of)?,
                    None => (end, Expr::Member(Box::new(of), name.to_owned())),
                };
            } else if is_optional {
                return wrong(at, "the name of a property is expected");
            } else {
                return Ok((rest, of));
            }
        }
    }

    /// `of.name(argument)`, of which `name` is at `at` and `inside` is what follows the parenthesis.
    fn call<'t>(&self, at: &'t str, name: &str, inside: &'t str, of: Expr) -> Parse<'t, Expr> {
        let method = match name {
            "startsWith" => Method::StartsWith,
            "endsWith" => Method::EndsWith,
            "includes" => Method::Includes,
            _ => return wrong(at, after("(")),
        };
        let (rest, argument) = self.argument(inside)?;
        Ok((rest, Expr::Method(method, Box::new(of), Box::new(argument))))
    }

    /// The one argument of a call, and the parenthesis after it.
    fn argument<'t>(&self, inside: &'t str) -> Parse<'t, Expr> {
        let (rest, argument) = self.conditional(blank(inside)?.0)?;
        match rest.strip_prefix(')') {
            Some(rest) => Ok((blank(rest)?.0, argument)),
            None => wrong(rest, ") is expected"),
        }
    }

    fn operand<'t>(&self, text: &'t str) -> Parse<'t, Expr> {
        self.count(text)?;
        if let Some(inside) = text.strip_prefix('(') {
            return self.argument(inside);
        }
        if text.starts_with('/') {
            return self.test(text);
        }
        if text.starts_with(['"', '\'']) {
            return quoted(text);
        }
        let (rest, value) = alt((number, word)).parse(text)?;
        Ok((blank(rest)?.0, value))
    }

    /// `/pattern/flags.test(text)`
    fn test<'t>(&self, text: &'t str) -> Parse<'t, Expr> {
        let Some((source, rest)) = pattern(text) else { return wrong(text, "the regular expression does not end") };
        let (rest, flags) = take_while(|c: char| c.is_ascii_alphabetic()).parse(rest)?;
        let pattern = match Pattern::new(source, flags) {
            Ok(pattern) => pattern,
            Err(message) => return wrong(text, message),
        };
        let Some(inside) = rest.strip_prefix(".test(") else {
            return wrong(rest, "a regular expression can be asked for .test( ) alone");
        };
        let (rest, of) = self.argument(inside)?;
        Ok((rest, Expr::Test(pattern, Box::new(of))))
    }
}

/// What follows the operator `sign` at the beginning of `text`, if it stands there; a word must end there.
fn sign_of<'t>(text: &'t str, sign: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(sign)?;
    let is_word = sign.starts_with(|c: char| c.is_ascii_alphabetic());
    // `<<` is no `<`.
    let goes_on = if is_word { rest.starts_with(is_in_name) } else { "<>".contains(sign) && rest.starts_with(sign) };
    (!goes_on).then_some(rest)
}

fn blank(text: &str) -> Parse<'_, &str> {
    take_while(|c: char| c.is_whitespace()).parse(text)
}

/// Whether `c` may stand in a name after its first character.
fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// `name`, `$name`, `#name`, and the blanks after it.
fn name(text: &str) -> Parse<'_, &str> {
    let private = opt(char('#'));
    let (rest, name) = recognize(pair(private, take_while1(is_in_name))).parse(text)?;
    if name.trim_start_matches('#').starts_with(char::is_numeric) {
        return Err(Err::Error(Wrong::from_error_kind(text, ErrorKind::Verify)));
    }
    Ok((blank(rest)?.0, name))
}

/// A name, or one of the words that are values.
fn word(text: &str) -> Parse<'_, Expr> {
    let (rest, name) = name(text)?;
    let value = match name {
        "this" => Expr::This,
        "null" => Expr::Null,
        "undefined" => Expr::Undefined,
        "true" => Expr::Bool(true),
        "false" => Expr::Bool(false),
        "NaN" => Expr::Number(f64::NAN),
        "Infinity" => Expr::Number(f64::INFINITY),
        "in" | "instanceof" | "typeof" => return wrong(text, "a value is expected"),
        _ => Expr::Name(name.to_owned()),
    };
    Ok((rest, value))
}

/// `1`, `1.5e3`, `.5`, `0x1f`
fn number(text: &str) -> Parse<'_, Expr> {
    let hex = preceded(tag_no_case("0x"), take_while1(|c: char| c.is_ascii_hexdigit()));
    let exponent = |t| recognize((one_of("eE"), opt(one_of("+-")), digit1)).parse(t);
    let decimal = alt((
        recognize((digit1, opt((char('.'), digit0)), opt(exponent))),
        recognize((char('.'), digit1, opt(exponent))),
    ));
    let (rest, value) = match opt(hex).parse(text)? {
        (rest, Some(digits)) => (rest, u64::from_str_radix(digits, 16).ok().map(|n| n as f64)),
        (_, None) => {
            let mut decimal = decimal;
            let (rest, digits): (&str, &str) = decimal.parse(text)?;
            (rest, digits.parse().ok())
        }
    };
    match value {
        Some(value) if !rest.starts_with(is_in_name) => Ok((rest, Expr::Number(value))),
        _ => wrong(text, "this is no number"),
    }
}

/// The source of the regular expression that `text` begins with, and what follows its second slash.
fn pattern(text: &str) -> Option<(&str, &str)> {
    let body = text.strip_prefix('/')?;
    let (mut escaped, mut in_class) = (false, false);
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return Some((&body[..at], &body[at + 1..])),
            _ => {}
        }
    }
    None
}

/// `"text"` or `'text'`, with JavaScript's escapes.
fn quoted(text: &str) -> Parse<'_, Expr> {
    let (body, quote) = one_of("\"'").parse(text)?;
    let mut units = Vec::new();
    let mut rest = body;
    loop {
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { return wrong(text, "the text does not end") };
        let at = rest;
        rest = chars.as_str();
        match c {
            '\\' => {
                let Some((unit, after)) = escaped(rest) else {
                    return wrong(at, "this escape is none of JavaScript's");
                };
                rest = after;
                units.extend_from_slice(&unit);
            }
            c if c == quote => return Ok((blank(rest)?.0, Expr::Text(units))),
            c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
}

/// The code units that an escape stands for, of which `text` is what follows the backslash; and what follows it.
fn escaped(text: &str) -> Option<(Vec<u16>, &str)> {
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let fixed =
        |digits: usize| Some((vec![u16::try_from(code(text.get(1..=digits)?)?).ok()?], text.get(digits + 1..)?));
    let mut chars = text.chars();
    let c = chars.next()?;
    let unit = match c {
        'x' => return fixed(2),
        'u' if text[1..].starts_with('{') => {
            let (digits, rest) = text[2..].split_once('}')?;
            let c = char::from_u32(code(digits)?)?;
            return Some((c.encode_utf16(&mut [0; 2]).to_vec(), rest));
        }
        'u' => return fixed(4),
        'n' => 0x0a,
        't' => 0x09,
        'r' => 0x0d,
        'b' => 0x08,
        'f' => 0x0c,
        'v' => 0x0b,
        '0' if !chars.as_str().starts_with(|c: char| c.is_ascii_digit()) => 0,
        c if c.is_ascii_digit() => return None,
        c => return Some((c.encode_utf16(&mut [0; 2]).to_vec(), chars.as_str())),
    };
    Some((vec![unit], chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `text` as it was understood: every operation in parentheses.
    fn shown(expr: &Expr) -> String {
        match expr {
            Expr::Number(n) => n.to_string(),
            Expr::Text(units) => format!("{:?}", String::from_utf16_lossy(units)),
            Expr::Bool(b) => b.to_string(),
            Expr::Null => "null".to_owned(),
            Expr::Undefined => "undefined".to_owned(),
            Expr::This => "this".to_owned(),
            Expr::Name(name) => name.clone(),
            Expr::Member(of, name) => format!("{}.{name}", shown(of)),
            Expr::Index(of, key) => format!("{}[{}]", shown(of), shown(key)),
            Expr::Unary(op, of) => format!("({op:?} {})", shown(of)),
            Expr::Binary(op, a, b) => format!("({} {op:?} {})", shown(a), shown(b)),
            Expr::Logical(op, a, b) => format!("({} {op:?} {})", shown(a), shown(b)),
            Expr::Conditional(c, a, b) => format!("({} ? {} : {})", shown(c), shown(a), shown(b)),
            Expr::Instance(of, name) => format!("({} instanceof {name})", shown(of)),
            Expr::Test(_, of) => format!("test({})", shown(of)),
            Expr::Method(method, of, argument) => format!("{}.{method:?}({})", shown(of), shown(argument)),
        }
    }

    fn read(text: &str) -> String {
        shown(&query(text).unwrap_or_else(|e| panic!("{text}: {e:?}")))
    }

    #[test]
    fn operators_bind_as_in_javascript() {
        let read_as = [
            ("a||b&&c", "(a Or (b And c))"),
            ("a && b == c", "(a And (b Equal c))"),
            ("a == b < c", "(a Equal (b Less c))"),
            ("a<b+c", "(a Less (b Add c))"),
            ("a+b*c", "(a Add (b Multiply c))"),
            ("a - b - c", "((a Subtract b) Subtract c)"),
            ("(a-b)*c", "((a Subtract b) Multiply c)"),
            ("!a.b", "(Not a.b)"),
            ("!(a)", "(Not a)"),
            ("-a.b[0]", "(Negate a.b[0])"),
            ("typeof a === 'string'", "((TypeOf a) Same \"string\")"),
            ("typeofa", "typeofa"),
            ("a ?? b", "(a Coalesce b)"),
            ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
            ("a?.b?.[0]", "a.b[0]"),
            ("a?.5:1", "(a ? 0.5 : 1)"),
            ("'x' in a", "(\"x\" In a)"),
            ("index", "index"),
            ("a instanceof Foo && b", "((a instanceof Foo) And b)"),
            ("a !== b", "(a NotSame b)"),
            ("a>=b", "(a GreaterOrEqual b)"),
            ("/a/.test(b)", "test(b)"),
            ("/[/]/i.test(b) && c", "(test(b) And c)"),
            ("a / b / c", "((a Divide b) Divide c)"),
            ("a.startsWith(\"x\" + b)", "a.StartsWith((\"x\" Add b))"),
            ("a [ 'b c' ] . d", "a[\"b c\"].d"),
            ("this.#secret", "this.#secret"),
            ("0x1F + 1.5e2 + .5", "((31 Add 150) Add 0.5)"),
            (r#"'\x41\u0042\u{43}\n\'"'"#, "\"ABC\\n'\\\"\""),
            ("_handle.fd", "_handle.fd"),
            ("$x", "$x"),
        ];
        for (text, expected) in read_as {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_bad_expression_is_told_with_its_place() {
        let wrong = [
            ("", 0, "a value is expected"),
            ("a &&", 4, "a value is expected"),
            ("a && && b", 5, "a value is expected"),
            ("a = b", 2, "= would assign: == and === compare"),
            ("a b", 2, "an operator is expected"),
            ("a)", 1, "nothing was opened that this could close"),
            ("(a", 2, ") is expected"),
            ("a[1", 3, "] is expected"),
            ("a.", 2, "the name of a property is expected"),
            ("a & b", 2, "there are no operators on bits: && and || are meant for conditions"),
            ("a << 2", 2, "there are no operators on bits: && and || are meant for conditions"),
            ("f(x)", 1, "nothing can be called but /pattern/.test, startsWith, endsWith and includes"),
            ("a.slice(1)", 2, "nothing can be called but /pattern/.test, startsWith, endsWith and includes"),
            ("'abc", 0, "the text does not end"),
            ("/abc", 0, "the regular expression does not end"),
            ("/a/.exec(b)", 3, "a regular expression can be asked for .test( ) alone"),
            ("a ? b", 5, "a colon is expected, which ? asks for"),
            ("a instanceof 5", 13, "the name of a constructor is expected"),
            ("12px", 0, "this is no number"),
            (r"'\u12'", 1, "this escape is none of JavaScript's"),
        ];
        for (text, at, message) in wrong {
            let error = query(text).expect_err(text);
            assert_eq!((error.at, error.message.as_str()), (at, message), "{text}");
        }
        assert_eq!(query("x || /(/.test(a)").expect_err("no regular expression").at, 5);
    }

    #[test]
    fn an_expression_is_neither_too_long_nor_too_deep() {
        let too = |part: &str, message: &str| {
            let error = query(&part.repeat(10_000)).expect_err("too many");
            assert_eq!(error.message, message, "{part}");
        };
        too("a+", "an expression may have 500 parts");
        for part in ["(", "!", "a[", "a?", "-", "a?b:", "/a/.test("] {
            too(part, "an expression may nest 64 levels deep");
        }
        assert!(query(&format!("{}a", "a+".repeat(240))).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_told_within_it(text in "[ a-c.0-9()'\"/&|!<>=+*%?:\\[\\]\\\\é-]{0,40}") {
            if let Err(error) = query(&text) {
                prop_assert!(text.is_char_boundary(error.at));
            }
        }
    }
}
