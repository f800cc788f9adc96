//! ELF: headers, segments, sections, symbol tables, dynamic sections, notes. The only file that names goblin.
//!
//! Knows: the ELF format. Must not know: what a note or a mapping means to an operating system.

use super::{Machine, Width};
use goblin::container::{Container, Ctx, Endian};
use goblin::elf::header::{ET_CORE, ET_DYN, ET_EXEC};
use goblin::elf::program_header::{PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NOTE, PT_PHDR};
use goblin::elf::section_header::{SHT_DYNSYM, SHT_SYMTAB};
use goblin::elf::{Elf, ProgramHeader, SectionHeader, Symtab};
use std::ops::Range;

/// e_phnum of a file whose true number of program headers is in section header 0 (gABI "PN_XNUM").
const PN_XNUM: u16 = 0xffff;

/// What kind of ELF file (e_type).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// ET_CORE.
    Core,
    /// ET_EXEC: an executable that is loaded where it says.
    Executable,
    /// ET_DYN: a shared library, or an executable that may be loaded anywhere.
    Shared,
    /// Any other.
    Other(u16),
}

/// What a program header describes (p_type).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PhdrKind {
    /// PT_LOAD: a mapping.
    Load,
    /// PT_NOTE.
    Note,
    /// PT_DYNAMIC: the dynamic section.
    Dynamic,
    /// PT_INTERP: the path of the run-time linker.
    Interp,
    /// PT_PHDR: the program headers themselves.
    Phdr,
    /// PT_GNU_EH_FRAME: the index of the unwind tables.
    EhFrame,
    /// Any other.
    Other(u32),
}

/// A program header, of either class.
#[derive(Clone, Copy, Debug)]
pub struct Phdr {
    /// p_type.
    pub kind: PhdrKind,
    /// p_vaddr.
    pub vaddr: u64,
    /// p_memsz.
    pub memsz: u64,
    /// p_offset.
    pub offset: u64,
    /// p_filesz.
    pub filesz: u64,
    /// p_flags, with the OS's own bits.
    pub flags: u32,
}

impl Phdr {
    /// Where its bytes lie in the file, cut to a file of `len` bytes.
    pub fn file_range(&self, len: usize) -> Range<usize> {
        range(self.offset, self.filesz, len)
    }
}

/// A section header, of either class.
#[derive(Clone, Debug)]
pub struct Section {
    /// The name; empty when the name table does not have it.
    pub name: String,
    /// sh_type.
    pub kind: u32,
    /// sh_addr.
    pub addr: u64,
    /// sh_offset.
    pub offset: u64,
    /// sh_size.
    pub size: u64,
    /// sh_link.
    pub link: u32,
}

impl Section {
    /// Where its bytes lie in the file, cut to a file of `len` bytes.
    pub fn file_range(&self, len: usize) -> Range<usize> {
        range(self.offset, self.size, len)
    }

    /// Whether it is a `.symtab`.
    pub fn is_symtab(&self) -> bool {
        self.kind == SHT_SYMTAB
    }

    /// Whether it is a `.dynsym`.
    pub fn is_dynsym(&self) -> bool {
        self.kind == SHT_DYNSYM
    }
}

/// A symbol as the file has it: the address is not relocated.
#[derive(Clone, Copy, Debug)]
pub struct RawSymbol {
    /// st_value.
    pub value: u64,
    /// st_size.
    pub size: u64,
    /// st_name: offset in the string table.
    pub name: u32,
    /// st_shndx.
    pub shndx: u16,
    /// st_info.
    pub info: u8,
    /// st_other.
    pub other: u8,
}

/// The headers of an ELF file.
#[derive(Clone, Debug)]
pub struct Headers {
    /// Class.
    pub width: Width,
    /// e_machine, when it is one that jsdb knows.
    pub machine: Machine,
    /// e_type.
    pub kind: FileKind,
    /// e_entry.
    pub entry: u64,
    /// The program headers, in file order; fewer than promised if the file is cut.
    pub phdrs: Vec<Phdr>,
    /// The section headers, the null one included; none if the table is missing or past the end of the file.
    pub sections: Vec<Section>,
    /// How far into the file its headers reach: what a whole file has at least (0 if nothing tells).
    pub promised: u64,
}

/// Reads the headers of `bytes`, which may be cut anywhere.
///
/// # Errors
/// A predicate that says what the file is not ("is not an ELF file").
pub fn headers(bytes: &[u8]) -> Result<Headers, String> {
    if bytes.is_empty() {
        return Err("is empty".to_owned());
    }
    if !bytes.starts_with(b"\x7fELF") {
        return Err("is not an ELF file".to_owned());
    }
    let (width, container) = match bytes.get(4) {
        Some(1) => (Width::W32, Container::Little),
        Some(2) => (Width::W64, Container::Big),
        Some(other) => return Err(format!("has the unknown ELF class {other}")),
        None => return Err("is cut within its ELF header".to_owned()),
    };
    if bytes.get(5) == Some(&2) {
        return Err("is for another machine (big-endian, not i386 or amd64)".to_owned());
    }
    let header = Elf::parse_header(bytes).map_err(|_| "is cut within its ELF header".to_owned())?;
    let machine = match (header.e_machine, width) {
        (3, Width::W32) => Machine::I386,
        (62, Width::W64) => Machine::Amd64,
        (3 | 62, _) => return Err("has an ELF class that does not fit its machine".to_owned()),
        (other, _) => return Err(format!("is for another machine (ELF machine {other}, not i386 or amd64)")),
    };
    let ctx = Ctx::new(container, Endian::Little);
    let shdrs = section_headers(bytes, header.e_shoff, header.e_shnum, ctx);
    let phnum = match (header.e_phnum, shdrs.first()) {
        (PN_XNUM, Some(first)) if first.sh_info != 0 => first.sh_info as usize,
        (phnum, _) => usize::from(phnum),
    };
    let phdrs = program_headers(bytes, header.e_phoff, phnum, ctx);
    let end = |at: u64, count: usize, size: usize| at.saturating_add((count * size) as u64);
    let promised = phdrs
        .iter()
        .filter(|p| p.filesz > 0)
        .map(|p| p.offset.saturating_add(p.filesz))
        .chain([end(header.e_phoff, phnum, ProgramHeader::size(ctx))])
        .chain((header.e_shoff != 0).then(|| end(header.e_shoff, header.e_shnum.into(), SectionHeader::size(ctx))))
        .chain(shdrs.iter().filter(|s| s.sh_type != SHT_NOBITS).map(|s| s.sh_offset.saturating_add(s.sh_size)))
        .max()
        .unwrap_or(0);
    Ok(Headers {
        width,
        machine,
        kind: match header.e_type {
            ET_CORE => FileKind::Core,
            ET_EXEC => FileKind::Executable,
            ET_DYN => FileKind::Shared,
            other => FileKind::Other(other),
        },
        entry: header.e_entry,
        phdrs,
        sections: named_sections(bytes, &shdrs, header.e_shstrndx),
        promised,
    })
}

/// sh_type of a section without bytes in the file.
const SHT_NOBITS: u32 = 8;

/// The size of a program header in bytes.
pub fn phdr_size(width: Width) -> usize {
    match width {
        Width::W32 => 32,
        Width::W64 => 56,
    }
}

/// The program headers in `table`, as many as fit.
pub fn phdrs(table: &[u8], width: Width) -> Vec<Phdr> {
    let container = match width {
        Width::W32 => Container::Little,
        Width::W64 => Container::Big,
    };
    program_headers(table, 0, table.len() / phdr_size(width), Ctx::new(container, Endian::Little))
}

fn program_headers(bytes: &[u8], offset: u64, count: usize, ctx: Ctx) -> Vec<Phdr> {
    let size = ProgramHeader::size(ctx);
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let whole = count.min((bytes.len() - from) / size);
    let table = ProgramHeader::parse(&bytes[from..], 0, whole, ctx).unwrap_or_default();
    let phdr = |p: ProgramHeader| Phdr {
        kind: match p.p_type {
            PT_LOAD => PhdrKind::Load,
            PT_NOTE => PhdrKind::Note,
            PT_DYNAMIC => PhdrKind::Dynamic,
            PT_INTERP => PhdrKind::Interp,
            PT_PHDR => PhdrKind::Phdr,
            goblin::elf::program_header::PT_GNU_EH_FRAME => PhdrKind::EhFrame,
            other => PhdrKind::Other(other),
        },
        vaddr: p.p_vaddr,
        memsz: p.p_memsz,
        offset: p.p_offset,
        filesz: p.p_filesz,
        flags: p.p_flags,
    };
    table.into_iter().map(phdr).collect()
}

fn section_headers(bytes: &[u8], offset: u64, count: u16, ctx: Ctx) -> Vec<SectionHeader> {
    let size = SectionHeader::size(ctx);
    let Some(table) = usize::try_from(offset).ok().filter(|&at| at != 0).and_then(|at| bytes.get(at..)) else {
        return Vec::new();
    };
    let Ok(Some(first)) = SectionHeader::parse_from(table, 0, 1, ctx).map(|t| t.into_iter().next()) else {
        return Vec::new();
    };
    // e_shnum 0 with a table: the count did not fit and is in section 0 (gABI).
    let count = if count == 0 { usize::try_from(first.sh_size).unwrap_or(usize::MAX) } else { usize::from(count) };
    match count.min(table.len() / size) {
        0 => Vec::new(),
        count => SectionHeader::parse_from(table, 0, count, ctx).unwrap_or_default(),
    }
}

fn named_sections(bytes: &[u8], shdrs: &[SectionHeader], shstrndx: u16) -> Vec<Section> {
    // e_shstrndx 0xffff: the index did not fit and is in section 0 (gABI).
    let names = match (shstrndx, shdrs.first()) {
        (0xffff, Some(first)) => first.sh_link as usize,
        (index, _) => usize::from(index),
    };
    let names = shdrs.get(names).map(|s| &bytes[range(s.sh_offset, s.sh_size, bytes.len())]).unwrap_or_default();
    let name = |at: usize| {
        let name = names.get(at..).unwrap_or_default().split(|&b| b == 0).next().unwrap_or_default();
        super::text::printable(&name[..name.len().min(64)])
    };
    let section = |s: &SectionHeader| Section {
        name: name(s.sh_name),
        kind: s.sh_type,
        addr: s.sh_addr,
        offset: s.sh_offset,
        size: s.sh_size,
        link: s.sh_link,
    };
    shdrs.iter().map(section).collect()
}

impl Headers {
    /// The program headers of `kind`, in file order.
    pub fn segments(&self, kind: PhdrKind) -> impl Iterator<Item = &Phdr> {
        self.phdrs.iter().filter(move |p| p.kind == kind)
    }

    /// The first section called `name`.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|s| s.name == name)
    }
}

/// The symbols in `table`, the null one included; what does not fill an entry at the end is left out.
pub fn symbols(table: &[u8], width: Width) -> Vec<RawSymbol> {
    let (container, entry) = match width {
        Width::W32 => (Container::Little, 16),
        Width::W64 => (Container::Big, 24),
    };
    let symbols = Symtab::parse(table, 0, table.len() / entry, Ctx::new(container, Endian::Little));
    let raw = |s: goblin::elf::Sym| RawSymbol {
        value: s.st_value,
        size: s.st_size,
        name: u32::try_from(s.st_name).unwrap_or(u32::MAX),
        shndx: u16::try_from(s.st_shndx).unwrap_or(u16::MAX),
        info: s.st_info,
        other: s.st_other,
    };
    symbols.map(|t| t.iter().map(raw).collect()).unwrap_or_default()
}

/// The (tag, value) pairs of a dynamic section, up to its DT_NULL.
pub fn dynamic(bytes: &[u8], width: Width) -> Vec<(u64, u64)> {
    words(bytes, width)
        .collect::<Vec<_>>()
        .chunks_exact(2)
        .map(|e| (e[0], e[1]))
        .take_while(|&(tag, _)| tag != 0)
        .collect()
}

/// `bytes` as little-endian words of `width`.
pub fn words(bytes: &[u8], width: Width) -> impl Iterator<Item = u64> {
    bytes
        .chunks_exact(width.bytes() as usize)
        .map(|b| b.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)))
}

/// One note: what the owner called it, and its descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Note<'b> {
    /// The owner ("CORE", "LINUX", "GNU"), without its NULs.
    pub owner: &'b [u8],
    /// n_type.
    pub kind: u32,
    /// The descriptor; its size is what the note says, not what a reader hopes for.
    pub desc: &'b [u8],
    /// What the whole note takes in the file, padding included.
    pub size: usize,
}

/// The notes of a segment; stops at the first that does not fit. Padding is 4 in both classes (illumos, Linux).
pub fn notes(segment: &[u8]) -> Vec<Note<'_>> {
    let word = |at: usize| segment.get(at..at.checked_add(4)?).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let mut out = Vec::new();
    let mut at = 0_usize;
    while let (Some(namesz), Some(descsz), Some(kind)) = (word(at), word(at + 4), word(at + 8)) {
        let (namesz, descsz) = (namesz as usize, descsz as usize);
        let name = at + 12..at + 12 + namesz;
        let from = at + 12 + namesz.next_multiple_of(4);
        let (Some(owner), Some(desc)) = (segment.get(name), segment.get(from..from + descsz)) else { break };
        let owner = owner.split(|&b| b == 0).next().unwrap_or_default();
        let next = from + descsz.next_multiple_of(4);
        out.push(Note { owner, kind, desc, size: next - at });
        at = next;
    }
    out
}

/// n_type of the GNU build id note, owner "GNU".
const NT_GNU_BUILD_ID: u32 = 3;

/// The build id among the notes of `segment` (PT_NOTE of an executable or library).
pub fn build_id(segment: &[u8]) -> Option<Vec<u8>> {
    notes(segment).iter().find(|n| n.owner == b"GNU" && n.kind == NT_GNU_BUILD_ID).map(|n| n.desc.to_vec())
}

fn range(offset: u64, size: u64, len: usize) -> Range<usize> {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(len);
    let to = from.saturating_add(usize::try_from(size).unwrap_or(usize::MAX)).min(len);
    from..to
}
