//! The grammar of the command language, and of expressions over properties. The only folder that names nom.
//!
//! Knows: how text becomes a [`Statement`]. Must not know: what any name or number means.
//!
//! The lexical rules depend on what came before (an argument list splits words where an expression sees operators),
//! so there is no token stream: every rule reads the text itself.

mod command;
mod expression;
mod query;
mod quote;
#[cfg(test)]
mod tests;

pub use query::{QueryError, query};
pub use quote::unescape;

use super::syntax::{Run, Statement};
use command::command;
use expression::expression;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{anychar, char, one_of, satisfy};
use nom::combinator::{cut, opt, recognize, value};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::{pair, preceded, terminated};
use nom::{Err, IResult, Parser};

/// How deeply parentheses and prefix operators may nest.
const MAX_DEPTH: usize = 256;

/// The first statement of a line.
#[derive(Debug)]
pub struct Parsed<'t> {
    /// The statement; after an error, what was read before it.
    pub statement: Statement,
    /// Why the statement cannot be run.
    pub error: Option<SyntaxError>,
    /// The text after the statement's terminator; after an error, where reading may go on.
    pub rest: &'t str,
}

/// Text that is no statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// The token at which it shows; absent in messages that carry no location.
    pub near: Option<String>,
    /// Whether that token ends the line: mdb then drops the next line too.
    pub ate_newline: bool,
}

/// A parse error of nom: where, and what if not just "unexpected".
#[derive(Debug)]
struct Trouble<'t> {
    at: &'t str,
    what: What,
}

#[derive(Debug)]
enum What {
    Unexpected,
    Unmatched(&'static str),
    LongCharacter,
    BadCast(String),
    TooDeep,
}

impl<'t> ParseError<&'t str> for Trouble<'t> {
    fn from_error_kind(at: &'t str, _: ErrorKind) -> Self {
        Trouble { at, what: What::Unexpected }
    }

    fn append(_: &'t str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

type Parse<'t, T> = IResult<&'t str, T, Trouble<'t>>;

fn fail<'t, T>(at: &'t str, what: What) -> Parse<'t, T> {
    Err(Err::Failure(Trouble { at, what }))
}

/// Reads one statement of `line`, which ends with a newline.
pub fn statement(line: &str) -> Parsed<'_> {
    let mut run = Run::default();
    match statement_into(line, &mut run) {
        Ok((rest, shell)) => {
            let statement = match shell {
                Some(text) => Statement::Shell(text),
                None if run == Run::default() => Statement::Empty,
                None => Statement::Run(run),
            };
            Parsed { statement, error: None, rest }
        }
        Err(Err::Error(trouble) | Err::Failure(trouble)) => {
            let (error, rest) = describe(trouble);
            Parsed { statement: Statement::Run(run), error: Some(error), rest }
        }
        Err(Err::Incomplete(_)) => Parsed { statement: Statement::Empty, error: None, rest: "" },
    }
}

/// Reads a statement into `run`, so that what precedes an error is kept; a bare `! text` is returned.
fn statement_into<'t>(line: &'t str, run: &mut Run) -> Parse<'t, Option<String>> {
    let (text, _) = blank(line)?;
    if text.starts_with('!') && !text.starts_with("!=") {
        let (text, shell) = shell_text(text)?;
        let (text, ()) = terminator(text)?;
        return Ok((text, Some(shell)));
    }
    let (text, addr) = opt(expression).parse(text)?;
    run.addr = addr;
    let (text, comma) = opt(lexeme(char(','))).parse(text)?;
    let mut text = text;
    if comma.is_some() {
        let (after, count) = cut(expression).parse(text)?;
        run.count = Some(count);
        text = after;
    }
    if comment(text).is_err()
        && let (after, Some(first)) = opt(command).parse(text)?
    {
        run.commands.push(first);
        text = after;
        while let (after, Some(_)) = opt(lexeme(char('|'))).parse(text)? {
            let (after, next) = cut(command).parse(after)?;
            run.commands.push(next);
            text = after;
        }
    }
    if (run.count.is_some() || !run.commands.is_empty()) && text.starts_with('!') {
        let (after, shell) = shell_text(text)?;
        run.shell = Some(shell);
        text = after;
    }
    let (text, ()) = terminator(text)?;
    Ok((text, None))
}

/// The message for `trouble`, and the text after the next `;` or newline.
fn describe(trouble: Trouble<'_>) -> (SyntaxError, &str) {
    let token = match &trouble.what {
        What::Unmatched("$[") => &trouble.at[..trouble.at.chars().next().map_or(0, char::len_utf8)],
        What::Unmatched(_) => trouble.at.lines().next().unwrap_or_default(),
        _ => token(trouble.at),
    };
    let after = &trouble.at[token.len()..];
    let rest = after.find([';', '\n']).map_or("", |end| &after[end + 1..]);
    let ate_newline = token.ends_with('\n');
    let (message, located) = match trouble.what {
        What::Unexpected => ("syntax error".to_owned(), true),
        What::Unmatched(what) => (format!("syntax error: {what} unmatched"), true),
        What::LongCharacter => ("character constant may not exceed 8 bytes".to_owned(), false),
        What::BadCast(cast) => (format!("invalid cast -- {cast}"), false),
        What::TooDeep => (format!("expression nests deeper than {MAX_DEPTH}"), false),
    };
    (SyntaxError { message, near: located.then(|| token.to_owned()), ate_newline }, rest)
}

/// The token at the start of `text`, as an error message quotes it; the empty text at the end.
fn token(text: &str) -> &str {
    let symbol = alt((recognize(pair(tag("::"), name)), recognize(pair(char('<'), alt((name, recognize(digit())))))));
    let mut any = alt((
        comment,
        symbol,
        name,
        take_while1(|c: char| c.is_ascii_hexdigit()),
        recognize(alt((tag("<<"), tag(">>"), tag("=="), tag("!=")))),
        recognize(anychar::<&str, Trouble<'_>>),
    ));
    any.parse(text).map_or("", |(_, token)| token)
}

fn blank(text: &str) -> Parse<'_, &str> {
    take_while(|c| c == ' ' || c == '\t').parse(text)
}

/// `inner`, then blanks.
fn lexeme<'t, T>(
    inner: impl Parser<&'t str, Output = T, Error = Trouble<'t>>,
) -> impl Parser<&'t str, Output = T, Error = Trouble<'t>> {
    terminated(inner, blank)
}

/// `//` and what follows, with its newline.
fn comment(text: &str) -> Parse<'_, &str> {
    recognize((tag("//"), take_while(|c| c != '\n'), char('\n'))).parse(text)
}

/// The end of a statement: a newline, `;`, or a comment, which counts as its newline.
fn terminator(text: &str) -> Parse<'_, ()> {
    value((), alt((recognize(one_of(";\n")), comment))).parse(text)
}

/// `! text`, without the `!`: everything up to `;` or the newline.
fn shell_text(text: &str) -> Parse<'_, String> {
    let (text, text_of_shell) = preceded(char('!'), cut(take_while1(|c| c != ';' && c != '\n'))).parse(text)?;
    Ok((text, text_of_shell.to_owned()))
}

fn digit<'t>() -> impl Parser<&'t str, Output = char, Error = Trouble<'t>> {
    satisfy(|c| c.is_ascii_digit())
}

/// A symbol's name: a letter, `_` or `.`, then also digits and backquotes.
fn name(text: &str) -> Parse<'_, &str> {
    recognize(pair(
        satisfy(|c| c.is_ascii_alphabetic() || c == '_' || c == '.'),
        take_while(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '`'),
    ))
    .parse(text)
}
