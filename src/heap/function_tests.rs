//! Tests of functions, scripts, scopes, code and frames over small heaps, on both widths.

use super::frame::FrameKind;
use super::script::Location;
use super::testing::{Builder, MapSpec, types};
use super::{BoundFunction, Code, Context, Error, Frame, JsFunction, ScopeInfo, Script, Tagged, VariableKind};
use crate::image::{Addr, Width};

pub(super) const WIDTHS: [Width; 2] = [Width::W32, Width::W64];

/// Instance types of V8 3.14 (`objects.h`, `InstanceType`).
pub(super) const CODE: u8 = 129;
const SCRIPT: u8 = 156;
const SHARED_FUNCTION_INFO: u8 = 164;

/// Frame types of V8 3.14 (`frames.h`, `STACK_FRAME_TYPE_LIST`).
const ENTRY: i64 = 1;
const ARGUMENTS_ADAPTOR: i64 = 8;

/// A heap under construction, with functions.
pub(super) struct Functions {
    pub(super) b: Builder,
    width: Width,
    function_map: Tagged,
}

/// A function to be made. Positions as V8 keeps them.
pub(super) struct Spec {
    pub(super) name: Tagged,
    pub(super) inferred: Tagged,
    pub(super) code: Tagged,
    pub(super) script: Tagged,
    pub(super) scope_info: Tagged,
    pub(super) parameters: i32,
    pub(super) token: i32,
    pub(super) end: i32,
    pub(super) hints: i32,
    pub(super) context: Tagged,
    pub(super) literals: Tagged,
}

impl Functions {
    pub(super) fn new(width: Width) -> Functions {
        let mut b = Builder::new(width);
        let function_map = b.map(MapSpec { instance_type: types::JS_FUNCTION, ..MapSpec::default() });
        Functions { b, width, function_map }
    }

    pub(super) fn map(&mut self, instance_type: u8) -> Tagged {
        self.b.map(MapSpec { instance_type, ..MapSpec::default() })
    }

    pub(super) fn spec(&mut self, name: &str, inferred: &str) -> Spec {
        let (name, inferred) = (self.b.ascii(name.as_bytes()), self.b.ascii(inferred.as_bytes()));
        let none = self.b.undefined;
        Spec {
            name,
            inferred,
            code: none,
            script: none,
            scope_info: self.b.empty,
            parameters: 0,
            token: 0,
            end: 0,
            hints: 0,
            context: none,
            literals: self.b.empty,
        }
    }

    /// source 1, name 2, ..., line_ends 11.
    pub(super) fn script(&mut self, name: &str, source: &str, line_ends: Option<&[i64]>) -> Tagged {
        let map = self.map(SCRIPT);
        let (name, source) = (self.b.ascii(name.as_bytes()), self.b.ascii(source.as_bytes()));
        let line_ends = match line_ends {
            Some(ends) => {
                let ends: Vec<Tagged> = ends.iter().map(|&end| self.b.smi(end)).collect();
                self.b.array(&ends)
            }
            None => self.b.undefined,
        };
        let zero = self.b.smi(0);
        let mut words = vec![zero; 12];
        (words[0], words[1], words[10]) = (source, name, line_ends);
        self.b.object(map, &words)
    }

    /// name 1, code 2, scope_info 4, script 8, inferred_name 10, ast_node_count 13; then the ints.
    fn shared(&mut self, spec: &Spec) -> Tagged {
        let map = self.map(SHARED_FUNCTION_INFO);
        let zero = self.b.smi(0);
        let mut words = vec![zero; 24];
        (words[0], words[1], words[3]) = (spec.name, spec.code, spec.scope_info);
        (words[7], words[9]) = (spec.script, spec.inferred);
        let shared = self.b.object(map, &words);
        match self.width {
            Width::W32 => {
                for (word, value) in [(15, spec.parameters), (19, spec.end), (20, spec.token), (21, spec.hints)] {
                    let smi = self.b.smi(value.into());
                    self.b.put_word(shared, word * 4, smi.0);
                }
            }
            // Two in a word, the lower one shifted as a Smi is.
            Width::W64 => {
                let ints = [(116, spec.parameters), (128, spec.end << 1), (136, spec.token << 1), (140, spec.hints)];
                for (offset, value) in ints {
                    self.b.put(shared, offset, &value.to_le_bytes());
                }
            }
        }
        shared
    }

    /// prototype_or_initial_map 4, shared 5, context 6, literals_or_bindings 7.
    pub(super) fn function(&mut self, spec: &Spec) -> Tagged {
        let shared = self.shared(spec);
        let zero = self.b.smi(0);
        self.b.object(self.function_map, &[zero, zero, zero, zero, shared, spec.context, spec.literals])
    }

    /// A stack of words, the lowest address first; the address of the first.
    pub(super) fn stack(&mut self, words: &[u64]) -> Addr {
        let p = self.width.bytes() as usize;
        let stack = self.b.allocate(words.len() * p);
        for (at, &word) in words.iter().enumerate() {
            self.b.put_word(stack, at * p, word);
        }
        stack.untagged()
    }
}

#[test]
fn a_function_is_called_by_its_name_or_by_what_v8_inferred() {
    for width in WIDTHS {
        let mut f = Functions::new(width);
        let [drain, anonymous, nameless] =
            [("drain", "Queue.drain"), ("", "Queue.drain"), ("", "")].map(|(own, inferred)| {
                let spec = f.spec(own, inferred);
                f.function(&spec)
            });
        let mut spec = f.spec("", "x");
        spec.name = f.b.smi(7);
        let unnamed = f.function(&spec);
        let built = f.b.build();
        let name = |function| JsFunction::load(built.heap(), function).expect("a function").shared().name();
        assert_eq!(name(drain).to_string(), "drain");
        assert_eq!(name(anonymous).to_string(), "<anonymous> (as Queue.drain)");
        assert_eq!(name(nameless).to_string(), "<anonymous> (as <anon>)");
        assert_eq!(name(unnamed).to_string(), "<unknown> (as x)");
        assert_eq!(name(anonymous).clip(28), "<anonymous> (as Queue.drain)");
        assert_eq!(name(anonymous).clip(27), "<anonymous> (as Queue.drain");
        assert_eq!(name(anonymous).clip(26), "<anonymous> (as Queue[...]");
        assert_eq!(name(anonymous).clip(4), "<ano");
    }
}

#[test]
fn each_part_of_a_name_is_cut_on_its_own() {
    let mut f = Functions::new(Width::W32);
    let (object, property) = (f.b.ascii(b"Object.defineProperty"), f.b.ascii(b".get"));
    let mut spec = f.spec("", "");
    spec.inferred = f.b.string(types::CONS_ASCII_STRING, 25, &[object, property]);
    let function = f.function(&spec);
    let built = f.b.build();
    let name = JsFunction::load(built.heap(), function).expect("a function").shared().name();
    assert_eq!(name.to_string(), "<anonymous> (as Object.defineProperty.get)");
    assert_eq!(name.clip(39), "<anonymous> (as Object.defineProperty[.");
}

#[test]
fn a_name_made_of_itself_ends() {
    for width in WIDTHS {
        let mut f = Functions::new(width);
        let part = f.b.ascii(b"x");
        let cons = f.b.string(types::CONS_ASCII_STRING, 100, &[part, part]);
        f.b.put_word(cons, 4 * width.bytes() as usize, cons.0);
        let mut spec = f.spec("", "");
        spec.inferred = cons;
        let function = f.function(&spec);
        let built = f.b.build();
        let name = JsFunction::load(built.heap(), function).expect("a function").shared().name();
        assert!(name.to_string().len() < 1 << 20);
    }
}

#[test]
fn positions_are_lines_where_the_script_has_a_table() {
    for width in WIDTHS {
        let mut f = Functions::new(width);
        let source = "one\nfunction two() {\n}\nfour";
        let script = f.script("/opt/a.js", source, Some(&[3, 20, 22, 27]));
        let mut spec = f.spec("two", "");
        (spec.script, spec.token, spec.end) = (script, 4, 22);
        let two = f.function(&spec);
        spec.token = -1;
        let top = f.function(&spec);
        spec.script = f.script("/opt/b.js", source, None);
        let no_table = f.function(&spec);
        let built = f.b.build();
        let shared = |function| JsFunction::load(built.heap(), function).expect("a function").shared();
        assert_eq!(shared(two).token_position().ok(), Some(Some(4)));
        assert_eq!(shared(two).end_position().ok(), Some(22));
        let script = shared(two).script().expect("a script");
        assert_eq!(script.name().as_deref(), Some("/opt/a.js"));
        let locate = |script: Script<'_>, position| script.locate(position).expect("a location");
        for (position, line) in [(0, 1), (3, 1), (4, 2), (20, 2), (21, 3), (27, 4)] {
            assert_eq!(locate(script, Some(position)), Location::Line(line), "{position}");
        }
        assert_eq!(locate(script, Some(28)), Location::OutOfRange);
        assert_eq!(shared(top).token_position().ok(), Some(None));
        let no_table = shared(no_table).script().expect("a script");
        assert_eq!(locate(no_table, Some(21)), Location::Position(21));
        assert_eq!(locate(no_table, None), Location::Unknown);
    }
}

#[test]
fn source_comes_in_lines_with_some_around() {
    let mut f = Functions::new(Width::W64);
    let script = f.script("a.js", "one\nfunction two() {\n}\nfour", None);
    let mut spec = f.spec("two", "");
    (spec.script, spec.token, spec.end) = (script, 4, 21);
    let function = f.function(&spec);
    spec.token = 4000;
    let beyond = f.function(&spec);
    let built = f.b.build();
    let lines = |function, around| {
        let lines = JsFunction::load(built.heap(), function).expect("a function").shared().lines(around)?;
        Ok::<_, Error>(lines.iter().map(|l| (l.number, String::from_utf16_lossy(&l.units))).collect::<Vec<_>>())
    };
    let line = |number, text: &str| (number, text.to_owned());
    let two = [line(2, "function two() {"), line(3, "}")];
    assert_eq!(lines(function, 0).expect("lines"), two);
    let all = lines(function, usize::MAX).expect("lines");
    assert_eq!(all, [line(1, "one"), two[0].clone(), two[1].clone(), line(4, "four")]);
    assert!(matches!(lines(beyond, 5), Err(Error::Implausible { value: 4000, .. })));
}

#[test]
fn the_size_of_code_is_an_int_on_every_width() {
    for (width, start) in [(Width::W32, 64), (Width::W64, 96)] {
        let mut f = Functions::new(width);
        let map = f.map(CODE);
        let code = f.b.allocate(512);
        f.b.put_word(code, 0, map.0);
        f.b.put(code, width.bytes() as usize, &[0xa4, 0, 0, 0, 0xff, 0xff]);
        let huge = f.b.allocate(512);
        f.b.put_word(huge, 0, map.0);
        f.b.put(huge, width.bytes() as usize, &[0xff; 4]);
        let built = f.b.build();
        let range = Code::load(built.heap(), code).and_then(Code::instructions).expect("instructions");
        assert_eq!(range.start, code.untagged().offset(start));
        assert_eq!(range.end, range.start.offset(0xa4));
        assert!(Code::load(built.heap(), huge).and_then(Code::instructions).is_err());
    }
}

#[test]
fn numbers_in_machine_code_are_named_by_what_they_point_at() {
    for (width, start, flags) in [(Width::W32, 64, 32), (Width::W64, 96, 56)] {
        let mut f = Functions::new(width);
        let map = f.map(CODE);
        let code = f.b.allocate(512);
        f.b.put_word(code, 0, map.0);
        // Kind 4 in bits 7 to 10, among others.
        f.b.put(code, flags, &[0x13, 0x2a, 0, 0]);
        let spec = f.spec("emit", "");
        let (name, function) = (spec.name, f.function(&spec));
        let built = f.b.build();
        let operand = |addr: Addr| super::describe::operand(built.heap(), addr);
        assert_eq!(operand(code.untagged().offset(start)).as_deref(), Some("LOAD_IC"));
        assert_eq!(operand(name.addr()).as_deref(), Some("SeqAsciiString: \"emit\""));
        assert_eq!(operand(function.addr()).as_deref(), Some("JSFunction: emit"));
        assert_eq!(operand(map.addr()).as_deref(), Some("Map"));
        assert_eq!(operand(name.untagged()), None);
        assert_eq!(operand(Addr(7)), None);
    }
}

#[test]
fn a_closure_sees_the_variables_of_the_function_around_it() {
    for width in WIDTHS {
        let mut f = Functions::new(width);
        let names = ["a", "b", "tmp", "count", "word"].map(|name| f.b.ascii(name.as_bytes()));
        let counts = [0, 2, 1, 2].map(|n| f.b.smi(n));
        let mut spec = f.spec("outer", "");
        spec.scope_info = f.b.array(&[&counts[..], &names[..]].concat());
        let scope_info = spec.scope_info;
        let outer = f.function(&spec);
        let (seven, zero) = (f.b.smi(7), f.b.smi(0));
        let context = f.b.array(&[outer, zero, zero, zero, seven, names[4]]);
        let mut spec = f.spec("inner", "");
        spec.context = context;
        let inner = f.function(&spec);
        let many = f.b.smi(1000);
        let wrong = f.b.array(&[counts[0], many, counts[0], counts[0]]);
        let empty = f.b.empty;
        let built = f.b.build();
        let heap = built.heap();

        let found = JsFunction::load(heap, inner).and_then(JsFunction::context).expect("a context");
        assert_eq!(found.word(), context);
        assert_eq!(found.closure().ok(), Some(outer));
        let scope = found.scope_info().expect("a scope info");
        assert_eq!(scope.word(), scope_info);
        assert_eq!(scope.names(VariableKind::Parameter).collect::<Vec<_>>(), names[..2]);
        assert_eq!(scope.names(VariableKind::StackLocal).collect::<Vec<_>>(), names[2..3]);
        assert_eq!(scope.names(VariableKind::ContextLocal).collect::<Vec<_>>(), names[3..]);
        assert_eq!(found.variables().collect::<Vec<_>>(), [seven, names[4]]);
        assert!(ScopeInfo::load(heap, wrong).is_err());
        assert!(ScopeInfo::load(heap, empty).is_err());
        assert!(Context::load(heap, empty).is_err());
    }
}

#[test]
fn a_bound_function_tells_what_it_binds() {
    for width in WIDTHS {
        let mut f = Functions::new(width);
        let spec = f.spec("target", "");
        let target = f.function(&spec);
        let (this, argument) = (f.b.ascii(b"this"), f.b.smi(42));
        let mut spec = f.spec("", "");
        // V8 `CompilerHints`: kBoundFunction is the 14th.
        spec.hints = 1 << 13;
        spec.literals = f.b.array(&[target, this, argument]);
        let bound = f.function(&spec);
        spec.literals = f.b.array(&[target]);
        let broken = f.function(&spec);
        let built = f.b.build();
        let heap = built.heap();
        let expected = BoundFunction { target, this, arguments: vec![argument] };
        assert_eq!(BoundFunction::load(heap, bound).expect("readable"), Some(expected));
        assert_eq!(BoundFunction::load(heap, target).expect("readable"), None);
        assert!(BoundFunction::load(heap, broken).is_err());
    }
}

#[test]
fn frames_are_told_apart_by_what_lies_beside_the_frame_pointer() {
    for width in WIDTHS {
        let p = width.bytes() as i64;
        let mut f = Functions::new(width);
        let mut spec = f.spec("each", "");
        spec.parameters = 2;
        let function = f.function(&spec);
        let map = f.map(CODE);
        let code = f.b.object(map, &[]);
        let text = f.b.ascii(b"no function");
        let context = f.b.empty;
        let (this, one, two) = (f.b.smi(10), f.b.smi(11), f.b.smi(12));
        // Each frame: what is in place of the function, of the context, the saved frame pointer, the return address.
        let adaptor = f.b.smi(ARGUMENTS_ADAPTOR);
        let entry = f.b.smi(ENTRY);
        let unheard_of = f.b.smi(99);
        let frames = [
            (function.0, context.0),
            (function.0, adaptor.0),
            (entry.0, context.0),
            (unheard_of.0, context.0),
            (code.0, context.0),
            (text.0, context.0),
            (3, context.0),
        ];
        let words: Vec<u64> =
            frames.iter().flat_map(|&(function, context)| [function, context, 0, 0, two.0, one.0, this.0]).collect();
        let stack = f.stack(&words);
        let built = f.b.build();
        let heap = built.heap();
        let frame = |at: i64| Frame::at(stack.offset((7 * at + 2) * p));
        let kinds: Vec<FrameKind<'_>> = (0..frames.len() as i64).map(|at| frame(at).kind(heap)).collect();
        let [js, adaptor, entry, other, code_frame, string, garbage] = &kinds[..] else { panic!("seven frames") };
        let FrameKind::JavaScript(js) = js else { panic!("{js:?}") };
        assert_eq!(js.word(), function);
        assert!(matches!(adaptor, FrameKind::Internal(Some("ArgumentsAdaptorFrame"))), "{adaptor:?}");
        assert!(matches!(entry, FrameKind::Internal(Some("EntryFrame"))), "{entry:?}");
        assert!(matches!(other, FrameKind::Internal(None)), "{other:?}");
        assert!(matches!(code_frame, FrameKind::Code(found) if *found == code), "{code_frame:?}");
        assert!(matches!(string, FrameKind::Other(found, "SeqAsciiString") if *found == text), "{string:?}");
        assert!(matches!(garbage, FrameKind::Unknown), "{garbage:?}");

        let arguments = frame(0).arguments(heap, *js).expect("arguments");
        assert_eq!((arguments.this, arguments.arguments), (Some(this), vec![Some(one), Some(two)]));
    }
}
