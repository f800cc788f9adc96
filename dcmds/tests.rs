//! The rules for all dcmds: registered, documented, their examples true, README's table and session up to date.
//!
//! `JSDB_BLESS=1 cargo test` writes what is printed into the examples and into README: read the diff before committing.

use super::{all, walkers};
use crate::demo;
use jsdb::shell::{Dcmd, Flag, Out, Registry, Session, Source, Subject, parse, run};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn blessing() -> bool {
    std::env::var_os("JSDB_BLESS").is_some()
}

/// A session on the sample core, as a script has it.
fn session() -> Session {
    let mut session = Session::new(demo::image().expect("the sample core opens"));
    session.commands = Registry::new(all(), walkers());
    session.v8_warnings = false;
    session
}

/// Runs the test called `name` again in a process of its own whose clock is UTC: dates print in local time. True if it
/// did, and so has nothing more to do.
fn rerun_in_utc(name: &str) -> bool {
    if std::env::var_os("TZ").is_some_and(|zone| zone == "UTC") {
        return false;
    }
    let own = std::env::current_exe().expect("the test's own path");
    let test = format!("dcmds::tests::{name}");
    let done = std::process::Command::new(own).args([&test, "--exact", "--nocapture"]).env("TZ", "UTC").output();
    let done = done.expect("the test runs again");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    true
}

/// What `line` prints, complaints included.
fn output(session: &mut Session, line: &str) -> String {
    let mut out = Out::kept();
    let _ = run::source(session, &mut out, Source::text(&format!("{line}\n")));
    // Messages begin with the name of the program, which here is the test's.
    let own = format!("{}: ", jsdb::shell::program());
    out.buffer().replace(&own, "jsdb: ")
}

/// Every file with a dcmd or a walker.
fn files() -> Vec<PathBuf> {
    let mut out = Vec::new();
    for folder in ["js", "v8", "node", "proc", "lang"] {
        let entries = fs::read_dir(root().join("dcmds").join(folder)).expect("the subject's folder");
        out.extend(entries.map(|e| e.expect("an entry").path()));
    }
    out.sort();
    out
}

#[test]
fn every_record_is_registered() {
    let mut records = 0;
    let mut walking = 0;
    for file in files() {
        let text = fs::read_to_string(&file).expect("a source file");
        records += text.matches(": Dcmd =").count();
        walking += text.matches(": Walker =").count();
    }
    assert_eq!(records, all().len(), "a dcmd has no line in its folder's DCMDS");
    assert_eq!(walking, walkers().len(), "a walker has no line in its folder's WALKERS");
}

#[test]
fn names_are_unique_and_those_that_are_words_name_their_file() {
    let stems: HashSet<String> =
        files().iter().filter_map(|f| f.file_stem()).map(|s| s.to_string_lossy().into_owned()).collect();
    let mut seen = HashSet::new();
    for dcmd in all() {
        for name in dcmd.aliases.iter().chain([&dcmd.name]) {
            assert!(seen.insert(*name), "two dcmds are called {name}");
        }
        if dcmd.name.chars().all(char::is_alphanumeric) {
            assert!(stems.contains(dcmd.name), "::{0} is not in a file called {0}.rs", dcmd.name);
        }
    }
}

#[test]
fn every_dcmd_has_examples_and_they_show_every_option() {
    let mut missing = Vec::new();
    for dcmd in all() {
        if dcmd.summary.is_empty() || dcmd.help.is_empty() || dcmd.examples.is_empty() {
            missing.push(format!("{}: a summary, help or an example", dcmd.name));
        }
        for option in dcmd.options {
            let shown = dcmd.examples.iter().any(|e| {
                let words = e.line.split_whitespace();
                let mut clusters = words.filter_map(|w| w.strip_prefix('-').or_else(|| w.strip_prefix('+')));
                clusters.any(|cluster| cluster.contains(option.letter))
            });
            if !shown {
                missing.push(format!("{}: an example with -{}", dcmd.name, option.letter));
            }
        }
    }
    assert!(missing.is_empty(), "the records lack:\n{}", missing.join("\n"));
}

#[test]
fn every_example_prints_what_it_shows() {
    if rerun_in_utc("every_example_prints_what_it_shows") {
        return;
    }
    let mut wrong = Vec::new();
    for dcmd in all() {
        // A dcmd may change the session: each begins with a fresh one.
        let mut session = session();
        for example in dcmd.examples {
            let printed = output(&mut session, example.line);
            if lines(&printed) != lines(example.shows) {
                if blessing() {
                    bless(dcmd, example.line, printed.trim_end());
                }
                wrong.push(format!("> {}\n{printed}\n--- and not\n{}", example.line, example.shows));
            }
        }
    }
    assert!(wrong.is_empty() || blessing(), "JSDB_BLESS=1 mends examples:\n{}", wrong.join("\n"));
}

/// The lines of `text`, blanks at their ends aside.
fn lines(text: &str) -> Vec<&str> {
    text.trim_matches('\n').lines().map(str::trim_end).collect()
}

/// Writes `printed` into the example of `line` in the dcmd's file.
fn bless(dcmd: &Dcmd, line: &str, printed: &str) {
    let needle = format!("line: {line:?}");
    for file in files() {
        let text = fs::read_to_string(&file).expect("a source file");
        if !text.contains(&format!("name: {:?}", dcmd.name)) {
            continue;
        }
        let Some(at) = text.find(&needle) else { continue };
        let Some(shows) = text[at..].find("shows:").map(|i| at + i) else { continue };
        let start = shows + "shows:".len();
        let end = start + literal_end(&text[start..]);
        let literal = if printed.contains('\n') || printed.contains('"') || printed.contains('\\') {
            format!(" r##\"\n{printed}\n\"##")
        } else {
            format!(" {printed:?}")
        };
        fs::write(&file, format!("{}{literal}{}", &text[..start], &text[end..])).expect("to write the source file");
        return;
    }
    panic!("the example `{line}` of ::{} must be written as `{needle}`", dcmd.name);
}

/// Where the string literal at the beginning of `text` ends.
fn literal_end(text: &str) -> usize {
    let quote = text.find('"').expect("a string literal");
    let hashes = text[..quote].matches('#').count();
    if text[..quote].contains('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        return quote + 1 + text[quote + 1..].find(&close).expect("the literal's end") + close.len();
    }
    let mut escaped = false;
    for (at, c) in text[quote + 1..].char_indices() {
        match c {
            '"' if !escaped => return quote + 1 + at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    panic!("an unterminated string literal");
}

/// README with `body` between the line `<!-- NAME -->` and the next blank line that ends its block.
fn with_block(readme: &str, name: &str, body: &str) -> String {
    let mark = format!("<!-- {name} -->\n");
    let from = readme.find(&mark).unwrap_or_else(|| panic!("README has no line {mark}")) + mark.len();
    let end = format!("<!-- end of {name} -->");
    let to = from + readme[from..].find(&end).unwrap_or_else(|| panic!("README has no line {end}"));
    format!("{}{body}{}", &readme[..from], &readme[to..])
}

fn holds_readme_to(make: impl Fn(&str) -> String) {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).expect("README.md");
    let made = make(&readme);
    if made != readme && blessing() {
        fs::write(&path, made).expect("to write README.md");
        return;
    }
    assert!(made == readme, "README.md is out of date: JSDB_BLESS=1 cargo test writes it anew");
}

#[test]
fn the_tables_of_readme_are_those_of_the_records() {
    let subjects = [
        (Subject::Js, "JavaScript"),
        (Subject::V8, "V8"),
        (Subject::Node, "Node"),
        (Subject::Process, "Process"),
        (Subject::Language, "Language"),
    ];
    let mut table = "| | command | |\n|---|---|---|\n".to_owned();
    for (subject, name) in subjects {
        for (at, dcmd) in all().iter().filter(|d| d.subject == subject).enumerate() {
            let name = if at == 0 { name } else { "" };
            let usage = dcmd.usage().replace('|', "\\|");
            table.push_str(&format!("| {name} | `{usage}` | {} |\n", dcmd.summary.replace('|', "\\|")));
        }
    }
    let mut walks = "| walker | |\n|---|---|\n".to_owned();
    for (_, walker) in walkers() {
        walks.push_str(&format!("| `{}` | {} |\n", walker.name, walker.summary));
    }
    holds_readme_to(|readme| with_block(&with_block(readme, "table of dcmds", &table), "table of walkers", &walks));
}

#[test]
fn the_session_of_readme_is_what_jsdb_prints() {
    if rerun_in_utc("the_session_of_readme_is_what_jsdb_prints") {
        return;
    }
    holds_readme_to(|readme| {
        let mark = "<!-- session on the sample core -->\n";
        let from = readme.find(mark).expect("README's session") + mark.len();
        let to = from + readme[from..].find("<!-- end of session").expect("the session's end");
        let mut session = session();
        let mut made = "```console\n".to_owned();
        for line in readme[from..to].lines().filter_map(|l| l.strip_prefix("> ")) {
            made.push_str(&format!("> {line}\n{}", output(&mut session, line)));
        }
        made.push_str("```\n");
        with_block(readme, "session on the sample core", &made)
    });
}

/// How many objects of one line are kept in a snapshot.
const SNAPSHOT: usize = 12;

/// Keys that no example shows: the sample core has no bound functions, no environment, no enumerations, and a pipe takes
/// what ::jsstack -p tells.
const SHOWN_NOWHERE: [(&str, &str); 13] = [
    ("jsasync", "address"),
    ("jsasync", "promises"),
    ("jsasync", "kind"),
    ("jsasync", "frames"),
    ("jsfunction", "wraps"),
    ("jsfunction", "this"),
    ("jsfunction", "arguments"),
    ("getenv", "name"),
    ("getenv", "value"),
    ("enum", "name"),
    ("enum", "value"),
    ("jsstack", "source"),
    ("jsstack", "value"),
];

/// Dcmds whose examples have no results: the sample core has no request under way, and its pages tell no isolates.
/// `tests/it/handles.rs` and `tests/it/isolates.rs` have some.
const SHOW_NOTHING: [&str; 3] = ["isolate", "isolates", "noderequests"];

/// The line of an example without what a shell makes of it.
fn unpiped(line: &str) -> &str {
    line.split_once(" ! ").map_or(line, |(line, _)| line)
}

/// Whether `line` is of standard output; lines of a message after its first begin with blanks.
fn is_result(line: &str) -> bool {
    !line.starts_with("jsdb: ") && !line.starts_with("Usage: ") && !line.starts_with(' ')
}

/// What a statement of an example prints as JSON.
struct Told {
    dcmd: &'static Dcmd,
    line: String,
    printed: String,
}

fn told() -> Vec<Told> {
    let mut all_told = Vec::new();
    for dcmd in all() {
        let mut session = session();
        session.settings.set(Flag::Json, true);
        for example in dcmd.examples {
            let line = format!("{}\n", unpiped(example.line));
            let mut told = Vec::new();
            let mut rest = line.as_str();
            while !rest.is_empty() {
                let after = parse::statement(rest).rest;
                let line = rest[..rest.len() - after.len()].trim_matches([';', '\n', ' ']).to_owned();
                rest = after;
                let printed = output(&mut session, &line);
                told.push(Told { dcmd, line, printed });
            }
            if example.shows.lines().any(|l| !l.is_empty() && is_result(l)) && !dcmd.text_only && !dcmd.table {
                let any = told.iter().any(|told| told.printed.lines().any(is_result));
                assert!(any, "::{}: `{line}` prints no JSON", dcmd.name);
            }
            all_told.append(&mut told);
        }
    }
    all_told
}

/// Where the objects that `example` prints are not as its dcmd's record says: their keys, and what the values are. What
/// other dcmds print is theirs. What was seen is added to `seen`.
fn unlike_the_record(example: &Told, seen: &mut HashSet<(&'static str, &'static str)>) -> Vec<String> {
    let Told { dcmd, line, printed } = example;
    let last = line.rsplit('|').next().unwrap_or_default();
    if !last.contains(dcmd.name) {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for line in printed.lines().filter(|line| is_result(line)) {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("::{}: {e}: {line}", dcmd.name));
        for (name, value) in object.as_object().expect("an object a line") {
            let keys = dcmd.json_keys();
            match keys.iter().find(|key| key.name == name).or_else(|| keys.iter().find(|key| key.name == "*")) {
                Some(key) if value.is_null() && key.or_null || key.is.fits(value) => {
                    seen.insert((dcmd.name, key.name));
                }
                Some(key) => wrong.push(format!("::{}: {name} is not {:?}: {value}", dcmd.name, key.is)),
                None => wrong.push(format!("::{}: its record has no key {name}: {value}", dcmd.name)),
            }
        }
    }
    wrong
}

/// The snapshot of what the dcmds of `subject` print.
fn snapshot(told: &[Told], subject: Subject) -> String {
    let mut made = String::new();
    for Told { dcmd, line, printed } in told.iter().filter(|told| told.dcmd.subject == subject) {
        let _ = writeln!(made, "# {}\n> {line}", dcmd.name);
        for line in printed.lines().take(SNAPSHOT) {
            let _ = writeln!(made, "{line}");
        }
        let rest = printed.lines().count().saturating_sub(SNAPSHOT);
        if rest > 0 {
            let _ = writeln!(made, "# and {rest} more");
        }
    }
    made
}

#[test]
fn the_json_of_every_dcmd_is_as_documented_and_recorded() {
    if rerun_in_utc("the_json_of_every_dcmd_is_as_documented_and_recorded") {
        return;
    }
    let told = told();
    let mut seen: HashSet<(&str, &str)> = SHOWN_NOWHERE.into_iter().collect();
    let mut wrong: Vec<_> = told.iter().flat_map(|example| unlike_the_record(example, &mut seen)).collect();
    for dcmd in all().iter().filter(|dcmd| !SHOW_NOTHING.contains(&dcmd.name)) {
        let unseen = dcmd.json.iter().filter(|key| !seen.contains(&(dcmd.name, key.name)));
        wrong.extend(unseen.map(|key| format!("::{}: no example shows the key {}", dcmd.name, key.name)));
    }
    assert!(wrong.is_empty(), "JSON and the records differ:\n{}", wrong.join("\n"));
    for subject in Subject::ALL {
        let path = root().join(format!("tests/transcripts/json/{}.txt", subject.title().to_lowercase()));
        let made = snapshot(&told, subject);
        let kept = fs::read_to_string(&path).unwrap_or_default();
        if made != kept && blessing() {
            fs::write(&path, made).expect("to write the snapshot");
            continue;
        }
        let wrong = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
        assert!(made == kept, "{}: JSDB_BLESS=1 writes it anew: {wrong:?}", path.display());
    }
}
