//! Handles and requests: what each is about, as far as Node's JavaScript and libuv still know.
//!
//! The addresses of a socket are in the kernel. Node keeps some: what a server was told to listen on, and what a program
//! has asked a socket for.
//!
//! Knows: `lib/net.js`, `lib/dgram.js`, `lib/fs.js`, `lib/internal/child_process.js`. Must not know: how it is shown.

use super::members::{self, Members};
use super::timer::{self, Timer};
use super::{Wrap, uv};
use crate::heap::layout::shape::UvShape;
use crate::heap::shared::FunctionName;
use crate::heap::{Heap, JsFunction, Tagged, describe};
use crate::image::Addr;

/// A handle or a request.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Held {
    /// Its JavaScript object.
    pub object: Option<Tagged>,
    /// The class of that.
    pub class: String,
    /// The C++ object; absent for a timer.
    pub wrap: Option<Addr>,
    /// The object that programs know: a Socket, a Server, a ChildProcess.
    pub owner: Option<Tagged>,
    /// The class of that.
    pub owner_class: Option<String>,
    /// File descriptor.
    pub fd: Option<i32>,
    /// Address and port, or path, on which it listens.
    pub listens: Option<String>,
    /// Its own address and port.
    pub local: Option<String>,
    /// Those of the other side.
    pub remote: Option<String>,
    /// What the server listens on that accepted it.
    pub accepted: Option<String>,
    /// Path of a file.
    pub path: Option<String>,
    /// What is done to a file.
    pub operation: Option<&'static str>,
    /// The name that is looked up.
    pub hostname: Option<String>,
    /// Process id.
    pub pid: Option<i32>,
    /// The command line of that process.
    pub command: Option<String>,
    /// Signal.
    pub signal: Option<i32>,
    /// For a timer: when it is due, and how often.
    pub timer: Option<Timer>,
    /// What is called at the end.
    pub callback: Option<Tagged>,
}

/// What the properties are called that lead from a handle to the object that programs know.
const OWNERS: [&str; 3] = ["Symbol(owner_symbol)", "Symbol(owner)", "owner"];
/// The most arguments of a command that are told.
const MOST_ARGUMENTS: usize = 64;

/// The name of the class of `object`; that of its type where it has none.
pub fn class(heap: Heap<'_>, object: Tagged) -> String {
    let constructor = describe::constructor(heap, object).and_then(|constructor| JsFunction::load(heap, constructor));
    let named = constructor.map(|constructor| constructor.shared().name()).ok().and_then(|name| {
        let own = [name.own, name.inferred].into_iter().flatten().find(|name| !name.is_empty())?;
        Some(FunctionName { own: Some(own), inferred: None }.to_string())
    });
    named.or_else(|| describe::type_name(heap, object).ok()).unwrap_or_else(|| "<unknown>".to_owned())
}

/// The handle at `wrap`; a timer of versions whose timers are handles is many: those of its list.
pub fn handles(heap: Heap<'_>, wrap: Wrap) -> Vec<Held> {
    let held = handle(heap, wrap);
    let timers = match wrap.object {
        Some(object) => timer::of_handle(heap, object),
        None => Vec::new(),
    };
    if timers.is_empty() { vec![held] } else { timers }
}

fn handle(heap: Heap<'_>, wrap: Wrap) -> Held {
    let mut out = start(heap, wrap);
    let places = match heap.layout().shapes.uv {
        UvShape::V0_10 => uv::V0_10,
        UvShape::V1 => uv::V1,
    };
    if let Some(handle) = uv::handle(heap.space(), places, wrap.addr) {
        (out.fd, out.pid, out.signal, out.path) = (handle.fd, handle.pid, handle.signal, handle.path);
    }
    let Some(object) = wrap.object else { return out };
    let own = Members::of(heap, object);
    out.owner = OWNERS.iter().find_map(|name| own.object(name));
    if let Some(owner) = out.owner {
        out.owner_class = Some(class(heap, owner));
        tell_owner(heap, &Members::of(heap, owner), &mut out);
    }
    out
}

/// The request at `wrap`.
pub fn request(heap: Heap<'_>, wrap: Wrap) -> Held {
    let mut out = start(heap, wrap);
    if let Some(request) = uv::request(heap.space(), wrap.addr) {
        (out.operation, out.path) = (request.operation, request.path);
    }
    if let Some(object) = wrap.object {
        tell_request(heap, object, &mut out);
    }
    out
}

/// Adds to `out` what the JavaScript object of a request tells.
pub fn tell_request(heap: Heap<'_>, object: Tagged, out: &mut Held) {
    let own = Members::of(heap, object);
    out.hostname = own.text("hostname").or_else(|| own.text("host"));
    out.path = out.path.take().or_else(|| own.text("path"));
    out.remote = match (own.text("address"), own.number("port")) {
        (Some(address), Some(port)) => Some(endpoint(&address, &port.to_string())),
        (address, _) => address,
    };
    out.owner = own.object("handle");
    out.owner_class = out.owner.map(|owner| class(heap, owner));
    let called = ["callback", "oncomplete"].iter().find_map(|name| own.function(name));
    out.callback = called.map(|function| timer::wrapped(heap, function));
}

fn start(heap: Heap<'_>, wrap: Wrap) -> Held {
    let class = wrap.object.map_or_else(|| "<gone>".to_owned(), |object| class(heap, object));
    Held { object: wrap.object, class, wrap: Some(wrap.addr), ..Held::default() }
}

fn tell_owner(heap: Heap<'_>, owner: &Members<'_>, out: &mut Held) {
    out.listens = listens(owner);
    out.local = owner.inside("_sockname").and_then(|name| socket_name(&name));
    out.remote = owner.inside("_peername").and_then(|name| socket_name(&name));
    if out.remote.is_none() {
        let server = owner.inside("_server").or_else(|| owner.inside("server"));
        out.accepted = server.as_ref().and_then(listens);
    }
    out.command = command(heap, owner);
    if let Some(pid) = owner.number("pid") {
        out.pid = out.pid.or(Some(pid as i32));
    }
}

/// What the server with these members listens on.
fn listens(server: &Members<'_>) -> Option<String> {
    server.text("_pipeName").or_else(|| Some(asked_for(&server.text("_connectionKey")?)))
}

/// What a server's key says: `4:127.0.0.1:80` (family, address, port), or a path.
fn asked_for(key: &str) -> String {
    let rest = key.strip_prefix("4:").or_else(|| key.strip_prefix("6:"));
    match rest.and_then(|rest| rest.rsplit_once(':')) {
        Some((address, port)) => endpoint(address, port),
        None => key.to_owned(),
    }
}

/// What `address` of a socket says that Node has remembered.
fn socket_name(name: &Members<'_>) -> Option<String> {
    Some(endpoint(&name.text("address")?, &name.number("port")?.to_string()))
}

fn endpoint(address: &str, port: &str) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// The command line of the ChildProcess with these members: the file, then what follows the name in its arguments.
fn command(heap: Heap<'_>, child: &Members<'_>) -> Option<String> {
    let mut words = vec![child.text("spawnfile")?];
    if let Some(array) = child.object("spawnargs")
        && let Ok((_, elements)) = crate::heap::elements::array_elements(heap, array)
    {
        words.extend(elements.into_iter().skip(1).take(MOST_ARGUMENTS).filter_map(|(_, element)| match element {
            crate::heap::elements::Element::Tagged(word) => members::text(heap, word),
            _ => None,
        }));
    }
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_key_is_an_address_and_a_port() {
        for (key, says) in [
            ("4:127.0.0.1:80", "127.0.0.1:80"),
            ("6::::8080", "[::]:8080"),
            ("6:null:0", "null:0"),
            ("/tmp/s.sock:-1:-1", "/tmp/s.sock:-1:-1"),
            ("", ""),
        ] {
            assert_eq!(asked_for(key), says);
        }
    }
}
