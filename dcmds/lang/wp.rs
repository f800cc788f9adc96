//! `::wp`: would stop a process when memory is read, written or run.

use jsdb::shell::events::asked;
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Opt, OptValue, Result};

const fn flag(letter: char, help: &'static str) -> Opt {
    Opt { letter, value: OptValue::Flag, help }
}

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "wp",
    aliases: &[],
    addr: AddrUse::Required,
    summary: "set a watchpoint at the specified address",
    operands: "",
    options: &[
        flag('d', "disable it now, or when -n is reached"),
        flag('D', "delete it when -n is reached"),
        flag('e', "enable it"),
        flag('s', "stop when -n is reached"),
        flag('t', "delete it at the next stop"),
        flag('T', "keep it when all are deleted"),
        Opt { letter: 'c', value: OptValue::Text("cmd"), help: "what to run each time" },
        Opt { letter: 'n', value: OptValue::Number("count"), help: "how often until the limit" },
        flag('r', "when it is read"),
        flag('w', "when it is written"),
        flag('x', "when it is run"),
        flag('l', "as large as the symbol at the address"),
        Opt { letter: 'L', value: OptValue::Number("size"), help: "so many bytes; 1 if not given" },
    ],
    help: "Notes a piece of memory; mdb would stop a live process that reads (-r), writes (-w) or runs (-x) it.",
    examples: &[Example {
        why: "note one, and list it",
        line: "1000::wp -rw -n 5 -dDest -T -c ::status; 1000::wp -x -L 8; main::wp -lw; ::events ! tail -3",
        shows: r##"
[ 13] - ts  0  5 stop on read/write of [0x1000, 0x1001)   ::status             
[ 14] -     0  0 stop on exec of [0x1000, 0x1008)         -                    
[ 15] -     0  0 stop on write of [main, 0x9b77ea)        -
"##,
    }],
    see_also: &["events", "evset", "delete"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let words = std::mem::take(&mut ctx.args.operands);
    let asked = asked(ctx.session, words, "rwxlL")?;
    if !asked.things.is_empty() {
        return Err(Error::usage());
    }
    let kinds = [('r', "read"), ('w', "write"), ('x', "exec")].into_iter().filter(|(l, _)| asked.set.contains(l));
    let kinds: Vec<&str> = kinds.map(|(_, name)| name).collect();
    if kinds.is_empty() {
        return Err(Error::Usage(Some("at least one of -r, -w, or -x must be specified".to_owned())));
    }
    let size = if asked.set.contains(&'l') {
        let (symbol, _) = ctx.session.image.symbol_at(addr).ok_or_else(|| {
            Error::failed(format!("failed to lookup symbol at {addr}: no symbol corresponds to address"))
        })?;
        symbol.size
    } else {
        asked.size.unwrap_or(1)
    };
    let text = |addr| ctx.session.address_text(addr);
    let what = format!("stop on {} of [{}, {})", kinds.join("/"), text(addr), text(addr.offset(size as i64)));
    ctx.session.events.add(what, Some(addr.0), asked.traits);
    Ok(())
}
