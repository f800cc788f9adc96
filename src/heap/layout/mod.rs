//! How V8 lays out its objects: constants by field, each remembering where it came from.
//!
//! Knows: v8dbg metadata, canned tables, versions; no other folder compares versions. Must not know: how an object
//! is read.

pub mod canned;
pub mod code_shape;
pub mod compiled;
pub mod field;
pub mod kind;
pub mod metadata;
mod parents;
pub mod shape;
mod types;
mod v3_14;
pub mod version;

pub use canned::{CANNED, Canned};
pub use compiled::Compiled;
pub use field::Field;
pub use kind::{InstanceType, Kind};
pub use metadata::{Class, ClassField, Metadata};
pub use shape::Shapes;
pub use version::Version;

use super::{Error, Result};
use crate::image::{Image, Width};
use field::{FIELDS, Fallback, FieldSpec, From};

/// Where a constant came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Read from the image's own metadata.
    Loaded,
    /// From a table made from another build of the same version.
    Canned,
    /// A fallback for this version: it is in no metadata.
    Assumed,
}

#[derive(Clone, Copy, Debug)]
struct Resolved {
    value: i64,
    origin: Origin,
}

/// All constants for one image.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The version of V8.
    pub version: Version,
    /// Size of a pointer.
    pub width: Width,
    /// Where the metadata came from: loaded or canned.
    pub origin: Origin,
    /// Classes, instance types, frame types.
    pub metadata: Metadata,
    /// What differs in more than a constant.
    pub shapes: Shapes,
    /// What differs in what compilers note.
    pub compiled: Compiled,
    fields: Vec<Option<Resolved>>,
    kinds: Vec<Option<Kind>>,
}

impl Layout {
    /// The layout of the V8 in `image`: from its own metadata, else from a canned table for its version. Absent
    /// when the image has neither metadata nor a version of V8 that jsdb knows.
    pub fn detect(image: &Image) -> Option<Layout> {
        let version = version_of(image);
        let metadata = Metadata::of_image(image);
        if !metadata.is_empty() {
            let version = version.or_else(|| CANNED.first().map(|c| c.version))?;
            return Some(Layout::resolve(version, image.width, metadata, Origin::Loaded));
        }
        Layout::canned(Canned::for_image(image, version)?, image.width)
    }

    /// What a user should know of this layout: that its V8 is none that jsdb was made for.
    pub fn warning(&self) -> Option<String> {
        let line = |v: Version| [v.parts[0], v.parts[1]];
        let known = CANNED.iter().any(|canned| line(canned.version) == line(self.version));
        let [major, minor] = line(self.version);
        (!known).then(|| {
            format!("V8 {major}.{minor} is unknown to jsdb: what its metadata leaves out may be missing, or wrong")
        })
    }

    /// The layout that a canned table tells; absent for pointers of a width that it was not made for.
    pub fn canned(table: &Canned, width: Width) -> Option<Layout> {
        Some(Layout::resolve(table.version, width, table.metadata(width)?, Origin::Canned))
    }

    /// Takes each constant from `metadata`, else from a fallback for `version`.
    pub fn resolve(version: Version, width: Width, mut metadata: Metadata, origin: Origin) -> Layout {
        types::add_missing(&mut metadata, version);
        let shapes = Shapes::of(version, width, &metadata);
        let mut fields = vec![None; Field::COUNT];
        for spec in FIELDS {
            let slot = &mut fields[spec.field as usize];
            if slot.is_none() {
                *slot = lookup(spec, &metadata).map(|value| Resolved { value, origin });
            }
        }
        // A fallback may lean on a field that is itself a fallback: as many rounds as that chain is long.
        for _ in 0..2 {
            for spec in FIELDS {
                if fields[spec.field as usize].is_none() && applies(spec, version) {
                    fields[spec.field as usize] = stand_in(spec.fallback, &fields, width)
                        .map(|value| Resolved { value, origin: Origin::Assumed });
                }
            }
        }
        Layout {
            version,
            width,
            origin,
            shapes,
            compiled: Compiled::of(version),
            kinds: kinds(&metadata, &fields, &shapes),
            fields,
            metadata,
        }
    }

    /// This layout, with one field of a class put elsewhere by hand.
    pub fn with_field(&self, class: &str, field: &str, offset: i64) -> Layout {
        let mut metadata = self.metadata.clone();
        metadata.set_field(class, field, offset);
        Layout::resolve(self.version, self.width, metadata, self.origin)
    }

    /// The value of a constant.
    ///
    /// # Errors
    /// [`Error::NoField`] when neither metadata nor a fallback has it.
    pub fn get(&self, field: Field) -> Result<i64> {
        match self.fields[field as usize] {
            Some(resolved) => Ok(resolved.value),
            None => Err(Error::NoField { field, version: self.version }),
        }
    }

    /// The value of a constant, if there is one.
    pub fn find(&self, field: Field) -> Option<i64> {
        self.fields[field as usize].map(|r| r.value)
    }

    /// Where a constant came from; absent for an absent one.
    pub fn origin(&self, field: Field) -> Option<Origin> {
        self.fields[field as usize].map(|r| r.origin)
    }

    /// The kind of the objects of a type; absent for one that jsdb has no decoder for.
    pub fn kind(&self, instance_type: InstanceType) -> Option<Kind> {
        self.kinds.get(usize::from(instance_type.0)).copied().flatten()
    }

    /// The highest number of an instance type that this version uses.
    pub fn last_type(&self) -> u16 {
        u16::try_from(self.kinds.len().saturating_sub(1)).unwrap_or(u16::MAX)
    }

    /// V8's name of the class of an instance type.
    pub fn type_name(&self, instance_type: InstanceType) -> Option<&str> {
        let embedder = matches!(self.kind(instance_type), Some(Kind::JsObject)).then_some("JSApiObject");
        self.metadata
            .types
            .iter()
            .find(|(_, value)| *value == instance_type.0)
            .map(|(name, _)| name.as_str())
            .or(embedder)
    }

    /// The instance type that V8 calls `name`.
    pub fn type_called(&self, name: &str) -> Option<InstanceType> {
        self.metadata.types.iter().find(|(class, _)| class == name).map(|&(_, value)| InstanceType(value))
    }

    /// V8's name of a stack frame type.
    pub fn frame_type_name(&self, marker: i64) -> Option<&str> {
        self.metadata.frame_types.iter().find(|(_, value)| *value == marker).map(|(name, _)| name.as_str())
    }
}

fn lookup(spec: &FieldSpec, metadata: &Metadata) -> Option<i64> {
    match spec.from {
        From::Constant(name) => metadata.constant(name),
        From::Class(class, field) => metadata.field(class, field).map(|f| f.offset),
    }
}

fn applies(spec: &FieldSpec, version: Version) -> bool {
    spec.since.is_none_or(|v| version >= v) && spec.until.is_none_or(|v| version < v)
}

fn stand_in(fallback: Fallback, fields: &[Option<Resolved>], width: Width) -> Option<i64> {
    let pointer = width.bytes() as i64;
    let other = |field: Field| fields[field as usize].map(|r| r.value);
    match fallback {
        Fallback::Absent => None,
        Fallback::Value(value) => Some(value),
        Fallback::Words(n) => Some(n * pointer),
        Fallback::Beside(field, n) => Some(other(field)? + n * pointer),
        Fallback::Bytes(field, n) => Some(other(field)? + n),
    }
}

fn kinds(metadata: &Metadata, fields: &[Option<Resolved>], shapes: &Shapes) -> Vec<Option<Kind>> {
    let not_string = fields[Field::IsNotStringMask as usize].map_or(0, |r| r.value);
    let size = metadata.types.iter().map(|&(_, v)| usize::from(v) + 1).max().unwrap_or(0).max(256);
    let is_string = |t: i64| not_string != 0 && t & not_string == 0;
    let mut out: Vec<Option<Kind>> = (0..size as i64).map(|t| is_string(t).then_some(Kind::String)).collect();
    for (class, value) in &metadata.types {
        let slot = &mut out[usize::from(*value)];
        if *slot != Some(Kind::String)
            && let Some(kind) = kind::of_class(class, shapes)
        {
            *slot = Some(kind);
        }
    }
    kind::add_embedder_objects(metadata, &mut out);
    out
}

/// The version that V8 compiled in (`v8::internal::Version`); absent when the image has no such symbols.
fn version_of(image: &Image) -> Option<Version> {
    const CLASS: &str = "_ZN2v88internal7Version";
    // The index by name is not made for these alone.
    let all: Vec<_> = image.symbols.beginning(CLASS).filter(|s| !s.is_undefined()).collect();
    let part = |name: &str| {
        let symbol = all.iter().find(|s| s.name.strip_prefix(CLASS) == Some(name))?;
        image.space.u32(symbol.addr).ok()
    };
    Some(Version { parts: [part("6major_E")?, part("6minor_E")?, part("6build_E")?, part("6patch_E")?] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v3_14(width: Width) -> Layout {
        Layout::canned(&CANNED[0], width).expect("3.14 is known in both widths")
    }

    #[test]
    fn a_constant_remembers_where_it_came_from() {
        let layout = v3_14(Width::W32);
        assert_eq!(layout.origin(Field::MapConstructor), Some(Origin::Canned));
        assert_eq!(layout.origin(Field::SharedScopeInfo), Some(Origin::Assumed));
        assert_eq!(layout.origin(Field::ContextNative), None);
        assert!(matches!(layout.get(Field::ContextNative), Err(Error::NoField { field: Field::ContextNative, .. })));
    }

    #[test]
    fn an_unknown_version_is_said() {
        let mut layout = v3_14(Width::W64);
        assert_eq!(layout.warning(), None);
        layout.version = Version::line(99, 1);
        assert!(layout.warning().is_some_and(|warning| warning.starts_with("V8 99.1 is unknown")));
    }

    #[test]
    fn fallbacks_follow_the_width() {
        assert_eq!(v3_14(Width::W32).find(Field::SharedScopeInfo), Some(16));
        assert_eq!(v3_14(Width::W64).find(Field::SharedScopeInfo), Some(32));
        assert_eq!(v3_14(Width::W64).find(Field::SlicedStringParent), Some(24));
    }

    #[test]
    fn types_are_known_by_kind_and_by_name() {
        let layout = v3_14(Width::W64);
        assert_eq!(layout.kind(InstanceType(68)), Some(Kind::String));
        assert_eq!(layout.kind(InstanceType(128)), Some(Kind::Map));
        assert_eq!(layout.kind(InstanceType(170)), Some(Kind::JsObject));
        assert_eq!(layout.type_name(InstanceType(170)), Some("JSObject"));
        assert_eq!(layout.type_name(InstanceType(4000)), None);
    }
}
