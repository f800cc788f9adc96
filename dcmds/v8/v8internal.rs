//! `::v8internal`: the internal fields of a heap object, where embedders keep their own pointers.

use jsdb::heap::Tagged;
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Item, Result, Subject, eval, json};
use serde_json::{Value as Json, json};

/// `::v8internal`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8internal",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print v8 object internal fields",
    operands: "fieldidx",
    help: "\
Shows the word that follows the object's own fields, counted from 0. An embedder keeps there what belongs to the
object: Node puts a socket's C++ handle in field 0.",
    examples: &[Example {
        why: "the C++ object behind the server's handle",
        line: "4224ccb4909::jsprint _handle | ::v8internal 0",
        shows: "1e76e000000000",
    }],
    see_also: &["v8print", "nodebuffer"],
    json: &[
        Key::new("address", Is::Hex, "the object"),
        Key::new("field", Is::Number, "which field"),
        Key::new("place", Is::Hex, "where it is"),
        Key::new("value", Is::Hex, "what is in it"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let index = match &ctx.args.operands[..] {
        [Arg::Number(n)] => *n,
        [Arg::Text(text)] => eval::number_word(ctx.session, text)?,
        _ => return Err(Error::usage()),
    };
    let heap = ctx.session.heap()?;
    if !word.is_object() {
        return Err(Error::failed(format!("{word}: unsupported type")));
    }
    let class = heap
        .layout()
        .type_name(heap.instance_type(word)?)
        .ok_or_else(|| Error::failed(format!("{word}: unknown type")))?;
    let pointer = heap.width().bytes();
    let end = heap
        .layout()
        .metadata
        .end(class, pointer as i64)
        .ok_or_else(|| Error::failed(format!("{word}: didn't find expected class")))?;
    let place = word.untagged().offset(end).offset(index.wrapping_mul(pointer) as i64);
    let value = heap
        .word_at(place)
        .map_err(|e| Error::failed(format!("{word}: failed to read internal field {index}: {e}")))?;
    ctx.out.item(&Internal { word, index, place, value });
    Ok(())
}

struct Internal {
    word: Tagged,
    index: u64,
    place: Addr,
    value: Tagged,
}

impl Item for Internal {
    fn addr(&self) -> Option<Addr> {
        Some(self.value.addr())
    }

    fn text(&self, out: &mut String) {
        out.push_str(&format!("{}\n", self.value));
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.word.addr()),
            "field": self.index,
            "place": json::address(self.place),
            "value": json::address(self.value.addr()),
        })
    }
}
