//! `jsdb export`: the heap of a core as tables, for an engine that asks many cores at once.
//!
//! Knows: which tables there are, and what a row of each says. Must not know: how a table is kept in a file (`table`).

mod edges;
mod table;

use edges::Namer;
use jsdb::heap::graph::{By, Graph, Naming, Node, RootKind, is_javascript, shape};
use jsdb::heap::script::Location;
use jsdb::heap::snapshot::{EdgeKind, Edges, Scratch};
use jsdb::heap::{Claim, Field, Heap, JsFunction, JsString, Kind, Progress, pass};
use jsdb::image::{Image, text};
use jsdb::shell::{Error, Result, Session};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use table::{Cell, Column, Declared, Finished, Group, Is, Rows, Table, absent, cannot_write};

/// The core itself.
const CORE: Declared = Declared {
    name: "core",
    about: "the core: one row",
    columns: &[
        Column::new("file", Is::Text, "the core's path, as it was given"),
        Column::or_null("arguments", Is::Text, "the process's command line"),
        Column::or_null("host", Is::Text, "the machine's name, where the core has it"),
        Column::or_null("pid", Is::Count, "the process"),
        Column::new("status", Is::Text, "how it ended"),
        Column::new("v8", Is::Text, "the version of V8"),
        Column::new("bits", Is::Small, "32 or 64"),
        Column::new("objects", Is::Count, "how many objects the heap has"),
        Column::new("alive", Is::Count, "how many of them something keeps alive"),
        Column::new("alive_bytes", Is::Count, "their bytes, those outside the heap included"),
    ],
};

/// Every object of V8's heap.
const OBJECTS: Declared = Declared {
    name: "objects",
    about: "every object of V8's heap, V8's own included",
    columns: &[
        Column::new("address", Is::Address, "its tagged address, as jsdb shows it"),
        Column::new("map", Is::Address, "the address of its map"),
        Column::new("class", Is::Text, "V8's class"),
        Column::new("constructor", Is::Text, "the constructor; V8's class in parentheses for what has none"),
        Column::or_null("shape", Is::Text, "the names of its properties, between commas; null for V8's own objects"),
        Column::new("shallow", Is::Count, "bytes of the heap that it takes itself"),
        Column::new("outside", Is::Count, "bytes outside the heap that belong to it"),
        Column::new("retained", Is::Count, "bytes that would be free without it; 0 for what nothing keeps alive"),
        Column::new("alive", Is::Bool, "whether something keeps it alive"),
        Column::or_null("dominator", Is::Address, "the object without which it would not be alive; null for none"),
    ],
};

/// Every reference.
const EDGES: Declared = Declared {
    name: "edges",
    about: "every reference from an object of the heap to another, and to properties that V8 keeps elsewhere for it",
    columns: &[
        Column::new("source", Is::Address, "who refers"),
        Column::new("target", Is::Address, "to whom"),
        Column::new(
            "kind",
            Is::Text,
            "property, element, context (a closure's variable), internal, hidden or shortcut",
        ),
        Column::or_null("name", Is::Text, "of the property, the variable or V8's own field, as ::heapsnapshot has it"),
        Column::or_null("index", Is::Count, "which element or slot, for what has no name"),
        Column::or_null("function", Is::Text, "of a variable: the function that declares it, where that has a name"),
        Column::new(
            "weak",
            Is::Bool,
            "whether it does not itself keep the target alive: no weak one, no shortcut does",
        ),
    ],
};

/// Why what is alive is.
const ROOTS: Declared = Declared {
    name: "roots",
    about: "objects that are alive for a reason of their own",
    columns: &[
        Column::new("object", Is::Address, "the object"),
        Column::new("kind", Is::Text, "global, stack, code, handle or native, as ::jspath tells"),
        Column::or_null("place", Is::Address, "where the word lies that is the root; of code, where it goes on"),
    ],
};

/// Every string.
const STRINGS: Declared = Declared {
    name: "strings",
    about: "every string of the heap",
    columns: &[
        Column::new("address", Is::Address, "its tagged address"),
        Column::new("length", Is::Count, "its length in characters (UTF-16)"),
        Column::new("text", Is::Text, "its first characters; lone surrogates are replaced"),
        Column::new("cut", Is::Bool, "whether that is not all of it"),
    ],
};

/// Every closure.
const FUNCTIONS: Declared = Declared {
    name: "functions",
    about: "every closure of the heap",
    columns: &[
        Column::new("address", Is::Address, "its tagged address"),
        Column::new("name", Is::Text, "the function's name, as ::jsfunctions tells it"),
        Column::or_null("file", Is::Text, "where it is written"),
        Column::or_null("line", Is::Small, "the line, from 1"),
        Column::new("shared", Is::Address, "what the closures of one function have in common"),
        Column::or_null("context", Is::Address, "the variables that it closes over"),
    ],
};

/// Every table, in the order in which they are written.
pub const TABLES: [&Declared; 6] = [&CORE, &OBJECTS, &EDGES, &ROOTS, &STRINGS, &FUNCTIONS];

/// So many characters of a string are exported.
const TEXT: usize = 4096;
/// How many characters of a function's name are.
const NAME: usize = 255;
/// The path of its file is taken to be no longer, where memory is counted; and an entry of a table besides its texts.
const FILE: usize = 255;
const OF_NAME: u64 = 128;

/// Writes the heap that `session` looks at to tables in `folder`, which is made if need be; `file` is what the core is
/// called. Says how many rows each table has.
///
/// # Errors
/// When there is no V8, its heap cannot be read, a table is there already or cannot be written; when Ctrl-C ends it. Then
/// there is none: tables of a heap belong together.
pub fn write(session: &Session, file: &str, folder: &Path) -> Result<Vec<(&'static str, u64)>> {
    // Before anything that takes its time.
    TABLES.iter().try_for_each(|declared| absent(folder, declared.name))?;
    let (heap, graph) = (session.heap()?, session.graph()?);
    let made = Folder::make(folder)?;
    let rows = session.addresses_done();
    let passes = session.progress();
    passes.begin(graph.nodes().map(|node| graph.shallow(node)).sum());
    let edges = Edges::new(heap, &graph, &passes)?;
    let export =
        Export { heap, graph: &graph, edges, progress: &rows, passes: &passes, memory: passes.claim(), folder };
    let nodes = graph.len() as u64;
    // Four tables are made of a look at each object.
    rows.begin(4 * nodes);
    let written = vec![
        export.core(&session.image, file)?,
        export.objects()?,
        export.edges()?,
        export.roots()?,
        export.strings()?,
        export.functions()?,
    ];
    session.check_cancel()?;
    let mut counts = Vec::with_capacity(written.len());
    for Written { name, table } in written {
        counts.push((name, table.rows));
        table.complete()?;
    }
    made.keep();
    Ok(counts)
}

/// The folder of the tables. One that was made for them, and stays empty, goes.
struct Folder(Option<PathBuf>);

impl Folder {
    fn make(path: &Path) -> Result<Folder> {
        let is_new = !path.exists();
        std::fs::create_dir_all(path).map_err(|error| cannot_write(path, &error))?;
        Ok(Folder(is_new.then(|| path.to_owned())))
    }

    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What another has put there meanwhile keeps it.
            let _ = std::fs::remove_dir(path);
        }
    }
}

/// What is exported, and where to.
struct Export<'s> {
    heap: Heap<'s>,
    graph: &'s Graph,
    edges: Edges<'s, 's>,
    /// How many objects have been looked at.
    progress: &'s Progress,
    /// What says how much memory there is, and what is taken of it for names.
    passes: &'s Progress,
    memory: Claim<'s>,
    folder: &'s Path,
}

/// A table that is written.
struct Written {
    name: &'static str,
    table: Finished,
}

/// What a thread has of its own, that makes edges.
struct Worker<'p> {
    scratch: Scratch,
    namer: Namer<'p>,
    rows: Rows<'p>,
    seen: u64,
}

/// So many pieces of the edges a thread makes before they are written.
const PIECES: usize = 4;

/// So many rows, and a look at whether to stop.
const BREATH: u64 = 1 << 12;

impl Export<'_> {
    /// A table of what `row` puts into it for each object.
    fn each(
        &self,
        declared: &'static Declared,
        mut row: impl FnMut(&mut dyn FnMut(&[Cell<'_>]) -> Result<()>, Node) -> Result<()>,
    ) -> Result<Written> {
        let mut table = Table::new(self.folder, declared, self.passes)?;
        for node in self.graph.nodes() {
            if u64::from(node.0).is_multiple_of(BREATH) {
                self.progress.advance(BREATH.min(self.graph.len() as u64 - u64::from(node.0)))?;
            }
            row(&mut |cells| table.row(cells), node)?;
        }
        Ok(Written { name: declared.name, table: table.finish()? })
    }

    fn address(&self, node: Node) -> u64 {
        self.graph.word(node).0
    }

    fn core(&self, image: &Image, file: &str) -> Result<Written> {
        let graph = self.graph;
        let show = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(text::printable);
        let arguments = show(&image.process.psargs);
        let host = image.process.utsname.as_ref().map(|uts| text::printable(&uts.nodename));
        let status = crate::dcmds::proc::status::end(image);
        let v8 = self.heap.layout().version.to_string();
        let (mut alive, mut bytes) = (0_u64, 0);
        for node in graph.reached() {
            alive += 1;
            bytes += graph.shallow(node) + graph.outside(node);
        }
        let mut table = Table::new(self.folder, &CORE, self.passes)?;
        table.row(&[
            file.into(),
            arguments.as_deref().into(),
            host.as_deref().into(),
            image.process.pid.and_then(|pid| u64::try_from(pid).ok()).into(),
            status.as_str().into(),
            v8.as_str().into(),
            Cell::Number(8 * self.heap.width().bytes()),
            Cell::Number(graph.len() as u64),
            alive.into(),
            bytes.into(),
        ])?;
        Ok(Written { name: CORE.name, table: table.finish()? })
    }

    fn objects(&self) -> Result<Written> {
        let (heap, graph) = (self.heap, self.graph);
        let mut naming = Naming::new(heap, By::Constructor);
        let mut shapes: FxHashMap<u64, Option<String>> = FxHashMap::default();
        self.each(&OBJECTS, |put, node| {
            let map = heap.word(graph.word(node), Field::HeapObjectMap)?;
            let class = naming.of(graph, node);
            let of_program = graph.kind(heap, node).is_some_and(is_javascript);
            let shape = match shapes.entry(map.0) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let made = of_program.then(|| shape(heap, map));
                    self.memory.take(OF_NAME + made.as_ref().map_or(0, String::len) as u64)?;
                    place.insert(made)
                }
            };
            put(&[
                self.address(node).into(),
                map.0.into(),
                heap.layout().type_name(graph.instance_type(node)).unwrap_or("other").into(),
                naming.name(class).into(),
                shape.as_deref().into(),
                graph.shallow(node).into(),
                graph.outside(node).into(),
                graph.retained(node).into(),
                graph.is_reached(node).into(),
                graph.dominator(node).map(|above| self.address(above)).into(),
            ])
        })
    }

    /// All threads share in it: they have most of the work of an export.
    fn edges(&self) -> Result<Written> {
        let mut table = Table::new(self.folder, &EDGES, self.passes)?;
        let threads = rayon::current_num_threads();
        self.memory.take((threads * Namer::MOST) as u64)?;
        let new = || Worker { scratch: Scratch::default(), namer: Namer::new(self.heap), rows: table.rows(), seen: 0 };
        let idle: Mutex<Vec<Worker<'_>>> = Mutex::new((0..threads).map(|_| new()).collect());
        let worker = || idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let pieces = self.edges.pieces();
        // What was made waits until what comes before it is there: no more than a few pieces of each.
        for some in pieces.chunks(PIECES * threads) {
            let made = pass::run(some, worker, |worker, piece| {
                Ok(match worker {
                    Some(worker) => self.edges_of(piece.clone(), worker),
                    None => Err(Error::failed("cannot share out the edges: there are more threads than were counted")),
                })
            });
            let (made, workers) = made?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).extend(workers.into_iter().flatten());
            for groups in made {
                groups?.into_iter().try_for_each(|group| table.append(group))?;
            }
        }
        Ok(Written { name: EDGES.name, table: table.finish()? })
    }

    /// The edges of some objects.
    fn edges_of<'p>(&'p self, nodes: Range<u32>, worker: &mut Worker<'p>) -> Result<Vec<Group<'p>>> {
        let Worker { scratch, namer, rows, seen } = worker;
        let mut groups = Vec::new();
        let mut done = nodes.start;
        for node in nodes.clone().map(Node) {
            if node.0 - done >= BREATH as u32 {
                self.progress.advance(u64::from(node.0 - done))?;
                done = node.0;
            }
            let source = self.address(node);
            self.edges.of(node, scratch, &mut |edge| {
                // One array may have as many as all other objects.
                *seen += 1;
                if seen.is_multiple_of(BREATH) {
                    self.progress.advance(0)?;
                }
                let is_variable = edge.kind == EdgeKind::Context;
                let (name, function) = namer.of(&edge.name, is_variable.then_some((&self.edges, node)));
                let full = rows.row(&[
                    source.into(),
                    self.address(edge.to).into(),
                    edge.kind.name().into(),
                    name.text().into(),
                    name.number().into(),
                    function.into(),
                    (edge.is_weak || edge.kind == EdgeKind::Shortcut).into(),
                ]);
                groups.extend(full?);
                Result::Ok(())
            })?;
        }
        groups.extend(rows.encode()?);
        self.progress.advance(u64::from(nodes.end - done))?;
        Ok(groups)
    }

    fn roots(&self) -> Result<Written> {
        let mut table = Table::new(self.folder, &ROOTS, self.passes)?;
        let roots = self.graph.roots();
        for root in roots {
            let (kind, place) = match root.kind {
                RootKind::Global => ("global", None),
                RootKind::Stack(place) => ("stack", Some(place.0)),
                RootKind::Code(place) => ("code", Some(place.0)),
                RootKind::Handle(place) => ("handle", Some(place.0)),
                RootKind::Native(place) => ("native", Some(place.0)),
            };
            table.row(&[self.address(Node(root.object)).into(), kind.into(), place.into()])?;
        }
        Ok(Written { name: ROOTS.name, table: table.finish()? })
    }

    fn strings(&self) -> Result<Written> {
        let (heap, graph) = (self.heap, self.graph);
        let is_string = |node| graph.kind(heap, node) == Some(Kind::String);
        self.each(&STRINGS, |put, node| {
            // One that cannot be read is in the objects all the same.
            let Some(string) = is_string(node).then(|| JsString::load(heap, graph.word(node)).ok()).flatten() else {
                return Ok(());
            };
            let text = string.text(TEXT);
            let is_cut = text.cut.is_some();
            let utf8 = text.to_utf8();
            put(&[self.address(node).into(), Cell::Number(string.len() as u64), utf8.as_str().into(), is_cut.into()])
        })
    }

    fn functions(&self) -> Result<Written> {
        let (heap, graph) = (self.heap, self.graph);
        // Closures of one function have its name and place in common.
        let mut known: FxHashMap<u64, (String, Option<String>, Option<u64>)> = FxHashMap::default();
        self.each(&FUNCTIONS, |put, node| {
            if graph.kind(heap, node) != Some(Kind::JsFunction) {
                return Ok(());
            }
            let Ok(function) = JsFunction::load(heap, graph.word(node)) else { return Ok(()) };
            let shared = function.shared();
            if !known.contains_key(&shared.word().0) {
                self.memory.take(OF_NAME + (NAME + FILE) as u64)?;
            }
            let (name, file, line) = known.entry(shared.word().0).or_insert_with(|| {
                let script = shared.script().ok();
                let position = shared.token_position().ok().flatten();
                let line = match script.and_then(|script| script.locate(position).ok()) {
                    Some(Location::Line(line)) => u64::try_from(line).ok(),
                    Some(Location::Position(at)) => script.and_then(|s| s.place(at)).map(|place| place.line as u64),
                    _ => None,
                };
                (shared.name().clip(NAME), script.and_then(|script| script.name()), line)
            });
            put(&[
                self.address(node).into(),
                name.as_str().into(),
                file.as_deref().into(),
                (*line).into(),
                shared.word().0.into(),
                function.context().ok().map(|context| context.word().0).into(),
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Is, TABLES, write};
    use crate::demo;
    use jsdb::shell::{Error, Session};
    use std::fmt::Write as _;

    #[test]
    fn what_would_take_more_memory_than_it_may_is_refused_and_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("jsdb-export-{}", std::process::id()));
        let mut session = Session::new(demo::image().expect("the sample core is there"));
        session.graph().expect("it has a heap");
        session.progress().release_memory();
        // A group of the edges takes more, all else less.
        for most in [100, 12 << 20] {
            session.limit_memory(Some(most));
            let refused = write(&session, "demo", &folder);
            assert!(matches!(refused, Err(Error::Failed(why)) if why.contains("--max-memory")), "{most}");
            assert!(!folder.exists(), "{most}");
        }
        session.limit_memory(Some(64 << 20));
        for _ in 0..2 {
            write(&session, "demo", &folder).expect("it fits, each time");
            std::fs::remove_dir_all(&folder).expect("it was written");
        }
    }

    fn sql(is: Is) -> &'static str {
        match is {
            Is::Address | Is::Count => "ubigint",
            Is::Small => "uinteger",
            Is::Text => "varchar",
            Is::Bool => "boolean",
        }
    }

    #[test]
    fn readme_tells_the_columns() {
        let mut made = "| table | column | type | |\n|---|---|---|---|\n".to_owned();
        for declared in TABLES {
            for (at, column) in declared.columns.iter().enumerate() {
                let name = if at == 0 { format!("`{}`", declared.name) } else { String::new() };
                let null = if column.or_null { ", or null" } else { "" };
                let _ = writeln!(made, "| {name} | `{}` | {}{null} | {} |", column.name, sql(column.is), column.about);
            }
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let readme = std::fs::read_to_string(&path).expect("README.md");
        let (before, rest) = readme.split_once("<!-- table of exports -->\n").expect("the table has a place");
        let (table, after) = rest.split_once("<!-- end of table of exports -->").expect("its end has a place");
        if table != made && std::env::var_os("JSDB_BLESS").is_some() {
            let anew = format!("{before}<!-- table of exports -->\n{made}<!-- end of table of exports -->{after}");
            std::fs::write(&path, anew).expect("README.md can be written");
            return;
        }
        assert_eq!(table, made, "JSDB_BLESS=1 cargo test writes README anew");
    }
}
