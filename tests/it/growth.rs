//! What has grown between two cores of `fixtures/lab/growing.js`: what the program says it holds more of, and where.
//!
//! Knows: that program. Must not know: V8.

use crate::lab::{self, Taken};
use crate::needs::{fixtures, left_out};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `jsdb diff`.
fn diff(arguments: &[&str], old: &Path, new: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsdb"));
    command.arg("diff").args(arguments).args([old, new]).output().expect("jsdb runs")
}

/// What it prints as JSON.
fn rows(arguments: &[&str], old: &Path, new: &Path) -> Vec<Value> {
    let output = diff(&[&["--json"], arguments].concat(), old, new);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("jsdb prints UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// The row of the objects of `constructor`, of which there are at most one shape.
fn row<'r>(rows: &'r [Value], constructor: &str) -> &'r Value {
    let mut of = rows.iter().filter(|row| row["constructor"] == constructor);
    match (of.next(), of.next()) {
        (Some(row), None) => row,
        _ => panic!("{constructor} is not one of {rows:#?}"),
    }
}

/// What is wrong with how `old` and `new` differ.
fn check(line: &str, old: &Taken, new: &Taken) {
    let count = |taken: &Taken, what: &str| taken.held[what].as_u64().expect("a count");
    let parcels = |taken| count(taken, "parcels") + count(taken, "forgotten");
    let all = rows(&["--all"], &old.core, &new.core);
    for (constructor, shape) in [("Parcel", "parcelNumber, label"), ("Label", "street, id")] {
        let row = row(&all, constructor);
        assert_eq!(row["shape"], shape, "Node {line}");
        assert_eq!(row["old"]["count"], parcels(old), "Node {line}: {row}");
        assert_eq!(row["new"]["count"], parcels(new), "Node {line}: {row}");
        assert_eq!(row["count"], parcels(new) - parcels(old), "Node {line}: {row}");
    }
    let parcel = row(&all, "Parcel");
    let each = |side: &str, what: &str| {
        parcel[side][what].as_u64().expect("bytes") / parcel[side]["count"].as_u64().expect("a count")
    };
    assert_eq!(each("old", "shallow"), each("new", "shallow"), "Node {line}");
    // A parcel has its label, a label its text.
    let label = row(&all, "Label");
    let retained = |row: &Value| row["retained"].as_i64().expect("bytes");
    assert!(retained(parcel) >= retained(label) + parcel["shallow"].as_i64().expect("bytes"), "Node {line}: {parcel}");
    // Where the newcomers are: so many in the list, the others in the one that only a closure knows.
    let mut held: Vec<(u64, String)> = parcel["held"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|held| (held["more"].as_u64().expect("a count"), held["path"].as_str().expect("a path").to_owned()))
        .collect();
    held.sort();
    let more = |what: &str| count(new, what) - count(old, what);
    let told: Vec<u64> = held.iter().map(|held| held.0).collect();
    assert_eq!(told, [more("forgotten"), more("parcels")], "Node {line}: {held:?}");
    assert!(held[0].1.ends_with("[*]") && held[0].1.contains("\"forgotten\" in closure of "), "Node {line}: {held:?}");
    assert!(held[1].1.ends_with(".parcels[*]"), "Node {line}: {held:?}");
    // Labels are parts of parcels: to say where the parcels are says it all.
    assert_eq!(label["held"].as_array().map(Vec::len), Some(0), "Node {line}: {label}");
    // The last is all that is alive.
    let last = all.last().expect("a line");
    assert!(last["constructor"].is_null(), "Node {line}: {last}");
    assert!(last["count"].as_i64() >= Some(2 * (parcels(new) - parcels(old)) as i64), "Node {line}: {last}");
    // What became fewer is told where all is asked for. What a list of the program has no more a word of the stack may.
    let couriers = &row(&all, "Courier")["new"]["count"];
    let (had, has) = (count(old, "couriers"), count(new, "couriers"));
    assert!(couriers.as_u64().is_some_and(|alive| (has..had).contains(&alive)), "Node {line}: {couriers}");
    let grown = rows(&[], &old.core, &new.core);
    assert!(grown.iter().all(|row| row["constructor"] != "Courier"), "Node {line}");
    for (limit, status) in [("1k", Some(3)), ("1g", Some(0))] {
        assert_eq!(diff(&["--limit", limit], &old.core, &new.core).status.code(), status, "Node {line}");
    }
}

fn grows(line: &str) {
    match lab::growing(line) {
        Ok([old, new]) => check(line, &old, &new),
        Err(why) => left_out(&why),
    }
}

#[test]
fn growth_on_node_0_10() {
    grows("0.10");
}

#[test]
fn growth_on_node_12() {
    grows("12");
}

#[test]
fn growth_on_node_18() {
    grows("18");
}

#[test]
fn growth_on_node_22() {
    grows("22");
}

#[test]
fn growth_on_node_26() {
    grows("26");
}

#[test]
fn cores_of_two_versions_are_compared_by_name() {
    let (old, new) = match (lab::growing("0.12"), lab::growing("20")) {
        (Ok([old, _]), Ok([_, new])) => (old, new),
        (Err(why), _) | (_, Err(why)) => return left_out(&why),
    };
    let output = diff(&[], &old.core, &new.core);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("the older core is of V8 3.28.") && said.contains(", the newer of V8 11.3."), "{said}");
    let all = rows(&[], &old.core, &new.core);
    assert_eq!(row(&all, "Parcel")["count"], 400);
}

#[test]
fn the_sample_grew_by_what_it_says() {
    let held = |name: &str| -> Value {
        let text = std::fs::read_to_string(fixtures().join(name)).expect("the table is there");
        serde_json::from_str(&text).expect("the table is JSON")
    };
    let records = |name| held(name)["constructors"]["records"].as_i64().expect("a count");
    let core = |name: &str| fixtures().join(name);
    let all = rows(&["-n", "64"], &core("demo-earlier.core.zst"), &core("demo.core.zst"));
    let listed = |row: &&Value| row["shape"] == "socket, invoke, onMessage";
    let row = all.iter().find(listed).expect("there are more records");
    let held = row["held"].as_array().expect("a list").iter();
    let more = held.filter(|held| held["path"].as_str().is_some_and(|path| path.ends_with("Exchange.records[*]")));
    let more: Vec<i64> = more.filter_map(|held| held["more"].as_i64()).collect();
    // Of either core's records, one or two are what a function on the stack works on.
    let grown = records("demo.json") - records("demo-earlier.json");
    assert!(more.len() == 1 && (grown - 1..=grown).contains(&more[0]), "{row}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let core = fixtures().join("demo.core.zst");
    for (other, why) in [("/nonexistent", "No such file"), ("/bin/sh", "no V8 was found in the older core")] {
        let output = diff(&[], Path::new(other), &core);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(why), "{said}");
    }
    let output = diff(&["--limit", "much"], &core, &core);
    assert_eq!(output.status.code(), Some(2));
    // The same twice has not grown.
    let output = diff(&["--limit", "0"], &core, &core);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2, "the heads, and all that is alive");
}
