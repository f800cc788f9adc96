//! Hostile heaps of every layout that jsdb knows: objects of every type that refer to themselves and to each other in
//! circles, say that they are as long as a word can say, or are random words.

use super::{pass_over, read_one};
use crate::heap::layout::shape::{BitField3, TypeSize};
use crate::heap::layout::{CANNED, Layout};
use crate::heap::{Field, Heap, Tagged};
use crate::image::{Width, testing};
use proptest::prelude::*;
use std::sync::OnceLock;

const BASE: u64 = 0x1000_0000;
/// Words from one object, or map, to the next.
const SPACING: u64 = 24;

fn layouts() -> &'static [Layout] {
    static LAYOUTS: OnceLock<Vec<Layout>> = OnceLock::new();
    LAYOUTS.get_or_init(|| {
        let widths = [Width::W32, Width::W64].into_iter();
        widths.flat_map(|width| CANNED.iter().filter_map(move |canned| Layout::canned(canned, width))).collect()
    })
}

/// What a map says of its instances.
#[derive(Clone, Debug)]
struct MapWords {
    size: u8,
    inobject: u8,
    bits: [u8; 2],
    bit_field3: u32,
    /// Prototype, constructor or back pointer, transitions, descriptors: the numbers of objects.
    leads_to: [u64; 4],
}

/// Maps, then objects, as many words apart.
struct Ground {
    layout: &'static Layout,
    bytes: Vec<u8>,
    step: u64,
}

impl Ground {
    fn new(layout: &'static Layout, places: u64) -> Ground {
        let step = layout.width.bytes();
        Ground { layout, bytes: vec![0; (places * SPACING * step) as usize], step }
    }

    fn place(&self, number: u64) -> Tagged {
        Tagged(BASE + number * SPACING * self.step + 1)
    }

    fn smi(&self, value: i64) -> u64 {
        match self.layout.width {
            Width::W32 => u64::from((value as u32) << 1),
            Width::W64 => (value as u64) << 32,
        }
    }

    fn put(&mut self, object: Tagged, offset: u64, bytes: &[u8]) {
        let at = (object.0 - 1 - BASE + offset) as usize;
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn put_word(&mut self, object: Tagged, offset: u64, word: u64) {
        let bytes = word.to_le_bytes();
        self.put(object, offset, &bytes[..self.step as usize]);
    }

    fn put_field(&mut self, object: Tagged, field: Field, bytes: &[u8]) {
        if let Some(offset) = self.layout.find(field).and_then(|offset| u64::try_from(offset).ok()) {
            self.put(object, offset, bytes);
        }
    }

    /// A map at `number`, of instances of `instance_type`; its own map is the one at `meta`.
    fn map(&mut self, number: u64, meta: u64, instance_type: u16, words: &MapWords) {
        let map = self.place(number);
        let [first, second] = instance_type.to_le_bytes();
        let shapes = self.layout.shapes;
        self.put_word(map, 0, self.place(meta).0);
        self.put_field(map, Field::MapInstanceSize, &[words.size]);
        self.put_field(map, Field::MapInobjectProperties, &[words.inobject]);
        self.put_field(map, Field::MapBitField, &words.bits[..1]);
        self.put_field(map, Field::MapBitField2, &words.bits[1..]);
        match shapes.type_size {
            TypeSize::Byte => self.put_field(map, Field::MapInstanceAttributes, &[first]),
            TypeSize::Half => self.put_field(map, Field::MapInstanceAttributes, &[first, second]),
        }
        match shapes.bit_field3 {
            BitField3::Smi => {
                let bytes = self.smi(words.bit_field3.into()).to_le_bytes();
                self.put_field(map, Field::MapBitField3, &bytes[..self.step as usize]);
            }
            BitField3::Word32 => self.put_field(map, Field::MapBitField3, &words.bit_field3.to_le_bytes()),
        }
        let fields = [Field::MapPrototype, Field::MapConstructor, Field::MapTransitions, Field::MapInstanceDescriptors];
        for (field, to) in fields.into_iter().zip(words.leads_to) {
            let bytes = self.place(to).0.to_le_bytes();
            self.put_field(map, field, &bytes[..self.step as usize]);
        }
    }

    /// Reads all that is in it.
    fn read(self) {
        let places = self.bytes.len() as u64 / (SPACING * self.step);
        let words: Vec<Tagged> = (0..places).map(|number| self.place(number)).collect();
        let image = testing::image(self.layout.width, vec![(BASE, self.bytes)]);
        let heap = Heap::new(&image, self.layout);
        words.into_iter().for_each(|word| read_one(heap, word));
        pass_over(heap);
    }
}

/// The number of the type of maps.
fn type_of_maps(layout: &Layout) -> u16 {
    layout.metadata.types.iter().find(|(name, _)| name == "Map").map_or(0, |&(_, number)| number)
}

/// The map of maps, then of each type that the layout names its map and two objects. `word` gives the words of the
/// objects after their map: from the ground, the number of the type's map, that of the object, the number of the word.
fn of_every_type(layout: &'static Layout, words: &MapWords, word: impl Fn(&Ground, u64, u64, u64) -> u64) {
    let types = &layout.metadata.types;
    let mut ground = Ground::new(layout, 1 + 3 * types.len() as u64);
    ground.map(0, 0, type_of_maps(layout), words);
    for (map, &(_, instance_type)) in (1..).step_by(3).zip(types) {
        let leads_to = words.leads_to.map(|to| if to == 0 { 0 } else { map + to - 1 });
        ground.map(map, 0, instance_type, &MapWords { leads_to, ..words.clone() });
        for object in [map + 1, map + 2] {
            let at = ground.place(object);
            ground.put_word(at, 0, ground.place(map).0);
            for n in 1..SPACING {
                ground.put_word(at, n * ground.step, word(&ground, map, object, n));
            }
        }
    }
    ground.read();
}

#[test]
fn objects_of_every_type_that_lead_only_to_themselves_end() {
    for layout in layouts() {
        let own = 3 | 5 << layout.find(Field::OwnDescriptorsShift).unwrap_or(10);
        // Everything leads to the map of maps, the map of the type, the first object of the type, the second.
        for to in 0..4 {
            let words = MapWords { size: 24, inobject: 4, bits: [0; 2], bit_field3: own, leads_to: [to; 4] };
            of_every_type(layout, &words, |ground, map, _, _| ground.place(if to == 0 { 0 } else { map + to - 1 }).0);
        }
    }
}

#[test]
fn objects_of_every_type_whose_counts_are_extreme_end() {
    let counts = [1 << 30, (1 << 31) - 1, 1 << 31, u64::MAX >> 33 << 32, 1 << 62, 1 << 63, u64::MAX, u64::MAX - 1];
    for layout in layouts() {
        for (round, count) in counts.into_iter().enumerate() {
            let words = MapWords {
                size: [0, 24, u8::MAX][round % 3],
                inobject: [0, 24, u8::MAX][(round + 1) % 3],
                bits: [u8::MAX; 2],
                bit_field3: [u32::MAX, 0x3ff << 10][round % 2],
                leads_to: [3, 1, 3, 2],
            };
            // Every second word is a count, the others lead to the other object of the type: in each object in turn.
            of_every_type(layout, &words, |ground, map, object, n| {
                let other = 2 * map + 3 - object;
                if (n + object - map) % 2 == 0 { count } else { ground.place(other).0 }
            });
        }
    }
}

/// How many objects a random heap has, and how many types.
const OBJECTS: u64 = 40;
const TYPES: u64 = 24;

/// A word of an object, after its map.
#[derive(Clone, Debug)]
enum Word {
    /// Leads to an object, or to a map.
    Pointer(u64),
    /// A small integer.
    Smi(i64),
    /// Two numbers of four bytes: a length and a hash, flags.
    Ints(u32, u32),
    /// Anything.
    Raw(u64),
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        8 => (TYPES..TYPES + OBJECTS).prop_map(Word::Pointer),
        1 => (0..TYPES).prop_map(Word::Pointer),
        6 => (-2_i64..40).prop_map(Word::Smi),
        3 => (0_u32..40, 0_u32..40).prop_map(|(low, high)| Word::Ints(low, high)),
        1 => any::<u64>().prop_map(Word::Raw),
    ]
}

fn map_words() -> impl Strategy<Value = MapWords> {
    let bit_field3 = prop_oneof![0_u32..200, (0_u32..20).prop_map(|n| n << 10), any::<u32>()];
    let object = TYPES..TYPES + OBJECTS;
    (0_u8..26, 0_u8..12, any::<[u8; 2]>(), bit_field3, prop::array::uniform4(object)).prop_map(
        |(size, inobject, bits, bit_field3, leads_to)| MapWords { size, inobject, bits, bit_field3, leads_to },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_words_of_any_layout_are_read_without_harm(
        layout in 0..layouts().len(),
        maps in prop::collection::vec((any::<prop::sample::Index>(), map_words()), TYPES as usize),
        objects in prop::collection::vec((0..TYPES, prop::collection::vec(word(), SPACING as usize - 1)), OBJECTS as usize),
    ) {
        let layout = &layouts()[layout];
        let mut ground = Ground::new(layout, TYPES + OBJECTS);
        for (number, (instance_type, words)) in (0..).zip(&maps) {
            let types = &layout.metadata.types;
            let instance_type = if number == 0 { type_of_maps(layout) } else { types[instance_type.index(types.len())].1 };
            ground.map(number, 0, instance_type, words);
        }
        for (number, (map, words)) in (TYPES..).zip(&objects) {
            let at = ground.place(number);
            ground.put_word(at, 0, ground.place(*map).0);
            for (n, word) in (1..).zip(words) {
                let value = match *word {
                    Word::Pointer(to) => ground.place(to).0,
                    Word::Smi(value) => ground.smi(value),
                    Word::Ints(low, high) => u64::from(low) | u64::from(high) << 32,
                    Word::Raw(raw) => raw,
                };
                ground.put_word(at, n * ground.step, value);
            }
        }
        ground.read();
    }
}
