//! What the system noted of a process and its threads: one result type for every OS's notes.
//!
//! Knows: the meaning. Must not know: the note layouts (see `notes/`).

use super::fpu::FpRegisters;
use super::signal::SigInfo;
use super::{Addr, Registers};

/// The operating system that wrote an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Os {
    /// illumos, SmartOS, Solaris.
    Illumos,
    /// Linux.
    Linux,
    /// Not told: an executable or a raw file.
    #[default]
    Unknown,
}

/// The processor of an image (ELF e_machine).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    /// EM_386.
    I386,
    /// EM_X86_64.
    Amd64,
}

/// Types of the auxiliary vector (both systems number the first ones alike).
pub mod aux {
    /// AT_PHDR: the executable's program headers in memory.
    pub const PHDR: u64 = 3;
    /// AT_PHNUM: how many.
    pub const PHNUM: u64 = 5;
    /// AT_BASE: where the run-time linker is mapped.
    pub const BASE: u64 = 7;
    /// AT_ENTRY: the executable's entry point.
    pub const ENTRY: u64 = 9;
    /// AT_EXECFN (Linux): address of the path passed to exec.
    pub const EXECFN: u64 = 31;
    /// AT_SYSINFO_EHDR (Linux): where the vdso is mapped.
    pub const SYSINFO_EHDR: u64 = 33;
    /// AT_SUN_EXECNAME (illumos): address of the path passed to exec.
    pub const SUN_EXECNAME: u64 = 2014;
    /// AT_SUN_LDDATA (illumos): address of the run-time linker's r_debug.
    pub const SUN_LDDATA: u64 = 2016;
}

/// A file that the process had mapped (Linux NT_FILE).
#[derive(Clone, Debug)]
pub struct MappedFile {
    /// First address.
    pub start: Addr,
    /// First address after it.
    pub end: Addr,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Its path.
    pub path: Vec<u8>,
}

/// The system that a core was written on (`struct utsname`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Utsname {
    /// "SunOS".
    pub sysname: Vec<u8>,
    /// Host name; in a zone the zone's.
    pub nodename: Vec<u8>,
    /// "5.11".
    pub release: Vec<u8>,
    /// "joyent_20131213T192443Z".
    pub version: Vec<u8>,
    /// "i86pc".
    pub machine: Vec<u8>,
}

/// Who the process ran as (illumos prcred_t).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Effective, real and saved user id.
    pub uid: [u32; 3],
    /// Effective, real and saved group id.
    pub gid: [u32; 3],
    /// Supplementary groups.
    pub groups: Vec<u32>,
}

/// An open file descriptor (illumos prfdinfo_t).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// The descriptor.
    pub fd: i32,
    /// st_mode: type and permissions, in octal as everywhere.
    pub mode: u32,
    /// File offset.
    pub offset: u64,
    /// File size.
    pub size: u64,
    /// As from fcntl(F_GETFL), in the system's own bits.
    pub flags: u32,
    /// Inode number.
    pub inode: u64,
    /// Path; empty for sockets and pipes, and when it was not known.
    pub path: Vec<u8>,
}

/// The process as a whole. What is absent was not noted.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// Process id.
    pub pid: Option<i32>,
    /// Its parent's.
    pub ppid: Option<i32>,
    /// Last component of the executed path (illumos: at most 15 bytes).
    pub fname: Option<Vec<u8>>,
    /// argv joined by blanks (at most 79 bytes).
    pub psargs: Option<Vec<u8>>,
    /// How it ended, as wait(2) gives it: 0 for a core of a process that went on living.
    pub wstat: Option<i32>,
    /// Where its arguments (array of pointers) are.
    pub argv: Option<Addr>,
    /// Where its environment was at exec (array of pointers).
    pub envp: Option<Addr>,
    /// When it began: seconds since 1970.
    pub start_time: Option<i64>,
    /// What the core was asked to contain (illumos CC_CONTENT bits).
    pub content: Option<u64>,
    /// The zone (illumos).
    pub zone: Option<Vec<u8>>,
    /// The system.
    pub utsname: Option<Utsname>,
    /// Who it ran as.
    pub credentials: Option<Credentials>,
    /// The platform ("i86pc").
    pub platform: Option<Vec<u8>>,
    /// Open files.
    pub fds: Vec<OpenFile>,
    /// Auxiliary vector: (type, value), without the AT_NULL that ends it.
    pub auxv: Vec<(u64, u64)>,
    /// Mapped files in address order, when the system noted them.
    pub files: Vec<MappedFile>,
    /// The path passed to exec, read through the auxiliary vector.
    pub execname: Option<Vec<u8>>,
    /// Where the brk heap lies: (first address, size).
    pub brk: Option<(Addr, u64)>,
    /// Where the main stack lies: (lowest address, size).
    pub stack: Option<(Addr, u64)>,
    /// The signals at which a debugger stopped it, as a set: signal s is bit s-1 (illumos pr_sigtrace).
    pub traced_signals: Option<[u32; 4]>,
    /// Threads that had ended but were not yet waited for.
    pub zombies: Vec<i32>,
}

impl Process {
    /// The value of the auxiliary vector's entry of type `kind` (see [`aux`]).
    pub fn aux(&self, kind: u64) -> Option<u64> {
        self.auxv.iter().find(|&&(t, _)| t == kind).map(|&(_, v)| v)
    }

    /// The file that was mapped at `addr`.
    pub fn file_at(&self, addr: Addr) -> Option<&MappedFile> {
        let after = self.files.partition_point(|f| f.start <= addr);
        self.files[..after].last().filter(|f| addr < f.end)
    }
}

/// One thread (illumos: lwp).
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// lwp id or Linux thread id.
    pub id: i32,
    /// Its registers.
    pub registers: Registers,
    /// Its floating-point registers.
    pub fpu: Option<FpRegisters>,
    /// The signal that it was handling when the core was written.
    pub signal: Option<i32>,
    /// What came with the signal.
    pub siginfo: Option<SigInfo>,
    /// The system call it was in.
    pub syscall: Option<u16>,
    /// The context that a signal interrupted last, on the thread's stack (illumos pr_oldcontext).
    pub old_context: Option<Addr>,
    /// Its state, as ps(1) shows it: `S`, `R`, `T`, `O`.
    pub state: Option<char>,
    /// Its name, where threads have one.
    pub name: Option<Vec<u8>>,
}
