//! `::jssort`: the objects of a pipe by what an expression over their properties comes to.

use super::jsgrep::expression;
use jsdb::heap::inspect::{Inspected, TextOptions};
use jsdb::heap::query::Value;
use jsdb::heap::{Heap, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::jssort`.
pub static DCMD: Dcmd = Dcmd {
    name: "jssort",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "sort the objects of a pipe by an expression",
    operands: "expr",
    options: &[
        Opt { letter: 'r', value: OptValue::Flag, help: "the largest first" },
        Opt { letter: 'n', value: OptValue::Number("num"), help: "only the first so many" },
    ],
    help: "\
Computes the expression, which `::help jsgrep` explains, on each object of a pipe, and puts them out by its value, the
smallest first: numbers and dates, then text, false, true, objects, null. Where it is undefined comes last, with -r too.
Objects with the same value keep their order. Shows the value behind each address; in a pipe hands on addresses.",
    examples: &[
        Example {
            why: "the sockets that received most",
            line: "::findjsobjects -c Socket | ::findjsobjects | ::jssort -r -n 3 bytesRead",
            shows: r##"
381613f9b449 13
381613f964b9 13
381613f8e2d9 13
"##,
        },
        Example {
            why: "by what a record holds, for the next command",
            line: "::findjsobjects -p socket | ::findjsobjects | ::jssort -n 2 socket.bytesRead | ::jsprint -d 1",
            shows: r##"
{
    "socket": [...],
    "invoke": function invoke,
    "onMessage": function <anonymous> (as record.onMessage),
}
{
    "socket": [...],
    "invoke": function invoke,
    "onMessage": function <anonymous> (as record.onMessage),
}
"##,
        },
    ],
    see_also: &["jsgrep", "jscount", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "the object"),
        Key::or_null("value", Is::Any, "what the expression comes to, as ::jsprint writes it"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let expr = expression(ctx)?;
    let rest = std::mem::take(ctx.queue);
    let heap = ctx.session.heap()?;
    let mut found = computed(ctx, heap, addr, rest.into_iter(), |object| expr.value(heap, object))?;
    let reverse = ctx.args.has('r');
    found.sort_by(|(_, a), (_, b)| match (a.is_undefined(), b.is_undefined()) {
        (false, false) if reverse => b.order(heap, a),
        (false, false) => a.order(heap, b),
        (a, b) => a.cmp(&b),
    });
    let most = ctx.args.number('n').map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    for (addr, value) in found.into_iter().take(most) {
        ctx.out.item(&Sorted { addr, value: value.inspected(heap) });
    }
    Ok(())
}

/// What `compute` gives for the object at `first` and those at `rest`.
///
/// # Errors
/// When Ctrl-C ends it.
pub fn computed<'s>(
    ctx: &Context<'_>,
    heap: Heap<'s>,
    first: Addr,
    rest: impl ExactSizeIterator<Item = Addr>,
    compute: impl Fn(Tagged) -> Value<'s>,
) -> Result<Vec<(Addr, Value<'s>)>> {
    let progress = ctx.session.addresses_done();
    progress.begin(rest.len() as u64 + 1);
    let all = std::iter::once(first).chain(rest);
    all.map(|addr| {
        progress.advance(1)?;
        Ok((addr, compute(Tagged(heap.width().truncate(addr.0)))))
    })
    .collect()
}

struct Sorted {
    addr: Addr,
    value: Inspected,
}

impl Item for Sorted {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        out.push_str(&format!("{} ", self.addr));
        self.value.text(out, TextOptions::default());
        out.push('\n');
    }

    fn json(&self) -> Json {
        json!({ "address": json::address(self.addr), "value": json::value(&self.value) })
    }
}
