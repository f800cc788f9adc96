//! `::fpregs`: a thread's floating-point registers.

use super::threads;
use jsdb::image::fpu::{FpRegisters, FpTag};
use jsdb::image::{Addr, Image, Kind, Machine};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Result, Subject, number};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "fpregs",
    aliases: &["$x", "$X", "$y", "$Y"],
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print floating point registers",
    help: "Prints the x87 stack, its control and status words, and the SSE registers of the thread whose id is the\n\
           address, or of the representative one.",
    examples: &[Example {
        why: "the floating-point registers",
        line: "::fpregs",
        shows: r##"
AMD64 (80486 chip with SSE)
cw     0x037f (IM|DM|ZM|OM|UM|PM|PC|SIG53|SIG64|RTN|P)
sw     0x0000 (TOP=0t0) (0)
xcp sw 0x0000 (0)

fop    0x0
rip    0x0
rdp    0x0

%st0   0x0000.0000000000000000 = +0.0000000000000000e+00 empty
%st1   0x0000.0000000000000000 = +0.0000000000000000e+00 empty
%st2   0x0000.0000000000000000 = +0.0000000000000000e+00 empty
%st3   0x0000.0000000000000000 = +0.0000000000000000e+00 empty
%st4   0x0000.0000000000000000 = +0.0000000000000000e+00 empty
%st5   0x0000.0000000000000000 = +0.0000000000000000e+00 empty
%st6   0x0000.0000000000000000 = +0.0000000000000000e+00 empty
%st7   0x0000.0000000000000000 = +0.0000000000000000e+00 empty

mxcsr  0x1fa7 (IE|DE|ZE|PE|IM|DM|ZM|OM|UM|PM|RTN)
xcp    0x1fa7 (IE|DE|ZE|PE|IM|DM|ZM|OM|UM|PM|RTN)

%xmm0  0x000000000000000040f4303000000000
%xmm1  0x000000000000000000007ffff7bf1cc0
%xmm2  0x0000281a8ef198a90000381613f08c39
%xmm3  0x0000281a8ef16a310000381613f9f039
%xmm4  0x0000381613f9f1810000281a8ef19889
%xmm5  0x0000381613f9f1f10000281a8ef16a31
%xmm6  0x0000381613f9f1c90000381613f9f1a1
%xmm7  0x0000281a8ef16a310000381613f9f181
%xmm8  0x0000281a8ef198890000281a8ef16a31
%xmm9  0x00000000000000000000000000000000
%xmm10 0x00000000000000000000000000000000
%xmm11 0x00000000000000000000000000000000
%xmm12 0x00000000000000000000000000000000
%xmm13 0x00000000000000000000000000000000
%xmm14 0x00000000000000000000000000000000
%xmm15 0x00000000000000000000000000000000
"##,
    }],
    see_also: &["regs"],
    json: &[
        Key::new("control", Is::Number, "control word"),
        Key::new("status", Is::Number, "status word"),
        Key::new("st", Is::List, "the stack: value and tag"),
        Key::new("mxcsr", Is::Number, "control and status of SSE"),
        Key::new("xmm", Is::List, "the xmm registers, in hex"),
    ],
    run,
    ..Dcmd::BASE
};

/// `_fp_hw` of illumos's libc (`<sys/fp.h>`): which chip there is.
mod hardware {
    pub const PRESENT: u32 = 2;
    pub const SOFTWARE: u32 = 1;
    pub const FP_287: u32 = 2;
    pub const FP_387: u32 = 3;
    pub const FP_486: u32 = 6;
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let image = &ctx.session.image;
    if matches!(image.kind, Kind::Raw { .. }) {
        return Err(threads::no_process());
    }
    let sse = match image.machine {
        Machine::Amd64 => {
            ctx.out.text("AMD64 (80486 chip with SSE)\n");
            true
        }
        Machine::I386 => {
            let (chip, sse) = (libc_word(image, "_fp_hw"), libc_word(image, "_sse_hw"));
            for (name, value) in [("_fp_hw", chip), ("_sse_hw", sse)] {
                if value.is_none() {
                    ctx.out.warn(format_args!("failed to read {name} value: unknown symbol name"));
                }
            }
            let (chip, sse) = (chip.unwrap_or(0), sse.unwrap_or(0) != 0);
            let with = if sse { " with SSE" } else { "" };
            ctx.out.text(format_args!("_fp_hw {chip:#04x} ({}{with})\n", name(chip)));
            if chip & hardware::PRESENT == 0 {
                return Ok(());
            }
            sse
        }
    };
    let missing = |why: &str| Error::failed(format!("failed to get floating point registers: {why}"));
    let thread = threads::chosen(image, ctx.addr).map_err(|_| missing("invalid thread identifier"))?;
    let registers = thread.fpu.as_ref().ok_or_else(|| missing("no register set available for thread"))?;
    ctx.out.item(&Shown { image, registers, sse });
    Ok(())
}

fn name(chip: u32) -> &'static str {
    match chip {
        hardware::SOFTWARE => "80387 software emulator",
        hardware::FP_287 => "80287 chip",
        hardware::FP_387 => "80387 chip",
        hardware::FP_486 => "80486 chip",
        _ => "no floating point support",
    }
}

/// A word that libc, or a static executable, has under `name`.
fn libc_word(image: &Image, name: &str) -> Option<u32> {
    let libc = image.object_called("libc.so").and_then(|libc| image.symbols.lookup_in(libc, name));
    let exe = || image.object_called("a.out").and_then(|exe| image.symbols.lookup_in(exe, name));
    image.space.u32(libc.or_else(exe)?.addr).ok()
}

/// Bits of the x87 control word, the status word and MXCSR, in mdb's letters.
const CONTROL: [(u32, &str); 9] = [
    (0x1, "IM"),
    (0x2, "DM"),
    (0x4, "ZM"),
    (0x8, "OM"),
    (0x10, "UM"),
    (0x20, "PM"),
    (0x300, "PC"),
    (0xc00, "RC"),
    (0x1000, "IC"),
];
const STATUS: [(u32, &str); 13] = [
    (0x1, "IE"),
    (0x2, "DE"),
    (0x4, "ZE"),
    (0x8, "OE"),
    (0x10, "UE"),
    (0x20, "PE"),
    (0x40, "SF"),
    (0x80, "ES"),
    (0x100, "C0"),
    (0x200, "C1"),
    (0x400, "C2"),
    (0x4000, "C3"),
    (0x8000, "B"),
];
const MXCSR: [(u32, &str); 13] = [
    (0x1, "IE"),
    (0x2, "DE"),
    (0x4, "ZE"),
    (0x8, "OE"),
    (0x10, "UE"),
    (0x20, "PE"),
    (0x40, "DAZ"),
    (0x80, "IM"),
    (0x100, "DM"),
    (0x200, "ZM"),
    (0x400, "OM"),
    (0x800, "UM"),
    (0x1000, "PM"),
];

fn bits(word: u32, table: &[(u32, &'static str)]) -> Vec<&'static str> {
    table.iter().filter(|(bit, _)| word & bit != 0).map(|&(_, name)| name).collect()
}

fn joined(names: &[&str]) -> String {
    if names.is_empty() { "0".to_owned() } else { names.join("|") }
}

fn control(word: u32) -> String {
    let mut names = bits(word, &CONTROL);
    // The precision is told by two bits that overlap, so 64 bits say 53 too.
    names.extend(bits(word, &[(0x200, "SIG53"), (0x300, "SIG64")]));
    names.push(match word & 0xc00 {
        0xc00 => "RTZ",
        0x400 => "RD",
        0x800 => "RU",
        _ => "RTN",
    });
    names.push(if word & 0x1000 != 0 { "A" } else { "P" });
    joined(&names)
}

fn mxcsr(word: u32) -> String {
    let mut names = bits(word, &MXCSR);
    names.push(match word & 0x6000 {
        0x6000 => "RTZ",
        0x2000 => "RD",
        0x4000 => "RU",
        _ => "RTN",
    });
    names.extend(bits(word, &[(0x8000, "FZ")]));
    joined(&names)
}

struct Shown<'i> {
    image: &'i Image,
    registers: &'i FpRegisters,
    /// Whether the SSE registers are shown.
    sse: bool,
}

impl Shown<'_> {
    fn named(&self, addr: u64) -> String {
        match self.image.symbolize(Addr(addr)) {
            Some(name) => name.to_string(),
            None => number::with_base(addr, 16),
        }
    }
}

impl Item for Shown<'_> {
    fn text(&self, out: &mut String) {
        let r = self.registers;
        let status = |word: u16| joined(&bits(word.into(), &STATUS));
        let saved = r.exception_status.unwrap_or(0);
        let _ = writeln!(out, "cw     {:#06x} ({})", r.control, control(r.control.into()));
        let _ = writeln!(out, "sw     {:#06x} (TOP=0t{}) ({})", r.status, r.top(), status(r.status));
        let _ = writeln!(out, "xcp sw {saved:#06x} ({})\n", status(saved));
        let _ = match self.image.machine {
            Machine::I386 => writeln!(
                out,
                "ipoff  {}\ncssel  {:#x}\ndtoff  {}\ndtsel  {:#x}\n",
                self.named(r.instruction.0),
                r.instruction.1,
                self.named(r.operand.0),
                r.operand.1
            ),
            Machine::Amd64 => {
                writeln!(out, "fop    {:#x}\nrip    {:#x}\nrdp    {:#x}\n", r.opcode, r.instruction.0, r.operand.0)
            }
        };
        for (i, st) in r.st.iter().enumerate() {
            let value = number::exponential(st.to_f64(), 16);
            let _ = writeln!(out, "%st{i}   {:#06x}.{:016x} = {value} {}", st.exponent, st.significand, tag(r.tag(i)));
        }
        if !self.sse {
            return;
        }
        let (now, then) = (r.mxcsr.unwrap_or(0), r.exception_mxcsr.unwrap_or(0));
        let _ = writeln!(out, "\nmxcsr  {now:#06x} ({})", mxcsr(now));
        let _ = writeln!(out, "xcp    {then:#06x} ({})\n", mxcsr(then));
        for (i, xmm) in r.xmm.iter().enumerate() {
            let _ = writeln!(out, "%xmm{i:<2} 0x{xmm:032x}");
        }
    }

    fn json(&self) -> Json {
        let r = self.registers;
        json!({
            "control": r.control,
            "status": r.status,
            "st": r.st.iter().enumerate().map(|(i, st)| json!({
                "value": jsdb::shell::json::number(st.to_f64()), "tag": tag(r.tag(i)),
            })).collect::<Vec<_>>(),
            "mxcsr": r.mxcsr,
            "xmm": r.xmm.iter().map(|xmm| format!("0x{xmm:032x}")).collect::<Vec<_>>(),
        })
    }
}

fn tag(tag: FpTag) -> &'static str {
    match tag {
        FpTag::Valid => "valid",
        FpTag::Zero => "zero",
        FpTag::Special => "special",
        FpTag::Empty => "empty",
    }
}
