//! Pointers held against a look at every word.

use super::{Pointers, find_word};
use crate::heap::testing::{Builder, MapSpec, types};
use crate::heap::whatis::whatis;
use crate::heap::{Error, Progress, Tagged};
use crate::image::{Addr, Width};

/// Objects of two maps, one of which most have, and arrays that refer to a few of them and, over and over, to the same.
fn tangle(width: Width) -> Builder {
    let mut b = Builder::new(width);
    let spec = || MapSpec { instance_type: types::JS_OBJECT, size: 5, ..MapSpec::default() };
    let (many, few) = (b.map(spec()), b.map(spec()));
    let mut objects = vec![b.undefined];
    for n in 0..4000_usize {
        let map = if n % 500 == 7 { few } else { many };
        let (empty, other) = (b.empty, objects[n * n % objects.len()]);
        objects.push(b.object(map, &[empty, empty, other, objects[0]]));
        if n % 90 == 0 {
            b.array(&objects[n / 2..n / 2 + n % 70]);
        }
    }
    b
}

#[test]
fn what_points_where_is_what_a_look_at_every_word_finds() {
    for width in [Width::W32, Width::W64] {
        let built = tangle(width).build();
        let heap = built.heap();
        let pointers = Pointers::new(heap, &Progress::default()).expect("a small heap");
        let mut words: Vec<u64> = Vec::new();
        for segment in heap.space().segments() {
            let at = |n: u64| segment.start.offset((n * width.bytes()) as i64);
            words.extend((0..segment.saved / width.bytes()).filter_map(|n| heap.space().word(at(n)).ok()));
        }
        words.retain(|&word| Tagged(word).is_object() && heap.space().u8(Tagged(word).untagged()).is_ok());
        let total = words.len();
        words.sort_unstable();
        words.dedup();
        assert!(words.len() > 1000 && pointers.popular.len() > 2, "{width:?}: too dull a heap");
        assert_eq!(pointers.len(), total, "{width:?}");
        // The popular ones, and a sample of the others.
        let sample = words.iter().enumerate().filter(|(n, word)| n % 97 == 0 || pointers.popular.contains_key(word));
        for (_, &word) in sample {
            let mut expected = Vec::new();
            let keep = |addr| {
                expected.push(addr);
                Ok::<(), Error>(())
            };
            find_word(heap.image(), word, &Progress::default(), keep).expect("a small heap");
            assert_eq!(pointers.to(Tagged(word)).collect::<Vec<Addr>>(), expected, "{width:?}: {word:x}");
            for place in expected {
                let base = whatis(heap, place, 256).map(|base| base.object);
                assert_eq!(pointers.start_before(place, 256), base, "{width:?}: {place}");
            }
        }
    }
}
