//! `::isolate`: which isolate commands look at.

use super::isolates::{self, Row};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "isolate",
    subject: Subject::V8,
    addr: AddrUse::Optional,
    summary: "choose the isolate to look at",
    help: "\
With an address, commands look at the isolate there from now on: ::findjsobjects, ::jsfunctions, ::jsheap, ::jsasync,
::nodehandles, ::nodeinfo and all others that look for something find only what is in its heap or shared by all, and
::jsstack begins with the thread that runs it. The address is that of the isolate, as ::isolates lists them, or the id of
the thread (`0t1234::isolate`, since numbers are in hex). Objects of other isolates can still be printed by their
addresses. Without an address, shows which isolate it is.

What was found in one isolate is forgotten when another is chosen. To ask each in turn:
`::walk isolate i | ::eval '<i::isolate; ::findjsobjects -c Socket'`.",
    examples: &[Example {
        why: "of a Node whose pages tell no isolates",
        line: "::isolate",
        shows: "jsdb: the pages of V8 3.14.5.11 do not say whose they are; all objects are taken for one isolate's",
    }],
    see_also: &["isolates", "jsstack"],
    json: isolates::KEYS,
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let isolates = ctx.session.isolates()?;
    if isolates.list().is_empty() {
        return Err(isolates::none(ctx.session)?);
    }
    match ctx.addr {
        Some(addr) => {
            let none =
                || Error::failed(format!("{addr} is neither an isolate nor a thread that runs one: see ::isolates"));
            let number = isolates.named(addr).ok_or_else(none)?;
            ctx.session.set_isolate(Some(number));
        }
        None => {
            if let Some(number) = ctx.session.isolate()? {
                let row = Row::new(ctx.session, number)?;
                ctx.out.item(&row);
            }
        }
    }
    Ok(())
}
