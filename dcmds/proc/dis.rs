//! `::dis`: machine code.

use jsdb::image::disasm::{Disassembler, Instruction};
use jsdb::image::{Addr, Image, Kind, SymbolKind, Width};
use jsdb::shell::format::Space;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::pen::Pen;
use jsdb::shell::{
    AddrUse, Arg, Context, Dcmd, Error, Example, Format, Item, Opt, OptValue, Result, Subject, json, number,
};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "dis",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "disassemble near addr",
    operands: "[addr]",
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "addresses as numbers" },
        Opt { letter: 'b', value: OptValue::Flag, help: "addresses as numbers and as symbols" },
        Opt { letter: 'f', value: OptValue::Flag, help: "from the object file" },
        Opt {
            letter: 'w',
            value: OptValue::Flag,
            help: "a window around the address, even if a function begins there",
        },
        Opt { letter: 'n', value: OptValue::Number("cnt"), help: "this many instructions more, before and behind" },
    ],
    help: "Disassembles the function that begins at the address, or ten instructions before and behind it if none\n\
           does. Behind an operand stands, between angle brackets, where it leads. Dot moves to the end.",
    examples: &[
        Example {
            why: "compiled JavaScript, by number",
            line: "2e5ce75e05c0::dis -a -n 3",
            shows: r##"
2e5ce75e05c0                    pushq  %rbp
2e5ce75e05c1                    movq   %rsp,%rbp
2e5ce75e05c4                    pushq  %rsi
2e5ce75e05c5                    pushq  %rdi
"##,
        },
        Example {
            why: "where a call comes from",
            line: "2e5ce75e06a4::dis -w -n 1",
            shows: r##"
0x2e5ce75e06a4:                 movq   -0x8(%rbp),%rsi
0x2e5ce75e06a8:                 addq   $0x8,%rsp
"##,
        },
        Example {
            why: "by number and by symbol",
            line: "2e5ce75e05c0::dis -b -n 0",
            shows: "2e5ce75e05c0      0x2e5ce75e05c0:                       pushq  %rbp",
        },
        Example {
            why: "the program's text is in its file alone",
            line: "main::dis -f -n 0",
            shows: "jsdb: failed to read instruction at 0x9b77e0: no mapping for address",
        },
    ],
    see_also: &["dismode", "v8code", "v8function"],
    json: &[
        Key::new("address", Is::Hex, "where it is"),
        Key::new("size", Is::Number, "how many bytes"),
        Key::new("text", Is::Text, "the instruction"),
        Key::or_null("target", Is::Hex, "the address that it names"),
    ],
    run,
    ..Dcmd::BASE
};

/// Instructions before and behind the address if -n does not say.
const WINDOW: u64 = 10;

/// How an address is shown before its instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Label {
    Symbol,
    Number,
    Both,
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let has = |letter| ctx.args.has(letter);
    let image = &ctx.session.image;
    let addr = match ctx.args.operands.as_slice() {
        [] => ctx.dot,
        [Arg::Number(addr)] => Addr(*addr),
        [Arg::Text(text)] if text.starts_with('-') => return Err(Error::usage()),
        [Arg::Text(text)] if text.starts_with(|c: char| c.is_ascii_digit()) => Addr(ctx.number(text)?),
        [Arg::Text(name)] => {
            let unknown = |_| Error::failed(format!("symbol '{name}' not found"));
            image.symbol(name).map_err(unknown)?.addr
        }
        _ => return Err(Error::usage()),
    };
    let addr = Addr(image.width.truncate(addr.0));
    let asked = ctx.addr.is_some() || !ctx.args.options.is_empty() || !ctx.args.operands.is_empty();
    let function = image
        .symbol_at(addr)
        .filter(|(symbol, into)| *into == 0 && symbol.kind() == SymbolKind::Function)
        .map(|(symbol, _)| symbol);
    let looped = ctx.piped || ctx.count.is_some();
    let window = !looped && (has('w') || asked && function.is_none());
    let lines = Lines {
        space: if has('f') || image.kind != Kind::Core { Space::File } else { Space::Memory },
        label: match (has('a'), has('b')) {
            (true, _) => Label::Number,
            (false, true) => Label::Both,
            (false, false) => Label::Symbol,
        },
    };
    let count = ctx.args.number('n');
    let end =
        function.filter(|f| f.size > 0 && count.is_none() && !window && asked).map(|f| addr.offset(f.size as i64));
    let behind = count.unwrap_or(WINDOW);
    let after = if window {
        let first = image.instructions_before(addr, usize::try_from(behind).unwrap_or(usize::MAX));
        lines.put(ctx, first, |at, _| at < addr).and_then(|at| lines.put(ctx, at, |_, n| n <= behind))
    } else {
        match end {
            Some(end) => lines.put(ctx, addr, |at, _| at < end),
            None => lines.put(ctx, addr, |_, n| n <= behind),
        }
    }?;
    ctx.session.lang.dot = after.0;
    Ok(())
}

/// How instructions are read and shown.
struct Lines {
    space: Space,
    label: Label,
}

impl Lines {
    /// Shows instructions from `at` on while `more` (of the address and of how many were shown) says so; where the
    /// next one would be.
    fn put(&self, ctx: &mut Context<'_>, mut at: Addr, more: impl Fn(Addr, u64) -> bool) -> Result<Addr> {
        let mut shown = 0;
        while more(at, shown) {
            ctx.session.check_cancel()?;
            let Some(instruction) = self.space.instruction(ctx.session, at.0) else {
                if ctx.session.image.code == Disassembler::Default {
                    return Err(Error::Told);
                }
                let at = number::with_base(at.0, ctx.session.lang.radix);
                return Err(Error::failed(format!("failed to read instruction at {at}: no mapping for address")));
            };
            let label = label(&ctx.session.image, at, self.label);
            let next = at.offset(instruction.len as i64);
            line(ctx, &Line { label, instruction });
            // A wrap around ends the address space.
            if next <= at {
                return Ok(next);
            }
            at = next;
            shown += 1;
        }
        Ok(at)
    }
}

fn label(image: &Image, at: Addr, label: Label) -> String {
    let symbolic = || image.symbolize(at).map_or_else(|| number::with_base(at.0, 16), |name| name.to_string()) + ":";
    let digits = match image.width {
        Width::W32 => 8,
        Width::W64 => 16,
    };
    match label {
        Label::Symbol => format!("{:<32}", symbolic()),
        Label::Number => format!("{:<32x}", at.0),
        Label::Both => format!("{:<digits$x}  {:<32}", at.0, symbolic()),
    }
}

/// Puts a line; where one is wider than the page mdb breaks it.
fn line(ctx: &mut Context<'_>, line: &Line) {
    if ctx.out.format != Format::Text {
        ctx.out.item(line);
        return;
    }
    let mut pen = Pen::new(ctx.out, ctx.session.settings.width);
    pen.put(&line.label);
    pen.align(8);
    pen.put(&line.instruction.text);
    pen.newline();
}

/// An instruction and what stands before it.
struct Line {
    label: String,
    instruction: Instruction,
}

impl Item for Line {
    fn addr(&self) -> Option<Addr> {
        Some(self.instruction.at)
    }

    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{} {}", self.label, self.instruction.text);
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.instruction.at),
            "size": self.instruction.len,
            "text": self.instruction.text,
            "target": self.instruction.target.map(json::address),
        })
    }
}
