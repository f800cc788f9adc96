//! `::v8str`: the characters of a string.

use jsdb::heap::string::{self, Cut, Representation, Text, fitted};
use jsdb::heap::{Heap, JsString, Tagged};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::v8str`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8str",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print the contents of a V8 string",
    options: &[
        Opt { letter: 'v', value: OptValue::Flag, help: "show how the string is kept: its parts, offsets and lengths" },
        Opt { letter: 'r', value: OptValue::Flag, help: "write the characters as they are, without quotes or escapes" },
        Opt {
            letter: 'N',
            value: OptValue::Number("bufsize"),
            help: "show no more than fits a buffer of so many bytes",
        },
    ],
    help: "\
Shows the string at the address, whichever way V8 keeps it: in one piece, as a concatenation, as a slice of another,
or outside the heap. Control characters show as escapes; -r writes them raw, as UTF-8, for a file or another program.",
    examples: &[
        Example {
            why: "a string and how it is kept",
            line: "281a8ef2fb91::v8str -v",
            shows: r##"
str 281a8ef2fb91: length 8 chars, slice 0 length -1 (actually 0 length 8)
"pingpong"
"##,
        },
        Example {
            why: "as it is, and no longer than a buffer of seven bytes",
            line: "281a8ef2fb91::v8str -r; 281a8ef2fb91::v8str -N 7",
            shows: r##"
pingpong
"[...]"
"##,
        },
    ],
    see_also: &["jsprint", "v8print"],
    json: &[
        Key::new("address", Is::Hex, "the string"),
        Key::new("length", Is::Number, "how long it is"),
        Key::new("text", Is::Text, "what it says, as far as asked for"),
        Key::or_null("unreadable", Is::Text, "why the rest is missing"),
    ],
    run,
    ..Dcmd::BASE
};

/// How many parts -v shows.
const MAX_PARTS: usize = 1000;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let heap = ctx.session.heap()?;
    let string = JsString::load(heap, word)?;
    let buffer = ctx.args.number('N').map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let shown = Shown {
        word,
        length: string.len(),
        text: string.text(buffer.unwrap_or(usize::MAX)),
        buffer,
        raw: ctx.args.has('r'),
        parts: if ctx.args.has('v') { parts(heap, string) } else { Vec::new() },
    };
    ctx.out.item(&shown);
    Ok(())
}

/// How a string is kept, a line a part, in the order of its characters.
fn parts(heap: Heap<'_>, root: JsString<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let mut stack = vec![(root.word(), None)];
    while let Some((word, slice)) = stack.pop() {
        if out.len() >= MAX_PARTS {
            out.push(format!("str {word}: more parts are left out"));
            break;
        }
        let Ok(string) = JsString::load(heap, word) else {
            out.push(format!("str {word}: not a string"));
            continue;
        };
        let length = string.len();
        out.push(match string.representation() {
            Ok(Representation::Sequential { .. }) => {
                // Without a slice, mdb_v8 calls "to the end" -1.
                let (offset, asked) = slice.map_or((0, "-1".to_owned()), |(o, l): (usize, usize)| (o, l.to_string()));
                let actual = slice.map_or(length, |(offset, l)| l.min(length.saturating_sub(offset)));
                let from = offset.min(length);
                format!(
                    "str {word}: length {length} chars, slice {offset} length {asked} (actually {from} length {actual})"
                )
            }
            Ok(Representation::Cons { first, second }) => {
                stack.push((second, None));
                stack.push((first, None));
                format!("str {word}: cons of {first} and {second}")
            }
            Ok(Representation::Sliced { parent, offset }) => {
                stack.push((parent, Some((offset, length))));
                format!("str {word}: slice of {parent} from {offset} of length {length}")
            }
            Ok(Representation::Thin { actual }) => {
                stack.push((actual, slice));
                format!("str {word}: thin string for {actual}")
            }
            Ok(Representation::External { chars, .. }) => {
                format!("str {word}: external string of length {length} at {chars}")
            }
            Err(error) => format!("str {word}: {error}"),
        });
    }
    out
}

struct Shown {
    word: Tagged,
    length: usize,
    text: Text,
    buffer: Option<usize>,
    raw: bool,
    parts: Vec<String>,
}

impl Item for Shown {
    fn text(&self, out: &mut String) {
        for part in &self.parts {
            out.push_str(&format!("{part}\n"));
        }
        // The buffer that -N names also holds the quotes and a NUL.
        let room = |used: usize| self.buffer.map(|n| n.saturating_sub(used));
        if self.raw {
            out.push_str(&format!("{}\n", fitted(self.text.to_utf8(), self.text.cut, room(1))));
        } else {
            let body = string::escape_literal(&self.text.units);
            out.push_str(&format!("\"{}\"\n", fitted(body, self.text.cut, room(3))));
        }
    }

    fn json(&self) -> Json {
        let unreadable = match self.text.cut {
            Some(Cut::Unreadable { addr }) => Some(json::address(addr)),
            Some(Cut::Limit) | None => None,
        };
        json!({
            "address": json::address(self.word.addr()),
            "length": self.length,
            "text": self.text.to_utf8(),
            "unreadable": unreadable,
        })
    }
}
