//! `::help`: what a dcmd does and how.

use jsdb::shell::registry::suggestion;
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, OptValue, Result};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "help",
    summary: "tell how to use a dcmd",
    operands: "[name]",
    help: "Tells what a dcmd does: how to call it, its options, examples with what they print. Without a name, where\n\
           to begin.",
    examples: &[Example {
        why: "how to ask for one line",
        line: "::help walkers ! grep NAME",
        shows: r##"
NAME
  Lists every walker with a line about it, by subject. `::walk NAME` runs one.
"##,
    }],
    see_also: &["dcmds", "walkers"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

/// What `::help` alone says.
const TOUR: &str = "\
A line is an address, a command, and what follows it: 9a1cbfa1::jsprint -d 2
`|` feeds what one command finds to the next, `!` to the shell.

What fills the memory, and who holds it:
  ::findjsobjects              what there is, the most numerous last
  ADDR::findjsobjects          the others of the same kind
  ADDR::jsprint                what is in one
  ADDR::findjsobjects -r       who refers to it
  ADDR::jsconstructor          who made it

What was running when it ended:
  ::status                     how it ended
  ::jsstack -v                 the stack, JavaScript and native, with arguments
  ADDR::jssource               the source of a function
  ADDR::jsclosure              the variables it sees
  ::walk thread                the threads; ADDR::findstack, the stack of one

::help NAME tells about a command, ::apropos WORD finds one, ::dcmds lists all; $q ends.
";

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let text = match ctx.args.operands.as_slice() {
        [] => TOUR.to_owned(),
        [Arg::Text(name)] => {
            let name = name.strip_prefix("::").unwrap_or(name);
            let dcmd = ctx.session.commands.dcmd(name);
            let like = || suggestion(ctx.session.commands.similar_dcmd(name));
            page(dcmd.ok_or_else(|| Error::failed(format!("unknown command: {name}{}", like())))?)
        }
        _ => return Err(Error::usage()),
    };
    ctx.out.text(text);
    Ok(())
}

/// The help of one dcmd, made from its record.
fn page(dcmd: &Dcmd) -> String {
    let mut page = format!("\nNAME\n  {} - {}\n\nSYNOPSIS\n  {}\n", dcmd.name, dcmd.summary, dcmd.usage());
    if !dcmd.aliases.is_empty() {
        let _ = writeln!(page, "  also {}", dcmd.aliases.join(" "));
    }
    if !dcmd.help.is_empty() {
        page.push_str("\nDESCRIPTION\n");
        indented(&mut page, dcmd.help);
    }
    if !dcmd.options.is_empty() {
        page.push_str("\nOPTIONS\n");
    }
    for option in dcmd.options {
        let value = match option.value {
            OptValue::Flag => "",
            OptValue::Text(name) | OptValue::Number(name) => name,
        };
        let head = format!("-{} {value}", option.letter);
        let _ = writeln!(page, "  {head:<16} {}", option.help);
    }
    if !dcmd.examples.is_empty() {
        page.push_str("\nEXAMPLES\n");
    }
    for example in dcmd.examples {
        let _ = writeln!(page, "  {}:\n    > {}", example.why, example.line);
        for line in example.shows.lines() {
            let _ = writeln!(page, "    {line}");
        }
    }
    page.push_str("\nJSON\n");
    for key in dcmd.json_keys() {
        let or_null = if key.or_null { ", or null" } else { "" };
        let _ = writeln!(page, "  {:<14} {:<8} {}{or_null}", key.name, key.is.name(), key.help);
    }
    if dcmd.json_keys().is_empty() {
        page.push_str("  nothing\n");
    }
    if !dcmd.see_also.is_empty() {
        let _ = write!(page, "\nSEE ALSO\n  ::{}\n", dcmd.see_also.join(", ::"));
    }
    page.push('\n');
    page
}

fn indented(page: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(page, "  {line}");
    }
}
