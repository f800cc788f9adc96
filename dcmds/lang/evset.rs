//! `::evset`: changes events that are traced.

use jsdb::shell::events::asked;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, eval};

const fn flag(letter: char, help: &'static str) -> Opt {
    Opt { letter, value: OptValue::Flag, help }
}

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "evset",
    addr: AddrUse::Optional,
    summary: "set software event specifier attributes",
    operands: "id ...",
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
    help: "Changes events by their decimal numbers, as ::events lists them. `+` before a letter unsets what `-` sets.",
    examples: &[
        Example {
            why: "disable the first two",
            line: "::evset -d 1 2; ::events ! sed -n 3,4p",
            shows: r##"
( 1 ) - T   0  0 stop on SIGINT                           -                    
( 2 ) - T   0  0 stop on SIGQUIT                          -
"##,
        },
        Example {
            why: "all it can say",
            line: "::evset -n 5 -DestT -c ::status 1; ::events ! sed -n 3p",
            shows: "[ 1 ] - ts  0  5 stop on SIGINT                           ::status",
        },
    ],
    see_also: &["events", "delete"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    let asked = asked(ctx.session, words, "F")?;
    let mut ids: Vec<u64> = ctx.addr.map(|addr| addr.0).into_iter().collect();
    for thing in &asked.things {
        ids.push(match thing {
            Arg::Number(id) => *id,
            Arg::Text(digits) => eval::number(digits, 10)?,
            Arg::Letter(_) => return Err(Error::usage()),
        });
    }
    if ids.is_empty() {
        return Err(Error::Usage(Some("expected one or more event IDs to be specified".to_owned())));
    }
    for id in ids {
        let Some(event) = ctx.session.events.get_mut(id) else {
            ctx.out.warn(format_args!("failed to modify event {id}: no such event"));
            continue;
        };
        asked.change(&mut event.traits);
        if asked.traits.limit != 0 {
            event.traits.limit = asked.traits.limit;
        }
        if asked.traits.action.is_some() {
            event.traits.action.clone_from(&asked.traits.action);
        }
    }
    Ok(())
}
