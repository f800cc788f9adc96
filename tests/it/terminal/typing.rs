//! Typing: completion, hints, history, the keys of two editors, pastes, keys that come early.

use super::{DONE, READY, Start, Terminal};
use crate::needs::scratch;
use std::time::Duration;

/// What a line becomes when Tab is pressed after `begun`: it is run as the argument of a shell's comment.
#[track_caller]
fn completes(terminal: &mut Terminal, begun: &str, whole: &str) {
    terminal.types(begun);
    terminal.types("\t");
    // The line as it is redrawn.
    terminal.until(whole);
    terminal.types("\x03");
    terminal.until(READY);
}

/// What is offered when Tab is pressed after `begun`.
#[track_caller]
fn offers(terminal: &mut Terminal, begun: &str, choices: &[&str]) {
    terminal.types(begun);
    terminal.types("\t");
    for choice in choices {
        terminal.until(choice);
    }
    terminal.types("\x03");
    terminal.until(READY);
}

#[test]
fn tab_knows_the_names_of_each_place() {
    let folder = scratch("terminal-paths");
    std::fs::write(folder.join("a rather unusual name"), "").expect("a file");
    std::fs::create_dir(folder.join("subfolder")).expect("a folder");
    let mut terminal = Start::on_sample("completion").start();
    completes(&mut terminal, "::findjsobj", "findjsobjects");
    completes(&mut terminal, "4224cce5919::jscons", "jsconstructor");
    completes(&mut terminal, "4224cce5919::findjsobjects | ::jscl", "jsclosure");
    completes(&mut terminal, "::walk thr", "thread");
    completes(&mut terminal, "::help findjso", "findjsobjects");
    completes(&mut terminal, "<hit", "hits");
    completes(&mut terminal, "uv_default_lo", "uv_default_loop");
    completes(&mut terminal, &format!("::status ! cat {}/sub", folder.display()), "subfolder/");
    offers(&mut terminal, "4224cce5919::jsprint -", &["-N", "-a", "-b", "-d", "-v"]);
    offers(&mut terminal, "::walk js", &["jselement", "jsframe", "jsprop"]);
    // What a scan finds is known once there was one.
    terminal.line("::findjsobjects ! true");
    completes(&mut terminal, "::findjsobjects -c Exch", "Exchange");
    completes(&mut terminal, "::findjsobjects -p forgot", "forgotten");
    completes(&mut terminal, "::findjsobjects -p forgotten | ::jsprint serv", "served");
}

#[test]
fn a_hint_is_grey_and_taken_with_the_arrow() {
    let home = scratch("terminal-hint");
    let start = Start::on_sample("hint");
    let start = Start { variables: vec![("HOME", home.display().to_string())], ..start };
    let mut terminal = start.start();
    assert!(terminal.line("::echo a hint").contains("a hint"));
    terminal.types("::ec");
    terminal.until("\x1b[90mho a hint\x1b[0m");
    terminal.types("\x1b[C\r");
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("a hint"));
    // Without colours it could not be told from what was typed.
    let mut plain = Start::on_sample("no-hint").start();
    plain.line("::echo a hint");
    assert!(!plain.looks_at("::ec").contains("a hint"));
}

#[test]
fn lines_come_back_in_the_next_session() {
    let start = Start::on_sample("history");
    let home = start.home();
    let mut first = start.start();
    first.line("::echo from before");
    // Kept at once: the session might be killed.
    let kept = std::fs::read_to_string(home.join(".local/state/jsdb/history")).expect("there is a history");
    assert!(kept.contains("::echo from before"), "{kept}");
    first.types("\x04");
    first.ends();

    let mut second = start.start();
    second.types("\x1b[A\r");
    second.until(DONE);
    assert!(second.until(READY).contains("from before"));
    second.line("::echo something else");
    // Ctrl-R searches.
    second.types("\x12from b");
    second.until("::echo from before");
    second.types("\r");
    second.until(DONE);
    assert!(second.until(READY).contains("from before"));

    let state = scratch("terminal-state");
    let elsewhere = Start::on_sample("history-elsewhere").variable("XDG_STATE_HOME", &state.display().to_string());
    elsewhere.start().line("::echo kept elsewhere");
    assert!(state.join("jsdb/history").exists());
    assert!(!elsewhere.home().join(".local").exists());
}

#[test]
fn both_editors_keys_are_known() {
    let mut terminal = Start::on_sample("keys").start();
    // Emacs: to the beginning, two words on, kill to the end.
    terminal.types("::echo one two\x01\x1bf\x1bf\x0b\r");
    terminal.until(DONE);
    let printed = terminal.until(READY);
    assert!(printed.contains("one") && !printed.contains("two"), "{printed}");
    terminal.line("::set -o vi");
    // Vi: back to the beginning, delete the first word of rubbish.
    terminal.types("rubbish ::echo vi");
    terminal.types("\x1b");
    // Escape waits for what may follow it.
    std::thread::sleep(Duration::from_millis(700));
    terminal.types("0dW\r");
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("vi "));
    terminal.line("::set +o vi");
    terminal.types("rubbish\x15::echo emacs\r");
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("emacs "));

    let start = Start::on_sample("inputrc");
    std::fs::write(start.home().join(".inputrc"), "set editing-mode vi\n").expect("a file");
    let mut terminal = start.start();
    terminal.types("rubbish ::echo vi\x1b");
    std::thread::sleep(Duration::from_millis(700));
    terminal.types("0dW\r");
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("vi "));
}

#[test]
fn two_hundred_pasted_lines_run_one_by_one() {
    for marked in [false, true] {
        let mut terminal = Start::on_sample(if marked { "paste-marked" } else { "paste" }).start();
        let text: String = (0..200).map(|n| format!("::echo 'pasted line' {n}\r")).collect();
        // As terminals mark a paste, or as those do it that cannot.
        let text = if marked { format!("\x1b[200~{text}\x1b[201~") } else { text };
        // From a thread's view of both ends: the terminal holds less than all of it.
        for line in text.split_inclusive('\r') {
            terminal.types(line);
        }
        for n in 0..200 {
            terminal.until(DONE);
            let printed = terminal.until(READY);
            assert!(printed.contains(&format!("pasted line {n} \r\n")), "{n}: {printed:?}");
        }
        assert!(terminal.line("::echo alive").contains("alive"));
    }
}

#[test]
fn a_tab_that_is_pasted_completes_nothing() {
    let mut terminal = Start::on_sample("paste-tab").start();
    terminal.types("\x1b[200~::echo\tfindjsobj\t\r\x1b[201~");
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("findjsobj \r\n"));
}

#[test]
fn keys_that_come_early_wait_for_their_prompt() {
    let mut terminal = Start::on_sample("early").start();
    // A loop in a macro's stead: the keys are typed while it runs.
    terminal.types("1,20000::map . ! tail -n 1; ::echo done\r");
    terminal.until(DONE);
    terminal.types("::echo next\r::echo search\r\x12next\r\x04");
    let printed = terminal.until(READY);
    assert!(printed.contains("done") && !printed.contains("next"), "nothing is echoed into the output: {printed:?}");
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("next \r\n"));
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("search \r\n"));
    terminal.until(DONE);
    assert!(terminal.until(READY).contains("next \r\n"), "Ctrl-R came through");
    // And so did Ctrl-D.
    terminal.ends();
}

#[test]
fn a_shell_gets_the_terminal_as_it_was() {
    let mut terminal = Start::on_sample("lent").start();
    terminal.types("! echo ready && read answer && stty -a | grep -o ' icanon' && echo \"answer: $answer\"\r");
    terminal.until("\r\nready");
    // The terminal's own editing: a backspace takes a character back.
    terminal.types("yexx\x7f\x7fs\r");
    let printed = terminal.until(READY);
    assert!(printed.contains("answer: yes") && printed.contains("icanon"), "{printed:?}");
    assert!(terminal.line("::echo back").contains("back"));
}

#[test]
fn a_near_name_is_suggested() {
    let mut terminal = Start::on_sample("near").start();
    assert!(terminal.line("::findjsobject").contains("(did you mean ::findjsobjects?)"));
    assert!(terminal.line("::walk jsfram").contains("(did you mean jsframe?)"));
    assert!(terminal.line("::help jsprnt").contains("(did you mean ::jsprint?)"));
    assert!(!terminal.line("::altogetherelse").contains("did you mean"));
}
