//! `::regs`: a thread's general registers.

use super::threads;
use jsdb::image::{Addr, Image, Machine, Registers};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Result, Subject, json};
use serde_json::{Map, Value as Json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "regs",
    aliases: &["$r"],
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print general-purpose registers",
    help: "Prints the general registers of the thread whose id is the address, or of the representative one: the one\n\
           that died, or the first.",
    examples: &[Example {
        why: "where thread 2 was",
        line: "2::regs",
        shows: r##"
%rax = 0xfffffffffffffffc       %r8  = 0x0000000000000000
%rbx = 0x0000000000000000       %r9  = 0x00000000ffffffff
%rcx = 0x00007ffff7aa3f16       %r10 = 0x0000000000000000
%rdx = 0x0000000000000000       %r11 = 0x0000000000000246
%rsi = 0x0000000000000189       %r12 = 0x00007ffff7ea0d60
%rdi = 0x00007ffff0000b78       %r13 = 0x00007ffff7ea0df0
                                %r14 = 0x00007fffffffe900
                                %r15 = 0x00007ffff7e91000

%cs = 0x0053    %fs = 0x0000    %gs = 0x0000
%ds = 0x0000    %es = 0x0000    %ss = 0x004b

%rip = 0x00007ffff7aa3f16 
%rbp = 0x0000000000000000
%rsp = 0x00007ffff7ea0d20

%rflags = 0x00000246
  id=0 vip=0 vif=0 ac=0 vm=0 rf=0 nt=0 iopl=0x0
  status=<of,df,IF,tf,sf,ZF,af,PF,cf>

%gsbase = 0x0000000000000000
%fsbase = 0x00007ffff7ea16c0
%trapno = 0x0
   %err = 0x0
"##,
    }],
    see_also: &["stack", "fpregs", "status"],
    json: &[Key::new("*", Is::Hex, "each register by its name")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let image = &ctx.session.image;
    let thread = threads::chosen(image, ctx.addr)?;
    ctx.out.item(&Shown { image, registers: &thread.registers });
    Ok(())
}

struct Shown<'i> {
    image: &'i Image,
    registers: &'i Registers,
}

impl Shown<'_> {
    /// A register, 0 if it was not noted.
    fn value(&self, name: &str) -> u64 {
        self.registers.get(name).unwrap_or(0)
    }

    /// What an address in a register is called, if anything.
    fn named(&self, name: &str) -> String {
        self.image.symbolize(Addr(self.value(name))).map(|n| n.to_string()).unwrap_or_default()
    }

    fn i386(&self, out: &mut String) {
        for (segment, general) in
            [("cs", "eax"), ("ds", "ebx"), ("ss", "ecx"), ("es", "edx"), ("fs", "esi"), ("gs", "edi")]
        {
            let (s, g) = (self.value(segment), self.value(general));
            let _ = writeln!(out, "%{segment} = {s:#06x}            %{general} = {g:#010x} {}", self.named(general));
        }
        let _ = writeln!(out, "\n %eip = {:#010x} {}", self.value("eip"), self.named("eip"));
        let _ = writeln!(out, " %ebp = {:#010x}", self.value("ebp"));
        let _ = writeln!(out, "%kesp = {:#010x}", self.value("kesp"));
        let _ = writeln!(out, "\n%eflags = {:#010x}", self.value("eflags"));
        flags(out, self.value("eflags"));
        let _ = writeln!(out, "\n   %esp = {:#010x}", self.value("esp"));
        let _ = writeln!(out, "%trapno = {:#x}", self.value("trapno"));
        let _ = writeln!(out, "   %err = {:#x}", self.value("err"));
    }

    fn amd64(&self, out: &mut String) {
        let rows = [("rax", "r8 "), ("rbx", "r9 "), ("rcx", "r10"), ("rdx", "r11"), ("rsi", "r12"), ("rdi", "r13")];
        for (left, right) in rows {
            let (l, r) = (self.value(left), self.value(right.trim_end()));
            let _ = writeln!(out, "%{left} = {l:#018x}       %{right} = {r:#018x}");
        }
        for right in ["r14", "r15"] {
            let _ = writeln!(out, "{:32}%{right} = {:#018x}", "", self.value(right));
        }
        out.push('\n');
        for row in [["cs", "fs", "gs"], ["ds", "es", "ss"]] {
            let [a, b, c] = row.map(|name| format!("%{name} = {:#06x}", self.value(name)));
            let _ = writeln!(out, "{a}    {b}    {c}");
        }
        let _ = writeln!(out, "\n%rip = {:#018x} {}", self.value("rip"), self.named("rip"));
        let _ = writeln!(out, "%rbp = {:#018x}", self.value("rbp"));
        let _ = writeln!(out, "%rsp = {:#018x}", self.value("rsp"));
        let _ = writeln!(out, "\n%rflags = {:#010x}", self.value("rflags"));
        flags(out, self.value("rflags"));
        let _ = writeln!(out, "\n%gsbase = {:#018x}", self.value("gsbase"));
        let _ = writeln!(out, "%fsbase = {:#018x}", self.value("fsbase"));
        let _ = writeln!(out, "%trapno = {:#x}", self.value("trapno"));
        let _ = writeln!(out, "   %err = {:#x}", self.value("err"));
    }
}

/// EFLAGS spelled out (Intel SDM volume 1, 3.4.3).
fn flags(out: &mut String, flags: u64) {
    let bit = |n: u32| flags >> n & 1;
    let _ = writeln!(
        out,
        "  id={} vip={} vif={} ac={} vm={} rf={} nt={} iopl={:#x}",
        bit(21),
        bit(20),
        bit(19),
        bit(18),
        bit(17),
        bit(16),
        bit(14),
        flags >> 12 & 3
    );
    let named = [(11, "of"), (10, "df"), (9, "if"), (8, "tf"), (7, "sf"), (6, "zf"), (4, "af"), (2, "pf"), (0, "cf")];
    let shown: Vec<String> =
        named.iter().map(|&(n, name)| if bit(n) == 1 { name.to_uppercase() } else { name.to_owned() }).collect();
    let _ = writeln!(out, "  status=<{}>", shown.join(","));
}

impl Item for Shown<'_> {
    fn text(&self, out: &mut String) {
        match self.image.machine {
            Machine::I386 => self.i386(out),
            Machine::Amd64 => self.amd64(out),
        }
    }

    fn json(&self) -> Json {
        let values = &self.registers.values;
        values.iter().map(|&(name, value)| (name.to_owned(), json::address(Addr(value)))).collect::<Map<_, _>>().into()
    }
}
