//! `::jsconstructor`: who made an object.

use jsdb::heap::{Field, Kind, Tagged, describe};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::jsconstructor`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsconstructor",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "print the constructor for a JavaScript object",
    options: &[Opt { letter: 'v', value: OptValue::Flag, help: "show the address of the constructor, a JSFunction" }],
    help: "\
Names the function whose `new` made the object at the address. Objects written as literals were made by Object,
those of array literals by Array.",
    examples: &[Example {
        why: "who made an object, and where that function is",
        line: "4224cc14af1::jsconstructor -v",
        shows: "Exchange (JSFunction: 4224cc049b9)",
    }],
    see_also: &["jsprint", "jsfunction", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "the object"),
        Key::new("constructor", Is::Text, "who made it"),
        Key::or_null("function", Is::Hex, "that function"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let heap = ctx.session.heap()?;
    match heap.kind(word) {
        Ok(Some(
            Kind::JsObject | Kind::JsArray | Kind::JsTypedArray | Kind::JsValue | Kind::JsDate | Kind::JsRegExp,
        )) => {}
        _ => return Err(Error::failed(format!("{word} is not a JSObject"))),
    }
    let function = heap
        .map(word)
        .and_then(|map| describe::class_or_constructor(heap, map))
        .map_err(|e| Error::failed(format!("unable to read object map: {e}")))?;
    let name = match heap.kind(function)? {
        Some(Kind::JsFunction) => describe::function_name(heap, heap.word(function, Field::JsFunctionShared)?)?,
        Some(Kind::Oddball) => heap.oddball_name(function)?,
        _ => {
            let found = describe::type_name(heap, function)?;
            return Err(Error::failed(format!("constructor: expected JSFunction, found {found}")));
        }
    };
    let function = heap.is(function, Kind::JsFunction).then_some(function);
    ctx.out.item(&Constructor { object: word, name, function, verbose: ctx.args.has('v') });
    Ok(())
}

struct Constructor {
    object: Tagged,
    name: String,
    function: Option<Tagged>,
    verbose: bool,
}

impl Item for Constructor {
    fn text(&self, out: &mut String) {
        match self.function.filter(|_| self.verbose) {
            Some(function) => out.push_str(&format!("{} (JSFunction: {function})\n", self.name)),
            None => out.push_str(&format!("{}\n", self.name)),
        }
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.object.addr()),
            "constructor": self.name,
            "function": self.function.map(|f| json::address(f.addr())),
        })
    }
}
