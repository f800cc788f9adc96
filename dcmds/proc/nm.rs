//! `::nm`: symbol tables.

use jsdb::image::symbols::{SymbolBind, SymbolKind, Table};
use jsdb::image::types::TypeId;
use jsdb::image::{Addr, Image, Symbol, Width};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json, number};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "nm",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print symbols",
    operands: "[object]",
    options: &[
        Opt { letter: 'D', value: OptValue::Flag, help: ".dynsym instead of .symtab" },
        Opt { letter: 'P', value: OptValue::Flag, help: "the symbols that ::nmadd defined" },
        Opt { letter: 'd', value: OptValue::Flag, help: "value and size in decimal" },
        Opt { letter: 'g', value: OptValue::Flag, help: "global symbols only" },
        Opt { letter: 'h', value: OptValue::Flag, help: "no header" },
        Opt { letter: 'n', value: OptValue::Flag, help: "sorted by name" },
        Opt { letter: 'o', value: OptValue::Flag, help: "value and size in octal" },
        Opt { letter: 'p', value: OptValue::Flag, help: "with -P: as ::nmadd commands, to be read again" },
        Opt { letter: 'u', value: OptValue::Flag, help: "undefined symbols only" },
        Opt { letter: 'v', value: OptValue::Flag, help: "sorted by value" },
        Opt { letter: 'x', value: OptValue::Flag, help: "value and size in hex" },
        Opt {
            letter: 'f',
            value: OptValue::Text("format"),
            help: "columns, between commas: ndx, val, sz, type, bind, oth, shndx, name, ctype, obj, ctfid",
        },
        Opt {
            letter: 't',
            value: OptValue::Text("types"),
            help: "only these types, between commas: noty, objt, func, sect, file, comm, tls, regi",
        },
    ],
    help: "Lists the symbols of all load objects, or of the one that is named. With an address, the symbol there.\n\
           C++ names are shown as the linker has them.",
    examples: &[
        Example {
            why: "a function of libuv",
            line: "uv_run::nm",
            shows: r##"
Value              Size               Type  Bind  Other Shndx    Name
0x00000000009fed90|0x0000000000000262|FUNC |GLOB |0x0  |12      |uv_run
"##,
        },
        Example {
            why: "functions of node by name, in decimal",
            line: "::nm -d -n -g -t func ! grep uv_run$",
            shows: "10481040            |610                 |FUNC |GLOB |0    |12      |uv_run",
        },
        Example {
            why: "the same in octal and in hex, without header",
            line: "uv_run::nm -oh",
            shows: "47766620              |1142                  |FUNC |GLOB |0    |12      |uv_run",
        },
        Example {
            why: "chosen columns",
            line: "uv_run::nm -xf name,val",
            shows: r##"
Value              Name
0x00000000009fed90|uv_run
"##,
        },
        Example {
            why: "what the program takes from libraries, by value",
            line: "::nm -Duv node",
            shows: "Value              Size               Type  Bind  Other Shndx    Name",
        },
        Example { why: "own symbols, as commands", line: "::nm -Pp", shows: "" },
    ],
    see_also: &["nmadd", "nmdel", "objects", "whatis"],
    json: &[
        Key::new("index", Is::Number, "where in its table it is"),
        Key::new("object", Is::Text, "the load object"),
        Key::new("address", Is::Hex, "its value"),
        Key::new("size", Is::Number, "how many bytes"),
        Key::new("type", Is::Text, "FUNC, OBJT, ..."),
        Key::new("binding", Is::Text, "LOCL, GLOB or WEAK"),
        Key::new("section", Is::Text, "the section"),
        Key::new("name", Is::Text, "the symbol"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Index,
    Object,
    Value,
    Size,
    Type,
    Bind,
    Other,
    Section,
    CtfId,
    CType,
    Name,
}

/// All columns, in the order in which they are shown, by the names that -f takes.
const COLUMNS: [(&str, Column); 11] = [
    ("ndx", Column::Index),
    ("obj", Column::Object),
    ("val", Column::Value),
    ("sz", Column::Size),
    ("type", Column::Type),
    ("bind", Column::Bind),
    ("oth", Column::Other),
    ("shndx", Column::Section),
    ("ctfid", Column::CtfId),
    ("ctype", Column::CType),
    ("name", Column::Name),
];

/// What is shown when -f does not say.
const USUAL: &str = "val,sz,type,bind,oth,shndx,name";

/// The types that -t takes, as ELF numbers them.
const TYPES: [(&str, u8); 8] =
    [("noty", 0), ("objt", 1), ("func", 2), ("sect", 3), ("file", 4), ("comm", 5), ("tls", 6), ("regi", 13)];

/// How numbers are shown.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    radix: u32,
    width: Width,
}

impl Numbers {
    /// Columns of a value.
    fn columns(self) -> usize {
        match (self.radix, self.width) {
            (8, Width::W32) => 11,
            (8, Width::W64) => 22,
            (10, Width::W32) => 10,
            (10, Width::W64) => 20,
            (_, Width::W32) => 10,
            (_, Width::W64) => 18,
        }
    }

    fn value(self, value: u64) -> String {
        let w = self.columns();
        match self.radix {
            8 | 10 => format!("{:<w$}", number::digits(value, self.radix)),
            _ => format!("{value:#0w$x}"),
        }
    }

    fn other(self, value: u8) -> String {
        match self.radix {
            8 | 10 => format!("{:<5}", number::digits(value.into(), self.radix)),
            _ => format!("0x{value:<3x}"),
        }
    }
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let has = |letter| ctx.args.has(letter);
    let object = match ctx.args.operands.as_slice() {
        [] => None,
        [Arg::Text(name)] if ctx.addr.is_none() => Some(name.as_str()),
        _ => return Err(Error::usage()),
    };
    let columns = chosen(ctx.args.text('f').unwrap_or(USUAL), 'f', &COLUMNS)?;
    let types = ctx.args.text('t').map(|list| chosen(list, 't', &TYPES)).transpose()?;
    let radix = match (has('d'), has('o'), has('x')) {
        (false, false, false) if matches!(ctx.session.lang.radix, 8 | 10) => ctx.session.lang.radix,
        (false, false, _) => 16,
        (true, false, false) => 10,
        (false, true, false) => 8,
        _ => return Err(Error::Usage(Some("-d/-o/-x options are mutually exclusive".to_owned()))),
    };
    if has('P') && object.is_some() {
        return Err(Error::Usage(Some("-P/object options are mutually exclusive".to_owned())));
    }
    if has('P') && ctx.addr.is_some() {
        return Err(Error::Usage(Some("-P/address options are mutually exclusive".to_owned())));
    }
    let image = &ctx.session.image;
    let numbers = Numbers { radix, width: image.width };
    if !has('h') && !has('p') && ctx.first {
        ctx.out.text(header(&columns, numbers));
    }
    let mut rows = match ctx.addr {
        Some(addr) => vec![at(image, addr)?],
        None if has('P') => image.symbols.private_iter().map(|s| Row::new(image, s)).collect(),
        None => rows(image, object, if has('D') { Table::Dynsym } else { Table::Symtab })?,
    };
    let global = has('g') && ctx.addr.is_none();
    rows.retain(|row| {
        let symbol = &row.symbol;
        (!global || symbol.bind() == SymbolBind::Global)
            && (!has('u') || symbol.is_undefined())
            && types.as_ref().is_none_or(|types| types.contains(&(symbol.info & 0xf)))
    });
    if has('n') {
        rows.sort_by(|a, b| a.name.cmp(&b.name));
    } else if has('v') {
        rows.sort_by_key(|row| row.symbol.addr);
    }
    let commands = has('P') && has('p');
    for row in rows {
        if commands {
            ctx.out.text(command(&row.symbol, ctx.session.lang.radix));
        } else {
            ctx.out.item(&Shown { image, row, columns: &columns, numbers });
        }
    }
    Ok(())
}

/// What a list between commas chooses of `known`, in the order of `known`.
fn chosen<T: Copy>(list: &str, letter: char, known: &[(&str, T)]) -> Result<Vec<T>> {
    for word in list.split(',') {
        if !known.iter().any(|(name, _)| *name == word) {
            return Err(Error::Usage(Some(format!("invalid option for -{letter}: \"{word}\""))));
        }
    }
    Ok(known.iter().filter(|(name, _)| list.split(',').any(|word| word == *name)).map(|&(_, what)| what).collect())
}

fn rows<'i>(image: &'i Image, object: Option<&str>, table: Table) -> Result<Vec<Row<'i>>> {
    let objects = match object {
        None => 0..image.objects.len(),
        Some(name) => {
            let unknown = || Error::failed("failed to iterate over symbols: unknown object file name");
            let object = image.object_called(name).ok_or_else(unknown)?;
            object..object + 1
        }
    };
    let symbols = objects.flat_map(|object| image.symbols.table(object, table));
    Ok(symbols.map(|symbol| Row::new(image, symbol)).collect())
}

fn at(image: &Image, addr: Addr) -> Result<Row<'_>> {
    let (symbol, _) =
        image.symbol_at(addr).ok_or_else(|| Error::failed(format!("{addr}: no symbol corresponds to address")))?;
    let name = image.symbolize_as(addr, jsdb::image::Demangle::Off);
    Ok(Row { name: name.map_or_else(|| symbol.name.to_owned(), |n| n.symbol), ..Row::new(image, symbol) })
}

/// A symbol, and what it is called here.
struct Row<'i> {
    symbol: Symbol<'i>,
    name: String,
    object: &'i str,
}

impl<'i> Row<'i> {
    fn new(image: &'i Image, symbol: Symbol<'i>) -> Row<'i> {
        // The first entry of a table has no name.
        let name = if symbol.name.is_empty() { "<NULL>" } else { symbol.name };
        let object = symbol.object.and_then(|o| image.objects.get(o)).map_or("", |o| o.path.as_str());
        Row { symbol, name: name.to_owned(), object }
    }
}

fn kind(symbol: &Symbol<'_>) -> &'static str {
    match symbol.kind() {
        SymbolKind::None => "NOTY",
        SymbolKind::Object => "OBJT",
        SymbolKind::Function => "FUNC",
        SymbolKind::Section => "SECT",
        SymbolKind::File => "FILE",
        SymbolKind::Common => "COMM",
        SymbolKind::Tls => "TLS",
        SymbolKind::Other(13) => "REGI",
        SymbolKind::Other(_) => "?",
    }
}

fn bind(symbol: &Symbol<'_>) -> &'static str {
    match symbol.bind() {
        SymbolBind::Local => "LOCL",
        SymbolBind::Global => "GLOB",
        SymbolBind::Weak => "WEAK",
        SymbolBind::Other(_) => "?",
    }
}

/// A section's number, or what the special ones mean.
fn section(symbol: &Symbol<'_>) -> String {
    match symbol.shndx {
        0 => "UNDEF".to_owned(),
        0xfff1 => "ABS".to_owned(),
        0xfff2 => "COMMON".to_owned(),
        index => index.to_string(),
    }
}

fn header(columns: &[Column], numbers: Numbers) -> String {
    let w = numbers.columns();
    let title = |column: &Column| match column {
        Column::Index => "Index".to_owned(),
        Column::Object => format!("{:<15}", "Object"),
        Column::Value => format!("{:<w$}", "Value"),
        Column::Size => format!("{:<w$}", "Size"),
        Column::Type => "Type ".to_owned(),
        Column::Bind => "Bind ".to_owned(),
        Column::Other => "Other".to_owned(),
        Column::Section => format!("{:<8}", "Shndx"),
        Column::CtfId => format!("{:<9}", "CTF ID"),
        Column::CType => format!("{:<50}", "C Type"),
        Column::Name => "Name".to_owned(),
    };
    columns.iter().map(title).collect::<Vec<_>>().join(" ") + "\n"
}

/// A symbol of the user's as the command that defines it.
fn command(symbol: &Symbol<'_>, radix: u32) -> String {
    let kind = match symbol.kind() {
        SymbolKind::Function => "-f",
        SymbolKind::Object => "-o",
        _ => "",
    };
    let (addr, size) = (number::with_base(symbol.addr.0, radix), number::with_base(symbol.size, radix));
    format!("{addr}::nmadd {kind} -s {size} {}\n", symbol.name)
}

/// What C calls the type of what `symbol` names.
fn ctype(image: &Image, symbol: &Symbol<'_>) -> String {
    let found = match symbol.kind() {
        SymbolKind::Function => image.types.signature(&image.symbols, symbol).map(|(types, signature)| {
            let name = |&id: &TypeId| types.get(id).to_string();
            let mut arguments: Vec<String> = signature.arguments.iter().map(name).collect();
            if signature.variadic {
                arguments.push("...".to_owned());
            } else if arguments.is_empty() {
                arguments.push("void".to_owned());
            }
            format!("{} (*)({})", name(&signature.returns), arguments.join(", "))
        }),
        _ => image.types.of_symbol(&image.symbols, symbol).map(|found| found.to_string()),
    };
    found.unwrap_or_else(|| "<unknown type>".to_owned())
}

struct Shown<'a> {
    image: &'a Image,
    row: Row<'a>,
    columns: &'a [Column],
    numbers: Numbers,
}

impl Item for Shown<'_> {
    fn addr(&self) -> Option<Addr> {
        Some(self.row.symbol.addr)
    }

    fn text(&self, out: &mut String) {
        let Row { symbol, name, object } = &self.row;
        for (n, column) in self.columns.iter().enumerate() {
            if n > 0 {
                out.push('|');
            }
            let _ = match column {
                Column::Index => write!(out, "{:>5}", symbol.id),
                Column::Object => write!(out, "{object:<15}"),
                Column::Value => write!(out, "{}", self.numbers.value(symbol.addr.0)),
                Column::Size => write!(out, "{}", self.numbers.value(symbol.size)),
                Column::Type => write!(out, "{:<5}", kind(symbol)),
                Column::Bind => write!(out, "{:<5}", bind(symbol)),
                Column::Other => write!(out, "{}", self.numbers.other(symbol.other)),
                Column::Section => write!(out, "{:<8}", section(symbol)),
                Column::CtfId => match self.image.types.of_symbol(&self.image.symbols, symbol) {
                    Some(found) => write!(out, "{:<9}", found.id()),
                    None => write!(out, "{:9}", ""),
                },
                Column::CType => write!(out, "{:<50}", ctype(self.image, symbol)),
                Column::Name => write!(out, "{name}"),
            };
        }
        out.push('\n');
    }

    fn json(&self) -> Json {
        let Row { symbol, name, object } = &self.row;
        json!({
            "index": symbol.id,
            "object": object,
            "address": json::address(symbol.addr),
            "size": symbol.size,
            "type": kind(symbol),
            "binding": bind(symbol),
            "section": section(symbol),
            "name": name,
        })
    }
}
