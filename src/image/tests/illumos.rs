//! illumos cores of both data models: offsets are those of `<sys/procfs.h>`, written out here once more.

use super::build::{ElfFile, Fields, LOAD, NOTE, Part, half, int, notes, symtab, word};
use crate::image::process::{Credentials, aux};
use crate::image::{Addr, Content, Error, Image, Missing, Os, SymbolKind, Width};

pub(super) const BOTH: [Width; 2] = [Width::W32, Width::W64];

/// A choice of the two data models' numbers.
fn of<T>(width: Width, ilp32: T, lp64: T) -> T {
    if width == Width::W32 { ilp32 } else { lp64 }
}

fn psinfo(width: Width, wstat: u32) -> Vec<u8> {
    Fields::new(of(width, 336, 416), width)
        .int(8, 4334)
        .int(12, 1)
        .raw(of(width, 88, 136), b"node")
        .raw(of(width, 104, 152), b"node server.js")
        .int(of(width, 184, 232), wstat)
        .word(of(width, 192, 240), 0x8000_1000)
        .bytes
}

/// An lwpstatus_t whose registers are numbered: register i holds 0x1000 + i.
fn lwpstatus(width: Width, id: u32, cursig: u16, info: &[u8]) -> Vec<u8> {
    let mut fields = Fields::new(of(width, 800, 1296), width).int(4, id).half(12, cursig).raw(16, info);
    let (at, step, count) = of(width, (344, 4, 19), (544, 8, 28));
    for i in 0..count {
        fields = fields.word(at + i * step, 0x1000 + i as u64);
    }
    fields.bytes
}

fn pstatus(width: Width, lwp: &[u8]) -> Vec<u8> {
    Fields::new(of(width, 1136, 1680), width)
        .word(48, 0x900_0123)
        .word(of(width, 52, 56), 0x1000)
        .word(of(width, 56, 64), 0x800_0000)
        .word(of(width, 60, 72), 0x2000)
        .raw(of(width, 336, 384), lwp)
        .bytes
}

fn lwpsinfo(width: Width, id: u32, sname: u8) -> Vec<u8> {
    Fields::new(of(width, 104, 128), width).int(4, id).raw(of(width, 18, 26), &[sname]).bytes
}

fn siginfo(width: Width, signal: u32, code: i32, rest: u64) -> Vec<u8> {
    Fields::new(of(width, 128, 256), width).int(0, signal).int(4, code as u32).word(of(width, 12, 16), rest).bytes
}

fn auxv(width: Width, rows: &[(u64, u64)]) -> Vec<u8> {
    let mut out = Vec::new();
    for &(kind, value) in rows {
        word(&mut out, kind, width == Width::W64);
        word(&mut out, value, width == Width::W64);
    }
    out.resize(22 * of(width, 8, 16), 0);
    out
}

/// What gcore(1) notes of a process with two lwps and a zombie.
pub(super) fn gcore(width: Width) -> Vec<(u32, Vec<u8>)> {
    let mut uts = Fields::new(1288, width);
    for (i, text) in ["SunOS", "testnode", "5.11", "joyent_2013", "i86pc"].iter().enumerate() {
        uts = uts.raw(257 * i, text.as_bytes());
    }
    let mut cred = Vec::new();
    for value in [100, 101, 102, 10, 11, 12, 2, 10, 14] {
        int(&mut cred, value);
    }
    let fd =
        Fields::new(1088, width).int(0, 3).int(4, 0x81a4).raw(48, &[7]).int(56, 0x2001).raw(64, b"/var/log/app").bytes;
    vec![
        (13, psinfo(width, 0)),
        (10, pstatus(width, &lwpstatus(width, 1, 0, &[]))),
        (6, auxv(width, &[(2008, 1), (aux::ENTRY, 0x805_0010)])),
        (5, b"i86pc\0\0\0".to_vec()),
        (15, uts.bytes),
        (20, 0x1ffb_u64.to_le_bytes().to_vec()),
        (14, cred),
        (18, vec![0; 72]),
        (21, b"global\0\xff".to_vec()),
        (22, fd),
        (17, lwpsinfo(width, 1, b'S')),
        (16, lwpstatus(width, 1, 0, &[])),
        (17, lwpsinfo(width, 2, b'O')),
        (16, lwpstatus(width, 2, 0, &[])),
        (17, lwpsinfo(width, 3, b'Z')),
        (99, b"who knows".to_vec()),
    ]
}

pub(super) fn file(width: Width, rows: &[(u32, Vec<u8>)]) -> ElfFile {
    // The first segment holds the old structures, which nobody may read.
    let old = notes(&[(1, vec![0xee; 824]), (3, vec![0xee; 328])]);
    ElfFile::core(width).part(NOTE, 4, 0, old).part(NOTE, 4, 0, notes(rows))
}

fn read(image: &Image, addr: u64) -> u8 {
    image.space.u8(Addr(addr)).expect("it is saved")
}

#[test]
fn the_notes_of_gcore() {
    for width in BOTH {
        let image = file(width, &gcore(width)).open().expect("a core");
        let process = &image.process;
        assert_eq!((image.os, image.width, image.warnings.as_slice()), (Os::Illumos, width, &[][..]));
        assert_eq!((process.pid, process.ppid, process.wstat), (Some(4334), Some(1), Some(0)));
        assert_eq!(process.fname.as_deref(), Some(&b"node"[..]));
        assert_eq!(process.psargs.as_deref(), Some(&b"node server.js"[..]));
        assert_eq!(process.argv, Some(Addr(0x8000_1000)));
        assert_eq!(process.brk, Some((Addr(0x900_0123), 0x1000)));
        assert_eq!(process.stack, Some((Addr(0x800_0000), 0x2000)));
        assert_eq!(process.auxv, [(2008, 1), (9, 0x805_0010)]);
        assert_eq!(process.platform.as_deref(), Some(&b"i86pc"[..]));
        assert_eq!(process.content, Some(0x1ffb));
        assert_eq!(process.zone.as_deref(), Some(&b"global"[..]));
        let uts = process.utsname.as_ref().expect("noted");
        assert_eq!((&uts.nodename[..], &uts.machine[..]), (&b"testnode"[..], &b"i86pc"[..]));
        let cred = Credentials { uid: [100, 101, 102], gid: [10, 11, 12], groups: vec![10, 14] };
        assert_eq!(process.credentials, Some(cred));
        assert_eq!(process.fds.len(), 1);
        let fd = &process.fds[0];
        assert_eq!((fd.fd, fd.mode, fd.size, fd.flags, &fd.path[..]), (3, 0o100_644, 7, 0x2001, &b"/var/log/app"[..]));
        assert_eq!(image.threads.iter().map(|t| (t.id, t.state)).collect::<Vec<_>>(), [(1, Some('S')), (2, Some('O'))]);
        assert_eq!(process.zombies, [3]);
        assert_eq!(image.threads[0].signal, None);
    }
}

#[test]
fn registers_by_name() {
    for width in BOTH {
        let image = file(width, &gcore(width)).open().expect("a core");
        let registers = &image.threads[1].registers;
        // Positions: <sys/regset.h>.
        let expected = of(
            width,
            [("eip", 14), ("esp", 17), ("ebp", 6), ("eax", 11), ("kesp", 7), ("gs", 0)],
            [("rip", 17), ("rsp", 20), ("rbp", 10), ("rax", 14), ("rdi", 8), ("gsbase", 27)],
        );
        for (name, position) in expected {
            assert_eq!(registers.get(name), Some(0x1000 + position), "{name}");
        }
        assert_eq!(registers.pc(), Some(Addr(of(width, 0x100e, 0x1011))));
        assert_eq!(registers.sp(), Some(Addr(of(width, 0x1011, 0x1014))));
        assert_eq!(registers.fp(), Some(Addr(of(width, 0x1006, 0x100a))));
    }
}

#[test]
fn how_a_process_died() {
    for width in BOTH {
        let fault = siginfo(width, 11, 1, 0xdead_0000);
        let abort = siginfo(width, 6, -1, 4334);
        for (signal, info) in [(11, &fault), (6, &abort)] {
            let rows = vec![
                (13, psinfo(width, 0x80 | u32::from(signal))),
                (10, pstatus(width, &lwpstatus(width, 2, signal, info))),
                (17, lwpsinfo(width, 2, b'O')),
                (16, lwpstatus(width, 2, signal, info)),
                (17, lwpsinfo(width, 1, b'T')),
                (16, lwpstatus(width, 1, 9, &[])),
            ];
            let image = file(width, &rows).open().expect("a core");
            let died = image.representative().expect("an lwp");
            assert_eq!((died.id, died.signal), (2, Some(i32::from(signal))));
            assert_eq!(image.threads[1].signal, None, "the kernel's SIGKILL of the others is no news");
            let info = died.siginfo.expect("noted");
            match signal {
                11 => assert_eq!((info.addr, info.sender), (Some(Addr(0xdead_0000)), None)),
                _ => assert_eq!((info.addr, info.sender, info.code), (None, Some((4334, 0)), -1)),
            }
        }
    }
}

#[test]
fn short_notes_are_read_as_far_as_they_go() {
    for width in BOTH {
        let mut rows = gcore(width);
        rows[0].1.truncate(of(width, 120, 168));
        rows[11].1.truncate(of(width, 300, 500));
        let image = file(width, &rows).open().expect("a core");
        assert_eq!(image.process.fname.as_deref(), Some(&b"node"[..]));
        assert_eq!(image.process.wstat, None);
        assert_eq!(image.threads.len(), 2, "the representative lwp is in the pstatus too");
        assert!(image.warnings.iter().any(|w| w.contains("NT_PSINFO")), "{:?}", image.warnings);
        assert!(image.warnings.iter().any(|w| w.contains("NT_LWPSTATUS")), "{:?}", image.warnings);
    }
}

#[test]
fn longer_notes_are_later_systems() {
    let mut rows = gcore(Width::W64);
    rows[0].1.resize(440, 0);
    rows[10].1.resize(152, 0);
    let image = file(Width::W64, &rows).open().expect("a core");
    assert_eq!((image.warnings.len(), image.process.wstat), (0, Some(0)));
}

#[test]
fn mappings_and_what_is_not_in_them() {
    for width in BOTH {
        let file = file(width, &gcore(width))
            .load(6, 0x800_0000, vec![1; 0x2000])
            .absent(5, 0x805_0000, 0x3000, 0)
            .load(6, 0x900_0000, vec![2; 0x2000])
            .load(0, 0xa00_0000, vec![3; 0x1000])
            .load(6, 0xa00_1000, vec![4; 0x1000])
            .absent(6 | 0x10_0000, 0xb00_0000, 0x1000, 0)
            .absent(6 | 0x30_0000, 0xc00_0000, 0x1000, 8);
        let image = file.open().expect("a core");
        let contents: Vec<Content> = image.mappings.iter().map(|m| m.content).collect();
        assert_eq!(contents[0], Content::Stack);
        assert_eq!(contents[2], Content::Heap);
        assert_eq!(contents[3], Content::Anon);
        assert_eq!([read(&image, 0x800_1fff), read(&image, 0x900_0000), read(&image, 0xa00_0000)], [1, 2, 3]);
        // One read across two neighbours.
        assert_eq!(image.space.bytes(Addr(0xa00_0fff), 2).expect("both are saved").as_ref(), [3, 4]);
        assert!(image.space.bytes(Addr(0xa00_1fff), 2).is_err());
        let why = |addr| match image.space.u8(Addr(addr)) {
            Err(Error::NotSaved { why, .. }) => Some(why),
            _ => None,
        };
        assert_eq!(why(0x805_0000), Some(Missing::LeftOut));
        assert_eq!(why(0xb00_0000), Some(Missing::Failed(None)));
        assert_eq!(why(0xc00_0000), Some(Missing::Interrupted));
        assert!(matches!(image.space.u8(Addr(0x700_0000)), Err(Error::Unmapped { addr: Addr(0x700_0000) })));
        assert_eq!(image.warnings.len(), 1);
        assert!(image.warnings[0].starts_with("2 mappings are not in the core, the first at b000000"));
    }
}

#[test]
fn a_failed_mapping_tells_its_errno() {
    let mut file = file(Width::W64, &gcore(Width::W64)).load(6, 0x800_0000, vec![1; 0x1000]);
    file.parts.push(Part {
        kind: LOAD,
        flags: 6 | 0x10_0000,
        vaddr: 0xb00_0000,
        memsz: 0x1000,
        bytes: Vec::new(),
        offset: None,
    });
    let mut bytes = file.bytes();
    let at = bytes.len();
    bytes.extend_from_slice(&27_u32.to_le_bytes());
    // Program header 3: p_offset is its second field.
    let header = 64 + 56 * 3;
    bytes[header + 8..header + 16].copy_from_slice(&(at as u64).to_le_bytes());
    let image = super::build::open(bytes).expect("a core");
    assert!(image.warnings.iter().any(|w| w.ends_with("the core reached its size limit")), "{:?}", image.warnings);
}

#[test]
fn more_program_headers_than_fit() {
    let mut file = file(Width::W64, &gcore(Width::W64));
    file.xnum = true;
    for i in 0..70_000_u64 {
        file = file.absent(6, 0x10_0000_0000 + i * 0x2000, 0x1000, 0);
    }
    let file = file.load(6, 0x8000_0000_0000_0000, vec![9; 16]);
    let image = file.open().expect("a core");
    assert_eq!(image.mappings.len(), 70_001);
    assert_eq!(read(&image, 0x8000_0000_0000_000f), 9);
}

#[test]
fn symbols_of_the_core_s_own_sections() {
    for width in BOTH {
        let exe = symtab(width, &[("_start", 0x805_0010, 0x20, 0x12), ("main", 0x805_0030, 0x10, 0x12)]);
        let lib = symtab(width, &[("_lwp_kill", 0x40, 0x10, 0x12), ("environ", 0x1010, 8, 0x11)]);
        let core = file(width, &gcore(width))
            .load(5, 0x805_0000, vec![0x90; 0x1000])
            .load(5, 0xfe00_0000, elf_header(width, 3, 0))
            .load(6, 0xfe00_1000, vec![0; 0x1000])
            .section(".symtab", 2, 0x805_0000, 2, exe.0)
            .section(".strtab", 3, 0x805_0000, 0, exe.1)
            .section(".symtab", 2, 0xfe00_0000, 4, lib.0)
            .section(".strtab", 3, 0xfe00_0000, 0, lib.1)
            .section(".symtab", 2, 0xfe00_1000, 6, Vec::new())
            .section(".strtab", 3, 0xfe00_1000, 0, Vec::new());
        let image = core.open().expect("a core");
        assert_eq!(image.symbols.lookup("main").map(|s| s.addr), Some(Addr(0x805_0030)));
        assert_eq!(image.symbolize(Addr(0x805_0034)).map(|n| n.to_string()).as_deref(), Some("main+4"));
        let kill = image.symbols.lookup("_lwp_kill").expect("it is there");
        assert_eq!(
            (kill.addr, kill.kind()),
            (Addr(0xfe00_0040), SymbolKind::Function),
            "a library's symbols move with it"
        );
    }
}

/// A page that begins with the ELF header of a file with two PT_LOADs: text at 0, data at 0x1000.
fn elf_header(width: Width, kind: u16, vaddr: u64) -> Vec<u8> {
    let mut file = ElfFile::core(width);
    file.kind = kind;
    file = file.absent(5, vaddr, 0x1000, 0).absent(6, vaddr + 0x1000, 0x1000, 0x1000);
    let mut page = file.bytes();
    page.resize(0x1000, 0);
    page
}

#[test]
fn a_table_of_the_wrong_size_leaves_the_rest_out() {
    let mut table = symtab(Width::W64, &[("one", 0x805_0000, 4, 0x12)]).0;
    half(&mut table, 0xffff);
    let core = file(Width::W64, &gcore(Width::W64))
        .load(5, 0x805_0000, vec![0; 0x1000])
        .section(".symtab", 2, 0x805_0000, 2, table)
        .section(".strtab", 3, 0, 0, b"\0one\0".to_vec());
    let image = core.open().expect("a core");
    assert_eq!(image.symbols.iter().map(|s| s.name).collect::<Vec<_>>(), ["one"]);
}
