//! `::v8type`: the type of a tagged word.

use jsdb::heap::{Tagged, describe};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::v8type`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8type",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print the type of a V8 heap object",
    help: "Shows what the tagged word is: a small integer and its value, or a heap object and its class in V8.",
    examples: &[Example {
        why: "a heap object and a small integer",
        line: "4224cc14af1::v8type; c800000000::v8type",
        shows: r##"
0x4224cc14af1: JSObject: Exchange
0xc800000000: SMI: value = 200
"##,
    }],
    see_also: &["v8types", "v8print", "jsconstructor"],
    json: &[Key::new("address", Is::Hex, "the value"), Key::new("type", Is::Text, "its type")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let name = describe::type_name(ctx.session.heap()?, word)?;
    ctx.out.item(&Typed { word, name });
    Ok(())
}

struct Typed {
    word: Tagged,
    name: String,
}

impl Item for Typed {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("0x{}: {}\n", self.word, self.name));
    }

    fn json(&self) -> Json {
        json!({ "address": json::address(self.word.addr()), "type": self.name })
    }
}
