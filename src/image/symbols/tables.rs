//! Where symbol tables come from: sections of the core, files on disk, dynamic sections in memory.
//!
//! Knows: which source serves which load object. Must not know: how symbols are searched.

use super::{NewTable, SHN_UNDEF, Strings, SymbolKind, Table, kind};
use crate::image::elf::{self, Headers, RawSymbol};
use crate::image::objects::{
    DT_GNU_HASH, DT_HASH, DT_STRSZ, DT_STRTAB, DT_SUNW_SYMSZ, DT_SUNW_SYMTAB, DT_SYMTAB, Dynamic, MOST_OBJECTS,
};
use crate::image::space::Backing;
use crate::image::{Addr, AddressSpace, LoadObject, Mapping, Width};
use std::sync::Arc;

/// What the symbols are collected from.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The core's own sections, and the bytes they are in.
    pub core: Option<(&'a Headers, &'a Arc<dyn Backing>)>,
    /// The process's memory.
    pub space: &'a AddressSpace,
    /// Its mappings.
    pub mappings: &'a [Mapping],
    /// The entry point, as the process has it.
    pub entry: Option<Addr>,
}

/// Collects the symbol tables of all `objects`, in their order. An object that only a section of the core speaks of
/// is added; one whose bias nothing told before learns it from its symbols.
pub fn collect(sources: &Sources<'_>, objects: &mut Vec<LoadObject>) -> Vec<NewTable> {
    let mut found: Vec<NewTable> = Vec::new();
    if let Some((headers, bytes)) = sources.core {
        for (addr, table, entries, strings) in section_tables(headers, bytes) {
            let Some(object) = owner(sources, objects, Addr(addr)) else { continue };
            found.push(NewTable { table, object, bias: 0, entries, strings });
        }
    }
    for (object, loaded) in objects.iter().enumerate() {
        let has = |found: &[NewTable], table| found.iter().any(|t| t.object == object && t.table == table);
        if let Some(file) = &loaded.file {
            for (_, table, entries, strings) in section_tables(&file.headers, &file.bytes) {
                if !has(&found, table) {
                    found.push(NewTable { table, object, bias: 0, entries, strings });
                }
            }
        }
        if !has(&found, Table::Dynsym)
            && let Some((entries, strings)) = dynamic_table(sources.space, loaded)
        {
            found.push(NewTable { table: Table::Dynsym, object, bias: 0, entries, strings });
        }
    }
    for table in &mut found {
        let object = &mut objects[table.object];
        if object.phdrs.is_empty() && object.is_executable {
            object.bias = bias(table, sources.entry).unwrap_or(object.bias);
        }
        table.bias = object.bias;
    }
    found.sort_by_key(|t| (t.object, t.table != Table::Symtab));
    found
}

/// The object whose mappings hold `addr`; a new one if there is none.
fn owner(sources: &Sources<'_>, objects: &mut Vec<LoadObject>, addr: Addr) -> Option<usize> {
    let after = sources.mappings.partition_point(|m| m.start <= addr);
    let mapping = sources.mappings[..after].last().filter(|m| m.contains(addr));
    if let Some(object) = mapping.and_then(|m| m.object) {
        return Some(object);
    }
    if let Some(known) = objects.iter().position(|o| o.base <= addr && addr < o.end) {
        return Some(known);
    }
    if objects.len() >= MOST_OBJECTS {
        return None;
    }
    let is_executable = !objects.iter().any(|o| o.is_executable);
    objects.push(LoadObject {
        path: if is_executable { "a.out".to_owned() } else { format!("{addr}") },
        raw_path: None,
        base: mapping.map_or(addr, |m| m.start),
        end: mapping.map_or(addr.offset(1), Mapping::end),
        bias: 0,
        dynamic: None,
        phdrs: Vec::new(),
        build_id: None,
        entry: None,
        is_executable,
        file: None,
    });
    Some(objects.len() - 1)
}

type SectionTable = (u64, Table, Vec<RawSymbol>, Strings);

/// The symbol tables among the sections of an ELF file, with their sh_addr. Tables do not overlap in a real file: what
/// exceeds the file's size in sum is left out.
fn section_tables(headers: &Headers, bytes: &Arc<dyn Backing>) -> Vec<SectionTable> {
    let len = bytes.bytes().len();
    let mut left = len;
    let mut out = Vec::new();
    for section in headers.sections.iter().filter(|s| s.is_symtab() || s.is_dynsym()) {
        let range = section.file_range(len);
        let Some(strings) = headers.sections.get(section.link as usize) else { continue };
        if range.is_empty() || range.len() > left {
            continue;
        }
        left -= range.len();
        let table = if section.is_symtab() { Table::Symtab } else { Table::Dynsym };
        let entries = elf::symbols(&bytes.bytes()[range], headers.width);
        out.push((section.addr, table, entries, Strings::new(bytes, strings.file_range(len))));
    }
    out
}

/// More dynamic symbols than any library has.
const MOST_SYMBOLS: u64 = 1 << 22;

/// The symbol table that the dynamic section of a mapped object points at: the local functions that illumos adds
/// (DT_SUNW_SYMTAB) when there are some.
fn dynamic_table(space: &AddressSpace, object: &LoadObject) -> Option<(Vec<RawSymbol>, Strings)> {
    let dynamic = Dynamic::read(space, object.dynamic?, object.bias, object.base)?;
    let entry: u64 = match space.width() {
        Width::W32 => 16,
        Width::W64 => 24,
    };
    let (at, size) = match (dynamic.addr(DT_SUNW_SYMTAB), dynamic.value(DT_SUNW_SYMSZ)) {
        (Some(at), Some(size)) if size / entry <= MOST_SYMBOLS => (at, size),
        _ => {
            let at = dynamic.addr(DT_SYMTAB)?;
            let count = hash_count(space, &dynamic).or_else(|| gnu_hash_count(space, &dynamic));
            // Linkers put the string table right behind.
            let count = count.or_else(|| Some(dynamic.addr(DT_STRTAB)?.0.checked_sub(at.0)? / entry));
            (at, count.filter(|&c| c <= MOST_SYMBOLS)? * entry)
        }
    };
    let table = space.bytes(at, usize::try_from(size).ok()?).ok()?;
    let size = usize::try_from(dynamic.value(DT_STRSZ)?).ok().filter(|&s| s <= 64 << 20)?;
    let strings: Arc<dyn Backing> = Arc::new(space.bytes(dynamic.addr(DT_STRTAB)?, size).ok()?.into_owned());
    let strings = Strings::new(&strings, 0..size);
    Some((elf::symbols(&table, space.width()), strings))
}

/// DT_HASH: {nbucket, nchain, ...}; nchain is the number of symbols.
fn hash_count(space: &AddressSpace, dynamic: &Dynamic) -> Option<u64> {
    space.u32(dynamic.addr(DT_HASH)?.offset(4)).ok().map(u64::from)
}

/// DT_GNU_HASH: {nbuckets, symoffset, bloom words, shift, bloom, buckets, chains}; the highest symbol of all chains is
/// the last one.
fn gnu_hash_count(space: &AddressSpace, dynamic: &Dynamic) -> Option<u64> {
    let at = dynamic.addr(DT_GNU_HASH)?;
    let word = |n: u64| space.u32(Addr(at.0.wrapping_add(4 * n))).ok().map(u64::from);
    let (buckets, first, bloom) = (word(0)?, word(1)?, word(2)?);
    if buckets > MOST_SYMBOLS || bloom > MOST_SYMBOLS {
        return None;
    }
    let from = 4 + bloom * space.width().bytes() / 4;
    let mut last = (0..buckets).map_while(|b| word(from + b)).max()?;
    if last < first {
        return Some(first);
    }
    while word(from + buckets + last - first)? & 1 == 0 {
        last += 1;
        if last > MOST_SYMBOLS {
            return None;
        }
    }
    Some(last + 1)
}

/// The bias of an executable whose headers are nowhere: its `_start` lies at the entry point.
fn bias(table: &NewTable, entry: Option<Addr>) -> Option<u64> {
    let start = |s: &&RawSymbol| {
        s.shndx != SHN_UNDEF
            && matches!(kind(s.info), SymbolKind::Function | SymbolKind::None)
            && table.strings.at(s.name) == "_start"
    };
    let bias = entry?.0.wrapping_sub(table.entries.iter().find(start)?.value);
    (bias & 0xfff == 0).then_some(bias)
}
