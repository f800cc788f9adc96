//! `::v8array`: the elements of a V8 FixedArray.

use jsdb::heap::array::{self, FixedArray};
use jsdb::heap::inspect::number_text;
use jsdb::heap::{Kind, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::v8array`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8array",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print elements of a V8 FixedArray",
    options: &[Opt {
        letter: 'i',
        value: OptValue::Flag,
        help: "load the whole array at once; the output is the same",
    }],
    help: "\
Shows every element of the FixedArray at the address, one a line. Contexts, scope infos, dictionaries and
descriptor arrays are FixedArrays. The elements of a FixedDoubleArray show as numbers.",
    examples: &[
        Example {
            why: "the elements that a JSArray keeps its members in",
            line: "4224cc1cb51::v8print ! grep elements",
            shows: "        4224cc1cb60 elements = 381613f4a731 (FixedArray)",
        },
        Example {
            why: "a scope info, at once",
            line: "281586e128e1::v8array -i ! head -4",
            shows: r##"
14100000000
100000000
0
0
"##,
        },
    ],
    see_also: &["jsarray", "v8print"],
    json: &[Key::new("address", Is::Hex, "an element")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let heap = ctx.session.heap()?;
    if heap.is(word, Kind::FixedDoubleArray) {
        for value in array::doubles(heap, word)? {
            ctx.out.item(&Slot { word: None, value });
        }
        return Ok(());
    }
    for element in FixedArray::load(heap, word)?.iter() {
        ctx.out.item(&Slot { word: Some(element), value: None });
    }
    Ok(())
}

struct Slot {
    word: Option<Tagged>,
    value: Option<f64>,
}

impl Item for Slot {
    fn addr(&self) -> Option<Addr> {
        self.word.map(Tagged::addr)
    }

    fn text(&self, out: &mut String) {
        out.push_str(&match (self.word, self.value) {
            (Some(word), _) => format!("{word}\n"),
            (None, Some(value)) => format!("{}\n", number_text(value)),
            (None, None) => "hole\n".to_owned(),
        });
    }

    fn json(&self) -> Json {
        match self.word {
            Some(word) => json!({ "address": json::address(word.addr()) }),
            None => json!({ "value": self.value.map(json::number) }),
        }
    }
}
