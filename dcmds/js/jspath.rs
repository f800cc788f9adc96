//! `::jspath`: why an object is alive.

use super::jsretained::living;
use jsdb::heap::graph::{Graph, Path, Paths, RootKind, naming};
use jsdb::heap::{Frame, FrameKind, Heap, Kind, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::jspath`.
pub static DCMD: Dcmd = Dcmd {
    name: "jspath",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "tell why an object is alive: the shortest paths to it",
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "also through V8's descriptions of objects: maps, code" },
        Opt { letter: 'n', value: OptValue::Number("paths"), help: "so many paths, the shortest first (default: 1)" },
    ],
    help: "\
Shows how the object at the address is reached from a root, as a program would write it: properties, elements,
variables that a closure holds. What is V8's own and cannot be left out is named by its class, in angle brackets.

A path begins at a root: `global`, the global object or what belongs to its context; `stack of` a function that was
running; or `native`, a word of native memory, as which show the handles that C++ keeps.",
    examples: &[
        Example {
            why: "why the first record is alive",
            line: "4224cce5919::jspath",
            shows: "stack of audit (pingpong-server.js:59): Exchange.records[0]",
        },
        Example {
            why: "and how else",
            line: "4224cce5919::jspath -n 2",
            shows: "stack of audit (pingpong-server.js:59): Exchange.records[0]",
        },
        Example {
            why: "what leads to the list through V8's own objects too",
            line: "4224cc1cb51::jspath -a",
            shows: "stack of audit (pingpong-server.js:59): Exchange.records",
        },
    ],
    see_also: &["jsdominator", "jsfindrefs", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "the object"),
        Key::new("root", Is::Text, "the kind of root: global, stack or native"),
        Key::or_null("place", Is::Hex, "where the word lies that is the root"),
        Key::new("path", Is::Text, "the path"),
        Key::new("objects", Is::List, "the objects on it"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let graph = ctx.session.graph()?;
    let node = living(&graph, addr)?;
    let most = usize::try_from(ctx.args.number('n').unwrap_or(1)).unwrap_or(usize::MAX);
    let mut found = paths(ctx, ctx.args.has('a'))?.to(node, most);
    if found.is_empty() {
        found = paths(ctx, true)?.to(node, most);
    }
    if found.is_empty() {
        return Err(Error::failed(format!("{addr}: no path was found among those that were looked at")));
    }
    for path in found {
        let text = text(ctx, &graph, &path)?;
        ctx.out.item(&Shown {
            addr,
            root: path.root.kind,
            text,
            objects: path.nodes.iter().map(|&node| graph.word(node).addr()).collect(),
        });
    }
    Ok(())
}

fn paths(ctx: &Context<'_>, all: bool) -> Result<std::sync::Arc<Paths>> {
    ctx.session.paths(all)
}

/// `path` as a program would write it.
pub fn text(ctx: &Context<'_>, graph: &Graph, path: &Path) -> Result<String> {
    let heap = ctx.session.heap()?;
    let objects: Vec<Tagged> = path.nodes.iter().map(|&node| graph.word(node)).collect();
    let mut text = match path.root.kind {
        RootKind::Global => "global".to_owned(),
        RootKind::Stack(place) => format!("stack of {}: ", running(ctx, heap, place)),
        RootKind::Native(place) => format!("native {place:x}: "),
    };
    let first = objects.first().copied().unwrap_or(Tagged(0));
    match (path.root.kind, heap.kind(first).ok().flatten()) {
        (RootKind::Global, Some(Kind::JsGlobalObject)) => {}
        (RootKind::Global, _) => text.push_str(" context"),
        (_, Some(Kind::JsFunction)) => {
            text.push_str(&naming::closure_text(heap, first).unwrap_or_else(|| "function".to_owned()));
        }
        _ => text.push_str(&graph.class_of(heap, path.nodes[0])),
    }
    let mut at = 0;
    while at + 1 < objects.len() {
        ctx.session.check_cancel()?;
        let step = naming::step(heap, &objects[at..]);
        text.push_str(&step.text);
        at += step.references.max(1);
    }
    Ok(text)
}

/// The innermost JavaScript function whose frame has the word at `place`.
fn running(ctx: &Context<'_>, heap: Heap<'_>, place: Addr) -> String {
    let image = &ctx.session.image;
    let Ok(stack) = ctx.session.stack() else { return "a thread".to_owned() };
    let frame = (0..stack.frames.len()).filter_map(|at| Frame::of(image, &stack, at)).find(|frame| frame.fp >= place);
    match frame.map(|frame| frame.kind(heap)) {
        Some(FrameKind::JavaScript(function)) => {
            naming::closure_text(heap, function.word()).unwrap_or_else(|| "a function".to_owned())
        }
        Some(FrameKind::Native(name)) => name.symbol,
        Some(_) => "V8's own code".to_owned(),
        None => "another thread".to_owned(),
    }
}

struct Shown {
    addr: Addr,
    root: RootKind,
    text: String,
    objects: Vec<Addr>,
}

impl Item for Shown {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        out.push_str(&self.text);
        out.push('\n');
    }

    fn json(&self) -> Json {
        let (root, place) = match self.root {
            RootKind::Global => ("global", None),
            RootKind::Stack(place) => ("stack", Some(place)),
            RootKind::Native(place) => ("native", Some(place)),
        };
        json!({
            "address": json::address(self.addr),
            "root": root,
            "place": place.map(json::address),
            "path": self.text,
            "objects": self.objects.iter().map(|&addr| json::address(addr)).collect::<Vec<_>>(),
        })
    }
}
