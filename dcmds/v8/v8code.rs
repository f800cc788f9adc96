//! `::v8code`: where a Code object keeps its instructions, and what they are.

use jsdb::heap::{Code, Tagged, describe};
use jsdb::image::Addr;
use jsdb::image::disasm::{self, Instruction, LONGEST};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::ops::Range;

/// The option that `::v8function` shares.
pub const DISASSEMBLE: Opt = Opt { letter: 'd', value: OptValue::Flag, help: "also disassemble the instructions" };

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "v8code",
    subject: Subject::V8,
    addr: AddrUse::Required,
    summary: "print information about a V8 Code object",
    options: &[DISASSEMBLE],
    help: "Prints where the instructions of the Code object at the address begin and end. With -d, prints the \
           instructions, and between angle brackets what they call and which objects they mention: inline caches and \
           stubs by their kind, strings, functions and maps by type.",
    examples: &[
        Example {
            why: "where the instructions of a Code object lie",
            line: "2e5ce75e0561::v8code",
            shows: "code: 2e5ce75e0561\ninstructions: [2e5ce75e05c0, 2e5ce75e06f0)\n",
        },
        Example {
            why: "how it begins",
            line: "2e5ce75e0561::v8code -d ! head -n 6",
            shows: "code: 2e5ce75e0561\ninstructions: [2e5ce75e05c0, 2e5ce75e06f0)\n        0x2e5ce75e05c0: pushq  %rbp\n        0x2e5ce75e05c1: movq   %rsp,%rbp\n        0x2e5ce75e05c4: pushq  %rsi\n        0x2e5ce75e05c5: pushq  %rdi\n",
        },
    ],
    see_also: &["v8function", "jsfunctions"],
    json: &[
        Key::new("code", Is::Hex, "the Code object"),
        Key::new("start", Is::Hex, "where its instructions begin"),
        Key::new("end", Is::Hex, "and end"),
        Key::new("instruction", Is::Hex, "-d: where an instruction is"),
        Key::new("bytes", Is::Number, "-d: its size"),
        Key::new("text", Is::Text, "-d: the instruction"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    show(ctx, word)
}

/// Shows the Code object at `word`, with its instructions if `-d` asks for them.
///
/// # Errors
/// When there is none, or its instructions cannot be read.
pub fn show(ctx: &mut Context<'_>, word: Tagged) -> Result<()> {
    let heap = ctx.session.heap()?;
    let range = Code::load(heap, word)?.instructions()?;
    ctx.out.item(&Instructions { code: word, range: range.clone() });
    if !ctx.args.has('d') {
        return Ok(());
    }
    let image = heap.image();
    let name = |addr| image.symbolize(addr).map(|name| name.to_string()).or_else(|| describe::operand(heap, addr));
    let mut at = range.start;
    while at < range.end {
        ctx.session.check_cancel()?;
        let left = usize::try_from(range.end.0 - at.0).unwrap_or(LONGEST);
        let bytes = image
            .space
            .bytes(at, left.min(LONGEST))
            .map_err(|error| Error::failed(format!("failed to disassemble at {at}: {error}")))?;
        let Some(instruction) = disasm::decode(&bytes, at, image.machine, &name) else { break };
        at = at.offset(instruction.len as i64);
        ctx.out.item(&Line(instruction));
    }
    Ok(())
}

/// One instruction.
struct Line(Instruction);

/// How far instructions are set in, in columns.
const INDENT: usize = 8;
/// How wide their addresses are.
const LABEL: usize = 16;
/// Where a tab goes: to the next multiple of this.
const TAB: usize = 8;

impl Item for Line {
    fn addr(&self) -> Option<Addr> {
        Some(self.0.at)
    }

    fn text(&self, out: &mut String) {
        let mut line = format!("{:INDENT$}{:<LABEL$}", "", format!("0x{}:", self.0.at));
        for (at, part) in self.0.text.split('\t').enumerate() {
            if at > 0 {
                let column = (line.len() + 1).next_multiple_of(TAB);
                line = format!("{line:column$}");
            }
            line.push_str(part);
        }
        let _ = writeln!(out, "{line}");
    }

    fn json(&self) -> Json {
        json!({ "instruction": json::address(self.0.at), "bytes": self.0.len, "text": self.0.text })
    }
}

/// Where code lies.
struct Instructions {
    code: Tagged,
    range: Range<Addr>,
}

impl Item for Instructions {
    fn addr(&self) -> Option<Addr> {
        Some(self.range.start)
    }

    fn text(&self, out: &mut String) {
        let Range { start, end } = self.range;
        let _ = writeln!(out, "code: {}\ninstructions: [{start}, {end})", self.code);
    }

    fn json(&self) -> Json {
        let Range { start, end } = self.range;
        json!({
            "code": json::address(self.code.addr()),
            "start": json::address(start),
            "end": json::address(end),
        })
    }
}
