//! L2: what the bytes mean: tagged words to JavaScript.
//!
//! Knows: V8 and Node objects in an [`Image`]. Must not know: commands, options, output.

pub mod array;
pub mod bigint;
pub mod buffer;
pub mod bytecode;
pub mod code;
#[cfg(test)]
mod code_tests;
pub mod collection;
pub mod context;
pub mod decoder;
pub mod describe;
pub mod descriptor;
pub mod dictionary;
pub mod elements;
pub mod error;
pub mod error_stack;
pub mod frame;
pub mod frame_word;
#[cfg(test)]
mod frame_word_tests;
pub mod function;
#[cfg(test)]
mod function_tests;
pub mod generator;
pub mod graph;
#[cfg(test)]
mod hostile;
pub mod inspect;
pub mod isolate;
pub mod kinds;
pub mod layout;
pub mod leaks;
mod linked;
pub mod map;
pub mod names;
pub mod native;
pub mod node;
pub mod object;
pub mod optimized;
pub mod parameters;
pub mod pass;
pub mod pointers;
pub mod promise;
pub mod property;
pub mod query;
pub mod refs;
pub mod relocation;
pub mod safepoint;
pub mod scan;
pub mod scope_info;
pub mod script;
pub mod shapes;
pub mod shared;
pub mod snapshot;
pub mod string;
pub mod tagged;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod translation;
pub mod value;
pub mod waiting;
pub mod whatis;
pub mod words;

pub use code::Code;
pub use context::Context;
pub use error::{Error, Result};
pub use frame::{Frame, FrameKind};
pub use function::{BoundFunction, JsFunction};
pub use layout::{Field, InstanceType, Kind, Layout, Version};
pub use map::Map;
pub use pass::{Claim, Progress};
pub use scope_info::{ScopeInfo, VariableKind};
pub use script::Script;
pub use shared::SharedFunctionInfo;
pub use string::JsString;
pub use tagged::{Tagged, Value};

use crate::image::{Addr, AddressSpace, Image, Width};
use layout::shape::PackedInt;
use words::{Unseen, Words};

/// The V8 heap in an image: borrows alone, to be passed by value.
#[derive(Clone, Copy, Debug)]
pub struct Heap<'s> {
    image: &'s Image,
    layout: &'s Layout,
    unseen: &'s Unseen,
}

impl<'s> Heap<'s> {
    /// The heap of `image`, laid out as `layout` tells.
    pub fn new(image: &'s Image, layout: &'s Layout) -> Heap<'s> {
        Heap { image, layout, unseen: Unseen::NONE }
    }

    /// The same heap, of which passes do not see `unseen`: what belongs to other isolates. An object there can still be
    /// read by its address.
    pub fn without(self, unseen: &'s Unseen) -> Heap<'s> {
        Heap { unseen, ..self }
    }

    /// The memory that passes see.
    pub fn words(self) -> Words<'s> {
        Words::new(self.image, self.unseen)
    }

    /// The image.
    pub fn image(self) -> &'s Image {
        self.image
    }

    /// The process's memory.
    pub fn space(self) -> &'s AddressSpace {
        &self.image.space
    }

    /// How V8 lays out its objects.
    pub fn layout(self) -> &'s Layout {
        self.layout
    }

    /// Size of a pointer.
    pub fn width(self) -> Width {
        self.layout.width
    }

    /// What a tagged word says.
    pub fn value(self, word: Tagged) -> Value {
        word.value(self.width())
    }

    /// Where `field` of `object` lies.
    ///
    /// # Errors
    /// When the layout has no such field.
    pub fn place(self, object: Tagged, field: Field) -> Result<Addr> {
        Ok(object.untagged().offset(self.layout.get(field)?))
    }

    /// The tagged word at `addr`.
    pub fn word_at(self, addr: Addr) -> Result<Tagged> {
        Ok(Tagged(self.space().word(addr)?))
    }

    /// The tagged word in `field` of `object`.
    pub fn word(self, object: Tagged, field: Field) -> Result<Tagged> {
        self.word_at(self.place(object, field)?)
    }

    /// The Smi in `field` of `object`.
    ///
    /// # Errors
    /// When the word is not a Smi, besides those of reading it.
    pub fn smi(self, object: Tagged, field: Field) -> Result<i64> {
        let addr = self.place(object, field)?;
        self.word_at(addr)?.smi(self.width()).ok_or(Error::NotA { addr, expected: "a small integer" })
    }

    /// The byte in `field` of `object`.
    pub fn byte(self, object: Tagged, field: Field) -> Result<u8> {
        Ok(self.space().u8(self.place(object, field)?)?)
    }

    /// The 32-bit int in `field` of `object`.
    pub fn int(self, object: Tagged, field: Field) -> Result<u32> {
        Ok(self.space().u32(self.place(object, field)?)?)
    }

    /// The double in `field` of `object`.
    pub fn double(self, object: Tagged, field: Field) -> Result<f64> {
        Ok(f64::from_bits(self.space().u64(self.place(object, field)?)?))
    }

    /// The small integer in `field` of a SharedFunctionInfo or Script, packed as [`PackedInt`] tells.
    pub fn packed_int(self, object: Tagged, field: Field) -> Result<i64> {
        let addr = self.place(object, field)?;
        match self.layout.shapes.packed_ints {
            PackedInt::Smi => self.smi(object, field),
            PackedInt::Half => {
                let half = self.space().u32(addr)? as i32;
                let low = addr.0.is_multiple_of(self.width().bytes());
                Ok(i64::from(if low { half >> 1 } else { half }))
            }
            PackedInt::Int => Ok(i64::from(self.space().u32(addr)? as i32)),
            PackedInt::Short => Ok(i64::from(self.space().u16(addr)?)),
        }
    }

    /// The map of `object`.
    ///
    /// # Errors
    /// When `object` or the word where its map should be is not tagged as a heap object, besides those of reading.
    pub fn map(self, object: Tagged) -> Result<Map<'s>> {
        if !object.is_object() {
            return Err(Error::NotA { addr: object.addr(), expected: "a heap object" });
        }
        let map = self.word(object, Field::HeapObjectMap)?;
        if !map.is_object() {
            return Err(Error::NotA { addr: object.addr(), expected: "a heap object: its map is not one" });
        }
        Ok(Map::new(self, map))
    }

    /// The instance type of `object`.
    pub fn instance_type(self, object: Tagged) -> Result<InstanceType> {
        self.map(object)?.instance_type()
    }

    /// The kind of `object`; absent for a type without a decoder.
    pub fn kind(self, object: Tagged) -> Result<Option<Kind>> {
        Ok(self.layout.kind(self.instance_type(object)?))
    }

    /// Whether `object` can be read and is of `kind`.
    pub fn is(self, object: Tagged, kind: Kind) -> bool {
        self.kind(object).is_ok_and(|k| k == Some(kind))
    }
}
