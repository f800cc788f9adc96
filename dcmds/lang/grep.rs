//! `::grep`: lets those addresses through for which an expression is not zero.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, Value};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "grep",
    addr: AddrUse::Optional,
    summary: "print dot if expression is true",
    operands: "expr",
    help: "Computes the expression with dot as the address, and hands the address on if the value is not zero.",
    examples: &[Example { why: "only odd ones", line: "1001::grep .&1", shows: "1001\n" }],
    see_also: &["map", "eval"],
    json: &[Key::new("value", Is::Hex, "a value that passes")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let [Arg::Text(text)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    let text = text.clone();
    ctx.evaluate(&text)?;
    if ctx.session.lang.dot != 0 {
        let value = Value { value: ctx.session.image.width.truncate(ctx.dot.0), radix: ctx.session.lang.radix };
        ctx.out.item(&value);
    }
    Ok(())
}
