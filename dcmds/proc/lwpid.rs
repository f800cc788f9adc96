//! `$l`: the id of the thread that stands for the process.

use super::threads;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$l",
    subject: Subject::Process,
    summary: "print the representative thread's lwp id",
    help: "Prints the id of the thread that stands for the process: the one that died, or the first.",
    examples: &[Example { why: "which thread stands for the process", line: "$l", shows: "1" }],
    see_also: &["$L", "regs"],
    json: &[Key::new("thread", Is::Number, "the thread")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let id = threads::chosen(&ctx.session.image, None)?.id;
    ctx.out.item(&Id(id));
    Ok(())
}

struct Id(i32);

impl Item for Id {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", self.0);
    }

    fn json(&self) -> Json {
        json!({ "thread": self.0 })
    }
}
