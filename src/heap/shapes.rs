//! Shapes: what a map says of its objects, decoded once per map, so that an object costs a pass a few loads.
//!
//! The properties here are those that `::findjsobjects` has always told objects apart by, which are not quite those
//! that `object` reads and `::jsprint` shows: every field in the descriptor array counts, also those of maps that
//! this one grew into; constant functions and accessors do not.
//!
//! Knows: V8 `objects.h`, classes Map and DescriptorArray. Must not know: objects (`decoder`).

use super::kinds::Kinds;
use super::layout::BitField3;
use super::names::{Label, NameId, Names};
use super::property::Traits;
use super::string::{JsString, escape};
use super::{Field, Heap, JsFunction, Map, Result, Tagged};
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
    /// An index in the properties array.
    OutOfObject(i64),
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
        let string = JsString::load(self.heap, Tagged(key)).ok().filter(|_| key & 3 == 1);
        let name = string.map(|s| self.names.intern(&escape(&s.text(NAME_LIMIT).units)));
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
        let constructor = map.constructor().and_then(|function| JsFunction::load(self.heap, function));
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
        let (heap, layout) = (self.heap, self.heap.layout());
        let bits = match layout.bit_field3 {
            BitField3::Smi => self.kinds.facts.smi_bits(heap.word(map.word(), Field::MapBitField3).ok()?.0),
            BitField3::Word32 => i64::from(heap.int(map.word(), Field::MapBitField3).ok()?),
        };
        if bits >> layout.find(Field::DictionaryMapShift)? & 1 == 1 {
            return Some(Fields::Dictionary);
        }
        let array = self.kinds.fixed_array(map.descriptors().ok()?.0)?;
        let index = |field: Field| usize::try_from(layout.find(field)?).ok();
        let (first, size) = (index(Field::DescriptorFirst)?, index(Field::DescriptorSize)?.max(1));
        let (key, details, value) =
            (index(Field::DescriptorKey)?, index(Field::DescriptorDetails)?, index(Field::DescriptorValue)?);
        let (mask, field_type) = (layout.find(Field::PropertyTypeMask)?, layout.find(Field::PropertyTypeField)?);
        let instance_size = map.instance_size().unwrap_or(0) as i64;
        let inobject = map.inobject_properties().ok()? as i64;
        let descriptors = array.len().saturating_sub(first) / size;
        let mut slots = Vec::new();
        let mut traits = Traits::default();
        for at in (0..descriptors).map(|n| first + n * size) {
            let word = |index: usize| array.get(at + index);
            let (Some(key), Some(details), Some(value)) = (word(key), word(details), word(value)) else {
                traits.skipped = true;
                continue;
            };
            if self.kinds.facts.smi_bits(details) & mask != field_type {
                continue;
            }
            let Some(name) = self.keys.name(key) else {
                let undefined = heap.is_undefined(Tagged(key));
                traits.undefined_name |= undefined;
                traits.skipped |= !undefined;
                continue;
            };
            let Some(field) = Tagged(value).smi(self.kinds.facts.width) else {
                traits.skipped = true;
                continue;
            };
            // V8 `JSObject::RawFastPropertyAt`: in-object fields count back from the object's end.
            let beyond = field - inobject;
            let place = if beyond < 0 {
                Place::InObject(instance_size + beyond * self.kinds.facts.width.bytes() as i64 - 1)
            } else {
                Place::OutOfObject(beyond)
            };
            slots.push(Slot { label: Label::name(name), place });
        }
        Some(Fields::Fast { slots, descriptors: descriptors as i64, traits })
    }
}
