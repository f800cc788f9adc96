//! `::typedef`: makes C types, for programs that bring none.

use jsdb::image::core;
use jsdb::image::types::{Model, Type, declaration};
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, eval};
use std::path::Path;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "typedef",
    summary: "create synthetic types",
    operands: "[type] [name]",
    options: &[
        Opt {
            letter: 'c',
            value: OptValue::Text("model"),
            help: "make C's own types: of the data model LP64, or ILP32",
        },
        Opt { letter: 'd', value: OptValue::Flag, help: "forget all types made here" },
        Opt { letter: 'l', value: OptValue::Flag, help: "list the types made here" },
        Opt { letter: 'r', value: OptValue::Text("file"), help: "take the types (CTF) of another ELF file" },
    ],
    help: "Gives a type a name that ::print and the others know from then on. The type is one that is known already, or\n\
           a struct or union in quotes: `::typedef 'struct { int id; char *name; }' rec_t`. Members may be pointers\n\
           and arrays; not functions, not bit fields. A program without type data needs `::typedef -c lp64` first.",
    examples: &[
        Example {
            why: "C's own types",
            line: "::typedef -c lp64; ::typedef -l ! head -3",
            shows: r##"
void
signed
unsigned
"##,
        },
        Example {
            why: "a struct",
            line: "::typedef 'struct { int major; int minor; }' version_t; ::sizeof version_t",
            shows: "sizeof (version_t) = 8",
        },
        Example { why: "a new name", line: "::typedef unsigned word_t; ::sizeof word_t", shows: "sizeof (word_t) = 4" },
        Example { why: "forget them", line: "::typedef -d; ::typedef -l", shows: "" },
        Example {
            why: "those of another program",
            line: "::typedef -r /nonexistent",
            shows: "jsdb: failed to read types from /nonexistent: failed to open /nonexistent: No such file or directory",
        },
    ],
    see_also: &["print", "printf", "sizeof", "list", "array"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    let asked = ctx.args.options.len();
    if asked > 1 || (asked == 1 && !words.is_empty()) {
        return Err(Error::usage());
    }
    if ctx.args.has('d') {
        ctx.session.image.types.own = jsdb::image::types::Types::new(ctx.session.image.width);
        return Ok(());
    }
    if ctx.args.has('l') {
        let names: String = ctx.session.image.types.own.named().map(|(name, _)| name + "\n").collect();
        ctx.out.text(names);
        return Ok(());
    }
    if let Some(model) = ctx.args.text('c') {
        let Some(model) = Model::called(model) else {
            ctx.out.text(format_args!("invalid data model: {model}\n"));
            return Err(Error::usage());
        };
        model.define(&mut ctx.session.image.types.own);
        return Ok(());
    }
    if let Some(path) = ctx.args.text('r') {
        let path = path.to_owned();
        return import(ctx, &path);
    }
    let texts: Vec<&str> =
        words.iter().filter_map(|w| if let Arg::Text(t) = w { Some(t.as_str()) } else { None }).collect();
    match texts.as_slice() {
        [definition, name] if definition.contains('{') => define(ctx, definition, name),
        [of @ .., name] if !of.is_empty() && texts.len() == words.len() => alias(ctx, &of.join(" "), name),
        _ => Err(Error::usage()),
    }
}

/// A new name for a type that is known.
fn alias(ctx: &mut Context<'_>, of: &str, name: &str) -> Result<()> {
    if ctx.session.lookup_type(name).is_some() {
        ctx.out.text(format_args!("{name} already exists\n"));
        return Ok(());
    }
    let own = &mut ctx.session.image.types.own;
    match own.lookup_or_add(of) {
        Some(of) => {
            own.add(Type::Alias { name: name.to_owned(), of });
        }
        None if ctx.session.lookup_type(of).is_some() => {
            return Err(Error::failed(format!("{of} is a type of the program; only types made here can be renamed")));
        }
        None => ctx.out.text(format_args!("{of} does not exist\n")),
    }
    Ok(())
}

/// A struct or union, and a name for it. What is wrong with it goes to standard output, as in mdb.
fn define(ctx: &mut Context<'_>, definition: &str, name: &str) -> Result<()> {
    if ctx.session.lookup_type(name).is_some() {
        ctx.out.text(format_args!("typedef name {name} already exists\n"));
        return Ok(());
    }
    let session = &mut *ctx.session;
    let declared = declaration(definition, |digits| eval::number_word(session, digits).ok());
    let made = declared.and_then(|declared| {
        let own = &mut session.image.types.own;
        let of = declared.define(own)?;
        own.add(Type::Alias { name: name.to_owned(), of });
        Ok(())
    });
    if let Err(sentence) = made {
        ctx.out.text(sentence + "\n");
    }
    Ok(())
}

/// Takes the types in the `.SUNW_ctf` section of a file.
fn import(ctx: &mut Context<'_>, path: &str) -> Result<()> {
    let failed = |why: String| Error::failed(format!("failed to read types from {path}: {why}"));
    let image = core::open(Path::new(path)).map_err(|e| failed(e.to_string()))?;
    let found = image.types.of_object(0).ok_or_else(|| failed("it has no CTF section that jsdb reads".to_owned()))?;
    ctx.session.image.types.own.absorb(found);
    Ok(())
}
