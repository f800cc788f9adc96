//! `::dem`: C++ names.

use jsdb::image::Demangle;
use jsdb::image::demangle::demangle;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Error, Example, Item, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "dem",
    subject: Subject::Process,
    summary: "demangle C++ symbol names",
    operands: "name ...",
    help: "Shows C++ names as the programmer knows them.",
    examples: &[Example {
        why: "a name of V8's",
        line: "::dem _ZN2v88internal9Execution4CallENS0_6HandleINS0_6ObjectEEES4_iPS4_Pbb",
        shows: "_ZN2v88internal9Execution4CallENS0_6HandleINS0_6ObjectEEES4_iPS4_Pbb == v8::internal::Execution::Call",
    }],
    see_also: &["$G", "nm"],
    json: &[Key::new("mangled", Is::Text, "as it was given"), Key::or_null("name", Is::Text, "demangled")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let names: Vec<String> = ctx.args.words().collect();
    if names.is_empty() {
        return Err(Error::usage());
    }
    let style = match ctx.session.image.naming.demangle {
        Demangle::Full => Demangle::Full,
        Demangle::Short | Demangle::Off => Demangle::Short,
    };
    for name in names {
        let (scope, symbol) = match name.rfind('`') {
            Some(at) => name.split_at(at + 1),
            None => ("", name.as_str()),
        };
        let plain = demangle(symbol, style).map(|plain| format!("{scope}{plain}"));
        ctx.out.item(&Pair { plain: plain.unwrap_or_else(|| name.clone()), name });
    }
    Ok(())
}

struct Pair {
    name: String,
    plain: String,
}

impl Item for Pair {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{} == {}", self.name, self.plain);
    }

    fn json(&self) -> Json {
        json!({ "mangled": self.name, "name": self.plain })
    }
}
