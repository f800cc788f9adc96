//! Names to addresses and back, over all load objects.
//!
//! Knows: symbol tables as lists, and which of several symbols names an address. Must not know: how ELF files are
//! laid out (`elf.rs`), load objects and their names (`objects.rs`).

mod index;
pub mod tables;

use super::elf::RawSymbol;
use super::space::Backing;
use super::{Addr, text};
use index::{AddrIndex, NameIndex};
use std::ffi::CStr;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Which table a symbol comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Table {
    /// `.symtab`: all symbols of the link.
    Symtab,
    /// `.dynsym`: those that the run-time linker needs.
    Dynsym,
    /// The user's own (`::nmadd`).
    Private,
}

/// What a symbol names (low half of ELF st_info).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum SymbolKind {
    /// STT_NOTYPE.
    None,
    /// STT_OBJECT: data.
    Object,
    /// STT_FUNC.
    Function,
    /// STT_SECTION.
    Section,
    /// STT_FILE: the name of a source file.
    File,
    /// STT_COMMON.
    Common,
    /// STT_TLS: an offset in thread-local storage, not an address.
    Tls,
    /// Any other type.
    Other(u8),
}

/// Who sees a symbol (high half of ELF st_info).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum SymbolBind {
    /// STB_LOCAL.
    Local,
    /// STB_GLOBAL.
    Global,
    /// STB_WEAK.
    Weak,
    /// Any other binding.
    Other(u8),
}

/// st_shndx of a symbol that its object needs but does not have.
pub const SHN_UNDEF: u16 = 0;

/// One symbol.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'s> {
    /// The name as in the table (C++ names mangled); bytes that could harm a terminal are `?`.
    pub name: &'s str,
    /// Its address in the process.
    pub addr: Addr,
    /// Its size in bytes; 0 if the table has none.
    pub size: u64,
    /// st_info: binding and type.
    pub info: u8,
    /// st_other: visibility.
    pub other: u8,
    /// st_shndx: index of the section in its own file, or a special one ([`SHN_UNDEF`]).
    pub shndx: u16,
    /// The table it comes from.
    pub table: Table,
    /// Index in that table.
    pub id: u32,
    /// Index of its load object in `Image::objects`; absent for private symbols.
    pub object: Option<usize>,
}

impl Symbol<'_> {
    /// What it names.
    pub fn kind(&self) -> SymbolKind {
        kind(self.info)
    }

    /// Who sees it.
    pub fn bind(&self) -> SymbolBind {
        match self.info >> 4 {
            0 => SymbolBind::Local,
            1 => SymbolBind::Global,
            2 => SymbolBind::Weak,
            other => SymbolBind::Other(other),
        }
    }

    /// Whether its object needs it but does not have it.
    pub fn is_undefined(&self) -> bool {
        self.shndx == SHN_UNDEF && self.table != Table::Private
    }
}

fn kind(info: u8) -> SymbolKind {
    match info & 0xf {
        0 => SymbolKind::None,
        1 => SymbolKind::Object,
        2 => SymbolKind::Function,
        3 => SymbolKind::Section,
        4 => SymbolKind::File,
        5 => SymbolKind::Common,
        6 => SymbolKind::Tls,
        other => SymbolKind::Other(other),
    }
}

/// A symbol table on its way into [`Symbols`].
#[derive(Debug)]
pub struct NewTable {
    /// Which table.
    pub table: Table,
    /// Index of the load object it describes.
    pub object: usize,
    /// What to add to each st_value: the load bias of an ET_DYN object, 0 for ET_EXEC.
    pub bias: u64,
    /// Its entries, the null one included (indexes count from it).
    pub entries: Vec<RawSymbol>,
    /// Where its string table lies.
    pub strings: Strings,
}

/// Where a name is cut, in bytes: no compiler mangles a longer one, but in a damaged table thousands of symbols may share
/// one name that is as long as the table.
const MOST_NAME: usize = 1 << 14;

/// A string table: NUL-terminated names in a row.
#[derive(Clone, Debug)]
pub struct Strings {
    bytes: Arc<dyn Backing>,
    range: Range<usize>,
}

impl Strings {
    /// The strings in `range` of `bytes`. If any of it could harm a terminal a copy is made where `?` stands for each
    /// such byte, so that names are safe to show wherever they go.
    pub fn new(bytes: &Arc<dyn Backing>, range: Range<usize>) -> Strings {
        let all = bytes.bytes();
        let range = range.start.min(all.len())..range.end.min(all.len()).max(range.start.min(all.len()));
        let harmless = |b: u8| b == 0 || (0x20..0x7f).contains(&b);
        // In blocks, each without a branch: nearly all tables are harmless.
        let block = |block: &[u8]| block.iter().fold(true, |all, &b| all & harmless(b));
        if all[range.clone()].chunks(1024).all(block) {
            return Strings { bytes: Arc::clone(bytes), range };
        }
        let copy: Vec<u8> = all[range].iter().map(|&b| if harmless(b) { b } else { b'?' }).collect();
        let range = 0..copy.len();
        Strings { bytes: Arc::new(copy), range }
    }

    /// All of them.
    fn all(&self) -> &[u8] {
        self.bytes.bytes().get(self.range.clone()).unwrap_or_default()
    }

    fn at(&self, offset: u32) -> &str {
        std::str::from_utf8(self.bytes_at(offset)).unwrap_or_default()
    }

    fn bytes_at(&self, offset: u32) -> &[u8] {
        let bytes = self.all().get(offset as usize..).unwrap_or_default();
        let bytes = &bytes[..bytes.len().min(MOST_NAME)];
        CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes)
    }
}

#[derive(Debug)]
struct LoadedTable {
    table: Table,
    object: usize,
    bias: u64,
    strings: Strings,
    /// Position of its entry 0 in `Symbols::entries`.
    first: usize,
}

/// A symbol that the user defined.
#[derive(Clone, Debug)]
struct PrivateSymbol {
    name: String,
    addr: Addr,
    size: u64,
    info: u8,
}

/// All symbols. Indexes by name and by address are made when first asked for: most sessions need one, few need all.
#[derive(Debug, Default)]
pub struct Symbols {
    tables: Vec<LoadedTable>,
    entries: Vec<RawSymbol>,
    by_name: OnceLock<NameIndex>,
    by_addr: OnceLock<AddrIndex>,
    private: Vec<PrivateSymbol>,
}

impl Symbols {
    /// The symbols of `tables`, to be searched in that order.
    pub fn new(tables: Vec<NewTable>) -> Symbols {
        let mut symbols = Symbols::default();
        for new in tables {
            let NewTable { table, object, bias, mut entries, strings } = new;
            let first = symbols.entries.len();
            // Index positions are 32 bits; no real process has as many symbols.
            if u32::try_from(first + entries.len()).is_err() {
                break;
            }
            symbols.tables.push(LoadedTable { table, object, bias, strings, first });
            if symbols.entries.is_empty() {
                symbols.entries = entries;
            } else {
                symbols.entries.append(&mut entries);
            }
        }
        symbols
    }

    /// Every symbol of the load objects but the null ones, table by table, in the tables' order.
    pub fn iter(&self) -> impl Iterator<Item = Symbol<'_>> {
        (0..self.tables.len()).flat_map(move |t| self.rows(t))
    }

    /// As [`Symbols::iter`], those alone whose names begin with `prefix`.
    pub fn beginning(&self, prefix: &str) -> impl Iterator<Item = Symbol<'_>> {
        let begins = move |t: usize, at: usize| {
            let strings = &self.tables[t].strings;
            let name = strings.all().get(self.entries[at].name as usize..).unwrap_or_default();
            name.starts_with(prefix.as_bytes()).then(|| self.symbol(t, at))
        };
        (0..self.tables.len()).flat_map(move |t| self.span(t).skip(1).filter_map(move |at| begins(t, at)))
    }

    /// The symbols of one table of one load object, in the table's order, the null one included.
    pub fn table(&self, object: usize, table: Table) -> impl Iterator<Item = Symbol<'_>> {
        (0..self.tables.len())
            .filter(move |&t| self.tables[t].object == object && self.tables[t].table == table)
            .flat_map(move |t| self.span(t).map(move |at| self.symbol(t, at)))
    }

    /// Whether the load object has any symbol table.
    pub fn has_tables(&self, object: usize) -> bool {
        self.tables.iter().any(|t| t.object == object)
    }

    /// The symbol called `name`: the user's own, else that of the first table that defines it, else an undefined one.
    pub fn lookup(&self, name: &str) -> Option<Symbol<'_>> {
        self.private(name).or_else(|| self.lookup_where(name, |_| true))
    }

    /// The symbol called `name` of the load object with index `object`.
    pub fn lookup_in(&self, object: usize, name: &str) -> Option<Symbol<'_>> {
        self.lookup_where(name, |t| t.object == object)
    }

    fn lookup_where(&self, name: &str, wanted: impl Fn(&LoadedTable) -> bool) -> Option<Symbol<'_>> {
        let index = self.by_name.get_or_init(|| {
            NameIndex::new(
                self.entries.len(),
                (0..self.tables.len()).flat_map(|t| {
                    self.span(t).skip(1).map(move |at| (at, self.tables[t].strings.bytes_at(self.entries[at].name)))
                }),
            )
        });
        let mut undefined = None;
        for at in index.candidates(name) {
            let t = self.table_of(at);
            let symbol = self.symbol(t, at);
            if symbol.name == name && wanted(&self.tables[t]) {
                if !symbol.is_undefined() {
                    return Some(symbol);
                }
                undefined = undefined.or(Some(symbol));
            }
        }
        undefined
    }

    /// The symbol of the load objects that covers `addr`, and how far into it `addr` is: of several the one that
    /// begins last, and of those that begin together the one that libproc prefers (functions, global, fewer leading
    /// underscores, smaller). Symbols without a size cover nothing.
    pub fn at(&self, addr: Addr) -> Option<(Symbol<'_>, u64)> {
        let index = self.by_addr.get_or_init(|| AddrIndex::new(self));
        let at = index.find(addr)?;
        let symbol = self.symbol(self.table_of(at), at);
        Some((symbol, addr.0.wrapping_sub(symbol.addr.0)))
    }

    fn span(&self, t: usize) -> Range<usize> {
        let end = self.tables.get(t + 1).map_or(self.entries.len(), |next| next.first);
        self.tables[t].first..end
    }

    fn rows(&self, t: usize) -> impl Iterator<Item = Symbol<'_>> {
        self.span(t).skip(1).map(move |at| self.symbol(t, at))
    }

    fn table_of(&self, at: usize) -> usize {
        self.tables.partition_point(|t| t.first <= at).saturating_sub(1)
    }

    fn symbol(&self, t: usize, at: usize) -> Symbol<'_> {
        let table = &self.tables[t];
        let raw = &self.entries[at];
        Symbol {
            name: table.strings.at(raw.name),
            addr: self.place(t, at),
            size: raw.size,
            info: raw.info,
            other: raw.other,
            shndx: raw.shndx,
            table: table.table,
            id: (at - table.first) as u32,
            object: Some(table.object),
        }
    }
}

impl Symbols {
    /// Where a symbol lies in the process.
    fn place(&self, t: usize, at: usize) -> Addr {
        let raw = &self.entries[at];
        let fixed = raw.shndx == SHN_UNDEF || raw.shndx == SHN_ABS || kind(raw.info) == SymbolKind::Tls;
        Addr(if fixed { raw.value } else { raw.value.wrapping_add(self.tables[t].bias) })
    }
}

/// st_shndx of a value that is no address of the object: it does not move with it.
const SHN_ABS: u16 = 0xfff1;

/// The user's own symbols (`::nmadd`, `::nmdel`).
impl Symbols {
    /// Defines `name`, or changes what it was. What is `None` stays as it was, or is 0 (no size, no type).
    pub fn define(&mut self, name: &str, addr: Addr, size: Option<u64>, kind: Option<SymbolKind>) -> Symbol<'_> {
        const GLOBAL: u8 = 1 << 4;
        let name = text::printable(name.as_bytes());
        let at = self.private.iter().position(|s| s.name == name).unwrap_or_else(|| {
            self.private.push(PrivateSymbol { name, addr, size: 0, info: GLOBAL });
            self.private.len() - 1
        });
        let symbol = &mut self.private[at];
        symbol.addr = addr;
        if let Some(size) = size {
            symbol.size = size;
        }
        match kind {
            Some(SymbolKind::Function) => symbol.info = GLOBAL | 2,
            Some(SymbolKind::Object) => symbol.info = GLOBAL | 1,
            _ => {}
        }
        self.private_at(at)
    }

    /// Removes `name` of the user's own symbols; what it was, as (address, size), if it was one.
    pub fn undefine(&mut self, name: &str) -> Option<(Addr, u64)> {
        let at = self.private.iter().position(|s| s.name == name)?;
        let symbol = self.private.remove(at);
        Some((symbol.addr, symbol.size))
    }

    /// The user's own symbols, oldest first.
    pub fn private_iter(&self) -> impl Iterator<Item = Symbol<'_>> {
        (0..self.private.len()).map(|at| self.private_at(at))
    }

    /// The user's own symbol that names `addr` best: within its size (at least one byte), or within `distance` bytes
    /// if that is not 0.
    pub fn private_near(&self, addr: Addr, distance: u64) -> Option<(Symbol<'_>, u64)> {
        let (at, symbol) =
            self.private.iter().enumerate().filter(|(_, s)| s.addr <= addr).max_by_key(|(_, s)| s.addr)?;
        let reach = if distance == 0 { symbol.size.max(1) } else { distance };
        let into = addr.0 - symbol.addr.0;
        (into < reach).then(|| (self.private_at(at), into))
    }

    fn private(&self, name: &str) -> Option<Symbol<'_>> {
        self.private.iter().position(|s| s.name == name).map(|at| self.private_at(at))
    }

    fn private_at(&self, at: usize) -> Symbol<'_> {
        let PrivateSymbol { name, addr, size, info } = &self.private[at];
        Symbol {
            name,
            addr: *addr,
            size: *size,
            info: *info,
            other: 0,
            shndx: SHN_UNDEF,
            table: Table::Private,
            id: at as u32,
            object: None,
        }
    }
}

#[cfg(test)]
mod tests;
