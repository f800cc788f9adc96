//! V8's postmortem metadata: the `v8dbg_` constants, and the classes and enumerations that their names spell.
//!
//! V8's `tools/gen-postmortem-metadata.py` writes an int per fact, and the fact into its name:
//! `v8dbg_class_CLASS__FIELD__TYPE`, `v8dbg_parent_CLASS__PARENT`, `v8dbg_type_CLASS__TYPE`, `v8dbg_frametype_NAME`.
//!
//! Knows: how those names are spelled. Must not know: which of them jsdb needs (see `field`).

use super::parents;
use crate::image::Image;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What every metadata symbol begins with.
pub const PREFIX: &str = "v8dbg_";

/// A field of a V8 class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClassField {
    /// Its name.
    pub name: String,
    /// Its C++ type, as the metadata calls it ("Object", "SMI", "int", "char").
    pub kind: String,
    /// Bytes from the start of the (untagged) object.
    pub offset: i64,
}

/// A V8 heap class.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Class {
    /// The class it derives from.
    pub parent: Option<String>,
    /// Its own fields, by rising offset.
    pub fields: Vec<ClassField>,
}

/// All constants, and what their names spell.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Metadata {
    constants: FxHashMap<String, i64>,
    /// Classes by name.
    pub classes: BTreeMap<String, Class>,
    /// Instance types, in the order of the symbols: (class, value); a class may have several.
    pub types: Vec<(String, u16)>,
    /// Stack frame types: (name, marker).
    pub frame_types: Vec<(String, i64)>,
}

impl Metadata {
    /// What the symbols of `image` tell; empty if it has none. Constants that cannot be read are left out.
    pub fn of_image(image: &Image) -> Metadata {
        Metadata::new(image.symbols.beginning(PREFIX).filter_map(|symbol| {
            let name = symbol.name.strip_prefix(PREFIX)?;
            let value = image.space.u32(symbol.addr).ok()? as i32;
            Some((name.to_owned(), i64::from(value)))
        }))
    }

    /// What `constants` (names without [`PREFIX`]) tell.
    pub fn new(constants: impl IntoIterator<Item = (String, i64)>) -> Metadata {
        let mut out = Metadata::default();
        for (name, value) in constants {
            // An executable that exports its symbols has each in two tables.
            if out.constants.contains_key(&name) {
                continue;
            }
            out.spell(&name, value);
            out.constants.insert(name, value);
        }
        for class in out.classes.values_mut() {
            class.fields.sort_by_key(|f| f.offset);
        }
        out
    }

    fn spell(&mut self, name: &str, value: i64) {
        if let Some(rest) = name.strip_prefix("class_") {
            let mut parts = rest.splitn(3, "__");
            if let (Some(class), Some(field), Some(kind)) = (parts.next(), parts.next(), parts.next()) {
                let field = ClassField { name: field.to_owned(), kind: kind.to_owned(), offset: value };
                self.classes.entry(class.to_owned()).or_default().fields.push(field);
            }
        } else if let Some((class, parent)) = name.strip_prefix("parent_").and_then(|r| r.split_once("__")) {
            self.classes.entry(class.to_owned()).or_default().parent = Some(parent.to_owned());
            self.classes.entry(parent.to_owned()).or_default();
        } else if let Some((class, _)) = name.strip_prefix("type_").and_then(|r| r.split_once("__")) {
            if let Ok(value) = u16::try_from(value) {
                self.types.push((class.to_owned(), value));
            }
        } else if let Some(frame) = name.strip_prefix("frametype_") {
            self.frame_types.push((frame.to_owned(), value));
        }
    }

    /// Puts a field of a class at `offset`, in place of one of the same name.
    pub fn set_field(&mut self, class: &str, field: &str, offset: i64) {
        let fields = &mut self.classes.entry(class.to_owned()).or_default().fields;
        match fields.iter_mut().find(|f| f.name == field) {
            Some(found) => found.offset = offset,
            None => fields.push(ClassField { name: field.to_owned(), kind: "Object".to_owned(), offset }),
        }
        fields.sort_by_key(|f| f.offset);
    }

    /// Whether there is any metadata at all.
    pub fn is_empty(&self) -> bool {
        self.constants.is_empty()
    }

    /// The constant called `v8dbg_<name>`.
    pub fn constant(&self, name: &str) -> Option<i64> {
        self.constants.get(name).copied()
    }

    /// A field of a class, whatever type its symbol names: later versions rename types, not fields.
    pub fn field(&self, class: &str, field: &str) -> Option<&ClassField> {
        self.classes.get(class)?.fields.iter().find(|f| f.name == field)
    }

    /// The chain of classes from `class` to its root, itself first; a cycle ends it. None for a class of which nothing is
    /// known.
    pub fn ancestry<'m>(&'m self, class: &'m str) -> Vec<(&'m str, &'m Class)> {
        static WITHOUT_FIELDS: Class = Class { parent: None, fields: Vec::new() };
        let mut out: Vec<(&str, &Class)> = Vec::new();
        let is_known = self.classes.contains_key(class) || parents::of(class).is_some();
        let mut next = is_known.then_some(class);
        while let Some(name) = next.filter(|name| out.iter().all(|(seen, _)| seen != name)) {
            out.push((name, self.classes.get(name).unwrap_or(&WITHOUT_FIELDS)));
            next = self.parent(name);
        }
        out
    }

    /// What `class` derives from: as the metadata says, unless it does not know the class or has no hierarchy at all.
    fn parent(&self, class: &str) -> Option<&str> {
        let known = self.classes.get(class);
        let has_hierarchy = self.classes.get("JSObject").is_some_and(|class| class.parent.is_some());
        let named = known.and_then(|known| known.parent.as_deref());
        named.or_else(|| if known.is_some() && has_hierarchy { None } else { parents::of(class) })
    }

    /// Where the fields that `class` and its ancestors declare end: bytes from the start of the object.
    /// Absent when none declares any.
    pub fn end(&self, class: &str, pointer: i64) -> Option<i64> {
        self.ancestry(class).into_iter().find_map(|(_, c)| c.fields.last()).map(|f| f.offset + pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::Metadata;

    #[test]
    fn parents_come_from_a_table_where_the_metadata_has_none() {
        let fact = |name: &str, value| (name.to_owned(), value);
        let names = |facts: &[(String, i64)], class: &str| {
            let metadata = Metadata::new(facts.iter().cloned());
            metadata.ancestry(class).iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()
        };
        let elements = fact("class_JSObject__elements__Tagged_FixedArrayBase_", 16);
        let flat = [elements.clone(), fact("parent_Object__AllStatic", 0)];
        let chain = ["JSError", "JSObject", "JSReceiver", "HeapObject", "Object", "AllStatic"];
        assert_eq!(names(&flat, "JSError"), chain);
        // What the metadata says counts.
        let deep = [elements, fact("parent_JSObject__HeapObject", 0)];
        assert_eq!(names(&deep, "JSError"), ["JSError", "JSObject", "HeapObject"]);
        assert!(names(&flat, "NoSuchClass").is_empty());
    }

    #[test]
    fn a_fact_in_two_symbol_tables_is_one() {
        let fact = |name: &str, value| (name.to_owned(), value);
        let table = [fact("class_JSObject__elements__Object", 8), fact("type_JSArray__JS_ARRAY_TYPE", 176)];
        let twice = Metadata::new(table.iter().chain(&table).cloned());
        assert_eq!(twice, Metadata::new(table));
        assert_eq!((twice.classes["JSObject"].fields.len(), twice.types.len()), (1, 1));
    }
}
