//! Long output: a page at a time, to the terminal's size.

use super::{READY, Start, Terminal};

const QUESTION: &str = ">> More [<space>, <cr>, q, n, c, a] ? ";

/// Waits for the pager's question; how many lines came before it.
#[track_caller]
fn page(terminal: &mut Terminal) -> usize {
    lines(&terminal.until(QUESTION))
}

fn lines(text: &str) -> usize {
    text.matches("\r\n").count()
}

#[test]
fn the_pager_knows_the_keys_of_mdb() {
    let mut terminal = Start::on_sample("pager").size(80, 10).start();
    terminal.types("::formats; ::echo after\r");
    terminal.until(super::DONE);
    assert_eq!(page(&mut terminal), 1 + 9, "the line's own end, and a page but for the question's row");
    terminal.types(" ");
    assert_eq!(page(&mut terminal), 9);
    for one in ["\r", "n"] {
        terminal.types(one);
        assert_eq!(page(&mut terminal), 1, "{one:?} is one line");
    }
    terminal.types("x");
    terminal.types("q");
    let rest = terminal.until(READY);
    assert_eq!(lines(&rest), 1, "q drops the rest of this command and goes on: {rest:?}");
    assert!(rest.contains("after \r\n"));

    terminal.types("::formats; ::echo after\r");
    page(&mut terminal);
    terminal.types("\x03");
    assert!(terminal.until(READY).contains("after \r\n"), "Ctrl-C is q");

    terminal.types("::formats; ::echo after\r");
    page(&mut terminal);
    terminal.types("a");
    assert!(!terminal.until(READY).contains("after \r\n"), "a goes back to the prompt");

    terminal.types("::formats; ::echo after\r");
    page(&mut terminal);
    terminal.types("c");
    let rest = terminal.until(READY);
    assert!(lines(&rest) > 30 && rest.contains("after \r\n"), "c asks no more");
    terminal.types("::formats\r");
    page(&mut terminal);
    terminal.types("a");
    terminal.until(READY);
}

#[test]
fn the_pager_can_be_switched_off() {
    for start in [Start::on_sample("no-pager").with("+o").with("pager"), Start::on_sample("no-pager-set")] {
        let asked = start.arguments.is_empty();
        let mut terminal = start.size(80, 10).start();
        if asked {
            terminal.line("::set +o pager");
        }
        assert!(!terminal.line("::formats").contains("More"));
    }
}

#[test]
fn pages_follow_the_window() {
    let mut terminal = Start::on_sample("resize").size(80, 10).start();
    terminal.types("::formats\r");
    terminal.until(super::DONE);
    assert_eq!(page(&mut terminal), 1 + 9);
    terminal.0.get_process_mut().set_window_size(60, 20).expect("the window can be changed");
    terminal.types(" ");
    assert_eq!(page(&mut terminal), 19, "at once");
    terminal.types("a");
    terminal.until(READY);
    // The format verbs fold at the width, tables are cut there.
    assert!(terminal.line("$w").contains("width = 60"));
    let printed = terminal.line("::dcmds ! head -n 5");
    assert!(printed.contains("print elements of a JavaScript array"), "not for a shell: {printed}");
    terminal.line("::set +o pager");
    let printed = terminal.line("::dcmds");
    let longest = printed.lines().map(|line| line.chars().count()).max();
    assert_eq!(longest, Some(60), "{printed}");
    assert!(printed.contains("jsarray                  - print elements of a JavaScript...\r\n"), "{printed}");
    // What is set holds until the window changes again.
    terminal.line("0t132$w");
    assert!(terminal.line("$w").contains("width = 132"));
}
