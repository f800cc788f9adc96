//! `::files`: source files, by the symbol tables.

use jsdb::image::SymbolKind;
use jsdb::image::symbols::Table;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Item, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "files",
    aliases: &["$f"],
    subject: Subject::Process,
    summary: "print listing of source files",
    operands: "[object]",
    help: "Lists the source files that the symbol tables name, of all load objects or of one.",
    examples: &[Example {
        why: "source files, as far as the linker was told",
        line: "::files ! head -3",
        shows: r##"
1       crtstuff.c
2       crtstuff.c
3       bio_ssl.c
"##,
    }],
    see_also: &["nm", "$e"],
    json: &[Key::new("number", Is::Number, "where in its table it is"), Key::new("file", Is::Text, "the source file")],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let image = &ctx.session.image;
    let objects = match ctx.args.operands.as_slice() {
        [] => 0..image.objects.len(),
        // An object that is not known has no files.
        [Arg::Text(name)] => image.object_called(name).map_or(0..0, |object| object..object + 1),
        _ => return Err(Error::usage()),
    };
    let symbols = objects.flat_map(|object| image.symbols.table(object, Table::Symtab));
    for (n, symbol) in symbols.filter(|s| s.kind() == SymbolKind::File).enumerate() {
        ctx.out.item(&File { number: n + 1, name: symbol.name });
    }
    Ok(())
}

struct File<'i> {
    number: usize,
    name: &'i str,
}

impl Item for File<'_> {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{:<8}{}", self.number, self.name);
    }

    fn json(&self) -> Json {
        json!({ "number": self.number, "file": self.name })
    }
}
