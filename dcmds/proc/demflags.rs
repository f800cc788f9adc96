//! `$g`: what is shown of a C++ name.

use jsdb::image::Demangle;
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$g",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "get/set C++ demangling options",
    help: "Shows what is shown of a C++ name; with an address, sets it: the sum of the numbers before the lines.\n\
           Of these jsdb obeys 4, the parameters of functions.",
    examples: &[
        Example {
            why: "what is shown",
            line: "$g",
            shows: r##"
0x1     off     static/const/volatile member func qualifiers displayed
0x2     on      scope resolution specifiers displayed
0x4     off     function arguments displayed
0x8     off     mangled name displayed
"##,
        },
        Example {
            why: "parameters too",
            line: "6$g ! grep argu",
            shows: "0x4     on      function arguments displayed",
        },
    ],
    see_also: &["$G", "dem"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

/// The flag of `$g` for parameters.
const PARAMETERS: u64 = 4;
/// The flag of `$g` for scopes, which a name cannot do without.
const SCOPES: u64 = 2;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let style = &mut ctx.session.image.naming.demangle;
    if *style == Demangle::Off {
        return Err(Error::failed("C++ demangling facility is currently disabled"));
    }
    if let Some(wanted) = ctx.addr {
        *style = if wanted.0 & PARAMETERS != 0 { Demangle::Full } else { Demangle::Short };
    }
    let set = if *style == Demangle::Full { SCOPES | PARAMETERS } else { SCOPES };
    let lines = [
        "static/const/volatile member func qualifiers displayed",
        "scope resolution specifiers displayed",
        "function arguments displayed",
        "mangled name displayed",
    ];
    for (n, line) in lines.iter().enumerate() {
        let state = if set >> n & 1 == 1 { "on" } else { "off" };
        // Tabs, to columns 8 and 16.
        ctx.out.text(format_args!("{:<8}{state:<8}{line}\n", format!("{:#x}", 1 << n)));
    }
    Ok(())
}
