//! Hostile heaps: maps of every kind, and objects of random words, read by every decoder. None may panic,
//! hang or run away.

use super::describe::type_name;
use super::inspect::{Limits, TextOptions, inspect};
use super::object::properties;
use super::pointers::Pointers;
use super::refs::References;
use super::scan::{Scope, scan};
use super::string::JsString;
use super::testing::{Builder, MapSpec};
use super::whatis::whatis;
use super::{BoundFunction, Code, Frame, Heap, JsFunction, Progress, ScopeInfo, Script, Tagged, VariableKind};
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

/// Whatever the words are, a pass ends, and what it finds can be asked about.
fn pass_over(heap: Heap<'_>) {
    let progress = Progress::default();
    let Ok(index) = scan(heap, Scope::WithBrk, &progress) else { return };
    let references = References::new(heap, &index, &progress);
    for object in index.groups().iter().flat_map(|group| index.objects(group)) {
        let _ = references.as_ref().map(|references| references.to(&index, object).count());
        let _ = whatis(heap, object.untagged().offset(12), 4096);
    }
    if let Ok(pointers) = Pointers::new(heap, &progress) {
        for object in index.groups().iter().flat_map(|group| index.objects(group)) {
            let starts = pointers.to(object).filter_map(|place| pointers.start_before(place, 4096));
            assert!(starts.count() <= pointers.len());
        }
    }
}

fn read_one(heap: Heap<'_>, word: Tagged) {
    let _ = type_name(heap, word);
    let _ = properties(heap, word);
    if let Ok(string) = JsString::load(heap, word) {
        let text = string.text(1 << 16);
        assert!(text.units.len() <= 1 << 16);
    }
    read_as_function(heap, word);
    let limits = Limits { depth: 4, string: Some(64), values: 200, ..Limits::default() };
    let mut text = String::new();
    inspect(heap, word, limits).text(&mut text, TextOptions { addresses: true, ..TextOptions::default() });
    assert!(text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)), "{text:?} is not safe on a terminal");
}

/// Reads `word` as all that hangs off functions, and as a stack of frames: only what stands in the map tells kinds apart.
fn read_as_function(heap: Heap<'_>, word: Tagged) {
    if let Ok(function) = JsFunction::load(heap, word) {
        let shared = function.shared();
        assert!(shared.name().clip(39).len() <= 39);
        let _ = (shared.lines(5), shared.parameter_count(), shared.scope_info().map(|scope| scope.word()));
        let _ = (function.context().map(|context| context.scope_info().is_ok()), BoundFunction::load(heap, word));
        let _ = Frame::at(word.addr()).arguments(heap, function);
    }
    if let Ok(script) = Script::load(heap, word) {
        let _ = (script.name(), script.locate(Some(7)), script.lines(3, 9, 1));
    }
    if let Ok(scope) = ScopeInfo::load(heap, word) {
        VariableKind::ALL.into_iter().for_each(|kind| assert!(scope.names(kind).count() <= scope.count(kind)));
    }
    let _ = Code::load(heap, word).and_then(Code::instructions);
    let stack = heap.image().stack_from(word.untagged());
    (0..stack.frames.len())
        .filter_map(|at| Frame::of(heap.image(), &stack, at))
        .for_each(|frame| drop(frame.kind(heap)));
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
