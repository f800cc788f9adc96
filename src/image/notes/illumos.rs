//! illumos notes (proc(4), core(4)): psinfo, pstatus, lwpstatus and their companions.
//!
//! Knows: the structures of `<sys/procfs.h>`, both data models. Must not know: anything else.

use super::{Noted, Record};
use crate::image::elf::Note;
use crate::image::fpu::FpRegisters;
use crate::image::process::{Credentials, OpenFile, Utsname};
use crate::image::signal::{self, SigInfo};
use crate::image::{Addr, Os, Registers, Thread, Width};
use std::collections::HashMap;

/// Note types (`<sys/elf.h>`) of the modern segment.
mod nt {
    pub const PLATFORM: u32 = 5;
    pub const AUXV: u32 = 6;
    pub const PSTATUS: u32 = 10;
    pub const PSINFO: u32 = 13;
    pub const PRCRED: u32 = 14;
    pub const UTSNAME: u32 = 15;
    pub const LWPSTATUS: u32 = 16;
    pub const LWPSINFO: u32 = 17;
    pub const CONTENT: u32 = 20;
    pub const ZONENAME: u32 = 21;
    pub const FDINFO: u32 = 22;
}

/// Where the fields of one data model's structures lie, in bytes.
struct Layout {
    psinfo: Psinfo,
    pstatus: Pstatus,
    lwpstatus: Lwpstatus,
    lwpsinfo: Lwpsinfo,
    siginfo: Siginfo,
}

/// psinfo_t.
struct Psinfo {
    size: usize,
    start: usize,
    fname: usize,
    psargs: usize,
    wstat: usize,
    argv: usize,
    envp: usize,
}

/// pstatus_t.
struct Pstatus {
    size: usize,
    brkbase: usize,
    brksize: usize,
    stkbase: usize,
    stksize: usize,
    sigtrace: usize,
    lwp: usize,
}

/// lwpstatus_t.
struct Lwpstatus {
    size: usize,
    info: usize,
    old_context: usize,
    syscall: usize,
    registers: usize,
    fpu: usize,
}

/// lwpsinfo_t.
struct Lwpsinfo {
    size: usize,
    sname: usize,
    name: usize,
}

/// siginfo_t.
struct Siginfo {
    pid: usize,
    uid: usize,
}

const ILP32: Layout = Layout {
    psinfo: Psinfo { size: 336, start: 64, fname: 88, psargs: 104, wstat: 184, argv: 192, envp: 196 },
    pstatus: Pstatus { size: 1136, brkbase: 48, brksize: 52, stkbase: 56, stksize: 60, sigtrace: 96, lwp: 336 },
    lwpstatus: Lwpstatus { size: 800, info: 16, old_context: 220, syscall: 224, registers: 344, fpu: 420 },
    lwpsinfo: Lwpsinfo { size: 104, sname: 18, name: 56 },
    siginfo: Siginfo { pid: 12, uid: 16 },
};

const LP64: Layout = Layout {
    psinfo: Psinfo { size: 416, start: 88, fname: 136, psargs: 152, wstat: 232, argv: 240, envp: 248 },
    pstatus: Pstatus { size: 1680, brkbase: 48, brksize: 56, stkbase: 64, stksize: 72, sigtrace: 144, lwp: 384 },
    lwpstatus: Lwpstatus { size: 1296, info: 16, old_context: 360, syscall: 368, registers: 544, fpu: 768 },
    lwpsinfo: Lwpsinfo { size: 128, sname: 26, name: 80 },
    siginfo: Siginfo { pid: 16, uid: 24 },
};

/// Order of pr_reg in a 32-bit process (`<sys/regset.h>`). UESP is the stack pointer; ESP is the kernel's own.
const I386: [&str; 19] = [
    "gs", "fs", "es", "ds", "edi", "esi", "ebp", "kesp", "ebx", "edx", "ecx", "eax", "trapno", "err", "eip", "cs",
    "eflags", "esp", "ss",
];
/// Order of pr_reg in a 64-bit process (`<sys/regset.h>`).
const AMD64: [&str; 28] = [
    "r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "rdi", "rsi", "rbp", "rbx", "rdx", "rcx", "rax", "trapno",
    "err", "rip", "cs", "rflags", "rsp", "ss", "fs", "gs", "es", "ds", "fsbase", "gsbase",
];

/// SIGKILL, which the kernel notes for the lwps that it stopped while another one died.
const SIGKILL: i32 = 9;

/// Reads the notes of the last PT_NOTE.
pub fn read(notes: &[Note<'_>], width: Width) -> Noted {
    let layout = match width {
        Width::W32 => &ILP32,
        Width::W64 => &LP64,
    };
    let mut noted = Noted { os: Os::Illumos, ..Noted::default() };
    let mut representative = None;
    let mut described: Vec<(i32, Option<char>, Option<Vec<u8>>)> = Vec::new();
    for note in notes {
        let record = Record { bytes: note.desc, width };
        let mut check = |name: &str, size: usize| {
            if record.bytes.len() < size {
                let have = record.bytes.len();
                noted.warnings.push(format!("note {name} has {have} bytes where {size} were expected"));
            }
        };
        match note.kind {
            nt::PSINFO => {
                check("NT_PSINFO", layout.psinfo.size);
                psinfo(&mut noted, record, &layout.psinfo);
            }
            nt::PSTATUS => {
                check("NT_PSTATUS", layout.pstatus.size);
                let at = &layout.pstatus;
                let range = |base: usize, size: usize| Some((Addr(record.word(base)?), record.word(size)?));
                noted.process.brk = range(at.brkbase, at.brksize);
                noted.process.stack = range(at.stkbase, at.stksize);
                let words = [0, 4, 8, 12].map(|n| record.u32(at.sigtrace + n));
                noted.process.traced_signals = match words {
                    [Some(a), Some(b), Some(c), Some(d)] => Some([a, b, c, d]),
                    _ => None,
                };
                representative = record.from(at.lwp).and_then(|lwp| thread(lwp, layout));
            }
            nt::LWPSTATUS => {
                check("NT_LWPSTATUS", layout.lwpstatus.size);
                noted.threads.extend(thread(record, layout));
            }
            nt::LWPSINFO => {
                check("NT_LWPSINFO", layout.lwpsinfo.size);
                let state = record.get(layout.lwpsinfo.sname, 1).map(|b| char::from(b[0]));
                let name = record.text(layout.lwpsinfo.name, 16).filter(|n| !n.is_empty());
                described.extend(record.i32(4).map(|id| (id, state, name)));
            }
            nt::AUXV => noted.process.auxv = record.auxv(),
            nt::PLATFORM => noted.process.platform = record.text(0, record.bytes.len()),
            nt::UTSNAME => noted.process.utsname = utsname(record),
            nt::PRCRED => noted.process.credentials = credentials(record),
            nt::CONTENT => noted.process.content = record.u64(0),
            nt::ZONENAME => noted.process.zone = record.text(0, record.bytes.len()),
            nt::FDINFO => noted.process.fds.extend(open_file(record)),
            _ => {}
        }
    }
    order(&mut noted, representative, described);
    noted
}

/// Puts the representative lwp first, and gives each lwp what its NT_LWPSINFO says.
fn order(noted: &mut Noted, representative: Option<Thread>, described: Vec<(i32, Option<char>, Option<Vec<u8>>)>) {
    if let Some(first) = representative {
        for other in noted.threads.iter_mut().filter(|t| t.id != first.id && t.signal == Some(SIGKILL)) {
            other.signal = None;
        }
        noted.threads.retain(|t| t.id != first.id);
        noted.threads.insert(0, first);
    }
    let places: HashMap<i32, usize> = noted.threads.iter().enumerate().map(|(at, t)| (t.id, at)).collect();
    for (id, state, name) in described {
        match places.get(&id) {
            Some(&at) => {
                noted.threads[at].state = state;
                noted.threads[at].name = name;
            }
            // A zombie has no NT_LWPSTATUS.
            None => noted.process.zombies.push(id),
        }
    }
}

fn psinfo(noted: &mut Noted, record: Record<'_>, at: &Psinfo) {
    let process = &mut noted.process;
    process.pid = record.i32(8);
    process.ppid = record.i32(12);
    process.start_time = match record.width {
        Width::W32 => record.i32(at.start).map(i64::from),
        Width::W64 => record.u64(at.start).map(|s| s as i64),
    };
    process.fname = record.text(at.fname, 16);
    process.psargs = record.text(at.psargs, 80);
    process.wstat = record.i32(at.wstat);
    process.argv = record.word(at.argv).map(Addr);
    process.envp = record.word(at.envp).map(Addr);
}

fn thread(record: Record<'_>, layout: &Layout) -> Option<Thread> {
    let at = &layout.lwpstatus;
    let names: &[&'static str] = match record.width {
        Width::W32 => &I386,
        Width::W64 => &AMD64,
    };
    Some(Thread {
        id: record.i32(4)?,
        registers: Registers { values: record.registers(at.registers, names)? },
        fpu: record.from(at.fpu).and_then(fpu),
        signal: record.u16(12).map(i32::from).filter(|&s| s != 0),
        siginfo: record.from(at.info).and_then(|info| siginfo(info, &layout.siginfo)),
        syscall: record.u16(at.syscall).filter(|&s| s != 0),
        old_context: record.word(at.old_context).filter(|&at| at != 0).map(Addr),
        state: None,
        name: None,
    })
}

/// prfpregset_t: ILP32 an FNSAVE image, then status, mxcsr, xstatus and eight SSE registers; LP64 an FXSAVE image, then
/// status and xstatus.
fn fpu(record: Record<'_>) -> Option<FpRegisters> {
    match record.width {
        Width::W32 => {
            let mut registers = FpRegisters::fnsave(record.get(0, 108)?)?;
            registers.exception_status = record.u16(108);
            registers.mxcsr = record.u32(112);
            registers.exception_mxcsr = record.u32(116);
            let sse = record.get(128, 128)?.chunks_exact(16);
            registers.xmm = sse.filter_map(|b| Some(u128::from_le_bytes(b.try_into().ok()?))).collect();
            Some(registers)
        }
        Width::W64 => {
            let mut registers = FpRegisters::fxsave(record.get(0, 512)?, 16)?;
            registers.exception_status = record.u16(512);
            registers.exception_mxcsr = record.u32(516);
            Some(registers)
        }
    }
}

fn siginfo(record: Record<'_>, at: &Siginfo) -> Option<SigInfo> {
    let (signal, code, errno) = (record.i32(0)?, record.i32(4)?, record.i32(8)?);
    // SI_FROMUSER: codes up to 0.
    let sender = if code <= 0 { record.i32(at.pid).zip(record.u32(at.uid)) } else { None };
    let addr = if signal::is_fault(Os::Illumos, signal) { record.word(at.pid).map(Addr) } else { None };
    (signal != 0).then_some(SigInfo { signal, code, errno, sender, addr })
}

/// struct utsname: five fields of SYS_NMLN = 257 bytes.
fn utsname(record: Record<'_>) -> Option<Utsname> {
    let field = |n: usize| record.text(n * 257, 257);
    Some(Utsname {
        sysname: field(0)?,
        nodename: field(1)?,
        release: field(2)?,
        version: field(3)?,
        machine: field(4)?,
    })
}

/// prcred_t: effective, real and saved user ids, then the same of groups, then the list of groups.
fn credentials(record: Record<'_>) -> Option<Credentials> {
    let three = |at: usize| Some([record.u32(at)?, record.u32(at + 4)?, record.u32(at + 8)?]);
    let count = record.u32(24)? as usize;
    let groups = (0..count).map_while(|i| record.u32(28 + 4 * i)).collect();
    Some(Credentials { uid: three(0)?, gid: three(12)?, groups })
}

/// prfdinfo_t: the same in both data models.
fn open_file(record: Record<'_>) -> Option<OpenFile> {
    Some(OpenFile {
        fd: record.i32(0)?,
        mode: record.u32(4)?,
        inode: record.u64(32)?,
        offset: record.u64(40)?,
        size: record.u64(48)?,
        flags: record.u32(56)?,
        path: record.text(64, record.bytes.len().checked_sub(64)?)?,
    })
}
