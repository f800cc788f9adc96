//! Objects: the named and numbered properties of a JSObject, wherever they are kept.
//!
//! Knows: V8 `objects.h`, class JSObject. Must not know: how a property is shown.

use super::array::{FixedArray, WordSlice};
use super::descriptor::{Descriptor, FieldPlace, descriptors};
use super::dictionary::{self, Keys};
use super::elements::{Element, Elements};
use super::layout::shape::{DescriptorShape, DoubleFields, PropertiesStore};
use super::property::{Attributes, Key, Place, Property, PropertyValue, Traits};
use super::string::escape;
use super::{Field, Heap, JsString, Kind, Result, Tagged};
use crate::image::Addr;

/// The properties of an object, as far as they could be read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Properties {
    /// Elements first, then by descriptor or by dictionary slot.
    pub list: Vec<Property>,
    /// What was met.
    pub traits: Traits,
    /// One sentence for each property that was left out.
    pub notes: Vec<String>,
}

/// The properties of the JSObject at `object` (not those of its prototypes) that a program can see.
///
/// # Errors
/// When its map, its properties or its descriptors cannot be read at all.
pub fn properties(heap: Heap<'_>, object: Tagged) -> Result<Properties> {
    let mut out = all_properties(heap, object)?;
    if heap.layout().shapes.descriptors != DescriptorShape::ValueIsIndex {
        out.list.retain(|property| !is_internal(heap, property));
    }
    Ok(out)
}

/// The value of the property `name` of the JSObject at `object` itself; absent when it has none.
///
/// # Errors
/// As [`properties`].
pub fn named(heap: Heap<'_>, object: Tagged, name: &str) -> Result<Option<PropertyValue>> {
    let index: Option<u32> = name.parse().ok().filter(|index: &u32| index.to_string() == name);
    let found = read(heap, object, index.is_some())?;
    let units: Vec<u16> = name.encode_utf16().collect();
    let is_named = |property: &&Property| match property.key {
        Key::Index(other) => index == Some(other),
        Key::Name(key) => {
            // Most names have another length; one with escapes is longer than what it says.
            let other = JsString::load(heap, key).is_ok_and(|key| key.len() != units.len());
            let may_be = !other || name.contains('\\');
            let text = may_be.then(|| heap.name_units(key, name.len() + 1)).flatten();
            text.is_some_and(|text| text.units == units || escape(&text.units) == name)
        }
    };
    let hides = heap.layout().shapes.descriptors != DescriptorShape::ValueIsIndex;
    let shown = |property: &&Property| !hides || !is_internal(heap, property);
    Ok(found.list.iter().filter(is_named).find(shown).map(|property| property.value))
}

/// The properties of the JSObject at `object`, those that V8 itself put there included.
///
/// # Errors
/// As [`properties`].
pub fn all_properties(heap: Heap<'_>, object: Tagged) -> Result<Properties> {
    read(heap, object, true)
}

/// As [`all_properties`], without elements.
///
/// # Errors
/// As [`properties`].
pub fn named_properties(heap: Heap<'_>, object: Tagged) -> Result<Properties> {
    read(heap, object, false)
}

fn read(heap: Heap<'_>, object: Tagged, with_elements: bool) -> Result<Properties> {
    let mut out = Properties::default();
    let map = heap.map(object)?;
    let Some(backing) = Backing::load(heap, object)? else {
        out.traits.bad_layout = true;
        return Ok(out);
    };
    if with_elements {
        push_elements(heap, object, &mut out);
    }
    if map.is_dictionary()? {
        if let Backing::Dictionary(table) = backing {
            push_dictionary(heap, table, keys_of(heap, object), &mut out)?;
        }
    } else {
        push_descriptors(heap, object, &backing, &mut out)?;
    }
    let bad = out.list.iter().any(|p| match p.value {
        PropertyValue::Tagged(word) => heap.maybe_garbage(word),
        _ => false,
    });
    out.traits.bad_values |= bad;
    Ok(out)
}

/// Whether a property is V8's own, and no program can see it: its name is a private symbol that is not that of a private
/// member, or (3.28) the hidden string, which is empty.
fn is_internal(heap: Heap<'_>, property: &Property) -> bool {
    let Key::Name(name) = property.key else { return false };
    match heap.kind(name) {
        Ok(Some(Kind::Symbol)) => heap.is_private_symbol(name) && !heap.is_private_name(name),
        Ok(Some(Kind::String)) => {
            property.attributes.dont_enum && JsString::load(heap, name).is_ok_and(JsString::is_empty)
        }
        _ => false,
    }
}

/// What keeps the properties of an object that are not inside it.
enum Backing<'s> {
    /// An array, by index.
    Array(WordSlice<'s>),
    /// What is laid out as a FixedArray: a dictionary where the map says so.
    Dictionary(Tagged),
    /// Nothing: such an object keeps its hash there, if anything.
    None,
}

impl<'s> Backing<'s> {
    /// That of the JSObject at `object`; nothing when it is none of these.
    fn load(heap: Heap<'s>, object: Tagged) -> Result<Option<Backing<'s>>> {
        let word = heap.word(object, Field::JsObjectProperties)?;
        if heap.layout().shapes.properties == PropertiesStore::PropertyArray && word.smi(heap.width()).is_some() {
            return Ok(Some(Backing::None));
        }
        Ok(match heap.kind(word)? {
            Some(Kind::FixedArray) => Some(Backing::Dictionary(word)),
            Some(Kind::PropertyArray) => Some(Backing::Array(property_array(heap, word)?)),
            _ => None,
        })
    }
}

/// The length bits of a PropertyArray's first field; the others are the object's hash (V8 `property-array.h`).
pub(super) const PROPERTY_ARRAY_LENGTH: u64 = 0x3ff;

/// The words of the PropertyArray at `array`.
fn property_array<'s>(heap: Heap<'s>, array: Tagged) -> Result<WordSlice<'s>> {
    let length = heap.smi(array, Field::FixedArrayLength)? as u64 & PROPERTY_ARRAY_LENGTH;
    WordSlice::load(heap, heap.place(array, Field::FixedArrayData)?, length as usize)
}

/// What the keys of the dictionary of `object` are.
fn keys_of(heap: Heap<'_>, object: Tagged) -> Keys {
    match heap.layout().find(Field::GlobalDictionaryEntrySize) {
        Some(1) if heap.is(object, Kind::JsGlobalObject) => Keys::Cells,
        Some(2) if heap.is(object, Kind::JsGlobalObject) => Keys::NamesOfCells,
        _ => Keys::Names,
    }
}

fn push_elements(heap: Heap<'_>, object: Tagged, out: &mut Properties) {
    let Ok(word) = heap.word(object, Field::JsObjectElements) else { return };
    match Elements::load(heap, object) {
        Ok(elements) => {
            if matches!(&elements, Elements::Tagged(array) if array.is_empty()) {
                return;
            }
            out.traits.numeric = true;
            out.traits.dictionary |= matches!(elements, Elements::Dictionary(_));
            out.list.extend(elements.present(heap).into_iter().map(|(index, element)| Property {
                key: Key::Index(index),
                value: match element {
                    Element::Double(double) => PropertyValue::Double(double),
                    Element::Tagged(word) => slow_value(heap, word),
                    Element::Hole(_) => PropertyValue::Tagged(word),
                },
                place: Place::Element,
                attributes: Attributes::default(),
            }));
        }
        Err(error) => {
            // An object that was collected, or never finished, may have any word there.
            out.traits.skipped |= word.is_object();
            out.notes.push(format!("object {object}: elements left out: {error}"));
        }
    }
}

/// A value in a dictionary: global properties are behind a cell, accessors are pairs.
fn slow_value(heap: Heap<'_>, word: Tagged) -> PropertyValue {
    match heap.kind(word) {
        Ok(Some(Kind::PropertyCell)) => match heap.word(word, Field::PropertyCellValue) {
            Ok(inner) => accessor(heap, inner).unwrap_or(PropertyValue::Tagged(inner)),
            Err(_) => PropertyValue::Tagged(word),
        },
        _ => accessor(heap, word).unwrap_or(PropertyValue::Tagged(word)),
    }
}

fn accessor(heap: Heap<'_>, word: Tagged) -> Option<PropertyValue> {
    match heap.kind(word).ok()?? {
        Kind::AccessorPair => Some(PropertyValue::Accessor {
            pair: word,
            getter: heap.word(word, Field::AccessorPairGetter).ok()?,
            setter: heap.word(word, Field::AccessorPairSetter).ok()?,
        }),
        Kind::AccessorInfo => Some(PropertyValue::Native(word)),
        _ => None,
    }
}

fn push_dictionary(heap: Heap<'_>, table: Tagged, keys: Keys, out: &mut Properties) -> Result<()> {
    out.traits.dictionary = true;
    for entry in dictionary::entries(heap, table, keys)? {
        let key = match entry.key.smi(heap.width()) {
            Some(n) => match u32::try_from(n) {
                Ok(index) => Key::Index(index),
                Err(_) => continue,
            },
            None => Key::Name(entry.key),
        };
        out.list.push(Property {
            key,
            value: slow_value(heap, entry.value),
            place: Place::Dictionary(entry.place),
            attributes: entry.attributes,
        });
    }
    Ok(())
}

fn push_descriptors(heap: Heap<'_>, object: Tagged, backing: &Backing<'_>, out: &mut Properties) -> Result<()> {
    let map = heap.map(object)?;
    let (size, inobject) = (map.instance_size()?, map.inobject_properties()?);
    let pointer = heap.width().bytes();
    let props = match backing {
        Backing::Array(words) => Some(words.clone()),
        Backing::Dictionary(word) => Some(FixedArray::load(heap, *word)?.into_words()),
        Backing::None => None,
    };
    let own = map.own_descriptors()?;
    // An object without properties may have no descriptors worth the name.
    let (entries, oddities) = if own == 0 { Default::default() } else { descriptors(heap, map.descriptors()?, own)? };
    out.traits.skipped |= !oddities.is_empty();
    out.notes.extend(oddities.iter().map(ToString::to_string));
    for entry in entries {
        if !heap.is_name(entry.key) {
            if heap.is_undefined(entry.key) {
                out.traits.undefined_name = true;
            } else {
                out.traits.skipped = true;
                out.notes.push(format!("object {object}: property name {} is not a string", entry.key));
            }
            continue;
        }
        let (value, place) = match entry.descriptor {
            Descriptor::Constant(word) => (PropertyValue::Tagged(word), Place::Descriptor(entry.place)),
            Descriptor::Callbacks(word) => {
                (accessor(heap, word).unwrap_or(PropertyValue::Native(word)), Place::Descriptor(entry.place))
            }
            Descriptor::Field { index, is_double } => match FieldPlace::of(index, size, inobject, pointer) {
                FieldPlace::InObject(offset) => {
                    let addr = object.untagged().offset(offset as i64);
                    match field(heap, addr, is_double) {
                        Ok(value) => {
                            out.traits.in_object = true;
                            (value, Place::InObject(addr))
                        }
                        Err(error) => {
                            out.traits.skipped = true;
                            out.notes.push(format!("object {object}: in-object property left out: {error}"));
                            continue;
                        }
                    }
                }
                FieldPlace::OutOfObject(at) => match props.as_ref().and_then(|props| props.get(at)) {
                    Some(word) => {
                        out.traits.props = true;
                        let place = props.as_ref().map_or(entry.place, |props| props.place(at));
                        (PropertyValue::Tagged(word), Place::OutOfObject(place))
                    }
                    None => {
                        out.traits.skipped = true;
                        let len = props.as_ref().map_or(0, WordSlice::len);
                        out.notes.push(format!("object {object}: property index {at} is beyond its {len} properties"));
                        continue;
                    }
                },
            },
        };
        out.list.push(Property { key: Key::Name(entry.key), value, place, attributes: entry.attributes });
    }
    Ok(())
}

/// The value of the field inside an object at `addr`.
fn field(heap: Heap<'_>, addr: Addr, is_double: bool) -> Result<PropertyValue> {
    if is_double && heap.layout().shapes.doubles == DoubleFields::UnboxedInObject {
        return Ok(PropertyValue::Double(f64::from_bits(heap.space().u64(addr)?)));
    }
    Ok(PropertyValue::Tagged(heap.word_at(addr)?))
}
