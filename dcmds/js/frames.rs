//! What `::jsstack` and `::jsframe` show of a frame.
//!
//! Must not know: which frames there are.

use super::jsfunction::Definition;
use jsdb::heap::frame::Arguments;
use jsdb::heap::script::{Place, SourceLine};
use jsdb::heap::shared::FunctionName;
use jsdb::heap::string::escape_lines;
use jsdb::heap::{Frame, FrameKind, Heap, JsFunction, Tagged, describe};
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
    Key::new("function", Is::Hex, "the JavaScript function"),
    Key::new("defined", Is::Object, "-v: its file, line and position"),
    Key::or_null("at", Is::Object, "-v: line and column of what is being executed, where the frame tells"),
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
pub fn show(heap: Heap<'_>, frame: &Frame, options: &Options, out: &mut Out) -> Result<()> {
    let kind = frame.kind(heap);
    let FrameKind::JavaScript(function) = kind else {
        if options.function.is_none() && options.property.is_none() {
            out.item(&Plain { frame: frame.clone(), what: What::new(kind), all: options.all });
        }
        return Ok(());
    };
    let name = function.shared().name();
    if options.function.as_ref().is_some_and(|wanted| *wanted != name.to_string()) {
        return Ok(());
    }
    if let Some(property) = &options.property {
        let found = Details::new(heap, frame, function).property(property);
        let found = found.ok_or_else(|| Error::failed(format!("unknown frame property '{property}'")))?;
        out.item(&found);
        return Ok(());
    }
    let details = options.verbose.then(|| Details::new(heap, frame, function));
    let source = match &details {
        Some(_) if options.lines > 0 => source(function, options.lines, out),
        _ => None,
    };
    out.item(&JavaScript { frame: frame.clone(), function: function.word(), name, all: options.all, details, source });
    Ok(())
}

/// The lines of `function` with `around` more on either side; without them, a warning says why.
fn source(function: JsFunction<'_>, around: usize, out: &mut Out) -> Option<Vec<SourceLine>> {
    match function.shared().lines(around) {
        Ok(lines) => Some(lines),
        Err(error) => {
            out.warn(format_args!("the source of {} cannot be shown: {error}", function.word()));
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

/// A word and its type: `4 (SMI: value = 2)`.
pub struct Word {
    word: Tagged,
    kind: String,
}

impl Word {
    /// What `word` is.
    pub fn new(heap: Heap<'_>, word: Tagged) -> Word {
        let kind = describe::type_name(heap, word).unwrap_or_else(|_| "<unreadable>".to_owned());
        Word { word, kind }
    }

    /// As one JSON object.
    pub fn json(&self) -> Json {
        json!({ "address": json::address(self.word.addr()), "type": self.kind })
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.word, self.kind)
    }
}

/// What `-v` and `-p` tell of a JavaScript frame.
struct Details {
    definition: Definition,
    /// What is being executed; absent where the frame does not tell.
    at: Option<Place>,
    this: Option<Word>,
    arguments: Vec<Option<Word>>,
}

impl Details {
    fn new(heap: Heap<'_>, frame: &Frame, function: JsFunction<'_>) -> Details {
        let words = frame.arguments(heap, function).unwrap_or(Arguments { this: None, arguments: Vec::new() });
        let word = |word: Option<Tagged>| word.map(|word| Word::new(heap, word));
        let position = frame.position(heap);
        Details {
            definition: Definition::of(function.shared()),
            at: position.and_then(|position| function.shared().script().ok()?.place(position)),
            this: word(words.this),
            arguments: words.arguments.into_iter().map(word).collect(),
        }
    }

    fn property(self, name: &str) -> Option<Property> {
        let argument = |name: &str| name.strip_prefix("arg")?.parse::<usize>().ok()?.checked_sub(1);
        match name {
            "file" => self.definition.file.map(Property::Text),
            "posn" => self.definition.location.map(|location| Property::Text(location.to_string())),
            "at" => self.at.map(|at| Property::Text(at.to_string())),
            "this" => self.this.map(|this| Property::Word(this.word)),
            name => {
                let argument = self.arguments.into_iter().nth(argument(name)?)?;
                argument.map(|argument| Property::Word(argument.word))
            }
        }
    }

    fn push(&self, out: &mut String) {
        if let Some(file) = &self.definition.file {
            let _ = writeln!(out, "file: {file}");
        }
        if let Some(location) = &self.definition.location {
            let _ = writeln!(out, "posn: {location}");
        }
        if let Some(at) = &self.at {
            let _ = writeln!(out, "at: {at}");
        }
        if let Some(this) = &self.this {
            let _ = writeln!(out, "this: {this}");
        }
        for (at, argument) in self.arguments.iter().enumerate() {
            if let Some(argument) = argument {
                let _ = writeln!(out, "arg{}: {argument}", at + 1);
            }
        }
    }
}

/// One property of a frame.
enum Property {
    Text(String),
    Word(Tagged),
}

impl Item for Property {
    fn addr(&self) -> Option<Addr> {
        match self {
            Property::Text(_) => None,
            Property::Word(word) => Some(word.addr()),
        }
    }

    fn text(&self, out: &mut String) {
        let _ = match self {
            Property::Text(text) => writeln!(out, "{text}"),
            Property::Word(word) => writeln!(out, "{word}"),
        };
    }

    fn json(&self) -> Json {
        match self {
            Property::Text(text) => json!({ "value": text }),
            Property::Word(word) => json!({ "value": json::address(word.addr()) }),
        }
    }
}

/// A frame of a JavaScript function.
struct JavaScript {
    frame: Frame,
    function: Tagged,
    name: FunctionName,
    all: bool,
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
        let JavaScript { frame, function, name, .. } = self;
        let _ = if self.all {
            writeln!(out, "{} {} {name} (JSFunction: {function})", frame.fp, pc_text(frame))
        } else {
            writeln!(out, "js:     {name}")
        };
        let mut details = String::new();
        if let Some(known) = &self.details {
            known.push(&mut details);
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
            "function": json::address(self.function.addr()),
        });
        if let Some(details) = &self.details {
            json["defined"] = details.definition.json();
            json["at"] = json!(details.at.map(|at| json!({ "line": at.line, "column": at.column })));
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
