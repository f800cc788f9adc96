//! `::jsasync`: what the program waits for.

use jsdb::heap::generator::Generator;
use jsdb::heap::promise::{self, PromiseState};
use jsdb::heap::scan::Scope;
use jsdb::heap::waiting::{self, Waiter};
use jsdb::heap::{Heap, JsFunction, Kind, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::fmt::Write as _;

/// `::jsasync`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsasync",
    subject: Subject::Js,
    addr: AddrUse::Optional,
    summary: "list pending promises by who waits for them",
    options: &[Opt { letter: 'l', value: OptValue::Flag, help: "the address of each promise, and no more" }],
    help: "\
Groups the promises that are pending by the line that waits: an `await`, with the async functions that wait for that one
in turn, or a function that was given to `then`. A line stands for a group: one promise, how many there are, who waits.
With the address of a promise, those that wait for that one. Needs Node 8 or later: earlier ones have no async
functions.",
    examples: &[
        Example {
            why: "of a Node without promises of V8's own",
            line: "::jsasync",
            shows: "jsdb: V8 3.14.5.11 has no promises whose waiting functions could be told; Node 8 has",
        },
        Example {
            why: "the same, addresses alone",
            line: "::jsasync -l",
            shows: "jsdb: V8 3.14.5.11 has no promises whose waiting functions could be told; Node 8 has",
        },
    ],
    see_also: &["jsstack", "jsprint", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "one of the promises"),
        Key::new("promises", Is::Number, "how many wait so"),
        Key::or_null("kind", Is::Text, "await, then, promise or other; null where nobody waits"),
        Key::new("frames", Is::List, "the function that waits and those that wait for it: name, place, object"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let heap = ctx.session.heap()?;
    if heap.layout().shapes.promises.is_none() {
        return Err(Error::failed(format!(
            "V8 {} has no promises whose waiting functions could be told; Node 8 has",
            heap.layout().version
        )));
    }
    let promises = match ctx.addr {
        Some(addr) => vec![Tagged(addr.0)],
        None => pending(ctx, heap)?,
    };
    if ctx.args.has('l') {
        for promise in promises {
            ctx.out.item(&Promise(promise));
        }
        return Ok(());
    }
    for row in rows(heap, &promises)? {
        ctx.out.item(&row);
    }
    Ok(())
}

/// All pending promises that the scan found.
fn pending(ctx: &Context<'_>, heap: Heap<'_>) -> Result<Vec<Tagged>> {
    let index = ctx.session.objects(Scope::Anonymous)?;
    let of_promises = |word: Tagged| heap.is(word, Kind::JsPromise);
    let groups = index.groups().iter().filter(|group| of_promises(index.representative(group)));
    let mut promises: Vec<Tagged> = groups
        .flat_map(|group| index.objects(group))
        .filter(|&word| matches!(promise::state(heap, word), Ok(PromiseState::Pending(_))))
        .collect();
    promises.sort_unstable();
    Ok(waiting::without_wrappers(heap, promises))
}

/// The promises in groups, the largest first.
fn rows(heap: Heap<'_>, promises: &[Tagged]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut known: HashMap<Vec<(String, String)>, usize> = HashMap::new();
    for &promise in promises {
        let waiters = waiting::waiters(heap, promise)?;
        let (kind, frames) = match waiters.first() {
            Some(first) => frames(heap, *first),
            None => (None, Vec::new()),
        };
        let what = |frame: &Frame| (frame.name.clone(), frame.place.clone().unwrap_or_default());
        let mut key: Vec<_> = frames.iter().map(what).collect();
        key.push((kind.unwrap_or("nobody").to_owned(), String::new()));
        match known.get(&key) {
            Some(&at) => rows[at].count += 1,
            None => {
                known.insert(key, rows.len());
                rows.push(Row { promise, count: 1, kind, frames });
            }
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    Ok(rows)
}

/// What waits, by which kind of waiting, innermost first.
fn frames(heap: Heap<'_>, waiter: Waiter<'_>) -> (Option<&'static str>, Vec<Frame>) {
    match waiter {
        Waiter::Await(generator) => {
            let callers = waiting::callers(heap, generator);
            let frames = std::iter::once(generator).chain(callers).map(Frame::of_generator);
            (Some("await"), frames.collect())
        }
        Waiter::Then(function) => (Some("then"), vec![Frame::of_function(function)]),
        Waiter::Promise(next) => match waiting::awaiter(heap, next) {
            Some(generator) => frames(heap, Waiter::Await(generator)),
            None => (Some("promise"), Vec::new()),
        },
        Waiter::Other => (Some("other"), Vec::new()),
    }
}

/// A function that waits.
struct Frame {
    name: String,
    /// Where it waits, or where it is defined.
    place: Option<String>,
    object: Tagged,
}

impl Frame {
    fn of_generator(generator: Generator<'_>) -> Frame {
        let name = generator.function().map(|function| function.shared().name().to_string());
        Frame {
            name: name.unwrap_or_else(|_| "<unknown>".to_owned()),
            place: generator.location(),
            object: generator.word(),
        }
    }

    fn of_function(function: JsFunction<'_>) -> Frame {
        let shared = function.shared();
        let script = shared.script().ok();
        let place = script.and_then(|script| {
            let place = script.place(shared.token_position().ok()??)?;
            Some(format!("{} {place}", script.name().unwrap_or_default()))
        });
        Frame { name: shared.name().to_string(), place, object: function.word() }
    }
}

/// Promises that wait for the same.
struct Row {
    promise: Tagged,
    count: usize,
    kind: Option<&'static str>,
    frames: Vec<Frame>,
}

/// How far the functions are set in that wait for the first one, in columns.
const INDENT: usize = 26;

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        Some(self.promise.addr())
    }

    fn text(&self, out: &mut String) {
        let _ = write!(out, "{:>16} {:>8} ", self.promise.to_string(), self.count);
        let what = match self.kind {
            Some("promise") => "another promise",
            Some("other") => "V8 itself",
            None => "nobody",
            _ => "",
        };
        out.push_str(what);
        for (at, frame) in self.frames.iter().enumerate() {
            if at > 0 {
                let _ = write!(out, "\n{:INDENT$}", "");
            }
            let kind = match (at, self.kind) {
                (0, Some(kind)) => kind,
                _ => "awaited by",
            };
            let _ = write!(out, "{kind} {}", frame.name);
            if let Some(place) = &frame.place {
                let _ = write!(out, " ({place})");
            }
        }
        out.push('\n');
    }

    fn json(&self) -> Json {
        let frame = |frame: &Frame| json!({ "name": frame.name, "place": frame.place, "object": json::address(frame.object.addr()) });
        json!({
            "address": json::address(self.promise.addr()),
            "promises": self.count,
            "kind": self.kind,
            "frames": self.frames.iter().map(frame).collect::<Vec<_>>(),
        })
    }
}

/// A promise alone.
struct Promise(Tagged);

impl Item for Promise {
    fn addr(&self) -> Option<Addr> {
        Some(self.0.addr())
    }

    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", self.0);
    }

    fn json(&self) -> Json {
        json!({ "address": json::address(self.0.addr()) })
    }
}
