//! `::apropos`: searches all help texts.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Error, Example, Item, Opt, Result};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "apropos",
    summary: "find dcmds and walkers by a word",
    operands: "word ...",
    help: "Lists the dcmds and walkers in whose name, summary, help or options all the words occur.",
    examples: &[Example {
        why: "what is there about closures",
        line: "::apropos closure variables",
        shows: r##"
dcmd jsclosure           - print variables referenced by a closure
dcmd jsfindrefs          - find JavaScript values referring to a value
dcmd jsleaks             - tell what has piled up in memory, and why
dcmd jspath              - tell why an object is alive: the shortest paths to it
dcmd v8context           - print information about a V8 Context object
dcmd v8scopeinfo         - print information about a V8 ScopeInfo object
"##,
    }],
    see_also: &["help", "dcmds", "walkers"],
    json: &[
        Key::new("kind", Is::Text, "dcmd or walker"),
        Key::new("name", Is::Text, "its name"),
        Key::new("summary", Is::Text, "what it does"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words: Vec<String> = ctx.args.words().map(|word| word.to_lowercase()).collect();
    if words.is_empty() {
        return Err(Error::usage());
    }
    let all_in = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut found: Vec<Line> = Vec::new();
    for dcmd in ctx.session.commands.dcmds() {
        let options: String = dcmd.options.iter().map(|Opt { help, .. }| format!(" {help}")).collect();
        if all_in(&format!("{} {} {} {}{options}", dcmd.name, dcmd.aliases.join(" "), dcmd.summary, dcmd.help)) {
            found.push(Line { kind: "dcmd", name: dcmd.name, summary: dcmd.summary });
        }
    }
    for (_, walker) in ctx.session.commands.walkers() {
        if all_in(&format!("{} {}", walker.name, walker.summary)) {
            found.push(Line { kind: "walk", name: walker.name, summary: walker.summary });
        }
    }
    if found.is_empty() {
        return Err(Error::failed(format!("nothing is known about {}", words.join(" "))));
    }
    found.sort_by_key(|line| (line.kind, line.name));
    for line in found {
        ctx.out.item(&line);
    }
    Ok(())
}

struct Line {
    kind: &'static str,
    name: &'static str,
    summary: &'static str,
}

impl Item for Line {
    fn text(&self, out: &mut String) {
        out.push_str(&format!("{} {:<19} - {}\n", self.kind, self.name, self.summary));
    }
    fn json(&self) -> serde_json::Value {
        json!({ "kind": self.kind, "name": self.name, "summary": self.summary })
    }
}
