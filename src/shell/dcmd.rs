//! What a dcmd and a walker are: static records beside their bodies, and what a body may touch.
//!
//! Knows: the shape of commands. Must not know: any particular one.

use super::json::{self, Key};
use super::{Error, Out, Result, Session, Source, run};
use crate::image::Addr;
use std::collections::VecDeque;

/// How a dcmd uses the address before its `::`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddrUse {
    /// An address is an error (usage `::name`).
    Refused,
    /// Usage `[address]::name` (mdb: `?`).
    Optional,
    /// Usage `address::name` (mdb: `:`).
    Required,
}

/// The groups of `::dcmds` and of the README's table; each is a folder of `dcmds/`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Subject {
    /// JavaScript objects, functions, stacks.
    Js,
    /// V8's own structures.
    V8,
    /// What Node hangs off V8.
    Node,
    /// The process: memory, symbols, threads.
    Process,
    /// The language of the shell.
    Language,
}

impl Subject {
    /// All subjects, in the order in which they are listed.
    pub const ALL: [Subject; 5] = [Subject::Js, Subject::V8, Subject::Node, Subject::Process, Subject::Language];

    /// What lists call it.
    pub fn title(self) -> &'static str {
        match self {
            Subject::Js => "JavaScript",
            Subject::V8 => "V8",
            Subject::Node => "Node",
            Subject::Process => "Process",
            Subject::Language => "Language",
        }
    }
}

/// What follows an option letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OptValue {
    /// Nothing: the option is a flag.
    Flag,
    /// A text; the string is its name in the usage line.
    Text(&'static str),
    /// A number, in mdb's notation; the string is its name in the usage line.
    Number(&'static str),
}

/// One option of a dcmd.
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    /// The letter after `-`.
    pub letter: char,
    /// What follows it.
    pub value: OptValue,
    /// What it does, for `::help`.
    pub help: &'static str,
}

/// An example in a dcmd's help: run by the tests, which hold it against `shows`.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What one learns by it.
    pub why: &'static str,
    /// The line, as typed at the prompt of the sample core.
    pub line: &'static str,
    /// What it prints there.
    pub shows: &'static str,
}

/// A debugger command.
#[derive(Clone, Copy, Debug)]
pub struct Dcmd {
    /// Its name: `::name`, or with its punctuation when it has one (`$c`).
    pub name: &'static str,
    /// Other names (`$c` of `stack`).
    pub aliases: &'static [&'static str],
    /// Its group.
    pub subject: Subject,
    /// How it uses an address.
    pub addr: AddrUse,
    /// One line for `::dcmds`.
    pub summary: &'static str,
    /// What follows the options in the usage line (`[member ...]`); empty if nothing may.
    pub operands: &'static str,
    /// Its options.
    pub options: &'static [Opt],
    /// Help prose, after the summary.
    pub help: &'static str,
    /// Examples; every option letter occurs in one.
    pub examples: &'static [Example],
    /// Related dcmds.
    pub see_also: &'static [&'static str],
    /// Whether it makes what it likes of a repeat count (`Context::count`) and runs once only.
    pub takes_count: bool,
    /// Whether it gets its words as they are, options and all.
    pub raw_words: bool,
    /// Whether a word with an option that it does not have is no mistake: it ends the options and is an operand.
    pub lenient: bool,
    /// Whether what it prints is text and not a list of results: in JSON each line is an object with a `text`.
    pub text_only: bool,
    /// The keys of its results in JSON: an object has some or all of them.
    pub json: &'static [Key],
    /// Whether what it prints is a table: at a terminal its rows are cut to the width.
    pub table: bool,
    /// The body.
    pub run: fn(&mut Context<'_>) -> Result<()>,
}

impl Dcmd {
    /// What a record need not say.
    pub const BASE: Dcmd = Dcmd {
        name: "",
        aliases: &[],
        subject: Subject::Language,
        addr: AddrUse::Refused,
        summary: "",
        operands: "",
        options: &[],
        help: "",
        examples: &[],
        see_also: &[],
        takes_count: false,
        raw_words: false,
        lenient: false,
        text_only: false,
        json: &[],
        table: false,
        run: |_| Ok(()),
    };
}

impl Dcmd {
    /// The keys of what it prints in JSON.
    pub fn json_keys(&self) -> &'static [Key] {
        if self.text_only { json::TEXT } else { self.json }
    }
}

/// An operand after the options.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arg {
    /// A word.
    Text(String),
    /// The value of `$[ ]`, or a repeat number of a format list.
    Number(u64),
    /// A letter of a format list, of a write or a search, or of the cast in `>/c/name`.
    Letter(char),
}

/// The parsed arguments of one call.
#[derive(Clone, Debug, Default)]
pub struct Args {
    /// Options that were given, in order, with their values.
    pub options: Vec<(char, Option<Arg>)>,
    /// What follows them.
    pub operands: Vec<Arg>,
    /// The letter of a lenient dcmd's first operand that looks like an option.
    pub illegal: Option<char>,
}

impl Args {
    /// Whether `-letter` was given.
    pub fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(l, _)| *l == letter)
    }

    /// The text after `-letter`; of several, the last.
    pub fn text(&self, letter: char) -> Option<&str> {
        self.options.iter().rev().find_map(|(l, v)| match v {
            Some(Arg::Text(text)) if *l == letter => Some(text.as_str()),
            _ => None,
        })
    }

    /// The number after `-letter`; of several, the last.
    pub fn number(&self, letter: char) -> Option<u64> {
        self.options.iter().rev().find_map(|(l, v)| match v {
            Some(Arg::Number(number)) if *l == letter => Some(*number),
            _ => None,
        })
    }

    /// # Errors
    /// A usage error if there are operands: for a dcmd that, as in mdb, does look at what it has no use for.
    pub fn refuse(&self) -> Result<()> {
        if self.operands.is_empty() { Ok(()) } else { Err(Error::usage()) }
    }

    /// The operands as texts.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.operands.iter().map(|a| match a {
            Arg::Text(text) => text.clone(),
            Arg::Number(n) => format!("{n:x}"),
            Arg::Letter(letter) => letter.to_string(),
        })
    }
}

/// All that a dcmd may touch.
pub struct Context<'a> {
    /// The image, its heap, caches, variables, settings.
    pub session: &'a mut Session,
    /// Parsed options and operands.
    pub args: Args,
    /// The address given explicitly, or by a pipe; absent if none was.
    pub addr: Option<Addr>,
    /// The current address: `addr`, or what dot was.
    pub dot: Addr,
    /// False from the second run on of a pipe or a repeat count: the header has been printed.
    pub first: bool,
    /// Whether `addr` came out of a pipe.
    pub piped: bool,
    /// The repeat count, if one was typed.
    pub count: Option<u64>,
    /// The addresses of the pipe that come after `addr`. What a dcmd takes out of it, it is not run for.
    pub queue: &'a mut VecDeque<Addr>,
    /// Where results go.
    pub out: &'a mut Out,
}

impl Context<'_> {
    /// The address of a dcmd that requires one ([`AddrUse::Required`]).
    ///
    /// # Errors
    /// A usage error without one.
    pub fn required_addr(&self) -> Result<Addr> {
        self.addr.ok_or_else(Error::usage)
    }

    /// The number that `text` says, in the current radix unless it has a prefix.
    ///
    /// # Errors
    /// When a digit is not of the radix, or the value does not fit.
    pub fn number(&self, text: &str) -> Result<u64> {
        super::eval::number_word(self.session, text)
    }

    /// Runs the statements of `text`, with the output of this dcmd. Afterwards dot is what they left.
    ///
    /// # Errors
    /// [`Error::Told`] when one was abandoned; it has said why.
    pub fn evaluate(&mut self, text: &str) -> Result<()> {
        run::source(self.session, self.out, Source::text(text))
    }
}

/// What a walker hands on each address to; `Err` stops the walk.
pub type Walk<'a> = dyn FnMut(Addr) -> Result<()> + 'a;

/// A walker: addresses, one after another (`::walk name`).
#[derive(Clone, Copy, Debug)]
pub struct Walker {
    /// Its name.
    pub name: &'static str,
    /// One line for `::walkers`.
    pub summary: &'static str,
    /// How it uses a starting address.
    pub addr: AddrUse,
    /// Visits every address.
    pub walk: fn(&Session, Option<Addr>, &mut Walk<'_>) -> Result<()>,
}
