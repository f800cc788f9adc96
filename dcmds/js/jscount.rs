//! `::jscount`: how many objects a pipe has, by what an expression over their properties comes to.

use super::jssort::computed;
use jsdb::heap::inspect::{Inspected, TextOptions};
use jsdb::heap::query::Value;
use jsdb::heap::{Heap, describe};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::fmt::Write as _;

/// `::jscount`.
pub static DCMD: Dcmd = Dcmd {
    name: "jscount",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "count the objects of a pipe",
    options: &[Opt { letter: 'b', value: OptValue::Text("expr"), help: "by what this expression comes to" }],
    help: "\
Counts the objects of a pipe: all of them, or with -b by the value of an expression, which `::help jsgrep` explains. A line
stands for a value: one object that has it, how many have it, and the value. The values that most have come last; values
that as many have are sorted. The last line is the total. In a pipe, hands on the object of each line.",
    examples: &[
        Example {
            why: "how many sockets there are",
            line: "::findjsobjects -c Socket | ::findjsobjects | ::jscount",
            shows: r##"
          OBJECT     COUNT
    381613f9d689       201
"##,
        },
        Example {
            why: "and in which state",
            line: "::findjsobjects -c Socket | ::findjsobjects | ::jscount -b 'destroyed ? \"destroyed\" : readable'",
            shows: r##"
          OBJECT     COUNT VALUE
    381613f9d689         1 true
     4224cce6021       200 "destroyed"
           total       201
"##,
        },
        Example {
            why: "by who made what a property holds",
            line: "::findjsobjects -p socket | ::findjsobjects | ::jscount -b 'socket instanceof EventEmitter'",
            shows: r##"
          OBJECT     COUNT VALUE
     4224ccd3861         1 false
     4224cce5919       201 true
           total       202
"##,
        },
    ],
    see_also: &["jsgrep", "jssort", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "an object that has this value"),
        Key::new("count", Is::Number, "how many have it"),
        Key::new("total", Is::Number, "how many objects there are in all"),
        Key::or_null("value", Is::Any, "the value, as ::jsprint writes it; null without -b"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

/// A value by which it is counted: what is the same to a program is the same here, and so are all NaN.
#[derive(PartialEq, Eq, Hash)]
enum Same {
    Text(Vec<u16>),
    Number(u64),
    /// What is only there once: an object, undefined, a BigInt, by kind and address or digits.
    Other(&'static str, String),
}

impl Same {
    fn of(heap: Heap<'_>, value: &Value<'_>) -> Same {
        match value {
            Value::Number(n) if *n == 0.0 => Same::Number(0),
            Value::Number(n) if n.is_nan() => Same::Number(f64::NAN.to_bits()),
            Value::Number(n) => Same::Number(n.to_bits()),
            Value::Symbol(word) | Value::Object(word) => Same::Other("object", word.to_string()),
            Value::BigInt(digits) => Same::Other("bigint", digits.clone()),
            value => match value.units() {
                Some(units) => Same::Text(units),
                None => Same::Other("", String::from_utf16_lossy(&value.to_text(heap))),
            },
        }
    }
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let expr = ctx.args.text('b').map(|text| ctx.session.query(text)).transpose()?;
    let rest = std::mem::take(ctx.queue);
    let heap = ctx.session.heap()?;
    let columns = 2 * heap.width().bytes() as usize;
    let all = computed(ctx, heap, addr, rest.into_iter(), |object| match &expr {
        Some(expr) => expr.value(heap, object),
        None => Value::Null,
    })?;
    let total = all.len();
    let mut places: HashMap<Same, usize> = HashMap::new();
    let mut counted: Vec<(Addr, usize, Value<'_>)> = Vec::new();
    for (addr, value) in all {
        let place = *places.entry(Same::of(heap, &value)).or_insert_with(|| {
            counted.push((addr, 0, value));
            counted.len() - 1
        });
        counted[place].1 += 1;
    }
    counted.sort_by(|(_, a, x), (_, b, y)| a.cmp(b).then_with(|| x.order(heap, y)));
    if !ctx.out.is_pipe() {
        let head = if expr.is_some() { " VALUE" } else { "" };
        ctx.out.text(format_args!("{:>columns$} {:>9}{head}\n", "OBJECT", "COUNT"));
    }
    for (addr, count, value) in &counted {
        let class = match value {
            Value::Object(object) => describe::type_name(heap, *object).ok(),
            _ => None,
        };
        let value = expr.is_some().then(|| value.inspected(heap));
        ctx.out.item(&Row { addr: *addr, count: *count, total, columns, value, class });
    }
    if expr.is_some() && !ctx.out.is_pipe() {
        ctx.out.text(format_args!("{:>columns$} {total:>9}\n", "total"));
    }
    Ok(())
}

struct Row {
    addr: Addr,
    count: usize,
    total: usize,
    columns: usize,
    value: Option<Inspected>,
    /// What the value is, where it is an object.
    class: Option<String>,
}

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        let _ = write!(out, "{:>w$x} {:>9}", self.addr, self.count, w = self.columns);
        if let Some(value) = &self.value {
            out.push(' ');
            match (&self.class, value.word) {
                (Some(class), Some(word)) => {
                    let _ = write!(out, "{word} ({class})");
                }
                _ => value.text(out, TextOptions::default()),
            }
        }
        out.push('\n');
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.addr),
            "count": self.count,
            "total": self.total,
            "value": self.value.as_ref().map(json::value),
        })
    }
}
