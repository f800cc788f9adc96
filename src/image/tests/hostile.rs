//! Files that are cut, damaged, or lie: each opens as far as it can, or is refused with a sentence.

use super::build::{ElfFile, Fields, NOTE, notes, open, symtab};
use crate::image::{Addr, Error, Image, Width};
use proptest::prelude::*;

fn core(width: Width) -> ElfFile {
    let size = if width == Width::W32 { 336 } else { 416 };
    let lwp = if width == Width::W32 { 800 } else { 1296 };
    let psinfo = Fields::new(size, width).int(8, 42).bytes;
    let lwpstatus = Fields::new(lwp, width).int(4, 1).bytes;
    let table = symtab(width, &[("main", 0x1000, 0x10, 0x12), ("far", 0x2000, 0x10, 0x12)]);
    ElfFile::core(width)
        .part(NOTE, 4, 0, notes(&[(13, psinfo), (16, lwpstatus), (6, vec![9; 160])]))
        .load(5, 0x1000, vec![1; 0x800])
        .load(6, 0x2000, vec![2; 0x800])
        .section(".symtab", 2, 0x1000, 2, table.0)
        .section(".strtab", 3, 0x1000, 0, table.1)
}

/// Asks an image for all that it could be asked for.
fn use_it(image: &Image) {
    for addr in [0, 0x1000, 0x17ff, 0x2000, 0x7fff_ffff_ffff_ffff, u64::MAX] {
        let addr = Addr(addr);
        let _ =
            (image.space.u8(addr), image.space.u64(addr), image.space.cstr(addr, 4096), image.space.bytes(addr, 4097));
        let _ = (image.symbolize(addr), image.mapping(addr), image.object_at(addr));
    }
    for segment in image.space.segments() {
        assert!(segment.bytes().len() as u64 <= segment.size, "no more bytes than the mapping has");
    }
    let mut end = Addr(0);
    for segment in image.space.segments() {
        assert!(segment.start >= end, "sorted and disjoint");
        end = segment.end();
    }
    let _ = image.symbols.iter().map(|s| s.name.len()).sum::<usize>();
    let _ = (image.symbols.lookup("main"), image.symbol("a`b`c"), image.representative().map(|t| t.registers.pc()));
}

#[test]
fn every_cut_opens_or_is_refused() {
    for width in [Width::W32, Width::W64] {
        let whole = core(width).bytes();
        let image = open(whole.clone()).expect("a core");
        assert_eq!((image.warnings.len(), image.symbols.iter().count()), (0, 2));
        for len in 0..whole.len() {
            match open(whole[..len].to_vec()) {
                Ok(image) => {
                    use_it(&image);
                    let told = image.warnings.iter().filter(|w| w.contains("truncated")).count();
                    assert!(told == 1 || len + 8 > whole.len(), "cut at {len}: {:?}", image.warnings);
                }
                Err(Error::Format { reason, .. }) => assert!(!reason.is_empty()),
                Err(other) => panic!("cut at {len}: {other}"),
            }
        }
    }
}

#[test]
fn a_cut_core_says_how_much_is_missing() {
    let whole = core(Width::W64).bytes();
    let image = open(whole.clone()).expect("a core");
    let last = image.space.segments().last().expect("two mappings").offset as usize;
    let image = open(whole[..last + 0x100].to_vec()).expect("a cut core");
    assert_eq!(image.warnings.len(), 1);
    let text = &image.warnings[0];
    assert!(text.starts_with("file is truncated: ") && text.ends_with(" 1792 bytes of memory in 1 mappings"), "{text}");
    assert_eq!(image.space.u8(Addr(0x20ff)).ok(), Some(2), "what comes before the cut is there");
    assert_eq!(
        image.space.u8(Addr(0x2100)).map_err(|e| e.to_string()),
        Err("failed to read from address 2100: the core file is cut short before it".to_owned())
    );
}

#[test]
fn lies_about_sizes_add_up_to_no_more_than_an_address_space() {
    let mut bytes = core(Width::W64).bytes();
    // p_filesz and p_memsz of both PT_LOADs, which follow the PT_NOTE.
    for phdr in [64 + 56, 64 + 2 * 56] {
        bytes[phdr + 32..phdr + 48].fill(0xff);
    }
    let image = open(bytes).expect("a core that is cut, by what it says");
    use_it(&image);
    assert!(image.warnings.iter().any(|w| w.contains("18446744073709551615 bytes of memory")), "{:?}", image.warnings);
}

#[test]
fn refusals_are_sentences() {
    let refusal = |bytes: &[u8]| open(bytes.to_vec()).map(|_| ()).map_err(|e| e.to_string());
    let mut other = core(Width::W64);
    other.machine = 43;
    let mut executable = core(Width::W64);
    executable.kind = 2;
    let mut mixed = core(Width::W64);
    mixed.machine = 3;
    let mut big_endian = core(Width::W64).bytes();
    big_endian[5] = 2;
    let cases: [(&[u8], &str); 8] = [
        (b"", "core is empty"),
        (b"#!/bin/sh\n", "core is not an ELF file"),
        (b"\x7fELF", "core is cut within its ELF header"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "core is cut within its ELF header"),
        (b"\x7fELF\x03\x01\x01\0\0\0", "core has the unknown ELF class 3"),
        (&other.bytes(), "core is for another machine (ELF machine 43, not i386 or amd64)"),
        (&executable.bytes(), "core is not a core file"),
        (&mixed.bytes(), "core has an ELF class that does not fit its machine"),
    ];
    for (bytes, words) in cases {
        assert_eq!(refusal(bytes), Err(words.to_owned()));
    }
    assert_eq!(refusal(&big_endian), Err("core is for another machine (big-endian, not i386 or amd64)".to_owned()));
}

#[test]
fn segments_that_overlap_or_reach_the_end_of_the_address_space() {
    let file = core(Width::W64)
        .load(6, 0x2400, vec![7; 0x800])
        .load(6, 0x1800, vec![8; 0x100])
        .absent(6, 0, u64::MAX, 0)
        .absent(6, u64::MAX - 0xff, 0x1000, 0)
        .load(6, u64::MAX - 7, vec![9; 8]);
    let image = file.open().expect("a core");
    use_it(&image);
}

#[test]
fn where_segments_overlap_the_one_that_begins_first_has_the_bytes() {
    let file = core(Width::W64).load(6, 0x2400, vec![7; 0x800]).load(6, 0x1800, vec![8; 0x100]);
    let image = file.open().expect("a core");
    use_it(&image);
    let at = |addr: u64| image.space.u8(Addr(addr)).ok();
    assert_eq!([at(0x1000), at(0x1800), at(0x2000), at(0x27ff)], [Some(1), Some(8), Some(2), Some(2)]);
    assert_eq!([at(0x2800), at(0x2bff), at(0x2c00)], [Some(7), Some(7), None]);
}

#[test]
fn counts_beyond_the_file_do_not_allocate() {
    for width in [Width::W32, Width::W64] {
        let bytes = core(width).bytes();
        let wide = width == Width::W64;
        // e_phnum, e_shnum, e_shstrndx; then e_phoff and e_shoff.
        for at in if wide { [56, 60, 62] } else { [44, 48, 50] } {
            for value in [0_u16, 1, 0xfffe, 0xffff] {
                let mut lie = bytes.clone();
                lie[at..at + 2].copy_from_slice(&value.to_le_bytes());
                if let Ok(image) = open(lie) {
                    use_it(&image);
                }
            }
        }
        for at in if wide { [32, 40] } else { [28, 32] } {
            for value in [0_u64, 1, 0x7fff_ffff, u64::MAX] {
                let mut lie = bytes.clone();
                let len = if wide { 8 } else { 4 };
                lie[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
                if let Ok(image) = open(lie) {
                    use_it(&image);
                }
            }
        }
    }
}

proptest! {
    /// Random bytes over the headers and the notes.
    #[test]
    fn damaged_headers(
        wide in any::<bool>(),
        damage in proptest::collection::vec((0_usize..3000, any::<u8>()), 1..40),
    ) {
        let mut bytes = core(if wide { Width::W64 } else { Width::W32 }).bytes();
        for (at, byte) in damage {
            let len = bytes.len();
            bytes[at % len] = byte;
        }
        if let Ok(image) = open(bytes) {
            use_it(&image);
        }
    }

    /// Words of extreme value at the places where counts, offsets and sizes are.
    #[test]
    fn lying_words(
        wide in any::<bool>(),
        lies in proptest::collection::vec((0_usize..700, prop_oneof![Just(0_u32), Just(1), Just(0x7fff_ffff), Just(0x8000_0000), Just(u32::MAX)]), 1..12),
    ) {
        let mut bytes = core(if wide { Width::W64 } else { Width::W32 }).bytes();
        for (at, word) in lies {
            bytes[4 * at + 16..4 * at + 20].copy_from_slice(&word.to_le_bytes());
        }
        if let Ok(image) = open(bytes) {
            use_it(&image);
        }
    }
}
