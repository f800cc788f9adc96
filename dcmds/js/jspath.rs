//! `::jspath`: why an object is alive.

use super::jsretained::living;
use jsdb::heap::graph::{Graph, Path, Paths, RootKind, Teller};
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
What is in a WeakMap is reached through its key: `<value in a WeakMap>`.

A path begins at a root: `global`, the global object or what belongs to its context; `stack of` a function that was
running, with the variable that holds the object where that is known: `this`, an argument or a local by its name, or a
register, in which V8's interpreter keeps locals without their names and what it computes; `code at` an address at which
a frame goes on; `handle`, a handle that C++ keeps; or `native`, a word of native memory that may be stale.",
    examples: &[
        Example {
            why: "why the first record is alive",
            line: "4224cce5919::jspath",
            shows: r##"
stack of report (pingpong-server.js:69): "exchange" Exchange.records[0]
"##,
        },
        Example {
            why: "and how else",
            line: "4224cce5919::jspath -n 2",
            shows: r##"
stack of report (pingpong-server.js:69): "exchange" Exchange.records[0]
"##,
        },
        Example {
            why: "what leads to the list through V8's own objects too",
            line: "4224cc1cb51::jspath -a",
            shows: r##"
stack of report (pingpong-server.js:69): "exchange" Exchange.records
"##,
        },
    ],
    see_also: &["jsdominator", "jsfindrefs", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "the object"),
        Key::new("root", Is::Text, "the kind of root: global, stack, code, handle or native"),
        Key::or_null("place", Is::Hex, "where the word lies that is the root"),
        Key::or_null("variable", Is::Text, "of a stack, which variable of the function it is"),
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
        let Told { text, variable } = told(ctx, &graph, &path)?;
        ctx.out.item(&Shown {
            addr,
            root: path.root.kind,
            variable,
            text,
            objects: path.nodes.iter().map(|&node| graph.word(node).addr()).collect(),
        });
    }
    Ok(())
}

fn paths(ctx: &Context<'_>, all: bool) -> Result<std::sync::Arc<Paths>> {
    ctx.session.paths(all)
}

/// A path as a program would write it, and of a stack the variable that it begins with.
struct Told {
    text: String,
    variable: Option<String>,
}

fn told(ctx: &Context<'_>, graph: &Graph, path: &Path) -> Result<Told> {
    let (heap, stack, progress) = (ctx.session.heap()?, ctx.session.stack().ok(), ctx.session.progress());
    let mut teller = Teller::new(heap, graph, stack.as_deref(), &progress);
    Ok(Told { text: teller.path(path)?, variable: teller.variable(path) })
}

struct Shown {
    addr: Addr,
    root: RootKind,
    variable: Option<String>,
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
            RootKind::Code(place) => ("code", Some(place)),
            RootKind::Handle(place) => ("handle", Some(place)),
            RootKind::Native(place) => ("native", Some(place)),
        };
        json!({
            "address": json::address(self.addr),
            "root": root,
            "place": place.map(json::address),
            "variable": self.variable,
            "path": self.text,
            "objects": self.objects.iter().map(|&addr| json::address(addr)).collect::<Vec<_>>(),
        })
    }
}
