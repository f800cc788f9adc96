//! `::list`: the elements of a linked list.

use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::typed;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, Value};
use std::collections::HashSet;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "list",
    addr: AddrUse::Optional,
    summary: "walk list using member as link pointer",
    operands: "type member [variable]",
    help: "Prints the address of each element of a list, beginning with the one at the address: the member points to\n\
           the next, and a null pointer, or one to an element that was there before, ends it. Instead of type and\n\
           member `$[offset]` may say where the pointer is. A variable that is named takes each address in turn.",
    examples: &[Example {
        why: "a list of three, by the offset of the pointer",
        line: "::typedef -c lp64; ::typedef \"struct { void *self; }\" loop_t; _ZN2v88internal7Version6major_E::list loop_t self ! head -1",
        shows: "eb8388",
    }],
    see_also: &["array", "walk", "typedef"],
    json: &[Key::new("value", Is::Hex, "the address of an element")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let start = ctx.required_addr()?;
    let mut words = std::mem::take(&mut ctx.args.operands);
    let offset = match words.first() {
        Some(Arg::Number(offset)) => {
            let offset = *offset;
            words.remove(0);
            offset
        }
        _ => {
            let name = typed::type_name(&mut words)?;
            let Some(Arg::Text(member)) = words.first() else { return Err(Error::usage()) };
            let found = ctx.session.type_called(&name)?.member(member);
            let (_, bits) = found.ok_or_else(|| {
                Error::failed(format!("failed to find member {member} of {name}: no such member of structure or union"))
            })?;
            words.remove(0);
            bits / 8
        }
    };
    let pointer = ctx.session.image.width.bytes();
    if !offset.is_multiple_of(pointer) {
        return Err(Error::failed("offset must fall on a word boundary"));
    }
    match words.as_slice() {
        [] => {}
        [Arg::Text(variable)] => {
            ctx.session.check_name(variable)?;
            ctx.out.variable = Some(variable.clone());
        }
        _ => return Err(Error::usage()),
    }
    let mut at = start;
    let mut seen = HashSet::new();
    loop {
        ctx.session.check_cancel()?;
        ctx.out.item(&Value { value: at.0, radix: ctx.session.lang.radix });
        seen.insert(at);
        let next = ctx.session.image.space.word(Addr(at.0.wrapping_add(offset))).map_err(|_| {
            Error::failed(format!("failed to read next pointer from object {at}: no mapping for address"))
        })?;
        at = Addr(next);
        if next == 0 || at == start {
            return Ok(());
        }
        if seen.contains(&at) {
            return Err(Error::failed(format!("the list goes back to {at}, which was there before")));
        }
    }
}
