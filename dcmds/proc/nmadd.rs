//! `::nmadd`: symbols of the user's own.

use jsdb::image::{SymbolKind, Symbols};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, Subject, number};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "nmadd",
    subject: Subject::Process,
    addr: AddrUse::Required,
    summary: "add name to private symbol table",
    operands: "name",
    options: &[
        Opt { letter: 'f', value: OptValue::Flag, help: "it is a function" },
        Opt { letter: 'o', value: OptValue::Flag, help: "it is data" },
        Opt { letter: 'e', value: OptValue::Number("end"), help: "its end: its size is from the address to here" },
        Opt { letter: 's', value: OptValue::Number("size"), help: "its size in bytes" },
    ],
    help: "Gives the address a name, for expressions and for all that prints addresses. A name that exists is moved;\n\
           the program's own symbols come after the user's.",
    examples: &[
        Example {
            why: "name a function",
            line: "4a2000::nmadd -f -s 20 mine",
            shows: "added mine, value=4a2000 size=20",
        },
        Example {
            why: "and data, by its end",
            line: "4a3000::nmadd -o -e 4a3010 yours",
            shows: "added yours, value=4a3000 size=10",
        },
    ],
    see_also: &["nmdel", "nm"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let [Arg::Text(name)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    if name.starts_with(['-', '+']) {
        return Err(Error::usage());
    }
    let end = ctx.args.number('e').filter(|&end| end != 0);
    if let Some(end) = end.filter(|&end| end < addr.0) {
        return Err(Error::Usage(Some(format!("end ({end:x}) is less than start address ({addr})"))));
    }
    let size = ctx.args.number('s').filter(|&size| size != 0).or(end.map(|end| end - addr.0));
    let kind = match (ctx.args.has('f'), ctx.args.has('o')) {
        (_, true) => Some(SymbolKind::Object),
        (true, false) => Some(SymbolKind::Function),
        (false, false) => None,
    };
    let radix = ctx.session.lang.radix;
    let symbols: &mut Symbols = &mut ctx.session.image.symbols;
    let symbol = symbols.define(name, addr, size, kind);
    let (value, size) = (number::digits(symbol.addr.0, radix), number::digits(symbol.size, radix));
    ctx.out.text(format_args!("added {}, value={value} size={size}\n", symbol.name));
    Ok(())
}
