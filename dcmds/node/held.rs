//! A line for a handle or a request: what `::nodehandles` and `::noderequests` have in common.

use crate::dcmds::js::jsfunction::Definition;
use jsdb::heap::node::handle::Held;
use jsdb::heap::node::{Environment, List, Places, Wrap};
use jsdb::heap::scan::{ObjectIndex, Scope};
use jsdb::heap::{Heap, JsFunction, Tagged};
use jsdb::image::{Addr, Os, Width, signal};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Item, Result, Session, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The keys that both share.
pub const KEYS: &[Key] = &[
    Key::or_null("address", Is::Hex, "the JavaScript object"),
    Key::new("class", Is::Text, "its class"),
    Key::or_null("wrap", Is::Hex, "the C++ object"),
    Key::or_null("owner", Is::Hex, "the object that programs know"),
    Key::or_null("ownerClass", Is::Text, "the class of that"),
    Key::or_null("fd", Is::Number, "file descriptor"),
    Key::or_null("listens", Is::Text, "address and port, or path, that it was told to listen on"),
    Key::or_null("local", Is::Text, "its own address and port"),
    Key::or_null("remote", Is::Text, "those of the other side"),
    Key::or_null("accepted", Is::Text, "what the server listens on that accepted it"),
    Key::or_null("path", Is::Text, "a file's path"),
    Key::or_null("operation", Is::Text, "what is done to a file"),
    Key::or_null("hostname", Is::Text, "the name that is looked up"),
    Key::or_null("pid", Is::Number, "process id"),
    Key::or_null("command", Is::Text, "the command line of that process"),
    Key::or_null("signal", Is::Number, "signal"),
    Key::or_null("delay", Is::Number, "of a timer: milliseconds"),
    Key::or_null("repeats", Is::Bool, "of a timer: whether it begins anew"),
    Key::or_null("referenced", Is::Bool, "of a timer: whether it keeps the process alive"),
    Key::or_null("function", Is::Hex, "what is called"),
    Key::or_null("name", Is::Text, "the name of that function"),
    Key::or_null("defined", Is::Object, "its file, line and position"),
];

/// Where what is listed comes from.
pub enum Source {
    /// The lists of every Environment.
    Lists(Vec<Wrap>),
    /// Objects, by their classes.
    Objects,
}

/// The members of `list` in every Environment. Warns where these are not all there are.
pub fn source(ctx: &mut Context<'_>, list: List) -> Result<Source> {
    let Some(places) = Places::of_image(&ctx.session.image) else {
        ctx.out.warn("this Node does not say which are active: what is listed was found by class and need not be");
        return Ok(Source::Objects);
    };
    let contexts = ctx.session.contexts()?;
    let (mut wraps, mut warnings) = (Vec::new(), Vec::new());
    let heap = ctx.session.heap()?;
    let environments = Environment::all(heap, &places, &contexts);
    if environments.is_empty() {
        warnings.push("no context leads to an Environment of Node".to_owned());
    }
    for environment in environments {
        let found = environment.wraps(heap, &places, list);
        if let Some(broken) = found.broken {
            warnings.push(format!("{}: its list cannot be followed beyond {broken}", environment.addr));
        }
        wraps.extend(found.list);
    }
    for warning in warnings {
        ctx.out.warn(warning);
    }
    Ok(Source::Lists(wraps))
}

/// The objects of the image.
pub fn objects(session: &Session) -> Result<std::sync::Arc<ObjectIndex>> {
    session.objects(Scope::Anonymous)
}

/// Puts out a line for each of `all`.
pub fn show(ctx: &mut Context<'_>, all: Vec<Held>) -> Result<()> {
    let heap = ctx.session.heap()?;
    if !ctx.out.is_pipe() {
        ctx.out.text(header(heap.width()));
    }
    for held in all {
        ctx.out.item(&Row::new(heap, held));
    }
    Ok(())
}

/// How wide classes are.
const CLASS: usize = 16;
/// How wide classes of owners are.
const OWNER: usize = 14;

fn digits(width: Width) -> usize {
    2 * width.bytes() as usize
}

fn header(width: Width) -> String {
    let w = digits(width);
    format!("{:>w$} {:<CLASS$} {:>4} {:<OWNER$} {}\n", "ADDR", "CLASS", "FD", "OWNER", "WHAT")
}

/// One handle or request.
struct Row {
    width: Width,
    os: Os,
    held: Held,
    called: Option<Called>,
}

/// A function that is called.
struct Called {
    function: Tagged,
    name: String,
    definition: Definition,
}

impl Called {
    fn new(heap: Heap<'_>, function: Tagged) -> Option<Called> {
        let shared = JsFunction::load(heap, function).ok()?.shared();
        Some(Called { function, name: shared.name().to_string(), definition: Definition::of(shared) })
    }
}

impl Row {
    fn new(heap: Heap<'_>, held: Held) -> Row {
        let called = held.callback.and_then(|function| Called::new(heap, function));
        Row { width: heap.width(), os: heap.image().os, held, called }
    }

    /// What it is about, in words.
    fn what(&self) -> String {
        let held = &self.held;
        let mut words = Vec::new();
        if let Some(listens) = &held.listens {
            words.push(format!("listens on {listens}"));
        }
        match (&held.local, &held.remote) {
            (Some(local), Some(remote)) => words.push(format!("{local} to {remote}")),
            (Some(local), None) => words.push(format!("at {local}")),
            (None, Some(remote)) => words.push(format!("to {remote}")),
            (None, None) => {}
        }
        words.extend(held.accepted.as_ref().map(|server| format!("accepted on {server}")));
        words.extend(held.hostname.as_ref().map(|name| format!("looks up {name}")));
        let file = [held.operation, held.path.as_deref()];
        if file.iter().any(Option::is_some) {
            words.push(file.into_iter().flatten().collect::<Vec<_>>().join(" "));
        }
        words.extend(held.pid.map(|pid| format!("process {pid}")));
        words.extend(held.command.clone());
        words.extend(held.signal.map(|signal| signal::name(self.os, signal)));
        if let Some(timer) = &held.timer {
            let when = if timer.repeats { "every" } else { "after" };
            let idle = if timer.referenced == Some(false) { ", unreferenced" } else { "" };
            words.push(format!("{when} {} ms{idle}", timer.delay));
        }
        let called = self.called.as_ref().map(|called| format!("calls {}, {}", called.name, called.definition));
        words.extend(called);
        words.join("; ")
    }
}

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        self.held.object.map(Tagged::addr)
    }

    fn text(&self, out: &mut String) {
        let w = digits(self.width);
        let addr = self.held.object.map_or_else(|| "-".to_owned(), |object| object.to_string());
        let fd = self.held.fd.map_or_else(|| "-".to_owned(), |fd| fd.to_string());
        let owner = self.held.owner_class.as_deref().unwrap_or("-");
        let line = format!("{addr:>w$} {:<CLASS$} {fd:>4} {owner:<OWNER$} {}", self.held.class, self.what());
        let _ = writeln!(out, "{}", line.trim_end());
    }

    fn json(&self) -> Json {
        let (held, address) = (&self.held, |word: Tagged| json::address(word.addr()));
        let called = self.called.as_ref();
        json!({
            "address": held.object.map(address),
            "class": held.class,
            "wrap": held.wrap.map(json::address),
            "owner": held.owner.map(address),
            "ownerClass": held.owner_class,
            "fd": held.fd,
            "listens": held.listens,
            "local": held.local,
            "remote": held.remote,
            "accepted": held.accepted,
            "path": held.path,
            "operation": held.operation,
            "hostname": held.hostname,
            "pid": held.pid,
            "command": held.command,
            "signal": held.signal,
            "delay": held.timer.map(|timer| json::number(timer.delay)),
            "repeats": held.timer.map(|timer| timer.repeats),
            "referenced": held.timer.and_then(|timer| timer.referenced),
            "function": called.map(|called| address(called.function)),
            "name": called.map(|called| &called.name),
            "defined": called.map(|called| called.definition.json()),
        })
    }
}
