//! Several isolates in one process: each is listed, by the thread that runs it, and shows what it holds and no more.
//!
//! Knows: `fixtures/lab/workers.js`. Must not know: V8's pages.

use crate::lab::{self, Taken};
use crate::needs::left_out;
use crate::session::Session;
use serde_json::{Value, json};

/// The flocks, in the order of their threads.
const FLOCKS: [&str; 3] = ["home", "hill", "dale"];
/// What is on the stack of `dale`, innermost first.
const DRIVEN: [&str; 5] = ["graze", "each", "forEach", "drive", "live"];

/// The objects that were printed as JSON.
fn objects(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// Where each flock's isolate is, and what is wrong with the list of isolates, of which `current` is to be looked at.
fn listed(session: &Session<'_>, current: &str) -> (Vec<String>, Vec<String>) {
    let rows = objects(&session.clone().json().line("::isolates"));
    let mut wrong = Vec::new();
    let told: Vec<Value> = rows
        .iter()
        .map(|row| json!([row["threadId"], row["main"], row["current"], row["thread"].is_number()]))
        .collect();
    let expected: Vec<Value> =
        FLOCKS.iter().enumerate().map(|(id, name)| json!([id, id == 0, *name == current, true])).collect();
    if told != expected {
        wrong.push(format!("isolates: expected {expected:?}\n  and not {rows:?}"));
    }
    let walked = session.line("::walk isolate");
    let addrs =
        rows.iter().filter_map(|row| row["address"].as_str()).map(|addr| addr.trim_start_matches("0x").to_owned());
    let addrs: Vec<String> = addrs.collect();
    if walked.lines().map(|addr| addr.trim_start_matches("0x")).ne(addrs.iter().map(String::as_str)) {
        wrong.push(format!("the walker gives {walked}"));
    }
    (addrs, wrong)
}

/// What to ask of the isolate that is looked at, and what that is to print for `flock`, whose program said `held`.
fn questions(flock: &str, held: &Value) -> Vec<(String, String)> {
    let own = &held["flocks"][flock];
    let size = own["sheep"].as_u64().expect("a number");
    let sheep: Vec<String> = (0..size).map(|number| format!("{number} \"{flock}\"")).collect();
    let waits = own["waits"].as_str().expect("a name");
    let all = [
        ("::findjsobjects -c Sheep | ::findjsobjects | ::jsprint number flock ! sort -n", sheep.join("\n")),
        (
            "::findjsobjects -p flockName | ::findjsobjects | ::jsprint flockName size weight sheep.length",
            format!("\"{flock}\" {size} {size}.5 {size}"),
        ),
        (
            "::findjsobjects -p flockName | ::findjsobjects | ::jspath ! wc -l | sed 's/[1-9][0-9]*/some/'",
            "some".to_owned(),
        ),
        ("::jsheap -c ! awk '/ Sheep$/ { print $2 }'", size.to_string()),
        ("::jsfunctions -n graze ! awk '/graze/ { print $2 }'", "1".to_owned()),
        ("::jsasync ! sed -n 's/.* await \\([a-zA-Z]*\\) (.*workers.js.*/\\1/p'", waits.to_owned()),
        ("::nodeinfo ! head -n 1", format!("node:      v{}", held["node"].as_str().expect("a version"))),
    ];
    all.into_iter().map(|(question, answer)| (question.to_owned(), answer)).collect()
}

/// Holds the core of `taken` to what each thread holds; the thread of `current` died, or is the main one.
fn check(line: &str, taken: Result<Taken, String>, current: &str) {
    let taken = match taken {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let session = Session::on(&taken.core);
    let (addrs, mut wrong) = listed(&session, current);
    assert_eq!(addrs.len(), FLOCKS.len(), "Node {line}:\n{}", wrong.join("\n"));
    let has_symbols = current == "home";
    // First what is looked at unless another is chosen, then each in turn.
    let order = [current].into_iter().chain(FLOCKS);
    let (mut asked, mut expected) = (Vec::new(), Vec::new());
    for (at, flock) in order.enumerate() {
        if at > 0 {
            let number = FLOCKS.iter().position(|name| *name == flock).expect("a flock");
            asked.push(format!("{}::isolate", addrs[number]));
            expected.push(String::new());
        }
        let mut questions = questions(flock, &taken.held);
        if has_symbols {
            let interval = taken.held["flocks"][flock]["interval"].to_string();
            questions.push(("::nodehandles | ::jsprint _idleTimeout ! grep -v undefined".to_owned(), interval));
        }
        if flock == "dale" {
            let names = format!("::jsstack ! sed -n 's/^js: *\\({}\\)$/\\1/p'", DRIVEN.join("\\|"));
            questions.push((names, DRIVEN.join("\n")));
            let argument = "::jsstack -f graze -p arg1 | ::jsprint flockName size weight";
            questions.push((argument.to_owned(), "\"dale\" 101 101.5".to_owned()));
        }
        for (question, answer) in questions {
            asked.push(question);
            expected.push(answer);
        }
    }
    for ((question, expected), printed) in asked.iter().zip(&expected).zip(session.each(&asked)) {
        if printed.trim_end() != expected {
            wrong.push(format!("{question}: expected {expected}\n  printed {printed}"));
        }
    }
    assert!(wrong.is_empty(), "Node {line}:\n{}", wrong.join("\n"));
}

#[test]
fn who_dies_in_a_worker_is_looked_at_in_its_isolate() {
    for line in ["20", "22", "24", "26"] {
        check(line, lab::died_in_worker(line), "dale");
    }
}

each_line! {
    |line| check(line, lab::workers(line), "home");
    node_12: "12",
    node_14: "14",
    node_16: "16",
    node_18: "18",
    node_20: "20",
    node_22: "22",
    node_24: "24",
    node_26: "26",
}
