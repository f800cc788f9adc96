//! `::mappings`: the address space of the process.

use jsdb::image::{Addr, Content, Image, Kind, Mapping, Width};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "mappings",
    aliases: &["$m"],
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print address space mappings",
    operands: "[name]",
    help: "Lists the mappings of the process, saved or not: where they begin and end, their size, and what is mapped\n\
           there as far as it can be told. With an address, the mapping that holds it; with the name of a load object,\n\
           the first one of that object. Anonymous memory has no name.",
    examples: &[
        Example {
            why: "which mapping holds main",
            line: "main::mappings",
            shows: r##"
            BASE            LIMIT             SIZE NAME
          400000           ca3000           8a3000 ./node
"##,
        },
        Example {
            why: "the first mapping of libc",
            line: "::mappings libc",
            shows: r##"
            BASE            LIMIT             SIZE NAME
    7ffff7a1e000     7ffff7a44000            26000 /lib/x86_64-linux-gnu/libc.so.6
"##,
        },
        Example {
            why: "the brk heap and the stack",
            line: "::mappings ! grep '\\['",
            shows: r##"
          ec3000          1122000           25f000 [ heap ]
    7ffffffde000     7ffffffff000            21000 [ stack ]
"##,
        },
    ],
    see_also: &["objects", "whatis", "nm"],
    json: &[
        Key::new("base", Is::Hex, "where it begins"),
        Key::new("limit", Is::Hex, "and ends"),
        Key::new("size", Is::Number, "how many bytes"),
        Key::or_null("name", Is::Text, "the file"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let image = &ctx.session.image;
    let failed = |reason| Error::failed(format!("failed to obtain mapping: {reason}"));
    let shown = match (ctx.args.operands.as_slice(), ctx.addr) {
        ([], None) => Ok(image.mappings.iter().collect()),
        ([], Some(addr)) => holding(image, addr),
        ([Arg::Number(addr)], None) => holding(image, Addr(*addr)),
        ([Arg::Text(name)], None) => match image.object_called(name) {
            Some(object) => Ok(image.mappings.iter().filter(|m| m.object == Some(object)).take(1).collect()),
            None => Err("unknown object file name"),
        },
        _ => return Err(Error::usage()),
    };
    header(ctx.out, image.width);
    if let (Some(row), [], None) = (Row::of_file(image), ctx.args.operands.as_slice(), ctx.addr) {
        ctx.out.item(&row);
    }
    for mapping in shown.map_err(failed)? {
        ctx.out.item(&Row::of(image, mapping));
    }
    Ok(())
}

fn holding(image: &Image, addr: Addr) -> std::result::Result<Vec<&Mapping>, &'static str> {
    image.mapping(addr).map(|mapping| vec![mapping]).ok_or("no mapping for address")
}

/// The line above the rows.
pub fn header(out: &mut jsdb::shell::Out, width: Width) {
    let w = 2 * width.bytes() as usize;
    out.text(format_args!("{:>w$} {:>w$} {:>w$} NAME\n", "BASE", "LIMIT", "SIZE"));
}

/// A row: a range of addresses and its name.
#[derive(Debug)]
pub struct Row {
    /// First address.
    pub base: Addr,
    /// First address after it.
    pub limit: Addr,
    /// What is there; empty for anonymous memory.
    pub name: String,
    /// Pointer size of the image: the width of columns.
    pub width: Width,
}

impl Row {
    /// Its size in bytes; 0 where a damaged core has the first mapping of an object before the object's base.
    fn size(&self) -> u64 {
        self.limit.0.saturating_sub(self.base.0)
    }

    /// The row of a raw file; absent for any other image.
    pub fn of_file(image: &Image) -> Option<Row> {
        let Kind::Raw { name } = &image.kind else { return None };
        let limit = Addr(image.space.segments().first()?.size);
        Some(Row { base: Addr(0), limit, name: format!("{name} (object file)"), width: image.width })
    }

    /// The row of a mapping.
    pub fn of(image: &Image, mapping: &Mapping) -> Row {
        let name = name(image, mapping).to_owned();
        Row { base: mapping.start, limit: mapping.end(), name, width: image.width }
    }
}

/// What a mapping is called; empty if nothing is known of it.
pub fn name<'i>(image: &'i Image, mapping: &'i Mapping) -> &'i str {
    let object = mapping.object.and_then(|o| image.objects.get(o)).map(|o| o.path.as_str());
    match (mapping.content, object.or(mapping.file.as_deref())) {
        (Content::Heap, _) => "[ heap ]",
        (_, Some(name)) => name,
        (Content::Stack, None) => "[ stack ]",
        (_, None) => "",
    }
}

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        Some(self.base)
    }

    fn text(&self, out: &mut String) {
        let w = 2 * self.width.bytes() as usize;
        let size = self.size();
        let _ = writeln!(out, "{:>w$x} {:>w$x} {size:>w$x} {}", self.base.0, self.limit.0, self.name);
    }

    fn json(&self) -> Json {
        json!({
            "base": json::address(self.base),
            "limit": json::address(self.limit),
            "size": self.size(),
            "name": if self.name.is_empty() { None } else { Some(&self.name) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_before_it_begins_has_no_size() {
        let row = Row { base: Addr(0x2000), limit: Addr(0x1000), name: "a.out".to_owned(), width: Width::W32 };
        let mut text = String::new();
        row.text(&mut text);
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["2000", "1000", "0", "a.out"]);
        assert_eq!(row.json()["size"], 0);
    }
}
