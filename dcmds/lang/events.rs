//! `::events`, `$b`: the events that are traced.

use jsdb::shell::events::{AtLimit, Event};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Context, Dcmd, Example, Item, Opt, OptValue, Result};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "events",
    aliases: &["$b"],
    summary: "list traced software events",
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "those of the debugger itself too; there are none" },
        Opt { letter: 'v', value: OptValue::Flag, help: "the state of each, and its action on a line of its own" },
    ],
    help: "Lists what mdb would stop a live process at: its number in [ ], or ( ) if it is disabled; T for those that\n\
           stay, t for those that go at the next stop, d, D, s for what happens at the limit; hits and limit; what it\n\
           is, and what is run then. A core does not run, so nothing ever hits.",
    examples: &[
        Example {
            why: "a signal that is always there",
            line: "::events -a ! sed -n 1,3p",
            shows: r##"
   ID S TA HT LM Description                              Action               
----- - -- -- -- ---------------------------------------- ----------------------
[ 1 ] - T   0  0 stop on SIGINT                           -
"##,
        },
        Example {
            why: "with their state",
            line: "::events -v ! sed -n 1,5p",
            shows: r##"
   ID S TA HT LM Description                              Status               
                 Action
----- - -- -- -- ---------------------------------------- ----------------------
[ 1 ] - T   0  0 stop on SIGINT                           target is a core file
                 -
"##,
        },
    ],
    see_also: &["bp", "evset", "delete"],
    json: &[
        Key::new("id", Is::Number, "the event"),
        Key::new("description", Is::Text, "what it is"),
        Key::or_null("address", Is::Hex, "where"),
        Key::new("enabled", Is::Bool, "whether it is watched for"),
        Key::new("temporary", Is::Bool, "whether it goes at the next stop"),
        Key::new("sticky", Is::Bool, "whether it stays when all go"),
        Key::new("limit", Is::Number, "how often until something happens to it; 0 for never"),
        Key::or_null("action", Is::Text, "what is run"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let verbose = ctx.args.has('v');
    let last = if verbose { "Status" } else { "Action" };
    ctx.out.text(format_args!("   ID S TA HT LM {:<40} {last:<21}\n", "Description"));
    if verbose {
        ctx.out.text(format_args!("{:<17}Action\n", ""));
    }
    ctx.out.text(SEPARATOR);
    for event in ctx.session.events.all() {
        ctx.out.item(&Line { event, verbose });
    }
    Ok(())
}

const SEPARATOR: &str = "----- - -- -- -- ---------------------------------------- ----------------------\n";

struct Line<'e> {
    event: &'e Event,
    verbose: bool,
}

impl Item for Line<'_> {
    fn text(&self, out: &mut String) {
        let Event { id, what, traits, .. } = self.event;
        let (open, close) = if traits.disabled { ('(', ')') } else { ('[', ']') };
        let id = if *id < 10 { format!("{id:>2} ") } else { format!("{id:>3}") };
        let stays = match (traits.temporary, traits.sticky) {
            (true, _) => 't',
            (false, true) => 'T',
            (false, false) => ' ',
        };
        let at_limit = match traits.at_limit {
            None => ' ',
            Some(AtLimit::Disable) => 'd',
            Some(AtLimit::Delete) => 'D',
            Some(AtLimit::Stop) => 's',
        };
        let what: String = what.chars().take(40).collect();
        let action = traits.action.as_deref().unwrap_or("-");
        let last = if self.verbose { "target is a core file" } else { action };
        let last = match last.chars().count() {
            0..=21 => last.to_owned(),
            _ => last.chars().take(18).chain("...".chars()).collect(),
        };
        let limit = traits.limit;
        out.push_str(&format!("{open}{id}{close} - {stays}{at_limit}  0 {limit:>2} {what:<40} {last:<21}\n"));
        if self.verbose {
            out.push_str(&format!("{:<17}{action}\n{SEPARATOR}", ""));
        }
    }
    fn json(&self) -> serde_json::Value {
        let Event { id, what, addr, traits } = self.event;
        json!({
            "id": id,
            "description": what,
            "address": addr.map(|a| format!("{a:#x}")),
            "enabled": !traits.disabled,
            "temporary": traits.temporary,
            "sticky": traits.sticky,
            "limit": traits.limit,
            "action": traits.action,
        })
    }
}
