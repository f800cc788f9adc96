//! `::vars`, `$v`: variables and their values.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Opt, OptValue, Result, number};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "vars",
    summary: "print listing of variables",
    options: &[
        Opt { letter: 'n', value: OptValue::Flag, help: "only those that are not zero" },
        Opt { letter: 'p', value: OptValue::Flag, help: "as statements that set them again" },
        Opt { letter: 't', value: OptValue::Flag, help: "only those tagged with ::typeset -t" },
    ],
    help: "Lists variables by name with their values in the current radix: the user's, those of the language, and the\n\
           registers of the representative thread. `$v` is `::vars -n`.",
    examples: &[
        Example { why: "keep some for the next session", line: "0t10>x; ::typeset -t x; ::vars -pt", shows: "0xa>x\n" },
        Example { why: "is it set?", line: "5>y; ::vars -n ! grep '^y '", shows: "y = 5\n" },
    ],
    see_also: &["typeset", "unset"],
    json: &[Key::new("name", Is::Text, "the variable"), Key::new("value", Is::Hex, "its value")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let (non_zero, tagged_only) = (ctx.args.has('n'), ctx.args.has('t'));
    let as_statement = ctx.args.has('p');
    list(ctx, as_statement, |value, tagged| (!non_zero || value != 0) && (!tagged_only || tagged));
    Ok(())
}

/// Lists the variables that are `wanted`, by value and tag.
pub fn list(ctx: &mut Context<'_>, as_statement: bool, wanted: impl Fn(u64, bool) -> bool) {
    let radix = ctx.session.lang.radix;
    for (name, value, tagged) in ctx.session.all_variables() {
        if wanted(value, tagged) {
            ctx.out.item(&Line { name, value, radix, as_statement });
        }
    }
}

struct Line {
    name: String,
    value: u64,
    radix: u32,
    as_statement: bool,
}

impl Item for Line {
    fn text(&self, out: &mut String) {
        let Line { name, value, radix, .. } = self;
        out.push_str(&if self.as_statement {
            format!("{}>{name}\n", number::with_base(*value, *radix))
        } else {
            format!("{name} = {}\n", number::digits(*value, *radix))
        });
    }
    fn json(&self) -> serde_json::Value {
        json!({ "name": self.name, "value": format!("{:#x}", self.value) })
    }
}
