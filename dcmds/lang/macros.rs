//! `$M`: names that stand for a statement.

use super::source::ALIASES;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Result};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$M",
    summary: "list macro aliases",
    help: "Lists names that `$<` and `$<<` take for a statement. Those of mdb that name dcmds of the kernel are not\n\
           among them.",
    examples: &[Example {
        why: "all there are",
        line: "$M",
        shows: "MACRO                NATIVE EQUIVALENT\nstackregs            ::stackregs\nstacktrace           ::stackregs\n",
    }],
    see_also: &["$<", "$<<"],
    json: &[Key::new("name", Is::Text, "the alias"), Key::new("statement", Is::Text, "what it stands for")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    ctx.out.text(format_args!("{:<20} {:<59}\n", "MACRO", "NATIVE EQUIVALENT"));
    for (name, statement) in ALIASES {
        ctx.out.item(&Line { name, statement });
    }
    Ok(())
}

struct Line {
    name: &'static str,
    statement: &'static str,
}

impl Item for Line {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("{:<20} {}\n", self.name, self.statement));
    }
    fn json(&self) -> serde_json::Value {
        json!({ "name": self.name, "statement": self.statement })
    }
}
