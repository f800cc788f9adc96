//! `::jsfindrefs`: which JavaScript values lead to a value, through whatever V8 keeps between them.

use jsdb::heap::object;
use jsdb::heap::pointers::Pointers;
use jsdb::heap::property::Traits;
use jsdb::heap::string::Representation;
use jsdb::heap::whatis::{self, Base};
use jsdb::heap::{Heap, JsString, Kind, Tagged};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Out, Result, Session, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// `::jsfindrefs`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsfindrefs",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "find JavaScript values referring to a value",
    options: &[
        Opt { letter: 'd', value: OptValue::Flag, help: "tell of every reference met, and what became of it" },
        Opt {
            letter: 'l',
            value: OptValue::Number("maxdepth"),
            help: "follow at most so many references one after another (default: 5)",
        },
        Opt { letter: 'v', value: OptValue::Flag, help: "tell the type of each value" },
    ],
    help: "\
Looks in all memory for words that hold the value, and for the heap objects that these words lie in. Where that is an
array of V8's own, as those that carry an object's properties, an array's elements or a function's variables, it goes on
to what refers to that, until it comes to something that JavaScript knows: an object with a property, an array with an
element, a closure with a variable.

`::findjsobjects -r` is told by objects alone, and by which property; this finds closures and strings as well.",
    examples: &[
        Example {
            why: "what leads to the server: closures that use it, sockets that belong to it",
            line: "::findjsobjects -c Server | ::jsfindrefs -v ! tail -n 3",
            shows: r##"
381613f99301 (type: JSObject)
381613f9b449 (type: JSObject)
381613f9d689 (type: JSObject)
"##,
        },
        Example {
            why: "only what refers to it directly",
            line: "::findjsobjects -c Server | ::jsfindrefs -l 1 ! tail -n 2",
            shows: r##"
381613f9b449
381613f9d689
"##,
        },
        Example {
            why: "how the search went",
            line: "::findjsobjects -c Exchange | ::jsfindrefs -d ! head -n 3",
            shows: r##"
depth 0: 4224cc14af1: found reference at 4224cc04930: internal V8 intermediate object
depth 1: 4224cc048e9: found reference at 4224cc049e8: skipping apparent garbage object: 4224cc049d9 (20)
depth 1: 4224cc048e9: found reference at 4224cc14ad8: 4224cc14aa9 (type: JSFunction)
"##,
        },
    ],
    see_also: &["findjsobjects", "jsclosure", "v8whatis"],
    json: &[
        Key::or_null("address", Is::Hex, "who refers to it"),
        Key::or_null("type", Is::Text, "what that is"),
        Key::new("what", Is::Text, "value, closure, internal, garbage, outside, other or nowhere"),
        Key::new("place", Is::Hex, "where the reference lies"),
        Key::new("of", Is::Hex, "what is referred to"),
        Key::new("depth", Is::Number, "how many steps from what was asked for"),
    ],
    run,
    ..Dcmd::BASE
};

/// How many references are followed one after another.
const DEPTH: u64 = 5;
/// How far back from a reference the object is looked for that it is part of, in bytes.
const REACH: u64 = 16384;
/// How many references are looked at for one value: a tangle could otherwise go on for ever.
const MOST: u64 = 1 << 24;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let target = Tagged(ctx.required_addr()?.0);
    let session = &*ctx.session;
    let mut search = Search {
        session,
        heap: session.heap()?,
        pointers: session.pointers()?,
        origin: target,
        depth: ctx.args.number('l').unwrap_or(DEPTH).max(1),
        left: MOST,
        detail: match (ctx.args.has('d'), ctx.args.has('v')) {
            (true, _) => Detail::Debug,
            (_, true) => Detail::Type,
            _ => Detail::Address,
        },
        out: ctx.out,
    };
    search.follow(target, 0)
}

/// How much is told of a reference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Address,
    Type,
    Debug,
}

/// One search, from a value outwards.
struct Search<'c> {
    session: &'c Session,
    heap: Heap<'c>,
    pointers: Arc<Pointers>,
    origin: Tagged,
    depth: u64,
    left: u64,
    detail: Detail,
    out: &'c mut Out,
}

impl Search<'_> {
    fn follow(&mut self, target: Tagged, depth: u64) -> Result<()> {
        if !target.is_object() {
            let session = self.session;
            return session.find_word(target.0, |place| self.reference(target, place, depth));
        }
        let pointers = Arc::clone(&self.pointers);
        pointers.to(target).try_for_each(|place| self.reference(target, place, depth))
    }

    /// Tells of the reference to `target` at `place`, and goes on to what refers to where it is, if need be.
    fn reference(&mut self, target: Tagged, place: Addr, depth: u64) -> Result<()> {
        self.session.check_cancel()?;
        if self.left == 0 {
            return Err(Error::failed(format!("{}: gave up after looking at {MOST} references", self.origin)));
        }
        self.left -= 1;
        let end = self.end(place, depth);
        if self.detail == Detail::Debug || matches!(end, End::Value(..)) {
            self.out.item(&Met { target, depth, place, end: &end, detail: self.detail });
        }
        match end {
            End::Internal(_) if depth + 1 >= self.depth => {
                self.out.warn(format_args!("{}: gave up after following {depth} references", self.origin));
                Ok(())
            }
            End::Internal(base) => self.follow(base.object, depth + 1),
            _ => Ok(()),
        }
    }

    /// Where a reference at `place` comes from.
    fn end(&self, place: Addr, depth: u64) -> End {
        let heap = self.heap;
        let start = self.pointers.start_before(place, REACH);
        let base = match start.and_then(|object| whatis::base(heap, object, place)) {
            None => return End::Nowhere,
            Some(base) if !base.contains => return End::Outside,
            Some(base) => base,
        };
        let type_name = || heap.layout().type_name(base.instance_type).unwrap_or("(unknown)").to_owned();
        match heap.layout().kind(base.instance_type) {
            Some(Kind::JsObject) => match object::properties(heap, base.object) {
                Ok(found) if !found.traits.is_garbage() => End::Value(base, type_name()),
                Ok(found) => End::Garbage(base, bits(&found.traits)),
                Err(_) => End::Garbage(base, 0),
            },
            Some(Kind::JsFunction) if depth > 1 => End::Closure(base),
            Some(Kind::FixedArray) => End::Internal(base),
            // Of strings, those made of others: the characters of the rest only look like references.
            Some(Kind::String) => match JsString::load(heap, base.object).and_then(|s| s.representation()) {
                Ok(Representation::Cons { .. } | Representation::Sliced { .. }) => End::Value(base, type_name()),
                _ => End::Other(type_name()),
            },
            Some(
                Kind::HeapNumber
                | Kind::Oddball
                | Kind::JsArray
                | Kind::JsFunction
                | Kind::JsBoundFunction
                | Kind::JsDate
                | Kind::JsRegExp
                | Kind::JsValue
                | Kind::JsTypedArray,
            ) => End::Value(base, type_name()),
            _ => End::Other(type_name()),
        }
    }
}

/// Traits as the number that mdb_v8 shows.
fn bits(traits: &Traits) -> u32 {
    let all = [
        traits.numeric,
        traits.dictionary,
        traits.in_object,
        traits.props,
        traits.skipped,
        traits.bad_layout,
        traits.bad_values,
        traits.undefined_name,
    ];
    all.iter().enumerate().map(|(bit, &has)| u32::from(has) << bit).sum()
}

/// Where a reference comes from.
enum End {
    /// No object is near.
    Nowhere,
    /// The object before it ends before it.
    Outside,
    /// An object that looks like garbage, and how.
    Garbage(Base, u32),
    /// A function, too far out: it refers to the context of a function around it.
    Closure(Base),
    /// A JavaScript value, and its type.
    Value(Base, String),
    /// An array of V8's own.
    Internal(Base),
    /// An object of V8's own, of this type.
    Other(String),
}

/// A reference that was met.
struct Met<'e> {
    target: Tagged,
    depth: u64,
    place: Addr,
    end: &'e End,
    detail: Detail,
}

impl Item for Met<'_> {
    fn addr(&self) -> Option<Addr> {
        match self.end {
            End::Value(base, _) => Some(base.object.addr()),
            _ => None,
        }
    }

    fn text(&self, out: &mut String) {
        if self.detail == Detail::Debug {
            let _ = write!(out, "depth {}: {}: found reference at {}: ", self.depth, self.target, self.place);
        }
        let _ = match self.end {
            End::Nowhere => writeln!(out, "no heap object found within {REACH} bytes"),
            End::Outside => writeln!(out, "does not appear to be contained in a heap object"),
            End::Garbage(base, bits) => writeln!(out, "skipping apparent garbage object: {} ({bits:x})", base.object),
            End::Closure(base) => {
                writeln!(out, "skipping JSFunction reference {} at depth {}", base.object, self.depth)
            }
            End::Value(base, _) if self.detail == Detail::Address => writeln!(out, "{}", base.object),
            End::Value(base, type_name) => writeln!(out, "{} (type: {type_name})", base.object),
            End::Internal(_) => writeln!(out, "internal V8 intermediate object"),
            End::Other(type_name) => writeln!(out, "giving up search at instance of {type_name}"),
        };
    }

    fn json(&self) -> Json {
        let (what, base, type_name) = match self.end {
            End::Nowhere => ("nowhere", None, None),
            End::Outside => ("outside", None, None),
            End::Garbage(base, _) => ("garbage", Some(base), None),
            End::Closure(base) => ("closure", Some(base), Some("JSFunction")),
            End::Value(base, type_name) => ("value", Some(base), Some(type_name.as_str())),
            End::Internal(base) => ("internal", Some(base), Some("FixedArray")),
            End::Other(type_name) => ("other", None, Some(type_name.as_str())),
        };
        json!({
            "address": base.map(|b| json::address(b.object.addr())),
            "type": type_name,
            "what": what,
            "place": json::address(self.place),
            "of": json::address(self.target.addr()),
            "depth": self.depth,
        })
    }
}
