//! `::v8types`: the instance types of this V8.

use super::enumeration::Member;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Result, Subject};

/// `::v8types`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8types",
    subject: Subject::V8,
    summary: "list known V8 heap object types",
    help: "Shows every instance type that the metadata names, with its number. A class may have several.",
    examples: &[Example {
        why: "what number arrays have",
        line: "::v8types ! grep Array | head -3",
        shows: r##"
FixedArray                     = 0xa3
ExternalFloatArray             = 0x8e
ExternalDoubleArray            = 0x8f
"##,
    }],
    see_also: &["v8classes", "v8type"],
    json: &[Key::new("name", Is::Text, "the type"), Key::new("value", Is::Number, "its number")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    for (name, value) in &ctx.session.heap()?.layout().metadata.types {
        ctx.out.item(&Member { name: name.clone(), value: i64::from(*value) });
    }
    Ok(())
}
