//! `::jssource`: the source of a function.

use super::frames::push_lines;
use jsdb::heap::script::SourceLine;
use jsdb::heap::string::escape_lines;
use jsdb::heap::{self, JsFunction, Tagged};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "jssource",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "print the source code for a JavaScript function",
    options: &[Opt {
        letter: 'n',
        value: OptValue::Number("numlines"),
        help: "lines of source around the function (default 5)",
    }],
    help: "Prints the file that the function at the address was defined in, and its lines there. The source is V8's own \
           copy: what was compiled, also when the file has changed since. Node wraps each module in a function, whose \
           head stands on line 1.",
    examples: &[Example {
        why: "a function with a line around it",
        line: "::jsfunctions -n forget -s pingpong | ::jssource -n 1",
        shows: "file: /opt/lab/pingpong-server.js\n\n   53 \n   54 Exchange.prototype.forget = function forget(record) {\n   55     this.records.splice(this.records.indexOf(record), 1);\n   56     this.forgotten++;\n   57 };\n   58 \n\n",
    }],
    see_also: &["jsfunction", "jsfunctions", "jsstack"],
    json: &[Key::or_null("file", Is::Text, "the script"), Key::new("source", Is::List, "line and text of each line")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let around = ctx.args.number('n').map_or(5, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let heap = ctx.session.heap()?;
    let failed = |error: heap::Error| Error::failed(format!("{addr}: failed to find script for function: {error}"));
    let shared = JsFunction::load(heap, Tagged(addr.0)).map_err(failed)?.shared();
    let script = shared.script().map_err(failed)?;
    let lines = match shared.lines(around) {
        Ok(lines) => lines,
        Err(error) => {
            ctx.out.warn(format_args!("{addr}: the source cannot be shown: {error}"));
            Vec::new()
        }
    };
    ctx.out.item(&Source { file: script.name(), lines });
    Ok(())
}

/// Where a function is defined, and how.
struct Source {
    file: Option<String>,
    lines: Vec<SourceLine>,
}

impl Item for Source {
    fn text(&self, out: &mut String) {
        if let Some(file) = &self.file {
            let _ = writeln!(out, "file: {file}");
        }
        push_lines(out, &self.lines);
        out.push('\n');
    }

    fn json(&self) -> Json {
        let line = |line: &SourceLine| json!({ "line": line.number, "text": escape_lines(&line.units) });
        json!({ "file": self.file, "source": self.lines.iter().map(line).collect::<Vec<_>>() })
    }
}
