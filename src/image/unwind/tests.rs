//! Stacks laid out word by word.

use super::*;
use crate::image::elf::{Phdr, PhdrKind};
use crate::image::{Content, LoadObject, Mapping, testing};
use proptest::prelude::*;

const STACK: u64 = 0x7000_0000;
const TEXT: u64 = 0x40_0000;

/// An image with a stack of `words` and text of `code`.
fn image(width: Width, words: &[(u64, u64)], code: Vec<u8>) -> Image {
    let size = width.bytes() as usize;
    let mut stack = vec![0; 0x1000];
    for &(n, word) in words {
        let at = n as usize * size;
        stack[at..at + size].copy_from_slice(&word.to_le_bytes()[..size]);
    }
    testing::image(width, vec![(TEXT, code), (STACK, stack)])
}

fn thread(registers: &[(&'static str, u64)]) -> Thread {
    Thread { id: 1, registers: Registers { values: registers.to_vec() }, ..Thread::default() }
}

fn frames(stack: &Stack) -> Vec<(u64, u64)> {
    stack.frames.iter().map(|f| (f.pc.0, f.fp.0)).collect()
}

#[test]
fn frame_pointers_and_arguments() {
    let mut code = vec![0x90; 0x100];
    code[0x20..0x23].copy_from_slice(&[0x83, 0xc4, 0x08]); // addl $8,%esp: two arguments
    code[0x40..0x46].copy_from_slice(&[0x81, 0xc4, 0x04, 0, 0, 0]); // addl $4,%esp: one
    let at = |n: u64| STACK + 4 * n;
    let words = [
        (0, at(8)),
        (1, TEXT + 0x20),
        (2, 7),
        (3, 9),
        (8, at(16)),
        (9, TEXT + 0x40),
        (10, 11),
        (16, 0),
        (17, TEXT + 0x60),
    ];
    let image = image(Width::W32, &words, code);
    let stack = image.stack(&thread(&[("eip", TEXT + 4), ("ebp", STACK), ("esp", STACK)]));
    assert_eq!(frames(&stack), [(TEXT + 4, at(0)), (TEXT + 0x20, at(8)), (TEXT + 0x40, at(16)), (TEXT + 0x60, 0)]);
    assert_eq!(stack.frames[0].arguments, [7, 9]);
    assert_eq!(stack.frames[1].arguments, [11]);
    assert_eq!(stack.frames[2].arguments.len(), 32, "as many as libproc would guess");
    assert_eq!((stack.end, stack.note()), (End::Bottom, None));
    // From a frame pointer: the frame itself is not known, its callers are.
    assert_eq!(frames(&image.stack_from(Addr(at(0)))), frames(&stack)[1..]);
}

#[test]
fn loops_end_with_a_note() {
    let at = |n: u64| STACK + 8 * n;
    let image = image(Width::W64, &[(0, at(4)), (1, TEXT), (4, at(0)), (5, TEXT + 1)], vec![0x90; 16]);
    let stack = image.stack(&thread(&[("rip", TEXT + 4), ("rbp", STACK), ("rsp", STACK)]));
    assert_eq!(frames(&stack), [(TEXT + 4, at(0)), (TEXT, at(4))]);
    assert_eq!(stack.end, End::Loop(Addr(at(0))));
    assert!(stack.note().is_some_and(|n| n.contains("repeats itself at frame 70000000")));
}

#[test]
fn frames_that_lead_nowhere() {
    let image = image(Width::W64, &[], vec![0x90; 16]);
    for fp in [0, 1, STACK - 8, STACK + 0xff8, u64::MAX] {
        let stack = image.stack(&thread(&[("rip", TEXT), ("rbp", fp), ("rsp", STACK)]));
        assert_eq!((frames(&stack), stack.end), (vec![(TEXT, fp)], End::Bottom));
    }
    assert_eq!(image.stack(&thread(&[])).frames, []);
    assert_eq!(image.stack_from(Addr(0)).frames, []);
}

#[test]
fn a_signal_handler_returns_to_what_it_interrupted() {
    // (data model, words between the return address and the context, where registers begin in it, fp, pc)
    let models = [(Width::W32, 3, 36 / 4, 6, 14), (Width::W64, 2, 64 / 8, 10, 17)];
    for (width, between, registers, fp, pc) in models {
        let size = width.bytes();
        let at = |n: u64| STACK + size * n;
        let context = 2 + between;
        let words = [
            (0, at(64)),
            (1, width.truncate(u64::MAX)),
            (context + registers + fp, at(64)),
            (context + registers + pc, TEXT + 0x33),
            (64, 0),
            (65, TEXT + 0x60),
        ];
        let mut image = image(width, &words, vec![0x90; 16]);
        let handler = match width {
            Width::W32 => [("eip", TEXT + 4), ("ebp", STACK), ("esp", STACK)],
            Width::W64 => [("rip", TEXT + 4), ("rbp", STACK), ("rsp", STACK)],
        };
        image.threads = vec![Thread { old_context: Some(Addr(at(context))), ..thread(&handler) }];
        let stack = image.stack(&image.threads[0]);
        assert_eq!(frames(&stack), [(TEXT + 4, STACK), (TEXT + 0x33, at(64)), (TEXT + 0x60, 0)], "{width:?}");
        if width == Width::W32 {
            assert_eq!(stack.frames[0].arguments.len(), 3);
        }
    }
}

/// Where the tables lie in the text.
const HEADER: u64 = 0x800;
const TABLES: u64 = 0x840;

/// Unwind tables of one function, at `TEXT + 0x10`, 0x20 bytes: one push of the frame pointer at its first byte, which is
/// not used as one.
fn tables(width: Width) -> Vec<u8> {
    let pcrel = |to: u64, from: u64| ((to as i64 - from as i64) as i32).to_le_bytes();
    let mut header = vec![1, 0x1b, 0x03, 0x3b];
    header.extend(pcrel(TABLES, HEADER + 4));
    header.extend(1_u32.to_le_bytes());
    let entry = TABLES + 24;
    header.extend(pcrel(0x10, HEADER));
    header.extend(pcrel(entry, HEADER));
    // DWARF numbers of the return address, the stack pointer and the frame pointer; the alignment of data.
    let (pc, sp, fp, align) = match width {
        Width::W32 => (8, 4, 5, 0x7c),
        Width::W64 => (16, 7, 6, 0x78),
    };
    let word = width.bytes() as u8;
    let mut frame = Vec::new();
    frame.extend(20_u32.to_le_bytes());
    frame.extend(0_u32.to_le_bytes());
    // Version 1, "zR", code 1, data -word, addresses pc-relative; CFA is sp + word, the return address at CFA - word.
    frame.extend([1, b'z', b'R', 0, 1, align, pc, 1, 0x1b, 0x0c, sp, word, 0x80 | pc, 1, 0, 0]);
    assert_eq!(frame.len(), 24);
    frame.extend(24_u32.to_le_bytes());
    frame.extend(28_u32.to_le_bytes());
    frame.extend(pcrel(0x10, entry + 8));
    frame.extend(0x20_u32.to_le_bytes());
    // Behind the first byte: CFA is sp + 2 words, the frame pointer at CFA - 2 words.
    frame.extend([0, 0x41, 0x0e, 2 * word, 0x80 | fp, 2, 0, 0, 0, 0, 0, 0]);
    frame.extend(0_u32.to_le_bytes());
    let mut text = vec![0x90; 0x1000];
    text[HEADER as usize..][..header.len()].copy_from_slice(&header);
    text[TABLES as usize..][..frame.len()].copy_from_slice(&frame);
    text
}

/// A Linux image whose one object has `text`.
fn with_tables(width: Width, words: &[(u64, u64)], text: Vec<u8>) -> Image {
    let size = text.len() as u64;
    let mut image = image(width, words, text);
    image.os = Os::Linux;
    image.mappings =
        vec![Mapping { start: Addr(TEXT), size, flags: 5, content: Content::File, object: Some(0), file: None }];
    let header = Phdr { kind: PhdrKind::EhFrame, vaddr: HEADER, memsz: 0x40, offset: HEADER, filesz: 0x40, flags: 4 };
    image.objects = vec![LoadObject {
        path: "a.out".to_owned(),
        raw_path: None,
        base: Addr(TEXT),
        end: Addr(TEXT + size),
        bias: TEXT,
        dynamic: None,
        phdrs: vec![header],
        build_id: None,
        entry: None,
        is_executable: true,
        file: None,
    }];
    image
}

#[test]
fn tables_where_there_is_no_frame_pointer() {
    for width in [Width::W32, Width::W64] {
        let at = |n: u64| STACK + width.bytes() * n;
        let thread = |pc, fp, sp| match width {
            Width::W32 => thread(&[("eip", pc), ("ebp", fp), ("esp", sp)]),
            Width::W64 => thread(&[("rip", pc), ("rbp", fp), ("rsp", sp)]),
        };
        // The function saved the frame pointer and was called by code without tables, which keeps frame pointers.
        let words = [(4, at(20)), (5, TEXT + 0x101), (20, 0), (21, TEXT + 0x201)];
        let image = with_tables(width, &words, tables(width));
        let callers = [(TEXT + 0x101, at(20)), (TEXT + 0x201, 0)];
        let inside = image.stack(&thread(TEXT + 0x18, 0x1234, at(4)));
        assert_eq!(frames(&inside), [[(TEXT + 0x18, at(4))].as_slice(), &callers].concat());
        assert_eq!(inside.end, End::Bottom);
        // At its first byte nothing is pushed yet.
        let first = image.stack(&thread(TEXT + 0x10, at(20), at(5)));
        assert_eq!(frames(&first), [[(TEXT + 0x10, at(4))].as_slice(), &callers].concat());
    }
}

#[test]
fn arguments_of_a_frame_without_a_frame_pointer() {
    let at = |n: u64| STACK + 4 * n;
    let mut text = tables(Width::W32);
    text[0x101..0x104].copy_from_slice(&[0x83, 0xc4, 0x08]); // addl $8,%esp: two arguments
    let words = [(4, at(20)), (5, TEXT + 0x101), (6, 7), (7, 9), (20, 0), (21, 0)];
    let image = with_tables(Width::W32, &words, text);
    let stack = image.stack(&thread(&[("eip", TEXT + 0x18), ("ebp", 0x1234), ("esp", at(4))]));
    assert_eq!(stack.frames[0].arguments, [7, 9]);
}

#[test]
fn a_program_without_tables_has_frame_pointers_alone() {
    let at = |n: u64| STACK + 8 * n;
    // The second frame's pointer leads down the stack, as no stack does: mdb goes there all the same.
    let words = [(30, at(8)), (31, TEXT + 0x20), (8, 0), (9, TEXT + 0x40)];
    let mut image = with_tables(Width::W64, &words, vec![0x90; 0x1000]);
    image.objects[0].phdrs.clear();
    let stack = image.stack(&thread(&[("rip", TEXT + 4), ("rbp", at(30)), ("rsp", at(30))]));
    assert_eq!(frames(&stack), [(TEXT + 4, at(30)), (TEXT + 0x20, at(8)), (TEXT + 0x40, 0)]);
    assert_eq!(stack.note(), None);
}

#[test]
fn a_return_address_behind_the_function_belongs_to_it() {
    let at = |n: u64| STACK + 8 * n;
    // TEXT + 0x30 is the first byte behind the function: a call that never returns was its last instruction.
    let words = [(0, at(8)), (1, TEXT + 0x30), (2, at(30)), (3, TEXT + 0x101), (30, 0), (31, 0)];
    let image = with_tables(Width::W64, &words, tables(Width::W64));
    let stack = image.stack(&thread(&[("rip", TEXT + 0x300), ("rbp", STACK), ("rsp", STACK)]));
    assert_eq!(frames(&stack)[1], (TEXT + 0x30, at(2)));
    assert_eq!(frames(&stack)[2], (TEXT + 0x101, at(30)));
}

proptest! {
    /// Tables of random bytes, and good tables with random damage.
    #[test]
    fn damaged_tables(
        damage in proptest::collection::vec((0_usize..0x80, any::<u8>()), 0..24),
        junk in proptest::option::of(proptest::collection::vec(any::<u8>(), 0x200)),
        registers in (any::<u64>(), any::<u64>()),
    ) {
        let mut text = tables(Width::W64);
        if let Some(junk) = junk {
            text[HEADER as usize..][..junk.len()].copy_from_slice(&junk);
        }
        for (at, byte) in damage {
            text[HEADER as usize + at] = byte;
        }
        let words: Vec<(u64, u64)> = (0..512).map(|n| (n, if n % 2 == 0 { STACK + 8 * (n + 2) } else { TEXT + 0x18 })).collect();
        let image = with_tables(Width::W64, &words, text);
        for (rsp, rbp) in [(STACK, STACK), (STACK + 8, 0), registers] {
            let stack = image.stack(&thread(&[("rip", TEXT + 0x18), ("rbp", rbp), ("rsp", rsp)]));
            prop_assert!(stack.frames.len() <= 4096);
        }
    }
}
