//! `::jsclosure`: the variables that a closure sees.

use jsdb::heap::inspect::{self, Inspected, Limits, TextOptions};
use jsdb::heap::property::PropertyValue;
use jsdb::heap::{self, Heap, JsFunction, Tagged, VariableKind};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "jsclosure",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "print variables referenced by a closure",
    help: "\
Shows the variables that the function at the address shares with the function around it, and their values: those of
the innermost scope that it closes over. V8 keeps a variable there only if some closure uses it. In a pipe it gives
the values.",
    examples: &[Example {
        why: "what a closure holds on to",
        line: "::jsfunctions -n listening -s pingpong | ::jsclosure ! head -n 8",
        shows: "    \"fs\": 4224cc130c1: {\n        \"Stats\": 305b3e54be61: function <anonymous> (as <anon>),\n        \"exists\": 305b3e553169: function <anonymous> (as fs.exists),\n        \"existsSync\": 305b3e5531b1: function <anonymous> (as fs.existsSync),\n        \"readFile\": 305b3e5531f9: function <anonymous> (as fs.readFile),\n        \"readFileSync\": 305b3e553271: function <anonymous> (as fs.readFileSync),\n        \"_stringToFlags\": 4224cc0b5a9: function stringToFlags,\n        \"close\": 305b3e5533e1: function <anonymous> (as fs.close),\n",
    }],
    see_also: &["jsfunction", "jssource", "v8context", "v8scopeinfo"],
    json: &[
        Key::new("name", Is::Text, "the variable"),
        Key::new("address", Is::Hex, "its value as it is in memory"),
        Key::new("value", Is::Any, "its value"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let heap = ctx.session.heap()?;
    let failed = |what| move |error: heap::Error| Error::failed(format!("{addr}: failed to load {what}: {error}"));
    let function = JsFunction::load(heap, Tagged(addr.0)).map_err(failed("JSFunction"))?;
    let context = function.context().map_err(failed("Context for JSFunction"))?;
    let scope_info = context.scope_info().map_err(failed("ScopeInfo"))?;
    let mut values = context.variables();
    for name in scope_info.names(VariableKind::ContextLocal) {
        let Some(value) = values.next() else {
            let context = context.word();
            return Err(Error::failed(format!("{addr}: its context, {context}, has fewer variables than names")));
        };
        ctx.out.item(&Variable::new(heap, name, context.value(value)));
    }
    Ok(())
}

/// A variable and its value.
struct Variable {
    name: String,
    value: Inspected,
}

impl Variable {
    fn new(heap: Heap<'_>, name: Tagged, value: PropertyValue) -> Variable {
        let name = heap.name_text(name).unwrap_or_else(|| format!("<{name}: not a name>"));
        let limits = Limits { depth: 1, ..Limits::default() };
        Variable { name, value: inspect::inspect_property(heap, value, limits) }
    }
}

impl Item for Variable {
    fn addr(&self) -> Option<Addr> {
        self.value.word.map(Tagged::addr)
    }

    fn text(&self, out: &mut String) {
        let _ = write!(out, "    \"{}\": ", self.name);
        self.value.text(out, TextOptions { addresses: true, indent: 4, ..TextOptions::default() });
        out.push('\n');
    }

    fn json(&self) -> Json {
        json!({ "name": self.name, "address": self.value.word.map(|word| json::address(word.addr())), "value": json::value(&self.value) })
    }
}
