//! `::dismode`: which disassembler is used.

use super::disasms::called;
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "dismode",
    aliases: &["$V"],
    subject: Subject::Process,
    summary: "get/set disassembly mode",
    operands: "[mode]",
    help: "Shows which disassembler is used: that of the image's machine. Given a mode, uses that one.",
    examples: &[Example {
        why: "which is used",
        line: "::dismode",
        shows: "disassembly mode is amd64 (AMD64 and IA32e 64-bit disassembler)",
    }],
    see_also: &["disasms", "dis"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let image = &mut ctx.session.image;
    match ctx.args.operands.as_slice() {
        [] => {}
        [Arg::Text(name)] => {
            let unknown = || Error::failed("failed to set disassembly mode: unknown disassembler name");
            image.code = called(image, name).ok_or_else(unknown)?;
        }
        _ => return Err(Error::usage()),
    }
    let (name, what) = image.code.name();
    ctx.out.text(format_args!("disassembly mode is {name} ({what})\n"));
    Ok(())
}
