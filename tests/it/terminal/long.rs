//! Commands that take their time: how far they are, and Ctrl-C, on a core of a million objects.

use super::{DONE, READY, Start, Terminal};
use crate::lab;
use crate::needs::left_out;
use std::time::{Duration, Instant};

/// What Ctrl-C may take: 0.2 s, and what a machine adds that runs other tests at the same time.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1000 } else { 200 });

/// Runs `line`, presses Ctrl-C after `pause`; what was printed.
#[track_caller]
fn interrupted(terminal: &mut Terminal, line: &str, pause: Duration) -> String {
    terminal.types(&format!("{line}\r"));
    terminal.until(DONE);
    std::thread::sleep(pause);
    let pressed = Instant::now();
    terminal.types("\x03");
    let printed = terminal.until(READY);
    let took = pressed.elapsed();
    assert!(took < PATIENCE, "{line}: {took:?}");
    printed
}

#[test]
fn ctrl_c_stops_anything_and_costs_nothing() {
    let million = match lab::million() {
        Ok(million) => million,
        Err(why) => return left_out(why),
    };
    let all = million.held["tickets"].as_u64().expect("a count");
    let mut terminal = Start::on(&million.cores[0].path, "ctrl-c").with("+o").with("pager").start();
    let pause = Duration::from_millis(150);
    // A scan: nothing of it is kept, the next is complete.
    let printed = interrupted(&mut terminal, "::findjsobjects; ::echo after", pause);
    assert!(!printed.contains("OBJECT") && !printed.contains("after"), "{printed}");
    let count = "::findjsobjects ! grep 'Ticket: id, seat' | awk '{ print \"tickets:\", $2 }'";
    assert!(terminal.line(count).contains(&format!("tickets: {all}\r\n")));
    // From here on the scan is kept: no line needs another.
    let again = Instant::now();
    assert!(terminal.line(count).contains(&format!("tickets: {all}\r\n")));
    assert!(again.elapsed() < Duration::from_millis(800), "the scan was made once");
    for line in [
        "::findjsobjects -c Ticket | ::findjsobjects | ::map .+1 | ::map .+1 | ::grep 0",
        "::findjsobjects -c Ticket | ::findjsobjects",
        "::findjsobjects -c Ticket | ::findjsobjects | ::jsprint",
        "::findjsobjects -c Ticket | ::findjsobjects | ::jsprint ! cat >/dev/null",
        "::findjsobjects -c Shelf | ::jsprint -d 4",
        "::findjsobjects -c Shelf | ::jsprint -d 4 ! cat >/dev/null",
        "0,100000000::map .",
        "! sleep 100",
        "! yes",
    ] {
        interrupted(&mut terminal, line, Duration::from_millis(400));
        assert!(terminal.line("::echo alive").contains("alive \r\n"), "{line}");
    }
    let again = Instant::now();
    assert!(terminal.line(count).contains(&format!("tickets: {all}\r\n")));
    assert!(again.elapsed() < Duration::from_millis(800), "what was found is kept");
}

#[test]
fn ctrl_c_drops_what_was_pasted_after_the_line() {
    let mut terminal = Start::on_sample("ctrl-c-paste").start();
    terminal.types("! sleep 100\r::echo one\r::echo two\r");
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
