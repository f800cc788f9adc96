//! Targets of the shell: statements, format letters, whole sessions.
//!
//! Knows: sessions, and which dcmds there are. Must not know: what a dcmd does.

use crate::{dcmds, heaps};
use jsdb::image::core;
use jsdb::shell::parse::query as expression;
use jsdb::shell::{Flag, Out, Registry, Session, Source, parse as parser, run};
use std::path::Path;
use std::sync::Arc;

/// How long an input of the language may be: no line that is typed is longer.
const LONGEST: usize = 4096;

/// The input is what was typed.
pub fn parse(input: &[u8]) {
    let text = String::from_utf8_lossy(&input[..input.len().min(LONGEST)]);
    for line in text.split_inclusive('\n') {
        let _ = expression(line).is_ok();
        let mut line = line;
        while !line.is_empty() {
            let rest = parser::statement(line).rest;
            assert!(rest.len() < line.len(), "a statement takes some of the line");
            line = rest;
        }
    }
}

/// Runs `script`; gives what it printed, complaints included.
fn told(mut session: Session, script: &str) -> String {
    session.commands = Registry::new(dcmds::all(), dcmds::walkers());
    session.settings.set(Flag::Pager, false);
    let mut out = Out::kept();
    for line in script.lines() {
        // An input must not reach the machine.
        if line.contains(['!', '>', '<']) || line.contains("log") {
            continue;
        }
        let _ = run::source(&mut session, &mut out, Source::text(line));
    }
    out.take()
}

/// The input is a line of format letters, then the memory that they are about.
pub fn format(input: &[u8]) {
    let end = input.iter().position(|&b| b == b'\n').unwrap_or(input.len()).min(200);
    let (letters, memory) = input.split_at(end);
    let letters: String = letters.iter().filter(|b| b.is_ascii_graphic() || **b == b' ').map(|&b| b as char).collect();
    // Who asks for a value so many million times over gets it, until Ctrl-C.
    let mut digits = 0;
    let may_stay = |c: &char| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits <= 3
    };
    let letters: String = letters.chars().filter(may_stay).collect();
    let Ok(mut image) =
        core::from_backing(Path::new("input"), Arc::new(crate::elf::Elf::new(crate::elf::CORE).bytes()))
    else {
        return;
    };
    let segment = |bytes: &[u8]| crate::elf::Elf::new(crate::elf::CORE).segment(1, 6, heaps::BASE, bytes).bytes();
    if let Ok(with_memory) = core::from_backing(Path::new("input"), Arc::new(segment(memory))) {
        image = with_memory;
    }
    let script = format!("10000000,20/{letters}\n10000000?{letters}\n10000000={letters}\n10000007\\{letters}\n");
    // The letters `s` and `c` give raw bytes where no terminal is.
    let _ = told(Session::new(image), &script);
}

/// One session's questions at an address; every kind of reading takes part.
const QUESTIONS: &str = "\
::jsprint -ad 3
::jsprint -b id
::v8print
::v8whatis
::v8str -v
::v8array
::jsarray -i
::jsclosure
::jsconstructor -v
::jssource
::jsfunction
::jsframe -vl
::v8function
::v8code -d
::v8context
::v8scopeinfo
::nodebuffer
::jsfindrefs -d
::findjsobjects -r
::jsasync
::jspath -an 2
::jsretained -c
::jsdominator -a
::jsgrep 'length > 3 || /a+b/.test(name) || this instanceof Object'
::jscount -b 'name + 1'
::walk jselement
::walk jsprop
::walk jsdominated
::whatis
::dis
::dump
::print int
::stack
";

/// And about all of the heap.
const ABOUT_ALL: &str = "\
::status
::mappings
::findjsobjects -v
::jsfunctions
::jsstack -avl
::jsasync
::nodeinfo
::nodehandles
::noderequests
::jsheap
::jsheap -c
::jsheap -m
::jsheap -s
::jsleaks -av
::isolates
::heapsnapshot /dev/null
";

/// The input is a heap: a session asks about its first objects, then about all of it.
pub fn session(input: &[u8]) {
    let Some((image, layout)) = heaps::image(input) else { return };
    let heap = jsdb::heap::Heap::new(&image, layout);
    let asked: Vec<u64> = heaps::objects(heap).map(|word| word.0).take(24).collect();
    let mut script = String::from(ABOUT_ALL);
    for addr in asked {
        QUESTIONS.lines().for_each(|question| script += &format!("{addr:x}{question}\n"));
    }
    let mut session = Session::new(image);
    session.set_layout(Some(layout.clone()));
    let printed = told(session, &script);
    let foul = printed.lines().find(|line| line.contains(|c: char| c.is_control() && c != '\t'));
    assert!(foul.is_none(), "{foul:?} is not safe on a terminal");
}
