//! What has piled up: `fixtures/lab/leaks.js` in its leaking and its healthy variant, and the lab's server, held to what
//! these programs keep.
//!
//! Knows: those programs. Must not know: how piles are found.

use crate::needs::left_out;
use crate::session::Session;
use crate::{cores, lab};
use serde_json::{Value, json};
use std::path::Path;

/// The objects that `line` prints as JSON.
fn rows(core: &Path, line: &str) -> Vec<Value> {
    let printed = Session::on(core).json().line(line);
    printed.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// What a way of keeping sessions is to be told as: kind, form, the end of the path, the shape of the entries, and a
/// property that says that a session is closed.
type Row = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>);

/// All ways of `leaks.js`.
const WAYS: [Row; 10] = [
    ("array", "array", ".list", "Session", Some("closed")),
    ("literal", "array", ".records", "{session, at}", Some("session.closed")),
    ("dictionary", "object", ".table", "Session", Some("closed")),
    ("map", "map", ".map", "Session", Some("closed")),
    ("linked", "chain", ".head", "Session", Some("closed")),
    ("listener", "array", ".bus._events.message", "onMessage (leaks.js:61)", Some("session.closed")),
    ("timer", "list", "[1234567]", "Timeout", None),
    ("closure", "array", ".replies", "reply (leaks.js:75)", Some("session.closed")),
    ("strings", "array", ".agents", "Session", Some("closed")),
    ("handle", "native", "UDP", "UDP", None),
];

/// So many objects a core of the Node of `line` may seem to lack. In V8 14 an array that is stale may cover one: what its
/// space has behind it looks like objects up to the end of that array, and tells nothing (about one core in twenty).
fn lacking(line: &str) -> u64 {
    if line == "26" { 3 } else { 0 }
}

/// What is not as `way` is to be told among `suspects`, if anything is; `lacking` of the entries may be missing.
fn wrong(suspects: &[Value], held: &Value, lacking: u64, (kind, form, path, shape, closed): Row) -> Option<String> {
    let ends = |row: &&Value| row["path"].as_str().is_some_and(|found| found.ends_with(path));
    let Some(found) = suspects.iter().find(ends) else { return Some(format!("{kind}: no suspect at {path}")) };
    let mut wrong = Vec::new();
    let mut expect = |what: &str, is: &Value, wanted: Value| {
        if *is != wanted {
            wrong.push(format!("{kind}: {what} is {is}, not {wanted}"));
        }
    };
    expect("form", &found["form"], json!(form));
    // As many as the program says, less those that are missing.
    let of = |key: &str, is: &Value| {
        let held = held[key].as_u64().unwrap_or_default();
        is.as_u64().filter(|is| (held.saturating_sub(lacking)..=held).contains(is)).map_or(json!(held), |is| json!(is))
    };
    expect("entries", &found["entries"], of("opened", &found["entries"]));
    let count = &found["shapes"][0]["count"];
    expect("count", count, of("opened", count));
    if let Some(property) = closed {
        let list = found["common"].as_array().into_iter().flatten();
        let common = list.clone().find(|common| common["property"] == property);
        let common = common.unwrap_or(&Value::Null);
        let (count, all) = (of("closed", &common["count"]), of("opened", &common["of"]));
        let wanted = json!({ "property": property, "value": "true", "count": count, "of": all, "over": true });
        expect("what they have in common", common, wanted);
    }
    let named = found["shapes"][0]["shape"].as_str().unwrap_or_default();
    if !named.contains(shape) {
        wrong.push(format!("{kind}: shape is {named}, not {shape}"));
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// Holds `leaks.js` on the Node of `line` to what it keeps.
fn check(line: &str) {
    let one = match lab::leaks(line, "array", false) {
        Ok(one) => one,
        Err(why) => return left_out(&why),
    };
    let suspects = rows(&one.core, "::jsleaks");
    let first = suspects.get(..1).unwrap_or_default();
    assert_eq!(wrong(first, &one.held, lacking(line), WAYS[0]), None, "Node {line}: {suspects:?}");
    let made = first[0]["made"][0].as_str().expect("where they are made");
    assert_eq!(made, "Session (leaks.js:17)", "Node {line}");
    drop(one);
    let all = lab::leaks(line, "all", false).expect("it could be taken before");
    let suspects = rows(&all.core, "::jsleaks");
    let kinds = all.held["kinds"].as_array().expect("the program says what it does").clone();
    let ways = WAYS.into_iter().filter(|way| kinds.contains(&json!(way.0)));
    let found: Vec<String> = ways.filter_map(|way| wrong(&suspects, &all.held, lacking(line), way)).collect();
    assert!(found.is_empty(), "Node {line}:\n{}\n{}", found.join("\n"), Session::on(&all.core).line("::jsleaks"));
    assert_eq!(suspects.len(), kinds.len(), "Node {line}: {}", Session::on(&all.core).line("::jsleaks"));
    drop(all);
    let healthy = lab::leaks(line, "all", true).expect("it could be taken before");
    let printed = Session::on(&healthy.core).line("::jsleaks");
    assert!(printed.starts_with("no suspect: "), "Node {line}: {printed}");
    assert_eq!(printed.lines().count(), 1, "Node {line}: {printed}");
    drop(healthy);
    check_waste(line);
    check_holding(line);
}

/// Holds `holding.js` on the Node of `line` to the closures that hold much.
fn check_holding(line: &str) {
    let leaking = lab::holding(line, "leaking").expect("others of this line could be taken");
    let suspects = rows(&leaking.core, "::jsleaks");
    let of = |closure: &str| {
        let is = |row: &&Value| {
            row["name"].as_str().is_some() && row["made"][0].as_str().is_some_and(|made| made.starts_with(closure))
        };
        suspects.iter().find(is).map(|row| (row["form"].clone(), row["variable"].clone(), row["shapes"].clone()))
    };
    let expected =
        |variable: &str| Some((json!("closure"), json!(variable), json!([{ "shape": "Entry", "count": 1 }])));
    let printed = Session::on(&leaking.core).line("::jsleaks");
    assert_eq!(of("poll (holding.js:"), expected("table"), "Node {line}: {printed}");
    assert_eq!(of("watch (holding.js:"), expected("seen"), "Node {line}: {printed}");
    assert_eq!(suspects.len(), 2, "Node {line}: {printed}");
    assert!(printed.contains("the closure tick (holding.js:"), "Node {line}: {printed}");
    assert!(printed.contains("the closure onChange (holding.js:"), "Node {line}: {printed}");
    drop(leaking);
    let healthy = lab::holding(line, "healthy").expect("others of this line could be taken");
    let printed = Session::on(&healthy.core).line("::jsleaks");
    assert!(printed.starts_with("no suspect: "), "Node {line}: {printed}");
}

/// Holds `waste.js` on the Node of `line` to what it wastes.
fn check_waste(line: &str) {
    let wasteful = lab::waste(line, "wasteful").expect("others of this line could be taken");
    let found = rows(&wasteful.core, "::jsleaks -w");
    let of = |kind: &str| found.iter().find(|row| row["waste"] == kind).unwrap_or(&Value::Null);
    let held = &wasteful.held;
    let (strings, slack, sparse, listeners) = (of("strings"), of("slack"), of("sparse"), of("listeners"));
    assert_eq!(strings["worst"], held["strings"], "Node {line}: {found:?}");
    assert_eq!(strings["text"], "\"the same characters once more and again\"", "Node {line}");
    // An array that grew in code which V8 replaced meanwhile may have room of another size.
    let arrays = held["arrays"].as_u64().expect("a count");
    assert!(slack["count"].as_u64().is_some_and(|n| (arrays - 1..=arrays).contains(&n)), "Node {line}: {found:?}");
    assert_eq!(slack["worst"], 6000, "Node {line}");
    // What is left below index 200,000 of every 20,000th.
    assert_eq!((&sparse["count"], &sparse["worst"]), (&held["tables"], &json!(10)), "Node {line}: {found:?}");
    assert_eq!(
        (&listeners["count"], &listeners["text"]),
        (&held["listeners"], &json!("tick")),
        "Node {line}: {found:?}"
    );
    drop(wasteful);
    let frugal = lab::waste(line, "frugal").expect("others of this line could be taken");
    let printed = Session::on(&frugal.core).line("::jsleaks -w");
    assert!(printed.starts_with("no waste to speak of"), "Node {line}: {printed}");
}

/// Holds the first suspect of a core of the lab's server to the list that it never empties.
fn check_server(kind: &str, core: &Path, list: &str, count: u64) {
    let suspects = rows(core, "::jsleaks");
    let first = suspects.first().expect("a server that leaks has a suspect");
    assert!(first["path"].as_str().is_some_and(|path| path.ends_with(list)), "{kind}: {first}");
    assert_eq!(first["form"], "array", "{kind}");
    assert_eq!(first["entries"], count, "{kind}");
    assert_eq!(first["shapes"], json!([{ "shape": "{socket, invoke, onMessage}", "count": count }]), "{kind}");
    let destroyed = first["common"].as_array().into_iter().flatten().find(|c| c["property"] == "socket.destroyed");
    let destroyed = destroyed.expect("peers that hung up have destroyed sockets");
    assert_eq!((&destroyed["value"], &destroyed["over"]), (&json!("true"), &json!(true)), "{kind}");
    assert!(destroyed["count"].as_u64().is_some_and(|n| n + 1 >= count && n <= count), "{kind}: {destroyed}");
}

#[test]
fn the_list_of_a_server_comes_first() {
    let frozen = match lab::server() {
        Ok(frozen) => frozen,
        Err(why) => return left_out(why),
    };
    let records = frozen.held["constructors"]["records"].as_u64().expect("the program says how many it holds");
    for core in &frozen.cores {
        check_server(core.kind, &core.path, ".records", records);
    }
}

#[test]
fn the_list_of_a_32_bit_server_comes_first() {
    let Some(shared) = cores::shared() else { return };
    check_server("illumos, 32-bit", &shared.join("cores/lab-x86.core.zst"), ".clients", 1500);
}

each_line! {
    check;
    node_0_10: "0.10",
    node_12: "12",
    node_18: "18",
    node_22: "22",
    node_26: "26",
}

/// A program that does nothing has no suspect on the Node of `line`.
fn check_idle(line: &str) {
    let idle = match lab::idle(line) {
        Ok(idle) => idle,
        Err(why) => return left_out(&why),
    };
    let printed = Session::on(&idle.core).line("::jsleaks");
    assert!(printed.starts_with("no suspect: ") && printed.lines().count() == 1, "Node {line}: {printed}");
}

each_line! {
    check_idle;
    idle_node_0_10: "0.10",
    idle_node_0_12: "0.12",
    idle_node_4: "4",
    idle_node_6: "6",
    idle_node_8: "8",
    idle_node_10: "10",
    idle_node_12: "12",
    idle_node_14: "14",
    idle_node_16: "16",
    idle_node_18: "18",
    idle_node_20: "20",
    idle_node_22: "22",
    idle_node_24: "24",
    idle_node_26: "26",
}

#[test]
fn tables_of_v8_are_no_suspects() {
    let Some(shared) = cores::shared() else { return };
    let suspects = rows(&shared.join("cores/queue-x86.core.zst"), "::jsleaks");
    assert_eq!(suspects.len(), 1, "{suspects:?}");
    assert!(suspects[0]["path"].as_str().is_some_and(|path| path.ends_with(".byId")), "{suspects:?}");
}
