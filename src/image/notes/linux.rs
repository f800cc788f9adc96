//! Linux notes (core(5), `<sys/procfs.h>` of glibc): prstatus, prpsinfo, siginfo, auxv, mapped files.
//!
//! Knows: the kernel's structures for x86-64 and i386. Must not know: anything else.

use super::{Noted, Record};
use crate::image::elf::Note;
use crate::image::fpu::FpRegisters;
use crate::image::process::MappedFile;
use crate::image::signal::{self, SigInfo};
use crate::image::{Addr, Os, Registers, Thread, Width};

/// Note types (`<linux/elf.h>`).
mod nt {
    pub const PRSTATUS: u32 = 1;
    pub const PRFPREG: u32 = 2;
    pub const PRPSINFO: u32 = 3;
    pub const AUXV: u32 = 6;
    /// "SIGI".
    pub const SIGINFO: u32 = 0x5349_4749;
    /// "FILE".
    pub const FILE: u32 = 0x4649_4c45;
    /// FXSAVE image of a 32-bit process.
    pub const PRXFPREG: u32 = 0x46e6_2b7f;
}

/// Where the fields of one width's structures lie, in bytes.
struct Layout {
    prstatus: Prstatus,
    prpsinfo: Prpsinfo,
    siginfo: Siginfo,
}

/// struct elf_prstatus.
struct Prstatus {
    size: usize,
    tid: usize,
    registers: usize,
}

/// struct elf_prpsinfo.
struct Prpsinfo {
    size: usize,
    pid: usize,
    fname: usize,
    psargs: usize,
}

/// siginfo_t.
struct Siginfo {
    pid: usize,
}

const I386_LAYOUT: Layout = Layout {
    prstatus: Prstatus { size: 144, tid: 24, registers: 72 },
    prpsinfo: Prpsinfo { size: 124, pid: 12, fname: 28, psargs: 44 },
    siginfo: Siginfo { pid: 12 },
};

const X86_64_LAYOUT: Layout = Layout {
    prstatus: Prstatus { size: 336, tid: 32, registers: 112 },
    prpsinfo: Prpsinfo { size: 136, pid: 24, fname: 40, psargs: 56 },
    siginfo: Siginfo { pid: 16 },
};

/// struct user_regs_struct, 32 bits.
const I386: [&str; 17] = [
    "ebx", "ecx", "edx", "esi", "edi", "ebp", "eax", "ds", "es", "fs", "gs", "orig_eax", "eip", "cs", "eflags", "esp",
    "ss",
];
/// struct user_regs_struct, 64 bits.
const X86_64: [&str; 27] = [
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax",
    "rip", "cs", "rflags", "rsp", "ss", "fsbase", "gsbase", "ds", "es", "fs", "gs",
];

/// More mappings of files than a process may have (vm.max_map_count can be raised, but not to this).
const MOST_FILES: u64 = 1 << 22;

/// Reads the notes of the one PT_NOTE. The first NT_PRSTATUS is that of the thread that died, or that the debugger
/// stood at; what follows belongs to the thread before it.
pub fn read(notes: &[Note<'_>], width: Width) -> Noted {
    let layout = match width {
        Width::W32 => &I386_LAYOUT,
        Width::W64 => &X86_64_LAYOUT,
    };
    let mut noted = Noted { os: Os::Linux, ..Noted::default() };
    for note in notes {
        let record = Record { bytes: note.desc, width };
        let mut check = |name: &str, size: usize| {
            if record.bytes.len() < size {
                let have = record.bytes.len();
                noted.warnings.push(format!("note {name} has {have} bytes where {size} were expected"));
            }
        };
        match note.kind {
            nt::PRSTATUS => {
                check("NT_PRSTATUS", layout.prstatus.size);
                noted.threads.extend(thread(record, &layout.prstatus));
            }
            nt::PRPSINFO => {
                check("NT_PRPSINFO", layout.prpsinfo.size);
                let at = &layout.prpsinfo;
                let process = &mut noted.process;
                process.pid = record.i32(at.pid);
                process.ppid = record.i32(at.pid + 4);
                process.fname = record.text(at.fname, 16);
                process.psargs = record.text(at.psargs, 80).map(|mut args| {
                    // The kernel ends the arguments with a blank.
                    args.truncate(args.trim_ascii_end().len());
                    args
                });
            }
            nt::AUXV => noted.process.auxv = record.auxv(),
            nt::FILE => match files(record) {
                Some(files) => noted.process.files = files,
                None => noted.warnings.push("note NT_FILE does not hold what it says".to_owned()),
            },
            nt::SIGINFO => {
                if let Some(thread) = noted.threads.last_mut() {
                    thread.siginfo = siginfo(record, &layout.siginfo);
                }
            }
            nt::PRFPREG | nt::PRXFPREG => {
                if let Some(thread) = noted.threads.last_mut() {
                    thread.fpu = fpu(note.kind, record).or(thread.fpu.take());
                }
            }
            _ => {}
        }
    }
    noted
}

fn thread(record: Record<'_>, at: &Prstatus) -> Option<Thread> {
    let names: &[&'static str] = match record.width {
        Width::W32 => &I386,
        Width::W64 => &X86_64,
    };
    Some(Thread {
        id: record.i32(at.tid)?,
        registers: Registers { values: record.registers(at.registers, names)? },
        signal: record.u16(12).map(i32::from).filter(|&s| s != 0),
        ..Thread::default()
    })
}

fn fpu(kind: u32, record: Record<'_>) -> Option<FpRegisters> {
    match (record.width, kind) {
        (Width::W64, _) => FpRegisters::fxsave(record.get(0, 512)?, 16),
        (Width::W32, nt::PRXFPREG) => FpRegisters::fxsave(record.get(0, 512)?, 8),
        (Width::W32, _) => FpRegisters::fnsave(record.get(0, 108)?),
    }
}

/// siginfo_t: si_errno comes before si_code, unlike illumos.
fn siginfo(record: Record<'_>, at: &Siginfo) -> Option<SigInfo> {
    let (signal, errno, code) = (record.i32(0)?, record.i32(4)?, record.i32(8)?);
    let sender = if code <= 0 { record.i32(at.pid).zip(record.u32(at.pid + 4)) } else { None };
    let addr = if signal::is_fault(Os::Linux, signal) { record.word(at.pid).map(Addr) } else { None };
    (signal != 0).then_some(SigInfo { signal, code, errno, sender, addr })
}

/// {count, page size}, count times {start, end, offset in pages}, count paths.
fn files(record: Record<'_>) -> Option<Vec<MappedFile>> {
    let step = record.width.bytes() as usize;
    let (count, page) = (record.word(0)?, record.word(step)?);
    let count = usize::try_from(count).ok().filter(|&c| (c as u64) < MOST_FILES)?;
    let rows = 2 * step..(2 + 3 * count) * step;
    let mut paths = record.bytes.get(rows.end..)?.split(|&b| b == 0);
    let words: Vec<u64> = crate::image::elf::words(record.bytes.get(rows)?, record.width).collect();
    let file = |row: &[u64]| {
        Some(MappedFile {
            start: Addr(row[0]),
            end: Addr(row[1]),
            offset: row[2].wrapping_mul(page),
            path: paths.next()?.to_vec(),
        })
    };
    let mut files: Vec<MappedFile> = words.chunks_exact(3).map(file).collect::<Option<_>>()?;
    files.sort_by_key(|f| f.start);
    Some(files)
}
