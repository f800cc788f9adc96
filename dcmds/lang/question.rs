//! `?`: lays out what the object file holds.

use jsdb::shell::format::{self, Space};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "?",
    addr: AddrUse::Optional,
    summary: "format data from object file",
    operands: "fmt-list",
    help: "As `/`, but of the object file that is mapped at the address: as the program was before it ran.",
    examples: &[Example {
        why: "as the file has it, when it is at hand",
        line: "_ZN2v88internal7Version6major_E?D",
        shows: r##"
node`v8::internal::Version::major_:
jsdb: failed to read data from target: no mapping for address
node`v8::internal::Version::major_:
"##,
    }],
    see_also: &["formats"],
    raw_words: true,
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    format::verb(ctx, Space::File)
}
