//! `::jsheap`, `::jspath`, `::jsretained` and `::jsdominator`, held to what programs built: `fixtures/lab/graph.js`, and
//! the server whose 32-bit core is at hand.
//!
//! Knows: those programs. Must not know: how the graph is found.

use crate::needs::{self, left_out};
use crate::session::Session;
use crate::{cores, lab};
use serde_json::{Value, json};
use std::path::Path;

/// The objects that each of `lines` prints as JSON.
fn rows<S: AsRef<str>>(core: &Path, lines: &[S]) -> Vec<Vec<Value>> {
    let parse = |printed: String| {
        printed.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect::<Vec<Value>>()
    };
    Session::on(core).json().each(lines).into_iter().map(parse).collect()
}

/// A line that runs `dcmd` on all objects that `constructor` made.
fn of(constructor: &str, dcmd: &str) -> String {
    format!("::findjsobjects -c {constructor} | ::findjsobjects | {dcmd}")
}

/// The line of `graph.js` that has `text`.
fn line_of(text: &str) -> usize {
    let source = std::fs::read_to_string(needs::fixtures().join("lab/graph.js")).expect("the program is there");
    1 + source.lines().position(|line| line.contains(text)).expect("the program has it")
}

fn texts<'v>(rows: &'v [Value], key: &str) -> Vec<&'v str> {
    rows.iter().map(|row| row[key].as_str().unwrap_or_default()).collect()
}

fn sum(rows: &[Value], key: &str) -> u64 {
    rows.iter().filter_map(|row| row[key].as_u64()).sum()
}

/// What stands in the column `key` of the row whose `name` is `is`.
fn at<'v>(rows: &'v [Value], name: &str, is: &str, key: &str) -> &'v Value {
    rows.iter().find(|row| row[name] == is).map_or(&Value::Null, |row| &row[key])
}

/// Holds `graph.js` on the Node of `line` to what its innermost function has.
fn check_stack(line: &str, core: &Path) {
    let stay = format!("stack of stay (graph.js:{})", line_of("function stay"));
    let found = rows(core, &["Desk", "First", "Second", "Mine"].map(|constructor| of(constructor, "::jspath")));
    let told = |at: usize| found[at].first().map(|row| (row["path"].clone(), row["variable"].clone()));
    let expected = |what: &str, class: &str| Some((json!(format!("{stay}: {what} {class}")), json!(what)));
    assert_eq!(told(0), expected("this", "Desk"), "Node {line}");
    assert_eq!(told(1), expected("\"first\"", "First"), "Node {line}");
    assert_eq!(told(2), expected("\"second\"", "Second"), "Node {line}");
    // From V8 7.0 on, nothing names what only the interpreter's registers hold.
    let mine = if matches!(line, "0.10" | "0.12" | "4" | "8" | "10") { "\"mine\"" } else { "register 0" };
    assert_eq!(told(3), expected(mine, "Mine"), "Node {line}");
}

/// Holds `graph.js` on the Node of `line` to the tree that it grows, of which each object is `::jsretained` by the one
/// above.
fn check_tree(line: &str, core: &Path, branches: u64) {
    let found = rows(
        core,
        &[
            of("Trunk", "::jsretained"),
            of("Trunk", "::jsretained -c"),
            of("Branch", "::jsretained"),
            "::jsheap -c".into(),
        ],
    );
    let [trunks, parts, each, heap] = &found[..] else { panic!("a line each") };
    let trunk = trunks.iter().max_by_key(|row| row["retained"].as_u64()).expect("there is a trunk");
    assert_eq!(each.len() as u64, branches + 1, "Node {line}: one more is not in the tree");
    let size = each[0]["shallow"].as_u64().expect("a size");
    assert!(each.iter().all(|row| row["shallow"] == size), "Node {line}: {each:?}");
    let own = trunk["shallow"].as_u64().expect("a size");
    assert_eq!(trunk["retained"], own + branches * size, "Node {line}: {parts:?}");
    assert_eq!(trunk["objects"], branches + 1, "Node {line}: {parts:?}");
    assert_eq!(
        (at(parts, "class", "Branch", "objects"), at(parts, "class", "Branch", "shallow")),
        (&json!(branches), &json!(branches * size))
    );
    // Of 2 + 4 + ... + 256 each counts once for itself and once for each above: 8 * 256 + 7 * 128 + ... + 1 * 2.
    assert_eq!((sum(each, "retained"), branches), ((3586 + 1) * size, 510), "Node {line}");
    let of_class = |class: &str| ["count", "bytes", "retained"].map(|key| at(heap, "what", class, key).as_u64());
    assert_eq!(
        of_class("Branch"),
        [branches + 1, (branches + 1) * size, (branches + 1) * size].map(Some),
        "Node {line}"
    );
    assert_eq!(of_class("Trunk"), [2, 2 * own, 2 * own + branches * size].map(Some), "Node {line}");
}

/// Holds `graph.js` on the Node of `line` to what two hold, and to what the list and the closure hold.
fn check_holders(line: &str, core: &Path, clients: u64) {
    let found = rows(
        core,
        &[
            of("Common", "::jsdominator"),
            of("Common", "::jspath -n 2"),
            of("Pair", "::jsretained -c"),
            of("Pair", "::jsretained"),
            of("Wire", "::jspath"),
            of("Exchange", "::jsretained -c"),
            of("Exchange", "::jsretained"),
            of("Accepted", "::jspath"),
            of("Accepted", "::jsdominator -a"),
        ],
    );
    let [holders, paths, pair, pairs, wires, exchange, exchanges, accepted, above] = &found[..] else {
        panic!("a line each")
    };
    assert!(texts(holders, "class").contains(&"Pair"), "Node {line}: {holders:?}");
    let mut ways = texts(paths, "path");
    ways.retain(|way| way.starts_with("global.pair"));
    ways.sort_unstable();
    assert_eq!(ways, ["global.pair.one.common", "global.pair.two.common"], "Node {line}");
    let counts = ["Pair", "Holder", "Common", "Own"].map(|class| at(pair, "class", class, "objects").as_u64());
    // The other one alone comes second.
    assert_eq!(counts, [1, 2, 1, 1].map(Some), "Node {line}: {pair:?}");
    assert_eq!(sum(pair, "shallow"), sum(pairs, "retained"), "Node {line}: {pair:?} {pairs:?}");
    let mut told = texts(wires, "path");
    told.retain(|way| way.starts_with("global.exchange"));
    told.sort_unstable();
    let mut expected: Vec<String> = (0..clients).map(|n| format!("global.exchange.clients[{n}].socket")).collect();
    expected.sort_unstable();
    assert_eq!(told, expected, "Node {line}");
    let counts = ["Exchange", "Array", "Client", "Wire"].map(|class| {
        exchange.iter().filter(|row| row["class"] == class).filter_map(|row| row["objects"].as_u64()).max()
    });
    assert_eq!(counts, [1, 1, clients, clients].map(Some), "Node {line}: {exchange:?}");
    assert_eq!(sum(exchange, "shallow"), sum(exchanges, "retained"), "Node {line}: {exchange:?} {exchanges:?}");
    let closure =
        format!("global.listener \"accepted\" in closure of onData (graph.js:{})", line_of("function onData"));
    assert_eq!(texts(accepted, "path"), [closure], "Node {line}");
    assert!(texts(above, "class").contains(&"(closure)"), "Node {line}: {above:?}");
}

/// Holds `graph.js` on the Node of `line` to a closure that one object has, and that others call.
fn check_called(line: &str, core: &Path) {
    let found = rows(core, &[of("Job", "::jsretained -c"), of("Job", "::jsretained"), of("Cargo", "::jspath -n 5")]);
    let [parts, jobs, paths] = &found[..] else { panic!("a line each") };
    assert_eq!(jobs.len(), 1, "Node {line}: {jobs:?}");
    // To V8 3.28 arrays like any other note what code has called.
    if line != "0.12" {
        let counts = ["Job", "Cargo"].map(|class| at(parts, "class", class, "objects").as_u64());
        assert_eq!(counts, [Some(1); 2], "Node {line}: {parts:?}");
    }
    let way = format!("global.job.run \"cargo\" in closure of run (graph.js:{})", line_of("function run"));
    assert!(texts(paths, "path").contains(&&*way), "Node {line}: {paths:?}");
}

/// Holds `graph.js` on the Node of `line` to its WeakMap: a value goes with its key, and is dead where that is.
fn check_weak(line: &str, core: &Path, notes: u64) {
    if notes == 0 {
        return;
    }
    let lines = [
        of("Page", "::jspath"),
        of("LostPage", "::jspath"),
        of("Badge", "::jsretained"),
        of("Note", "::jsdominator"),
        "::jsheap -c".into(),
    ];
    let found = rows(core, &lines);
    let [pages, lost, badges, holders, heap] = &found[..] else { panic!("a line each") };
    let mut told = texts(pages, "path");
    told.retain(|way| way.starts_with("global.badges"));
    told.sort_unstable();
    let mut expected: Vec<String> =
        (0..notes).map(|n| format!("global.badges[{n}] <value in a WeakMap>.page")).collect();
    expected.sort_unstable();
    assert_eq!(told, expected, "Node {line}");
    assert!(lost.is_empty(), "Node {line}: {lost:?}");
    let dominated = texts(holders, "class").iter().filter(|class| **class == "Badge").count() as u64;
    assert_eq!(dominated, notes, "Node {line}: {holders:?}");
    let size = |class: &str| {
        let of = |key: &str| at(heap, "what", class, key).as_u64().expect("objects that are alive");
        of("bytes") / of("count")
    };
    let retained = size("Badge") + size("Note") + size("Page");
    assert_eq!(badges.len() as u64, notes, "Node {line}: dead keys are dead");
    assert!(badges.iter().all(|badge| badge["retained"] == retained), "Node {line}: {badges:?}");
}

/// Holds `graph.js` on the Node of `line` to its FinalizationRegistry: objects are not kept alive by it, nor are the tokens
/// by which they are taken from it again, but what it hands on is.
fn check_registry(line: &str, core: &Path, patients: u64) {
    // Before Node 14.6 there is none.
    assert_eq!(patients > 0, matches!(line, "18" | "22" | "24" | "26"), "Node {line}");
    if patients == 0 {
        return;
    }
    let lines = [
        of("Ward", "::jsretained -c"),
        of("Patient", "::jspath -n 3"),
        of("LostBed", "::jspath"),
        of("Chart", "::jspath"),
        of("Patient", "::jsretained"),
        "::jsheap -c".into(),
    ];
    let found = rows(core, &lines);
    let [ward, ways, lost, charts, each, heap] = &found[..] else { panic!("a line each") };
    let counts = ["Ward", "Patient", "Bed"].map(|class| at(ward, "class", class, "objects").as_u64());
    assert_eq!(counts, [1, patients, patients].map(Some), "Node {line}: {ward:?}");
    assert!(at(ward, "class", "Chart", "objects").is_null(), "Node {line}: {ward:?}");
    let of_registry = |rows| texts(rows, "path").iter().filter(|way| way.starts_with("global.registry")).count() as u64;
    assert_eq!(of_registry(ways), 0, "Node {line}: {ways:?}");
    assert!(lost.is_empty(), "Node {line}: {lost:?}");
    assert_eq!((charts.len() as u64, of_registry(charts)), (patients, patients), "Node {line}: {charts:?}");
    let size = |class: &str| {
        let of = |key: &str| at(heap, "what", class, key).as_u64().expect("objects that are alive");
        of("bytes") / of("count")
    };
    let retained = size("Patient") + size("Bed");
    assert_eq!(each.len() as u64, patients, "Node {line}");
    assert!(each.iter().all(|patient| patient["retained"] == retained), "Node {line}: {each:?}");
}

/// Holds what `::jsheap` says of the core of the Node of `line` to itself: classes come to what kinds come to.
fn check_sums(line: &str, core: &Path) {
    let found = rows(core, &["::jsheap", "::jsheap -c", "::jsheap -s", "::jsheap -m"]);
    let outside = found[0].iter().position(|row| row["what"] == "outside bytes of these").expect("a row");
    let kinds = &found[0][..=outside];
    let alive: u64 = kinds.iter().filter(|row| !row["dead"].is_null()).filter_map(|row| row["bytes"].as_u64()).sum();
    for classes in &found[1..] {
        assert_eq!(sum(classes, "bytes"), alive, "Node {line}");
        assert_eq!(sum(classes, "count"), sum(&kinds[..outside], "count"), "Node {line}");
    }
}

/// Holds `graph.js` on the Node of `line` to what it built.
fn check(line: &str) {
    let taken = match lab::graph(line) {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let held = |key: &str| taken.held[key].as_u64().expect("the program says how many");
    check_stack(line, &taken.core);
    check_tree(line, &taken.core, held("branches"));
    check_holders(line, &taken.core, held("clients"));
    check_called(line, &taken.core);
    check_weak(line, &taken.core, held("notes"));
    check_registry(line, &taken.core, held("patients"));
    check_sums(line, &taken.core);
}

#[test]
fn a_32_bit_server_keeps_what_it_never_forgets() {
    let Some(shared) = cores::shared() else { return };
    let core = shared.join("cores/lab-x86.core.zst");
    let found =
        rows(&core, &[of("Exchange", "::jsretained"), of("Exchange", "::jsretained -c"), of("Exchange", "::jspath")]);
    let [exchange, parts, path] = &found[..] else { panic!("a line each") };
    let [exchange] = &exchange[..] else { panic!("one exchange: {exchange:?}") };
    assert_eq!(sum(parts, "shallow"), exchange["retained"].as_u64().expect("a size"));
    assert_eq!(sum(parts, "objects"), exchange["objects"].as_u64().expect("a count"));
    // Of 3000 peers it keeps every other one, with its socket; two of these C++ has not given back.
    let sockets = at(parts, "class", "Socket", "objects").as_u64();
    assert!(sockets.is_some_and(|sockets| (1498..=1500).contains(&sockets)), "{parts:?}");
    assert!(path[0]["path"].as_str().is_some_and(|path| path.contains(" \"exchange\" in closure of ")), "{path:?}");
    check_sums("0.10, 32-bit", &core);
}

each_line! {
    check;
    node_0_10: "0.10",
    node_0_12: "0.12",
    node_4: "4",
    node_8: "8",
    node_10: "10",
    node_12: "12",
    node_18: "18",
    node_22: "22",
    node_24: "24",
    node_26: "26",
}
