//! `::v8scopeinfo`: the names of a function's parameters and variables.

use jsdb::heap::{Heap, ScopeInfo, Tagged, VariableKind};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "v8scopeinfo",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print information about a V8 ScopeInfo object",
    help: "Prints the names that the scope info at the address holds: of the function's parameters, of the local \
           variables that live on the stack, and of those that live in a context, where closures see them.",
    examples: &[Example {
        why: "the names in a function",
        line: "281586e12669::v8scopeinfo",
        shows: "1 parameter\n    parameter 0: 281a8ef2fa99 (\"auditor\")\n0 stack local variables\n0 context local variables\n",
    }],
    see_also: &["v8function", "v8context", "jsclosure"],
    json: &[
        Key::new("kind", Is::Text, "parameter, stack or context local variable"),
        Key::new("count", Is::Number, "how many"),
        Key::new("names", Is::List, "address and name of each"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let heap = ctx.session.heap()?;
    let scope_info = ScopeInfo::load(heap, Tagged(addr.0))
        .map_err(|error| Error::failed(format!("failed to load ScopeInfo: {error}")))?;
    for kind in VariableKind::ALL {
        let names = scope_info.names(kind).map(|word| Name::new(heap, word)).collect();
        ctx.out.item(&Variables { kind, count: scope_info.count(kind), names });
    }
    Ok(())
}

/// What mdb_v8 calls a variable of `kind`.
fn label(kind: VariableKind) -> &'static str {
    match kind {
        VariableKind::Parameter => "parameter",
        VariableKind::StackLocal => "stack local variable",
        VariableKind::ContextLocal => "context local variable",
    }
}

/// A name: a string object, and its text if it can be read.
struct Name {
    word: Tagged,
    text: Option<String>,
}

impl Name {
    fn new(heap: Heap<'_>, word: Tagged) -> Name {
        Name { word, text: heap.name_text(word) }
    }
}

/// The variables of one kind.
struct Variables {
    kind: VariableKind,
    count: usize,
    names: Vec<Name>,
}

impl Item for Variables {
    fn text(&self, out: &mut String) {
        let label = label(self.kind);
        let _ = writeln!(out, "{} {label}{}", self.count, if self.count == 1 { "" } else { "s" });
        for (at, Name { word, text }) in self.names.iter().enumerate() {
            let _ = write!(out, "    {label} {at}: {word}");
            let _ = match text {
                Some(text) => writeln!(out, " (\"{text}\")"),
                None => writeln!(out),
            };
        }
    }

    fn json(&self) -> Json {
        let name = |name: &Name| json!({ "address": json::address(name.word.addr()), "name": name.text });
        json!({
            "kind": label(self.kind),
            "count": self.count,
            "names": self.names.iter().map(name).collect::<Vec<_>>(),
        })
    }
}
