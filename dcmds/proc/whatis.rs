//! `::whatis`: what is at an address.

use super::mappings;
use jsdb::image::{Addr, Image};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "whatis",
    subject: Subject::Process,
    addr: AddrUse::Required,
    summary: "given an address, return information",
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "all that is known, not only the most specific" },
        Opt { letter: 'i', value: OptValue::Flag, help: "the address is an identifier, not an address" },
        Opt { letter: 'k', value: OptValue::Flag, help: "keep the order of addresses that come out of a pipe" },
        Opt { letter: 'q', value: OptValue::Flag, help: "one line for each address" },
        Opt { letter: 'v', value: OptValue::Flag, help: "say what is searched" },
    ],
    help: "Says which mapping holds the address, and which symbol if one does. Addresses out of a pipe are reported\n\
           in ascending order, unless -k is given. What V8 has there, ::v8whatis tells.",
    examples: &[
        Example { why: "what an address is", line: "main::whatis", shows: "9b77e0 is main, in ./node [400000,ca3000)" },
        Example {
            why: "in the order of the pipe, and all that is known",
            line: "0::whatis -ak",
            shows: "0 is unknown",
        },
        Example {
            why: "what is searched, in one line each",
            line: "main::whatis -vq",
            shows: r##"
Searching mdb`mappings...
9b77e0 is main, in ./node [400000,ca3000)
"##,
        },
        Example { why: "an identifier", line: "2::whatis -i", shows: "2 is unknown" },
    ],
    see_also: &["v8whatis", "mappings", "nm"],
    json: &[
        Key::new("address", Is::Hex, "what was asked for"),
        Key::or_null("symbol", Is::Text, "the symbol there"),
        Key::or_null("mapping", Is::Object, "the mapping: name, base and limit"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let addr = ctx.required_addr()?;
    if ctx.out.is_pipe() {
        return Err(Error::failed("whatis: cannot be output into a pipe"));
    }
    let mut wanted = vec![addr];
    if ctx.piped && !ctx.args.has('k') {
        wanted.extend(ctx.queue.drain(..));
        wanted.sort_unstable();
    }
    // Identifiers belong to modules that jsdb has none of.
    let places = !ctx.args.has('i');
    if places && ctx.args.has('v') {
        ctx.out.text("Searching mdb`mappings...\n");
    }
    let image = &ctx.session.image;
    let answers = wanted.into_iter().map(|addr| Answer::of(image, addr, places));
    let (known, unknown): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.mapping.is_some());
    for answer in known.iter().chain(&unknown) {
        ctx.out.item(answer);
    }
    Ok(())
}

/// What is at an address.
#[derive(Debug)]
struct Answer {
    addr: Addr,
    symbol: Option<String>,
    /// The mapping: its name, first address, first address after it.
    mapping: Option<(String, Addr, Addr)>,
}

impl Answer {
    fn of(image: &Image, addr: Addr, places: bool) -> Answer {
        let mapping = image.mapping(addr).filter(|_| places);
        let symbol = image.symbolize(addr).filter(|name| mapping.is_some() && name.offset < name.size);
        Answer {
            addr,
            symbol: symbol.map(|name| name.to_string()),
            mapping: mapping.map(|m| (mappings::name(image, m).to_owned(), m.start, m.end())),
        }
    }
}

impl Item for Answer {
    fn text(&self, out: &mut String) {
        let _ = write!(out, "{} is ", self.addr);
        if let Some(symbol) = &self.symbol {
            let _ = write!(out, "{symbol}, ");
        }
        let _ = match &self.mapping {
            Some((name, start, end)) => writeln!(out, "in {name} [{start},{end})"),
            None => writeln!(out, "unknown"),
        };
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.addr),
            "symbol": self.symbol,
            "mapping": self.mapping.as_ref().map(|(name, start, end)| json!({
                "name": name, "base": json::address(*start), "limit": json::address(*end),
            })),
        })
    }
}
