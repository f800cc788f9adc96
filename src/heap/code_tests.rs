//! Tests of frames of compiled code over small heaps, on both widths: full code, and optimized code with a function
//! inlined into it.

use super::code::CodeFinder;
use super::function_tests::{CODE, Functions, WIDTHS};
use super::{Frame, JsFunction, Tagged};
use crate::image::{Addr, Width};

/// Instance type of V8 3.14.
const BYTE_ARRAY: u8 = 134;

/// Where V8 3.14 has the fields of Code: size, relocation information, deoptimization data, kind's flags, instructions.
const FIELDS_32: [usize; 5] = [4, 8, 16, 40, 64];
const FIELDS_64: [usize; 5] = [8, 12, 28, 64, 96];

/// Code of 64 bytes to be made.
struct Compiled<'a> {
    relocation: &'a [u8],
    deoptimization: &'a [Tagged],
    /// Table of safepoints, at instruction 32.
    safepoints: &'a [u32],
}

fn bytes(f: &mut Functions, width: Width, content: &[u8]) -> Tagged {
    let p = width.bytes() as usize;
    let (map, length) = (f.map(BYTE_ARRAY), f.b.smi(content.len() as i64));
    let array = f.b.allocate(2 * p + content.len());
    f.b.put_word(array, 0, map.0);
    f.b.put_word(array, p, length.0);
    f.b.put(array, 2 * p, content);
    array
}

fn code(f: &mut Functions, width: Width, compiled: &Compiled<'_>) -> Tagged {
    let [size, relocation, deoptimization, flags, instructions] = match width {
        Width::W32 => FIELDS_32,
        Width::W64 => FIELDS_64,
    };
    let (map, table) = (f.map(CODE), bytes(f, width, compiled.relocation));
    let data = f.b.array(compiled.deoptimization);
    let room = f.b.allocate(instructions + 64 + 32);
    let code = Tagged(room.untagged().0.next_multiple_of(32) + 1);
    f.b.put_word(code, 0, map.0);
    f.b.put(code, size, &64u32.to_le_bytes());
    f.b.put_word(code, relocation, table.0);
    f.b.put_word(code, deoptimization, data.0);
    f.b.put(code, flags, &(32u32 << 6).to_le_bytes());
    let safepoints: Vec<u8> = compiled.safepoints.iter().flat_map(|n| n.to_le_bytes()).collect();
    f.b.put(code, instructions + 32, &safepoints);
    code
}

/// The first instruction of `code`.
fn start(code: Tagged, width: Width) -> Addr {
    let [.., instructions] = match width {
        Width::W32 => FIELDS_32,
        Width::W64 => FIELDS_64,
    };
    code.untagged().offset(instructions as i64)
}

/// Relocation information: `position` at instruction 8.
fn position_at_8(position: u8) -> [u8; 2] {
    [position << 2 | 1, 8 << 2 | 2]
}

/// Numbers as V8 3.14 writes those of translations, of one byte or two.
fn numbers(numbers: &[i64]) -> Vec<u8> {
    let mut out = Vec::new();
    for &number in numbers {
        let bits = number.unsigned_abs() << 1 | u64::from(number < 0);
        match bits >> 7 {
            0 => out.push((bits << 1) as u8),
            rest => out.extend([(bits << 1) as u8 | 1, (rest << 1) as u8]),
        }
    }
    out
}

#[test]
fn full_code_tells_where_it_is() {
    for width in WIDTHS {
        let mut f = Functions::new(width);
        let mut spec = f.spec("outer", "");
        spec.script = f.script("/opt/a.js", "one\ntwo\n", None);
        let function = f.function(&spec);
        let full = Compiled { relocation: &position_at_8(5), deoptimization: &[], safepoints: &[] };
        let full = code(&mut f, width, &full);
        let stack = f.stack(&[0; 8]);
        let built = f.b.build();
        let heap = built.heap();
        let function = JsFunction::load(heap, function).expect("a function");
        let position = |offset: i64| {
            let frame = Frame { fp: stack, pc: Some(start(full, width).offset(offset)), native: None };
            let running = frame.activations(heap, &mut CodeFinder::default(), function);
            assert_eq!(running.len(), 1);
            running[0].position
        };
        assert_eq!([position(8), position(9), position(64), position(65)], [None, Some(5), Some(5), None]);
    }
}

#[test]
fn an_optimized_frame_tells_of_the_function_inlined_into_it() {
    for width in WIDTHS {
        let p = width.bytes() as i64;
        let mut f = Functions::new(width);
        let script = f.script("/opt/a.js", "one\ntwo\nthree\n", None);
        let (seven, pc, zero) = (f.b.smi(7), f.b.smi(10 << 1 | 1), f.b.smi(0));
        let [outer, inner] = [("outer", 1, 5u8), ("inner", 2, 9)].map(|(name, parameters, position)| {
            let mut spec = f.spec(name, "");
            (spec.script, spec.parameters) = (script, parameters);
            // Expression 7 goes on at instruction 10.
            let full = Compiled { relocation: &position_at_8(position), deoptimization: &[seven, pc], safepoints: &[] };
            spec.code = code(&mut f, width, &full);
            f.function(&spec)
        });
        let text = f.b.ascii(b"argument");
        // A frame of `outer`, which is the frame's own function: two slots. In it one of `inner`: a literal, two slots.
        let translation = numbers(&[0, 2, 2, 1, 7, -239, 1, 10, -2, 10, -1, 1, 7, 0, 1, 14, 1, 10, 0, 11, 1]);
        let translations = bytes(&mut f, width, &translation);
        let literals = f.b.array(&[inner, text]);
        let data = [translations, zero, literals, zero, zero, seven, zero, zero, zero];
        // The call that returns to instruction 20 goes by translation 0.
        let optimized = Compiled { relocation: &position_at_8(3), deoptimization: &data, safepoints: &[1, 1, 20, 0] };
        let optimized = code(&mut f, width, &optimized);
        let (this, argument) = (f.b.smi(1), f.b.smi(2));
        let stack = f.stack(&[5, text.0, outer.0, text.0, 0, 0, argument.0, this.0]);
        let five = f.b.smi(5);
        let built = f.b.build();
        let heap = built.heap();
        let function = JsFunction::load(heap, outer).expect("a function");
        let at = |offset: i64| Frame {
            fp: stack.offset(4 * p),
            pc: Some(start(optimized, width).offset(offset)),
            native: None,
        };
        let running = at(20).activations(heap, &mut CodeFinder::default(), function);
        let names: Vec<String> = running.iter().map(|running| running.shared.name().to_string()).collect();
        assert_eq!(names, ["inner", "outer"]);
        assert_eq!([running[0].is_inlined, running[1].is_inlined], [true, false]);
        assert_eq!([running[0].position, running[1].position], [Some(9), Some(5)]);
        assert_eq!(running[0].arguments.this, Some(text));
        assert_eq!(running[0].arguments.arguments, [Some(text), Some(five)]);
        assert_eq!(running[1].arguments.arguments, [Some(argument)]);
        // Nothing is known of another place: positions may be those of an inlined function.
        let elsewhere = at(24).activations(heap, &mut CodeFinder::default(), function);
        assert_eq!((elsewhere.len(), elsewhere[0].position), (1, None));
    }
}
