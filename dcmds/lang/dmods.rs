//! `::dmods`: the parts of jsdb, as mdb lists modules.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, Subject};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "dmods",
    summary: "list loaded debugger modules",
    operands: "[mod]",
    options: &[Opt { letter: 'l', value: OptValue::Flag, help: "with their dcmds and walkers" }],
    help: "Lists the parts that mdb has as modules: `mdb` is the language and the process, `v8` the JavaScript heap.",
    examples: &[
        Example { why: "both", line: "::dmods", shows: "mdb\nv8\n" },
        Example { why: "where a dcmd belongs", line: "::dmods -l v8 ! grep -c 'dcmd jsprint '", shows: "1\n" },
    ],
    see_also: &["dcmds", "walkers"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

const MODULES: [&str; 2] = ["mdb", "v8"];

/// The module that a subject belongs to.
pub fn module_of(subject: Subject) -> &'static str {
    match subject {
        Subject::Js | Subject::V8 | Subject::Node => "v8",
        Subject::Process | Subject::Language => "mdb",
    }
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let wanted = match ctx.args.operands.as_slice() {
        [] => MODULES.to_vec(),
        [Arg::Text(name)] => match MODULES.iter().find(|m| *m == name) {
            Some(module) => vec![*module],
            None => return Err(Error::failed(format!("{name} module not loaded"))),
        },
        _ => return Err(Error::usage()),
    };
    for module in wanted {
        if !ctx.args.has('l') {
            ctx.out.text(format_args!("{module}\n"));
            continue;
        }
        let mut text = format!("\n{module:<70}\n");
        let mut lines: Vec<_> =
            ctx.session.commands.dcmds().iter().filter(|d| module_of(d.subject) == module).collect();
        lines.sort_by_key(|d| d.name);
        for dcmd in lines {
            let _ = writeln!(text, "  dcmd {:<20} - {}", dcmd.name, dcmd.summary);
        }
        for &(subject, walker) in ctx.session.commands.walkers() {
            if module_of(subject) == module {
                let _ = writeln!(text, "  walk {:<20} - {}", walker.name, walker.summary);
            }
        }
        ctx.out.text(text);
    }
    Ok(())
}
