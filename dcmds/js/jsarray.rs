//! `::jsarray` and the walker `jselement`: the elements of a JavaScript array.

use jsdb::heap::elements::{self, Element};
use jsdb::heap::inspect::number_text;
use jsdb::heap::{Heap, Kind, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{
    AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Session, Subject, Walk, Walker, json,
};
use serde_json::{Value as Json, json};

/// `::jsarray`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsarray",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "print elements of a JavaScript array",
    options: &[Opt { letter: 'i', value: OptValue::Flag, help: "show the index of each element" }],
    help: "\
Shows the elements of the JSArray at the address, one a line, each by its address. Numbers that V8 keeps as raw
doubles have no address and show as numbers; of a sparse array, only the elements that exist are shown.",
    examples: &[
        Example {
            why: "the list that leaks, with indexes",
            line: "4224cc1cb51::jsarray -i ! head -3",
            shows: r##"
0 4224cce5919
1 4224cce5941
2 4224cce5969
"##,
        },
        Example {
            why: "what makes its members what they are",
            line: "4224cc1cb51::jsarray | ::jsconstructor ! sort | uniq -c",
            shows: "    100 Object",
        },
    ],
    see_also: &["v8array", "jsprint"],
    json: &[Key::new("index", Is::Number, "which element"), Key::new("address", Is::Hex, "its value")],
    run,
    ..Dcmd::BASE
};

fn load(heap: Heap<'_>, word: Tagged) -> Result<Vec<(u32, Element)>> {
    let failed = |why: String| Error::failed(format!("{word}: failed to load JSArray{why}"));
    if !heap.is(word, Kind::JsArray) {
        return Err(failed(String::new()));
    }
    elements::array_elements(heap, word).map(|(_, list)| list).map_err(|e| failed(format!(": {e}")))
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let indexed = ctx.args.has('i');
    for (index, element) in load(ctx.session.heap()?, word)? {
        ctx.out.item(&ArrayElement { index, element, indexed });
    }
    Ok(())
}

struct ArrayElement {
    index: u32,
    element: Element,
    indexed: bool,
}

impl Item for ArrayElement {
    fn addr(&self) -> Option<Addr> {
        match self.element {
            Element::Tagged(word) | Element::Hole(Some(word)) => Some(word.addr()),
            Element::Double(_) | Element::Hole(None) => None,
        }
    }

    fn text(&self, out: &mut String) {
        if self.indexed {
            out.push_str(&format!("{} ", self.index));
        }
        out.push_str(&match self.element {
            Element::Tagged(word) | Element::Hole(Some(word)) => word.to_string(),
            Element::Double(double) => number_text(double),
            Element::Hole(None) => "hole".to_owned(),
        });
        out.push('\n');
    }

    fn json(&self) -> Json {
        match self.element {
            Element::Tagged(word) => json!({ "index": self.index, "address": json::address(word.addr()) }),
            Element::Double(double) => json!({ "index": self.index, "value": json::number(double) }),
            Element::Hole(_) => json!({ "index": self.index, "value": { "type": "hole" } }),
        }
    }
}

/// `::walk jselement`.
pub static JSELEMENT: Walker = Walker {
    name: "jselement",
    summary: "walk elements of a JavaScript array",
    addr: AddrUse::Required,
    walk: walk_elements,
};

fn walk_elements(session: &Session, addr: Option<Addr>, visit: &mut Walk<'_>) -> Result<()> {
    let addr = addr.ok_or_else(|| Error::failed("'jselement' does not support global walks"))?;
    for (_, element) in load(session.heap()?, Tagged(addr.0))? {
        if let Element::Tagged(word) | Element::Hole(Some(word)) = element {
            visit(word.addr())?;
        }
    }
    Ok(())
}
