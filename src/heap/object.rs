//! Objects: the named and numbered properties of a JSObject, wherever they are kept.
//!
//! Knows: V8 `objects.h`, class JSObject. Must not know: how a property is shown.

use super::array::FixedArray;
use super::descriptor::{Descriptor, FieldPlace, descriptors};
use super::dictionary::{self, Keys};
use super::elements::{Element, Elements};
use super::property::{Attributes, Key, Place, Property, PropertyValue, Traits};
use super::{Field, Heap, JsString, Kind, Result, Tagged};

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

/// The properties of the JSObject at `object` (not those of its prototypes).
///
/// # Errors
/// When its map, its properties or its descriptors cannot be read at all.
pub fn properties(heap: Heap<'_>, object: Tagged) -> Result<Properties> {
    let mut out = Properties::default();
    let map = heap.map(object)?;
    let backing = heap.word(object, Field::JsObjectProperties)?;
    if heap.kind(backing)? != Some(Kind::FixedArray) {
        out.traits.bad_layout = true;
        return Ok(out);
    }
    push_elements(heap, object, &mut out);
    if map.is_dictionary()? {
        push_dictionary(heap, backing, &mut out)?;
    } else {
        push_descriptors(heap, object, backing, &mut out)?;
    }
    let bad = out.list.iter().any(|p| match p.value {
        PropertyValue::Tagged(word) => heap.maybe_garbage(word),
        _ => false,
    });
    out.traits.bad_values |= bad;
    Ok(out)
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

fn push_dictionary(heap: Heap<'_>, table: Tagged, out: &mut Properties) -> Result<()> {
    out.traits.dictionary = true;
    for entry in dictionary::entries(heap, table, Keys::Names)? {
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

fn push_descriptors(heap: Heap<'_>, object: Tagged, backing: Tagged, out: &mut Properties) -> Result<()> {
    let map = heap.map(object)?;
    let (size, inobject) = (map.instance_size()?, map.inobject_properties()?);
    let pointer = heap.width().bytes();
    let props = FixedArray::load(heap, backing)?;
    let (entries, notes) = descriptors(heap, map.descriptors()?, map.own_descriptors()?)?;
    out.traits.skipped |= !notes.is_empty();
    out.notes.extend(notes);
    for entry in entries {
        if JsString::load(heap, entry.key).is_err() {
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
            Descriptor::Field(index) => match FieldPlace::of(index, size, inobject, pointer) {
                FieldPlace::InObject(offset) => {
                    let addr = object.untagged().offset(offset as i64);
                    match heap.word_at(addr) {
                        Ok(word) => {
                            out.traits.in_object = true;
                            (PropertyValue::Tagged(word), Place::InObject(addr))
                        }
                        Err(error) => {
                            out.traits.skipped = true;
                            out.notes.push(format!("object {object}: in-object property left out: {error}"));
                            continue;
                        }
                    }
                }
                FieldPlace::OutOfObject(at) => match props.get(at) {
                    Some(word) => {
                        out.traits.props = true;
                        (PropertyValue::Tagged(word), Place::OutOfObject(props.place(at)))
                    }
                    None => {
                        out.traits.skipped = true;
                        out.notes.push(format!(
                            "object {object}: property index {at} is beyond its {} properties",
                            props.len()
                        ));
                        continue;
                    }
                },
            },
        };
        out.list.push(Property { key: Key::Name(entry.key), value, place, attributes: entry.attributes });
    }
    Ok(())
}
