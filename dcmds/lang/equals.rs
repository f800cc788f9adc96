//! `=`: lays out a value.

use jsdb::shell::format::{self, Space};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "=",
    addr: AddrUse::Optional,
    summary: "format immediate value",
    operands: "fmt-list",
    help: "Lays out the value of the expression before it: `0t10=X` is 10 in hex. `::formats` lists the letters.",
    examples: &[
        Example { why: "decimal to hex", line: "0t255=X", shows: "                ff              \n" },
        Example { why: "a time", line: "0=Y", shows: "                1970 Jan  1 00:00:00    \n" },
    ],
    see_also: &["formats"],
    raw_words: true,
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    format::verb(ctx, Space::Value)
}
