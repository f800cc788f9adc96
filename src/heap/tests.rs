//! Tests of the decoders over small heaps built word by word, on both widths.

use super::elements::{Element, Elements, array_elements};
use super::inspect::{Limits, TextOptions, inspect};
use super::object::properties;
use super::property::{Key, Place, PropertyValue};
use super::string::Cut;
use super::testing::{Builder, MapSpec, types};
use super::{JsString, Tagged, Value};
use crate::image::Width;

const WIDTHS: [Width; 2] = [Width::W32, Width::W64];

/// Details of a descriptor: its type.
fn details(b: &Builder, kind: i64) -> Tagged {
    b.smi(kind)
}

/// bit_field3 for `n` own descriptors.
fn own(n: i64) -> i64 {
    n << 11
}

#[test]
fn small_integers_keep_their_sign_on_both_widths() {
    for width in WIDTHS {
        let b = Builder::new(width);
        for n in [0, 1, -1, 1 << 29, -(1 << 30)] {
            assert_eq!(b.smi(n).value(width), Value::Smi(n), "{width:?}");
        }
        assert!(b.undefined.is_object());
    }
}

#[test]
fn a_string_is_read_through_every_representation() {
    for width in WIDTHS {
        let mut b = Builder::new(width);
        let hello = b.ascii(b"hello ");
        let world = b.ascii(b"world, again");
        let cons = b.string(types::CONS_ASCII_STRING, 18, &[hello, world]);
        let offset = b.smi(3);
        let slice = b.string(types::SLICED_ASCII_STRING, 8, &[cons, offset]);
        let two = b.string(types::STRING, 2, &[Tagged(0x2603_00e9)]);
        let built = b.build();
        let text = |word| JsString::load(built.heap(), word).map(|s| s.text(100).to_utf8()).expect("a string");
        assert_eq!(text(cons), "hello world, again");
        assert_eq!(text(slice), "lo world");
        assert_eq!(text(two), "\u{e9}\u{2603}");
        let cut = JsString::load(built.heap(), cons).expect("a string").text(3);
        assert_eq!((cut.to_utf8().as_str(), cut.cut), ("hel", Some(Cut::Limit)));
    }
}

#[test]
fn a_string_made_of_itself_ends() {
    for width in WIDTHS {
        let mut b = Builder::new(width);
        let empty = b.ascii(b"");
        let cons = b.string(types::CONS_ASCII_STRING, 1 << 20, &[empty, empty]);
        let p = width.bytes() as usize;
        b.put_word(cons, 4 * p, cons.0);
        let built = b.build();
        let text = JsString::load(built.heap(), cons).expect("a string").text(usize::MAX);
        assert!(text.units.is_empty());
        assert!(matches!(text.cut, Some(Cut::Unreadable { .. })));
    }
}

#[test]
fn a_cycle_of_strings_ends_however_long_they_say_they_are() {
    for width in WIDTHS {
        let mut b = Builder::new(width);
        let long = 1 << 29;
        let (none, zero) = (b.ascii(b""), b.smi(0));
        let cons = b.string(types::CONS_ASCII_STRING, long, &[none, none]);
        let slice = b.string(types::SLICED_ASCII_STRING, long / 2, &[cons, zero]);
        let p = width.bytes() as usize;
        b.put_word(cons, 3 * p, slice.0);
        b.put_word(cons, 4 * p, slice.0);
        let built = b.build();
        for string in [cons, slice] {
            let text = JsString::load(built.heap(), string).expect("a string").text(usize::MAX);
            assert!(text.units.is_empty());
            assert!(matches!(text.cut, Some(Cut::Unreadable { .. })));
        }
    }
}

#[test]
fn a_length_beyond_the_image_is_an_error_not_an_allocation() {
    for width in WIDTHS {
        let mut b = Builder::new(width);
        let array = b.array(&[]);
        let p = width.bytes() as usize;
        let huge = b.smi((1 << 30) - 1);
        b.put_word(array, p, huge.0);
        let string = b.ascii(b"short");
        b.put_word(string, p, huge.0);
        let built = b.build();
        assert!(super::array::FixedArray::load(built.heap(), array).is_err());
        let text = JsString::load(built.heap(), string).expect("a string").text(usize::MAX);
        assert!(text.units.starts_with(&"short".encode_utf16().collect::<Vec<_>>()));
        assert!(matches!(text.cut, Some(Cut::Unreadable { .. })));
    }
}

#[test]
fn properties_come_from_the_object_its_array_and_its_shape() {
    for width in WIDTHS {
        let mut b = Builder::new(width);
        let [a, out, f, g, later] = ["inside", "outside", "method", "got", "later"].map(|n| b.ascii(n.as_bytes()));
        let function_map = b.map(MapSpec { instance_type: types::JS_FUNCTION, ..MapSpec::default() });
        let function = b.object(function_map, &[]);
        let pair_map = b.map(MapSpec { instance_type: types::ACCESSOR_PAIR, ..MapSpec::default() });
        let undefined = b.undefined;
        let pair = b.object(pair_map, &[function, undefined]);
        let (field, constant, callbacks) = (details(&b, 1), details(&b, 2), details(&b, 3));
        let (zero, one, two) = (b.smi(0), b.smi(1), b.smi(2));
        // The fifth descriptor belongs to a map that this one grew into.
        let descriptors = b.array(&[
            zero, zero, a, field, zero, out, field, one, f, constant, function, g, callbacks, pair, later, field, two,
        ]);
        let map = b.map(MapSpec {
            instance_type: types::JS_OBJECT,
            size: 4,
            inobject: 1,
            elements_kind: 3,
            bit_field3: own(4),
            descriptors: Some(descriptors),
            ..MapSpec::default()
        });
        let (n42, hole) = (b.smi(42), b.hole);
        let number = b.number(748.5);
        let props = b.array(&[number]);
        let elements = b.array(&[hole, n42]);
        let object = b.object(map, &[props, elements, n42]);
        let built = b.build();
        let found = properties(built.heap(), object).expect("properties");
        let values: Vec<_> = found.list.iter().map(|p| (p.key, p.value)).collect();
        assert_eq!(
            values,
            [
                (Key::Index(1), PropertyValue::Tagged(n42)),
                (Key::Name(a), PropertyValue::Tagged(n42)),
                (Key::Name(out), PropertyValue::Tagged(number)),
                (Key::Name(f), PropertyValue::Tagged(function)),
                (Key::Name(g), PropertyValue::Accessor { pair, getter: function, setter: undefined }),
            ]
        );
        assert!(matches!(found.list[1].place, Place::InObject(_)));
        assert!(matches!(found.list[2].place, Place::OutOfObject(_)));
        assert!(found.traits.numeric && found.traits.in_object && found.traits.props && !found.traits.skipped);
        let mut text = String::new();
        inspect(built.heap(), object, Limits::default()).text(&mut text, TextOptions::default());
        assert!(text.contains("\"inside\": 42,\n    \"outside\": 748.5,"), "{text}");
        assert!(text.contains("\"got\": [Getter],"), "{text}");
    }
}

#[test]
fn a_dictionary_leaves_out_free_and_deleted_entries() {
    for width in WIDTHS {
        let mut b = Builder::new(width);
        let key = b.ascii(b"kept");
        let (n, d, undefined, hole) = (b.smi(7), b.smi(1 << 7), b.undefined, b.hole);
        let header = [b.smi(1), b.smi(1), b.smi(4), b.smi(2), b.smi(0)];
        let entries = [undefined, undefined, d, key, n, d, hole, hole, d, undefined, undefined, d];
        let table = b.array(&[&header[..], &entries[..]].concat());
        let map = b.map(MapSpec {
            instance_type: types::JS_OBJECT,
            size: 3,
            bit_field3: 1 << 24,
            elements_kind: 3,
            ..MapSpec::default()
        });
        let empty = b.empty;
        let object = b.object(map, &[table, empty]);
        let built = b.build();
        let found = properties(built.heap(), object).expect("properties");
        assert!(found.traits.dictionary);
        assert_eq!(found.list.len(), 1);
        assert_eq!((found.list[0].key, found.list[0].value), (Key::Name(key), PropertyValue::Tagged(n)));
    }
}

#[test]
fn arrays_of_doubles_and_sparse_arrays_have_their_elements() {
    for width in WIDTHS {
        let mut b = Builder::new(width);
        let p = width.bytes() as usize;
        let double_map = b.map(MapSpec { instance_type: types::FIXED_DOUBLE_ARRAY, ..MapSpec::default() });
        let doubles = b.allocate(2 * p + 24);
        b.put_word(doubles, 0, double_map.0);
        let three = b.smi(3);
        b.put_word(doubles, p, three.0);
        for (i, bits) in [0.5f64.to_bits(), 0x7fff_ffff_ffff_ffff, 2.75f64.to_bits()].into_iter().enumerate() {
            b.put(doubles, 2 * p + i * 8, &bits.to_le_bytes());
        }
        let array_map = |b: &mut Builder, elements_kind| {
            b.map(MapSpec { instance_type: types::JS_ARRAY, size: 4, elements_kind, ..MapSpec::default() })
        };
        let map = array_map(&mut b, 5);
        let empty = b.empty;
        let array = b.object(map, &[empty, doubles, three]);
        let undefined = b.undefined;
        let (header, key, value, d) = (b.smi(0), b.smi(90), b.smi(9), b.smi(0));
        let table = b.array(&[header, header, header, header, header, undefined, undefined, d, key, value, d]);
        let sparse_map = array_map(&mut b, 6);
        let length = b.smi(100);
        let sparse = b.object(sparse_map, &[empty, table, length]);
        let built = b.build();
        let heap = built.heap();
        assert_eq!(
            array_elements(heap, array).expect("elements"),
            (3, vec![(0, Element::Double(0.5)), (1, Element::Hole(None)), (2, Element::Double(2.75))])
        );
        assert_eq!(array_elements(heap, sparse).expect("elements"), (100, vec![(90, Element::Tagged(value))]));
        assert!(matches!(Elements::load(heap, sparse), Ok(Elements::Dictionary(list)) if list.len() == 1));
        let mut text = String::new();
        inspect(heap, sparse, Limits::default()).text(&mut text, TextOptions::default());
        assert_eq!(text, "[\n    <90 holes>,\n    9,\n    <9 holes>,\n]");
    }
}
