//! Functions, their source, what they close over, and the stack that they made: against the programs themselves.

use crate::cores::shared;
use crate::fixtures::stack::frames;
use crate::needs::fixtures;
use crate::session::Session;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The sample core: the server of `pingpong-server.js`.
fn sample() -> PathBuf {
    fixtures().join("demo.core.zst")
}

/// The addresses in a listing: the first word of each line.
fn addresses(listing: &str) -> Vec<&str> {
    listing.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn each_peer_has_its_own_closures() {
    let text = std::fs::read_to_string(fixtures().join("demo.json")).expect("the table is there");
    let held: serde_json::Value = serde_json::from_str(&text).expect("the table is JSON");
    // Whoever asked for the audit is a peer too.
    let peers = held["exchange"]["served"].as_u64().expect("a count") as usize + 1;
    let core = sample();
    let session = Session::on(&core);
    let listed = session.line("::jsfunctions -n invoke -s pingpong | ::jsfunctions");
    let closures = addresses(&listed);
    assert_eq!(closures.len(), peers);
    let lines: Vec<_> = closures.iter().map(|closure| format!("{closure}::jsclosure")).collect();
    let sockets: HashSet<String> = session
        .each(&lines)
        .iter()
        .map(|printed| printed.lines().find(|l| l.starts_with("    \"socket\": ")).expect("a socket").to_owned())
        .collect();
    assert_eq!(sockets.len(), peers, "each closes over a socket of its own");
}

#[test]
fn source_is_the_text_of_the_program() {
    let core = sample();
    let session = Session::on(&core);
    let printed = session.line("::jsfunctions -n forget -s pingpong | ::jssource -n 0");
    let program = std::fs::read_to_string(fixtures().join("lab/pingpong-server.js")).expect("the program is there");
    let lines: Vec<&str> = printed.lines().filter_map(|line| line.get(6..)).collect();
    assert!(lines[0].ends_with("pingpong-server.js"), "{printed}");
    let text = lines[1..].join("\n");
    assert!(text.starts_with("Exchange.prototype.forget = function forget(record) {"), "{printed}");
    assert!(program.contains(text.trim_end()), "{printed}");
}

#[test]
fn an_instruction_leads_to_its_function() {
    let core = sample();
    let session = Session::on(&core);
    let stack = session.line("::jsstack -a");
    // fp pc NAME (JSFunction: ADDR)
    let frame =
        |name: &str| stack.lines().find(|line| line.contains(&format!(" {name} (JSFunction"))).map(str::to_owned);
    for name in ["settle", "report", "audit"] {
        let frame = frame(name).expect("the function is on the stack");
        let pc = frame.split_whitespace().nth(1).expect("an address");
        let found = session.line(&format!("::jsfunctions -x {pc}"));
        let rows: Vec<&str> = found.lines().skip(1).collect();
        assert_eq!(rows.len(), 1, "{found}");
        assert!(rows[0].contains(&format!(" {name} ")), "{found}");
    }
}

#[test]
fn the_frames_of_a_walk_are_those_of_the_stack() {
    let core = sample();
    let printed = Session::on(&core).each(&["::jsstack -a", "::walk jsframe", "::walk jsframe | ::jsframe -a"]);
    let [stack, walk, frames] = &printed[..] else { unreachable!("three lines, three answers") };
    let bare = |addr: &str| addr.trim_start_matches("0x").to_owned();
    let walked: Vec<String> = walk.lines().map(bare).collect();
    let shown: Vec<String> = addresses(stack).into_iter().map(bare).collect();
    assert!(shown.iter().all(|fp| walked.contains(fp)), "{stack}{walk}");
    // `::jsframe` shows the frame that its address points to: the next one.
    assert_eq!(stack.lines().skip(1).collect::<Vec<_>>(), frames.lines().collect::<Vec<_>>());
}

/// The core of `queue.js`, which died of an exception in nested callbacks, if it is at hand.
fn queue() -> Option<PathBuf> {
    Some(shared()?.join("cores/queue-x86.core.zst"))
}

#[test]
fn a_32_bit_stack_is_as_the_program_laid_it() {
    let Some(core) = queue() else { return };
    let session = Session::on(&core);
    let found = frames(&session.line("::jsstack -v -n 0"));
    let called: Vec<(&str, usize)> = found.iter().map(|f| (f.function.as_str(), f.arguments.len())).collect();
    let program = [
        ("<anonymous> (as <anon>)", 0),
        ("deliver", 3),
        ("onPoison", 2),
        ("emit", 1),
        ("processJob", 2),
        ("each", 2),
        ("forEach", 2),
        ("<anonymous> (as Queue.drain)", 0),
        ("go", 0),
        ("listOnTimeout", 0),
    ];
    assert_eq!(called, program);
    let lines: Vec<_> = found.iter().filter(|f| f.file == "/opt/lab/queue.js").map(|f| f.line).collect();
    assert_eq!(lines, [15, 15, 14, 8, 7, 7, 16].map(Some));
    let printed = session.each(&[
        "::jsstack -f processJob -p this | ::jsprint name",
        "::jsstack -f processJob -p arg1 | ::jsprint id",
        "::jsstack -f processJob -p arg2 | ::v8type",
        "::jsstack -f forEach -p this | ::jsprint length",
        "::jsstack -f forEach -p arg1 | ::jsfunction",
        "::jsstack -f deliver -p arg3 | ::jsclosure",
    ]);
    let printed: Vec<&str> = printed.iter().map(|text| text.trim_end()).collect();
    assert_eq!(printed[..2], ["\"mail\"", "2"]);
    assert!(printed[2].ends_with("SMI: value = 2"), "{}", printed[2]);
    assert_eq!(printed[3], "3");
    assert!(printed[4].starts_with("function: each\n"), "{}", printed[4]);
    assert!(printed[5].contains("\"q\": "), "{}", printed[5]);
}

#[test]
fn the_kernels_frame_is_left_out_unless_all_are_asked_for() {
    let Some(shared) = shared() else { return };
    let core = shared.join("cores/lab-x86.core.zst");
    let printed = Session::on(&core).each(&["::jsstack", "::jsstack -a"]);
    let lines: Vec<&str> = printed[0].lines().collect();
    assert_eq!(lines.first(), Some(&"native: uv_run+0xc0"));
    assert_eq!(lines.last(), Some(&"        (1 internal frame elided)"));
    assert!(printed[1].lines().next().is_some_and(|line| line.ends_with("`__kernel_vsyscall+9")), "{}", printed[1]);
    assert_eq!(printed[1].lines().count(), lines.len());
}

#[test]
fn a_32_bit_source_is_the_text_of_the_program() {
    let (Some(core), Some(shared)) = (queue(), shared()) else { return };
    let program = |name: &str| std::fs::read_to_string(Path::new(&shared).join("cores/programs").join(name));
    let program = program("queue.js").expect("the program is there");
    let printed = Session::on(&core).line("::jsfunctions -n processJob | ::jssource -n 0");
    let (_, source) = printed.split_once("    8 ").expect("it stands on line 8");
    assert!(program.lines().any(|line| line == source.trim_end()), "{printed}");
}

#[test]
fn nodes_wrapper_begins_the_first_line_as_in_mdb() {
    let (Some(core), Some(shared)) = (queue(), shared()) else { return };
    let program =
        std::fs::read_to_string(Path::new(&shared).join("cores/programs/queue.js")).expect("the program is there");
    let first = program.lines().next().expect("it has a line");
    let printed = Session::on(&core).line("::jsfunctions -s queue.js -n Queue | ::jssource -n 99 ! head -n 3");
    let wrapped = format!("(    1 function (exports, require, module, __filename, __dirname) {{ {first}");
    assert_eq!(printed.lines().nth(1), Some(wrapped.as_str()), "{printed}");
    assert!(printed.lines().nth(2).is_some_and(|line| line.starts_with("    2 ")), "{printed}");
}

#[test]
fn a_wrong_option_of_jsprint_is_told_and_looked_for_as_a_member() {
    let output = Session::on(&sample()).run("2::jsprint -Z name\n");
    assert_eq!(output.stderr, "jsdb: illegal option -- Z\n");
    assert_eq!(output.stdout, "undefined undefined\n");
}
