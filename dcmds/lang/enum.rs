//! `::enum`: the names of an enumeration.

use jsdb::image::types::Type;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::typed::{self, print};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, number};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "enum",
    addr: AddrUse::Optional,
    summary: "print an enumeration",
    operands: "enum [name]",
    options: &[
        Opt { letter: 'e', value: OptValue::Flag, help: "leave out what all names begin with" },
        Opt { letter: 'x', value: OptValue::Flag, help: "values in hex" },
    ],
    help: "Prints the names of an enumeration with their values; with an address the name of that value, with a name\n\
           the value of that name. Those of single bits are shown in hex, and a value as the names of its bits.",
    examples: &[
        Example {
            why: "there is none in a program without type data",
            line: "::enum color",
            shows: "jsdb: types 'enum color', 'color': unknown type name",
        },
        Example {
            why: "options make no difference then",
            line: "::enum -ex color 5",
            shows: "jsdb: types 'enum color', 'color': unknown type name",
        },
    ],
    see_also: &["typedef", "print"],
    json: &[Key::new("name", Is::Text, "the member"), Key::new("value", Is::Number, "its value")],
    run,
    ..Dcmd::BASE
};

/// What is looked for.
enum Wanted {
    All,
    Value(i32),
    Name(String),
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let mut words = std::mem::take(&mut ctx.args.operands);
    let name = typed::type_name(&mut words)?;
    let wanted = match (words.as_slice(), ctx.addr) {
        ([], None) => Wanted::All,
        ([], Some(addr)) => Wanted::Value(addr.0 as i32),
        ([_], Some(_)) => return Err(Error::Usage(Some("may only specify one of: name, address".to_owned()))),
        ([Arg::Text(name)], None) => Wanted::Name(name.clone()),
        ([Arg::Number(value)], None) => Wanted::Value(*value as i32),
        _ => return Err(Error::usage()),
    };
    let tagged = format!("enum {name}");
    let found = if name.contains(' ') { None } else { ctx.session.lookup_type(&tagged) };
    let found = found.or_else(|| ctx.session.lookup_type(&name));
    let found = found.ok_or_else(|| Error::failed(format!("types '{tagged}', '{name}': unknown type name")))?;
    let Type::Enumeration { values, .. } = found.resolved().kind() else {
        return Err(Error::failed(format!("'{name}': not an enumeration")));
    };
    let values = values.clone();
    let bits = print::is_bits(&values);
    let hex = bits || ctx.args.has('x');
    if ctx.first && !ctx.out.is_pipe() {
        let columns = if hex { 8 } else { 11 };
        ctx.out.text(format_args!("{:>columns$} {:<64}\n", "VALUE", "NAME"));
    }
    if let (Wanted::Value(value), true) = (&wanted, bits) {
        ctx.out.item(&Line { value: *value, name: print::bit_names(*value, &values), hex });
        return Ok(());
    }
    let skipped = if ctx.args.has('e') { print::common_prefix(&values) } else { 0 };
    let mut any = false;
    for (name, value) in &values {
        let shown = match &wanted {
            Wanted::All => true,
            Wanted::Value(wanted) => wanted == value,
            Wanted::Name(wanted) => wanted == name,
        };
        if shown {
            any = true;
            ctx.out.item(&Line { value: *value, name: name[skipped..].to_owned(), hex });
        }
    }
    match wanted {
        Wanted::Name(wanted) if !any => Err(Error::failed(format!("name \"{wanted}\" not in '{name}'"))),
        Wanted::Value(value) if !any => {
            Err(Error::failed(format!("value {} not in '{name}'", print::decimal_text(i64::from(value)))))
        }
        _ => Ok(()),
    }
}

struct Line {
    value: i32,
    name: String,
    hex: bool,
}

impl Item for Line {
    fn addr(&self) -> Option<jsdb::image::Addr> {
        Some(jsdb::image::Addr(self.value as u32 as u64))
    }
    fn text(&self, out: &mut String) {
        let Line { value, name, hex } = self;
        out.push_str(&match hex {
            true => format!("{:>8} {name}\n", number::digits(u64::from(*value as u32), 16)),
            false => format!("{value:>11} {name}\n"),
        });
    }
    fn json(&self) -> serde_json::Value {
        json!({ "name": self.name, "value": self.value })
    }
}
