//! What an address is called, and what a name means: symbols, load objects and the user's wishes together.
//!
//! Knows: mdb's rules for prefixes and distances. Must not know: where symbols come from.

use super::demangle::{Demangle, demangle};
use super::plt;
use super::{Addr, Image, LoadObject, Mapping, Symbol};
use std::fmt;

/// How the user wants addresses named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Naming {
    /// How far from its start a symbol may name an address (mdb `$s`); 0: as far as its size tells.
    pub distance: u64,
    /// How C++ names are shown (mdb `$G`).
    pub demangle: Demangle,
    /// The radix of offsets, 2 to 16 (mdb `$d`).
    pub radix: u32,
}

impl Default for Naming {
    fn default() -> Naming {
        Naming { distance: 0, demangle: Demangle::Off, radix: 16 }
    }
}

/// The name of an address: `libc.so.1`_portfs+7`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// The symbol, with its object's name and a backquote before it unless it is the executable's text.
    pub symbol: String,
    /// How far into the symbol the address is.
    pub offset: u64,
    /// The symbol's size.
    pub size: u64,
    /// The radix of the offset when it is shown.
    pub radix: u32,
}

impl fmt::Display for Name {
    /// `symbol` or `symbol+0x1f`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.symbol)?;
        if self.offset > 0 { write!(f, "+{}", InRadix(self.offset, self.radix)) } else { Ok(()) }
    }
}

/// A number with the prefix of its radix, unless a single digit says it in every radix.
struct InRadix(u64, u32);

impl fmt::Display for InRadix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InRadix(mut value, radix) = *self;
        let radix = u64::from(radix.clamp(2, 16));
        let prefix = match radix {
            _ if value < radix.min(10) => "",
            2 => "0i",
            8 => "0o",
            10 => "0t",
            16 => "0x",
            _ => "",
        };
        let mut digits = Vec::new();
        loop {
            digits.push(b"0123456789abcdef"[(value % radix) as usize]);
            value /= radix;
            if value == 0 {
                break;
            }
        }
        f.write_str(prefix)?;
        digits.iter().rev().try_for_each(|&digit| write!(f, "{}", char::from(digit)))
    }
}

/// Why a name has no symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unknown {
    /// No load object is called so.
    #[error("unknown object file name")]
    Object,
    /// No symbol is called so.
    #[error("unknown symbol name")]
    Symbol,
}

impl Image {
    /// The program itself.
    pub fn executable(&self) -> Option<&LoadObject> {
        self.objects.iter().find(|o| o.is_executable)
    }

    /// The mapping that covers `addr`.
    pub fn mapping(&self, addr: Addr) -> Option<&Mapping> {
        let after = self.mappings.partition_point(|m| m.start <= addr);
        self.mappings[..after].last().filter(|m| m.contains(addr))
    }

    /// The load object that has `addr` in one of its mappings.
    pub fn object_at(&self, addr: Addr) -> Option<&LoadObject> {
        self.objects.get(self.mapping(addr)?.object?)
    }

    /// Index in `objects` of the object called `name`, as libproc takes names (`libc.so.1`, `libc`, `a.out`, a path).
    pub fn object_called(&self, name: &str) -> Option<usize> {
        let exact = self.objects.iter().position(|o| o.path == name || o.name() == name);
        exact
            .or_else(|| self.objects.iter().position(|o| o.is_called(name)))
            .or_else(|| self.objects.iter().position(|o| name == "a.out" && o.is_executable))
    }

    /// The symbol that `name` means: plain, or `object`symbol` with everything before the last backquote as object.
    ///
    /// # Errors
    /// [`Unknown`]: which part is not known.
    pub fn symbol(&self, name: &str) -> Result<Symbol<'_>, Unknown> {
        match name.rsplit_once('`') {
            None => self.symbols.lookup(name).ok_or(Unknown::Symbol),
            Some((object, symbol)) => {
                let object = self.object_called(object).ok_or(Unknown::Object)?;
                self.symbols.lookup_in(object, symbol).ok_or(Unknown::Symbol)
            }
        }
    }

    /// The symbol that names `addr` under [`Naming::distance`], and how far into it `addr` is. The user's own symbols
    /// come first.
    pub fn symbol_at(&self, addr: Addr) -> Option<(Symbol<'_>, u64)> {
        let distance = self.naming.distance;
        self.symbols
            .private_near(addr, distance)
            .or_else(|| self.symbols.at(addr).filter(|&(_, into)| distance == 0 || into < distance))
    }

    /// What `addr` is called, demangled as [`Naming::demangle`] says; absent if no symbol covers it.
    pub fn symbolize(&self, addr: Addr) -> Option<Name> {
        self.symbolize_as(addr, self.naming.demangle)
    }

    /// As [`Image::symbolize`], in a given style.
    pub fn symbolize_as(&self, addr: Addr, style: Demangle) -> Option<Name> {
        match self.symbol_at(addr) {
            Some((symbol, offset)) => {
                let size = symbol.size;
                Some(Name { symbol: self.prefixed(addr, symbol, style), offset, size, radix: self.naming.radix })
            }
            None => self.plt_name(addr, style),
        }
    }

    /// `symbol`, which covers `addr`, with its object's name before it where there is to be one.
    fn prefixed(&self, addr: Addr, symbol: Symbol<'_>, style: Demangle) -> String {
        let shown = demangle(symbol.name, style);
        let shown = shown.as_deref().unwrap_or(symbol.name);
        match symbol.object.and_then(|_| self.prefix(addr)) {
            Some(prefix) => format!("{prefix}`{shown}"),
            None => shown.to_owned(),
        }
    }

    /// What a linkage table entry is called: `PLT=libc.so.1`malloc` once it is bound, `PLT:malloc` before.
    fn plt_name(&self, addr: Addr, style: Demangle) -> Option<Name> {
        let symbol = match self.plt(addr)? {
            plt::Target::Bound(to) => format!("PLT={}", self.prefixed(to, self.symbols.at(to)?.0, style)),
            plt::Target::Unbound(name) => format!("PLT:{name}"),
        };
        Some(Name { symbol, offset: 0, size: 0, radix: self.naming.radix })
    }

    /// What goes before the backquote: the object's name, unless `addr` is in the executable's text (mdb compares with
    /// the one mapping that holds the entry point, so the executable's data has a prefix).
    fn prefix(&self, addr: Addr) -> Option<&str> {
        let mapping = self.mapping(addr)?;
        let object = self.objects.get(mapping.object?)?;
        let text = self.entry.unwrap_or(object.base);
        (!(object.is_executable && mapping.contains(text))).then(|| object.name())
    }
}
