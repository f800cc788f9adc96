//! `::sigbp`: would stop a process at a signal.

use jsdb::image::signal;
use jsdb::shell::events::asked;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result};

const fn flag(letter: char, help: &'static str) -> Opt {
    Opt { letter, value: OptValue::Flag, help }
}

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "sigbp",
    aliases: &[":t"],
    addr: AddrUse::Optional,
    summary: "stop on delivery of the specified signals",
    operands: "SIG ...",
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
    help: "Notes a signal at which mdb would stop a live process, by name or number.",
    examples: &[Example {
        why: "note one, and list it",
        line: "::sigbp -n 5 -dDest -T -c ::status USR1; ::events ! tail -1",
        shows: "[ 13] - ts  0  5 stop on SIGUSR1                          ::status",
    }],
    see_also: &["events", "evset", "delete"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    let asked = asked(ctx.session, words, "")?;
    let given = ctx.addr.map(|addr| Arg::Number(addr.0));
    let things: Vec<Arg> = given.into_iter().chain(asked.things.iter().cloned()).collect();
    if things.is_empty() {
        return Err(Error::usage());
    }
    let os = ctx.session.image.os;
    for thing in things {
        let known = match &thing {
            Arg::Number(number) => i32::try_from(*number).ok().map(|n| signal::name(os, n)),
            Arg::Text(text) => {
                let short = text.strip_prefix("SIG").unwrap_or(text);
                let by_number = text.parse().ok().map(|n| signal::name(os, n));
                by_number.or_else(|| signal::names(os).any(|n| n == short).then(|| format!("SIG{short}")))
            }
            Arg::Letter(_) => None,
        };
        match (known, thing) {
            (Some(name), _) => ctx.session.events.add(format!("stop on {name}"), None, asked.traits.clone()),
            (None, Arg::Text(text)) => ctx.out.warn(format_args!("invalid signal name -- {text}")),
            (None, _) => ctx.out.warn("invalid signal number"),
        }
    }
    Ok(())
}
