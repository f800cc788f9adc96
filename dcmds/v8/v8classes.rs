//! `::v8classes`: the C++ classes of this V8's heap objects.

use jsdb::heap::layout::Class;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Result, Subject};
use serde_json::{Value as Json, json};

/// `::v8classes`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8classes",
    subject: Subject::V8,
    summary: "list known V8 heap object C++ classes",
    help: "Shows the name of every class that the metadata describes: what `::v8print` can be asked to print.",
    examples: &[Example {
        why: "the classes of JavaScript's own objects",
        line: "::v8classes ! grep ^JSF",
        shows: r##"
JSFunction
JSFunctionProxy
JSFunctionResultCache
"##,
    }],
    see_also: &["v8print", "v8field", "v8types"],
    json: &[
        Key::new("class", Is::Text, "the class"),
        Key::or_null("parent", Is::Text, "the class that it extends"),
        Key::new("fields", Is::List, "name, offset and type of each field"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    for (name, class) in &ctx.session.heap()?.layout().metadata.classes {
        ctx.out.item(&Listed { name, class });
    }
    Ok(())
}

struct Listed<'a> {
    name: &'a str,
    class: &'a Class,
}

impl Item for Listed<'_> {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("{}\n", self.name));
    }

    fn json(&self) -> Json {
        let fields = self.class.fields.iter();
        json!({
            "class": self.name,
            "parent": self.class.parent,
            "fields": fields.map(|f| json!({ "name": f.name, "type": f.kind, "offset": f.offset })).collect::<Vec<_>>(),
        })
    }
}
