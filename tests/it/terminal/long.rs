//! Commands that take their time: how far they are, and Ctrl-C, on a core of a million objects.

use super::{DONE, READY, Start, Terminal};
use crate::lab;
use crate::needs::left_out;
use std::time::Duration;

/// What a line says when it comes to its end.
const END: &str = "that was all";

/// Runs `line`, presses Ctrl-C after `pause`; what was printed. The line must not have come to its end.
#[track_caller]
fn interrupted(terminal: &mut Terminal, line: &str, pause: Duration) -> String {
    // A shell would take what follows for its own.
    let end = if line.contains('!') { String::new() } else { format!("; ::echo {END}") };
    terminal.types(&format!("{line}{end}\r"));
    terminal.until(DONE);
    std::thread::sleep(pause);
    terminal.types("\x03");
    let printed = terminal.until(READY);
    assert!(!printed.contains(END), "{line}: {printed}");
    printed
}

#[test]
fn ctrl_c_stops_anything_and_costs_nothing() {
    let million = match lab::million() {
        Ok(million) => million,
        Err(why) => return left_out(why),
    };
    let all = million.held["tickets"].as_u64().expect("a count");
    let start = Start::on(&million.cores[0].path, "ctrl-c").with("+o").with("pager").variable("JSDB_PASSES", "1");
    let mut terminal = start.start();
    let scan = "pass: objects";
    let pause = Duration::from_millis(150);
    // A scan: nothing of it is kept, the next is complete.
    let printed = interrupted(&mut terminal, "::findjsobjects", pause);
    assert!(printed.contains(scan) && !printed.contains("OBJECT"), "{printed}");
    let count = "::findjsobjects ! grep 'Ticket: id, seat' | awk '{ print \"tickets:\", $2 }'";
    let all = format!("tickets: {all}\r\n");
    let printed = terminal.line(count);
    assert!(printed.contains(scan) && printed.contains(&all), "{printed}");
    // From here on the scan is kept: no line needs another.
    let printed = terminal.line(count);
    assert!(!printed.contains(scan) && printed.contains(&all), "{printed}");
    for line in [
        "::findjsobjects -c Ticket | ::findjsobjects | ::map .+1 | ::map .+1 | ::grep 0",
        "::findjsobjects -c Ticket | ::findjsobjects",
        "::findjsobjects -c Ticket | ::findjsobjects | ::jsprint",
        "::findjsobjects -c Ticket | ::findjsobjects | ::jsprint ! cat >/dev/null",
        "::findjsobjects -c Shelf | ::jsprint -d 4",
        "::findjsobjects -c Shelf | ::jsprint -d 4 ! cat >/dev/null",
        "0,100000000000000::map .",
        "! sleep 10000",
        "! yes",
    ] {
        let printed = interrupted(&mut terminal, line, Duration::from_millis(400));
        assert!(!printed.contains(scan), "{line}");
        assert!(terminal.line("::echo alive").contains("alive \r\n"), "{line}");
    }
    let printed = terminal.line(count);
    assert!(!printed.contains(scan) && printed.contains(&all), "{printed}");
}

#[test]
fn ctrl_c_drops_what_was_pasted_after_the_line() {
    let mut terminal = Start::on_sample("ctrl-c-paste").start();
    terminal.types("! sleep 10000\r::echo one\r::echo two\r");
    terminal.until(DONE);
    std::thread::sleep(Duration::from_millis(300));
    terminal.types("\x03");
    let printed = terminal.until(READY);
    assert!(!printed.contains("one"), "{printed}");
    assert!(!terminal.line("::echo three").contains("two"));
}

#[test]
fn a_bar_shows_how_far_the_work_is() {
    let million = match lab::million() {
        Ok(million) => million,
        Err(why) => return left_out(why),
    };
    let mut terminal = Start::on(&million.cores[0].path, "bar").start();
    let line = "::findjsobjects -c Ticket | ::findjsobjects | ::map .+1 | ::map .+1 | ::head -1";
    let printed = terminal.line(line);
    let bar = printed.split('\r').find(|part| part.contains(" of 1000000 addresses, ")).expect("there was a bar");
    assert!(bar.contains('[') && bar.contains(" % ") && bar.contains(" left"), "{bar}");
    // It is gone before anything is printed.
    let last = printed.trim_end().rsplit(['\r', '\n']).next().unwrap_or_default().replace("\x1b[2K", "");
    assert!(u64::from_str_radix(&last, 16).is_ok(), "{last:?}");
    // What nobody counts only tells how long it takes.
    terminal.types("::findjsobjects -c Shelf | ::jsprint -d 4\r");
    terminal.until("working, 1 s; Ctrl-C stops it");
    terminal.types("\x03");
    terminal.until(READY);
    // A shell, or a page that waits for a key, has the terminal for itself.
    assert!(!terminal.line("! sleep 2").contains("working"));
    terminal.types("::findjsobjects\r");
    terminal.until("? ");
    std::thread::sleep(Duration::from_millis(1500));
    terminal.types("q");
    assert!(!terminal.until(READY).contains("working"));
    // What is quick has none.
    assert!(!terminal.line("::status").contains(" left"));
}
