//! `::jsretained` and the walker `jsdominated`: what would be free without an object.

use jsdb::heap::Tagged;
use jsdb::heap::graph::{Graph, Node};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{
    AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Session, Subject, Walk, Walker, json,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `::jsretained`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsretained",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "tell how much memory would be free without an object",
    options: &[Opt { letter: 'c', value: OptValue::Flag, help: "list what goes with it, by constructor" }],
    help: "\
Tells how many bytes the object at the address takes itself, how many of its bytes are outside the heap, and how many
it retains: all that is reached through it alone, and would be free without it. The object may be one of V8's own.

`::walk jsdominated` visits those that it alone keeps alive and nothing in between does.",
    examples: &[
        Example {
            why: "what the list that leaks holds",
            line: "4224cc1cb51::jsretained",
            shows: "4224cc1cb51 Array takes 32 bytes, retains 256808 bytes in 2406 objects",
        },
        Example {
            why: "and what that consists of",
            line: "4224cc1cb51::jsretained -c ! tail -n 4",
            shows: r##"
      100       18400 Socket
      100       19200 ReadableState
      700       50400 (closure)
      726      118008 (FixedArray)
"##,
        },
    ],
    see_also: &["jsdominator", "jsheap"],
    json: &[
        Key::new("address", Is::Hex, "the object"),
        Key::new("class", Is::Text, "what it is, by its constructor; -c: what goes with it"),
        Key::new("shallow", Is::Number, "how many bytes it takes itself"),
        Key::new("outside", Is::Number, "how many bytes it has outside the heap"),
        Key::new("retained", Is::Number, "how many bytes would be free without it"),
        Key::new("objects", Is::Number, "how many objects that is; -c: of this class"),
    ],
    run,
    ..Dcmd::BASE
};

/// The number of the object at `addr`, which something keeps alive.
///
/// # Errors
/// When no object begins there, or nothing keeps it alive.
pub fn living(graph: &Graph, addr: Addr) -> Result<Node> {
    let node =
        graph.node(Tagged(addr.0)).ok_or_else(|| Error::failed(format!("{addr}: no heap object begins there")))?;
    if graph.is_reached(node) {
        return Ok(node);
    }
    Err(Error::failed(format!("{addr}: nothing keeps this object alive")))
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let graph = ctx.session.graph()?;
    let heap = ctx.session.heap()?;
    let node = living(&graph, addr)?;
    let set = graph.goes_with(node);
    if !ctx.args.has('c') {
        let row = Retained {
            addr,
            class: graph.class_of(heap, node),
            shallow: graph.shallow(node),
            outside: graph.outside(node),
            retained: graph.retained(node),
            objects: set.len(),
        };
        ctx.out.item(&row);
        return Ok(());
    }
    let mut classes: BTreeMap<u32, Part> = BTreeMap::new();
    let mut naming = jsdb::heap::graph::Naming::new(heap, jsdb::heap::graph::By::Constructor);
    for &member in &set {
        let part = classes.entry(naming.of(&graph, member)).or_default();
        part.objects += 1;
        part.shallow += graph.shallow(member) + graph.outside(member);
    }
    let mut parts: Vec<Part> =
        classes.into_iter().map(|(class, part)| Part { class: naming.name(class).to_owned(), ..part }).collect();
    parts.sort_by(|a, b| (a.shallow, &a.class).cmp(&(b.shallow, &b.class)));
    ctx.out.text(format_args!("{:>9} {:>11} CLASS\n", "COUNT", "SHALLOW"));
    for part in parts {
        ctx.out.item(&part);
    }
    Ok(())
}

struct Retained {
    addr: Addr,
    class: String,
    shallow: u64,
    outside: u64,
    retained: u64,
    objects: usize,
}

impl Item for Retained {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        let _ = write!(out, "{:x} {} takes {} bytes", self.addr, self.class, self.shallow);
        if self.outside > 0 {
            let _ = write!(out, " and {} outside the heap", self.outside);
        }
        let _ = writeln!(out, ", retains {} bytes in {} objects", self.retained, self.objects);
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.addr),
            "class": self.class,
            "shallow": self.shallow,
            "outside": self.outside,
            "retained": self.retained,
            "objects": self.objects,
        })
    }
}

/// The objects of a class among those that go with one.
#[derive(Default)]
struct Part {
    class: String,
    objects: u64,
    shallow: u64,
}

impl Item for Part {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{:>9} {:>11} {}", self.objects, self.shallow, self.class);
    }

    fn json(&self) -> Json {
        json!({ "class": self.class, "objects": self.objects, "shallow": self.shallow })
    }
}

/// `::walk jsdominated`.
pub static JSDOMINATED: Walker = Walker {
    name: "jsdominated",
    summary: "walk the objects that an object alone keeps alive",
    addr: AddrUse::Required,
    walk: walk_dominated,
};

fn walk_dominated(session: &Session, addr: Option<Addr>, visit: &mut Walk<'_>) -> Result<()> {
    let addr = addr.ok_or_else(|| Error::failed("'jsdominated' does not support global walks"))?;
    let graph = session.graph()?;
    let node = living(&graph, addr)?;
    graph.dominated(node).into_iter().try_for_each(|below| visit(graph.word(below).addr()))
}
