//! Every line of Node: one program, taken by gdb's gcore on each, held value by value to the tables of what it holds.
//!
//! Knows: `fixtures/lab/nodes.js` and its tables. Must not know: V8.

use crate::fixtures::table;
use crate::fixtures::written::{Written, written, written_since};
use crate::lab::{self, Taken};
use crate::needs::left_out;
use crate::session::Session;
use serde_json::Value;
use std::path::Path;

/// The object that holds what came since Node 0.10: as it was before it had `errors`, a copy that was moved may be seen.
const NODES: &str = "::findjsobjects -p shelfOfNodes | ::findjsobjects | ::jsgrep errors";
/// The object that holds the values of `values.js`.
const VALUES: &str = "::findjsobjects -p pegs";

/// A line of Node as a number: `0.12`, `26`.
fn number(line: &str) -> f64 {
    line.parse().expect("a line is a number")
}

/// What is wrong with what was printed for a row, if anything is.
fn wrong(expected: Option<Written>, ordered: bool, printed: &str) -> Option<String> {
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(|line| line.trim_start().to_owned()).collect();
        if !ordered {
            lines.sort_unstable();
        }
        lines
    };
    let (expected, right) = match expected? {
        Written::Text(text) => (text.clone(), text == printed || (!ordered && sorted(&text) == sorted(printed))),
        Written::Begins(text) => (text.clone(), printed.starts_with(&text)),
        Written::Has(lines) => {
            let found = sorted(printed);
            (lines.join(" "), lines.iter().all(|line| found.contains(line)))
        }
    };
    (!right).then(|| format!("expected {expected}\n  printed {printed}"))
}

/// Rows of `values.json` that say what later versions of Node do otherwise.
fn holds(line: &str, path: &str) -> bool {
    match path {
        // Its text begins otherwise, or is no longer to be had by a program.
        "strings.external" => matches!(line, "0.10" | "0.12"),
        // From ECMAScript 2015 on a function takes its name from the property that it is put in.
        "functions.anonymous" => number(line) < 6.0,
        _ => true,
    }
}

/// Holds a core of `nodes.js` on the Node of `line` to the tables.
fn check(line: &str, taken: &Taken) {
    let version = taken.held["node"].as_str().expect("the program says its version");
    assert!(version.starts_with(&format!("{line}.")), "Node {line} is {version}");
    let values = table("values.json");
    let nodes = table("nodes.json");
    let mut asked = Vec::new();
    let mut rows: Vec<(String, Option<Written>, bool)> = Vec::new();
    for (path, row) in values.as_object().expect("the table is an object") {
        if !holds(line, path) {
            continue;
        }
        asked.push(format!("{VALUES} | ::jsprint -d 8 {path}"));
        let expected =
            if line == "0.10" { written(&row["is"]) } else { written_since(&row["is"], number(line) >= 4.0) };
        rows.push((path.clone(), expected, row.get("order").is_none()));
    }
    for (path, row) in nodes.as_object().expect("the table is an object") {
        if row["since"].as_f64().is_none_or(|since| number(line) < since) {
            continue;
        }
        asked.push(format!("{NODES} | ::jsprint -d 8 {path}"));
        rows.push((path.clone(), generator(&row["is"]).or_else(|| written(&row["is"])), true));
        if let Some(place) = waiting(&row["is"], line) {
            asked.push(format!("{NODES} | ::jsprint {path} ! sed -n 's/.*\"at\".* line \\([0-9]*\\) .*/:\\1:/p'"));
            rows.push((format!("where {path} waits"), Some(place), true));
        }
        if let Some(constructor) = row["constructor"].as_str() {
            asked.push(format!("{NODES} | ::jsprint {path} | ::jsconstructor"));
            rows.push((format!("{path}'s constructor"), Some(Written::Text(constructor.to_owned())), true));
        }
    }
    if number(line) >= LINES_SINCE {
        asked.push(format!(
            "{VALUES} | ::jsprint wrapped.error | ::v8print ! sed -n 's/^ *[0-9a-f]* \\([A-Z][A-Za-z]*\\) .*{{$/\\1/p'"
        ));
        let classes = "JSError\nJSObject\nJSReceiver\nHeapObject";
        rows.push(("an error's classes".to_owned(), Some(Written::Text(classes.to_owned())), true));
    }
    for (error, made) in [
        (format!("{VALUES} | ::jsprint wrapped.error"), "wrapped line 207\nLab line 26"),
        (format!("{NODES} | ::jsprint errors.thrown"), "thrown line 74\nerrors line 84"),
        (format!("{NODES} | ::jsprint errors.captured"), "errors line 83\n<anonymous> line 88"),
    ] {
        let first = "! grep -F '\"at ' | sed -e 's/ *\"at //' -e 's/ (.* line/ line/' -e 's/ column.*//' | head -n 2";
        asked.push(format!("{error} {first}"));
        rows.push((format!("where {error} was made"), Some(Written::Text(made.to_owned())), true));
    }
    asked.push(format!("{NODES} | ::jsprint errors.asked ! grep -c '\"stack\": \"Error: asked.n    at errors '"));
    rows.push(("a stack that the program has read".to_owned(), Some(Written::Text("1".to_owned())), true));
    if line != "0.10" {
        asked.push("::findjsobjects -p turned | ::findjsobjects | ::jsprint bore".to_owned());
        rows.push(("who has a constant function".to_owned(), Some(Written::Text("12".to_owned())), true));
    }
    asked.push("::nodeinfo ! head -1".to_owned());
    rows.push(("version".to_owned(), Some(Written::Text(format!("node:      v{version}"))), true));
    if number(line) >= ASYNC_SINCE {
        asked.push(
            "::jsasync ! grep -A 1 'await sleeper' | sed -e 's/^ *[0-9a-f]* *\\([0-9]* *aw\\)/\\1/' -e 's/ (.* line/ line/' -e 's/ column.*//'"
                .to_owned(),
        );
        let waiting = "1 await sleeper line 5\nawaited by waiter line 9";
        rows.push(("async stack".to_owned(), Some(Written::Text(waiting.to_owned())), true));
    }
    asked.push("::findjsobjects -c Peg | ::findjsobjects | ::jsprint n ! sort -n | uniq | wc -l".to_owned());
    rows.push(("pegs found".to_owned(), Some(Written::Text("1000".to_owned())), true));
    asked.push("::findjsobjects -c Peg | ::findjsobjects ! wc -l".to_owned());
    rows.push(("pegs found once".to_owned(), Some(Written::Text("1000".to_owned())), true));
    if number(line) >= 4.0 {
        asked.push("::findjsobjects -c Dog | ::findjsobjects ! wc -l".to_owned());
        rows.push(("dogs found once".to_owned(), Some(Written::Text("25".to_owned())), true));
    }
    // n counts from 0, label is "peg " and n, ratio is n / 8: of what follows each is known.
    for (query, count) in [
        ("'n % 2 == 0 && n > 500'", "249"),
        ("'/^peg \\d$/.test(label) || ratio === 124.875'", "11"),
        ("'label.endsWith(\"99\") && typeof nosuch === \"undefined\" && !nosuch.more'", "10"),
        ("'this instanceof Peg && \"ratio\" in this && label.length == 7'", "900"),
    ] {
        asked.push(format!("::findjsobjects -c Peg | ::findjsobjects | ::jsgrep {query} ! wc -l"));
        rows.push((format!("pegs of which {query} holds"), Some(Written::Text(count.to_owned())), true));
    }
    asked.push("::findjsobjects -c Peg | ::findjsobjects | ::jssort -r -n 3 ratio | ::jsprint n".to_owned());
    rows.push(("the largest pegs".to_owned(), Some(Written::Text("999\n998\n997".to_owned())), true));
    asked.push("::findjsobjects -c Peg | ::findjsobjects | ::jscount -b 'n % 3' ! awk '{ print $2, $3 }'".to_owned());
    rows.push((
        "pegs by what is left of a third".to_owned(),
        Some(Written::Text("COUNT VALUE\n333 1\n333 2\n334 0\n1000".to_owned())),
        true,
    ));
    if number(line) >= 4.0 {
        asked.push("::findjsobjects -c Dog | ::findjsobjects | ::jsgrep 'this instanceof Animal' ! wc -l".to_owned());
        rows.push(("dogs are animals".to_owned(), Some(Written::Text("25".to_owned())), true));
    }
    asked.push(format!("{VALUES} | ::jsprint functions.counter | ::jsclosure ! sed s/:.*:/:/ | sort"));
    let closure = "    \"count\": 2\n    \"secret\": \"captured\"";
    rows.push(("closure".to_owned(), Some(Written::Text(closure.to_owned())), true));
    let printed = Session::on(&taken.core).each(&asked);
    let mut all_wrong: Vec<String> = rows
        .into_iter()
        .zip(printed)
        .filter_map(|((what, expected, ordered), printed)| {
            let printed = printed.trim_end().trim_start_matches('\n');
            wrong(expected, ordered, printed).map(|wrong| format!("{what}: {wrong}"))
        })
        .collect();
    all_wrong.extend(stack(line, &Session::on(&taken.core)));
    all_wrong.extend(compiled(line, &Session::on(&taken.core)));
    assert!(all_wrong.is_empty(), "Node {line}:\n{}", all_wrong.join("\n"));
}

/// How what is printed for a generator begins.
fn generator(is: &Value) -> Option<Written> {
    let (state, function) = (is.get("generator")?.as_str()?, is["function"].as_str()?);
    Some(Written::Begins(format!("Generator({state}) {{\n    \"function\": function {function},")))
}

/// Where a generator of the table waits: known from Node 8 on, whose functions are interpreted.
fn waiting(is: &Value, line: &str) -> Option<Written> {
    let at = is.get("line").filter(|_| number(line) >= LINES_SINCE)?;
    Some(Written::Text(format!(":{at}:")))
}

/// The frames of `nodes.js`, innermost first: name, the line where it is defined, where it is executing, its arguments.
const FRAMES: [(&str, u32, u32, &[&str]); 4] = [
    ("settle", 32, 36, &["Request", "value = 42"]),
    ("each", 43, 45, &["value = 7"]),
    ("handle", 48, 49, &["String", "HeapNumber"]),
    ("outermost", 52, 53, &[]),
];

/// What is wrong with the stack.
fn stack(line: &str, session: &Session<'_>) -> Vec<String> {
    let mut all_wrong = Vec::new();
    let asked = FRAMES.map(|(name, ..)| format!("::jsstack -v -n 0 -f {name}\n::jsstack -l -f {name}"));
    for ((name, defined, executing, arguments), printed) in FRAMES.into_iter().zip(session.each(&asked)) {
        let mut has = |what: &str| {
            if !printed.lines().any(|l| l.contains(what)) {
                all_wrong.push(format!("{name}: expected {what} in\n{printed}"));
            }
        };
        has(&format!("js:     {name}"));
        if line != "0.10" {
            has(&format!("posn: line {defined}"));
        }
        if line != "0.10" {
            has(&format!("at: line {executing} column"));
        }
        has(&format!("nodes.js line {executing} column"));
        for (at, argument) in arguments.iter().enumerate() {
            let wanted = format!("arg{}: ", at + 1);
            if !printed.lines().any(|l| l.contains(&wanted) && l.contains(argument)) {
                all_wrong.push(format!("{name}: expected {wanted}{argument} in\n{printed}"));
            }
        }
    }
    all_wrong
}

/// What is wrong with when the program began and how long it had run, of which it has said something in its last turn.
fn times(line: &str, taken: &Taken) -> Option<String> {
    let row = Session::on(&taken.core).json().line("::nodeinfo");
    let row: Value = serde_json::from_str(&row).expect("an object");
    let said = |name: &str| taken.held[name].as_f64().expect("the program says a number");
    let (uptime, started) = (row["uptime"].as_f64(), row["started"].as_f64());
    // A timer has run; in 0.10 whole seconds are said.
    let runs = uptime.is_some_and(|uptime| (0.015..=said("uptime") + 1.0).contains(&uptime));
    let began = said("now") - said("uptime") * 1e3;
    let begins = match started {
        Some(started) => (started - began).abs() < 5e3,
        None => number(line) < DATES_SINCE,
    };
    (!runs || !begins).then(|| format!("said {:?}\n  printed {row}", taken.held))
}

/// The first line of Node that keeps when it began.
const DATES_SINCE: f64 = 8.0;

/// The frames of `hot.js`, innermost first: name, where it is executing, its last argument, and since which Node it is
/// inlined into the next.
const COMPILED: [(&str, u32, i64, Option<f64>); 6] = [
    ("inner", 19, 15, Some(0.10)),
    ("middle", 25, 14, Some(0.10)),
    ("outer", 30, 13, None),
    ("flat", 37, 12, None),
    ("leaf", 41, 11, Some(MAGLEV_SINCE)),
    ("quick", 46, 10, None),
];

/// What is wrong with the frames of compiled code.
fn compiled(line: &str, session: &Session<'_>) -> Vec<String> {
    let frame = |(name, at, _, inlined): &(&str, u32, i64, Option<f64>)| {
        let inlined = if inlined.is_some_and(|since| number(line) >= since) { " [inlined]" } else { "" };
        format!("js:     {name}{inlined} line {at}\n")
    };
    let expected: String = COMPILED.iter().map(frame).collect();
    let short = "! grep hot.js | head -n 6 | sed -e 's/ ([^)]* line / line /' -e 's/ column.*//'";
    let mut asked = vec![format!("::jsstack -l {short}")];
    asked.extend(COMPILED.iter().map(|(name, ..)| format!("::jsstack -v -n 0 -f {name} ! grep arg2")));
    let mut printed = session.each(&asked).into_iter();
    let mut all_wrong = Vec::new();
    if let Some(frames) = printed.next().filter(|frames| *frames != expected) {
        all_wrong.push(format!("compiled code: expected\n{expected}printed\n{frames}"));
    }
    for ((name, _, argument, _), printed) in COMPILED.iter().zip(printed) {
        if !printed.contains(&format!("value = {argument})")) {
            all_wrong.push(format!("{name}: expected arg2 {argument} in\n{printed}"));
        }
    }
    all_wrong
}

/// What README's table tells: a feature, and the first line of Node that has it. `check` holds every line to just this.
const FEATURES: &[(&str, f64)] = &[
    ("values of ECMAScript 5, of every kind in memory", 0.10),
    ("objects by constructor, each once", 0.10),
    ("variables of closures", 0.10),
    ("stack: functions, receivers, arguments", 0.10),
    ("stack: the line being executed, also of compiled code", 0.10),
    ("stack: inlined functions, and their arguments", 0.10),
    ("errors: where they were made", 0.10),
    ("symbols, Map, Set, WeakMap, promises, buffers, views", 0.12),
    ("classes, generators", 4.0),
    ("async functions: who waits for whom", ASYNC_SINCE),
    ("BigInt, Proxy, frozen and sealed arrays", 10.0),
    ("workers: each isolate by itself", 12.0),
    ("private members", 12.0),
    ("weak references", 14.0),
];

/// The first line of Node whose generators tell which line they are at.
const LINES_SINCE: f64 = 8.0;
/// The first line of Node that has Maglev, unless it is told not to.
const MAGLEV_SINCE: f64 = 24.0;
/// The first line of Node that has async functions.
const ASYNC_SINCE: f64 = 8.0;

/// README's table of lines and features.
fn support() -> String {
    let mut out = format!("| | {} |\n|---|{}\n", LINES.join(" | "), "---|".repeat(LINES.len()));
    for &(feature, since) in FEATURES {
        let cell = |line: &&str| if number(line) < since { "–" } else { "yes" };
        out += &format!("| {feature} | {} |\n", LINES.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    out
}

#[test]
fn the_table_of_readme_is_what_every_line_is_held_to() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("README is there");
    let (before, rest) = readme.split_once("<!-- table of nodes -->\n").expect("the table has a place");
    let (table, after) = rest.split_once("<!-- end of table of nodes -->").expect("its end has a place");
    if table == support() {
        return;
    }
    assert!(std::env::var_os("JSDB_BLESS").is_some(), "README's table of nodes is not that of FEATURES: JSDB_BLESS=1");
    let made = format!("{before}<!-- table of nodes -->\n{}<!-- end of table of nodes -->{after}", support());
    std::fs::write(&path, made).expect("README can be written");
}

#[test]
fn what_a_collection_left_behind_is_not_there() {
    for line in ["0.12", "4", "6", "8", "12", "20"] {
        let taken = match lab::scavenged(line) {
            Ok(taken) => taken,
            Err(why) => return left_out(&why),
        };
        let counted = |class: &str| format!("::findjsobjects -c {class} | ::findjsobjects ! wc -l");
        let printed = Session::on(&taken.core).each(&[counted("Ghost"), counted("Keeper")]);
        let expected = ["ghosts", "keepers"].map(|name| taken.held[name].to_string());
        assert_eq!(printed.iter().map(|text| text.trim()).collect::<Vec<_>>(), expected, "Node {line}");
    }
}

#[test]
fn cores_of_the_kernel_need_no_executable() {
    for line in ["20", "22", "24", "26"] {
        match lab::killed_nodes(line) {
            Ok(taken) => check(line, &taken),
            Err(why) => left_out(&why),
        }
    }
}

macro_rules! lines {
    ($($test:ident: $line:literal),* $(,)?) => {
        /// Every line of Node, the oldest first.
        const LINES: &[&str] = &[$($line),*];

        $(#[test]
        fn $test() {
            match lab::nodes($line) {
                Ok(taken) => {
                    check($line, &taken);
                    assert_eq!(times($line, &taken), None, "Node {}", $line);
                }
                Err(why) => left_out(&why),
            }
        })*
    };
}

lines! {
    node_0_10: "0.10",
    node_0_12: "0.12",
    node_4: "4",
    node_6: "6",
    node_8: "8",
    node_10: "10",
    node_12: "12",
    node_14: "14",
    node_16: "16",
    node_18: "18",
    node_20: "20",
    node_22: "22",
    node_24: "24",
    node_26: "26",
}
