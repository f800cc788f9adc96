//! `::v8frametypes`: the stack frame types of this V8.

use super::enumeration::Member;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Result, Subject};

/// `::v8frametypes`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8frametypes",
    subject: Subject::V8,
    summary: "list known V8 frame types",
    help: "Shows every type of stack frame that the metadata names, with the number that marks it on the stack.",
    examples: &[Example {
        why: "all of them",
        line: "::v8frametypes ! sort",
        shows: r##"
ArgumentsAdaptorFrame          = 0x08
ConstructFrame                 = 0x07
EntryConstructFrame            = 0x02
EntryFrame                     = 0x01
ExitFrame                      = 0x03
InternalFrame                  = 0x06
JavaScriptFrame                = 0x04
OptimizedFrame                 = 0x05
"##,
    }],
    see_also: &["jsstack", "jsframe"],
    json: &[Key::new("name", Is::Text, "the type"), Key::new("value", Is::Number, "its number")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    for (name, value) in &ctx.session.heap()?.layout().metadata.frame_types {
        ctx.out.item(&Member { name: name.clone(), value: *value });
    }
    Ok(())
}
