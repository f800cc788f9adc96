//! Types out of a core's own sections, and what they tell of stacks.

use super::build::{half, int, symtab, word};
use super::illumos::{BOTH, file, gcore};
use crate::image::{Addr, Width};

/// A section of CTF: int, int [8]; the second of two data symbols is the array, the second of two functions takes ints.
fn ctf() -> Vec<u8> {
    let (objects, functions) = ([0_u16, 2], [0_u16, 5 << 11 | 2, 1, 1, 1, 0]);
    let mut types = Vec::new();
    // Name, kind and length, size or type; for an integer its encoding (signed, 32 bits), for an array what and how many.
    int(&mut types, 1);
    half(&mut types, 1 << 11);
    half(&mut types, 4);
    int(&mut types, 1 << 24 | 32);
    int(&mut types, 0);
    half(&mut types, 4 << 11);
    half(&mut types, 0);
    half(&mut types, 1);
    half(&mut types, 1);
    int(&mut types, 8);
    let strings = b"\0int\0";
    let mut out = vec![0xf1, 0xcf, 2, 0];
    let at = [0, 4, 4 + 12, 4 + 12 + types.len()];
    for value in [0, 0, 0, at[0], at[1], at[2], at[3], strings.len()] {
        int(&mut out, value as u32);
    }
    objects.into_iter().chain(functions).for_each(|value| half(&mut out, value));
    out.extend_from_slice(&types);
    out.extend_from_slice(strings);
    out
}

#[test]
fn types_of_the_core_s_own_sections() {
    for width in BOTH {
        let rows = [
            ("_start", 0x805_0010, 0x20, 0x12),
            ("other", 0x805_0800, 4, 0x11),
            ("main", 0x805_0030, 0x10, 0x12),
            ("table", 0x805_0810, 32, 0x11),
        ];
        let exe = symtab(width, &rows);
        let core = file(width, &gcore(width))
            .load(5, 0x805_0000, vec![0x90; 0x1000])
            .section(".symtab", 2, 0x805_0000, 2, exe.0)
            .section(".strtab", 3, 0x805_0000, 0, exe.1)
            .section(".SUNW_ctf", 1, 0x805_0000, 1, ctf());
        let image = core.open().expect("a core");
        let symbol = |name| image.symbols.lookup(name).expect("it is there");
        let data = |name| image.types.of_symbol(&image.symbols, &symbol(name)).map(|found| found.to_string());
        assert_eq!(data("table").as_deref(), Some("int [8]"));
        assert_eq!(data("other"), None);
        let arguments = |name| image.types.signature(&image.symbols, &symbol(name)).map(|(_, s)| s.arguments.len());
        assert_eq!((arguments("main"), arguments("_start")), (Some(2), None));
        assert_eq!(image.types.lookup("int", &image.objects).map(|found| found.size()), Some(4));
    }
}

#[test]
fn arguments_that_a_function_saved() {
    const STACK: u64 = 0x9000_0000;
    // pushq %rbp; movq %rsp,%rbp; then in two ways: subq $0x10,%rsp and a movq each, or a pushq each.
    let moved = [0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x10, 0x48, 0x89, 0x7d, 0xf8, 0x48, 0x89, 0x75, 0xf0];
    let pushed = [0x55, 0x48, 0x8b, 0xec, 0x57, 0x56];
    let neither = [0x55, 0x48, 0x89, 0xe5, 0x57];
    let cases: [(&[u8], u64, &[u64]); 4] =
        [(&moved, 0x14, &[7, 9]), (&pushed, 0x14, &[7, 9]), (&neither, 0x14, &[]), (&moved, 0xc, &[])];
    for (code, into, wanted) in cases {
        let mut text = vec![0x90; 0x1000];
        text[0x30..0x30 + code.len()].copy_from_slice(code);
        let mut stack = Vec::new();
        // A callee's frame, then main's, with what it saved below.
        for value in [STACK + 32, 0x805_0030 + into, 9, 7, 0, 0x805_0010] {
            word(&mut stack, value, true);
        }
        let exe = symtab(Width::W64, &[("_start", 0x805_0010, 0x20, 0x12), ("main", 0x805_0030, 0x20, 0x12)]);
        let core = file(Width::W64, &gcore(Width::W64))
            .load(5, 0x805_0000, text)
            .load(6, STACK, stack)
            .section(".symtab", 2, 0x805_0000, 2, exe.0)
            .section(".strtab", 3, 0x805_0000, 0, exe.1)
            .section(".SUNW_ctf", 1, 0x805_0000, 1, ctf());
        let image = core.open().expect("a core");
        let frames = image.stack_from(Addr(STACK)).frames;
        assert_eq!((frames[0].fp.0, frames[0].arguments.as_slice()), (STACK + 32, wanted), "{code:x?} {into:x}");
    }
}
