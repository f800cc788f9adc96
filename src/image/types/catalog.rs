//! All types that a session knows: those of every load object, read when first asked for, and the user's own.
//!
//! Knows: which set a name is looked for in. Must not know: how any set is encoded.

use super::ctf::{self, Decoded, Signature};
use super::{Type, TypeId, TypeRef, Types};
use crate::image::elf::Headers;
use crate::image::space::Backing;
use crate::image::symbols::{Symbol, SymbolKind, Symbols, Table};
use crate::image::{LoadObject, Width};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A `.SUNW_ctf` section: where its bytes and its strings are.
#[derive(Clone, Debug)]
pub struct Section {
    /// The file.
    pub file: Arc<dyn Backing>,
    /// The section in the file.
    pub bytes: Range<usize>,
    /// The string table of its symbol table, in the file; empty if there is none.
    pub strings: Range<usize>,
}

/// The sections of `objects`, in their order: that of the core (which says by an address in the object which one it is
/// about), else that of the object's file.
pub fn sections(core: Option<(&Headers, &Arc<dyn Backing>)>, objects: &[LoadObject]) -> Vec<Option<Section>> {
    let of = |object: &LoadObject| {
        let from_core = core.and_then(|(headers, file)| {
            let about = |addr: u64| object.base.0 <= addr && addr < object.end.0;
            section(headers, file, about)
        });
        from_core.or_else(|| {
            let file = object.file.as_ref()?;
            section(&file.headers, &file.bytes, |_| true)
        })
    };
    objects.iter().map(of).collect()
}

/// The section of `file` whose address is `wanted`.
fn section(headers: &Headers, file: &Arc<dyn Backing>, wanted: impl Fn(u64) -> bool) -> Option<Section> {
    let len = file.bytes().len();
    let found = headers.sections.iter().find(|s| s.name == ".SUNW_ctf" && wanted(s.addr))?;
    let strings = headers.sections.get(found.link as usize).and_then(|symbols| {
        let strings = headers.sections.get(symbols.link as usize)?;
        Some(strings.file_range(len))
    });
    Some(Section { file: Arc::clone(file), bytes: found.file_range(len), strings: strings.unwrap_or_default() })
}

/// Every set of types.
#[derive(Debug)]
pub struct Catalog {
    /// By load object, in their order.
    objects: Vec<OfObject>,
    /// The user's own.
    pub own: Types,
    width: Width,
}

/// The types of a load object.
#[derive(Debug)]
struct OfObject {
    section: Option<Section>,
    decoded: OnceLock<Option<Decoded>>,
    places: OnceLock<Places>,
}

/// Which of the listed types is which symbol's, by the symbol's place in its table. CTF lists them in the order of the
/// symbol table, leaving out those that are undefined or have no name.
#[derive(Debug, Default)]
struct Places {
    objects: HashMap<u32, usize>,
    functions: HashMap<u32, usize>,
}

impl OfObject {
    fn decoded(&self, width: Width) -> Option<&Decoded> {
        let decode = || {
            let section = self.section.as_ref()?;
            let file = section.file.bytes();
            let strings = file.get(section.strings.clone()).unwrap_or_default();
            ctf::decode(file.get(section.bytes.clone())?, strings, width).ok()
        };
        self.decoded.get_or_init(decode).as_ref()
    }

    fn places(&self, symbols: &Symbols, object: usize) -> &Places {
        self.places.get_or_init(|| {
            let mut places = Places::default();
            for symbol in symbols.table(object, Table::Symtab) {
                if symbol.is_undefined() || matches!(symbol.name, "" | "_START_" | "_END_") {
                    continue;
                }
                let listed = match symbol.kind() {
                    SymbolKind::Object => &mut places.objects,
                    SymbolKind::Function => &mut places.functions,
                    _ => continue,
                };
                listed.insert(symbol.id, listed.len());
            }
            places
        })
    }
}

impl Catalog {
    /// The types in `sections`, one for each load object that has any.
    pub fn new(sections: Vec<Option<Section>>, width: Width) -> Catalog {
        let of = |section| OfObject { section, decoded: OnceLock::new(), places: OnceLock::new() };
        let objects = sections.into_iter().map(of).collect();
        Catalog { objects, own: Types::new(width), width }
    }

    /// The types of the load object with index `object`.
    pub fn of_object(&self, object: usize) -> Option<&Types> {
        self.objects.get(object)?.decoded(self.width).map(|d| &d.types)
    }

    /// The type that `name` means, perhaps with an object before a backquote (`libc.so.1`FILE`, or
    /// `struct libc.so.1`lwp`): in the load objects in their order, then among the user's own. A mere tag is taken
    /// only if there is nothing better.
    pub fn lookup(&self, name: &str, objects: &[LoadObject]) -> Option<TypeRef<'_>> {
        let (word, rest) = match name.split_once(' ') {
            Some((word @ ("struct" | "union" | "enum"), rest)) if rest.contains('`') => (Some(word), rest),
            _ => (None, name),
        };
        if let Some((object, rest)) = rest.rsplit_once('`') {
            let at = objects.iter().position(|o| o.is_called(object) || (object == "a.out" && o.is_executable))?;
            let name = word.map_or_else(|| rest.to_owned(), |word| format!("{word} {rest}"));
            return self.of_object(at)?.lookup(&name);
        }
        let everywhere = (0..self.objects.len()).filter_map(|at| self.of_object(at)).chain([&self.own]);
        let mut tag = None;
        for types in everywhere {
            match types.lookup(name) {
                Some(found) if matches!(found.kind(), Type::Forward { .. }) => tag = tag.or(Some(found)),
                Some(found) => return Some(found),
                None => {}
            }
        }
        tag
    }

    /// The type of the data that `symbol` names, if its object says so.
    pub fn of_symbol(&self, symbols: &Symbols, symbol: &Symbol<'_>) -> Option<TypeRef<'_>> {
        let object = symbol.object?;
        let types = self.objects.get(object)?;
        let decoded = types.decoded(self.width)?;
        let place = *types.places(symbols, object).objects.get(&symbol.id)?;
        let id: TypeId = (*decoded.objects.get(place)?)?;
        Some(decoded.types.get(id))
    }

    /// The signature of the function that `symbol` names, if its object says so, and the types that it is about.
    pub fn signature(&self, symbols: &Symbols, symbol: &Symbol<'_>) -> Option<(&Types, &Signature)> {
        let object = symbol.object?;
        let types = self.objects.get(object)?;
        let decoded = types.decoded(self.width)?;
        let place = *types.places(symbols, object).functions.get(&symbol.id)?;
        Some((&decoded.types, decoded.functions.get(place)?.as_ref()?))
    }
}
