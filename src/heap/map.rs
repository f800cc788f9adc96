//! Maps: V8's hidden classes. Every heap object begins with one.
//!
//! Knows: V8 `objects.h`, class Map. Must not know: the objects that a map describes.

use super::layout::shape::{BitField3, InobjectProperties, TypeSize, TypedKind};
use super::{Error, Field, Heap, InstanceType, Kind, Result, Tagged};

/// A map, not yet known to be one: each reading checks what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Map<'s> {
    heap: Heap<'s>,
    word: Tagged,
}

/// How an object's elements are kept (V8 `elements-kind.h`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ElementsKind {
    /// Smis or tagged words in a FixedArray, without or with holes.
    Tagged,
    /// Doubles in a FixedDoubleArray, without or with holes.
    Double,
    /// A number dictionary.
    Dictionary,
    /// The parameter map of a sloppy function's arguments object.
    Arguments,
    /// Outside memory, of this type; absent for a type that jsdb does not know.
    External(Option<TypedKind>),
}

/// The longest chain of constructors or back pointers that is followed.
const MAX_CHAIN: usize = 4096;

impl<'s> Map<'s> {
    /// The map whose tagged address is `word`.
    pub fn new(heap: Heap<'s>, word: Tagged) -> Map<'s> {
        Map { heap, word }
    }

    /// Its tagged address.
    pub fn word(self) -> Tagged {
        self.word
    }

    /// The type of its instances.
    pub fn instance_type(self) -> Result<InstanceType> {
        match self.heap.layout().shapes.type_size {
            TypeSize::Byte => Ok(InstanceType(u16::from(self.heap.byte(self.word, Field::MapInstanceAttributes)?))),
            TypeSize::Half => {
                Ok(InstanceType(self.heap.space().u16(self.heap.place(self.word, Field::MapInstanceAttributes)?)?))
            }
        }
    }

    /// The kind of its instances.
    pub fn kind(self) -> Result<Option<Kind>> {
        Ok(self.heap.layout().kind(self.instance_type()?))
    }

    /// The size of its instances in bytes; 0 for types whose objects carry a length.
    pub fn instance_size(self) -> Result<u64> {
        Ok(u64::from(self.heap.byte(self.word, Field::MapInstanceSize)?) * self.heap.width().bytes())
    }

    /// How many properties lie inside each instance, at its end.
    pub fn inobject_properties(self) -> Result<u64> {
        let number = self.heap.byte(self.word, Field::MapInobjectProperties)?;
        match self.heap.layout().shapes.inobject {
            InobjectProperties::Count => Ok(u64::from(number)),
            InobjectProperties::Start => {
                Ok(u64::from(self.heap.byte(self.word, Field::MapInstanceSize)?.saturating_sub(number)))
            }
        }
    }

    fn bit_field3(self) -> Result<i64> {
        match self.heap.layout().shapes.bit_field3 {
            // Whether or not it is tagged as one: what is in the place of a map need not be a map.
            BitField3::Smi => {
                let word = self.heap.word(self.word, Field::MapBitField3)?;
                Ok(Tagged(word.0 & !1).smi(self.heap.width()).unwrap_or_default())
            }
            BitField3::Word32 => Ok(i64::from(self.heap.int(self.word, Field::MapBitField3)?)),
        }
    }

    /// Whether the properties of its instances are a dictionary.
    pub fn is_dictionary(self) -> Result<bool> {
        let shift = self.heap.layout().get(Field::DictionaryMapShift)?;
        Ok(self.bit_field3()? >> shift & 1 == 1)
    }

    /// How many entries of the descriptor array are its own: maps share the array with those that they grew into.
    pub fn own_descriptors(self) -> Result<u64> {
        let layout = self.heap.layout();
        let bits = self.bit_field3()? & layout.get(Field::OwnDescriptorsMask)?;
        Ok((bits >> layout.get(Field::OwnDescriptorsShift)?) as u64)
    }

    /// The number of its elements kind, in this version's numbering.
    pub fn elements_kind_number(self) -> Result<i64> {
        let layout = self.heap.layout();
        let bits = i64::from(self.heap.byte(self.word, Field::MapBitField2)?);
        Ok((bits & layout.get(Field::ElementsKindMask)?) >> layout.get(Field::ElementsKindShift)?)
    }

    /// How the elements of its instances are kept. The numbers around the three that the metadata names are in V8's
    /// fixed order: Smi kinds before fast, doubles after, arguments and external arrays after dictionary.
    pub fn elements_kind(self) -> Result<ElementsKind> {
        let layout = self.heap.layout();
        let number = self.elements_kind_number()?;
        let holey = layout.get(Field::ElementsFastHoley)?;
        let dictionary = layout.get(Field::ElementsDictionary)?;
        let order = &layout.shapes.elements;
        let beyond = number - dictionary - 1;
        Ok(match number {
            n if n <= holey => ElementsKind::Tagged,
            n if n <= holey + 2 => ElementsKind::Double,
            // Of objects that were frozen, sealed or made inextensible; of shared arrays.
            n if n < dictionary => ElementsKind::Tagged,
            n if n == dictionary => ElementsKind::Dictionary,
            _ if beyond < order.arguments => ElementsKind::Arguments,
            _ if beyond == order.arguments && order.string_wrappers > 0 => ElementsKind::Tagged,
            _ if beyond < order.arguments + order.string_wrappers => ElementsKind::Dictionary,
            _ => {
                let typed = usize::try_from(beyond - order.arguments - order.string_wrappers).ok();
                ElementsKind::External(typed.and_then(|at| order.typed.get(at)).copied())
            }
        })
    }

    /// The prototype of its instances.
    pub fn prototype(self) -> Result<Tagged> {
        self.heap.word(self.word, Field::MapPrototype)
    }

    /// The descriptor array.
    pub fn descriptors(self) -> Result<Tagged> {
        self.heap.word(self.word, Field::MapInstanceDescriptors)
    }

    /// The constructor: a JSFunction, or what stands in its place (null for a map without one). Where later
    /// versions keep a back pointer in the same field, the chain of maps is followed (V8 `Map::GetConstructor`).
    ///
    /// # Errors
    /// When the chain does not end within bounds, besides those of reading it.
    pub fn constructor(self) -> Result<Tagged> {
        let mut map = self.word;
        for _ in 0..MAX_CHAIN {
            let next = self.heap.word(map, Field::MapConstructor)?;
            if !self.heap.is(next, Kind::Map) {
                return Ok(next);
            }
            map = next;
        }
        Err(Error::Implausible { addr: self.word.addr(), what: "chain of back pointers", value: MAX_CHAIN as i64 })
    }
}
