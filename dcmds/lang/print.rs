//! `::print`: memory as a C type.

use jsdb::image::Addr;
use jsdb::image::types::{Type, TypeRef};
use jsdb::shell::typed::path::{Reached, follow};
use jsdb::shell::typed::print::{Place, Show, print};
use jsdb::shell::typed::{self, Source};
use jsdb::shell::{AddrUse, Address, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, Session};

const fn flag(letter: char, help: &'static str) -> Opt {
    Opt { letter, value: OptValue::Flag, help }
}

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "print",
    addr: AddrUse::Optional,
    summary: "print the contents of a data structure",
    operands: "[type] [member|offset ...]",
    options: &[
        flag('a', "the address of each member"),
        flag('C', "all characters of an array of them"),
        flag('d', "integers in decimal"),
        flag('h', "holes between members"),
        flag('i', "the address itself is the value"),
        flag('L', "all elements of an array"),
        flag('n', "pointers as numbers, not as symbols"),
        flag('p', "read physical memory, which a core has none of"),
        flag('T', "the type of each member, and what it stands for"),
        flag('t', "the type of each member"),
        flag('x', "integers in hex"),
        Opt { letter: 'c', value: OptValue::Number("lim"), help: "at most so many characters of an array of them" },
        Opt { letter: 'l', value: OptValue::Number("lim"), help: "at most so many elements of an array" },
        Opt { letter: 's', value: OptValue::Number("depth"), help: "open structs so deep only" },
    ],
    help: "Prints what is at the address as a C type, or only some of its members: `a.b`, `list->next`, `names[3]`. The\n\
           types are those of the program (CTF) and those made with ::typedef; without a type that of the symbol at\n\
           the address. Without an address it shows what the type is made of. In a pipe each member hands on its\n\
           value, and structs and arrays their address.",
    examples: &[
        Example {
            why: "as a struct",
            line: "::typedef -c lp64; ::typedef 'struct { int major; char build; int rest[4]; }' version_t; _ZN2v88internal7Version6major_E::print version_t",
            shows: r##"
{
    major = 0x3
    build = '\016'
    rest = [ 0x5, 0xb, 0xa52a40, 0 ]
}
"##,
        },
        Example {
            why: "one member, in decimal",
            line: "_ZN2v88internal7Version6major_E::print -d version_t major",
            shows: "major = 3",
        },
        Example {
            why: "with types, addresses and holes",
            line: "_ZN2v88internal7Version6major_E::print -Tath version_t",
            shows: r##"
eb8388 version_t {
    eb8388 int major = 0x3
    eb838c char build = '\016'
    eb838d unsigned <<HOLE>> :24 = 0
    eb8390 int [4] rest = [ 0x5, 0xb, 0xa52a40, 0 ]
}
"##,
        },
        Example {
            why: "two elements of an array, in hex",
            line: "_ZN2v88internal7Version6major_E::print -x -l 2 version_t rest",
            shows: "rest = [ 0x5, 0xb, ... ]",
        },
        Example {
            why: "all of them",
            line: "_ZN2v88internal7Version6major_E::print -LC version_t rest",
            shows: "rest = [ 0x5, 0xb, 0xa52a40, 0 ]",
        },
        Example { why: "the address itself as a value", line: "41::print -i char", shows: "'A'" },
        Example {
            why: "structs closed, strings short, pointers plain",
            line: "_ZN2v88internal7Version6major_E::print -n -s 0 -c 4 version_t",
            shows: "{ ... }",
        },
        Example {
            why: "what a core has none of",
            line: "_ZN2v88internal7Version6major_E::print -p int",
            shows: "jsdb: failed to read 4 bytes at eb8388: operation not supported by target",
        },
    ],
    see_also: &["printf", "typedef", "sizeof", "offsetof"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let has = |letter| ctx.args.has(letter);
    if has('p') && has('i') {
        return Err(Error::failed("-p and -i options are incompatible"));
    }
    let limit = |letter, all, default| if has(all) { None } else { ctx.args.number(letter).or(default) };
    let show = Show {
        values: ctx.addr.is_some(),
        addresses: has('a'),
        types: has('t') || has('T'),
        base_types: has('T'),
        holes: has('h'),
        hex: has('x'),
        decimal: has('d') && !has('x'),
        plain_pointers: has('n'),
        array_limit: limit('l', 'L', ctx.session.settings.array_limit),
        string_limit: limit('c', 'C', ctx.session.settings.string_limit),
        depth: ctx.args.number('s').map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX)),
    };
    let source = match (has('i'), has('p')) {
        (true, _) => Source::Value(ctx.dot.0),
        (_, true) => Source::Physical,
        _ => Source::Memory,
    };
    let mut words = std::mem::take(&mut ctx.args.operands);
    let addr = ctx.addr;
    let session = &*ctx.session;
    let of = type_of(session, &mut words, addr, source)?;
    let base = match (source, addr) {
        (Source::Value(_), _) | (_, None) => 0,
        (_, Some(addr)) => addr.0,
    };
    let mut parts = Vec::new();
    for word in &words {
        parts.push(part(session, of, base, source, word)?);
    }
    if words.is_empty() {
        parts.push((Reached { of, addr: base, bit: 0, source, dereferenced: false }, None));
    }
    let end = base.wrapping_add(of.size());
    for (reached, path) in &parts {
        if ctx.out.is_pipe() {
            let handed_on = handed_on(session, show, reached)?;
            ctx.out.item(&Address(Addr(handed_on)));
            continue;
        }
        let place = Place { of: reached.of, base: reached.addr, offset: reached.bit, source: reached.source };
        let (path, join) = joined(reached, path.as_deref());
        let mut text = String::new();
        let result = print(session, show, place, path.map(|path| (path, join)), &mut text);
        ctx.out.text(text);
        result?;
    }
    ctx.session.lang.dot = end;
    Ok(())
}

/// The type that the words name, else that of the symbol at the address.
fn type_of<'s>(session: &'s Session, words: &mut Vec<Arg>, addr: Option<Addr>, source: Source) -> Result<TypeRef<'s>> {
    let known = |addr: Option<Addr>| match (addr, source) {
        (Some(addr), Source::Memory | Source::Physical) => session.type_at(addr),
        _ => None,
    };
    let Some(Arg::Text(first)) = words.first() else {
        let addr = addr.filter(|_| matches!(source, Source::Memory | Source::Physical)).ok_or_else(Error::usage)?;
        let unknown = || Error::failed(format!("no symbol information for {}", session.address_text(addr)));
        return known(Some(addr)).ok_or_else(unknown);
    };
    if first.starts_with(['-', '+']) {
        return Err(Error::usage());
    }
    let before = words.clone();
    let name = typed::type_name(words)?;
    match session.lookup_type(&name) {
        Some(of) => Ok(of),
        None => {
            // What is no type may be a member of what the symbol at the address is.
            let of = known(addr);
            *words = before;
            of.ok_or_else(|| Error::failed(format!("failed to look up type {name}: unknown type name")))
        }
    }
}

/// The part that a word names: a path, or the member at an offset.
fn part<'s>(
    session: &'s Session,
    of: TypeRef<'s>,
    base: u64,
    source: Source,
    word: &Arg,
) -> Result<(Reached<'s>, Option<String>)> {
    let path = match word {
        Arg::Text(path) => path.clone(),
        Arg::Letter(letter) => letter.to_string(),
        Arg::Number(offset) => {
            path_to(of, *offset).ok_or_else(|| Error::failed(format!("invalid offset {offset:x}")))?
        }
    };
    Ok((follow(session, of, base, source, &path)?, Some(path)))
}

/// The path to the member of `of` that covers the byte at `offset`, as deep as structs and arrays go.
fn path_to(of: TypeRef<'_>, offset: u64) -> Option<String> {
    const DEEPEST: usize = 32;
    let mut path = String::new();
    let (mut at, mut rest) = (of.resolved(), offset);
    if rest >= at.size() {
        return None;
    }
    for _ in 0..DEEPEST {
        match at.kind() {
            Type::Composite(composite) => {
                let member = composite.members.iter().find(|m| {
                    let size = at.other(m.of).size();
                    m.offset / 8 <= rest && rest - m.offset / 8 < size
                })?;
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&member.name);
                rest -= member.offset / 8;
                at = at.other(member.of).resolved();
            }
            Type::Array { element, .. } => {
                let size = at.other(*element).size().max(1);
                path.push_str(&format!("[{}]", rest / size));
                rest %= size;
                at = at.other(*element).resolved();
            }
            _ => break,
        }
    }
    Some(path)
}

/// The path as it is shown, and what joins the members of a struct to it.
fn joined<'p>(reached: &Reached<'_>, path: Option<&'p str>) -> (Option<&'p str>, &'static str) {
    let composite = matches!(reached.of.resolved().kind(), Type::Composite(_));
    match path {
        None => (None, ""),
        Some(path) if composite && reached.dereferenced => {
            (Some(path.rsplit_once('[').map_or(path, |(before, _)| before)), "->")
        }
        Some(path) if composite && !path.is_empty() => (Some(path), "."),
        Some(path) => (Some(path), ""),
    }
}

/// What a value is in a pipe: numbers and pointers themselves, anything else where it is.
fn handed_on(session: &Session, show: Show, reached: &Reached<'_>) -> Result<u64> {
    let Reached { addr, bit, source, .. } = *reached;
    if show.addresses {
        return Ok(addr);
    }
    match reached.of.resolved().kind() {
        Type::Pointer(_) => source.number(session, addr, session.image.width.bytes(), "pointer"),
        Type::Enumeration { size, .. } => source.number(session, addr, *size, "enum"),
        Type::Integer(integer) => {
            let raw = source.integer(session, addr, bit, integer)?;
            Ok(if integer.bits == 0 { raw } else { raw & u64::MAX >> (64 - integer.bits.min(64)) })
        }
        _ => Ok(addr),
    }
}
