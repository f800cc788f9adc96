//! `::stack`: who called whom.

use super::threads;
use jsdb::image::unwind::{Frame, Stack};
use jsdb::image::{Addr, Image, Width};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Item, Result, Subject, json, number};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// What a frame is in JSON.
pub const KEYS: &[Key] = &[
    Key::new("pc", Is::Hex, "where it goes on"),
    Key::new("fp", Is::Hex, "its frame pointer"),
    Key::or_null("name", Is::Text, "the function, and how far in it"),
    Key::new("arguments", Is::List, "what it was given, where that is saved"),
];

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "stack",
    aliases: &["$c"],
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print stack backtrace",
    operands: "[count]",
    help: "Prints the native frames of the representative thread, innermost first: the code and, in a 32-bit process,\n\
           at most `count` of its arguments (6 if not given). With an address, the frames below the one whose frame\n\
           pointer that is. Code that JavaScript was compiled to has no names here: see ::jsstack.",
    examples: &[Example {
        why: "where the process was",
        line: "::stack",
        shows: r##"
0x7ffff7b162ec()
uv_fs_read+0xe8()
node::Read+0x3f3()
v8::internal::Builtin_HandleApiCall+0x22f()
0x2e5ce7506362()
0x2e5ce7562c29()
0x2e5ce75e1802()
0x2e5ce75e0df1()
0x2e5ce75e06a4()
0x2e5ce75bcf5b()
0x2e5ce75bc966()
0x2e5ce750ccce()
0x2e5ce75563ea()
0x2e5ce750ccce()
0x2e5ce7583200()
0x2e5ce7575b49()
0x2e5ce750ccce()
0x2e5ce757f601()
0x2e5ce7575b1c()
0x2e5ce75b9f6c()
0x2e5ce75b9c91()
0x2e5ce75dd1cf()
0x2e5ce75b8e11()
0x2e5ce750ccce()
0x2e5ce75dba7b()
0x2e5ce750d507()
0x2e5ce7506116()
v8::internal::Invoke+0x1f0()
v8::internal::Execution::Call+0x9c()
v8::Function::Call+0x102()
node::MakeCallback+0xa1()
node::MakeCallback+0x96()
node::StreamWrap::OnReadCommon+0x127()
uv__stream_io+0x59d()
uv__io_poll+0x31b()
uv_run+0xa5()
node::Start+0x16c()
0x7ffff7a4524a()
"##,
    }],
    see_also: &["$C", "stackregs", "findstack", "jsstack"],
    json: KEYS,
    run: |ctx| print(ctx, Style::Plain),
    ..Dcmd::BASE
};

/// How many arguments a frame shows if nobody says (mdb's `m_nargs`).
pub const ARGUMENTS: u64 = 6;

/// What is shown of each frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Code and arguments.
    Plain,
    /// The frame pointer before them.
    Pointers,
}

/// Runs `::stack` in a style.
///
/// # Errors
/// When the arguments are wrong, or there is no process.
pub fn print(ctx: &mut Context<'_>, style: Style) -> Result<()> {
    let count = match ctx.args.operands.as_slice() {
        [] => ARGUMENTS,
        [Arg::Number(count)] => *count,
        [Arg::Text(text)] => ctx.number(text)?,
        _ => return Err(Error::usage()),
    };
    let image = &ctx.session.image;
    let thread = threads::chosen(image, None)?;
    let stack = match ctx.addr {
        Some(fp) => image.stack_from(fp),
        None => image.stack(thread),
    };
    show(ctx, &stack, style, count, "");
    Ok(())
}

/// Shows the frames of `stack`, each behind `indent`, and says why they end if that is not the bottom.
pub fn show(ctx: &mut Context<'_>, stack: &Stack, style: Style, count: u64, indent: &str) {
    let image = &ctx.session.image;
    let radix = ctx.session.lang.radix;
    for (at, frame) in stack.frames.iter().enumerate() {
        let name = image.symbolize_frame(stack, at).map(|n| n.to_string());
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(frame.arguments.len());
        let arguments = &frame.arguments[..count];
        ctx.out.item(&Line { image, frame, name, arguments, style, radix, indent });
    }
    if let Some(note) = stack.note() {
        ctx.out.warn(note);
    }
}

struct Line<'a> {
    image: &'a Image,
    frame: &'a Frame,
    name: Option<String>,
    arguments: &'a [u64],
    style: Style,
    radix: u32,
    indent: &'a str,
}

impl Item for Line<'_> {
    fn addr(&self) -> Option<Addr> {
        Some(self.frame.pc)
    }

    fn text(&self, out: &mut String) {
        out.push_str(self.indent);
        if self.style == Style::Pointers {
            let w = match self.image.width {
                Width::W32 => 8,
                Width::W64 => 16,
            };
            let _ = write!(out, "{:0>w$} ", number::digits(self.frame.fp.0, self.radix));
        }
        match &self.name {
            Some(name) => out.push_str(name),
            None => {
                out.push_str(&number::with_base(self.frame.pc.0, 16));
            }
        }
        let arguments: Vec<String> = self.arguments.iter().map(|&a| number::digits(a, self.radix)).collect();
        let _ = writeln!(out, "({})", arguments.join(", "));
    }

    fn json(&self) -> Json {
        json!({
            "pc": json::address(self.frame.pc),
            "fp": json::address(self.frame.fp),
            "name": self.name,
            "arguments": self.arguments.iter().map(|&a| json::address(Addr(a))).collect::<Vec<_>>(),
        })
    }
}
