//! Properties: what one is called, where its value is kept, what that is, and how it may be used.
//!
//! Knows: V8 `property-details.h`. Must not know: objects, or how a property is shown.

use super::{Field, Heap, Tagged};
use crate::image::Addr;

/// A property's details: type, attributes, index, packed in a Smi (V8 `property-details.h`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Details(pub i64);

/// How a property may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// It cannot be assigned.
    pub read_only: bool,
    /// `for in` does not show it.
    pub dont_enum: bool,
    /// It cannot be deleted.
    pub dont_delete: bool,
}

impl Heap<'_> {
    /// The attributes in `details`.
    pub fn attributes(self, details: Details) -> Attributes {
        let Some(shift) = self.layout().find(Field::PropertyAttributesShift) else { return Attributes::default() };
        let bit = |n: i64| details.0 >> (shift + n) & 1 == 1;
        Attributes { read_only: bit(0), dont_enum: bit(1), dont_delete: bit(2) }
    }

    /// When the property with these `details` of a dictionary entry was added, among the others; absent where the layout
    /// does not tell.
    pub fn enumeration_index(self, details: Details) -> Option<i64> {
        Some(details.0 >> self.layout().find(Field::PropertyEnumerationShift)? & 0x7f_ffff)
    }
}

/// What a property is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// By a string.
    Name(Tagged),
    /// By a number.
    Index(u32),
}

/// Where a property's value is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the elements, at this address if it has one of its own.
    Element,
    /// In the object itself.
    InObject(Addr),
    /// In the properties array.
    OutOfObject(Addr),
    /// In a dictionary.
    Dictionary(Addr),
    /// In the descriptor array: the value is the map's, not the object's.
    Descriptor(Addr),
}

/// A property's value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PropertyValue {
    /// A tagged word.
    Tagged(Tagged),
    /// A raw double.
    Double(f64),
    /// A getter, a setter or both, in JavaScript: null or undefined where there is none.
    Accessor {
        /// The AccessorPair.
        pair: Tagged,
        /// The getter.
        getter: Tagged,
        /// The setter.
        setter: Tagged,
    },
    /// Computed by V8 or by an embedder's C++ (AccessorInfo, Foreign).
    Native(Tagged),
}

/// One property.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Property {
    /// Its name.
    pub key: Key,
    /// Its value.
    pub value: PropertyValue,
    /// Where that is kept.
    pub place: Place,
    /// How it may be used.
    pub attributes: Attributes,
}

/// What was met on the way (mdb_v8 shows it by `::jsprint -v` and selects by it with `::findjsobjects -k`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traits {
    /// There are elements.
    pub numeric: bool,
    /// Properties or elements are in a dictionary.
    pub dictionary: bool,
    /// Properties are in the object.
    pub in_object: bool,
    /// Properties are in the properties array.
    pub props: bool,
    /// Some were left out because they could not be read.
    pub skipped: bool,
    /// Some were left out because their name is undefined.
    pub undefined_name: bool,
    /// Some values do not look like JavaScript values.
    pub bad_values: bool,
    /// The properties are kept in no way that is known.
    pub bad_layout: bool,
}

impl Traits {
    /// Whether an object with these traits is taken for garbage that the collector left behind.
    pub fn is_garbage(&self) -> bool {
        self.skipped || self.bad_layout || self.bad_values
    }
}
