//! A V8 3.14 heap for unit tests, built word by word. Its offsets are its own: it shares no table with the readers.
//!
//! Knows: V8 3.14 `objects.h`, on both widths. Must not know: the layout module.

use super::layout::{CANNED, Layout};
use super::{Heap, Tagged};
use crate::image::{Image, Thread, Width, testing};

/// Where the heap begins.
const BASE: u64 = 0x1000_0000;

/// Instance types of V8 3.14 (`objects.h`, `InstanceType`).
pub mod types {
    /// Internalized or not, the tests do not care: one-byte sequential.
    pub const ASCII_STRING: u8 = 4;
    /// Two-byte sequential.
    pub const STRING: u8 = 0;
    /// One-byte cons.
    pub const CONS_ASCII_STRING: u8 = 5;
    /// One-byte sliced.
    pub const SLICED_ASCII_STRING: u8 = 7;
    /// One-byte external.
    pub const EXTERNAL_ASCII_STRING: u8 = 6;
    /// Map.
    pub const MAP: u8 = 128;
    /// Oddball.
    pub const ODDBALL: u8 = 130;
    /// HeapNumber.
    pub const HEAP_NUMBER: u8 = 132;
    /// FixedDoubleArray.
    pub const FIXED_DOUBLE_ARRAY: u8 = 145;
    /// AccessorPair.
    pub const ACCESSOR_PAIR: u8 = 148;
    /// FixedArray.
    pub const FIXED_ARRAY: u8 = 163;
    /// JSObject.
    pub const JS_OBJECT: u8 = 170;
    /// JSArray.
    pub const JS_ARRAY: u8 = 176;
    /// JSFunction.
    pub const JS_FUNCTION: u8 = 181;
}

/// What a map says of its instances.
#[derive(Clone, Copy, Default)]
pub struct MapSpec {
    /// Instance type.
    pub instance_type: u8,
    /// Instance size in words.
    pub size: u8,
    /// In-object properties.
    pub inobject: u8,
    /// Elements kind.
    pub elements_kind: u8,
    /// bit_field3: own descriptors, dictionary map.
    pub bit_field3: i64,
    /// Descriptor array.
    pub descriptors: Option<Tagged>,
    /// Constructor.
    pub constructor: Option<Tagged>,
}

/// A heap under construction.
pub struct Builder {
    width: Width,
    bytes: Vec<u8>,
    meta: Tagged,
    fixed_array_map: Tagged,
    oddball_map: Tagged,
    ascii_map: Tagged,
    /// undefined.
    pub undefined: Tagged,
    /// The hole.
    pub hole: Tagged,
    /// The empty FixedArray.
    pub empty: Tagged,
}

impl Builder {
    /// A heap with the objects that every heap has.
    pub fn new(width: Width) -> Builder {
        let none = Tagged(1);
        let mut b = Builder {
            width,
            bytes: Vec::new(),
            meta: none,
            fixed_array_map: none,
            oddball_map: none,
            ascii_map: none,
            undefined: none,
            hole: none,
            empty: none,
        };
        b.meta = b.map(MapSpec { instance_type: types::MAP, ..MapSpec::default() });
        b.put_word(b.meta, 0, b.meta.0);
        b.fixed_array_map = b.map(MapSpec { instance_type: types::FIXED_ARRAY, ..MapSpec::default() });
        b.ascii_map = b.map(MapSpec { instance_type: types::ASCII_STRING, ..MapSpec::default() });
        b.oddball_map = b.map(MapSpec { instance_type: types::ODDBALL, size: 4, ..MapSpec::default() });
        b.undefined = b.oddball("undefined", 5);
        b.hole = b.oddball("hole", 2);
        b.empty = b.array(&[]);
        b
    }

    fn pointer(&self) -> usize {
        self.width.bytes() as usize
    }

    /// A Smi.
    pub fn smi(&self, value: i64) -> Tagged {
        Tagged(match self.width {
            Width::W32 => (value as u32).wrapping_shl(1).into(),
            Width::W64 => (value as u64) << 32,
        })
    }

    /// Room for `size` bytes, zero, at the next 8-byte boundary.
    pub fn allocate(&mut self, size: usize) -> Tagged {
        let at = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(at + size, 0);
        Tagged(BASE + at as u64 + 1)
    }

    /// Writes `bytes` at `offset` of `object`.
    pub fn put(&mut self, object: Tagged, offset: usize, bytes: &[u8]) {
        let at = (object.0 - 1 - BASE) as usize + offset;
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes a word at `offset` (bytes) of `object`.
    pub fn put_word(&mut self, object: Tagged, offset: usize, word: u64) {
        let bytes = word.to_le_bytes();
        self.put(object, offset, &bytes[..self.pointer()]);
    }

    /// An object of words: its map and what follows.
    pub fn object(&mut self, map: Tagged, words: &[Tagged]) -> Tagged {
        let object = self.allocate((words.len() + 1) * self.pointer());
        self.put_word(object, 0, map.0);
        for (i, word) in words.iter().enumerate() {
            self.put_word(object, (i + 1) * self.pointer(), word.0);
        }
        object
    }

    /// A map. ia32: size 4, inobject 5, type 8, bit_field2 11, constructor 16, descriptors 24, bit_field3 32;
    /// x64: size 8, inobject 9, type 16, bit_field2 19, constructor 32 ... as in V8 3.14's class Map.
    pub fn map(&mut self, spec: MapSpec) -> Tagged {
        let p = self.pointer();
        let map = self.allocate(p * 10);
        self.put_word(map, 0, self.meta.0);
        self.put(map, p, &[spec.size, spec.inobject]);
        let attributes = p + 4;
        self.put(map, attributes, &[spec.instance_type, 0, 0, spec.elements_kind << 3]);
        let prototype = attributes + 4;
        self.put_word(map, prototype + p, spec.constructor.map_or(0, |c| c.0));
        self.put_word(map, prototype + 3 * p, spec.descriptors.map_or(0, |d| d.0));
        self.put_word(map, prototype + 5 * p, self.smi(spec.bit_field3).0);
        map
    }

    fn oddball(&mut self, name: &str, kind: i64) -> Tagged {
        let name = self.ascii(name.as_bytes());
        let (zero, kind) = (self.smi(0), self.smi(kind));
        self.object(self.oddball_map, &[name, zero, kind])
    }

    /// A FixedArray.
    pub fn array(&mut self, elements: &[Tagged]) -> Tagged {
        let length = self.smi(elements.len() as i64);
        self.object(self.fixed_array_map, &[&[length], elements].concat())
    }

    /// A sequential one-byte string.
    pub fn ascii(&mut self, chars: &[u8]) -> Tagged {
        let p = self.pointer();
        let string = self.allocate(3 * p + chars.len());
        self.put_word(string, 0, self.ascii_map.0);
        self.put_word(string, p, self.smi(chars.len() as i64).0);
        self.put(string, 3 * p, chars);
        string
    }

    /// A string of another representation: its type, length and the words after the hash.
    pub fn string(&mut self, instance_type: u8, length: i64, words: &[Tagged]) -> Tagged {
        let map = self.map(MapSpec { instance_type, ..MapSpec::default() });
        let (length, hash) = (self.smi(length), self.smi(0));
        self.object(map, &[&[length, hash], words].concat())
    }

    /// A HeapNumber.
    pub fn number(&mut self, value: f64) -> Tagged {
        let map = self.map(MapSpec { instance_type: types::HEAP_NUMBER, ..MapSpec::default() });
        let p = self.pointer();
        let number = self.allocate(p + 8);
        self.put_word(number, 0, map.0);
        self.put(number, p, &value.to_bits().to_le_bytes());
        number
    }

    /// The finished heap, to be read through [`Built::heap`].
    pub fn build(self) -> Built {
        self.build_with(Vec::new(), Vec::new())
    }

    /// The heap as it is, beside other memory, which is (first address, bytes), and with `threads`.
    pub fn build_with(self, memory: Vec<(u64, Vec<u8>)>, threads: Vec<Thread>) -> Built {
        let segments = std::iter::once((BASE, self.bytes)).chain(memory).collect();
        Built {
            image: Image { threads, ..testing::image(self.width, segments) },
            layout: Layout::canned(&CANNED[0], self.width).expect("3.14 is known in both widths"),
        }
    }
}

/// A finished heap.
pub struct Built {
    image: Image,
    layout: Layout,
}

impl Built {
    /// The heap.
    pub fn heap(&self) -> Heap<'_> {
        Heap::new(&self.image, &self.layout)
    }
}
