//! `::v8function`: a JSFunction as V8 sees it: definition, context, scope info, code.

use super::super::js::jsfunction::Definition;
use super::v8code;
use jsdb::heap::{self, JsFunction, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "v8function",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print JSFunction object details",
    options: &[v8code::DISASSEMBLE],
    help: "Prints where the function at the address is defined, and the addresses of its context, of the scope info that \
           names its variables, and of its machine code. V8 makes scope infos when it compiles: a function that never \
           ran has none.",
    examples: &[
        Example {
            why: "the parts of a function",
            line: "::jsfunctions -n audit -s pingpong | ::v8function",
            shows: "305b3e55ef49: JSFunction: audit\ndefined at /opt/lab/pingpong-server.js position 1950\ncontext: 4224cc048e9\nshared scope_info: 281586e12669\ncode: 2e5ce75e0561\ninstructions: [2e5ce75e05c0, 2e5ce75e06f0)\n",
        },
        Example {
            why: "the names that its machine code mentions",
            line: "::jsfunctions -n audit -s pingpong | ::v8function -d ! grep -o \"String: .*>\"",
            shows: "String: \"forget\">\nString: \"served\">\nString: \"records\">\nString: \"length\">\nString: \"ratio\">\n",
        },
    ],
    see_also: &["jsfunction", "v8context", "v8scopeinfo", "v8code"],
    json: &[
        Key::new("function", Is::Hex, "the function"),
        Key::new("name", Is::Text, "its name"),
        Key::new("defined", Is::Object, "its file, line and position"),
        Key::new("context", Is::Hex, "its Context"),
        Key::new("scopeInfo", Is::Hex, "its ScopeInfo"),
        Key::new("code", Is::Hex, "the Code object"),
        Key::new("start", Is::Hex, "where its instructions begin"),
        Key::new("end", Is::Hex, "and end"),
        Key::new("instruction", Is::Hex, "-d: where an instruction is"),
        Key::new("bytes", Is::Number, "-d: its size"),
        Key::new("text", Is::Text, "-d: the instruction"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let heap = ctx.session.heap()?;
    let parts = || {
        let function = JsFunction::load(heap, word)?;
        Ok((function.shared(), function.context()?.word(), function.shared().code()?.word()))
    };
    let (shared, context, code) = parts().map_err(|error: heap::Error| Error::failed(error.to_string()))?;
    let scope_info = match shared.scope_info() {
        Ok(scope_info) => Some(scope_info.word()),
        Err(error) => {
            ctx.out.warn(error);
            None
        }
    };
    let name = shared.name().to_string();
    ctx.out.item(&Function { word, name, definition: Definition::of(shared), context, scope_info });
    v8code::show(ctx, code)
}

struct Function {
    word: Tagged,
    name: String,
    definition: Definition,
    context: Tagged,
    scope_info: Option<Tagged>,
}

impl Item for Function {
    fn addr(&self) -> Option<Addr> {
        Some(self.word.addr())
    }

    fn text(&self, out: &mut String) {
        let Function { word, name, definition, context, scope_info } = self;
        let _ = writeln!(out, "{word}: JSFunction: {name}\n{definition}\ncontext: {context}");
        let _ = match scope_info {
            Some(scope_info) => writeln!(out, "shared scope_info: {scope_info}"),
            None => writeln!(out, "shared scope_info not available"),
        };
    }

    fn json(&self) -> Json {
        let address = |word: Tagged| json::address(word.addr());
        json!({
            "function": address(self.word),
            "name": self.name,
            "defined": self.definition.json(),
            "context": address(self.context),
            "scopeInfo": self.scope_info.map(address),
        })
    }
}
