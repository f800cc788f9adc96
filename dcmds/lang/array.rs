//! `::array`: the address of each element of an array.

use jsdb::image::Addr;
use jsdb::image::types::Type;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::typed;
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, Value, eval};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "array",
    addr: AddrUse::Required,
    summary: "print each array element's address",
    operands: "[type count] [variable]",
    help: "Prints the address of each element of an array, or feeds them to the next stage. Without type and count the\n\
           symbol at the address must have type data. A variable that is named takes each address in turn.",
    examples: &[
        Example {
            why: "four ints",
            line: "::typedef -c lp64; _ZN2v88internal7Version6major_E::array int 4",
            shows: r##"
eb8388
eb838c
eb8390
eb8394
"##,
        },
        Example {
            why: "the value of each",
            line: "_ZN2v88internal7Version6major_E::array int 4 v | ::eval '<v/D'",
            shows: r##"
node`v8::internal::Version::major_:
node`v8::internal::Version::major_:             3               
node`v8::internal::Version::minor_:
node`v8::internal::Version::minor_:             14              
node`v8::internal::Version::build_:
node`v8::internal::Version::build_:             5               
node`v8::internal::Version::patch_:
node`v8::internal::Version::patch_:             11
"##,
        },
    ],
    see_also: &["list", "walk", "typedef"],
    json: &[Key::new("value", Is::Hex, "the address of an element")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let start = ctx.required_addr()?;
    let mut words = std::mem::take(&mut ctx.args.operands);
    let (size, count) = if words.len() >= 2 { named(ctx, &mut words)? } else { known(ctx, start)? };
    match words.as_slice() {
        [] => {}
        [Arg::Text(variable)] => {
            ctx.session.check_name(variable)?;
            ctx.out.variable = Some(variable.clone());
        }
        _ => return Err(Error::usage()),
    }
    let radix = ctx.session.lang.radix;
    for i in 0..count {
        ctx.session.check_cancel()?;
        let value = ctx.session.image.width.truncate(start.0.wrapping_add(i.wrapping_mul(size)));
        ctx.out.item(&Value { value, radix });
    }
    Ok(())
}

/// Size and number of the elements, as the words say.
fn named(ctx: &Context<'_>, words: &mut Vec<Arg>) -> Result<(u64, u64)> {
    let name = typed::type_name(words)?;
    if words.is_empty() {
        return Err(Error::usage());
    }
    let of = ctx.session.type_called(&name)?;
    let count = match words.remove(0) {
        Arg::Number(count) => count,
        Arg::Text(text) => eval::number_word(ctx.session, &text)?,
        Arg::Letter(_) => return Err(Error::usage()),
    };
    // A negative count has no elements.
    Ok((of.size(), if (count as i64) < 0 { 0 } else { count }))
}

/// As the type of the symbol at `start` says.
fn known(ctx: &Context<'_>, start: Addr) -> Result<(u64, u64)> {
    let of = ctx.session.type_at(start).map(|of| of.resolved());
    match of.map(|of| (of, of.kind())) {
        Some((of, Type::Array { element, count })) => Ok((of.other(*element).size(), *count)),
        _ => Err(Error::failed(format!("no symbol information for {}", ctx.session.address_text(start)))),
    }
}
