//! `::v8whatis`: which heap object an address lies in.

use jsdb::heap::whatis::{Base, whatis};
use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// `::v8whatis`.
pub static DCMD: Dcmd = Dcmd {
    name: "v8whatis",
    subject: Subject::V8,
    addr: AddrUse::Optional,
    summary: "attempt to identify containing V8 heap object",
    options: &[
        Opt {
            letter: 'd',
            value: OptValue::Number("bytes"),
            help: "look so many bytes back (default: 1000, hexadecimal)",
        },
        Opt { letter: 'v', value: OptValue::Flag, help: "tell the type and the distance, or why nothing was found" },
    ],
    help: "\
Looks back from the address for the nearest word that points to a map, which is how every heap object begins, and prints
the object if it is large enough to reach as far as the address. The address may be tagged or not, so that what finds
words in memory can feed it.",
    examples: &[
        Example {
            why: "the object that a word lies in",
            line: "::findjsobjects -c Exchange | ::map .+17 | ::v8whatis",
            shows: r##"
305b3e556be1
4224cc14af1
"##,
        },
        Example {
            why: "its type, and how far in the word is",
            line: "::findjsobjects -c Exchange | ::map .+17 | ::v8whatis -v",
            shows: r##"
jsdb: assuming heap object at 305b3e556bf9
305b3e556be1 (found Map at 305b3e556be1 (305b3e556bf8-0x17) for type JSObject)
jsdb: assuming heap object at 4224cc14b09
4224cc14af1 (found Map at 4224cc14af1 (4224cc14b08-0x17) for type JSObject)
"##,
        },
        Example {
            why: "look back further than usual",
            line: "::findjsobjects -c Exchange | ::v8whatis -d 4000",
            shows: r##"
305b3e556be1
4224cc14af1
"##,
        },
    ],
    see_also: &["jsfindrefs", "whatis", "v8type"],
    json: &[
        Key::or_null("address", Is::Hex, "the object"),
        Key::new("of", Is::Hex, "the address in it"),
        Key::or_null("type", Is::Text, "what it is"),
    ],
    run,
    ..Dcmd::BASE
};

/// How far back to look, in bytes.
const REACH: u64 = 4096;
/// From here on the user is told that this is far.
const FAR: u64 = i16::MAX as u64;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.addr.ok_or_else(|| Error::failed("must specify address for ::v8whatis"))?;
    let verbose = ctx.args.has('v');
    let reach = ctx.args.number('d').unwrap_or(REACH);
    if reach > FAR {
        ctx.out.warn(format_args!("very large value supplied for \"-d\": {reach}"));
    }
    let heap = ctx.session.heap()?;
    let tagged = Addr(addr.0 & !(heap.width().bytes() - 1) | 1);
    let found = whatis(heap, addr, reach);
    let type_name = |base: &Base| heap.layout().type_name(base.instance_type).unwrap_or("(unknown)").to_owned();
    if verbose && tagged != addr {
        ctx.out.warn(format_args!("assuming heap object at {tagged}"));
    }
    match found {
        Some(base) if base.contains => {
            let type_name = type_name(&base);
            ctx.out.item(&Container { addr, base, type_name, verbose });
        }
        Some(base) if verbose => {
            let (object, type_name) = (base.object, type_name(&base));
            let distance = addr.0.wrapping_sub(object.0);
            ctx.out.warn(format_args!(
                "{addr}: heap object found at {object} ({addr}-0x{distance:x}, type {type_name}) does not appear to \
                 contain {addr}"
            ));
        }
        None if verbose => {
            ctx.out.warn(format_args!("{addr}: no heap object found in previous {reach} bytes"));
        }
        _ => {}
    }
    Ok(())
}

struct Container {
    addr: Addr,
    base: Base,
    type_name: String,
    verbose: bool,
}

impl Item for Container {
    fn addr(&self) -> Option<Addr> {
        Some(self.base.object.addr())
    }

    fn text(&self, out: &mut String) {
        let object = self.base.object;
        let _ = if self.verbose {
            let distance = self.addr.0.wrapping_sub(object.0);
            let (addr, type_name) = (self.addr, &self.type_name);
            writeln!(out, "{object} (found Map at {object} ({addr}-0x{distance:x}) for type {type_name})")
        } else {
            writeln!(out, "{object}")
        };
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.base.object.addr()),
            "of": json::address(self.addr),
            "type": self.type_name,
        })
    }
}
