//! `::v8field`: where a field of a V8 class lies, and moving it by hand.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Item, Result, Subject, eval};
use serde_json::{Value as Json, json};

/// `::v8field`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8field",
    subject: Subject::V8,
    summary: "manually add a field to a given class",
    operands: "classname fieldname [offset]",
    help: "\
Shows the offset of a field in the objects of a class. With an offset, the field is moved there, or added if the
class has none of that name: for a build whose metadata is wrong or lacks it. Everything that was computed with the
old offset is forgotten.",
    examples: &[
        Example {
            why: "where a map keeps its third bit field",
            line: "::v8field Map bit_field3",
            shows: "Map::bit_field3 at offset 0x38",
        },
        Example {
            why: "a field that the metadata does not name",
            line: "::v8field JSFunction context 28",
            shows: "JSFunction::context at offset 0x28",
        },
    ],
    see_also: &["v8classes", "v8print", "v8load"],
    json: &[
        Key::new("class", Is::Text, "the class"),
        Key::new("field", Is::Text, "the field"),
        Key::new("offset", Is::Number, "where in the object it is"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let (class, field, offset) = match &ctx.args.operands[..] {
        [Arg::Text(class), Arg::Text(field)] => (class.clone(), field.clone(), None),
        [Arg::Text(class), Arg::Text(field), Arg::Text(offset)] => {
            (class.clone(), field.clone(), Some(eval::number_word(ctx.session, offset)?))
        }
        [Arg::Text(class), Arg::Text(field), Arg::Number(offset)] => (class.clone(), field.clone(), Some(*offset)),
        _ => return Err(Error::usage()),
    };
    let layout = ctx.session.heap()?.layout();
    if !layout.metadata.classes.contains_key(&class) {
        ctx.out.text(format_args!("error: no such class: \"{class}\"\n"));
        return Ok(());
    }
    if let Some(offset) = offset {
        let offset = i64::try_from(offset).map_err(|_| Error::usage())?;
        let moved = layout.with_field(&class, &field, offset);
        ctx.session.set_layout(Some(moved));
    }
    let found = ctx.session.heap()?.layout().metadata.field(&class, &field).map(|f| f.offset);
    match found {
        Some(offset) => {
            ctx.out.item(&Place { class, field, offset });
            Ok(())
        }
        None => {
            ctx.out.text(format_args!("error: no such field in class \"{class}\": \"{field}\"\n"));
            Ok(())
        }
    }
}

struct Place {
    class: String,
    field: String,
    offset: i64,
}

impl Item for Place {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("{}::{} at offset 0x{:x}\n", self.class, self.field, self.offset));
    }

    fn json(&self) -> Json {
        json!({ "class": self.class, "field": self.field, "offset": self.offset })
    }
}
