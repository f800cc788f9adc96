//! `::formats`: the letters of the format verbs.

use jsdb::shell::format::{Kind, LETTERS, Letter, Size};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Result};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "formats",
    summary: "list format specifiers",
    help: "Lists the letters that may follow `/`, `?` and `=`, what each shows and how many bytes it takes.",
    examples: &[Example {
        why: "those that search",
        line: "::formats ! grep match",
        shows: "L - match int (4 bytes)\n\
        M - match long long (8 bytes)\nl - match short (2 bytes)\n",
    }],
    see_also: &["dump"],
    json: &[
        Key::new("letter", Is::Text, "the letter"),
        Key::new("shows", Is::Text, "what it shows"),
        Key::or_null("bytes", Is::Number, "how many it takes; null where that varies"),
        Key::new("writes", Is::Bool, "whether it writes or searches"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let pointer = ctx.session.image.width.bytes();
    for letter in &LETTERS {
        ctx.out.item(&Line { letter, pointer });
    }
    Ok(())
}

struct Line {
    letter: &'static Letter,
    pointer: u64,
}

impl Line {
    fn bytes(&self) -> Option<u64> {
        match self.letter.size {
            Size::None | Size::Variable => None,
            Size::Bytes(n) => Some(u64::from(n)),
            Size::Pointer => Some(self.pointer),
        }
    }
}

impl Item for Line {
    fn text(&self, out: &mut String) {
        let Letter { letter, kind, help, .. } = self.letter;
        let action = match kind {
            Kind::Match => "match ",
            _ if self.letter.writes => "write ",
            _ => "",
        };
        out.push_str(&format!("{letter} - {action}{help}"));
        match (self.bytes(), self.letter.size) {
            (Some(1), _) => out.push_str(" (1 byte)"),
            (Some(n), _) => out.push_str(&format!(" ({n} bytes)")),
            (None, Size::Variable) => out.push_str(" (variable size)"),
            (None, _) => {}
        }
        out.push('\n');
    }
    fn json(&self) -> serde_json::Value {
        json!({
            "letter": self.letter.letter.to_string(),
            "shows": self.letter.help,
            "bytes": self.bytes(),
            "writes": self.letter.writes,
        })
    }
}
