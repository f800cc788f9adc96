//! `::nmdel`: forgets a symbol of the user's own.

use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result, Subject, number};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "nmdel",
    subject: Subject::Process,
    summary: "remove name from private symbol table",
    operands: "name",
    help: "Forgets a name that ::nmadd gave.",
    examples: &[Example {
        why: "there is no such name",
        line: "::nmdel mine",
        shows: "jsdb: symbol 'mine' not found in private symbol table",
    }],
    see_also: &["nmadd", "nm"],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let [Arg::Text(name)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    let radix = ctx.session.lang.radix;
    let Some((addr, size)) = ctx.session.image.symbols.undefine(name) else {
        return Err(Error::failed(format!("symbol '{name}' not found in private symbol table")));
    };
    let (value, size) = (number::digits(addr.0, radix), number::digits(size, radix));
    ctx.out.text(format_args!("deleted {name}, value={value} size={size}\n"));
    Ok(())
}
