//! `::walk`: runs a walker.

use jsdb::shell::json::{Is, Key};
use jsdb::shell::registry::suggestion;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, Visited};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "walk",
    addr: AddrUse::Optional,
    summary: "walk a data structure",
    operands: "name [variable]",
    help: "Visits the addresses that a walker gives (`::walkers` lists them), printing each or feeding it to the next\n\
           stage of a pipeline. A variable that is named takes each address in turn while that stage runs.",
    examples: &[Example {
        why: "the ids of all threads",
        line: "::walk thread",
        shows: r##"
1
2
"##,
    }],
    see_also: &["walkers"],
    json: &[Key::new("address", Is::Hex, "what is visited")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let name = match ctx.args.operands.as_slice() {
        [Arg::Text(name)] => name,
        [Arg::Text(name), Arg::Text(variable)] => {
            ctx.session.check_name(variable)?;
            ctx.out.variable = Some(variable.clone());
            name
        }
        _ => return Err(Error::usage()),
    };
    let Some(walker) = ctx.session.commands.walker(name) else {
        let like = suggestion(ctx.session.commands.similar_walker(name));
        return Err(Error::failed(format!("failed to perform walk: unknown walk name{like}")));
    };
    match (walker.addr, ctx.addr) {
        (AddrUse::Required, None) => {
            return Err(Error::failed(format!("failed to perform walk: {name} requires a starting address")));
        }
        (AddrUse::Refused, Some(_)) => {
            return Err(Error::failed(format!("failed to perform walk: {name} does not accept a starting address")));
        }
        _ => {}
    }
    let (session, out) = (&*ctx.session, &mut *ctx.out);
    (walker.walk)(session, ctx.addr, &mut |addr| {
        session.check_cancel()?;
        out.item(&Visited { addr, radix: session.lang.radix });
        Ok(())
    })
}
