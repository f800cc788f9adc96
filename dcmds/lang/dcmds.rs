//! `::dcmds`: all dcmds, a line each.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Result, Subject};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "dcmds",
    summary: "list the dcmds",
    help: "Lists every dcmd with a line about it, by subject. `::dcmds ! grep WORD` finds one; `::help NAME` tells how to use it.",
    examples: &[Example {
        why: "the dcmds about functions",
        line: "::dcmds ! grep 'list the walkers'",
        shows: "walkers                  - list the walkers\n",
    }],
    see_also: &["help", "walkers"],
    json: &[
        Key::new("name", Is::Text, "the dcmd"),
        Key::new("summary", Is::Text, "what it does"),
        Key::new("subject", Is::Text, "the group that it is in"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    for subject in Subject::ALL {
        let mut lines: Vec<Line> = Vec::new();
        for dcmd in ctx.session.commands.dcmds().iter().filter(|d| d.subject == subject) {
            let names = std::iter::once(dcmd.name).chain(dcmd.aliases.iter().copied());
            lines.extend(names.map(|name| Line { name, summary: dcmd.summary, subject }));
        }
        lines.sort_by_key(|l| l.name);
        if !lines.is_empty() {
            ctx.out.text(format_args!("\n{}\n", subject.title()));
        }
        for line in lines {
            ctx.out.item(&line);
        }
    }
    Ok(())
}

struct Line {
    name: &'static str,
    summary: &'static str,
    subject: Subject,
}

impl Item for Line {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("{:<24} - {}\n", self.name, self.summary));
    }
    fn json(&self) -> serde_json::Value {
        json!({ "name": self.name, "summary": self.summary, "subject": self.subject.title() })
    }
}
