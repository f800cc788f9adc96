//! Procedure linkage tables: which function of which library an entry jumps to.
//!
//! Knows: `.plt` and its relocations, as files on disk have them. Must not know: who asks.

use super::elf::Section;
use super::objects::{LoadObject, ObjectFile};
use super::{Addr, Image, Width};

/// Size of an entry (i386 psABI, figure 5-5; x86-64 psABI, figure 5.2).
const ENTRY: u64 = 16;

/// What a linkage table entry leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// The run-time linker has bound it: the function's address.
    Bound(Addr),
    /// It is not bound: the name that it will be bound by.
    Unbound(String),
}

impl Image {
    /// Where the linkage table entry at `addr` leads; absent if there is none, or if no file tells of the table.
    pub(super) fn plt(&self, addr: Addr) -> Option<Target> {
        let object = self.object_at(addr)?;
        let file = object.file.as_ref()?;
        let at = addr.0.wrapping_sub(object.bias);
        let index = entry_of(file, at)?;
        let relocation = relocation(file, index)?;
        let slot = Addr(relocation.offset.wrapping_add(object.bias));
        let bound = self.space.word(slot).ok().map(Addr).filter(|&to| to != Addr(0) && !in_table(object, file, to));
        match bound.filter(|&to| self.symbols.at(to).is_some()) {
            Some(to) => Some(Target::Bound(to)),
            None => {
                let position = self.objects.iter().position(|o| o.base == object.base)?;
                let mut symbols = self.symbols.table(position, super::symbols::Table::Dynsym);
                let name = symbols.nth(relocation.symbol)?.name;
                (!name.is_empty()).then(|| Target::Unbound(name.to_owned()))
            }
        }
    }
}

/// Which relocation the entry at `at`, an address of the file, belongs to. The first entry of `.plt` is the run-time
/// linker's; `.plt.sec`, which newer linkers add, has no such entry.
fn entry_of(file: &ObjectFile, at: u64) -> Option<usize> {
    let within = |section: &Section| Some(at.wrapping_sub(section.addr)).filter(|&into| into < section.size);
    let (into, first) = match file.headers.section(".plt.sec").and_then(within) {
        Some(into) => (into, 0),
        None => (within(file.headers.section(".plt")?)?, 1),
    };
    usize::try_from(into / ENTRY).ok()?.checked_sub(first)
}

fn in_table(object: &LoadObject, file: &ObjectFile, addr: Addr) -> bool {
    let at = addr.0.wrapping_sub(object.bias);
    let tables = [".plt", ".plt.sec"].iter().filter_map(|name| file.headers.section(name));
    tables.into_iter().any(|section| at.wrapping_sub(section.addr) < section.size)
}

/// A relocation of the linkage table: where the address goes, and the index of the symbol in `.dynsym`.
struct Relocation {
    offset: u64,
    symbol: usize,
}

/// Relocation `index` of `.rela.plt` (Elf64_Rela, 24 bytes) or `.rel.plt` (Elf32_Rel, 8 bytes).
fn relocation(file: &ObjectFile, index: usize) -> Option<Relocation> {
    let (name, size) = match file.headers.width {
        Width::W32 => (".rel.plt", 8),
        Width::W64 => (".rela.plt", 24),
    };
    let all = file.bytes.bytes();
    let section = file.headers.section(name)?;
    let bytes = all.get(section.file_range(all.len()))?;
    let row = bytes.get(index.checked_mul(size)?..)?.get(..size)?;
    let mut words = super::elf::words(row, file.headers.width);
    let (offset, info) = (words.next()?, words.next()?);
    let symbol = match file.headers.width {
        Width::W32 => info >> 8,
        Width::W64 => info >> 32,
    };
    Some(Relocation { offset, symbol: usize::try_from(symbol).ok()? })
}
