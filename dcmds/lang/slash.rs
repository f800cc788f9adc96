//! `/`: lays out what memory holds.

use jsdb::shell::format::{self, Space};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "/",
    addr: AddrUse::Optional,
    summary: "format data from virtual as",
    operands: "fmt-list",
    help: "Lays out memory from the address on, letter by letter: `addr/4D` are four decimal ints. `::formats` lists the\n\
           letters. With l, L or M first it searches for a value of 2, 4 or 8 bytes; v, w, W and Z would write, which a\n\
           core refuses.",
    examples: &[
        Example {
            why: "a version in four ints",
            line: "_ZN2v88internal7Version6major_E/4D",
            shows: r##"
node`v8::internal::Version::major_:
node`v8::internal::Version::major_:             3               14
                5               11
"##,
        },
        Example {
            why: "a value in memory",
            line: "_ZN2v88internal7Version6major_E/L 0",
            shows: "node`v8::internal::Version::soname_+4",
        },
    ],
    see_also: &["formats"],
    raw_words: true,
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    format::verb(ctx, Space::Memory)
}
