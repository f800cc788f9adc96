//! `::fltbp`: would stop a process at a machine fault.

use jsdb::shell::events::asked;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result};

/// By number, from 1 (`<sys/fault.h>`).
const FAULTS: [&str; 13] = [
    "FLTILL",
    "FLTPRIV",
    "FLTBPT",
    "FLTTRACE",
    "FLTACCESS",
    "FLTBOUNDS",
    "FLTIOVF",
    "FLTIZDIV",
    "FLTFPE",
    "FLTSTACK",
    "FLTPAGE",
    "FLTWATCH",
    "FLTCPCOVF",
];

const fn flag(letter: char, help: &'static str) -> Opt {
    Opt { letter, value: OptValue::Flag, help }
}

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "fltbp",
    aliases: &[],
    addr: AddrUse::Optional,
    summary: "stop on machine fault",
    operands: "fault ...",
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
    help: "Notes a machine fault at which mdb would stop a live process: FLTILL, FLTPRIV, FLTBPT, FLTTRACE, FLTACCESS,\n\
           FLTBOUNDS, FLTIOVF, FLTIZDIV, FLTFPE, FLTSTACK, FLTPAGE, FLTWATCH, FLTCPCOVF.",
    examples: &[Example {
        why: "note one, and list it",
        line: "::fltbp -n 5 -dDest -T -c ::status FLTBPT; ::events ! tail -1",
        shows: "[ 13] - ts  0  5 stop on FLTBPT                           ::status",
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
    for thing in things {
        let known = match &thing {
            Arg::Number(number) => FAULTS.get((*number as usize).wrapping_sub(1)),
            Arg::Text(name) => FAULTS.iter().find(|f| *f == name || f.strip_prefix("FLT") == Some(name)),
            Arg::Letter(_) => None,
        };
        match (known, thing) {
            (Some(name), _) => ctx.session.events.add(format!("stop on {name}"), None, asked.traits.clone()),
            (None, Arg::Text(name)) => ctx.out.warn(format_args!("invalid fault name -- {name}")),
            (None, _) => ctx.out.warn("invalid fault number"),
        }
    }
    Ok(())
}
