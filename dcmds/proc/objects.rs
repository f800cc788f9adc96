//! `::objects`: the executable and its libraries.

use super::mappings::{self, Row};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Opt, OptValue, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "objects",
    subject: Subject::Process,
    summary: "print load objects information",
    options: &[Opt { letter: 'v', value: OptValue::Flag, help: "versions instead of addresses" }],
    help: "Lists the load objects in the order of the run-time linker's list: the executable, its libraries, the\n\
           run-time linker. Each with its first mapping.",
    examples: &[
        Example {
            why: "what the process had loaded",
            line: "::objects",
            shows: r##"
            BASE            LIMIT             SIZE NAME
          400000           ca3000           8a3000 ./node
    7ffff7fb2000     7ffff7fb3000             1000 /lib/x86_64-linux-gnu/libdl.so.2
    7ffff7fad000     7ffff7fae000             1000 /lib/x86_64-linux-gnu/librt.so.1
    7ffff7c00000     7ffff7c99000            99000 /lib/x86_64-linux-gnu/libstdc++.so.6
    7ffff7ecd000     7ffff7edd000            10000 /lib/x86_64-linux-gnu/libm.so.6
    7ffff7ead000     7ffff7eb0000             3000 /lib/x86_64-linux-gnu/libgcc_s.so.1
    7ffff7ea6000     7ffff7ea7000             1000 /lib/x86_64-linux-gnu/libpthread.so.0
    7ffff7a1e000     7ffff7a44000            26000 /lib/x86_64-linux-gnu/libc.so.6
    7ffff7fca000     7ffff7fcb000             1000 /usr/lib/64/ld.so.1
"##,
        },
        Example {
            why: "and in which versions",
            line: "::objects -v",
            shows: r##"
NAME                         VERSION
./node                       Unknown
/lib/x86_64-linux-gnu/libdl.so.2 Unknown
/lib/x86_64-linux-gnu/librt.so.1 Unknown
/lib/x86_64-linux-gnu/libstdc++.so.6 Unknown
/lib/x86_64-linux-gnu/libm.so.6 Unknown
/lib/x86_64-linux-gnu/libgcc_s.so.1 Unknown
/lib/x86_64-linux-gnu/libpthread.so.0 Unknown
/lib/x86_64-linux-gnu/libc.so.6 Unknown
/usr/lib/64/ld.so.1          Unknown
"##,
        },
    ],
    see_also: &["mappings", "nm"],
    json: &[
        Key::new("base", Is::Hex, "where it begins"),
        Key::new("limit", Is::Hex, "and ends"),
        Key::new("size", Is::Number, "how many bytes"),
        Key::new("name", Is::Text, "the file"),
        Key::or_null("version", Is::Text, "-v: its version"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let image = &ctx.session.image;
    if ctx.args.has('v') {
        ctx.out.text(format_args!("{:<28} VERSION\n", "NAME"));
        for object in &image.objects {
            ctx.out.item(&Version { name: object.path.clone() });
        }
        return Ok(());
    }
    mappings::header(ctx.out, image.width);
    if let Some(row) = Row::of_file(image) {
        ctx.out.item(&row);
    }
    for (index, object) in image.objects.iter().enumerate() {
        let first = image.mappings.iter().find(|m| m.object == Some(index));
        let limit = first.map_or(object.end, |m| m.end());
        ctx.out.item(&Row { base: object.base, limit, name: object.path.clone(), width: image.width });
    }
    Ok(())
}

/// A load object and its version: mdb takes it from the labels of CTF data, which no object of a core has.
struct Version {
    name: String,
}

impl Item for Version {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{:<28} Unknown", self.name);
    }

    fn json(&self) -> Json {
        json!({ "name": self.name, "version": Json::Null })
    }
}
