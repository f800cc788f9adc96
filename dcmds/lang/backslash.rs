//! `\\`, `@`: lay out physical memory, which a core has none of.

use jsdb::shell::format::{self, Space};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "\\",
    aliases: &["@"],
    addr: AddrUse::Optional,
    summary: "format data from physical as",
    operands: "fmt-list",
    help: "As `/`, but of physical memory. The core of a process has none, and each letter says so.",
    examples: &[Example {
        why: "what a core has none of",
        line: "1000\\X",
        shows: r##"
jsdb: failed to read data from target: operation not supported by target
0x1000:
"##,
    }],
    see_also: &["formats"],
    raw_words: true,
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    format::verb(ctx, Space::Physical)
}
