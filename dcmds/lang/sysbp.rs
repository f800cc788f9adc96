//! `::sysbp`: would stop a process at a system call.

use jsdb::shell::events::asked;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result};

const fn flag(letter: char, help: &'static str) -> Opt {
    Opt { letter, value: OptValue::Flag, help }
}

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "sysbp",
    aliases: &[],
    addr: AddrUse::Optional,
    summary: "stop on entry or exit from system call",
    operands: "syscall ...",
    options: &[
        flag('d', "disable it now, or when -n is reached"),
        flag('D', "delete it when -n is reached"),
        flag('e', "enable it"),
        flag('s', "stop when -n is reached"),
        flag('t', "delete it at the next stop"),
        flag('T', "keep it when all are deleted"),
        Opt { letter: 'c', value: OptValue::Text("cmd"), help: "what to run each time" },
        Opt { letter: 'n', value: OptValue::Number("count"), help: "how often until the limit" },
        flag('i', "at its entry; the default"),
        flag('o', "at its exit"),
    ],
    help: "Notes a system call at whose entry, or exit, mdb would stop a live process.",
    examples: &[Example {
        why: "note one, and list it",
        line: "::sysbp -n 5 -dDest -T -c ::status -i write; ::sysbp -o read; ::events ! tail -2",
        shows: r##"
[ 13] - ts  0  5 stop on entry to write                   ::status             
[ 14] -     0  0 stop on exit from read                   -
"##,
    }],
    see_also: &["events", "evset", "delete"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    let asked = asked(ctx.session, words, "io")?;
    let given = ctx.addr.map(|addr| Arg::Number(addr.0));
    let things: Vec<Arg> = given.into_iter().chain(asked.things.iter().cloned()).collect();
    let (entry, exit) = (asked.set.contains(&'i'), asked.set.contains(&'o'));
    if things.is_empty() || (entry && exit) {
        return Err(Error::usage());
    }
    for thing in things {
        let name = match thing {
            Arg::Number(number) => format!("SYS#{number}"),
            Arg::Text(name) => name,
            Arg::Letter(_) => return Err(Error::usage()),
        };
        let when = if exit { "exit from" } else { "entry to" };
        ctx.session.events.add(format!("stop on {when} {name}"), None, asked.traits.clone());
    }
    Ok(())
}
