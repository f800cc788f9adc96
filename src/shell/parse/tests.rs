//! The grammar on examples, and on whatever comes.

use super::*;
use crate::shell::syntax::{Binary, Expr, Unary, Word};
use proptest::prelude::*;

fn parsed(line: &str) -> Run {
    let parsed = statement(line);
    assert_eq!(parsed.error, None, "{line}");
    match parsed.statement {
        Statement::Run(run) => run,
        other => panic!("{line} is {other:?}"),
    }
}

/// The message for `line`, the token it names, and what is read next.
fn refused(line: &str) -> (String, Option<String>, &str) {
    let parsed = statement(line);
    let error = parsed.error.unwrap_or_else(|| panic!("{line:?} was taken: {:?}", parsed.statement));
    (error.message, error.near, parsed.rest)
}

fn address(line: &str) -> Expr {
    parsed(line).addr.unwrap_or_else(|| panic!("{line} has no address"))
}

fn digits(digits: &str) -> Expr {
    Expr::Digits { digits: digits.to_owned(), radix: None }
}

fn words(line: &str) -> Vec<Word> {
    parsed(line).commands.remove(0).words
}

fn text(text: &str) -> Word {
    Word::Text(text.to_owned())
}

#[test]
fn operators_bind_as_in_mdb() {
    assert_eq!(
        address("1+2*3\n"),
        Expr::Infix(
            Box::new(digits("1")),
            vec![(Binary::Add, Expr::Infix(Box::new(digits("2")), vec![(Binary::Multiply, digits("3"))]))]
        )
    );
    assert_eq!(
        address("8-4-2\n"),
        Expr::Infix(Box::new(digits("8")), vec![(Binary::Subtract, digits("4")), (Binary::Subtract, digits("2"))])
    );
    // A fetch binds tighter than any infix operator.
    let Expr::Infix(first, _) = address("*a_b+8\n") else { panic!("a sum") };
    assert!(matches!(*first, Expr::Unary(Unary::Fetch { file: false, .. }, _)));
    // `+` alone is dot and the increment.
    assert_eq!(address("++4\n"), Expr::Infix(Box::new(Expr::Next), vec![(Binary::Add, digits("4"))]));
    assert_eq!(
        address("5##0\n"),
        Expr::Infix(Box::new(digits("5")), vec![(Binary::RoundUp, Expr::Unary(Unary::Not, Box::new(digits("0"))))])
    );
}

#[test]
fn numbers_and_names_are_told_apart() {
    assert_eq!(address("0t10\n"), Expr::Digits { digits: "10".to_owned(), radix: Some(10) });
    assert_eq!(address("0x\n"), Expr::Digits { digits: "0".to_owned(), radix: Some(16) });
    assert_eq!(address("0t0.25\n"), Expr::Float(0.25));
    assert_eq!(address("dead\n"), digits("dead"));
    assert_eq!(address("deadly\n"), Expr::Symbol("deadly".to_owned()));
    assert_eq!(address("a.out`main\n"), Expr::Symbol("a.out`main".to_owned()));
    assert_eq!(address(".\n"), Expr::Dot);
    assert_eq!(address("'ab'\n"), Expr::Character(0x6162));
    assert_eq!(address("'\\101\\n'\n"), Expr::Character(0x410a));
    assert_eq!(address("<7\n"), Expr::Variable("7".to_owned()));
}

#[test]
fn words_split_as_in_mdb() {
    assert_eq!(words("::echo a 'b c' \"d\\te\" x'y'\"z\"\n"), [text("a"), text("b c"), text("d\te"), text("xyz")]);
    assert_eq!(words("::echo http://foo // gone\n"), [text("http://foo")]);
    assert_eq!(words("::echo a$[1]b\n"), [text("a"), Word::Computed(digits("1")), text("b")]);
    assert_eq!(words("::echo a\\;b\n"), [text("a\\")]);
    assert_eq!(words("::echo it's\n"), [text("it")]);
    assert_eq!(words("1/4D\"x\"n\n"), [Word::Repeat(4), Word::Letter('D'), text("x"), Word::Letter('n')]);
    assert_eq!(words("1/ W 5\n"), [Word::Letter('W'), text("5")]);
    assert_eq!(words("1=W\n"), [Word::Letter('W')]);
    assert_eq!(words("5>/c/x\n"), [Word::Letter('c'), text("x")]);
}

#[test]
fn statements_have_their_shapes() {
    let run = parsed("5,3::walk x v | ::map . ! sort | uniq\n");
    assert_eq!((run.addr, run.count), (Some(digits("5")), Some(digits("3"))));
    assert_eq!(run.commands.iter().map(|c| c.verb.as_str()).collect::<Vec<_>>(), ["::walk", "::map"]);
    assert_eq!(run.shell.as_deref(), Some(" sort | uniq"));
    assert_eq!(parsed("$<<file\n").commands[0].verb, "$<<");
    assert_eq!(parsed("$\n").commands[0].verb, "$?");
    assert_eq!(statement("! ls; 1=D\n").statement, Statement::Shell(" ls".to_owned()));
    assert_eq!(statement("! ls; 1=D\n").rest, " 1=D\n");
    assert_eq!(statement("// a comment\n").statement, Statement::Empty);
    assert_eq!(statement(" ; 2=D\n").rest, " 2=D\n");
}

#[test]
fn errors_name_their_token_and_where_to_go_on() {
    assert_eq!(refused("1 2; 3\n"), ("syntax error".to_owned(), Some("2".to_owned()), " 3\n"));
    assert_eq!(refused("1+\n").1.as_deref(), Some("\n"));
    assert_eq!(refused("1+//2\n").1.as_deref(), Some("//2\n"));
    assert_eq!(refused("1::2\n").1.as_deref(), Some(":"));
    assert_eq!(refused("::echo \"abc\n").0, "syntax error: \" unmatched");
    assert_eq!(refused("'abc\n").0, "syntax error: ' unmatched");
    assert_eq!(refused("::echo $[1;2\n"), ("syntax error: $[ unmatched".to_owned(), Some(";".to_owned()), ""));
    assert_eq!(refused("*/3/0\n").0, "invalid cast -- */3/");
    assert_eq!(refused("a*/4/b\n").1.as_deref(), Some("*"));
    assert_eq!(refused("'123456789'=X\n").1, None);
    assert_eq!(refused("::map . || ::map .\n").1.as_deref(), Some("|"));
    assert!(statement("!\n").error.is_some_and(|e| e.ate_newline));
}

#[test]
fn what_precedes_an_error_is_kept() {
    let parsed = statement("5::nosuch $x\n");
    assert!(parsed.error.is_some());
    let Statement::Run(run) = parsed.statement else { panic!("a run") };
    assert_eq!(run.addr, Some(digits("5")));
    assert_eq!(run.commands[0].verb, "::nosuch");
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("{}1{}\n", "(".repeat(100_000), ")".repeat(100_000));
    assert!(refused(&deep).0.contains("deeper"));
    let deep = format!("{}1\n", "~".repeat(100_000));
    assert!(refused(&deep).0.contains("deeper"));
    let long = format!("1{}\n", "+1".repeat(100_000));
    assert!(matches!(address(&long), Expr::Infix(_, rest) if rest.len() == 100_000));
}

/// Reads all statements of `line`; there are never more than it has characters.
fn all(line: &str) -> usize {
    let mut rest = line;
    let mut count = 0;
    while !rest.is_empty() {
        let parsed = statement(rest);
        assert!(parsed.rest.len() < rest.len(), "{rest:?} leads nowhere");
        rest = parsed.rest;
        count += 1;
    }
    count
}

const TOKENS: &[&str] = &[
    "::echo",
    "::walk",
    "$c",
    "$<",
    "$<<",
    "$>",
    "$",
    ":",
    "::",
    ">",
    ">/c/",
    "/",
    "?",
    "=",
    "\\",
    "@",
    "W",
    "L",
    "|",
    "!",
    ";",
    ",",
    "+",
    "-",
    "*",
    "%",
    "#",
    "~",
    "^",
    "&",
    "==",
    "!=",
    "<<",
    ">>",
    "*/4/",
    "%/1/",
    "*/z/",
    "(",
    ")",
    "[",
    "]",
    "$[",
    "<x",
    "<1",
    "<",
    "0x1f",
    "0t10",
    "0t1.5",
    "0i2",
    "12",
    "dead",
    "main",
    "a`b",
    ".",
    "'a'",
    "'",
    "\"",
    "\"a b\"",
    "\\n",
    "//",
    " ",
    "\t",
    "\n",
    "é",
    "\u{1F600}",
    "\0",
];

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(text in ".{0,200}") {
        all(&format!("{text}\n"));
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        all(&format!("{}\n", String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn any_salad_of_tokens_is_read_to_its_end(picks in proptest::collection::vec(0..TOKENS.len(), 0..60)) {
        let text: String = picks.iter().map(|&at| TOKENS[at]).collect();
        all(&format!("{text}\n"));
    }

    #[test]
    fn escapes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        // mdb writes NUL as \0, which a digit after it would turn into another character.
        prop_assume!(!bytes.windows(2).any(|w| w[0] == 0 && w[1].is_ascii_digit()));
        prop_assert_eq!(unescape(&crate::shell::number::escaped(&bytes)), bytes);
    }
}

#[test]
fn a_script_of_a_megabyte_is_read_whole() {
    let line = "main+0t16,3/4X \"text\" n; ::walk thread v | ::eval '<v=K' ! sort // comment\n";
    let script = line.repeat((1 << 20) / line.len() + 1);
    let each = all(line);
    let read: usize = script.split_inclusive('\n').map(all).sum();
    assert_eq!(read, each * script.lines().count());
}
