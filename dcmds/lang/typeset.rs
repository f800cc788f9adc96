//! `::typeset`: makes and tags variables.

use super::vars;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "typeset",
    addr: AddrUse::Optional,
    summary: "set variable attributes",
    operands: "[+/-t] var ...",
    help: "Makes variables: of value 0, or of the address's. `-t` tags them for `::vars -t`, `+t` takes the tag away.\n\
           Without arguments it lists all variables.",
    examples: &[Example { why: "made and tagged", line: "::typeset -t x; ::vars -t", shows: "x = 0\n" }],
    see_also: &["vars", "unset"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    let mut names = words.iter().filter_map(|w| if let Arg::Text(text) = w { Some(text.as_str()) } else { None });
    if words.is_empty() {
        vars::list(ctx, false, |_, _| true);
        return Ok(());
    }
    let tag = match names.clone().next() {
        Some(option) if option.starts_with("-t") => Some(true),
        Some(option) if option.starts_with("+t") => Some(false),
        Some(option) if option.starts_with(['-', '+']) => return Err(Error::usage()),
        _ => None,
    };
    if tag.is_some() {
        names.next();
    }
    for name in names {
        if name.starts_with(['-', '+']) {
            ctx.out.warn(format_args!("ignored bad option -- {name}"));
            continue;
        }
        ctx.session.check_name(name)?;
        if let Some(addr) = ctx.addr {
            ctx.session.set_variable(name, addr.0)?;
        } else if ctx.session.variable(name).is_none() {
            ctx.session.set_variable(name, 0)?;
        }
        if let Some(tagged) = tag {
            ctx.session.lang.variables.tag(name, tagged);
        }
    }
    Ok(())
}
