//! The cores of a real 32-bit Node, and what the real mdb with mdb_v8 printed on them, where they are at hand: in
//! `../shared`, beside the repository.

use crate::session::Session;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Of a hundred recorded cases, how many must print the same. The others are what jsdb mends (README, "Unlike mdb").
const SAME_OF_100: usize = 92;

/// The folder beside the repository, if it is there. It is nowhere to be had from, so that to be without it is no lack,
/// even in CI.
pub fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if folder.join("cores").exists() {
        return Some(folder);
    }
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "not at hand: {name}: ../shared/cores");
    None
}

/// A recorded command and what it printed.
struct Case {
    name: String,
    command: String,
    printed: String,
}

/// The recorded cases of the core `name` that printed results; what they print on standard error is worded otherwise.
fn recorded(shared: &Path, name: &str) -> Vec<Case> {
    let folder = shared.join("goldens/v8").join(name);
    let list = std::fs::read_to_string(folder.join("commands.txt")).expect("the list of cases is there");
    let cases = list.lines().filter_map(|line| line.split_once('\t')).filter(|(name, _)| !name.starts_with('#'));
    let read = |name: &str| std::fs::read(folder.join(name).with_extension("out")).expect("the case was recorded");
    cases
        .map(|(name, command)| Case {
            name: name.to_owned(),
            command: command.to_owned(),
            printed: String::from_utf8_lossy(&read(name)).into_owned(),
        })
        .filter(|case| !case.printed.contains("mdb: "))
        .collect()
}

/// `line` with numbers as JavaScript writes them, without the names of C++ functions, which demanglers write
/// differently, and without blanks at its end.
fn comparable(line: &str) -> String {
    if line.starts_with("native: ") {
        return "native: ...".to_owned();
    }
    let number = |word: &str| match word.trim_end_matches(',').parse::<f64>() {
        Ok(n) if word.contains('e') && word.contains('.') => word.replace(word.trim_end_matches(','), &n.to_string()),
        _ => word.to_owned(),
    };
    line.trim_end().split(' ').map(number).collect::<Vec<_>>().join(" ")
}

fn check(core: &str) {
    let Some(shared) = shared() else { return };
    let cases = recorded(&shared, core);
    let path = shared.join("cores").join(core).with_extension("core.zst");
    let commands: Vec<_> = cases.iter().map(|case| &case.command).collect();
    let printed = Session::on(&path).each(&commands);
    // Sorted, because lists whose order is that of mdb's hash tables are among the cases.
    let lines = |text: &str| {
        let mut lines: Vec<_> = text.trim().lines().map(comparable).collect();
        lines.sort_unstable();
        lines
    };
    let differing = cases.iter().zip(&printed).filter(|(case, printed)| lines(&case.printed) != lines(printed));
    let names: Vec<_> = differing.map(|(case, _)| case.name.as_str()).collect();
    assert!(
        names.len() * 100 <= cases.len() * (100 - SAME_OF_100),
        "{} of {} differ: {names:?}",
        names.len(),
        cases.len()
    );
}

#[test]
fn a_leaking_server_prints_as_mdb_printed_it() {
    check("lab-x86");
}

#[test]
fn a_dead_queue_prints_as_mdb_printed_it() {
    check("queue-x86");
}

#[test]
fn a_32_bit_heap_holds_what_its_program_made() {
    let Some(shared) = shared() else { return };
    let core = shared.join("cores/queue-x86.core.zst");
    // What queue.js says: 2000 jobs, three rates, a table of 60 keys of which 50 are deleted again.
    let printed = Session::on(&core).each(&[
        "::findjsobjects -p byId | ::jsprint name jobs.length rates[2] jobs[1999].payload.weight",
        "::findjsobjects -p byId | ::jsprint table ! grep -c k",
        "::findjsobjects -c Job | ::findjsobjects ! wc -l",
    ]);
    let printed: Vec<_> = printed.iter().map(|text| text.trim()).collect();
    assert_eq!(printed, ["\"mail\" 2000 2.75 499.75", "10", "2000"]);
}
