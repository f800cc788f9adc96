//! `::delete`, `:d`: forgets traced events.

use jsdb::shell::events::Event;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, eval};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "delete",
    aliases: &[":d"],
    addr: AddrUse::Optional,
    summary: "delete traced software events",
    operands: "[id|all]",
    help: "Forgets the event with that decimal number, or all that are not sticky, or those at the address (dot, if\n\
           none is given).",
    examples: &[Example { why: "by number", line: "::delete 1; ::events ! grep -c SIGINT", shows: "0\n" }],
    see_also: &["events"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let at = |addr: u64| move |event: &Event| event.addr == Some(addr);
    let deleted = match (ctx.args.operands.as_slice(), ctx.addr) {
        ([], Some(addr)) => ctx.session.events.delete(at(addr.0)),
        ([], None) => ctx.session.events.delete(at(ctx.dot.0)),
        ([Arg::Text(all)], None) if all == "all" => {
            ctx.session.events.delete(|event| !event.traits.sticky);
            return Ok(());
        }
        ([Arg::Text(digits)], None) => {
            let id = eval::number(digits, 10)?;
            ctx.session.events.delete(|event| event.id == id)
        }
        ([Arg::Number(id)], None) => {
            let id = *id;
            ctx.session.events.delete(|event| event.id == id)
        }
        _ => return Err(Error::usage()),
    };
    if deleted == 0 {
        return Err(Error::failed("no traced events matched description"));
    }
    Ok(())
}
