//! `::v8warnings`: whether failures to read the heap are told.

use jsdb::shell::{Context, Dcmd, Example, Result, Subject};

/// `::v8warnings`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8warnings",
    subject: Subject::V8,
    summary: "toggle V8 warnings",
    help: "\
A heap holds garbage, and a pipeline over it meets words that are not what they should be. With warnings on, each
failure to read one is told; with warnings off, the V8 dcmds pass over it in silence, as scripts for mdb expect. They
are on to begin with at a terminal, and off in a script.",
    examples: &[Example {
        why: "hear why a word is no object",
        line: "::v8warnings; dead0001::v8type; ::v8warnings",
        shows: r##"
v8 warnings are now on
jsdb: failed to read from address dead0000: no mapping for address
v8 warnings are now off
"##,
    }],
    see_also: &["v8print", "v8type"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.session.v8_warnings = !ctx.session.v8_warnings;
    let state = if ctx.session.v8_warnings { "on" } else { "off" };
    ctx.out.text(format_args!("v8 warnings are now {state}\n"));
    Ok(())
}
