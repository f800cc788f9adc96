//! `::jsheap`: where memory is.

use jsdb::heap::graph::{By, Class, Graph, is_javascript};
use jsdb::heap::{Heap, Kind};
use jsdb::image::{Addr, Content, Image};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// `::jsheap`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsheap",
    subject: Subject::Js,
    summary: "tell where memory is",
    options: &[
        Opt { letter: 'c', value: OptValue::Flag, help: "by constructor" },
        Opt { letter: 'm', value: OptValue::Flag, help: "by the npm package in which the constructor is written" },
        Opt {
            letter: 's',
            value: OptValue::Flag,
            help: "by the file and line where the constructor is written; functions by their own",
        },
    ],
    help: "\
Shows how many objects of each kind V8's heap has and how many bytes they take, those apart that nothing keeps alive:
the collector had not come to them. Bytes outside the heap are those of Buffers and of strings whose characters are
elsewhere. What follows are the mappings of the process: the native heap, its stacks, files, and other memory.

With -c, -s or -m a line stands for a class of objects that are alive: how many there are, how many bytes they take
themselves (SHALLOW), and how many would be free without them (RETAINED): theirs, and those of all that is reached
through them alone. The object is the one that retains most. The classes that retain most come last. V8's own
objects are in parentheses, by V8's class.

Alive is what roots lead to: global objects, stacks, handles of C++, and other words of native memory that point to what
these do not reach: such a word may be stale, and what only such a word leads to retains nothing that is alive without it.
A value in a WeakMap is alive with its key, and is retained by that.",
    examples: &[
        Example {
            why: "where memory is",
            line: "::jsheap",
            shows: r##"
WHAT                              COUNT         BYTES          DEAD
objects                             973         76960        202096
arrays                              383         12272         77648
closures                           2006        144432        219528
strings                            4729        496216         51760
numbers                              27           432          3296
code                               2948       1028960         99296
shapes                             1345         86080         86464
other objects of V8                8214       1214176       1037240
free in V8's pages                                696
outside bytes of these                        1056768             0
native heap (brk)                             2486272
stacks                                         135168
mapped files                                 14700544
other anonymous memory                       10096464
all mappings                                 32256000
"##,
        },
        Example {
            why: "the constructors whose objects retain most",
            line: "::jsheap -c ! tail -n 5",
            shows: r##"
    305b3e54bb61      1360      217600      973488 (SharedFunctionInfo)
    2203a9b6cf29         5     1056888     1056888 (ExternalUnsignedByteArray)
     4224cccffa9         3          96     1058448 SlowBuffer
    2e5ce75501a1      1552      807040     1143176 (Code)
     4224cc359d9      3795      991688     2005520 (FixedArray)
"##,
        },
        Example {
            why: "where these are written",
            line: "::jsheap -s ! grep pingpong",
            shows: r##"
    305b3e55ee99         1          72          72 /opt/lab/pingpong-server.js:27
    381613f9e1a1         1          72          72 /opt/lab/pingpong-server.js:43
    305b3e55ef01         1          72          72 /opt/lab/pingpong-server.js:54
    305b3e55ef49         1          72          72 /opt/lab/pingpong-server.js:59
    381613f9e361         1          72          72 /opt/lab/pingpong-server.js:62
     4224cc14ca9         1          72          72 /opt/lab/pingpong-server.js:84
     4224cc14aa9         1          72         272 /opt/lab/pingpong-server.js:69
     4224cc14a19         1          72        4552 /opt/lab/pingpong-server.js:1
     4224ccea129       102        7344        7344 /opt/lab/pingpong-server.js:31
     4224cc24141       102        7344        7344 /opt/lab/pingpong-server.js:42
     4224cce6121       102        7344        7344 /opt/lab/pingpong-server.js:51
     4224cc14af1         2         208      259744 /opt/lab/pingpong-server.js:18
"##,
        },
        Example {
            why: "by package",
            line: "::jsheap -m",
            shows: r##"
         LARGEST     COUNT     SHALLOW    RETAINED CLASS
     4224cc14af1       316       22816      265432 (application)
     4224cc0b959      1808      162816      783232 (node)
     4224cccffa9     18501     3930664     4089432 (V8)
"##,
        },
    ],
    see_also: &["findjsobjects", "jsretained", "mappings"],
    json: &[
        Key::new("what", Is::Text, "the kind, or the class"),
        Key::or_null("count", Is::Number, "how many objects there are, those alive"),
        Key::new("bytes", Is::Number, "how many bytes they take themselves; of a class, -c"),
        Key::or_null("dead", Is::Number, "bytes of those that nothing keeps alive"),
        Key::new("retained", Is::Number, "of a class: how many bytes would be free without them"),
        Key::new("address", Is::Hex, "of a class: the object that retains most"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let chosen: Vec<By> = [('c', By::Constructor), ('s', By::Source), ('m', By::Package)]
        .into_iter()
        .filter_map(|(letter, by)| ctx.args.has(letter).then_some(by))
        .collect();
    let graph = ctx.session.graph()?;
    let heap = ctx.session.heap()?;
    match chosen.as_slice() {
        [] => {
            ctx.out.text(format_args!("{:<28} {:>10} {:>13} {:>13}\n", "WHAT", "COUNT", "BYTES", "DEAD"));
            for row in summary(heap, &graph) {
                ctx.out.item(&row);
            }
            Ok(())
        }
        [by] => {
            let columns = 2 * heap.width().bytes() as usize;
            if !ctx.out.is_pipe() {
                let head = ("LARGEST", "COUNT", "SHALLOW", "RETAINED");
                let (largest, count, shallow, retained) = head;
                ctx.out.text(format_args!("{largest:>columns$} {count:>9} {shallow:>11} {retained:>11} CLASS\n"));
            }
            for class in graph.classes(heap, *by) {
                let addr = graph.word(class.largest).addr();
                ctx.out.item(&Row { class, addr, columns });
            }
            Ok(())
        }
        _ => Err(Error::failed("cannot specify more than one of -c, -m and -s")),
    }
}

/// A kind of memory.
struct Part {
    what: &'static str,
    count: Option<u64>,
    bytes: u64,
    dead: Option<u64>,
}

/// The kinds in which V8's heap is summed up, in the order of the listing.
const PARTS: [&str; 8] =
    ["objects", "arrays", "closures", "strings", "numbers", "code", "shapes", "other objects of V8"];

/// Which of [`PARTS`] an object of `kind` is.
fn part_of(kind: Option<Kind>) -> usize {
    match kind {
        Some(Kind::JsFunction | Kind::JsBoundFunction) => 2,
        Some(Kind::JsArray) => 1,
        Some(kind) if is_javascript(kind) => 0,
        Some(Kind::String | Kind::Symbol) => 3,
        Some(Kind::HeapNumber | Kind::BigInt) => 4,
        Some(
            Kind::Code
            | Kind::BytecodeArray
            | Kind::SharedFunctionInfo
            | Kind::Script
            | Kind::ScopeInfo
            | Kind::UncompiledData
            | Kind::InterpreterData
            | Kind::PositionsWithCache,
        ) => 5,
        Some(Kind::Map | Kind::DescriptorArray) => 6,
        _ => 7,
    }
}

fn summary(heap: Heap<'_>, graph: &Graph) -> Vec<Part> {
    let mut parts: Vec<Part> =
        PARTS.iter().map(|&what| Part { what, count: Some(0), bytes: 0, dead: Some(0) }).collect();
    let mut outside = Part { what: "outside bytes of these", count: None, bytes: 0, dead: Some(0) };
    let free = graph.free();
    for node in graph.nodes() {
        let (kind, size, more) = (graph.kind(heap, node), graph.shallow(node), graph.outside(node));
        let part = &mut parts[part_of(kind)];
        if graph.is_reached(node) {
            part.count = part.count.map(|count| count + 1);
            part.bytes += size;
            outside.bytes += more;
        } else {
            part.dead = part.dead.map(|dead| dead + size);
            outside.dead = outside.dead.map(|dead| dead + more);
        }
    }
    let objects: u64 = parts.iter().map(|part| part.bytes + part.dead.unwrap_or(0)).sum();
    parts.push(Part { what: "free in V8's pages", count: None, bytes: free, dead: None });
    parts.push(outside);
    parts.extend(mapped(heap.image(), objects + free));
    parts
}

/// The mappings by what they hold; of anonymous memory, `heap` bytes are V8's.
fn mapped(image: &Image, heap: u64) -> Vec<Part> {
    let sum = |wanted: &dyn Fn(&jsdb::image::Mapping) -> bool| {
        image.mappings.iter().filter(|mapping| wanted(mapping)).map(|mapping| mapping.size).sum::<u64>()
    };
    let of_file = |m: &jsdb::image::Mapping| m.object.is_some() || m.file.is_some();
    let all = sum(&|_| true);
    let (native, stacks) = (sum(&|m| m.content == Content::Heap), sum(&|m| m.content == Content::Stack));
    let files = sum(&|m| of_file(m) && !matches!(m.content, Content::Heap | Content::Stack));
    let other = all.saturating_sub(native + stacks + files).saturating_sub(heap);
    let part = |what, bytes| Part { what, count: None, bytes, dead: None };
    vec![
        part("native heap (brk)", native),
        part("stacks", stacks),
        part("mapped files", files),
        part("other anonymous memory", other),
        part("all mappings", all),
    ]
}

impl Item for Part {
    fn text(&self, out: &mut String) {
        let number = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
        let line = format!("{:<28} {:>10} {:>13} {:>13}", self.what, number(self.count), self.bytes, number(self.dead));
        let _ = writeln!(out, "{}", line.trim_end());
    }

    fn json(&self) -> Json {
        json!({ "what": self.what, "count": self.count, "bytes": self.bytes, "dead": self.dead })
    }
}

/// A class of objects.
struct Row {
    class: Class,
    addr: Addr,
    columns: usize,
}

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        let (w, sums) = (self.columns, self.class.sums);
        let _ = writeln!(
            out,
            "{:>w$x} {:>9} {:>11} {:>11} {}",
            self.addr, sums.count, sums.shallow, sums.retained, self.class.name
        );
    }

    fn json(&self) -> Json {
        json!({
            "what": self.class.name,
            "count": self.class.sums.count,
            "bytes": self.class.sums.shallow,
            "retained": self.class.sums.retained,
            "address": json::address(self.addr),
        })
    }
}
