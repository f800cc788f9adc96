//! The graph of heaps whose every object is known.

use super::*;
use crate::heap::testing::{Builder, Built, MapSpec, types};
use crate::image::Width;

fn graph(built: &Built) -> Graph {
    Graph::new(built.heap(), &Progress::default()).expect("nobody cancels")
}

/// A global object that holds two arrays; both hold a third, which holds a number of its own.
struct Known {
    built: Built,
    global: Tagged,
    left: Tagged,
    right: Tagged,
    shared: Tagged,
    text: Tagged,
    dead: Tagged,
}

fn known(width: Width) -> Known {
    let mut b = Builder::new(width);
    let text = b.ascii(b"held by the shared one alone");
    let shared = b.array(&[text, b.undefined]);
    let left = b.array(&[shared, b.smi(1)]);
    let right = b.array(&[b.hole, shared, b.hole]);
    let dead = b.array(&[text]);
    let map = b.map(MapSpec { instance_type: GLOBAL, size: 6, inobject: 0, ..MapSpec::default() });
    let global = b.object(map, &[b.empty, b.empty, left, right, b.undefined]);
    Known { built: b.build(), global, left, right, shared, text, dead }
}

/// JSGlobalObject (V8 3.14 `objects.h`).
const GLOBAL: u8 = 173;

#[test]
fn every_object_is_found_with_its_size() {
    for (width, word) in [(Width::W32, 4), (Width::W64, 8)] {
        let known = known(width);
        let graph = graph(&known.built);
        let size = |object| graph.shallow(graph.node(object).expect("it is an object"));
        assert_eq!(size(known.global), 6 * word);
        assert_eq!(size(known.left), 4 * word);
        assert_eq!(size(known.right), 5 * word);
        assert_eq!(size(known.text), (3 * word + 28).next_multiple_of(word));
        assert_eq!(graph.node(Tagged(known.left.0 + word)), None);
        assert_eq!(graph.word(graph.node(known.dead).expect("it is an object")), known.dead);
    }
}

#[test]
fn what_two_hold_goes_with_who_holds_both() {
    for width in [Width::W32, Width::W64] {
        let known = known(width);
        let graph = graph(&known.built);
        let node = |object| graph.node(object).expect("it is an object");
        assert_eq!(graph.dominator(node(known.shared)), Some(node(known.global)));
        assert_eq!(graph.dominator(node(known.text)), Some(node(known.shared)));
        assert_eq!(graph.dominator(node(known.global)), None);
        let own = |object| graph.shallow(node(object));
        assert_eq!(graph.retained(node(known.left)), own(known.left));
        assert_eq!(graph.retained(node(known.shared)), own(known.shared) + own(known.text));
        assert!(graph.is_reached(node(known.text)));
        assert!(!graph.is_reached(node(known.dead)));
        assert_eq!(graph.retained(node(known.dead)), 0);
    }
}

#[test]
fn strings_of_two_bytes_a_character_take_twice_the_room() {
    let mut b = Builder::new(Width::W64);
    let map = b.map(MapSpec { instance_type: types::STRING, ..MapSpec::default() });
    let string = b.allocate(24 + 2 * 5);
    b.put_word(string, 0, map.0);
    let length = b.smi(5);
    b.put_word(string, 8, length.0);
    b.array(&[string]);
    let built = b.build();
    let graph = graph(&built);
    assert_eq!(graph.node(string).map(|node| graph.shallow(node)), Some(40));
}

#[test]
fn what_was_overwritten_ends_where_another_is_referred_to() {
    for (width, word) in [(Width::W32, 4), (Width::W64, 8)] {
        for refers in [true, false] {
            let mut b = Builder::new(width);
            let map = b.map(MapSpec { instance_type: types::JS_OBJECT, size: 3, ..MapSpec::default() });
            // Of an array of six, the last three words are an object.
            let old = b.array(&[b.undefined, b.smi(0), b.smi(0), map, b.empty, b.empty]);
            let inside = Tagged(old.0 + 5 * word);
            b.array(&[if refers { inside } else { b.undefined }]);
            let built = b.build();
            let graph = graph(&built);
            let old = graph.node(old).expect("it is an object");
            assert_eq!(graph.node(inside).is_some(), refers);
            assert_eq!(graph.shallow(old), if refers { 5 * word } else { 8 * word });
        }
    }
}

#[test]
fn what_is_stale_may_end_in_the_midst_of_an_object() {
    for (width, word) in [(Width::W32, 4), (Width::W64, 8)] {
        for refers in [true, false] {
            let mut b = Builder::new(width);
            let map = b.map(MapSpec { instance_type: types::JS_OBJECT, size: 3, ..MapSpec::default() });
            // Of an array that says that it has seven, the last five words are an object and two thirds of another.
            let old = b.array(&[b.undefined, b.undefined, map, b.empty, b.empty, map, b.empty, b.empty]);
            let length = b.smi(7);
            b.put_word(old, word as usize, length.0);
            let (first, second) = (Tagged(old.0 + 4 * word), Tagged(old.0 + 7 * word));
            let next = b.array(&[if refers { first } else { b.undefined }]);
            let built = b.build();
            let graph = graph(&built);
            let old = graph.node(old).expect("it is an object");
            assert_eq!([first, second].map(|object| graph.node(object).is_some()), [refers; 2]);
            assert_eq!(graph.shallow(old), if refers { 4 * word } else { 9 * word });
            assert!(graph.node(next).is_some());
        }
    }
}

#[test]
fn what_is_stale_may_end_where_nothing_begins() {
    for (width, word) in [(Width::W32, 4), (Width::W64, 8)] {
        for elements in [true, false] {
            let mut b = Builder::new(width);
            let map = b.map(MapSpec { instance_type: types::JS_OBJECT, size: 3, ..MapSpec::default() });
            // Of an array that says that it has seven, three words are an object; where it ends V8 allocates next.
            let elements_or_none = if elements { b.empty } else { b.undefined };
            let old = b.array(&[b.undefined, map, b.empty, elements_or_none, b.undefined, b.undefined, b.undefined]);
            let inner = Tagged(old.0 + 3 * word);
            b.array(&[inner]);
            let built = b.build();
            let graph = graph(&built);
            let old = graph.node(old).expect("it is an object");
            assert_eq!(graph.node(inner).is_some(), elements);
            assert_eq!(graph.shallow(old), if elements { 3 * word } else { 9 * word });
        }
    }
}

#[test]
fn a_map_does_not_keep_alive_what_it_grew_into() {
    let mut b = Builder::new(Width::W64);
    let global_map = b.map(MapSpec { instance_type: GLOBAL, size: 6, ..MapSpec::default() });
    let plain = |b: &mut Builder| b.map(MapSpec { instance_type: types::JS_OBJECT, size: 3, ..MapSpec::default() });
    let (before, map, after) = (plain(&mut b), plain(&mut b), plain(&mut b));
    let transitions = b.array(&[before, b.smi(0), b.undefined, after]);
    // V8 3.14 `Map::kTransitionsOrBackPointerOffset`: after size, attributes, prototype, constructor.
    b.put_word(map, 32, transitions.0);
    b.object(global_map, &[b.empty, b.empty, map, b.undefined, b.undefined]);
    let built = b.build();
    let graph = graph(&built);
    let reached = |word| graph.is_reached(graph.node(word).expect("it is an object"));
    assert!(reached(map) && reached(transitions) && reached(before));
    assert!(!reached(after));
}

/// JSWeakMap (V8 3.14 `objects.h`).
const WEAK_MAP: u8 = 179;

#[test]
fn a_value_in_a_weak_map_goes_with_its_key_if_the_map_is_alive() {
    for width in [Width::W32, Width::W64] {
        let mut b = Builder::new(width);
        let weak_map = b.map(MapSpec { instance_type: WEAK_MAP, size: 5, ..MapSpec::default() });
        let [key, dead_key, value, dead_value, dead_maps] = [1, 2, 3, 4, 5].map(|n| {
            let own = b.smi(n);
            b.array(&[own, own])
        });
        let (four, zero) = (b.smi(4), b.smi(0));
        let entries = [key, value, dead_key, dead_value, b.hole, b.hole, b.undefined, b.undefined];
        let table = b.array(&[&[four, zero, four], &entries[..]].concat());
        let collection = b.object(weak_map, &[b.empty, b.empty, table, zero]);
        let entries = [key, dead_maps, b.undefined, b.undefined];
        let dead_table = b.array(&[&[four, zero, four], &entries[..]].concat());
        b.object(weak_map, &[b.empty, b.empty, dead_table, zero]);
        let holder = b.array(&[key, zero]);
        let map = b.map(MapSpec { instance_type: GLOBAL, size: 6, ..MapSpec::default() });
        b.object(map, &[b.empty, b.empty, holder, collection, b.undefined]);
        let built = b.build();
        let graph = graph(&built);
        let node = |word| graph.node(word).expect("it is an object");
        let reached = [key, value, dead_key, dead_value, dead_maps].map(|word| graph.is_reached(node(word)));
        assert_eq!(reached, [true, true, false, false, false]);
        assert_eq!(graph.dominator(node(value)), Some(node(key)));
        assert_eq!(graph.retained(node(key)), graph.shallow(node(key)) + graph.shallow(node(value)));
        assert!(!graph.goes_with(node(table)).contains(&node(value)));
        assert!(graph.is_entry(node(key), node(value)) && !graph.is_entry(node(key), node(holder)));
        let path = Paths::new(built.heap(), &graph, false).nearest(node(value)).expect("there is a way");
        let told = Teller::new(built.heap(), &graph, None, &Progress::default()).path(&path).expect("nobody cancels");
        assert!(told.ends_with(" <value in a WeakMap>"), "{told}");
    }
}

#[test]
fn a_path_is_the_shortest_and_there_are_others() {
    let known = known(Width::W64);
    let graph = graph(&known.built);
    let node = |object| graph.node(object).expect("it is an object");
    let paths = Paths::new(known.built.heap(), &graph, false);
    let to = |object, most| -> Vec<Vec<Tagged>> {
        let found = paths.to(node(object), most);
        found.iter().map(|path| path.nodes.iter().map(|&node| graph.word(node)).collect()).collect()
    };
    assert_eq!(to(known.left, 9), [[known.global, known.left]]);
    let both = to(known.text, 9);
    assert_eq!(both.len(), 2);
    assert!(both.contains(&vec![known.global, known.left, known.shared, known.text]));
    assert!(both.contains(&vec![known.global, known.right, known.shared, known.text]));
    assert_eq!(to(known.text, 1).len(), 1);
    for object in [known.global, known.left, known.shared, known.text] {
        let nearest = paths.nearest(node(object)).expect("there is a way");
        assert_eq!(nearest.nodes.len(), to(object, 1)[0].len());
        assert_eq!(nearest.nodes.last(), Some(&node(object)));
    }
    assert!(paths.nearest(node(known.dead)).is_none());
    assert!(to(known.dead, 9).is_empty());
}

#[test]
fn a_cancelled_pass_gives_no_graph() {
    let known = known(Width::W64);
    let cancel = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let graph = Graph::new(known.built.heap(), &Progress::new(cancel));
    assert!(matches!(graph, Err(crate::heap::Error::Cancelled)));
}

#[test]
fn what_would_be_longer_than_its_memory_is_not() {
    for (width, word) in [(Width::W32, 4), (Width::W64, 8)] {
        let mut b = Builder::new(width);
        let stale = b.array(&[b.undefined; 4]);
        let length = b.smi(1 << 20);
        b.put_word(stale, word, length.0);
        let next = b.array(&[stale]);
        let built = b.build();
        let graph = graph(&built);
        assert!(graph.node(next).is_some(), "what follows is found");
        let stale = graph.node(stale).expect("something begins there");
        assert_eq!(graph.shallow(stale), 6 * word as u64);
    }
}
