//! `::map`: computes an expression for each address.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, Value};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "map",
    addr: AddrUse::Optional,
    summary: "print dot after evaluating expression",
    operands: "expr",
    help: "Computes the expression with dot as the address, and hands its value on.",
    examples: &[Example { why: "four further", line: "1000::map .+4", shows: "1004\n" }],
    see_also: &["grep", "eval"],
    json: &[Key::new("value", Is::Hex, "the value")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let [Arg::Text(text)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    let text = text.clone();
    ctx.evaluate(&text)?;
    let value = Value { value: ctx.session.lang.dot, radix: ctx.session.lang.radix };
    ctx.out.item(&value);
    Ok(())
}
