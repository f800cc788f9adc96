//! A 32-bit heap built in code, in an illumos i386 core: what jsdb finds in it on a machine that has only Rust.
//!
//! `lab` says what is held, `v8` lays it out as V8 3.14 does on ia32, `corefile` writes the core. None of them shares a
//! table with jsdb.

mod corefile;
mod lab;
mod memory;
mod v8;

use crate::fixtures::stack::frames;
use crate::fixtures::written::{Written, written};
use crate::needs;
use crate::session::Session;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The core, and what is in it.
fn core() -> &'static (PathBuf, Vec<lab::Held>) {
    static CORE: OnceLock<(PathBuf, Vec<lab::Held>)> = OnceLock::new();
    CORE.get_or_init(|| {
        let (process, held) = lab::process();
        let path = needs::scratch("heap32").join("core");
        std::fs::write(&path, process.core()).expect("the core can be written");
        (path, held)
    })
}

fn session() -> Session<'static> {
    let path: &'static Path = &core().0;
    Session::on(path)
}

#[test]
fn its_metadata_is_taken_from_the_core() {
    let printed = session().line("::load v8");
    assert!(printed.starts_with("V8 version: 3.14.5.9\nAutoconfigured V8 support from target\n"), "{printed}");
}

#[test]
fn its_values_print_as_they_were_laid_out() {
    let held = &core().1;
    let lines: Vec<_> = held.iter().map(|h| format!("::findjsobjects -p symbol | ::jsprint -d 8 {}", h.name)).collect();
    let mut wrong = Vec::new();
    for (held, printed) in held.iter().zip(session().each(&lines)) {
        let printed = printed.trim_end();
        let right = match written(&held.is) {
            Some(Written::Text(text)) => text == printed,
            Some(Written::Begins(text)) => printed.starts_with(&text),
            Some(Written::Has(lines)) => lines.iter().all(|line| printed.contains(line.as_str())),
            None => !printed.is_empty(),
        };
        if !right {
            wrong.push(format!("{}: expected {:?}\n  printed {printed}", held.name, written(&held.is)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn its_values_are_of_their_types() {
    let held = &core().1;
    let lines: Vec<_> =
        held.iter().map(|h| format!("::findjsobjects -p symbol | ::jsprint {} | ::v8type", h.name)).collect();
    for (held, printed) in held.iter().zip(session().each(&lines)) {
        assert_eq!(printed.trim_end().split(": ").nth(1), Some(held.class), "{}", held.name);
    }
}

#[test]
fn its_widgets_are_all_found_with_who_holds_them() {
    let printed = session().each(&[
        "::findjsobjects -c Widget | ::findjsobjects | ::jsprint id",
        "::findjsobjects -p weight | ::findjsobjects | ::findjsobjects -r ! grep -c 'referred to by'",
    ]);
    let mut ids: Vec<usize> = printed[0].lines().map(|id| id.trim().parse().expect("a number")).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..lab::WIDGETS).collect::<Vec<_>>());
    assert_eq!(printed[1].trim(), lab::WIDGETS.to_string());
}

#[test]
fn its_stack_is_walked_from_the_abort_to_main() {
    let printed = session().each(&["::jsstack", "::jsstack -v -n 0"]);
    let expected = "\
native: v8::internal::OS::Abort+0x10
js:     settle
        (1 internal frame elided)
js:     dispatch
        (1 internal frame elided)
        (1 internal frame elided)
native: v8::internal::Execution::Call+0x10
native: main+0x10
";
    assert_eq!(printed[0], expected);
    let found = frames(&printed[1]);
    let positions: Vec<_> = found.iter().map(|f| (f.file.as_str(), f.line)).collect();
    assert_eq!(positions, [("/opt/lab/widgets.js", Some(5)), ("/opt/lab/widgets.js", Some(2))]);
    let described: Vec<_> = found[0].arguments.iter().map(|(_, described)| described.as_str()).collect();
    assert_eq!(described, ["(JSObject: Widget)", "(Oddball: \"undefined\")"]);
    let widget = session().line(&format!("{}::jsprint label", found[0].arguments[0].0));
    assert_eq!(widget.trim(), "\"widget 7\"");
}

#[test]
fn its_functions_know_their_source_and_their_closure() {
    let printed = session().each(&[
        "::findjsobjects -p symbol | ::jsprint function | ::jssource -n 0",
        "::findjsobjects -p symbol | ::jsprint closure | ::jsclosure",
        "::findjsobjects -p symbol | ::jsprint bound | ::jsfunction",
        "::jsfunctions -n dispatch",
    ]);
    assert!(printed[0].contains("5 function settle(widget, note) {"), "{}", printed[0]);
    assert!(printed[1].contains("\"count\": ") && printed[1].trim_end().ends_with(": 17"), "{}", printed[1]);
    assert!(printed[2].starts_with("bound function that wraps: "), "{}", printed[2]);
    assert!(printed[2].contains("= a (SMI: value = 5)"), "{}", printed[2]);
    assert!(printed[3].contains("/opt/lab/widgets.js line 2"), "{}", printed[3]);
}

#[test]
fn its_scripts_in_the_program_are_known_by_their_source() {
    let printed =
        session().each(&["::jsfunctions -n startup", "::jsfunctions -n elsewhere", "::jsfunctions -s node.js"]);
    assert!(printed[0].trim_end().ends_with(" node.js position 10"), "{}", printed[0]);
    assert!(printed[1].contains("<string (failed to read data)> position 10"), "{}", printed[1]);
    assert_eq!(printed[2].lines().count(), 2, "{}", printed[2]);
}

#[test]
fn its_bytes_outside_the_heap_are_read() {
    let printed = session().line("::findjsobjects -p symbol | ::jsprint buffer | ::nodebuffer | ::eval ./s");
    assert!(printed.contains("hello"), "{printed}");
}
