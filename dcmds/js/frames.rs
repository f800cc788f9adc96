//! What `::jsstack` and `::jsframe` show of a frame.
//!
//! Must not know: which frames there are.

use super::frame_details::{At, Details, Property, Word};
use jsdb::heap::code::CodeFinder;
use jsdb::heap::layout::shape::LineTable;
use jsdb::heap::optimized::Activation;
use jsdb::heap::script::SourceLine;
use jsdb::heap::shared::FunctionName;
use jsdb::heap::string::escape_lines;
use jsdb::heap::{Frame, FrameKind, Heap, JsFunction, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Args, Error, Item, Opt, OptValue, Out, Result, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// What a frame is in JSON.
pub const KEYS: &[Key] = &[
    Key::new("kind", Is::Text, "js, native or internal"),
    Key::new("fp", Is::Hex, "its frame pointer"),
    Key::or_null("pc", Is::Hex, "where it goes on"),
    Key::or_null("name", Is::Text, "the function"),
    Key::or_null("object", Is::Object, "what lies in the place of a function: address and type"),
    Key::or_null("function", Is::Hex, "the JavaScript function"),
    Key::new("inlined", Is::Bool, "whether it is inlined into the function that the frame is of, which follows"),
    Key::new("defined", Is::Object, "-v: its file, line and position"),
    Key::or_null(
        "at",
        Is::Object,
        "-l, -v: file, line and column of what is being executed, or near that, where the frame tells",
    ),
    Key::or_null("this", Is::Object, "-v: address and type"),
    Key::new("arguments", Is::List, "-v: address and type of each"),
    Key::new("source", Is::List, "-v: line and text of each line"),
    Key::new("value", Is::Text, "-p: the property"),
];

/// `-a`.
pub const ALL: Opt =
    Opt { letter: 'a', value: OptValue::Flag, help: "also show V8's own frames, and the address of everything" };

/// `-v`.
pub const VERBOSE: Opt = Opt {
    letter: 'v',
    value: OptValue::Flag,
    help: "also show where each function is defined, its arguments and source",
};

/// `-l`.
pub const PLACE: Opt =
    Opt { letter: 'l', value: OptValue::Flag, help: "also show the file and line that each function is executing" };

/// `-f`.
pub const FUNCTION: Opt =
    Opt { letter: 'f', value: OptValue::Text("function"), help: "only frames of functions of this name" };

/// `-p`.
pub const PROPERTY: Opt = Opt {
    letter: 'p',
    value: OptValue::Text("property"),
    help: "only this property of each frame: file, posn, at, this, arg1, arg2, ...",
};

/// `-n`.
pub const LINES: Opt = Opt {
    letter: 'n',
    value: OptValue::Number("numlines"),
    help: "with -v, lines of source around the function; 0 for no source (default 5)",
};

/// Which frames are shown, and how much of them.
pub struct Options {
    all: bool,
    verbose: bool,
    place: bool,
    function: Option<String>,
    property: Option<String>,
    lines: usize,
}

impl Options {
    /// What the options in `args` say.
    pub fn new(args: &Args) -> Options {
        Options {
            all: args.has('a'),
            verbose: args.has('v'),
            place: args.has('l'),
            function: args.text('f').map(str::to_owned),
            property: args.text('p').map(str::to_owned),
            lines: args.number('n').map_or(5, |n| usize::try_from(n).unwrap_or(usize::MAX)),
        }
    }
}

/// Shows what `options` ask for of `frame`.
///
/// # Errors
/// When a property is asked for that the frame does not have.
pub fn show<'s>(
    heap: Heap<'s>,
    codes: &mut CodeFinder<'s>,
    frame: &Frame,
    options: &Options,
    out: &mut Out,
) -> Result<()> {
    let kind = frame.kind(heap);
    let FrameKind::JavaScript(function) = kind else {
        if options.function.is_none() && options.property.is_none() {
            out.item(&Plain { frame: frame.clone(), what: What::new(kind), all: options.all });
        }
        return Ok(());
    };
    let running = frame.activations(heap, codes, function);
    running.iter().try_for_each(|running| show_running(heap, frame, running, options, out))
}

/// Shows what `options` ask for of a function that runs in `frame`.
fn show_running(
    heap: Heap<'_>,
    frame: &Frame,
    running: &Activation<'_>,
    options: &Options,
    out: &mut Out,
) -> Result<()> {
    let name = running.shared.name();
    if options.function.as_ref().is_some_and(|wanted| *wanted != name.to_string()) {
        return Ok(());
    }
    if let Some(property) = &options.property {
        let found = match property.as_str() {
            "at" => At::of(running).map(|at| Property::Text(at.place())),
            _ => Details::new(heap, running).property(property),
        };
        let found = found.ok_or_else(|| Error::failed(format!("unknown frame property '{property}'")))?;
        out.item(&found);
        return Ok(());
    }
    let details = options.verbose.then(|| Details::new(heap, running));
    let source = match &details {
        Some(_) if options.lines > 0 => source(running, options.lines, out),
        _ => None,
    };
    let at = (options.place || options.verbose).then(|| At::of(running));
    out.item(&JavaScript {
        frame: frame.clone(),
        function: running.function.map(JsFunction::word),
        is_inlined: running.is_inlined,
        name,
        all: options.all,
        place: options.place,
        at_line: heap.layout().shapes.lines == LineTable::Counted,
        at,
        details,
        source,
    });
    Ok(())
}

/// The lines of the function of `running` with `around` more on either side; without them, a warning says why.
fn source(running: &Activation<'_>, around: usize, out: &mut Out) -> Option<Vec<SourceLine>> {
    match running.shared.lines(around) {
        Ok(lines) => Some(lines),
        Err(error) => {
            let word = running.function.map_or(running.shared.word(), JsFunction::word);
            out.warn(format_args!("the source of {word} cannot be shown: {error}"));
            Some(Vec::new())
        }
    }
}

/// The head of the function that Node (to 10) wraps a module in, put before its first line.
const WRAPPER: &str = "(function (exports, require, module, __filename, __dirname) { ";

/// Appends `lines` as `::jsstack -v` and `::jssource` show them: an empty line, then each with its number. Where they
/// begin with Node's wrapper, its parenthesis stands in place of the empty line, as mdb_v8 has it.
pub fn push_lines(out: &mut String, lines: &[SourceLine]) {
    for (at, SourceLine { number, units }) in lines.iter().enumerate() {
        let units = units.strip_suffix(&[u16::from(b'\r')]).unwrap_or(units);
        let text = escape_lines(units);
        match text.strip_prefix('(').filter(|_| at == 0 && *number == 1 && text.starts_with(WRAPPER)) {
            Some(rest) => {
                let _ = writeln!(out, "({number:>5} {rest}");
            }
            None => {
                let first = if at == 0 { "\n" } else { "" };
                let _ = writeln!(out, "{first}{number:>5} {text}");
            }
        }
    }
    if lines.is_empty() {
        out.push('\n');
    }
}

/// A frame that is not JavaScript's.
struct Plain {
    frame: Frame,
    what: What,
    all: bool,
}

/// What a frame that is not JavaScript's belongs to.
enum What {
    /// A native function, by its name and offset.
    Native(String),
    /// The kernel, by the name and offset in its code.
    Kernel(String),
    /// V8 itself: the type of the frame, if it is known.
    Internal(Option<String>),
    /// V8 itself, or nothing known: the object in place of the function, after what is said of it.
    Object(&'static str, Word),
}

impl What {
    fn new(kind: FrameKind<'_>) -> What {
        match kind {
            FrameKind::Native(name) => What::Native(name.to_string()),
            FrameKind::Kernel(name) => What::Kernel(name.to_string()),
            FrameKind::Internal(name) => What::Internal(name.map(str::to_owned)),
            FrameKind::Code(word) => What::Object("internal", Word { word, kind: "Code".to_owned() }),
            FrameKind::Other(word, class) => What::Object("unknown", Word { word, kind: class.to_owned() }),
            FrameKind::Unknown | FrameKind::JavaScript(_) => What::Internal(None),
        }
    }
}

/// The most that is shown of a native function's name, in characters.
const NATIVE_COLUMNS: usize = 65;

/// What stands for a frame that is left out.
const ELIDED: &str = "        (1 internal frame elided)\n";

/// Tells how many of `frames` are the kernel's, if `options` leave those out. mdb_v8, which has no name for the one that
/// a process on Linux waits in, tells of it last.
pub fn note_kernel(heap: Heap<'_>, frames: &[Frame], options: &Options, out: &mut Out) {
    if options.all || options.function.is_some() || options.property.is_some() {
        return;
    }
    match frames.iter().filter(|frame| matches!(frame.kind(heap), FrameKind::Kernel(_))).count() {
        0 => {}
        1 => out.text(ELIDED),
        count => out.text(format_args!("        ({count} internal frames elided)\n")),
    }
}

impl Item for Plain {
    fn addr(&self) -> Option<Addr> {
        Some(self.frame.fp)
    }

    fn text(&self, out: &mut String) {
        let fp = self.frame.fp;
        let _ = match &self.what {
            What::Native(name) | What::Kernel(name) if self.all => writeln!(out, "{fp} {name}"),
            What::Native(name) if name.chars().count() <= NATIVE_COLUMNS => writeln!(out, "native: {name}"),
            What::Native(name) => {
                let cut: String = name.chars().take(NATIVE_COLUMNS - 1).collect();
                writeln!(out, "native: {cut}...")
            }
            What::Internal(Some(name)) if self.all => writeln!(out, "{fp} {} <{name}>", pc_text(&self.frame)),
            What::Internal(None) if self.all => writeln!(out, "{fp} {}", pc_text(&self.frame)),
            What::Object(what, Word { word, kind }) if self.all => {
                writeln!(out, "{fp} {} {what} ({kind}: {word})", pc_text(&self.frame))
            }
            What::Internal(_) | What::Object(..) => out.write_str(ELIDED),
            What::Kernel(_) => Ok(()),
        };
    }

    fn json(&self) -> Json {
        let (kind, name, object) = match &self.what {
            What::Native(name) | What::Kernel(name) => ("native", Some(name), None),
            What::Internal(name) => ("internal", name.as_ref(), None),
            What::Object(_, object) => ("internal", None, Some(object.json())),
        };
        json!({
            "kind": kind,
            "fp": json::address(self.frame.fp),
            "pc": self.frame.pc.map(json::address),
            "name": name,
            "object": object,
        })
    }
}

fn pc_text(frame: &Frame) -> String {
    format!("0x{}", frame.pc.unwrap_or_default())
}

/// A frame of a JavaScript function.
struct JavaScript {
    frame: Frame,
    /// The closure; absent for an inlined one that is nowhere in memory.
    function: Option<Tagged>,
    /// Whether V8 inlined it into the function that the frame is of.
    is_inlined: bool,
    name: FunctionName,
    all: bool,
    /// Whether the text says beside the name where the function is.
    place: bool,
    /// Whether the details say it: of V8 3.14 they are mdb_v8's, which does not know.
    at_line: bool,
    /// Where it is: absent when not asked for.
    at: Option<Option<At>>,
    details: Option<Details>,
    source: Option<Vec<SourceLine>>,
}

/// How far the details are set in, in columns.
const INDENT: usize = 10;

impl Item for JavaScript {
    fn addr(&self) -> Option<Addr> {
        Some(self.frame.fp)
    }

    fn text(&self, out: &mut String) {
        let JavaScript { frame, name, .. } = self;
        let inlined = if self.is_inlined { " [inlined]" } else { "" };
        let _ = if self.all {
            write!(out, "{} {} {name}{inlined}", frame.fp, pc_text(frame))
        } else {
            write!(out, "js:     {name}{inlined}")
        };
        if let Some(function) = self.function.filter(|_| self.all) {
            let _ = write!(out, " (JSFunction: {function})");
        }
        if let Some(Some(at)) = self.at.as_ref().filter(|_| self.place) {
            let _ = write!(out, " ({at})");
        }
        out.push('\n');
        let mut details = String::new();
        if let Some(known) = &self.details {
            known.push(&mut details, self.at.as_ref().filter(|_| self.at_line).and_then(Option::as_ref));
        }
        if let Some(lines) = &self.source {
            push_lines(&mut details, lines);
            details.push('\n');
        }
        for line in details.lines() {
            let _ = writeln!(out, "{:INDENT$}{line}", "");
        }
    }

    fn json(&self) -> Json {
        let mut json = json!({
            "kind": "js",
            "fp": json::address(self.frame.fp),
            "pc": self.frame.pc.map(json::address),
            "name": self.name.to_string(),
            "function": self.function.map(|function| json::address(function.addr())),
            "inlined": self.is_inlined,
        });
        if let Some(at) = &self.at {
            json["at"] = json!(at.as_ref().map(At::json));
        }
        if let Some(details) = &self.details {
            json["defined"] = details.definition.json();
            json["this"] = json!(details.this.as_ref().map(Word::json));
            json["arguments"] = details.arguments.iter().map(|a| json!(a.as_ref().map(Word::json))).collect();
        }
        if let Some(lines) = &self.source {
            let line = |line: &SourceLine| json!({ "line": line.number, "text": escape_lines(&line.units) });
            json["source"] = lines.iter().map(line).collect();
        }
        json
    }
}
