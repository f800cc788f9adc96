//! `::ugrep`: where in memory a word is.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Address, Context, Dcmd, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "ugrep",
    subject: Subject::Process,
    addr: AddrUse::Required,
    summary: "search user address space for a pointer",
    help: "Looks at every aligned word of saved memory, and prints the address of each that equals the value. What V8 \
           has there, ::v8whatis tells; ::jsfindrefs does both, as often as it takes.",
    examples: &[Example {
        why: "where the list that leaks is held, and in which object",
        line: "4224cc1cb51::ugrep; 4224cc1cb51::ugrep | ::v8whatis",
        shows: r##"
4224cc14b18
4224cc14af1
"##,
    }],
    see_also: &["v8whatis", "jsfindrefs", "whatis"],
    json: &[Key::new("address", Is::Hex, "where it lies")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = ctx.required_addr()?.0;
    let out = &mut *ctx.out;
    ctx.session.find_word(word, |place| {
        out.item(&Address(place));
        Ok(())
    })
}
