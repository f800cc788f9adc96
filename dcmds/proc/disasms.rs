//! `::disasms`: the disassemblers.

use jsdb::image::disasm::Disassembler;
use jsdb::image::{Image, Width};
use jsdb::shell::{Dcmd, Example, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "disasms",
    subject: Subject::Process,
    summary: "list available disassemblers",
    help: "Lists the disassemblers. Which one is used to begin with, the image decides.",
    examples: &[Example {
        why: "which there are",
        line: "::disasms",
        shows: r##"
amd64                    - AMD64 and IA32e 64-bit disassembler
default                  - default no-op disassembler
ia16                     - Intel 16-bit disassembler
ia32                     - Intel 32-bit disassembler
"##,
    }],
    see_also: &["dismode", "dis"],
    text_only: true,
    run: |ctx| {
        ctx.args.refuse()?;
        for disassembler in available(&ctx.session.image) {
            let (name, what) = disassembler.name();
            ctx.out.text(format_args!("{name:<24} - {what}\n"));
        }
        Ok(())
    },
    ..Dcmd::BASE
};

/// The disassemblers for an image: there is no 64-bit code in a 32-bit process.
fn available(image: &Image) -> impl Iterator<Item = Disassembler> + use<> {
    let width = image.width;
    Disassembler::ALL.into_iter().filter(move |&d| width == Width::W64 || d != Disassembler::Amd64)
}

/// The disassembler of that name, if there is one for the image.
pub fn called(image: &Image, name: &str) -> Option<Disassembler> {
    available(image).find(|d| d.name().0 == name)
}
