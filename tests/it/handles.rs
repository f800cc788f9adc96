//! What Node waits for, on every line of it: each handle, timer and request that `fixtures/lab/handles.js` says it
//! holds, and no other.
//!
//! Knows: that program. Must not know: Node's structures, V8.

use crate::lab;
use crate::needs::left_out;
use crate::session::Session;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The objects that `line` prints as JSON.
fn rows(session: &Session<'_>, line: &str) -> Vec<Value> {
    let printed = session.clone().json().line(line);
    printed.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// Whether `row` has all that `wanted` has.
fn has(row: &Value, wanted: &Value) -> bool {
    wanted.as_object().expect("an object").iter().all(|(key, value)| row.get(key) == Some(value))
}

fn check(line: &str) {
    let taken = match lab::handles(line) {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let held = &taken.held;
    let at = |port: &str| format!("{}:{}", held["host"].as_str().expect("a host"), held[port]);
    let first = line == "0.10";
    let command = if first {
        Value::Null
    } else if line == "0.12" {
        json!("/bin/cat")
    } else {
        json!("/bin/cat -u -")
    };
    let mut wanted = vec![
        json!({ "class": "TCP", "ownerClass": "Server", "fd": held["serverFd"], "listens": at("port") }),
        json!({ "class": "TCP", "ownerClass": "Socket", "fd": held["clientFd"], "local": at("client"), "remote": at("port") }),
        json!({ "class": "TCP", "ownerClass": "Socket", "fd": held["acceptedFd"], "remote": at("client") }),
        json!({ "class": "Pipe", "ownerClass": "Server", "listens": held["pipe"] }),
        json!({ "class": "Pipe", "ownerClass": "Socket", "fd": 0 }),
        json!({ "class": "UDP", "ownerClass": "Socket", "local": null }),
        json!({ "class": "FSEvent", "ownerClass": "FSWatcher", "path": held["watched"] }),
        json!({ "class": "Process", "ownerClass": "ChildProcess", "pid": held["child"], "command": command }),
        json!({ "class": "Signal", "signal": 12 }),
        json!({ "class": "Timeout", "delay": held["interval"], "repeats": true, "name": "tick" }),
        json!({ "class": "Timeout", "delay": held["timeout"], "repeats": false, "name": "once" }),
    ];
    let session = Session::on(&taken.core);
    let handles = rows(&session, "::nodehandles");
    let mut wrong: Vec<String> = wanted
        .drain(..)
        .filter(|wanted| handles.iter().filter(|row| has(row, wanted)).count() != 1)
        .map(|wanted| format!("not found once: {wanted}"))
        .collect();
    let mut counted = BTreeMap::new();
    // Some versions open standard output and error as well, where these are pipes.
    for row in handles.iter().filter(|row| row["fd"] != 1 && row["fd"] != 2) {
        *counted.entry(row["class"].as_str().expect("a class").to_owned()).or_insert(0) += 1;
    }
    // The pipes: standard input, the server's, and three to the child.
    let counts = json!({ "FSEvent": 1, "Pipe": 5, "Process": 1, "Signal": 1, "TCP": 3, "Timeout": 2, "UDP": 1 });
    if json!(counted) != counts {
        wrong.push(format!("so many of each class: {counted:?}"));
    }
    let delays = session.line("::nodehandles | ::jsprint _idleTimeout");
    for delay in [held["interval"].to_string(), held["timeout"].to_string()] {
        if !delays.lines().any(|printed| printed == delay) {
            wrong.push(format!("::nodehandles gives no Timeout of {delay} ms to ::jsprint"));
        }
    }
    let requests = rows(&session, "::noderequests");
    let open = match line {
        "0.10" => json!({ "name": "opened" }),
        _ => json!({ "name": "opened", "operation": "open", "path": held["fifo"] }),
    };
    let keys = |row: &Value| row.as_object().map(|row| row.keys().cloned().collect::<Vec<_>>());
    if requests.first().and_then(keys) != handles.first().and_then(keys) {
        wrong.push("requests and handles have different keys".to_owned());
    }
    if requests.len() != 1 || !has(&requests[0], &open) {
        wrong.push(format!("expected the request {open}, and not {requests:?}"));
    }
    assert!(wrong.is_empty(), "Node {line}:\n{}\n{}", wrong.join("\n"), session.line("::nodehandles"));
}

each_line! {
    check;
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
