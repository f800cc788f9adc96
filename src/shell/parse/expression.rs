//! Expressions: operators by their levels, operands, numbers.
//!
//! Knows: how text becomes an [`Expr`]. Must not know: values, commands.

use super::quote::unescape;
use super::{MAX_DEPTH, Parse, Trouble, What, blank, digit, fail, lexeme, name};
use crate::shell::syntax::{Binary, Expr, FetchSize, Unary};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1, one_of, satisfy};
use nom::combinator::{cut, opt, recognize, value};
use nom::sequence::{delimited, pair, preceded};
use nom::{Err, Parser};

/// The infix operators, level by level, the loosest first.
const LEVELS: [&[(&str, Binary)]; 7] = [
    &[("|", Binary::Or)],
    &[("^", Binary::Xor)],
    &[("&", Binary::And)],
    &[("==", Binary::Equal), ("!=", Binary::Unequal)],
    &[("<<", Binary::ShiftLeft), (">>", Binary::ShiftRight)],
    &[("+", Binary::Add), ("-", Binary::Subtract)],
    &[("*", Binary::Multiply), ("%", Binary::Divide), ("#", Binary::RoundUp)],
];

/// An expression and the blanks after it. Fails softly only at its first token.
pub(super) fn expression<'t>(text: &'t str) -> Parse<'t, Expr> {
    infix(text, 0, 0)
}

fn infix<'t>(text: &'t str, level: usize, depth: usize) -> Parse<'t, Expr> {
    let Some(operators) = LEVELS.get(level) else { return prefix(text, depth) };
    let (mut text, first) = infix(text, level + 1, depth)?;
    let mut rest = Vec::new();
    // A fetch looks like an operator and a slash.
    while let Some(&(sign, operator)) = operators.iter().find(|(sign, _)| text.starts_with(sign))
        && cast(text).is_err()
    {
        let (after, _) = blank(&text[sign.len()..])?;
        let (after, operand) = cut(|t| infix(t, level + 1, depth)).parse(after)?;
        rest.push((operator, operand));
        text = after;
    }
    let whole = if rest.is_empty() { first } else { Expr::Infix(Box::new(first), rest) };
    Ok((text, whole))
}

/// `*/S/` or `%/S/`: the sign and S.
fn cast(text: &str) -> Parse<'_, (char, char)> {
    pair(one_of("*%"), delimited(char('/'), satisfy(|c| c.is_ascii_alphanumeric()), char('/'))).parse(text)
}

fn prefix<'t>(text: &'t str, depth: usize) -> Parse<'t, Expr> {
    if depth > MAX_DEPTH {
        return fail(text, What::TooDeep);
    }
    let (after, operator) = match cast(text) {
        Ok((after, (sign, size))) => {
            let bytes = match size {
                '1' | 'c' => FetchSize::Bytes(1),
                '2' | 's' => FetchSize::Bytes(2),
                '4' | 'i' => FetchSize::Bytes(4),
                '8' => FetchSize::Bytes(8),
                'l' => FetchSize::Pointer,
                _ => return fail(after, What::BadCast(text[..text.len() - after.len()].to_owned())),
            };
            (after, Unary::Fetch { file: sign == '%', size: bytes })
        }
        Err(_) => {
            let sign = alt((
                value(Unary::Negate, char('-')),
                value(Unary::Complement, char('~')),
                value(Unary::Not, char('#')),
                value(Unary::Fetch { file: false, size: FetchSize::Pointer }, char('*')),
                value(Unary::Fetch { file: true, size: FetchSize::Pointer }, char('%')),
            ));
            match opt(sign).parse(text)? {
                (after, Some(operator)) => (after, operator),
                (_, None) => return operand(text, depth),
            }
        }
    };
    let (after, _) = blank(after)?;
    let (after, inner) = cut(|t| prefix(t, depth + 1)).parse(after)?;
    Ok((after, Expr::Unary(operator, Box::new(inner))))
}

fn operand<'t>(text: &'t str, depth: usize) -> Parse<'t, Expr> {
    let parenthesis = delimited(lexeme(char('(')), cut(|t| infix(t, 0, depth + 1)), cut(char(')')));
    lexeme(alt((
        number,
        symbol,
        variable,
        character,
        value(Expr::Next, char('+')),
        value(Expr::Previous, char('^')),
        value(Expr::DataAddress, char('&')),
        parenthesis,
    )))
    .parse(text)
}

fn number(text: &str) -> Parse<'_, Expr> {
    alt((float, prefixed, plain)).parse(text)
}

/// `0t1.5`.
fn float(text: &str) -> Parse<'_, Expr> {
    let (text, digits) = preceded(alt((tag("0t"), tag("0T"))), recognize((digit1, char('.'), digit1))).parse(text)?;
    match digits.parse() {
        Ok(number) => Ok((text, Expr::Float(number))),
        Err(_) => fail(text, What::Unexpected),
    }
}

/// `0x`, `0t`, `0o`, `0i` and digits of that radix; with none the value is 0.
fn prefixed(text: &str) -> Parse<'_, Expr> {
    let (text, letter) = preceded(char('0'), one_of("iIoOtTxX")).parse(text)?;
    let radix = match letter.to_ascii_lowercase() {
        'i' => 2,
        'o' => 8,
        't' => 10,
        _ => 16,
    };
    let (text, digits) = take_while(|c: char| c.is_digit(radix)).parse(text)?;
    let digits = if digits.is_empty() { "0" } else { digits };
    Ok((text, Expr::Digits { digits: digits.to_owned(), radix: Some(radix) }))
}

/// A run of hex digits that is not the beginning of a longer name.
fn plain(text: &str) -> Parse<'_, Expr> {
    let (rest, digits) = take_while1(|c: char| c.is_ascii_hexdigit()).parse(text)?;
    if let Ok((_, name)) = name(text)
        && name.len() > digits.len()
    {
        return Err(Err::Error(Trouble { at: text, what: What::Unexpected }));
    }
    Ok((rest, Expr::Digits { digits: digits.to_owned(), radix: None }))
}

fn symbol(text: &str) -> Parse<'_, Expr> {
    let (text, name) = name(text)?;
    Ok((text, if name == "." { Expr::Dot } else { Expr::Symbol(name.to_owned()) }))
}

/// `<name`, or `<` and one digit.
fn variable(text: &str) -> Parse<'_, Expr> {
    let (text, name) = preceded(char('<'), alt((name, recognize(digit())))).parse(text)?;
    Ok((text, Expr::Variable(name.to_owned())))
}

/// `'abcd'`: up to 8 bytes, the first one the most significant.
fn character(text: &str) -> Parse<'_, Expr> {
    let (body, _) = char('\'').parse(text)?;
    // A quote after a backslash may end the constant or not, and the longest reading wins.
    let mut end = None;
    for (at, c) in body.char_indices() {
        match c {
            '\n' => return fail(text, What::Unmatched("'")),
            '\'' => {
                end = Some(at);
                if !body[..at].ends_with('\\') {
                    break;
                }
            }
            _ => {}
        }
    }
    let Some(end) = end else { return Err(Err::Error(Trouble { at: text, what: What::Unexpected })) };
    let bytes = unescape(&body[..end]);
    if bytes.len() > 8 {
        return fail(&body[end + 1..], What::LongCharacter);
    }
    let packed = bytes.iter().fold(0, |sum: u64, &b| sum << 8 | u64::from(b));
    Ok((&body[end + 1..], Expr::Character(packed)))
}
