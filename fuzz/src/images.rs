//! Targets below V8: cores, notes, symbols, compressed files, types, unwind tables.
//!
//! Knows: the layer `image`. Must not know: V8.

use crate::elf::{CORE, Elf};
use jsdb::image::elf::{Phdr, PhdrKind};
use jsdb::image::types::ctf as ctf_reader;
use jsdb::image::{Addr, Image, LoadObject, Os, Thread, Width, core as cores, unpack as unpacker};
use std::path::Path;
use std::sync::Arc;

/// Asks an image for all that it could be asked for.
fn ask(image: &Image) {
    let edges = image.space.segments().iter().flat_map(|s| [s.start, s.end()]);
    let asked: Vec<Addr> = edges.take(64).chain([0, 0x1000, 0x1ff8, u64::MAX].map(Addr)).collect();
    for &addr in &asked {
        for near in [-9, -1, 0, 1] {
            let addr = addr.offset(near);
            let _ = (image.space.u64(addr), image.space.cstr(addr, 4096), image.space.bytes(addr, 5000).is_ok());
            let _ = (image.symbolize(addr), image.mapping(addr).is_some(), image.object_at(addr).is_some());
            let _ = image.instruction(addr);
            let _ = image.stack_from(addr);
        }
        let _ = image.instructions_before(addr, 4);
    }
    let mut end = Addr(0);
    for segment in image.space.segments() {
        assert!(segment.start >= end, "sorted and disjoint");
        assert!(segment.bytes().len() as u64 <= segment.size, "no more bytes than the mapping has");
        end = segment.end();
    }
    for symbol in image.symbols.iter().take(2000) {
        let _ = (symbol.kind(), symbol.bind(), image.symbols.at(symbol.addr), image.symbol(symbol.name));
        let _ = image.types.of_symbol(&image.symbols, &symbol).map(|t| t.size());
        let _ = image.types.signature(&image.symbols, &symbol);
    }
    for thread in image.threads.iter().take(16) {
        let _ = image.stack(thread);
    }
}

fn open(bytes: Vec<u8>) {
    if let Ok(image) = cores::from_backing(Path::new("input"), Arc::new(bytes)) {
        ask(&image);
    }
}

/// The input is a core.
pub fn core(input: &[u8]) {
    open(input.to_vec());
}

/// The input is the notes of a core.
pub fn notes(input: &[u8]) {
    open(Elf::new(CORE).segment(4, 4, 0, input).segment(1, 6, 0x1000, &[7; 4096]).bytes());
}

/// The input is a symbol table and its strings: where they part is in its first two bytes.
pub fn symbols(input: &[u8]) {
    let Some((head, rest)) = input.split_first_chunk::<2>() else { return };
    let (table, strings) = rest.split_at(usize::from(u16::from_le_bytes(*head)).min(rest.len()));
    let elf = Elf::new(CORE).segment(4, 4, 0, &[]).segment(1, 5, 0x1000, &[0x90; 4096]);
    open(elf.section(".symtab", 2, 0x1000, 2, table).section(".strtab", 3, 0x1000, 0, strings).bytes());
}

/// The input is a compressed file.
pub fn unpack(input: &[u8]) {
    let limit = 1 << 24;
    if let Ok(Some(unpacked)) = unpacker::unpack(input, limit) {
        assert!(unpacked.len() as u64 <= limit);
    }
}

/// The input is CTF and the strings of its symbol table: where they part is in its first two bytes.
pub fn ctf(input: &[u8]) {
    let Some((head, rest)) = input.split_first_chunk::<2>() else { return };
    let (section, strings) = rest.split_at(usize::from(u16::from_le_bytes(*head)).min(rest.len()));
    for width in [Width::W32, Width::W64] {
        let Ok(decoded) = ctf_reader::decode(section, strings, width) else { continue };
        for (name, found) in decoded.types.named().take(2000) {
            let _ = (found.size(), found.resolved().size(), found.member("next").map(|m| m.1));
            let _ = (decoded.types.lookup(&name).is_some(), found.other(found.id()).size());
        }
    }
}

/// The input is three registers, then .eh_frame_hdr and .eh_frame of a library, mapped by a process that stands in it.
pub fn unwind(input: &[u8]) {
    let Some((registers, tables)) = input.split_first_chunk::<24>() else { return };
    let word = |at: usize| u64::from_le_bytes(registers[at..at + 8].try_into().expect("eight bytes"));
    let (base, stack_at) = (0x40_0000, 0x7000_0000);
    let stack: Vec<u8> = (0..1024_u64).flat_map(|n| (base + n * 8 % 4096).to_le_bytes()).collect();
    let core = Elf::new(CORE)
        .segment(1, 5, base, &[0xc3; 4096])
        .segment(1, 4, base + 0x1000, tables)
        .segment(1, 6, stack_at, &stack)
        .bytes();
    let Ok(mut image) = cores::from_backing(Path::new("input"), Arc::new(core)) else { return };
    let size = tables.len() as u64;
    let table = Phdr { kind: PhdrKind::EhFrame, vaddr: 0x1000, memsz: size, offset: 0x1000, filesz: size, flags: 4 };
    image.os = Os::Linux;
    image.objects = vec![LoadObject {
        path: "library".to_owned(),
        raw_path: None,
        base: Addr(base),
        end: Addr(base + 0x1000 + size),
        bias: base,
        dynamic: None,
        phdrs: vec![table],
        build_id: None,
        entry: None,
        is_executable: false,
        file: None,
    }];
    for mapping in &mut image.mappings {
        mapping.object = (mapping.start.0 < stack_at).then_some(0);
    }
    let mut thread = Thread::default();
    for (name, value) in [("rip", base + word(0) % 4096), ("rsp", stack_at + word(8) % 8192), ("rbp", word(16))] {
        thread.registers.set(name, value);
    }
    image.threads = vec![thread];
    ask(&image);
}
