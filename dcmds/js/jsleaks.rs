//! `::jsleaks`: what has piled up in memory, and why.

use super::waste::Wasted;
use jsdb::heap::graph::naming::{self, Step, StepKind};
use jsdb::heap::graph::{Graph, Node, Path, RootKind, Teller};
use jsdb::heap::leaks::shape::ShapeKind;
use jsdb::heap::leaks::{self, Common, Form, Part, Suspect, Waste};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// `::jsleaks`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsleaks",
    subject: Subject::Js,
    summary: "tell what has piled up in memory, and why",
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "also what is not much" },
        Opt { letter: 'n', value: OptValue::Number("suspects"), help: "so many suspects, those that hold most" },
        Opt { letter: 'v', value: OptValue::Flag, help: "all that is known of each" },
        Opt { letter: 'w', value: OptValue::Flag, help: "instead, what memory is wasted on" },
    ],
    help: "\
Lists the places where memory piles up, the one that holds most first: a container whose entries are alike, a chain of
objects each of which keeps the next one alive, objects that handles of C++ keep alive each by itself. Told of each:
how many entries of which shape, how many bytes they hold and how much that is of all that is alive, where they are
made, the shortest path that holds them, and what nearly all of them have in common.

A pile has 50 entries of one shape at least, none of which alone has half of what it holds. It is a suspect if it holds
5% of what is alive; 1% is enough if nearly all its entries say that they are over (`destroyed: true`). Modules are the
program itself and no suspects. A suspect need not be a leak: a cache that is as large as it should be looks the same.

A closure is a suspect as well that alone keeps variables alive which hold 10% of what is alive, and a megabyte, where
nothing piles up in them: such is a timer that was never cleared.

The address is that of the container; of a chain, its first object. `::jsretained -c` tells what goes with it.

Waste (-w) is what could be had for less: strings that have the characters of another, arrays with room for far more
elements than they have, tables of numbered elements that are mostly free, each from 1% of what is alive; and emitters
that have more listeners of one event than the ten from which on Node warns. The address is that of the worst.",
    examples: &[
        Example {
            why: "is there a leak?",
            line: "::jsleaks",
            shows: r##"
4224cc1cb51 Exchange.records, an array, holds 100 {socket, invoke, onMessage}: 256808 bytes, 6.2% of what is alive
    made by: admit (pingpong-server.js:27)
    path: stack of report (pingpong-server.js:69): "exchange" Exchange.records
    socket.destroyed: true in 100 of 100
    invoke: invoke (pingpong-server.js:31) in 100 of 100
    onMessage: <anonymous> (as record.onMessage) (pingpong-server.js:42) in 100 of 100
    socket._consuming: true in 100 of 100
"##,
        },
        Example {
            why: "all that is known of it",
            line: "::jsleaks -v -n 1",
            shows: r##"
4224cc1cb51 Exchange.records, an array, holds 100 {socket, invoke, onMessage}: 256808 bytes, 6.2% of what is alive
    made by: admit (pingpong-server.js:27)
    path: stack of report (pingpong-server.js:69): "exchange" Exchange.records
    socket.destroyed: true in 100 of 100
    invoke: invoke (pingpong-server.js:31) in 100 of 100
    onMessage: <anonymous> (as record.onMessage) (pingpong-server.js:42) in 100 of 100
    socket._consuming: true in 100 of 100
    socket._idleTimeout: -1 in 100 of 100
    socket._maxListeners: 10 in 100 of 100
    socket.addListener: addListener (events.js:126) in 100 of 100
    socket.on: addListener (events.js:126) in 100 of 100
    socket.pause: <anonymous> (as stream.pause) (_stream_readable.js:773) in 100 of 100
    socket.pipe: <anonymous> (as Stream.pipe) (stream.js:46) in 100 of 100
    socket.read: <anonymous> (as Readable.read) (_stream_readable.js:253) in 100 of 100
    socket.resume: <anonymous> (as stream.resume) (_stream_readable.js:778) in 100 of 100
    socket.write: writeAfterFIN (net.js:270) in 100 of 100
    socket._connecting: false in 100 of 100
    socket._handle: null in 100 of 100
    socket._idleNext: null in 100 of 100
    socket._idlePrev: null in 100 of 100
    socket._pendingData: null in 100 of 100
    socket._pendingEncoding: "" in 100 of 100
    socket.allowHalfOpen: false in 100 of 100
    socket.domain: null in 100 of 100
    socket.onend: null in 100 of 100
    socket.readable: false in 100 of 100
    socket.writable: false in 100 of 100
    shape: 100 {socket, invoke, onMessage}
    such as: 4224cce5919
    such as: 4224cce5e41
    such as: 381613f12391
    such as: 381613f99781
"##,
        },
        Example {
            why: "what a suspect holds, by constructor",
            line: "::jsleaks -a -n 1 | ::jsretained -c ! tail -n 3",
            shows: r##"
      100       19200 ReadableState
      700       50400 (closure)
      726      118008 (FixedArray)
"##,
        },
        Example {
            why: "is memory wasted, and be it little?",
            line: "::jsleaks -aw",
            shows: r##"
281a8ef1b179 189 strings have the characters of another: 6616 bytes, 0.2% of what is alive; 19 are "BYTES_PER_ELEMENT"
"##,
        },
    ],
    see_also: &["jsheap", "jspath", "jsretained", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "the container; of a chain, its first object"),
        Key::new(
            "form",
            Is::Text,
            "array, map, set, object, chain, list, native, closure, or single for one large object",
        ),
        Key::new("name", Is::Text, "what the container is: a property and its owner's class, or a variable"),
        Key::new("entries", Is::Number, "how many entries it has"),
        Key::new("shapes", Is::List, "of which shapes: how many of each, those of most first"),
        Key::new("held", Is::Number, "how many bytes it and its entries hold"),
        Key::new("live", Is::Number, "how many bytes are alive in all"),
        Key::new("percent", Is::Number, "the share of the one in the other"),
        Key::new("made", Is::List, "the functions that make entries of the first shape, and where they are written"),
        Key::new("path", Is::Text, "the shortest path to the container"),
        Key::new("objects", Is::List, "the objects on it"),
        Key::new("common", Is::List, "properties that have one value in nearly all entries of the first shape"),
        Key::new("others", Is::List, "other containers that have the same entries"),
        Key::new("samples", Is::List, "some of the entries"),
        Key::or_null("variable", Is::Text, "of a closure, the variable that holds most"),
        Key::new("minor", Is::Bool, "whether it is too little to be a suspect (-a)"),
        Key::new("waste", Is::Text, "with -w: strings, slack, sparse or listeners; the address is that of the worst"),
        Key::new("count", Is::Number, "how many objects waste something; how many listeners"),
        Key::new("bytes", Is::Number, "how many bytes are wasted; what the listeners hold"),
        Key::new("worst", Is::Number, "of the worst: how many there are of a string, or how long the array is"),
        Key::or_null("text", Is::Text, "the string; the event"),
    ],
    run,
    ..Dcmd::BASE
};

/// So many of the shortest paths are looked at for the one to show.
const MOST_PATHS: usize = 16;
/// How much is told of what the entries have in common, if not all is asked for.
const MOST_COMMON: usize = 4;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let graph = ctx.session.graph()?;
    let report = ctx.session.leaks()?;
    if ctx.args.has('w') {
        let told: Vec<&Waste> = report.waste.iter().filter(|waste| ctx.args.has('a') || !waste.minor).collect();
        for waste in &told {
            ctx.out.item(&Wasted { waste, addr: graph.word(waste.worst).addr(), live: report.live });
        }
        if told.is_empty() {
            ctx.out.text(format_args!("no waste to speak of in the {} bytes that are alive\n", report.live));
        }
        return Ok(());
    }
    let paths = ctx.session.paths(false)?;
    let most = usize::try_from(ctx.args.number('n').unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let (all, verbose) = (ctx.args.has('a'), ctx.args.has('v'));
    let wanted: Vec<&Suspect> = report.suspects.iter().filter(|suspect| all || !suspect.minor).take(most).collect();
    let (stack, progress) = (ctx.session.stack().ok(), ctx.session.progress());
    let mut teller = Teller::new(ctx.session.heap()?, &graph, stack.as_deref(), &progress);
    let mut found = Vec::new();
    for suspect in wanted {
        let mut ways = paths.to(suspect.node, MOST_PATHS);
        if ways.is_empty() {
            ways = ctx.session.paths(true)?.to(suspect.node, 1);
        }
        let mut told = Vec::new();
        for path in ways {
            let way = Way { text: teller.path(&path)?, steps: teller.steps(&path)? };
            told.push((path, way));
        }
        let best = told.into_iter().min_by_key(|(path, way)| rank(path, way));
        found.push(shown(ctx, &graph, suspect, report.live, best.as_ref(), verbose)?);
    }
    if found.iter().all(|shown| shown.minor) {
        ctx.out.text(format_args!(
            "no suspect: nothing piles up to {}% of the {} bytes that are alive\n",
            leaks::LEAST_SHARE / 10,
            report.live
        ));
    }
    found.iter().for_each(|shown| ctx.out.item(shown));
    Ok(())
}

/// A path in words.
struct Way {
    text: String,
    /// Its steps, each with the place in the path of the object at which it begins.
    steps: Vec<(usize, Step)>,
}

/// What tells a path that is worth showing from others that are about as short: it is in terms of JavaScript, and does not
/// begin where a thread happened to be.
fn rank(path: &Path, way: &Way) -> (usize, usize, usize) {
    let internal = way.steps.iter().filter(|(_, step)| step.kind == StepKind::Internal).count();
    let root = match path.root.kind {
        RootKind::Global => 0,
        RootKind::Handle(_) => 1,
        RootKind::Native(_) => 2,
        RootKind::Stack(_) | RootKind::Code(_) => 3,
    };
    (internal, root, path.nodes.len())
}

/// A suspect in words.
struct Shown {
    suspect: Suspect,
    addr: Addr,
    name: String,
    sentence: String,
    path: String,
    objects: Vec<Addr>,
    others: Vec<Addr>,
    samples: Vec<Addr>,
    live: u64,
    minor: bool,
    verbose: bool,
}

fn shown(
    ctx: &Context<'_>,
    graph: &Graph,
    suspect: &Suspect,
    live: u64,
    path: Option<&(Path, Way)>,
    verbose: bool,
) -> Result<Shown> {
    let heap = ctx.session.heap()?;
    let addrs = |nodes: &[Node]| nodes.iter().map(|&node| graph.word(node).addr()).collect::<Vec<Addr>>();
    let class = |node: Node| match suspect.form {
        Form::Closure if node == suspect.node => naming::closure_text(heap, graph.word(node)).unwrap_or_default(),
        _ => graph.class_of(heap, node),
    };
    let (nodes, way) = path.map_or((&[][..], None), |(path, way)| (&path.nodes[..], Some(way)));
    let name = way.and_then(|way| place(way, |at| class(nodes[at]))).unwrap_or_else(|| class(suspect.node));
    let sentence = sentence(suspect, &name, &class(suspect.node), live);
    Ok(Shown {
        addr: graph.word(suspect.node).addr(),
        sentence,
        name,
        path: way.map(|way| way.text.clone()).unwrap_or_default(),
        objects: addrs(nodes),
        others: addrs(&suspect.others),
        samples: addrs(&suspect.samples),
        live,
        minor: suspect.minor,
        verbose,
        suspect: suspect.clone(),
    })
}

/// What the end of a way is called by itself: `Exchange.clients`, `"list" in closure of f (server.js:3)`, and what is told
/// of the listeners of an emitter. The class of the object at a place in the path is `class`.
fn place(way: &Way, class: impl Fn(usize) -> String) -> Option<String> {
    let (at, last) = way.steps.last()?;
    if let Some((owner, before)) = way.steps.iter().rev().nth(1)
        && before.text == "._events"
        && let Some(event) = last.text.strip_prefix('.')
    {
        return Some(format!("the listeners of \"{event}\" on {}", class(*owner)));
    }
    match last.kind {
        StepKind::Property | StepKind::Element => Some(format!("{}{}", class(*at), last.text)),
        StepKind::Variable => Some(last.text.trim_start().to_owned()),
        StepKind::Internal => None,
    }
}

/// `suspect` in one sentence, where it is called `name` and is of `class`.
fn sentence(suspect: &Suspect, name: &str, class: &str, live: u64) -> String {
    let what = entries(suspect);
    let place = match suspect.form {
        Form::Array | Form::Map | Form::Set | Form::Object if name == class => format!("{name} holds {what}"),
        Form::Array => format!("{name}, an array, holds {what}"),
        Form::Map => format!("{name}, a Map, holds {what}"),
        Form::Set => format!("{name}, a Set, holds {what}"),
        Form::Object => format!("{name}, an object, holds {what}"),
        Form::Chain => format!("{name} begins a chain of {what}, each of which alone keeps the next alive"),
        Form::List if let Some(callback) = callback(suspect) => format!("{name} keeps {what}, which call {callback}"),
        Form::List if name == class => format!("{name} alone keeps alive {what}, which refer to one another"),
        Form::List => format!("{name}, of {class}, alone keeps alive {what}, which refer to one another"),
        Form::Native => format!("handles of C++ keep alive {what}, each by itself"),
        Form::Closure => {
            let above_all = suspect.variable.as_ref().map(|name| format!(", above all \"{name}\"")).unwrap_or_default();
            format!("{name}, the closure {class}, alone keeps its variables alive{above_all}")
        }
        Form::Single => format!("{name} is one {class}"),
    };
    format!("{place}: {} bytes, {:.1}% of what is alive", suspect.held, percent(suspect.held, live))
}

/// The function that the timers of a list call.
fn callback(suspect: &Suspect) -> Option<&str> {
    suspect.common.iter().find(|common| common.property == "_onTimeout").map(|common| common.value.as_str())
}

/// How many entries of which shape: `1500 {socket, invoke}`, `1500 entries, of which 1480 are Session`.
fn entries(suspect: &Suspect) -> String {
    let of = |part: &Part, are: &str| match part.shape.kind {
        ShapeKind::Closure | ShapeKind::OwnClosure(_) => format!("{} {are}closures {}", part.count, part.shape.name),
        ShapeKind::String | ShapeKind::Number | ShapeKind::Bound => format!("{} {are}{}s", part.count, part.shape.name),
        _ => format!("{} {are}{}", part.count, part.shape.name),
    };
    match suspect.parts.as_slice() {
        [] => format!("{} entries", suspect.entries),
        [only] if only.count == suspect.entries => of(only, ""),
        [first, ..] => format!("{} entries, of which {}", suspect.entries, of(first, "are ")),
    }
}

/// The share of `part` in `of`, in hundredths.
pub fn percent(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 * 100.0 / of as f64 }
}

impl Shown {
    /// What is told of what the entries have in common.
    fn common(&self) -> impl Iterator<Item = &Common> {
        let most = if self.verbose { usize::MAX } else { MOST_COMMON };
        self.suspect.common.iter().filter(|common| self.verbose || common.tells).take(most)
    }
}

impl Item for Shown {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{:x} {}", self.addr, self.sentence);
        if self.minor {
            let _ = writeln!(out, "    too little to be a suspect");
        }
        if !self.suspect.made.is_empty() {
            let _ = writeln!(out, "    made by: {}", self.suspect.made.join(" or "));
        }
        if !self.path.is_empty() {
            let _ = writeln!(out, "    path: {}", self.path);
        }
        for common in self.common() {
            let Common { property, value, count, of, .. } = common;
            let _ = writeln!(out, "    {property}: {value} in {count} of {of}");
        }
        if self.verbose {
            for part in &self.suspect.parts {
                let _ = writeln!(out, "    shape: {} {}", part.count, part.shape.name);
            }
        }
        for other in &self.others {
            let _ = writeln!(out, "    the same in: {other:x}");
        }
        if self.verbose {
            for sample in &self.samples {
                let _ = writeln!(out, "    such as: {sample:x}");
            }
        }
    }

    fn json(&self) -> Json {
        let hex = |addrs: &[Addr]| addrs.iter().map(|&addr| json::address(addr)).collect::<Vec<_>>();
        let shapes = self.suspect.parts.iter().map(|part| json!({ "shape": part.shape.name, "count": part.count }));
        let common = self.suspect.common.iter().map(|common| {
            json!({
                "property": common.property,
                "value": common.value,
                "count": common.count,
                "of": common.of,
                "over": common.is_over,
            })
        });
        json!({
            "address": json::address(self.addr),
            "form": form(self.suspect.form),
            "name": self.name,
            "entries": self.suspect.entries,
            "shapes": shapes.collect::<Vec<_>>(),
            "held": self.suspect.held,
            "live": self.live,
            "percent": (percent(self.suspect.held, self.live) * 10.0).round() / 10.0,
            "made": self.suspect.made,
            "path": self.path,
            "objects": hex(&self.objects),
            "common": common.collect::<Vec<_>>(),
            "others": hex(&self.others),
            "samples": hex(&self.samples),
            "variable": self.suspect.variable,
            "minor": self.minor,
        })
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Array => "array",
        Form::Map => "map",
        Form::Set => "set",
        Form::Object => "object",
        Form::Chain => "chain",
        Form::List => "list",
        Form::Native => "native",
        Form::Closure => "closure",
        Form::Single => "single",
    }
}
