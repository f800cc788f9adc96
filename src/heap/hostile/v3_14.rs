//! Hostile heaps of V8 3.14: maps of every kind, and objects of random words.

use super::{pass_over, read_one};
use crate::heap::Tagged;
use crate::heap::testing::{Builder, MapSpec};
use crate::image::Width;
use proptest::prelude::*;

/// How many objects, and how many words there are between one and the next.
const OBJECTS: usize = 60;
const SPACING: usize = 8;

/// A map's own bytes and words.
#[derive(Clone, Debug)]
struct MapWords {
    size: u8,
    inobject: u8,
    elements_kind: u8,
    bit_field3: i64,
    descriptors: usize,
    constructor: usize,
}

/// A word of an object.
#[derive(Clone, Debug)]
enum Word {
    /// The map of an instance type.
    Map(u8),
    /// A pointer to an object.
    Pointer(usize),
    /// A small integer.
    Smi(i64),
    /// Anything.
    Raw(u64),
}

fn map_words() -> impl Strategy<Value = MapWords> {
    let bit_field3 =
        prop_oneof![0i64..200, (0i64..20).prop_map(|n| n << 11), Just(1 << 24), any::<i32>().prop_map(i64::from)];
    (0u8..30, 0u8..12, 0u8..9, bit_field3, 0..OBJECTS, 0..OBJECTS).prop_map(
        |(size, inobject, elements_kind, bit_field3, descriptors, constructor)| MapWords {
            size,
            inobject,
            elements_kind,
            bit_field3,
            descriptors,
            constructor,
        },
    )
}

/// A word after an object's map: often a pointer to an object, a small count, or a map.
fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        1 => any::<u8>().prop_map(Word::Map),
        6 => (0..OBJECTS).prop_map(Word::Pointer),
        5 => (-2i64..40).prop_map(Word::Smi),
        1 => any::<u64>().prop_map(Word::Raw),
    ]
}

/// An object: its type, most often one of those that others are made of, and the words after its map.
fn object() -> impl Strategy<Value = Vec<Word>> {
    let kind = prop_oneof![
        6 => Just(163u8),
        4 => prop::sample::select(vec![0u8, 1, 3, 4, 5, 6, 7]),
        4 => prop::sample::select(vec![130u8, 131, 132, 145, 148, 168, 169, 170, 176, 180, 181]),
        2 => prop::sample::select(vec![129u8, 156, 164, 181]),
        1 => any::<u8>(),
    ];
    (kind, prop::collection::vec(word(), SPACING - 1))
        .prop_map(|(kind, rest)| std::iter::once(Word::Map(kind)).chain(rest).collect())
}

fn read_everything(width: Width, maps: &[MapWords], words: &[Word]) {
    let mut b = Builder::new(width);
    let step = width.bytes() as usize;
    let objects = b.allocate(words.len() * step);
    let place = |i: usize| Tagged(objects.0 + (i * SPACING * step) as u64);
    let of_type: Vec<Tagged> = (0..=255u8)
        .map(|instance_type| {
            let map = &maps[usize::from(instance_type) % maps.len()];
            b.map(MapSpec {
                instance_type,
                size: map.size,
                inobject: map.inobject,
                elements_kind: map.elements_kind,
                bit_field3: map.bit_field3,
                descriptors: Some(place(map.descriptors)),
                constructor: Some(place(map.constructor)),
            })
        })
        .collect();
    for (i, word) in words.iter().enumerate() {
        let value = match word {
            Word::Map(instance_type) => of_type[usize::from(*instance_type)].0,
            Word::Pointer(to) => place(*to).0,
            Word::Smi(n) => b.smi(*n).0,
            Word::Raw(raw) => width.truncate(*raw),
        };
        b.put_word(objects, i * step, value);
    }
    let built = b.build();
    (0..OBJECTS).for_each(|i| read_one(built.heap(), place(i)));
    pass_over(built.heap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_words_of_32_bits_are_read_without_harm(maps in prop::collection::vec(map_words(), 16), objects in prop::collection::vec(object(), OBJECTS)) {
        read_everything(Width::W32, &maps, &objects.concat());
    }

    #[test]
    fn random_words_of_64_bits_are_read_without_harm(maps in prop::collection::vec(map_words(), 16), objects in prop::collection::vec(object(), OBJECTS)) {
        read_everything(Width::W64, &maps, &objects.concat());
    }
}
