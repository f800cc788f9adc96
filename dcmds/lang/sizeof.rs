//! `::sizeof`: how large a type is.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::typed;
use jsdb::shell::{Context, Dcmd, Error, Example, Item, Result, number};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "sizeof",
    summary: "print the size of a type",
    operands: "type",
    help: "Prints how many bytes a C type has. The types are those of the program (CTF) and those made with ::typedef.\n\
           In a pipe the size is handed on.",
    examples: &[
        Example { why: "a plain one", line: "::typedef -c lp64; ::sizeof unsigned", shows: "sizeof (unsigned) = 4" },
        Example {
            why: "of a type made here",
            line: "::typedef 'struct { int id; char *name; }' rec_t; ::sizeof rec_t",
            shows: "sizeof (rec_t) = 0x10",
        },
    ],
    see_also: &["offsetof", "typedef"],
    json: &[Key::new("type", Is::Text, "the type"), Key::new("size", Is::Number, "how many bytes")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let mut words = std::mem::take(&mut ctx.args.operands);
    let name = typed::type_name(&mut words)?;
    if !words.is_empty() {
        return Err(Error::usage());
    }
    let size = ctx.session.type_called(&name)?.size();
    ctx.out.item(&Size { name, size, radix: ctx.session.lang.radix });
    Ok(())
}

struct Size {
    name: String,
    size: u64,
    radix: u32,
}

impl Item for Size {
    fn addr(&self) -> Option<jsdb::image::Addr> {
        Some(jsdb::image::Addr(self.size))
    }
    fn text(&self, out: &mut String) {
        out.push_str(&format!("sizeof ({}) = {}\n", self.name, number::with_base(self.size, self.radix)));
    }
    fn json(&self) -> serde_json::Value {
        json!({ "type": self.name, "size": self.size })
    }
}
