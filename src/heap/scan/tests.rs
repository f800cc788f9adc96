//! Tests of the passes over small heaps built word by word, on both widths.

use super::{ObjectIndex, Scope, scan};
use crate::heap::graph::Graph;
use crate::heap::names::Key;
use crate::heap::pointers::{Pointers, find_word};
use crate::heap::refs::{By, References};
use crate::heap::testing::{Builder, Built, MapSpec, types};
use crate::heap::whatis::whatis;
use crate::heap::{Error, Heap, Progress, Tagged};
use crate::image::{Addr, Content, Width};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const WIDTHS: [Width; 2] = [Width::W32, Width::W64];
/// The property type of a field, and of a constant function (V8 3.14 `property-details.h`).
const FIELD: i64 = 1;
const CONSTANT_FUNCTION: i64 = 2;
/// bit_field3 of a map whose properties are a dictionary.
const DICTIONARY_MAP: i64 = 1 << 24;
/// Elements kinds (V8 3.14 `elements-kind.h`).
const FAST_HOLEY_ELEMENTS: u8 = 3;
const DICTIONARY_ELEMENTS: u8 = 6;

fn index(heap: Heap<'_>) -> ObjectIndex {
    scan(heap, Scope::Anonymous, &Progress::default()).expect("the heap can be scanned")
}

/// A heap with shapes.
struct Objects {
    b: Builder,
}

/// A shape: the map, and how many words its objects have beyond map, properties and elements.
#[derive(Clone, Copy)]
struct Shape {
    map: Tagged,
}

impl Objects {
    fn new(width: Width) -> Objects {
        Objects { b: Builder::new(width) }
    }

    /// A descriptor array of (name, property type, value).
    fn descriptors(&mut self, all: &[(&str, i64, Tagged)]) -> Tagged {
        let zero = self.b.smi(0);
        // Link to the enumeration cache, then transitions: V8 `DescriptorArray::kFirstIndex` is 2.
        let mut words = vec![zero, zero];
        for (name, kind, value) in all {
            words.extend([self.b.ascii(name.as_bytes()), self.b.smi(*kind), *value]);
        }
        self.b.array(&words)
    }

    /// The shape of objects with these fields, all inside the object.
    fn shape(&mut self, names: &[&str]) -> Shape {
        let fields: Vec<_> = (0..).zip(names).map(|(i, &name)| (name, FIELD, self.b.smi(i))).collect();
        let descriptors = self.descriptors(&fields);
        self.map(MapSpec {
            size: 3 + names.len() as u8,
            inobject: names.len() as u8,
            descriptors: Some(descriptors),
            ..MapSpec::default()
        })
    }

    fn map(&mut self, spec: MapSpec) -> Shape {
        Shape { map: self.b.map(MapSpec { instance_type: types::JS_OBJECT, ..spec }) }
    }

    fn object(&mut self, shape: Shape, fields: &[Tagged]) -> Tagged {
        let empty = self.b.empty;
        self.b.object(shape.map, &[&[empty, empty], fields].concat())
    }

    fn js_array(&mut self, elements: &[Tagged]) -> Tagged {
        let map = self.b.map(MapSpec { instance_type: types::JS_ARRAY, ..MapSpec::default() });
        let (empty, length) = (self.b.empty, self.b.smi(elements.len() as i64));
        let elements = self.b.array(elements);
        self.b.object(map, &[empty, elements, length])
    }

    /// A dictionary: number of elements, of deleted ones, capacity; two words of prefix; key, value, details each.
    fn dictionary(&mut self, entries: &[(Tagged, Tagged)]) -> Tagged {
        let zero = self.b.smi(0);
        let (undefined, hole) = (self.b.undefined, self.b.hole);
        let mut words = vec![zero; 5];
        words.extend([undefined, undefined, zero, hole, hole, zero]);
        for (key, value) in entries {
            words.extend([*key, *value, zero]);
        }
        self.b.array(&words)
    }
}

/// Each group as constructor, names and objects.
fn groups(index: &ObjectIndex) -> Vec<(Vec<String>, Vec<Tagged>, bool)> {
    let names = |group: &super::Group| group.labels().iter().map(|&l| index.names().text(l).to_string()).collect();
    index.groups().iter().map(|g| (names(g), index.objects(g).collect(), g.is_garbage())).collect()
}

#[test]
fn objects_of_one_shape_are_a_group_listed_first_then_last_to_second() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let pair = o.shape(&["left", "right"]);
        let one = o.b.smi(1);
        let pairs: Vec<Tagged> = (0..4).map(|_| o.object(pair, &[one, one])).collect();
        // Another map with the same properties is the same group.
        let same = o.shape(&["left", "right"]);
        let last = o.object(same, &[one, one]);
        let single = o.shape(&["only"]);
        let only = o.object(single, &[one]);
        let built = o.b.build();
        let index = index(built.heap());
        let expected = vec![
            (vec!["only".to_owned()], vec![only], false),
            (vec!["left".to_owned(), "right".to_owned()], vec![pairs[0], last, pairs[3], pairs[2], pairs[1]], false),
        ];
        assert_eq!(groups(&index), expected, "{width:?}");
        let group = index.group_of(pairs[2]).expect("the third pair was found");
        assert_eq!(index.representative(group), pairs[0]);
        assert!(group.traits.in_object);
        assert!(index.group_of(Tagged(pairs[2].0 + 8)).is_none());
        assert_eq!(index.statistics().objects, 6);
    }
}

#[test]
fn an_object_with_values_that_no_program_could_store_is_garbage() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let shape = o.shape(&["value"]);
        let alive = o.object(shape, &[o.b.undefined]);
        let array = o.b.array(&[]);
        let dead = o.object(shape, &[array]);
        let nowhere = o.object(shape, &[Tagged(0x6661)]);
        let built = o.b.build();
        let index = index(built.heap());
        let garbage = |object| index.group_of(object).map(|g| (g.is_garbage(), g.traits.bad_values));
        assert_eq!(garbage(alive), Some((false, false)));
        assert_eq!(garbage(dead), Some((true, true)));
        assert_eq!(garbage(nowhere), Some((true, true)));
        assert_eq!(index.statistics().garbage, 2);
    }
}

#[test]
fn properties_are_where_the_map_says() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let (one, two, three) = (o.b.smi(1), o.b.smi(2), o.b.smi(3));
        let method = o.b.undefined;
        // One in the object, a constant function, one in the properties array, one that this object does not have yet.
        let (first, second) = (o.b.smi(0), o.b.smi(1));
        let descriptors = o.descriptors(&[
            ("inside", FIELD, first),
            ("method", CONSTANT_FUNCTION, method),
            ("outside", FIELD, second),
            ("later", FIELD, two),
        ]);
        let mixed = o.map(MapSpec { size: 4, inobject: 1, descriptors: Some(descriptors), ..MapSpec::default() });
        let outside = o.b.array(&[two]);
        let empty = o.b.empty;
        let object = o.b.object(mixed.map, &[outside, empty, one]);
        // A dictionary, with a free and a deleted entry.
        let table = o.map(MapSpec { size: 3, bit_field3: DICTIONARY_MAP, ..MapSpec::default() });
        let key = o.b.ascii(b"key");
        let number = o.b.smi(77);
        let entries = o.dictionary(&[(key, three), (number, three)]);
        let slow = o.b.object(table.map, &[entries, empty]);
        let built = o.b.build();
        let index = index(built.heap());
        let labels = |object| {
            let group = index.group_of(object).expect("the object was found");
            let names: Vec<String> = group.labels().iter().map(|&l| index.names().text(l).to_string()).collect();
            (names.join(" "), group.traits)
        };
        let (names, traits) = labels(object);
        assert_eq!(names, "inside outside", "{width:?}");
        assert!(traits.in_object && traits.props && !traits.skipped && !traits.dictionary);
        let (names, traits) = labels(slow);
        assert_eq!(names, "key 77", "{width:?}");
        assert!(traits.dictionary && !traits.in_object);
    }
}

#[test]
fn elements_of_an_object_are_properties_by_number() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let (one, hole, empty) = (o.b.smi(1), o.b.hole, o.b.empty);
        let none = o.descriptors(&[]);
        let spec =
            MapSpec { size: 3, elements_kind: FAST_HOLEY_ELEMENTS, descriptors: Some(none), ..MapSpec::default() };
        let holey = o.map(spec);
        let elements = o.b.array(&[one, hole, one]);
        let object = o.b.object(holey.map, &[empty, elements]);
        let sparse = o.map(MapSpec { elements_kind: DICTIONARY_ELEMENTS, ..spec });
        let (near, far) = (o.b.smi(5), o.b.number(4_000_000_000.0));
        let entries = o.dictionary(&[(near, one), (far, one)]);
        let scattered = o.b.object(sparse.map, &[empty, entries]);
        let built = o.b.build();
        let index = index(built.heap());
        let labels = |object| {
            let labels = index.group_of(object).expect("the object was found").labels();
            labels.iter().map(|&l| index.names().text(l).to_string()).collect::<Vec<_>>()
        };
        assert_eq!(labels(object), ["0", "2"], "{width:?}");
        assert_eq!(labels(scattered), ["5", "4000000000"], "{width:?}");
        let first = index.group_of(object).expect("the object was found").labels()[0];
        assert_eq!(first.key(), Key::Index(0));
    }
}

#[test]
fn arrays_are_grouped_by_length() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let one = o.b.smi(1);
        let arrays = [o.js_array(&[one; 3]), o.js_array(&[]), o.js_array(&[one; 3])];
        let longer_than_its_elements = o.js_array(&[one]);
        let p = width.bytes() as usize;
        let nine = o.b.smi(9);
        o.b.put_word(longer_than_its_elements, 3 * p, nine.0);
        let built = o.b.build();
        let index = index(built.heap());
        let threes = index.group_of(arrays[0]).expect("the array was found");
        assert_eq!(index.objects(threes).collect::<Vec<_>>(), [arrays[0], arrays[2]], "{width:?}");
        assert_eq!((threes.property_count(), threes.is_array()), (3, true));
        assert_eq!(index.constructor(threes).as_deref(), Some("Array"));
        assert!(index.group_of(arrays[1]).is_some_and(|g| g.property_count() == 0 && !g.is_array()));
        assert!(index.group_of(longer_than_its_elements).is_none());
    }
}

#[test]
fn arrays_of_doubles_and_sparse_arrays_are_arrays() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let (p, one, empty) = (width.bytes() as usize, o.b.smi(1), o.b.empty);
        // A FixedDoubleArray: length, then the doubles.
        let doubles_map = o.b.map(MapSpec { instance_type: types::FIXED_DOUBLE_ARRAY, ..MapSpec::default() });
        let elements = o.b.allocate(2 * p + 16);
        let two = o.b.smi(2);
        o.b.put_word(elements, 0, doubles_map.0);
        o.b.put_word(elements, p, two.0);
        let of_doubles = o.b.map(MapSpec { instance_type: types::JS_ARRAY, elements_kind: 4, ..MapSpec::default() });
        let doubles = o.b.object(of_doubles, &[empty, elements, two]);
        let dictionary =
            MapSpec { instance_type: types::JS_ARRAY, elements_kind: DICTIONARY_ELEMENTS, ..MapSpec::default() };
        let (sparse_map, far) = (o.b.map(dictionary), o.b.smi(1_000_000));
        let entries = o.dictionary(&[(far, doubles), (two, one)]);
        let length = o.b.number(4_000_000_000.0);
        let sparse = o.b.object(sparse_map, &[empty, entries, length]);
        let built = o.b.build();
        let heap = built.heap();
        let index = index(heap);
        let references = References::new(heap, &index, &Progress::default()).expect("a small heap");
        let referrers: Vec<_> = references.to(&index, doubles).collect();
        assert!(
            matches!(referrers[..], [r] if r.from == sparse && matches!(r.by, By::Element(l) if l.key() == Key::Index(1_000_000)))
        );
        let count = |array| index.group_of(array).map(|group| group.property_count());
        assert_eq!(count(doubles), Some(2), "{width:?}");
        assert_eq!(count(sparse), Some(4_000_000_000), "{width:?}");
    }
}

#[test]
fn references_tell_who_refers_and_by_what() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let node = o.shape(&["next", "name"]);
        let (none, name) = (o.b.undefined, o.b.ascii(b"a string is no object of the index"));
        let last = o.object(node, &[none, name]);
        let first = o.object(node, &[last, name]);
        let list = o.js_array(&[first, none, last]);
        let built = o.b.build();
        let heap = built.heap();
        let index = index(heap);
        let references = References::new(heap, &index, &Progress::default()).expect("a small heap");
        let to = |object| -> Vec<(Tagged, String)> {
            let text = |by| match by {
                By::Property(label) => format!(".{}", index.names().text(label)),
                By::Element(label) => format!("[{}]", index.names().text(label)),
            };
            references.to(&index, object).map(|r| (r.from, text(r.by))).collect()
        };
        assert_eq!(to(first), [(list, "[0]".to_owned())], "{width:?}");
        // In the order of the listing: the array's group holds more properties in all than the nodes', which are 4.
        assert_eq!(to(last), [(list, "[2]".to_owned()), (first, ".next".to_owned())], "{width:?}");
        assert_eq!(to(list), []);
        assert_eq!(to(name), []);
        assert_eq!(references.len(), 3);
    }
}

#[test]
fn pointers_are_found_in_the_order_of_addresses() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let (target, smi) = (o.b.ascii(b"target"), o.b.smi(4711));
        let one = o.b.array(&[smi, target]);
        let two = o.b.array(&[target, target]);
        let built = o.b.build();
        let heap = built.heap();
        let pointers = Pointers::new(heap, &Progress::default()).expect("a small heap");
        let p = width.bytes() as i64;
        let element = |array: Tagged, i: i64| array.untagged().offset((2 + i) * p);
        let found: Vec<Addr> = pointers.to(target).collect();
        assert_eq!(found, [element(one, 1), element(two, 0), element(two, 1)], "{width:?}");
        assert_eq!(pointers.to(Tagged(0x6661)).count(), 0);
        assert_eq!(pointers.to(smi).count(), 0);
        let mut found = Vec::new();
        let keep = |addr| {
            found.push(addr);
            Ok::<(), Error>(())
        };
        find_word(heap.image(), smi.0, &Progress::default(), keep).expect("a small heap");
        assert_eq!(found, [element(one, 0)], "{width:?}");
    }
}

#[test]
fn the_object_around_an_address_is_found_by_its_map() {
    for width in WIDTHS {
        let mut o = Objects::new(width);
        let one = o.b.smi(1);
        let shape = o.shape(&["a", "b"]);
        let object = o.object(shape, &[one, one]);
        let gap = o.b.allocate(64);
        let built = o.b.build();
        let heap = built.heap();
        let p = width.bytes();
        let pointers = Pointers::new(heap, &Progress::default()).expect("a small heap");
        let base = |addr| {
            let found = whatis(heap, addr, 4096);
            // The index says the same.
            assert_eq!(pointers.start_before(addr, 4096), found.map(|base| base.object), "{width:?}");
            found.map(|base| (base.object, base.contains))
        };
        let last = object.untagged().offset(4 * p as i64);
        assert_eq!(base(last.offset(1)), Some((object, true)), "{width:?}");
        assert_eq!(base(gap.untagged().offset(32)), Some((object, false)));
        assert_eq!(whatis(heap, last, 2 * p), None);
        assert_eq!(pointers.start_before(last, 2 * p), None);
        assert_eq!(whatis(heap, Addr(8), 4096), None);
    }
}

/// A heap large enough for several chunks, with objects of many shapes.
fn large(width: Width) -> Built {
    let mut o = Objects::new(width);
    let names: Vec<String> = (0..40).map(|n| format!("field{n}")).collect();
    let shapes: Vec<Shape> = (1..40)
        .map(|n| {
            let names: Vec<&str> = names[n - 1..].iter().take(n % 5 + 1).map(String::as_str).collect();
            o.shape(&names)
        })
        .collect();
    let undefined = o.b.undefined;
    let mut last = undefined;
    for n in 0..20_000_usize {
        let shape = n * 7 % shapes.len();
        let fields = vec![last; (shape + 1) % 5 + 1];
        last = o.object(shapes[shape], &fields);
        if n % 97 == 0 {
            last = o.js_array(&vec![last; n % 11]);
        }
    }
    o.b.build()
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for width in WIDTHS {
        let built = large(width);
        let heap = built.heap();
        let result = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
            pool.install(|| {
                let index = index(heap);
                let references = References::new(heap, &index, &Progress::default()).expect("a small heap");
                let referrers: Vec<_> = index
                    .groups()
                    .iter()
                    .flat_map(|group| index.objects(group))
                    .map(|object| references.to(&index, object).map(|r| r.from).collect::<Vec<_>>())
                    .collect();
                let pointers = Pointers::new(heap, &Progress::default()).expect("a small heap");
                let pointers: Vec<_> =
                    index.addresses().iter().map(|&object| pointers.to(Tagged(object)).collect::<Vec<_>>()).collect();
                let graph = Graph::new(heap, &Progress::default()).expect("a small heap");
                let graph: Vec<_> =
                    graph.nodes().map(|node| (graph.word(node), graph.dominator(node), graph.retained(node))).collect();
                let passes = (groups(&index), index.functions().clone(), *index.statistics(), referrers);
                (passes, pointers, graph)
            })
        };
        let one = result(1);
        let (passes, pointers, graph) = &one;
        let dull = passes.0.len() <= 30 || passes.3.iter().all(|r| r.len() < 2) || graph.len() < 20_000;
        assert!(!dull && pointers.iter().any(|p| p.len() > 1), "{width:?}: too dull a heap");
        assert_eq!(one, result(8), "{width:?}");
    }
}

#[test]
fn a_cancelled_scan_gives_nothing() {
    let built = large(Width::W64);
    let progress = Progress::new(Arc::new(AtomicBool::new(true)));
    assert!(matches!(scan(built.heap(), Scope::Anonymous, &progress), Err(Error::Cancelled)));
    assert!(matches!(Pointers::new(built.heap(), &progress), Err(Error::Cancelled)));
}

#[test]
fn progress_ends_at_its_total() {
    let built = large(Width::W32);
    let progress = Progress::default();
    scan(built.heap(), Scope::Anonymous, &progress).expect("the heap can be scanned");
    let (done, total) = progress.state();
    assert!(total > 0);
    assert_eq!(done, total);
}

#[test]
fn arrays_that_overlap_without_end_are_refused_in_time() {
    let width = Width::W32;
    let mut o = Objects::new(width);
    let none = o.descriptors(&[]);
    let holey =
        o.map(MapSpec { size: 3, elements_kind: FAST_HOLEY_ELEMENTS, descriptors: Some(none), ..MapSpec::default() });
    let (empty, one) = (o.b.empty, o.b.smi(1));
    let elements = o.b.array(&vec![one; 20_000]);
    for _ in 0..20_000 {
        o.b.object(holey.map, &[empty, elements]);
    }
    let built = o.b.build();
    let refused = scan(built.heap(), Scope::Anonymous, &Progress::default());
    assert!(matches!(refused, Err(Error::Implausible { .. })));
}

#[test]
fn the_scope_decides_about_a_brk_heap_that_shares_a_mapping_with_the_executable() {
    use Content::{Anon, File, Heap, Stack};
    let covers = [Scope::Anonymous, Scope::WithBrk].map(|scope| {
        [(Anon, false), (Stack, false), (Heap, false), (Heap, true), (File, true)].map(|(c, f)| scope.covers(c, f))
    });
    assert_eq!(covers, [[true, true, true, false, false], [true, true, true, true, false]]);
}
