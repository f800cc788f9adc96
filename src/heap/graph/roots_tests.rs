//! What is a root, in heaps beside native memory and stacks whose every word is known.

use super::*;
use crate::heap::testing::{Builder, Built, MapSpec};
use crate::image::{Addr, Thread, Width};

/// JSGlobalObject (V8 3.14 `objects.h`).
const GLOBAL: u8 = 173;
/// Code (V8 3.14 `objects.h`, CODE_TYPE).
const CODE: u8 = 129;
/// Where other memory than the heap's begins.
const NATIVE: u64 = 0x2000_0000;

/// A global object that holds an array, which holds a text. Another array, with a third of its own, holds the text as well,
/// and is held by nobody.
struct Known {
    b: Builder,
    array: Tagged,
    text: Tagged,
    other: Tagged,
    third: Tagged,
}

impl Known {
    fn new(width: Width) -> Known {
        let mut b = Builder::new(width);
        let text = b.ascii(b"held by one that is alive");
        let array = b.array(&[text, b.undefined]);
        let third = b.array(&[b.undefined]);
        let other = b.array(&[text, third]);
        let map = b.map(MapSpec { instance_type: GLOBAL, size: 6, ..MapSpec::default() });
        b.object(map, &[b.empty, b.empty, array, b.undefined, b.undefined]);
        Known { b, array, text, other, third }
    }

    fn build(self, memory: Vec<u8>, threads: Vec<Thread>) -> Built {
        self.b.build_with(vec![(NATIVE, memory)], threads)
    }
}

fn graph(built: &Built) -> Graph {
    Graph::new(built.heap(), &Progress::default()).expect("nobody cancels")
}

/// So many words of memory, all 0 but those given with their numbers.
fn words(width: Width, count: usize, given: &[(usize, u64)]) -> Vec<u8> {
    let step = width.bytes() as usize;
    let mut bytes = vec![0; count * step];
    for &(at, word) in given {
        bytes[at * step..(at + 1) * step].copy_from_slice(&word.to_le_bytes()[..step]);
    }
    bytes
}

/// Who dominates the text, whether the other array is alive, whether that is doubted, what kind of root it is.
fn told(known: [Tagged; 4], built: &Built) -> (Option<Tagged>, bool, bool, Option<RootKind>) {
    let graph = graph(built);
    let [text, other, third, array] = known.map(|word| graph.node(word).expect("it is an object"));
    assert_eq!(graph.is_reached(third), graph.is_reached(other));
    assert!(graph.is_reached(text) && !graph.is_doubted(text) && !graph.is_doubted(array));
    assert_eq!(graph.retained(array) > graph.shallow(array), graph.dominator(text) == Some(array));
    let root = graph.roots().iter().find(|root| root.object == other.0).map(|root| root.kind);
    (graph.dominator(text).map(|node| graph.word(node)), graph.is_reached(other), graph.is_doubted(other), root)
}

#[test]
fn what_only_a_word_of_native_memory_holds_is_alive_and_holds_nothing_else() {
    for width in [Width::W32, Width::W64] {
        let known = Known::new(width);
        let objects = [known.text, known.other, known.third, known.array];
        let memory = words(width, 64, &[(7, known.other.0)]);
        let place = Addr(NATIVE + 7 * width.bytes());
        let array = known.array;
        let built = known.build(memory, Vec::new());
        assert_eq!(told(objects, &built), (Some(array), true, true, Some(RootKind::Native(place))));
        let graph = graph(&built);
        let [text, other, third, _] = objects.map(|word| graph.node(word).expect("it is an object"));
        for (to, is_weak) in graph.edges(other) {
            assert_eq!(is_weak, to != third, "{to:?}");
        }
        assert!(graph.edges(other).any(|(to, _)| to == text));
        assert_eq!(graph.dominator(third), Some(other));
    }
}

#[test]
fn a_handle_holds_as_all_do() {
    for width in [Width::W32, Width::W64] {
        for (state, expected) in [(1, true), (0, false), (2, false)] {
            let known = Known::new(width);
            let objects = [known.text, known.other, known.third, known.array];
            // A block of nodes, of four words each; the last of the flags is the state.
            let step = width.bytes() as usize;
            let mut memory = words(width, 256 * 4, &[(100 * 4, known.other.0)]);
            for n in 0..256 {
                memory[(n * 4 + 1) * step..][..4].copy_from_slice(&[0, 0, n as u8, state]);
            }
            let place = Addr(NATIVE + 100 * 4 * width.bytes());
            let array = known.array;
            let built = known.build(memory, Vec::new());
            let root = expected.then_some(RootKind::Handle(place));
            assert_eq!(told(objects, &built), ((!expected).then_some(array), expected, false, root), "state {state}");
        }
    }
}

#[test]
fn what_lies_below_a_stack_is_dead_and_what_no_frame_tells_of_is_doubted() {
    for width in [Width::W32, Width::W64] {
        for (at, has_frames, is_alive) in [(10, true, false), (39, false, false), (41, true, true), (41, false, true)] {
            let known = Known::new(width);
            let objects = [known.text, known.other, known.third, known.array];
            // A frame of no function's, which is its own caller.
            let (sp, fp) = (NATIVE + 40 * width.bytes(), NATIVE + 44 * width.bytes());
            let memory = words(width, 64, &[(at, known.other.0), (44, fp)]);
            let names = if width == Width::W32 { ["esp", "eip", "ebp"] } else { ["rsp", "rip", "rbp"] };
            let mut thread = Thread::default();
            let registers = names.into_iter().zip([sp, 0x10, fp]).take(if has_frames { 3 } else { 1 });
            registers.for_each(|(name, value)| thread.registers.set(name, value));
            let array = known.array;
            let built = known.build(memory, vec![thread]);
            let root = is_alive.then_some(RootKind::Stack(Addr(NATIVE + at as u64 * width.bytes())));
            let is_sure = is_alive && has_frames;
            let expected = ((!is_sure).then_some(array), is_alive, is_alive && !has_frames, root);
            assert_eq!(told(objects, &built), expected, "word {at}, frames: {has_frames}");
        }
    }
}

/// A Code, which nothing refers to, with as many instructions as are no longer than any header.
fn code(b: &mut Builder, width: Width) -> Tagged {
    let map = b.map(MapSpec { instance_type: CODE, ..MapSpec::default() });
    let (header, instructions) = (0x80, 0x80_u32);
    let code = b.allocate(header + instructions as usize);
    b.put_word(code, 0, map.0);
    b.put(code, width.bytes() as usize, &instructions.to_le_bytes());
    code
}

#[test]
fn code_that_runs_is_alive_and_nothing_else_that_runs() {
    for width in [Width::W32, Width::W64] {
        for is_code in [true, false] {
            let mut known = Known::new(width);
            let objects = [known.text, known.other, known.third, known.array];
            let running = if is_code { code(&mut known.b, width) } else { known.b.array(&[objects[3]; 20]) };
            let pc = running.0 + 0x40;
            let fp = NATIVE + 44 * width.bytes();
            let names = if width == Width::W32 { ["esp", "eip", "ebp"] } else { ["rsp", "rip", "rbp"] };
            let mut thread = Thread::default();
            let registers = names.into_iter().zip([NATIVE + 40 * width.bytes(), pc, fp]);
            registers.for_each(|(name, value)| thread.registers.set(name, value));
            let built = known.build(words(width, 64, &[(44, fp)]), vec![thread]);
            assert_eq!(told(objects, &built), (Some(objects[3]), false, false, None));
            let graph = graph(&built);
            let node = graph.node(running).expect("it is an object");
            assert_eq!(graph.is_reached(node), is_code);
            let root = graph.roots().iter().find(|root| root.object == node.0).map(|root| root.kind);
            assert_eq!(root, is_code.then_some(RootKind::Code(Addr(pc))));
        }
    }
}
