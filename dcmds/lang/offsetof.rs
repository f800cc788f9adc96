//! `::offsetof`: where a member lies in its struct.

use jsdb::image::Addr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::typed;
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Item, Result, number};
use serde_json::json;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "offsetof",
    summary: "print the offset of a given struct or union member",
    operands: "type member",
    help: "Prints how many bytes from its beginning a member of a struct or union lies, and how large it is. In a pipe\n\
           the offset is handed on.",
    examples: &[Example {
        why: "of a type made here",
        line: "::typedef -c lp64; ::typedef 'struct { int id; char name[12]; }' rec_t; ::offsetof rec_t name",
        shows: "offsetof (rec_t, name) = 4, sizeof (...->name) = 0x12",
    }],
    see_also: &["sizeof", "typedef"],
    json: &[
        Key::new("type", Is::Text, "the type"),
        Key::new("member", Is::Text, "the member"),
        Key::new("offset", Is::Number, "in bytes"),
        Key::new("bit", Is::Number, "and bits"),
        Key::new("size", Is::Number, "how many bytes the member takes"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let mut words = std::mem::take(&mut ctx.args.operands);
    let name = typed::type_name(&mut words)?;
    let [Arg::Text(member)] = words.as_slice() else { return Err(Error::usage()) };
    let found = ctx.session.type_called(&name)?.member(member);
    let (of, offset) = found.ok_or_else(|| {
        Error::failed(format!("failed to find member {member} of type {name}: no such member of structure or union"))
    })?;
    if ctx.out.is_pipe() && offset % 8 != 0 {
        return Err(Error::failed(format!("member {member} of type {name} is not byte-aligned")));
    }
    let size = of.size();
    ctx.out.item(&Offset { name, member: member.clone(), offset, size, radix: ctx.session.lang.radix });
    Ok(())
}

struct Offset {
    name: String,
    member: String,
    /// In bits.
    offset: u64,
    size: u64,
    radix: u32,
}

impl Item for Offset {
    fn addr(&self) -> Option<Addr> {
        Some(Addr(self.offset / 8))
    }
    fn text(&self, out: &mut String) {
        let Offset { name, member, offset, size, radix } = self;
        out.push_str(&format!("offsetof ({name}, {member}) = {}", number::with_base(offset / 8, *radix)));
        if offset % 8 != 0 {
            out.push_str(&format!(".{}", number::digits(offset % 8, *radix)));
        }
        if *size > 0 {
            out.push_str(&format!(", sizeof (...->{member}) = {}", number::with_base(*size, *radix)));
        }
        out.push('\n');
    }
    fn json(&self) -> serde_json::Value {
        json!({
            "type": self.name,
            "member": self.member,
            "offset": self.offset / 8,
            "bit": self.offset % 8,
            "size": self.size,
        })
    }
}
