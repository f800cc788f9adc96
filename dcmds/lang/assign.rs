//! `>`: gives a variable a value.

use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: ">",
    addr: AddrUse::Optional,
    summary: "assign variable",
    operands: "variable-name",
    help: "Gives the variable the value of the expression before it, or of dot. `>/c/`, `>/s/`, `>/i/` and `>/l/` cut\n\
           the value to the size of a char, short, int or long first. `<name` reads it.",
    examples: &[Example {
        why: "remember, and use",
        line: "0t20>x; <x+2=D",
        shows: "                22              \n",
    }],
    see_also: &["vars", "typeset", "unset"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let mut value = ctx.dot.0;
    let name = match ctx.args.operands.as_slice() {
        [Arg::Text(name)] => name,
        [Arg::Letter(size), Arg::Text(name)] => {
            value = match size {
                'c' => value & 0xff,
                's' => value & 0xffff,
                'i' => value & 0xffff_ffff,
                'l' => ctx.session.image.width.truncate(value),
                other => return Err(Error::failed(format!("{other} is not a valid // modifier"))),
            };
            name
        }
        [_, _] => return Err(Error::failed("improper arguments following '>' operator")),
        _ => return Err(Error::failed("expected single variable name following '>'")),
    };
    ctx.session.set_variable(name, value)?;
    ctx.session.lang.increment = 0;
    Ok(())
}
