//! `$L`: the ids of all threads.

use super::threads;
use jsdb::image::Kind;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$L",
    subject: Subject::Process,
    summary: "print list of the active lwp ids",
    help: "Prints the ids of all threads that had not ended.",
    examples: &[Example { why: "all threads", line: "$L", shows: "lwpids 1 and 2 are in core of process 8062." }],
    see_also: &["$l", "walk", "findstack"],
    json: &[Key::new("threads", Is::List, "the threads")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let image = &ctx.session.image;
    if matches!(image.kind, Kind::Object(_)) {
        ctx.out.item(&Ids { ids: Vec::new(), text: "no lwps are in idle target.".to_owned() });
        return Ok(());
    }
    threads::chosen(image, None)?;
    let ids: Vec<i32> = image.threads.iter().map(|t| t.id).collect();
    let of = format!("in core of process {}.", image.process.pid.unwrap_or(0));
    let text = match ids.as_slice() {
        [id] => format!("lwpid {id} is the only lwp {of}"),
        ids => format!("lwpids {} are {of}", listed(ids)),
    };
    ctx.out.item(&Ids { ids, text });
    Ok(())
}

/// `1, 2 and 3`.
fn listed(ids: &[i32]) -> String {
    let texts: Vec<String> = ids.iter().map(i32::to_string).collect();
    match texts.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => texts.concat(),
    }
}

struct Ids {
    ids: Vec<i32>,
    text: String,
}

impl Item for Ids {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", self.text);
    }

    fn json(&self) -> Json {
        json!({ "threads": self.ids })
    }
}
