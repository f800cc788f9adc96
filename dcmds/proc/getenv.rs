//! `::getenv`: environments, of the process and of one that would be run.

use jsdb::image::{Addr, Image, text};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "getenv",
    subject: Subject::Process,
    summary: "display an environment variable",
    operands: "[name]",
    options: &[Opt { letter: 't', value: OptValue::Flag, help: "of the process itself, out of its memory" }],
    help: "With -t, prints the environment of the process as it was in memory, or one variable of it. Without, the\n\
           one that a process run by the debugger would get: the debugger's own, as ::setenv and ::unsetenv left it.",
    examples: &[Example {
        why: "a variable of the process, which began with none",
        line: "::getenv -t NODE_DEBUG",
        shows: "",
    }],
    see_also: &["setenv", "unsetenv", "status"],
    json: &[Key::new("name", Is::Text, "the variable"), Key::new("value", Is::Text, "its value")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let name = match ctx.args.operands.as_slice() {
        [] => None,
        [Arg::Text(name)] => Some(name.clone()),
        _ => return Err(Error::usage()),
    };
    let wanted = |entry: &&Entry| name.as_deref().is_none_or(|name| entry.name == name.as_bytes());
    if ctx.args.has('t') {
        let entries = environment(&ctx.session.image)?;
        for entry in entries.iter().filter(wanted) {
            ctx.out.item(entry);
        }
        return Ok(());
    }
    let own = ctx.session.settings.environment.iter().map(|(name, value)| Entry {
        name: name.as_encoded_bytes().to_vec(),
        value: value.as_encoded_bytes().to_vec(),
    });
    match &name {
        None => own.for_each(|entry| ctx.out.item(&entry)),
        Some(name) => match own.into_iter().find(|entry| entry.name == name.as_bytes()) {
            Some(entry) => ctx.out.item(&Value(entry)),
            None => return Err(Error::Told),
        },
    }
    Ok(())
}

/// More variables than exec takes.
const MOST_VARIABLES: i64 = 1 << 16;
/// The longest that is shown of one.
const LONGEST: usize = 64 << 10;

/// The environment: of the process as libc has it (`environ`), or as exec left it on the stack.
fn environment(image: &Image) -> Result<Vec<Entry>> {
    let word = |at: Addr| image.space.word(at).ok().map(Addr);
    let own = ["_environ", "environ", "__environ"].iter().find_map(|name| {
        let at = word(image.symbols.lookup(name)?.addr)?;
        image.space.word(at).is_ok().then_some(at)
    });
    let Some(start) = own.or(image.process.envp).or_else(|| behind_arguments(image)) else {
        return Err(Error::failed("the core does not tell where the environment is"));
    };
    let step = image.width.bytes() as i64;
    let pointers = (0..MOST_VARIABLES).map_while(|n| word(start.offset(n * step)).filter(|&at| at != Addr(0)));
    let entry = |at: Addr| {
        let text = image.space.cstr(at, LONGEST).ok()?;
        let equals = text.iter().position(|&b| b == b'=')?;
        Some(Entry { name: text[..equals].to_vec(), value: text[equals + 1..].to_vec() })
    };
    Ok(pointers.filter_map(entry).collect())
}

/// Linux notes no addresses: the environment's strings lie before the path that was given to exec, the pointers to
/// them before the auxiliary vector, which ends with AT_NULL below AT_RANDOM's bytes.
fn behind_arguments(image: &Image) -> Option<Addr> {
    let (base, size) = image.process.stack?;
    let step = image.width.bytes();
    let auxv = image.process.auxv.first()?;
    // The vector is on the stack as it is in the note: look for its first two entries from the top down.
    let second = image.process.auxv.get(1)?;
    let top = base.0.checked_add(size)?;
    let mut at = top & !(step - 1);
    let word = |at: u64| image.space.word(Addr(at)).ok();
    while at > base.0.checked_add(8 * step)? {
        at -= step;
        let is = |n: u64, value: u64| word(at + n * step) == Some(value);
        if is(0, auxv.0) && is(1, auxv.1) && is(2, second.0) && is(3, second.1) {
            // Before it a null pointer, and before that the pointers to the environment.
            let mut first = at.checked_sub(step)?;
            while word(first.checked_sub(step)?)? != 0 {
                first -= step;
            }
            return Some(Addr(first));
        }
    }
    None
}

/// A variable of an environment.
#[derive(Debug)]
struct Entry {
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Item for Entry {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}={}", text::printable(&self.name), text::printable(&self.value));
    }

    fn json(&self) -> Json {
        json!({ "name": text::printable(&self.name), "value": text::printable(&self.value) })
    }
}

/// A variable that was asked for by its name: its value.
struct Value(Entry);

impl Item for Value {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", text::printable(&self.0.value));
    }

    fn json(&self) -> Json {
        self.0.json()
    }
}
