//! `::jsdominator`: the object without which another would be free.

use super::jsretained::living;
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// `::jsdominator`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsdominator",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "tell which object alone keeps an object alive",
    options: &[Opt { letter: 'a', value: OptValue::Flag, help: "all of them, up to the roots" }],
    help: "\
Shows the nearest object that every path from the roots to the object at the address goes through, and how many bytes
it retains: without it the object would be free. Prints nothing when the object is kept alive in several ways that
have no object in common.",
    examples: &[
        Example {
            why: "what keeps the list that leaks alive, up to the roots",
            line: "4224cc1cb51::jsdominator -a",
            shows: "4224cc14af1 Exchange retains 259608 bytes",
        },
        Example {
            why: "what keeps a record alive",
            line: "4224cce5919::jsdominator",
            shows: "381613f4a731 (FixedArray) retains 256776 bytes",
        },
    ],
    see_also: &["jsretained", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "who keeps it alive"),
        Key::new("class", Is::Text, "what that is, by its constructor"),
        Key::new("retained", Is::Number, "how many bytes would be free without it"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let graph = ctx.session.graph()?;
    let heap = ctx.session.heap()?;
    let node = living(&graph, ctx.required_addr()?)?;
    let most = if ctx.args.has('a') { usize::MAX } else { 1 };
    for above in std::iter::successors(graph.dominator(node), |&node| graph.dominator(node)).take(most) {
        ctx.session.check_cancel()?;
        ctx.out.item(&Dominator {
            addr: graph.word(above).addr(),
            class: graph.class_of(heap, above),
            retained: graph.retained(above),
        });
    }
    Ok(())
}

struct Dominator {
    addr: Addr,
    class: String,
    retained: u64,
}

impl Item for Dominator {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{:x} {} retains {} bytes", self.addr, self.class, self.retained);
    }

    fn json(&self) -> Json {
        json!({ "address": json::address(self.addr), "class": self.class, "retained": self.retained })
    }
}
