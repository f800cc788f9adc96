//! Commands: dcmds and their words, format verbs and their letters.
//!
//! Knows: where words end. Must not know: which dcmds there are.

use super::expression::expression;
use super::quote::double_quoted;
use super::{Parse, Trouble, What, blank, comment, fail, lexeme, name};
use crate::shell::syntax::{Command, Word};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, digit1, one_of, satisfy};
use nom::combinator::{cut, opt, recognize};
use nom::multi::many0;
use nom::sequence::{delimited, pair, preceded};
use nom::{Err, Parser};

pub(super) fn command(text: &str) -> Parse<'_, Command> {
    alt((named, assignment, write_or_match, format)).parse(text)
}

/// `::name`, `$c`, `:c`, `$<<`, `$<`, `$>` and their arguments; a lone `$` is `$?` and has none.
fn named(text: &str) -> Parse<'_, Command> {
    let letter = || satisfy(|c| c.is_ascii_alphabetic() || "?%@^_`".contains(c));
    let verb = recognize(alt((
        recognize(pair(tag("::"), name)),
        tag("$<<"),
        tag("$<"),
        tag("$>"),
        recognize(pair(one_of("$:"), letter())),
    )));
    match opt(lexeme(verb)).parse(text)? {
        (text, Some(verb)) => {
            let (text, words) = arguments(text)?;
            Ok((text, Command { verb: verb.to_owned(), words }))
        }
        (text, None) => {
            let (text, _) = lexeme(char('$')).parse(text)?;
            Ok((text, Command { verb: "$?".to_owned(), words: Vec::new() }))
        }
    }
}

/// `>name`, `>/c/name`.
fn assignment(text: &str) -> Parse<'_, Command> {
    let size = delimited(char('/'), satisfy(|c| c.is_ascii_alphanumeric()), char('/'));
    let (text, size) = lexeme(preceded(char('>'), opt(size))).parse(text)?;
    let (text, words) = arguments(text)?;
    let words = size.map(Word::Letter).into_iter().chain(words).collect();
    Ok((text, Command { verb: ">".to_owned(), words }))
}

/// `/W value`, `?L value mask`: a write or a search, which take words and not letters.
fn write_or_match(text: &str) -> Parse<'_, Command> {
    let (text, verb) = lexeme(one_of("/\\?")).parse(text)?;
    let (text, letter) = lexeme(one_of("vwWZlLM")).parse(text)?;
    let (text, words) = arguments(text)?;
    let words = std::iter::once(Word::Letter(letter)).chain(words).collect();
    Ok((text, Command { verb: verb.to_string(), words }))
}

/// `/`, `\`, `?`, `@` or `=` and a format list.
fn format(text: &str) -> Parse<'_, Command> {
    let (text, verb) = lexeme(one_of("/\\?@=")).parse(text)?;
    let (text, words) = many0(format_word).parse(text)?;
    Ok((text, Command { verb: verb.to_string(), words }))
}

fn format_word(text: &str) -> Parse<'_, Word> {
    if comment(text).is_ok() {
        return Err(Err::Error(Trouble { at: text, what: What::Unexpected }));
    }
    lexeme(alt((computed, repeat, string, letter))).parse(text)
}

/// A repeat number: decimal, whatever the radix.
fn repeat(text: &str) -> Parse<'_, Word> {
    let (text, digits) = digit1.parse(text)?;
    Ok((text, Word::Repeat(digits.parse().unwrap_or(u64::MAX))))
}

fn string(text: &str) -> Parse<'_, Word> {
    let (text, bytes) = double_quoted(text)?;
    Ok((text, Word::Text(String::from_utf8_lossy(&bytes).into_owned())))
}

fn letter(text: &str) -> Parse<'_, Word> {
    let (text, letter) = satisfy(simple).parse(text)?;
    Ok((text, Word::Letter(letter)))
}

/// A character of a bare word.
fn simple(c: char) -> bool {
    !" \t\n;!|\"'$".contains(c)
}

/// `$[ expression ]`.
fn computed(text: &str) -> Parse<'_, Word> {
    let (text, _) = lexeme(tag("$[")).parse(text)?;
    let (text, inner) = bracketed(cut(expression).parse(text))?;
    let (text, _) = bracketed(cut(char(']')).parse(text))?;
    Ok((text, Word::Computed(inner)))
}

/// Says "$[ unmatched" where the text ends before the bracket does.
fn bracketed<'t, T>(result: Parse<'t, T>) -> Parse<'t, T> {
    result.map_err(|e| {
        e.map(|trouble| match trouble {
            Trouble { at, what: What::Unexpected } if at.starts_with([';', '!', '\n']) && !at.starts_with("!=") => {
                Trouble { at, what: What::Unmatched("$[") }
            }
            other => other,
        })
    })
}

fn arguments(text: &str) -> Parse<'_, Vec<Word>> {
    let (mut text, _) = blank(text)?;
    let mut words = Vec::new();
    loop {
        if comment(text).is_ok() {
            return Ok((text, words));
        }
        if text.starts_with("$[") {
            let (after, word) = lexeme(computed).parse(text)?;
            words.push(word);
            text = after;
            continue;
        }
        match word(text)? {
            (after, Some((word, complete))) => {
                words.push(Word::Text(word));
                text = blank(after)?.0;
                if !complete {
                    return Ok((&text[text.find('\n').unwrap_or(text.len())..], words));
                }
            }
            (_, None) => return Ok((text, words)),
        }
    }
}

/// One word, and whether it is complete: a quote without its partner ends a word that has begun, and with it the
/// arguments.
fn word(text: &str) -> Parse<'_, Option<(String, bool)>> {
    let mut out = Vec::new();
    let mut at = text;
    loop {
        match at.chars().next() {
            Some('"') => {
                let (after, bytes) = double_quoted(at)?;
                out.extend_from_slice(&bytes);
                at = after;
            }
            Some('\'') => match at[1..].find(['\'', '\n']).filter(|&end| at[1 + end..].starts_with('\'')) {
                Some(end) => {
                    out.extend_from_slice(&at.as_bytes()[1..=end]);
                    at = &at[end + 2..];
                }
                None if at.len() == text.len() => return fail(at, What::Unmatched("'")),
                None => return Ok((at, Some((String::from_utf8_lossy(&out).into_owned(), false)))),
            },
            Some(c) if simple(c) => {
                let (after, run) = take_while1(simple).parse(at)?;
                out.extend_from_slice(run.as_bytes());
                at = after;
            }
            _ => break,
        }
    }
    let word = (at.len() != text.len()).then(|| (String::from_utf8_lossy(&out).into_owned(), true));
    Ok((at, word))
}
