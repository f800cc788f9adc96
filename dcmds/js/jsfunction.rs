//! `::jsfunction`: what a function is called and where it is defined; what a bound function binds.

use super::frame_details::Word;
use jsdb::heap::script::Location;
use jsdb::heap::{self, BoundFunction, Heap, JsFunction, SharedFunctionInfo, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "jsfunction",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "print information about a JavaScript function",
    help: "Prints the function's name and where it is defined. For a function that `Function.prototype.bind` made, \
           prints the function that it wraps, and the `this` and the arguments that it passes on. In a pipe it gives \
           the wrapped function.",
    examples: &[Example {
        why: "where a function is defined",
        line: "::jsfunctions -n audit -s pingpong | ::jsfunction",
        shows: "function: audit\ndefined at /opt/lab/pingpong-server.js position 1950\n",
    }],
    see_also: &["jsclosure", "jssource", "jsfunctions", "v8function"],
    json: &[
        Key::new("name", Is::Text, "the function"),
        Key::new("defined", Is::Object, "its file, line and position"),
        Key::new("wraps", Is::Hex, "what a bound function calls"),
        Key::new("this", Is::Object, "its this: address and type"),
        Key::new("arguments", Is::List, "its first arguments"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let function = Tagged(ctx.required_addr()?.0);
    let heap = ctx.session.heap()?;
    let failed = |error: heap::Error| Error::failed(error.to_string());
    match BoundFunction::load(heap, function).map_err(failed)? {
        Some(bound) => ctx.out.item(&Bound::new(heap, &bound)),
        None => {
            let shared = JsFunction::load(heap, function).map_err(failed)?.shared();
            ctx.out.item(&Function { name: shared.name().to_string(), definition: Definition::of(shared) });
        }
    }
    Ok(())
}

/// Where a function is defined. What is not known is absent.
pub struct Definition {
    /// The name of its script.
    pub file: Option<String>,
    /// Where in that.
    pub location: Option<Location>,
    position: Option<i64>,
}

impl Definition {
    /// Where `shared` is defined.
    pub fn of(shared: SharedFunctionInfo<'_>) -> Definition {
        let script = shared.script().ok();
        let position = shared.token_position().ok();
        Definition {
            file: script.and_then(|script| script.name()),
            location: position.and_then(|position| script?.locate(position).ok()),
            position: position.flatten(),
        }
    }

    /// As one JSON object: the file, the line where the script has a table of lines, the position in characters.
    pub fn json(&self) -> Json {
        let line = match self.location {
            Some(Location::Line(line)) => Some(line),
            _ => None,
        };
        json!({ "file": self.file, "line": line, "position": self.position })
    }
}

impl std::fmt::Display for Definition {
    /// `defined at FILE line N`; a function made in C++ is defined nowhere.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = self.file.as_deref().unwrap_or("<unknown file>");
        let location = self.location.unwrap_or(Location::Unknown);
        write!(f, "defined at {file} {location}")
    }
}

struct Function {
    name: String,
    definition: Definition,
}

impl Item for Function {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "function: {}\n{}", self.name, self.definition);
    }

    fn json(&self) -> Json {
        json!({ "name": self.name, "defined": self.definition.json() })
    }
}

/// A bound function.
struct Bound {
    target: Tagged,
    this: Word,
    arguments: Vec<Word>,
}

impl Bound {
    fn new(heap: Heap<'_>, bound: &BoundFunction) -> Bound {
        let word = |word| Word::new(heap, word);
        Bound {
            target: bound.target,
            this: word(bound.this),
            arguments: bound.arguments.iter().copied().map(word).collect(),
        }
    }
}

impl Item for Bound {
    fn addr(&self) -> Option<Addr> {
        Some(self.target.addr())
    }

    fn text(&self, out: &mut String) {
        let Bound { target, this, arguments } = self;
        let _ = writeln!(out, "bound function that wraps: {target}\nwith \"this\" = {this}");
        for (at, argument) in arguments.iter().enumerate() {
            let _ = writeln!(out, "      arg{at}  = {argument}");
        }
    }

    fn json(&self) -> Json {
        json!({
            "wraps": json::address(self.target.addr()),
            "this": self.this.json(),
            "arguments": self.arguments.iter().map(Word::json).collect::<Vec<_>>(),
        })
    }
}
