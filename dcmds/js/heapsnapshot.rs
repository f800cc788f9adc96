//! `::heapsnapshot`: the heap as a file that DevTools opens.

use jsdb::heap::snapshot::{Failed, Snapshot, Written};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::whole::{Partial, Readers};
use jsdb::shell::{Address, Arg, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, reason};
use serde_json::{Value as Json, json};
use std::io::{self, BufWriter};
use std::path::Path;

/// `::heapsnapshot`.
pub static DCMD: Dcmd = Dcmd {
    name: "heapsnapshot",
    subject: Subject::Js,
    summary: "write a heap snapshot for DevTools",
    operands: "[file]",
    options: &[Opt {
        letter: 'i',
        value: OptValue::Text("id"),
        help: "write nothing, but give the address of the object with this id, in decimal as DevTools shows it",
    }],
    help: "\
Writes the objects that are alive, with all that they refer to, to a file that DevTools opens (Memory, Load profile), as
it does those of v8.writeHeapSnapshot(): name it *.heapsnapshot. It appears under its name when it is complete.

An object has the same id in every core of its process in which it is at the same address, so that two of them can be
compared; the collector moves young objects, and those of pages that it empties. Retained sizes are those of ::jsretained,
but for arrays and cells in which V8 keeps the properties of a single object: what these hold is that object's in DevTools.
Where such an array is not that object's alone, its property is a shortcut, which DevTools shows and does not count.
Functions and generators have the line where they are written, as far as the core has the source.",
    examples: &[
        Example { why: "how large it would be", line: "::heapsnapshot /dev/null", shows: "/dev/null: 20633 nodes, 177750 edges, 3376168 bytes" },
        Example {
            why: "from DevTools to here: the object that it calls Exchange @211243709",
            line: "::heapsnapshot -i 211243709; 4224cc14af1::jsprint name",
            shows: r##"
4224cc14af1
"pingpong"
"##,
        },
    ],
    see_also: &["jsheap", "jsretained", "jspath"],
    json: &[
        Key::new("file", Is::Text, "the file, as it was named"),
        Key::new("nodes", Is::Number, "how many objects are in it"),
        Key::new("edges", Is::Number, "how many references"),
        Key::new("bytes", Is::Number, "its size"),
        Key::new("address", Is::Hex, "-i: the object"),
    ],
    run,
    ..Dcmd::BASE
};

/// What is gathered before it is written.
const BLOCK: usize = 1 << 20;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    if let Some(id) = ctx.args.text('i') {
        ctx.args.refuse()?;
        return with_id(
            ctx,
            id.parse().map_err(|_| Error::failed(format!("{id:?} is no id: it is a decimal number")))?,
        );
    }
    let [Arg::Text(path)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    ctx.session.settings.allow("a heap snapshot")?;
    let path = path.clone();
    let graph = ctx.session.graph()?;
    let progress = ctx.session.progress();
    let snapshot = Snapshot::new(ctx.session.heap()?, &graph, &progress)?;
    if !snapshot.has_stable_ids() {
        ctx.out.warn("heapsnapshot: the heap is too large for ids that are the same in another core of this process");
    }
    let failed = |error: &io::Error| Error::failed(format!("failed to write {path}: {}", reason(error)));
    // For the user's own eyes: a heap holds secrets.
    let (partial, file) = Partial::create(Path::new(&path), Readers::User).map_err(|error| failed(&error))?;
    let written = snapshot.write(&mut BufWriter::with_capacity(BLOCK, file), &progress);
    let written = written.map_err(|error| match error {
        Failed::Heap(error) => error.into(),
        Failed::Io(error) => failed(&error),
    })?;
    partial.complete().map_err(|error| failed(&error))?;
    ctx.out.item(&Saved { path, written });
    Ok(())
}

/// Gives the address of the object whose id is `id`.
fn with_id(ctx: &mut Context<'_>, id: u32) -> Result<()> {
    let graph = ctx.session.graph()?;
    let progress = ctx.session.progress();
    let snapshot = Snapshot::new(ctx.session.heap()?, &graph, &progress)?;
    let node = snapshot.with_id(id).ok_or_else(|| Error::failed(format!("no object has the id {id}")))?;
    ctx.out.item(&Address(graph.word(node).addr()));
    Ok(())
}

struct Saved {
    path: String,
    written: Written,
}

impl Item for Saved {
    fn text(&self, out: &mut String) {
        let Written { nodes, edges, bytes } = self.written;
        out.push_str(&format!("{}: {nodes} nodes, {edges} edges, {bytes} bytes\n", self.path));
    }

    fn json(&self) -> Json {
        let Written { nodes, edges, bytes } = self.written;
        json!({ "file": self.path, "nodes": nodes, "edges": edges, "bytes": bytes })
    }
}
