//! Shapes: what a map says of its objects, decoded once per map, so that an object costs a pass a few loads.
//!
//! The properties here are those that `::findjsobjects` has always told objects apart by, which are not quite those
//! that `object` reads and `::jsprint` shows: of V8 3.14 every field in the descriptor array counts, also those of maps
//! that this one grew into, and constant functions do not. Accessors never do.
//!
//! Knows: V8 `objects.h`, classes Map and DescriptorArray. Must not know: objects (`decoder`).

use super::descriptor::{self, Descriptor, OddPart, descriptor_count};
use super::kinds::Kinds;
use super::layout::shape::{DescriptorShape, DoubleFields};
use super::names::{Label, NameId, Names};
use super::property::Traits;
use super::string::escape;
use super::{Field, Heap, JsFunction, Map, Result, Tagged, describe};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// How many characters of a property's name count (mdb_v8 keeps 1023).
const NAME_LIMIT: usize = 1023;
/// How many characters of a constructor's name count (mdb_v8 keeps 79).
const CONSTRUCTOR_LIMIT: usize = 79;

/// What a map says of its objects.
#[derive(Debug)]
pub struct Shape {
    /// The constructor's name; absent when the map has no constructor.
    pub constructor: Option<NameId>,
    /// How its elements are enumerated; absent when the map cannot be read.
    pub elements: Option<ElementsRule>,
    /// Where its named properties are; absent when the map cannot be read.
    pub fields: Option<Fields>,
}

/// How the elements of a shape are enumerated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ElementsRule {
    /// Tagged words, without holes.
    Packed,
    /// Tagged words, with holes.
    Holey,
    /// A dictionary.
    Dictionary,
    /// Not at all: not tagged words.
    Other,
}

/// Where the named properties of a shape are.
#[derive(Debug)]
pub enum Fields {
    /// In a dictionary.
    Dictionary,
    /// Where descriptors say.
    Fast {
        /// The fields, in the order of the descriptors.
        slots: Vec<Slot>,
        /// How many descriptors there are, fields or not.
        descriptors: i64,
        /// What was met in reading them.
        traits: Traits,
    },
}

/// A field: its name, and where it is.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Its name.
    pub label: Label,
    /// Where it is.
    pub place: Place,
}

/// Where a field is.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Bytes from the object's tagged address.
    InObject(i64),
    /// The same, of a double that is no tagged word.
    RawDouble(i64),
    /// An index in the properties array.
    OutOfObject(i64),
    /// Not in the object: this word, of the descriptor.
    Constant(u64),
}

/// The names that keys are, for one thread of a pass.
#[derive(Debug)]
pub struct KeyNames<'w, 's> {
    heap: Heap<'s>,
    /// All names.
    pub names: &'w Names,
    known: FxHashMap<u64, Option<NameId>>,
}

impl<'w, 's> KeyNames<'w, 's> {
    /// Of keys in `heap`, as numbers of `names`.
    pub fn new(heap: Heap<'s>, names: &'w Names) -> KeyNames<'w, 's> {
        KeyNames { heap, names, known: FxHashMap::default() }
    }

    /// The number of the name that the string at `key` is; none when it is not a string.
    pub fn name(&mut self, key: u64) -> Option<NameId> {
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let word = Tagged(key);
        let text = if key & 3 != 1 { None } else { self.heap.name_units(word, NAME_LIMIT) };
        let name = text.map(|text| self.names.intern(&escape(&text.units)));
        self.known.insert(key, name);
        name
    }
}

/// The shapes that one thread of a pass has met, by map.
#[derive(Debug, Default)]
pub struct Shapes {
    known: FxHashMap<u64, Arc<Shape>>,
}

impl Shapes {
    /// The shape of the objects whose map is `map`, which need not be one.
    pub fn of<'w, 's>(&mut self, kinds: &mut Kinds<'w, 's>, keys: &mut KeyNames<'w, 's>, map: u64) -> Arc<Shape> {
        let shape = self.known.entry(map).or_insert_with(|| {
            let mut reader = ShapeReader { heap: keys.heap, kinds, keys };
            Arc::new(reader.shape(Map::new(reader.heap, Tagged(map))))
        });
        Arc::clone(shape)
    }
}

/// Decodes one map.
struct ShapeReader<'a, 'w, 's> {
    heap: Heap<'s>,
    kinds: &'a mut Kinds<'w, 's>,
    keys: &'a mut KeyNames<'w, 's>,
}

impl<'s> ShapeReader<'_, '_, 's> {
    fn shape(&mut self, map: Map<'s>) -> Shape {
        let constructor = describe::constructor_by_map(self.heap, map);
        let constructor = constructor.and_then(|function| JsFunction::load(self.heap, function));
        Shape {
            constructor: constructor.ok().map(|f| self.keys.names.intern(&f.shared().name().clip(CONSTRUCTOR_LIMIT))),
            elements: self.elements_rule(map).ok(),
            fields: self.fields(map),
        }
    }

    fn elements_rule(&self, map: Map<'s>) -> Result<ElementsRule> {
        let layout = self.heap.layout();
        let number = map.elements_kind_number()?;
        let is = |field: Field| layout.find(field) == Some(number);
        Ok(match () {
            () if is(Field::ElementsFast) => ElementsRule::Packed,
            () if is(Field::ElementsFastHoley) => ElementsRule::Holey,
            () if is(Field::ElementsDictionary) => ElementsRule::Dictionary,
            () => ElementsRule::Other,
        })
    }

    fn fields(&mut self, map: Map<'s>) -> Option<Fields> {
        let heap = self.heap;
        if map.is_dictionary().ok()? {
            return Some(Fields::Dictionary);
        }
        let instance_size = map.instance_size().unwrap_or(0) as i64;
        let inobject = map.inobject_properties().ok()? as i64;
        // mdb_v8 takes all descriptors, also those that maps share which grew out of this one.
        let own = match heap.layout().shapes.descriptors {
            DescriptorShape::ValueIsIndex => u64::MAX,
            _ => map.own_descriptors().ok()?,
        };
        let mut slots = Vec::new();
        let mut traits = Traits::default();
        if own == 0 {
            return Some(Fields::Fast { slots, descriptors: 0, traits });
        }
        let array = map.descriptors().ok()?;
        let descriptors = descriptor_count(heap, array).ok()? as i64;
        let (entries, oddities) = descriptor::descriptors(heap, array, own).ok()?;
        // Behind those that are in use an array may have slack.
        traits.skipped |= oddities.iter().any(|odd| odd.what == OddPart::Index);
        for entry in entries {
            // mdb_v8 leaves constants out.
            let counts_constants = heap.layout().shapes.descriptors != DescriptorShape::ValueIsIndex;
            let (index, is_double) = match entry.descriptor {
                Descriptor::Field { index, is_double } => (index, is_double),
                Descriptor::Constant(value) if counts_constants => {
                    if let Some(name) = self.keys.name(entry.key.0) {
                        slots.push(Slot { label: Label::name(name), place: Place::Constant(value.0) });
                    }
                    continue;
                }
                Descriptor::Constant(_) | Descriptor::Callbacks(_) => continue,
            };
            let Some(name) = self.keys.name(entry.key.0) else {
                let undefined = heap.is_undefined(entry.key);
                traits.undefined_name |= undefined;
                traits.skipped |= !undefined;
                continue;
            };
            // V8 `JSObject::RawFastPropertyAt`: in-object fields count back from the object's end.
            let beyond = i64::try_from(index).unwrap_or(i64::MAX).saturating_sub(inobject);
            let place = if beyond >= 0 {
                Place::OutOfObject(beyond)
            } else {
                let offset = instance_size + beyond * self.kinds.facts.width.bytes() as i64 - 1;
                let raw = is_double && heap.layout().shapes.doubles == DoubleFields::UnboxedInObject;
                if raw { Place::RawDouble(offset) } else { Place::InObject(offset) }
            };
            slots.push(Slot { label: Label::name(name), place });
        }
        Some(Fields::Fast { slots, descriptors, traits })
    }
}
