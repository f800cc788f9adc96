//! `::head`: lets the first addresses of a pipe through.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Address, Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "head",
    addr: AddrUse::Optional,
    summary: "limit number of elements in pipe",
    operands: "-num|-n num",
    help: "Hands on the first 10 addresses of a pipe, or as many as the decimal number says.",
    examples: &[
        Example { why: "the first two", line: "1000,5::map . | ::head -2", shows: "1000\n1000\n" },
        Example { why: "the same", line: "1000,5::map . | ::head -n 2", shows: "1000\n1000\n" },
    ],
    json: &[Key::new("address", Is::Hex, "an address of the pipe")],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let count = match ctx.args.operands.as_slice() {
        [] => 10,
        [Arg::Text(number)] => decimal(number.strip_prefix('-'))?,
        [Arg::Text(option), Arg::Text(number)] if option == "-n" => decimal(Some(number))?,
        _ => return Err(Error::usage()),
    };
    if !ctx.piped {
        return Ok(());
    }
    let rest = std::mem::take(ctx.queue);
    for addr in ctx.addr.into_iter().chain(rest).take(count) {
        ctx.out.item(&Address(addr));
    }
    Ok(())
}

/// The number that digits say, none being 0; a number too large is as good as the largest.
fn decimal(text: Option<&str>) -> Result<usize> {
    match text {
        Some("") => Ok(0),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(digits.parse().unwrap_or(usize::MAX)),
        _ => Err(Error::usage()),
    }
}
