//! `$<`: goes on with the statements of a file.

use super::source;
use jsdb::shell::lang::Redirect;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$<",
    addr: AddrUse::Optional,
    summary: "replace input with macro",
    operands: "macro-name",
    help: "Within a macro, goes on with another instead of the rest of this one; elsewhere it is as `$<<`. A repeat\n\
           count does not repeat it but is left in `<9`. Without a name it ends the macro, unless the count is 0:\n\
           `0,#<cond$<` goes on only if <cond is not zero.",
    examples: &[
        Example {
            why: "a macro that is nowhere",
            line: "$<nosuch",
            shows: "jsdb: failed to open nosuch (see ::help '$<')",
        },
        Example { why: "only in a macro", line: "$<", shows: "jsdb: input stack is empty" },
    ],
    see_also: &["$<<", "$M"],
    takes_count: true,
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let at_top = ctx.session.lang.depth == 1;
    let name = match ctx.args.operands.as_slice() {
        [] if at_top => return Err(Error::failed("input stack is empty")),
        [] => {
            ctx.session.lang.redirect = Some(Redirect::Leave);
            return Ok(());
        }
        [Arg::Text(name)] => name.clone(),
        _ => return Err(Error::usage()),
    };
    if at_top || ctx.piped || ctx.out.is_pipe() {
        return source::nested(ctx, &name);
    }
    match source::find(ctx, &name) {
        Some(path) => {
            ctx.session.lang.redirect = Some(Redirect::Replace(path));
            Ok(())
        }
        None => source::stand_in(ctx, &name),
    }
}
