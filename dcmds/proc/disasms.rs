//! `::disasms`: the disassemblers.

use jsdb::shell::{Dcmd, Example, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "disasms",
    subject: Subject::Process,
    summary: "list available disassemblers",
    help: "Lists the disassemblers. Which one is used, the image decides.",
    examples: &[Example {
        why: "which there are",
        line: "::disasms",
        shows: r##"
amd64                    - AMD64 and IA32e 64-bit disassembler
ia32                     - Intel 32-bit disassembler
"##,
    }],
    see_also: &["dismode", "dis"],
    run: |ctx| {
        ctx.args.refuse()?;
        for (name, what) in MODES {
            ctx.out.text(format_args!("{name:<24} - {what}\n"));
        }
        Ok(())
    },
    ..Dcmd::BASE
};

/// The disassemblers, as mdb calls them.
pub const MODES: [(&str, &str); 2] =
    [("amd64", "AMD64 and IA32e 64-bit disassembler"), ("ia32", "Intel 32-bit disassembler")];
