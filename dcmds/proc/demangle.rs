//! `$G`: C++ names as the programmer or as the linker knows them.

use jsdb::image::Demangle;
use jsdb::shell::{Context, Dcmd, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$G",
    subject: Subject::Process,
    summary: "enable/disable C++ demangling support",
    operands: "[library]",
    help: "Switches between C++ names as the programmer and as the linker knows them, wherever an address is named.\n\
           Sessions on a core with V8 begin with the programmer's. A library to do it, which mdb takes, is ignored.",
    examples: &[Example { why: "the linker's names from now on", line: "$G", shows: "C++ symbol demangling disabled" }],
    see_also: &["$g", "dem"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let style = &mut ctx.session.image.naming.demangle;
    let on = *style == Demangle::Off;
    *style = if on { Demangle::Short } else { Demangle::Off };
    ctx.out.text(format_args!("C++ symbol demangling {}\n", if on { "enabled" } else { "disabled" }));
    Ok(())
}
