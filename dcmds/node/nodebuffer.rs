//! `::nodebuffer`: where a Buffer keeps its bytes.

use jsdb::heap::elements::Elements;
use jsdb::heap::{Tagged, describe};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::nodebuffer`.
pub static DCMD: Dcmd = Dcmd {
    name: "nodebuffer",
    subject: Subject::Node,
    addr: AddrUse::Required,
    summary: "print details about the given Node Buffer",
    options: &[Opt { letter: 'f', value: OptValue::Flag, help: "do not ask whether a Buffer made the object" }],
    help: "\
Shows the address of the first byte of the Buffer at the address, which lies outside V8's heap. Follow it with a
format, as in `ADDR::nodebuffer | ::eval ./s`, or dump it.",
    examples: &[
        Example {
            why: "where the first Buffer keeps its bytes",
            line: "::findjsobjects -c Buffer | ::nodebuffer",
            shows: "7ffff791d9b0",
        },
        Example {
            why: "the same, without asking who made it",
            line: "::findjsobjects -c Buffer | ::nodebuffer -f",
            shows: "7ffff791d9b0",
        },
    ],
    see_also: &["jsprint", "dump"],
    json: &[
        Key::new("address", Is::Hex, "the Buffer"),
        Key::new("data", Is::Hex, "where its bytes are"),
        Key::new("length", Is::Number, "how many"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let heap = ctx.session.heap()?;
    if !ctx.args.has('f') {
        let name =
            describe::constructor_name(heap, word).map_err(|_| Error::failed(format!("{word} is not a JSObject")))?;
        if !["Buffer", "SlowBuffer", "NativeBuffer", "Uint8Array"].contains(&name.as_str()) {
            return Err(Error::failed(format!("{word} does not appear to be a buffer")));
        }
    }
    match Elements::load(heap, word)? {
        Elements::External { data, length, .. } => ctx.out.item(&Bytes { object: word, data, length }),
        _ => return Err(Error::failed(format!("{word}: its elements are not outside bytes"))),
    }
    Ok(())
}

struct Bytes {
    object: Tagged,
    data: Addr,
    length: usize,
}

impl Item for Bytes {
    fn addr(&self) -> Option<Addr> {
        Some(self.data)
    }

    fn text(&self, out: &mut String) {
        out.push_str(&format!("{}\n", self.data));
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.object.addr()),
            "data": json::address(self.data),
            "length": self.length,
        })
    }
}
