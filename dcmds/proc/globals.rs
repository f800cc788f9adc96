//! `$e`: global symbols and what is there.

use jsdb::image::symbols::{SymbolBind, Table};
use jsdb::image::{Addr, SymbolKind};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Result, Subject, json, number};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$e",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print listing of global symbols",
    help: "Lists the global functions and data of all load objects, each with its address and the word that is there.",
    examples: &[Example {
        why: "where libuv's loop is",
        line: "$e ! grep default_loop",
        shows: "uv_default_loop(9ff0a0):        ?",
    }],
    see_also: &["nm", "files"],
    json: &[
        Key::new("name", Is::Text, "the symbol"),
        Key::new("address", Is::Hex, "where it is"),
        Key::or_null("word", Is::Hex, "what lies there"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let image = &ctx.session.image;
    let radix = ctx.session.lang.radix;
    let symbols = (0..image.objects.len()).flat_map(|object| image.symbols.table(object, Table::Symtab));
    let listed = |kind| matches!(kind, SymbolKind::Object | SymbolKind::Function);
    for symbol in symbols.filter(|s| s.bind() == SymbolBind::Global && listed(s.kind())) {
        let word = image.space.word(symbol.addr).ok();
        ctx.out.item(&Global { name: symbol.name, addr: symbol.addr, word, radix });
    }
    Ok(())
}

struct Global<'i> {
    name: &'i str,
    addr: Addr,
    word: Option<u64>,
    radix: u32,
}

impl Item for Global<'_> {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        let label = format!("{}({}):", self.name, number::digits(self.addr.0, self.radix));
        // To the next multiple of eight columns.
        let w = (label.chars().count() / 8 + 1) * 8;
        let word = self.word.map_or_else(|| "?".to_owned(), |word| number::digits(word, self.radix));
        let _ = writeln!(out, "{label:<w$}{word}");
    }

    fn json(&self) -> Json {
        json!({ "name": self.name, "address": json::address(self.addr), "word": self.word.map(|w| json::address(Addr(w))) })
    }
}
