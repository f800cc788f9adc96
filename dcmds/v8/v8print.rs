//! `::v8print`: a heap object field by field, as V8's C++ classes lay it out.

use jsdb::heap::layout::ClassField;
use jsdb::heap::string::quoted;
use jsdb::heap::{Heap, JsString, Tagged, describe, string};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::v8print`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8print",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print a V8 heap object",
    operands: "[class]",
    help: "\
Shows the fields of the object at the address, class by class from the root of V8's hierarchy down to its own. The
class is taken from the object's map; name another to see the same words as that one's fields.",
    examples: &[
        Example {
            why: "an object, class by class",
            line: "4224cc14af1::v8print",
            shows: r##"
4224cc14af1 JSObject {
    4224cc14af1 JSReceiver {
        4224cc14af1 HeapObject < Object  {
            4224cc14af0 map = a203bd1d801 (Map)
        }
    }
    4224cc14af8 properties = 281a8ef04101 (FixedArray)
    4224cc14b00 elements = 281a8ef04101 (FixedArray)
}
"##,
        },
        Example {
            why: "the same words as another class",
            line: "4224cc14af1::v8print HeapObject",
            shows: r##"
4224cc14af1 HeapObject < Object  {
    4224cc14af0 map = a203bd1d801 (Map)
}
"##,
        },
    ],
    see_also: &["v8classes", "v8type", "jsprint"],
    json: &[
        Key::new("address", Is::Hex, "the object"),
        Key::new("classes", Is::List, "its classes: class, and fields with name, address, value and type"),
    ],
    run,
    ..Dcmd::BASE
};

/// The most characters of a field's value that are shown (mdb_v8's buffer).
const VALUE_LIMIT: usize = 256;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let heap = ctx.session.heap()?;
    let class = match ctx.args.words().next() {
        Some(class) => class,
        None if !word.is_object() => {
            ctx.out.item(&Plain { word, text: describe::type_name(heap, word)? });
            return Ok(());
        }
        None => match heap.layout().type_name(heap.instance_type(word)?) {
            Some(name) => name.to_owned(),
            None => return Err(Error::failed(format!("{word}: object has unknown type"))),
        },
    };
    let ancestry = heap.layout().metadata.ancestry(&class);
    if ancestry.is_empty() {
        return Err(Error::Usage(Some(format!("unknown class '{class}'"))));
    }
    let classes = ancestry
        .iter()
        .map(|(name, class)| PrintedClass {
            name: (*name).to_owned(),
            fields: class.fields.iter().map(|f| read_field(heap, word, f)).collect(),
            ends: heap.layout().metadata.end(name, 0).is_some(),
        })
        .collect();
    ctx.out.item(&Printed { word, classes });
    Ok(())
}

/// One field, read as its type tells.
enum FieldValue {
    Text(String),
    Byte(u8),
    Word(Tagged, String),
    Unreadable,
}

struct PrintedField {
    addr: Addr,
    name: String,
    value: FieldValue,
}

struct PrintedClass {
    name: String,
    fields: Vec<PrintedField>,
    /// Whether it or an ancestor has fields.
    ends: bool,
}

fn read_field(heap: Heap<'_>, word: Tagged, field: &ClassField) -> PrintedField {
    let addr = word.untagged().offset(field.offset);
    let value = match (field.kind.as_str(), field.name.as_str()) {
        // The metadata calls both the characters of a string and the bit fields of a map `char`.
        ("char", "chars") => heap.space().cstr(addr, VALUE_LIMIT - 1).ok().map(|bytes| {
            let units: Vec<u16> = bytes.into_iter().map(u16::from).collect();
            FieldValue::Text(string::escape(&units))
        }),
        ("char" | "int", _) => heap.space().u8(addr).ok().map(FieldValue::Byte),
        _ => heap.word_at(addr).ok().and_then(|value| Some(FieldValue::Word(value, word_text(heap, value)?))),
    };
    PrintedField { addr, name: field.name.clone(), value: value.unwrap_or(FieldValue::Unreadable) }
}

/// A word's type, and what it says if it is a string.
fn word_text(heap: Heap<'_>, value: Tagged) -> Option<String> {
    let name = describe::type_name(heap, value).ok()?;
    let Ok(text) = JsString::load(heap, value) else { return Some(name) };
    let capacity = VALUE_LIMIT.saturating_sub(name.len() + 3);
    Some(format!("{name}: {}", quoted(&text.text(VALUE_LIMIT), Some(capacity))))
}

/// A word that is no heap object.
struct Plain {
    word: Tagged,
    text: String,
}

impl Item for Plain {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("{}\n", self.text));
    }

    fn json(&self) -> Json {
        json!({ "address": json::address(self.word.addr()), "type": self.text })
    }
}

struct Printed {
    word: Tagged,
    /// The object's own class first, the root last.
    classes: Vec<PrintedClass>,
}

impl Printed {
    /// mdb_v8's layout: a class without fields is only named, after those that derive from it; the others nest,
    /// each inside the one that derives from it.
    fn class(&self, out: &mut String, classes: &[PrintedClass], indent: usize) {
        let Some((class, above)) = classes.split_first() else { return };
        let parent_ends = above.first().is_some_and(|p| p.ends);
        if !class.ends {
            out.push_str(&format!("{} ", class.name));
            if !above.is_empty() {
                out.push_str("< ");
                self.class(out, above, indent);
            }
            return;
        }
        out.push_str(&format!("{:indent$}{} {}", "", self.word, class.name));
        if !parent_ends && !above.is_empty() {
            out.push_str(" < ");
            self.class(out, above, indent);
        }
        out.push_str(" {\n");
        if parent_ends {
            self.class(out, above, indent + 4);
        }
        for field in &class.fields {
            out.push_str(&format!("{:1$}{2} {3} ", "", indent + 4, field.addr, field.name));
            out.push_str(&match &field.value {
                FieldValue::Text(text) => format!("= \"{text}\"\n"),
                FieldValue::Byte(byte) => format!("= 0x{byte:x}\n"),
                FieldValue::Word(value, text) => format!("= {value} ({text})\n"),
                FieldValue::Unreadable => "(unreadable)\n".to_owned(),
            });
        }
        out.push_str(&format!("{:indent$}}}\n", ""));
    }
}

impl Item for Printed {
    fn text(&self, out: &mut String) {
        self.class(out, &self.classes, 0);
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }

    fn json(&self) -> Json {
        let field = |f: &PrintedField| {
            let value = match &f.value {
                FieldValue::Text(text) => json!(text),
                FieldValue::Byte(byte) => json!(byte),
                FieldValue::Word(value, _) => json::address(value.addr()),
                FieldValue::Unreadable => Json::Null,
            };
            let described = match &f.value {
                FieldValue::Word(_, text) => Some(text),
                _ => None,
            };
            json!({ "name": f.name, "address": json::address(f.addr), "value": value, "type": described })
        };
        json!({
            "address": json::address(self.word.addr()),
            "classes": self.classes.iter().rev().map(|c| {
                json!({ "class": c.name, "fields": c.fields.iter().map(field).collect::<Vec<_>>() })
            }).collect::<Vec<_>>(),
        })
    }
}
