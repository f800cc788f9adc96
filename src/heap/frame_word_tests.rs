//! Tests of the words of frames: `this`, arguments and variables of a function of full code.

use super::frame_word::{FrameWord, FrameWords, Owner};
use super::function_tests::{Functions, WIDTHS};
use crate::image::Addr;
use crate::image::unwind::{End, Frame as NativeFrame, Stack};

#[test]
fn words_of_frames_are_what_they_are_to_the_function() {
    for width in WIDTHS {
        let p = width.bytes() as i64;
        let mut f = Functions::new(width);
        let mut spec = f.spec("each", "");
        spec.parameters = 2;
        spec.script = f.script("/opt/a.js", "function each(first, second) {}", None);
        // V8 3.14 `objects.h`, class ScopeInfo: flags, counts, names of parameters, of locals.
        let counts = [0, 2, 1, 0].map(|n| f.b.smi(n));
        let names = ["first", "second", "mine"].map(|name| f.b.ascii(name.as_bytes()));
        spec.scope_info = f.b.array(&[&counts[..], &names[..]].concat());
        let function = f.function(&spec);
        let context = f.b.empty;
        // What is on the stack for an expression, the variable, function, context, then what the caller pushed.
        let words = [0, 0, function.0, context.0, 0, 0, 0, 0, 0, 0];
        let stack = f.stack(&words);
        let built = f.b.build();
        let fp = stack.offset(4 * p);
        let frames = vec![NativeFrame { pc: Addr(0), fp, arguments: Vec::new() }];
        let unwound = Stack { frames, end: End::Bottom };
        let mut words = FrameWords::new(built.heap(), &unwound);
        let mut of = |at: i64| match words.owner(stack.offset(at * p)) {
            Some(Owner::JavaScript(owner, word)) => {
                assert_eq!(owner.name().to_string(), "each");
                word
            }
            owner => panic!("{owner:?}"),
        };
        let argument = |number, name: &str| Some(FrameWord::Argument(number, Some(name.to_owned())));
        assert_eq!([of(0), of(3)], [None, None]);
        assert_eq!(of(1), Some(FrameWord::Local("mine".to_owned())));
        assert_eq!([of(6), of(7), of(8)], [argument(2, "second"), argument(1, "first"), Some(FrameWord::This)]);
        assert!(words.owner(stack.offset(9 * p)).is_none());
        assert!(words.owner(Addr(u64::MAX)).is_none());
    }
}
