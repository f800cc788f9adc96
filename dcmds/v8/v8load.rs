//! `::v8load`: chooses a table of V8's layout by hand.

use jsdb::heap::layout::{CANNED, Layout};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Error, Example, Item, Result, Subject};
use serde_json::{Value as Json, json};

/// `::v8load`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8load",
    subject: Subject::V8,
    summary: "load canned config for a specific V8 version",
    operands: "[version]",
    help: "\
jsdb reads how V8 lays out its objects from the metadata in the process, or knows it by V8's version. Where neither is
to be had, or it is wrong, a table can be chosen by name: layouts are the same within a line of Node. Without a name, the tables are listed. Everything that was
computed with another layout is forgotten.",
    examples: &[
        Example { why: "the tables that there are", line: "::v8load ! head -1", shows: "node-0.10     node 0.10 (V8 3.14)" },
        Example { why: "choose one", line: "::v8load node-0.10", shows: "V8 configured based on node-0.10" },
    ],
    see_also: &["load", "v8field"],
    json: &[Key::new("name", Is::Text, "a configuration"), Key::new("description", Is::Text, "for which Node it is")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let Some(name) = ctx.args.words().next() else {
        for table in CANNED {
            ctx.out.item(&Table { name: table.name, description: table.description, chosen: false });
        }
        return Ok(());
    };
    let Some(table) = CANNED.iter().find(|t| t.name == name) else {
        return Err(Error::failed(format!("unknown configuration: \"{name}\"")));
    };
    let layout = Layout::canned(table, ctx.session.image.width);
    let layout = layout.ok_or_else(|| Error::failed(format!("{name} describes 64-bit processes only")))?;
    ctx.session.set_layout(Some(layout));
    ctx.out.item(&Table { name: table.name, description: table.description, chosen: true });
    Ok(())
}

struct Table {
    name: &'static str,
    description: &'static str,
    chosen: bool,
}

impl Item for Table {
    fn text(&self, out: &mut String) {
        out.push_str(&match self.chosen {
            true => format!("V8 configured based on {}\n", self.name),
            false => format!("{:<10}    {}\n", self.name, self.description),
        });
    }

    fn json(&self) -> Json {
        json!({ "name": self.name, "description": self.description })
    }
}
