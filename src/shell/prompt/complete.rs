//! What may stand at the cursor.
//!
//! Knows: which names go where in a line. Must not know: keys, terminals.

use crate::heap::scan::Scope;
use crate::image::types::Type;
use crate::shell::{Dcmd, OptValue, Session};
use std::collections::{BTreeSet, HashSet};

/// The words that could stand where one has begun.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completion {
    /// Where the word begins, in bytes.
    pub start: usize,
    /// What it could be, sorted.
    pub words: Vec<String>,
}

/// More are of no use to anybody.
const MOST: usize = 1000;

/// What could stand at the end of `line`, the text before the cursor.
pub fn complete(session: &Session, line: &str) -> Completion {
    let stage_at = match last_part(line) {
        Part::Stage(at) => at,
        Part::Shell(at) => return path(line, at),
        Part::Text => return Completion::default(),
    };
    let stage = &line[stage_at..];
    let word_at = stage_at + stage.rfind([' ', '\t', '(', '+', '-', '*', '%', ',', '=', '[']).map_or(0, |at| at + 1);
    if let Some(colons) = stage.rfind("::") {
        let name = &stage[colons + 2..];
        let after = name.find([' ', '\t']);
        return match after {
            None => among(stage_at + colons + 2, name, dcmds(session)),
            Some(end) => match session.commands.dcmd(&name[..end]) {
                Some(dcmd) => argument(session, dcmd, line, stage_at + colons + 2 + end),
                None => Completion::default(),
            },
        };
    }
    let word = &line[word_at..];
    if let Some(at) = word.rfind('<') {
        return among(word_at + at + 1, &word[at + 1..], variables(session));
    }
    symbols(session, word_at, word)
}

/// What the end of a line is a part of.
enum Part {
    /// A stage of a pipeline, which begins there.
    Stage(usize),
    /// A shell's command, which begins there.
    Shell(usize),
    /// A text whose quote is open.
    Text,
}

/// What the end of `line` is a part of: signs in quotes are none.
fn last_part(line: &str) -> Part {
    let (mut from, mut quote, mut is_escaped) = (0, None, false);
    for (at, c) in line.char_indices() {
        let was_escaped = std::mem::take(&mut is_escaped);
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            // As the parser has it: a backslash is one in double quotes only.
            (Some('"'), '\\') => is_escaped = !was_escaped,
            (Some(open), _) if open == c && !was_escaped => quote = None,
            (None, ';' | '|') => from = at + 1,
            (None, '!') if !line[at + 1..].starts_with('=') => return Part::Shell(at + 1),
            _ => {}
        }
    }
    if quote.is_some() { Part::Text } else { Part::Stage(from) }
}

/// Of `names` those that begin as the word at `start` does.
fn among(start: usize, begun: &str, names: impl IntoIterator<Item = String>) -> Completion {
    let words: BTreeSet<String> = names.into_iter().filter(|name| name.starts_with(begun)).take(MOST).collect();
    Completion { start, words: words.into_iter().collect() }
}

fn dcmds(session: &Session) -> impl Iterator<Item = String> {
    let names = session.commands.dcmds().iter().flat_map(|d| std::iter::once(d.name).chain(d.aliases.iter().copied()));
    names.filter(|name| name.starts_with(|c: char| c.is_alphabetic())).map(str::to_owned)
}

fn walkers(session: &Session) -> impl Iterator<Item = String> {
    session.commands.walkers().iter().map(|(_, walker)| walker.name.to_owned())
}

fn variables(session: &Session) -> impl Iterator<Item = String> {
    session.all_variables().into_iter().map(|(name, ..)| name)
}

/// An argument of `dcmd`, whose words begin at `words_at`.
fn argument(session: &Session, dcmd: &Dcmd, line: &str, words_at: usize) -> Completion {
    let words: Vec<&str> = line[words_at..].split_whitespace().collect();
    let start = line.rfind([' ', '\t']).map_or(words_at, |at| at + 1);
    let begun = &line[start..];
    let before = if begun.is_empty() { words.as_slice() } else { &words[..words.len().saturating_sub(1)] };
    if let Some(letters) = begun.strip_prefix('-') {
        let known = dcmd.options.iter().map(|o| format!("-{letters}{}", o.letter));
        return among(start, begun, known.filter(|o| o.len() > begun.len()));
    }
    // The value of the option before.
    let option = before.last().and_then(|word| word.strip_prefix('-')?.chars().next_back());
    let value = option.and_then(|letter| dcmd.options.iter().find(|o| o.letter == letter)).map(|o| o.value);
    if let Some(OptValue::Text(name)) = value {
        return among(start, begun, found_by_scan(session, name));
    }
    let operands = before.iter().filter(|word| !word.starts_with('-')).count();
    match (dcmd.name, operands) {
        ("walk", 0) => among(start, begun, walkers(session)),
        ("help" | "which", _) => among(start, begun, dcmds(session)),
        ("print" | "sizeof" | "offsetof" | "list" | "array" | "enum", 0) | ("printf", 1) => {
            among(start, begun, types(session))
        }
        ("print" | "offsetof" | "list", _) | ("printf", 2..) => {
            let of = before.iter().rev().find_map(|word| session.lookup_type(word));
            among(start, begun, of.into_iter().flat_map(|of| members(of.resolved().kind())))
        }
        ("jsprint", _) => among(start, begun, found_by_scan(session, "prop")),
        ("nm" | "mappings" | "files", _) => {
            among(start, begun, session.image.objects.iter().map(|o| o.name().to_owned()))
        }
        ("load", _) => among(start, begun, ["v8".to_owned()]),
        ("cat" | "heapsnapshot" | "log" | "source", _) => path(line, start),
        _ => symbols(session, start, begun),
    }
}

fn types(session: &Session) -> Vec<String> {
    let all = (0..session.image.objects.len()).filter_map(|at| session.image.types.of_object(at));
    all.chain([&session.image.types.own]).flat_map(|types| types.named().map(|(name, _)| name)).collect()
}

fn members(kind: &Type) -> Vec<String> {
    match kind {
        Type::Composite(composite) => composite.members.iter().map(|m| m.name.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Names that a scan found: constructors or properties, by what the option calls its value. Without a scan none: Tab
/// must not take a minute.
fn found_by_scan(session: &Session, value: &str) -> Vec<String> {
    let Some(index) = session.known_objects(Scope::Anonymous) else { return Vec::new() };
    if value.starts_with("cons") {
        return index
            .groups()
            .iter()
            .filter_map(|group| index.constructor(group))
            .map(|name| name.to_string())
            .collect();
    }
    if value.starts_with("prop") {
        let labels: HashSet<_> = index.groups().iter().flat_map(|group| group.labels()).collect();
        return labels.into_iter().map(|&label| index.names().text(label).to_string()).collect();
    }
    Vec::new()
}

/// Symbols that begin as the word at `start` does.
fn symbols(session: &Session, start: usize, begun: &str) -> Completion {
    if begun.is_empty() || !begun.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return Completion::default();
    }
    let names = session.image.symbols.iter().filter(|s| !s.is_undefined() && s.name.starts_with(begun));
    among(start, begun, names.map(|s| s.name.to_owned()))
}

/// Files for the last word of a shell command that begins at `from`.
fn path(line: &str, from: usize) -> Completion {
    let start = line[from..].rfind([' ', '\t', '|', '>', '<', '=']).map_or(from, |at| from + at + 1);
    let begun = &line[start..];
    let (folder, name) = match begun.rfind('/') {
        Some(at) => begun.split_at(at + 1),
        None => ("", begun),
    };
    let listed = std::fs::read_dir(if folder.is_empty() { "." } else { folder });
    let entries = listed.into_iter().flatten().filter_map(|entry| {
        let entry = entry.ok()?;
        let file = entry.file_name().into_string().ok()?;
        let hidden = file.starts_with('.') && !name.starts_with('.');
        let slash = if entry.file_type().ok()?.is_dir() { "/" } else { "" };
        (file.starts_with(name) && !hidden).then(|| format!("{folder}{file}{slash}"))
    });
    among(start, begun, entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Width;
    use crate::image::testing;
    use crate::shell::{AddrUse, Opt, Registry, Subject, Walker};

    static PRINT: Dcmd = Dcmd { name: "print", ..Dcmd::BASE };
    static WALK: Dcmd = Dcmd { name: "walk", ..Dcmd::BASE };
    static FIND: Dcmd = Dcmd {
        name: "findjsobjects",
        options: &[
            Opt { letter: 'c', value: OptValue::Text("cons"), help: "" },
            Opt { letter: 'v', value: OptValue::Flag, help: "" },
        ],
        ..Dcmd::BASE
    };
    static FRAMES: Walker = Walker { name: "jsframe", summary: "", addr: AddrUse::Optional, walk: |_, _, _| Ok(()) };

    fn session() -> Session {
        let mut session = Session::new(testing::image(Width::W64, vec![(0x1000, vec![0; 16])]));
        session.commands = Registry::new(vec![&PRINT, &WALK, &FIND], vec![(Subject::Js, &FRAMES)]);
        crate::image::types::Model::Lp64.define(&mut session.image.types.own);
        session
    }

    #[track_caller]
    fn check(line: &str, start: usize, words: &[&str]) {
        let found = complete(&session(), line);
        assert_eq!((found.start, found.words), (start, words.iter().map(|w| (*w).to_owned()).collect()), "{line}");
    }

    #[test]
    fn each_place_has_its_names() {
        check("::f", 2, &["findjsobjects"]);
        check("dead::wa", 6, &["walk"]);
        check("1::walk js", 8, &["jsframe"]);
        check("1::walk jsframe | ::fi", 20, &["findjsobjects"]);
        check("::print uintp", 8, &["uintptr_t"]);
        check("::findjsobjects -", 16, &["-c", "-v"]);
        check("1=D; <hit", 6, &["hits"]);
        check("::nosuch x", 0, &[]);
        check("", 0, &[]);
    }

    #[test]
    fn a_shell_command_has_paths() {
        let found = complete(&session(), "::dcmds ! cat Cargo.to");
        assert_eq!((found.start, found.words), (14, vec!["Cargo.toml".to_owned()]));
        // Not in quotes.
        assert_eq!(complete(&session(), "::echo 'a ! Cargo.to").words, Vec::<String>::new());
        // What a shell makes of `;` and `|` is its own.
        assert_eq!(complete(&session(), "::dcmds ! cat x; cat Cargo.to").words, ["Cargo.toml"]);
    }

    #[test]
    fn what_is_in_quotes_parts_no_line() {
        check("::findjsobjects -c 'a | b' -", 27, &["-c", "-v"]);
        check("::findjsobjects -c \"a; b\" -", 26, &["-c", "-v"]);
        check("::findjsobjects -c \"a\\\"; b\" | ::wa", 32, &["walk"]);
        check("::findjsobjects -c 'a\\' | ::wa", 28, &["walk"]);
        check("::findjsobjects -c '::fi", 0, &[]);
        check("'a'=D; ::wa", 9, &["walk"]);
    }
}
