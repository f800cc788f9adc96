//! `::walkers`: all walkers, a line each.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Result, Subject};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "walkers",
    summary: "list the walkers",
    help: "Lists every walker with a line about it, by subject. `::walk NAME` runs one.",
    examples: &[Example {
        why: "the walkers of threads",
        line: "::walkers ! grep thread",
        shows: "thread                   - walk list of valid thread identifiers",
    }],
    see_also: &["walk", "dcmds"],
    json: &[
        Key::new("name", Is::Text, "the walker"),
        Key::new("summary", Is::Text, "what it walks"),
        Key::new("subject", Is::Text, "the group that it is in"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    for subject in Subject::ALL {
        let known = ctx.session.commands.walkers().iter().filter(|(of, _)| *of == subject);
        let mut lines: Vec<Line> = known.map(|(_, w)| Line { name: w.name, summary: w.summary, subject }).collect();
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
