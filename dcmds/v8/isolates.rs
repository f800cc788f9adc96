//! `::isolates`, and its walker: the heaps of a process, one for each thread that runs JavaScript.

use jsdb::heap::isolate::Isolate;
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Session, Subject, Walk, Walker, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "isolates",
    subject: Subject::V8,
    summary: "list isolates: the heaps of the main thread and of workers",
    help: "\
Lists the isolates of the process: where each is, the id of the thread that runs it, what Node calls that thread, how many
pages its heap has, and their size in bytes. A star marks the one that commands look at: the one of the thread that died,
or else that of the main thread, unless ::isolate chose another. What isolates share belongs to each.

To Node 10, pages do not say whose they are, and everything is taken for one isolate's.",
    examples: &[Example {
        why: "of a Node whose pages tell no isolates",
        line: "::isolates",
        shows: "jsdb: the pages of V8 3.14.5.11 do not say whose they are; all objects are taken for one isolate's",
    }],
    see_also: &["isolate", "walk"],
    json: KEYS,
    table: true,
    run,
    ..Dcmd::BASE
};

/// The keys of an isolate.
pub const KEYS: &[Key] = &[
    Key::new("address", Is::Hex, "the Isolate, or its Heap where that is not told"),
    Key::new("heap", Is::Hex, "its Heap"),
    Key::or_null("thread", Is::Number, "the id of the thread that runs it"),
    Key::new("main", Is::Bool, "whether that is the main thread"),
    Key::or_null("threadId", Is::Number, "what Node calls that thread: 0 for the main thread"),
    Key::new("pages", Is::Number, "how many pages its heap has"),
    Key::new("bytes", Is::Number, "their size"),
    Key::new("current", Is::Bool, "whether commands look at it"),
];

/// The walker.
pub static WALKER: Walker = Walker { name: "isolate", summary: "walk isolates", addr: AddrUse::Refused, walk };

fn walk(session: &Session, _: Option<Addr>, visit: &mut Walk<'_>) -> Result<()> {
    session.isolates()?.list().iter().try_for_each(|isolate| visit(isolate.addr))
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let session = &*ctx.session;
    let count = session.isolates()?.list().len();
    if count == 0 {
        return Err(none(session)?);
    }
    let rows = (0..count).map(|number| Row::new(session, number)).collect::<Result<Vec<Row>>>()?;
    if !ctx.out.is_pipe() {
        ctx.out.text(format!("  {:>16} {:>8} {:<12} {:>8} {:>14}\n", "ISOLATE", "LWP", "THREAD", "PAGES", "BYTES"));
    }
    for row in rows {
        ctx.out.item(&row);
    }
    Ok(())
}

/// What there is to say where no isolates are known.
///
/// # Errors
/// When there is no V8.
pub fn none(session: &Session) -> Result<Error> {
    let version = session.heap()?.layout().version;
    let told = "do not say whose they are; all objects are taken for one isolate's";
    Ok(Error::failed(format!("the pages of V8 {version} {told}")))
}

/// An isolate.
pub struct Row {
    isolate: Isolate,
    main: bool,
    thread_id: Option<u32>,
    current: bool,
}

impl Row {
    /// The isolate of this number.
    ///
    /// # Errors
    /// When it cannot be told what Node calls its thread.
    pub fn new(session: &Session, number: usize) -> Result<Row> {
        let isolates = session.isolates()?;
        let isolate = isolates.list().get(number).ok_or_else(|| Error::failed("there is no such isolate"))?;
        let main = isolates.is_main(isolate);
        let found = session.thread_ids()?.get(number).copied().flatten();
        let thread_id = found.or(main.then_some(0));
        Ok(Row { isolate: *isolate, main, thread_id, current: session.isolate()? == Some(number) })
    }
}

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        Some(self.isolate.addr)
    }

    fn text(&self, out: &mut String) {
        let Isolate { addr, thread, pages, bytes, .. } = self.isolate;
        let mark = if self.current { '*' } else { ' ' };
        let lwp = thread.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let name = match (self.main, self.thread_id) {
            (true, _) => "main".to_owned(),
            (_, Some(id)) => format!("worker {id}"),
            (_, None) => "worker".to_owned(),
        };
        let addr = addr.to_string();
        let _ = writeln!(out, "{mark} {addr:>16} {lwp:>8} {name:<12} {pages:>8} {bytes:>14}");
    }

    fn json(&self) -> Json {
        let Isolate { addr, heap, thread, pages, bytes } = self.isolate;
        json!({
            "address": json::address(addr),
            "heap": json::address(heap),
            "thread": thread,
            "main": self.main,
            "threadId": self.thread_id,
            "pages": pages,
            "bytes": bytes,
            "current": self.current,
        })
    }
}
