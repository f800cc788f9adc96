//! `:z`: forgets all traced events that are not sticky.

use jsdb::shell::{Context, Dcmd, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: ":z",
    summary: "delete all traced software events",
    help: "Forgets all events but the sticky ones, as `::delete all` does.",
    examples: &[Example {
        why: "all but the signals",
        line: "1000::bp; :z; ::events ! grep -c 'stop at'",
        shows: "0\n",
    }],
    see_also: &["delete", "events"],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    ctx.session.events.delete(|event| !event.traits.sticky);
    Ok(())
}
