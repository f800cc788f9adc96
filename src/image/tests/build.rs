//! Writes ELF files for the tests: the gABI's layouts spelled out again, so that a slip in the reader shows.

use crate::image::{Image, Result, Width, load};
use std::path::Path;
use std::sync::Arc;

/// A program header and what it points at.
#[derive(Clone)]
pub struct Part {
    pub kind: u32,
    pub flags: u32,
    pub vaddr: u64,
    pub memsz: u64,
    pub bytes: Vec<u8>,
    /// Overrides where the bytes are said to be.
    pub offset: Option<u64>,
}

pub const LOAD: u32 = 1;
pub const DYNAMIC: u32 = 2;
pub const NOTE: u32 = 4;

/// A section and what it holds.
#[derive(Clone)]
pub struct Sect {
    pub name: &'static str,
    pub kind: u32,
    pub addr: u64,
    pub link: u32,
    pub bytes: Vec<u8>,
}

/// An ELF file in the making.
#[derive(Clone)]
pub struct ElfFile {
    pub width: Width,
    pub kind: u16,
    pub machine: u16,
    pub entry: u64,
    pub parts: Vec<Part>,
    pub sections: Vec<Sect>,
    /// Put the number of program headers where PN_XNUM says.
    pub xnum: bool,
}

impl ElfFile {
    pub fn core(width: Width) -> ElfFile {
        let machine = if width == Width::W32 { 3 } else { 62 };
        ElfFile { width, kind: 4, machine, entry: 0, parts: Vec::new(), sections: Vec::new(), xnum: false }
    }

    pub fn part(mut self, kind: u32, flags: u32, vaddr: u64, bytes: Vec<u8>) -> ElfFile {
        let memsz = if kind == NOTE { 0 } else { bytes.len() as u64 };
        self.parts.push(Part { kind, flags, vaddr, memsz, bytes, offset: None });
        self
    }

    pub fn load(self, flags: u32, vaddr: u64, bytes: Vec<u8>) -> ElfFile {
        self.part(LOAD, flags, vaddr, bytes)
    }

    /// A mapping without bytes.
    pub fn absent(mut self, flags: u32, vaddr: u64, memsz: u64, offset: u64) -> ElfFile {
        self.parts.push(Part { kind: LOAD, flags, vaddr, memsz, bytes: Vec::new(), offset: Some(offset) });
        self
    }

    pub fn section(mut self, name: &'static str, kind: u32, addr: u64, link: u32, bytes: Vec<u8>) -> ElfFile {
        self.sections.push(Sect { name, kind, addr, link, bytes });
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let wide = self.width == Width::W64;
        let word = |out: &mut Vec<u8>, value: u64| word(out, value, wide);
        let (ehsize, phsize, shsize) = if wide { (64_usize, 56_usize, 64_usize) } else { (52, 32, 40) };
        let mut names = vec![0];
        let shnum = match (self.sections.len(), self.xnum) {
            (0, false) => 0,
            (n, _) => n + 2,
        };
        let mut at = (ehsize + phsize * self.parts.len() + shsize * shnum).next_multiple_of(8);
        let mut place = |bytes: &[u8]| {
            let here = at;
            at += bytes.len().next_multiple_of(8);
            here as u64
        };
        let offsets: Vec<u64> = self.parts.iter().map(|p| place(&p.bytes)).collect();
        let section_offsets: Vec<u64> = self.sections.iter().map(|s| place(&s.bytes)).collect();
        let shstrtab_offset = at as u64;

        let mut out = vec![0x7f, b'E', b'L', b'F', if wide { 2 } else { 1 }, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        half(&mut out, self.kind);
        half(&mut out, self.machine);
        int(&mut out, 1);
        word(&mut out, self.entry);
        word(&mut out, ehsize as u64);
        word(&mut out, if shnum > 0 { (ehsize + phsize * self.parts.len()) as u64 } else { 0 });
        int(&mut out, 0);
        half(&mut out, ehsize as u16);
        half(&mut out, phsize as u16);
        half(&mut out, if self.xnum { 0xffff } else { self.parts.len() as u16 });
        half(&mut out, shsize as u16);
        half(&mut out, shnum as u16);
        half(&mut out, if shnum > 0 { shnum as u16 - 1 } else { 0 });
        for (p, &offset) in self.parts.iter().zip(&offsets) {
            let offset = p.offset.unwrap_or(offset);
            int(&mut out, p.kind);
            if wide {
                int(&mut out, p.flags);
            }
            for value in [offset, p.vaddr, 0, p.bytes.len() as u64, p.memsz] {
                word(&mut out, value);
            }
            if !wide {
                int(&mut out, p.flags);
            }
            word(&mut out, 0);
        }
        if shnum > 0 {
            let mut header = |name: u32, kind: u32, [addr, offset, size]: [u64; 3], link: u32, info: u32| {
                int(&mut out, name);
                int(&mut out, kind);
                for value in [0, addr, offset, size] {
                    word(&mut out, value);
                }
                int(&mut out, link);
                int(&mut out, info);
                word(&mut out, 4);
                word(&mut out, 0);
            };
            header(0, 0, [0; 3], 0, if self.xnum { self.parts.len() as u32 } else { 0 });
            for (s, &offset) in self.sections.iter().zip(&section_offsets) {
                let name = names.len() as u32;
                names.extend_from_slice(s.name.as_bytes());
                names.push(0);
                header(name, s.kind, [s.addr, offset, s.bytes.len() as u64], s.link, 0);
            }
            header(0, 3, [0, shstrtab_offset, names.len() as u64], 0, 0);
        }
        out.resize(out.len().next_multiple_of(8), 0);
        for bytes in self.parts.iter().map(|p| &p.bytes).chain(self.sections.iter().map(|s| &s.bytes)) {
            out.extend_from_slice(bytes);
            out.resize(out.len().next_multiple_of(8), 0);
        }
        if shnum > 0 {
            out.extend_from_slice(&names);
        }
        out
    }

    pub fn open(&self) -> Result<Image> {
        open(self.bytes())
    }
}

pub fn open(bytes: Vec<u8>) -> Result<Image> {
    let backing: Arc<dyn crate::image::space::Backing> = Arc::new(bytes);
    load::core(Path::new("core"), &backing, None)
}

pub fn half(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub fn int(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub fn word(out: &mut Vec<u8>, value: u64, wide: bool) {
    let bytes = value.to_le_bytes();
    out.extend_from_slice(if wide { &bytes } else { &bytes[..4] });
}

/// Notes in a row: owner "CORE", descriptors padded to 4.
pub fn notes(rows: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, desc) in rows {
        int(&mut out, 5);
        int(&mut out, desc.len() as u32);
        int(&mut out, *kind);
        out.extend_from_slice(b"CORE\0\0\0\0");
        out.extend_from_slice(desc);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

/// A structure of `size` zero bytes into which fields are written.
pub struct Fields {
    pub bytes: Vec<u8>,
    wide: bool,
}

impl Fields {
    pub fn new(size: usize, width: Width) -> Fields {
        Fields { bytes: vec![0; size], wide: width == Width::W64 }
    }

    pub fn raw(mut self, at: usize, bytes: &[u8]) -> Fields {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    pub fn half(self, at: usize, value: u16) -> Fields {
        self.raw(at, &value.to_le_bytes())
    }

    pub fn int(self, at: usize, value: u32) -> Fields {
        self.raw(at, &value.to_le_bytes())
    }

    pub fn word(self, at: usize, value: u64) -> Fields {
        let wide = self.wide;
        let bytes = value.to_le_bytes();
        self.raw(at, if wide { &bytes } else { &bytes[..4] })
    }
}

/// A symbol table and its strings, of (name, value, size, st_info) rows defined in section 1.
pub fn symtab(width: Width, rows: &[(&str, u64, u64, u8)]) -> (Vec<u8>, Vec<u8>) {
    let wide = width == Width::W64;
    let mut table = vec![0; if wide { 24 } else { 16 }];
    let mut strings = vec![0];
    for &(name, value, size, info) in rows {
        int(&mut table, strings.len() as u32);
        if wide {
            table.extend_from_slice(&[info, 0, 1, 0]);
            word(&mut table, value, true);
            word(&mut table, size, true);
        } else {
            int(&mut table, value as u32);
            int(&mut table, size as u32);
            table.extend_from_slice(&[info, 0, 1, 0]);
        }
        strings.extend_from_slice(name.as_bytes());
        strings.push(0);
    }
    (table, strings)
}
