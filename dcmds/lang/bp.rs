//! `::bp`: would stop a process at an address.

use jsdb::shell::events::asked;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result};

const fn flag(letter: char, help: &'static str) -> Opt {
    Opt { letter, value: OptValue::Flag, help }
}

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "bp",
    aliases: &[],
    addr: AddrUse::Optional,
    summary: "breakpoint at the specified addresses or symbols",
    operands: "sym ...",
    options: &[
        flag('d', "disable it now, or when -n is reached"),
        flag('D', "delete it when -n is reached"),
        flag('e', "enable it"),
        flag('s', "stop when -n is reached"),
        flag('t', "delete it at the next stop"),
        flag('T', "keep it when all are deleted"),
        Opt { letter: 'c', value: OptValue::Text("cmd"), help: "what to run each time" },
        Opt { letter: 'n', value: OptValue::Number("count"), help: "how often until the limit" },
    ],
    help: "Notes a place at which mdb would stop a live process. A core does not run; the note is kept and listed. `+` before\n\
           a letter unsets what `-` sets.",
    examples: &[Example {
        why: "note one, and list it",
        line: "::bp -n 5 -dDest -T -c ::status malloc; ::events ! tail -1",
        shows: "[ 13] - ts  0  5 stop at malloc                           ::status",
    }],
    see_also: &["events", "evset", "delete"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    let asked = asked(ctx.session, words, "")?;
    let mut places: Vec<(String, Option<u64>)> = Vec::new();
    if let Some(addr) = ctx.addr {
        places.push((ctx.session.address_text(addr), Some(addr.0)));
    }
    for thing in &asked.things {
        places.push(match thing {
            Arg::Text(name) => (name.clone(), ctx.session.symbol(name).map(|addr| addr.0)),
            Arg::Number(addr) => (ctx.session.address_text(jsdb::image::Addr(*addr)), Some(*addr)),
            Arg::Letter(_) => return Err(Error::usage()),
        });
    }
    if places.is_empty() {
        return Err(Error::usage());
    }
    for (place, addr) in places {
        ctx.session.events.add(format!("stop at {place}"), addr, asked.traits.clone());
    }
    Ok(())
}
