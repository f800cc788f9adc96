//! Linux cores of both widths: offsets are those of the kernel's `elf_prstatus` and `elf_prpsinfo`.

use super::build::{ElfFile, Fields, NOTE, int, word};
use crate::image::{Addr, Content, Os, Width};

fn of<T>(width: Width, i386: T, x86_64: T) -> T {
    if width == Width::W32 { i386 } else { x86_64 }
}

/// Notes as Linux writes them: the size of a descriptor is not rounded.
fn notes(rows: &[(u32, Vec<u8>)]) -> Vec<u8> {
    super::build::notes(rows)
}

fn prstatus(width: Width, tid: u32, signal: u16) -> Vec<u8> {
    let mut fields = Fields::new(of(width, 144, 336), width).half(12, signal).int(of(width, 24, 32), tid);
    let (at, step, count) = of(width, (72, 4, 17), (112, 8, 27));
    for i in 0..count {
        fields = fields.word(at + i * step, 0x2000 + i as u64);
    }
    fields.bytes
}

fn prpsinfo(width: Width) -> Vec<u8> {
    Fields::new(of(width, 124, 136), width)
        .int(of(width, 12, 24), 77)
        .raw(of(width, 28, 40), b"node")
        .raw(of(width, 44, 56), b"./node server.js ")
        .bytes
}

fn nt_file(width: Width, rows: &[(u64, u64, u64, &str)]) -> Vec<u8> {
    let wide = width == Width::W64;
    let mut out = Vec::new();
    word(&mut out, rows.len() as u64, wide);
    word(&mut out, 0x1000, wide);
    for &(start, end, page, _) in rows {
        for value in [start, end, page] {
            word(&mut out, value, wide);
        }
    }
    for row in rows {
        out.extend_from_slice(row.3.as_bytes());
        out.push(0);
    }
    out
}

fn core(width: Width, rows: &[(u32, Vec<u8>)]) -> ElfFile {
    ElfFile::core(width).part(NOTE, 0, 0, notes(rows))
}

#[test]
fn threads_arguments_and_signal() {
    for width in [Width::W32, Width::W64] {
        let siginfo = Fields::new(128, width).int(0, 11).int(4, 0).int(8, 1).word(of(width, 12, 16), 0x1234_5678).bytes;
        let mut fpu = vec![0; of(width, 108, 512)];
        fpu[0] = 0x7f;
        let rows = [
            (1, prstatus(width, 77, 11)),
            (3, prpsinfo(width)),
            (0x5349_4749, siginfo),
            (2, fpu),
            (1, prstatus(width, 78, 0)),
        ];
        let image = core(width, &rows).load(6, 0x10_0000, vec![5; 0x1000]).open().expect("a core");
        assert_eq!((image.os, image.warnings.as_slice()), (Os::Linux, &[][..]));
        assert_eq!(image.process.pid, Some(77));
        assert_eq!(image.process.psargs.as_deref(), Some(&b"./node server.js"[..]));
        assert_eq!(image.threads.iter().map(|t| (t.id, t.signal)).collect::<Vec<_>>(), [(77, Some(11)), (78, None)]);
        let died = &image.threads[0];
        assert_eq!(died.siginfo.and_then(|i| i.addr), Some(Addr(0x1234_5678)));
        assert_eq!(died.fpu.as_ref().map(|f| f.control), Some(0x7f));
        // Positions: struct user_regs_struct.
        let expected = of(width, [("eip", 12), ("esp", 15), ("ebp", 5)], [("rip", 16), ("rsp", 19), ("rbp", 4)]);
        for (name, position) in expected {
            assert_eq!(died.registers.get(name), Some(0x2000 + position), "{name}");
        }
    }
}

#[test]
fn mapped_files_name_mappings_and_stand_in_for_missing_headers() {
    for width in [Width::W32, Width::W64] {
        let files = nt_file(
            width,
            &[(0x20_0000, 0x20_2000, 0, "/nonexistent/locale"), (0x10_0000, 0x10_1000, 3, "/nonexistent/data")],
        );
        let rows = [(1, prstatus(width, 77, 0)), (0x4649_4c45, files)];
        let image = core(width, &rows).load(4, 0x10_0000, vec![5; 0x1000]).open().expect("a core");
        let listed: Vec<_> = image.mappings.iter().map(|m| (m.start.0, m.size, m.file.as_deref(), m.content)).collect();
        assert_eq!(
            listed,
            [
                (0x10_0000, 0x1000, Some("/nonexistent/data"), Content::File),
                (0x20_0000, 0x2000, Some("/nonexistent/locale"), Content::File),
            ]
        );
        assert_eq!(image.process.files[0].offset, 0x3000);
        assert!(image.space.u8(Addr(0x20_0000)).is_err(), "what gdb left out is not there");
    }
}

#[test]
fn a_list_of_files_that_lies_is_not_believed() {
    for count in [2, 1 << 20, u32::MAX] {
        let mut lie = Vec::new();
        int(&mut lie, count);
        int(&mut lie, 0x1000);
        lie.extend_from_slice(&[0; 12]);
        lie.extend_from_slice(b"/only/one\0");
        let image = core(Width::W32, &[(1, prstatus(Width::W32, 1, 0)), (0x4649_4c45, lie)]).open().expect("a core");
        assert_eq!(image.process.files.len(), 0);
        assert_eq!(image.warnings, ["note NT_FILE does not hold what it says"]);
    }
}
