//! `::v8context`: the slots of a Context.

use jsdb::heap::{self, Heap, Tagged, describe};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "v8context",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print information about a V8 Context object",
    help: "Prints the slots of the context at the address: first those that every context has, then its variables, which \
           are numbered as the scope info of the closure function numbers its context local variables.",
    examples: &[Example {
        why: "what the functions of a module share",
        line: "4224cc048e9::v8context ! head -n 6",
        shows: "closure function: 4224cc14a19 (JSFunction)\nprevious context: 4224cc82c21 (FixedArray)\nextension: 0 (SMI: value = 0)\nglobal object: 305b3e506b71 (JSGlobalObject)\n    slot 0: 4224cc130c1 (JSObject: Object)\n    slot 1: 4224cc14a61 (JSRegExp)\n",
    }],
    see_also: &["v8function", "v8scopeinfo", "jsclosure"],
    json: &[
        Key::new("slot", Is::Text, "which slot"),
        Key::new("value", Is::Hex, "what is in it"),
        Key::new("type", Is::Text, "what that is"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let heap = ctx.session.heap()?;
    let context = heap::Context::load(heap, Tagged(addr.0))
        .map_err(|error| Error::failed(format!("failed to load Context: {error}")))?;
    for (label, value) in context.fixed_slots() {
        ctx.out.item(&Slot::new(heap, label.to_owned(), value?));
    }
    for (at, value) in context.variables().enumerate() {
        ctx.out.item(&Slot::new(heap, format!("    slot {at}"), value));
    }
    Ok(())
}

struct Slot {
    label: String,
    value: Tagged,
    kind: Option<String>,
}

impl Slot {
    fn new(heap: Heap<'_>, label: String, value: Tagged) -> Slot {
        Slot { label, value, kind: describe::type_name(heap, value).ok() }
    }
}

impl Item for Slot {
    fn addr(&self) -> Option<Addr> {
        Some(self.value.addr())
    }

    fn text(&self, out: &mut String) {
        let _ = write!(out, "{}: {}", self.label, self.value);
        let _ = match &self.kind {
            Some(kind) => writeln!(out, " ({kind})"),
            None => writeln!(out),
        };
    }

    fn json(&self) -> Json {
        json!({ "slot": self.label.trim_start(), "value": json::address(self.value.addr()), "type": self.kind })
    }
}
