//! `::nodeinfo`: which Node the process is, and how it was started.

use jsdb::heap::inspect::{self, Limits, TextOptions};
use jsdb::heap::node::uptime;
use jsdb::heap::property::PropertyValue;
use jsdb::heap::scan::Scope;
use jsdb::heap::{Heap, Kind, Tagged, elements, object};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Error, Example, Item, Result, Session, Subject, json, number};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// `::nodeinfo`.
pub static DCMD: Dcmd = Dcmd {
    name: "nodeinfo",
    subject: Subject::Node,
    summary: "print the version of Node and how it was started",
    help: "\
Shows what the object `process` of the program says: the version of Node and of what it is linked with, the platform, the
process, its arguments. What it does not say, or cannot be read, is left out.

`uptime` is how long the process had been running when its event loop last looked at the clock, at the beginning of a turn:
no core says when it was written. Both that and `started` are what Node and libuv have noted, or the system, and need the
executable's symbols.",
    examples: &[Example { why: "which Node, and on what", line: "::nodeinfo ! head -3", shows: r##"
node:      v0.10.48
v8:        3.14.5.11
platform:  linux x64
"## }],
    see_also: &["status", "findjsobjects"],
    json: &[
        Key::new("address", Is::Hex, "the object `process`"),
        Key::or_null("node", Is::Text, "the version of Node"),
        Key::new("v8", Is::Text, "the version of V8"),
        Key::or_null("platform", Is::Text, "the operating system"),
        Key::or_null("arch", Is::Text, "the processor"),
        Key::or_null("pid", Is::Number, "the process"),
        Key::or_null("started", Is::Number, "when it began: milliseconds since 1970"),
        Key::or_null("uptime", Is::Number, "how many seconds it had run when its event loop last looked at the clock"),
        Key::or_null("exec_path", Is::Text, "the executable"),
        Key::new("argv", Is::List, "its arguments"),
        Key::new("versions", Is::Object, "versions of all that Node is linked with"),
    ],
    run,
    ..Dcmd::BASE
};

/// The longest text that is taken of a value, in characters.
const LIMIT: usize = 4096;
/// More arguments or versions than are shown.
const MOST: usize = 1000;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let heap = ctx.session.heap()?;
    let process = process(ctx.session, heap)?
        .ok_or_else(|| Error::failed("no object `process` was found: is this a Node that has started?"))?;
    let member = |name: &str| text(heap, object::named(heap, process, name).ok()??);
    let object_of = |name: &str| match object::named(heap, process, name) {
        Ok(Some(PropertyValue::Tagged(word))) => Some(word),
        _ => None,
    };
    let argv = object_of("argv").map(|argv| strings(heap, argv)).unwrap_or_default();
    let versions = object_of("versions").map(|versions| texts(heap, versions)).unwrap_or_default();
    let pid = member("pid").and_then(|pid| pid.parse().ok());
    let info = Info {
        process,
        node: member("version"),
        v8: heap.layout().version.to_string(),
        platform: member("platform"),
        arch: member("arch"),
        pid: pid.or(ctx.session.image.process.pid.map(i64::from)),
        started: uptime::started(heap.image()),
        uptime: uptime::uptime(heap),
        exec_path: member("execPath"),
        argv,
        versions,
    };
    ctx.out.item(&info);
    Ok(())
}

/// The object that the program calls `process`: the one of that class which has versions.
fn process(session: &Session, heap: Heap<'_>) -> Result<Option<Tagged>> {
    let index = session.objects(Scope::Anonymous)?;
    let of_class = |name: &str| name == "process" || name == "EventEmitter";
    let groups = index.groups().iter().filter(|group| index.constructor(group).is_some_and(|name| of_class(&name)));
    let mut objects = groups.flat_map(|group| index.objects(group).take(MOST));
    // Memory that was once part of such an object can look like one.
    Ok(objects.find(|&word| {
        let kind = |name: &str| match object::named(heap, word, name) {
            Ok(Some(PropertyValue::Tagged(value))) => heap.kind(value).ok().flatten(),
            _ => None,
        };
        kind("versions") == Some(Kind::JsObject) && kind("argv") == Some(Kind::JsArray)
    }))
}

/// A primitive value as text, a string without its quotes.
fn text(heap: Heap<'_>, value: PropertyValue) -> Option<String> {
    if let PropertyValue::Tagged(word) = value
        && heap.is(word, Kind::String)
    {
        return heap.name_text(word);
    }
    let limits = Limits { depth: 0, string: Some(LIMIT), ..Limits::default() };
    let inspected = inspect::inspect_property(heap, value, limits);
    let mut out = String::new();
    inspected.text(&mut out, TextOptions::default());
    (!inspected.is_bad()).then_some(out)
}

/// The strings of an array.
fn strings(heap: Heap<'_>, array: Tagged) -> Vec<String> {
    let Ok((_, list)) = elements::array_elements(heap, array) else { return Vec::new() };
    let word = |element| match element {
        elements::Element::Tagged(word) => heap.name_text(word),
        _ => None,
    };
    list.into_iter().take(MOST).filter_map(|(_, element)| word(element)).collect()
}

/// The properties of an object, as texts.
fn texts(heap: Heap<'_>, word: Tagged) -> Vec<(String, String)> {
    let Ok(found) = object::properties(heap, word) else { return Vec::new() };
    let pair = |p: &jsdb::heap::property::Property| Some((inspect::key_text(heap, p.key), text(heap, p.value)?));
    found.list.iter().take(MOST).filter_map(pair).collect()
}

struct Info {
    process: Tagged,
    node: Option<String>,
    v8: String,
    platform: Option<String>,
    arch: Option<String>,
    pid: Option<i64>,
    started: Option<f64>,
    uptime: Option<f64>,
    exec_path: Option<String>,
    argv: Vec<String>,
    versions: Vec<(String, String)>,
}

impl Item for Info {
    fn addr(&self) -> Option<jsdb::image::Addr> {
        Some(self.process.addr())
    }

    fn text(&self, out: &mut String) {
        let mut row = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = writeln!(out, "{name:<10} {value}");
            }
        };
        row("node:", self.node.clone());
        row("v8:", Some(self.v8.clone()));
        let platform = [&self.platform, &self.arch].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        row("platform:", Some(platform).filter(|text| !text.is_empty()));
        row("pid:", self.pid.map(|pid| pid.to_string()));
        row("started:", self.started.and_then(|started| number::date((started / 1e3) as i64)));
        row("uptime:", self.uptime.map(|uptime| format!("{uptime:.3} s")));
        row("execPath:", self.exec_path.clone());
        row("argv:", Some(self.argv.join(" ")).filter(|text| !text.is_empty()));
        for (name, version) in &self.versions {
            row(&format!("  {name}:"), Some(version.clone()));
        }
    }

    fn json(&self) -> Json {
        let versions: serde_json::Map<_, _> =
            self.versions.iter().map(|(name, version)| (name.clone(), json!(version))).collect();
        json!({
            "address": json::address(self.process.addr()),
            "node": self.node,
            "v8": self.v8,
            "platform": self.platform,
            "arch": self.arch,
            "pid": self.pid,
            "started": self.started.map(json::number),
            "uptime": self.uptime.map(json::number),
            "exec_path": self.exec_path,
            "argv": self.argv,
            "versions": versions,
        })
    }
}
