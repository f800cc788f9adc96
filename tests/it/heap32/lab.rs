//! The process in the core: a heap with an object of every kind, and a stack that ends in an abort.
//!
//! Knows: what is held under which name. Must not know: how jsdb shows it.

use super::corefile::{Mapping, Process, Symbol};
use super::memory::Region;
use super::v8::{self, Elements, FunctionSpec, Heap, METADATA, Property, TYPES, Word, smi};
use serde_json::{Value, json};

const STACK: u32 = 0x0804_6000;
const STACK_SIZE: u32 = 0x2000;
const TEXT: u32 = 0x0805_0000;
const DATA: u32 = 0x0888_0000;
/// Constants of the program: in its text, of which the core has nothing.
const LINKED_NAME: u32 = TEXT + 0x800;
const LINKED_SOURCE: u32 = TEXT + 0x900;
const LINKED_LENGTH: u32 = 200;
const OUTSIDE: u32 = 0x0889_0000;
const OBJECTS: u32 = 0x2a00_0000;

/// How many objects `Widget` made, and how many of them are in no list.
pub const WIDGETS: usize = 200;

/// The program that the heap is of.
pub const SOURCE: &str = "\
function Widget(id) { this.id = id; }
function dispatch(list) {
  list.forEach(function each(widget) { settle(widget, 'late'); });
}
function settle(widget, note) {
  throw new Error(note);
}
function counter() { var count = 0; return function next() { return ++count; }; }
";

/// A value that the lab holds: its name, its V8 class, and what it is, in the words of `values.json`.
pub struct Held {
    /// The property's name.
    pub name: &'static str,
    /// The class of its instance type.
    pub class: &'static str,
    /// What it is.
    pub is: Value,
}

/// The heap while values are put into it.
struct Lab {
    heap: Heap,
    held: Vec<(Held, Word)>,
    script: Word,
}

impl Lab {
    fn hold(&mut self, name: &'static str, class: &'static str, word: Word, is: Value) {
        self.held.push((Held { name, class, is }, word));
    }

    /// The function that the source declares by this line's text.
    fn function(&mut self, head: &str, name: &str, parameters: &[&str]) -> Word {
        let from = SOURCE.find(head).expect("the source has the function");
        let to = from + SOURCE[from..].find('}').expect("the function ends") + 1;
        let (script, context) = (self.script, self.heap.empty);
        let spec = FunctionSpec { name, inferred: "", script, span: (from, to), parameters, locals: &[], context };
        self.heap.function(&spec)
    }

    fn numbers(&mut self) {
        let h = &mut self.heap;
        let all = [0.0, 1.0, -1.0, 1_073_741_823.0, -1_073_741_824.0].map(|n| h.number(n));
        let [zero, one, minus_one, largest, smallest] = all;
        let past = h.number(1_073_741_824.0);
        let average = h.number(748.5);
        let (minus_zero, nan) = (h.number(-0.0), h.number(f64::NAN));
        self.hold("zero", "SMI", zero, json!(0));
        self.hold("one", "SMI", one, json!(1));
        self.hold("minus_one", "SMI", minus_one, json!(-1));
        self.hold("smi_max", "SMI", largest, json!(1_073_741_823));
        self.hold("smi_min", "SMI", smallest, json!(-1_073_741_824));
        self.hold("past_smi_max", "HeapNumber", past, json!(1_073_741_824));
        self.hold("average", "HeapNumber", average, json!(748.5));
        self.hold("minus_zero", "HeapNumber", minus_zero, json!({ "number": "-0" }));
        self.hold("nan", "HeapNumber", nan, json!({ "number": "NaN" }));
        let (undefined, null, yes, no) = (self.heap.undefined, self.heap.null, self.heap.yes, self.heap.no);
        self.hold("undef", "Oddball", undefined, json!({ "undefined": true }));
        self.hold("nil", "Oddball", null, json!(null));
        self.hold("yes", "Oddball", yes, json!(true));
        self.hold("no", "Oddball", no, json!(false));
    }

    fn strings(&mut self) {
        let h = &mut self.heap;
        let seq = h.string("The quick brown fox");
        let wide = h.string("snow \u{2603} man");
        let right = h.string("right part");
        let left = h.string("left part, ");
        let cons = h.cons(v8::CONS_ASCII_STRING_TYPE, 21, left, right);
        let deep = h.cons(v8::CONS_ASCII_STRING_TYPE, 42, cons, cons);
        let cons_wide = h.cons(v8::CONS_STRING_TYPE, 21, left, wide);
        let sliced = h.sliced(seq, 4, 11);
        let external = h.external("kept by node");
        let symbol = h.symbol("a name");
        let nul = h.string("before\0after\n\u{1b}[0m");
        let empty = h.string("");
        self.hold("empty_string", "SeqAsciiString", empty, json!(""));
        self.hold("seq", "SeqAsciiString", seq, json!("The quick brown fox"));
        self.hold("wide", "SeqTwoByteString", wide, json!("snow \u{2603} man"));
        self.hold("cons", "ConsString", cons, json!("left part, right part"));
        self.hold("cons_deep", "ConsString", deep, json!("left part, right partleft part, right part"));
        self.hold("cons_wide", "ConsString", cons_wide, json!("left part, snow \u{2603} man"));
        self.hold("sliced", "SlicedString", sliced, json!("quick brown"));
        self.hold("external", "ExternalAsciiString", external, json!("kept by node"));
        self.hold("symbol", "SeqAsciiString", symbol, json!("a name"));
        self.hold("nul", "SeqAsciiString", nul, json!("before\0after\n\u{1b}[0m"));
    }

    fn arrays(&mut self) {
        let h = &mut self.heap;
        let empty = h.js_array(Elements::FastSmi, h.empty, 0);
        // Arrays have room to grow: more elements than their length.
        let elements = h.fixed_array(&[smi(1), smi(2), smi(3), h.the_hole, h.the_hole]);
        let smis = h.js_array(Elements::FastSmi, elements, 3);
        let elements = h.fixed_array(&[smi(1), h.the_hole, smi(3)]);
        let holey = h.js_array(Elements::FastHoley, elements, 3);
        let (two, half) = (h.string("two"), h.number(3.5));
        let elements = h.fixed_array(&[smi(1), two, h.null, h.undefined, h.yes, half]);
        let mixed = h.js_array(Elements::Fast, elements, 6);
        let elements = h.double_array(&[Some(0.5), None, Some(-2.25), Some(f64::NAN)]);
        let doubles = h.js_array(Elements::FastHoleyDouble, elements, 4);
        let (three, million) = (h.string("three"), h.string("a million"));
        let elements = h.dictionary(&[(smi(3), three), (smi(1_000_000), million)]);
        let sparse = h.js_array(Elements::Dictionary, elements, 1_000_001);
        let elements = h.fixed_array(&[smis, empty]);
        let nested = h.js_array(Elements::Fast, elements, 2);
        self.hold("empty_array", "JSArray", empty, json!([]));
        self.hold("smis", "JSArray", smis, json!([1, 2, 3]));
        self.hold("holey", "JSArray", holey, json!([1, { "hole": true }, 3]));
        self.hold("mixed", "JSArray", mixed, json!([1, "two", null, { "undefined": true }, true, 3.5]));
        let nan = json!({ "number": "NaN" });
        self.hold("doubles", "JSArray", doubles, json!([0.5, { "hole": true }, -2.25, nan]));
        let elements = json!({ "3": "three", "1000000": "a million" });
        self.hold("sparse", "JSArray", sparse, json!({ "sparse": elements, "length": 1_000_001 }));
        self.hold("nested", "JSArray", nested, json!([[1, 2, 3], []]));
    }

    fn objects(&mut self) {
        let h = &mut self.heap;
        let (one, two) = (Property::Field(smi(1)), Property::Field(smi(2)));
        let empty = h.js_object("Object", 4, &[]);
        let fast = h.js_object("Object", 4, &[("a", one), ("b", two)]);
        let outside: Vec<_> = ["a", "b", "c", "d", "e"].into_iter().map(|name| (name, one)).collect();
        let outside = h.js_object("Object", 2, &outside);
        let kept = h.string("kept");
        let dictionary = h.js_dictionary(&[("keep", smi(1)), ("also", kept)]);
        let method = h.constructor("method");
        let constant =
            h.js_object("Object", 4, &[("data", one), ("method", Property::Constant(method)), ("after", two)]);
        let pair = h.accessors(method, method);
        let getter = h.accessors(method, h.null);
        let properties = [("both", Property::Callbacks(pair)), ("plain", one), ("reader", Property::Callbacks(getter))];
        let accessors = h.js_object("Object", 4, &properties);
        let map = h.shape(v8::JS_OBJECT_TYPE, Elements::FastHoley, 0, 1, "Object", &[("name", one)]);
        let elements = h.fixed_array(&[smi(7), h.the_hole, smi(9)]);
        let numbered = h.instance(map, 1, elements, &[], &[smi(1)]);
        self.hold("empty", "JSObject", empty, json!({ "object": {} }));
        self.hold("fast", "JSObject", fast, json!({ "object": { "a": 1, "b": 2 } }));
        let letters = json!({ "a": 1, "b": 1, "c": 1, "d": 1, "e": 1 });
        self.hold("outside", "JSObject", outside, json!({ "object": letters }));
        self.hold("dictionary", "JSObject", dictionary, json!({ "object": { "keep": 1, "also": "kept" } }));
        let method = json!({ "function": "method" });
        self.hold("constant", "JSObject", constant, json!({ "object": { "data": 1, "method": method, "after": 2 } }));
        let (both, reader) = (json!({ "accessor": ["both", "both"] }), json!({ "accessor": ["reader", null] }));
        let members = json!({ "both": both, "plain": 1, "reader": reader });
        self.hold("accessors", "JSObject", accessors, json!({ "object": members }));
        self.hold("numbered", "JSObject", numbered, json!({ "object": { "0": 7, "2": 9, "name": 1 } }));
    }

    fn wrapped(&mut self) {
        let h = &mut self.heap;
        let value = h.number(42.5);
        let number = h.js_special(v8::JS_VALUE_TYPE, "Number", &[value]);
        let value = h.string("boxed");
        let string = h.js_special(v8::JS_VALUE_TYPE, "String", &[value]);
        let boolean = h.js_special(v8::JS_VALUE_TYPE, "Boolean", &[h.no]);
        let day = [smi(0); 8];
        let mut date = |ms: f64| {
            let value = h.heap_number(ms);
            h.js_special(v8::JS_DATE_TYPE, "Date", &[&[value], &day[..]].concat())
        };
        let (dated, undated) = (date(1_400_000_830_000.0), date(f64::NAN));
        let source = h.string("^job-(\\d+)$");
        let data = h.fixed_array(&[smi(2), source, smi(1), h.undefined]);
        let regexp = h.js_special(v8::JS_REGEXP_TYPE, "RegExp", &[data]);
        let buffer = h.buffer(b"hello");
        let callee = h.constructor("callee");
        let elements = h.fixed_array(&[smi(1), source]);
        let properties = [("length", Property::Field(smi(2))), ("callee", Property::Field(callee))];
        let map = h.shape(v8::JS_OBJECT_TYPE, Elements::Fast, 0, 2, "Arguments", &properties);
        let arguments = h.instance(map, 2, elements, &[], &[smi(2), callee]);
        self.hold("boxed_number", "JSValue", number, json!({ "boxed": 42.5 }));
        self.hold("boxed_string", "JSValue", string, json!({ "boxed": "boxed" }));
        self.hold("boxed_boolean", "JSValue", boolean, json!({ "boxed": false }));
        self.hold("date", "JSDate", dated, json!({ "date": 1_400_000_830_000i64, "utc": "2014 May 13 17:07:10" }));
        self.hold("no_date", "JSDate", undated, json!({ "date": null }));
        self.hold("regexp", "JSRegExp", regexp, json!({ "regexp": "^job-(\\d+)$" }));
        self.hold("buffer", "JSObject", buffer, json!({ "buffer": "68656c6c6f" }));
        let members = json!({ "0": 1, "1": "^job-(\\d+)$", "length": 2, "callee": { "function": "callee" } });
        self.hold("arguments", "JSObject", arguments, json!({ "object": members }));
    }

    /// Functions; those of the stack are handed on: `dispatch` and `settle`.
    fn functions(&mut self) -> [Word; 2] {
        let widget = self.function("function Widget", "Widget", &["id"]);
        self.heap.define_constructor("Widget", widget);
        let dispatch = self.function("function dispatch", "dispatch", &["list"]);
        let settle = self.function("function settle", "settle", &["widget", "note"]);
        let counter = self.function("function counter", "counter", &[]);
        let (from, script) = (SOURCE.find("function next").expect("the source has it"), self.script);
        let span = (from, from + "function next() { return ++count; }".len());
        // The scope that holds `count` is that of the outer function.
        let spec = FunctionSpec {
            name: "counter",
            inferred: "",
            script,
            span,
            parameters: &[],
            locals: &["count"],
            context: self.heap.empty,
        };
        let outer = self.heap.function(&spec);
        let next = self.heap.function(&FunctionSpec { name: "next", locals: &[], ..spec });
        let context = self.heap.context(outer, self.heap.empty, &[smi(17)]);
        self.heap.close_over(next, context);
        let bound = self.heap.bound(settle, widget, &[smi(5), counter]);
        self.hold("function", "JSFunction", settle, json!({ "function": "settle" }));
        self.hold("closure", "JSFunction", next, json!({ "function": "next", "closure": { "count": 17 } }));
        self.hold("bound", "JSFunction", bound, json!({ "function": "settle", "bound": [5, "counter"] }));
        [dispatch, settle]
    }

    /// Functions of scripts that are linked into the program; the source of the second one is not the whole constant.
    fn linked(&mut self) {
        for (name, length) in [("startup", LINKED_LENGTH), ("elsewhere", LINKED_LENGTH - 1)] {
            let script = self.heap.linked_script((LINKED_NAME, 7), (LINKED_SOURCE, length));
            let context = self.heap.empty;
            let spec =
                FunctionSpec { name, inferred: "", script, span: (10, 90), parameters: &[], locals: &[], context };
            let function = self.heap.function(&spec);
            self.hold(name, "JSFunction", function, json!({ "function": name }));
        }
    }

    /// The widgets, one map for all; the list of them is held.
    fn widgets(&mut self) -> Vec<Word> {
        let properties = [("id", Property::Field(0)), ("label", Property::Field(0)), ("weight", Property::Field(0))];
        let map = self.heap.shape(v8::JS_OBJECT_TYPE, Elements::FastHoley, 0, 3, "Widget", &properties);
        let one = |n: usize| {
            let (label, weight) = (self.heap.string(&format!("widget {n}")), self.heap.number(n as f64 / 8.0));
            self.heap.instance(map, 3, self.heap.empty, &[], &[smi(n as i32), label, weight])
        };
        let widgets: Vec<Word> = (0..WIDGETS).map(one).collect();
        let elements = self.heap.fixed_array(&widgets);
        let list = self.heap.js_array(Elements::Fast, elements, WIDGETS as i32);
        let ids: Vec<_> = (0..WIDGETS)
            .map(|n| json!({ "object": { "id": n, "label": format!("widget {n}"), "weight": weight(n) } }))
            .collect();
        self.hold("widgets", "JSArray", list, json!(ids));
        widgets
    }
}

/// `n / 8`, as JSON writes it.
fn weight(n: usize) -> Value {
    if n.is_multiple_of(8) { json!(n / 8) } else { json!(n as f64 / 8.0) }
}

/// Native functions: name and the offset of their 256 bytes in the text.
const NATIVE: [(&str, u32); 3] =
    [("main", 0), ("_ZN2v88internal9Execution4CallEv", 0x100), ("_ZN2v88internal2OS5AbortEv", 0x200)];

/// The stack, from the outermost frame in; gives %ebp.
fn stack(region: &mut Region, heap: &Heap, functions: [Word; 2], arguments: [Word; 2]) -> u32 {
    let [dispatch, settle] = functions;
    let [widget, list] = arguments;
    let context = heap.empty;
    let mut sp = STACK + STACK_SIZE - 0x40;
    let mut caller_fp = 0;
    let mut caller_pc = TEXT;
    // Pushes arguments, return address, %ebp of the caller, and what lies below; this frame's code runs at `pc`.
    let mut frame = |arguments: &[Word], below: &[Word], pc: u32| {
        for word in arguments.iter().chain(&[caller_pc, caller_fp]) {
            sp -= 4;
            region.words(sp, &[*word]);
        }
        let fp = sp;
        for word in below.iter().chain(&[0; 6]) {
            sp -= 4;
            region.words(sp, &[*word]);
        }
        (caller_fp, caller_pc) = (fp, pc);
        fp
    };
    let marker = |kind: i32| [context, smi(kind)];
    let stub = heap.inside_code(dispatch) & !0xff;
    frame(&[], &[], TEXT + 0x10);
    frame(&[], &[], TEXT + 0x110);
    // Entry (1) and internal (6) frames keep their kind where others keep their function.
    frame(&[], &[smi(1), smi(1)], stub);
    frame(&[], &marker(6), stub);
    frame(&[heap.undefined, list], &[context, dispatch], heap.inside_code(dispatch));
    // The adaptor (8) keeps it where others keep their context; it has what was given, settle what it declares.
    frame(&[heap.undefined, widget], &[smi(8), settle, smi(1)], stub);
    frame(&[heap.undefined, widget, heap.undefined], &[context, settle], heap.inside_code(settle));
    frame(&[], &[], TEXT + 0x210)
}

/// The process, and what its lab holds.
pub fn process() -> (Process, Vec<Held>) {
    let mut heap = Heap::new(OBJECTS, OUTSIDE);
    let script = heap.script("/opt/lab/widgets.js", SOURCE);
    let mut lab = Lab { heap, held: Vec::new(), script };
    lab.numbers();
    lab.strings();
    lab.arrays();
    lab.objects();
    lab.wrapped();
    let functions = lab.functions();
    lab.linked();
    let widgets = lab.widgets();
    let Lab { mut heap, held, .. } = lab;
    let list = held.last().map_or(0, |(_, list)| *list);
    let properties: Vec<_> = held.iter().map(|(held, word)| (held.name, Property::Field(*word))).collect();
    heap.js_object("Lab", 20, &properties);

    let mut memory = Region::new(STACK);
    memory.bytes.resize(STACK_SIZE as usize, 0);
    let ebp = stack(&mut memory, &heap, functions, [widgets[7], list]);
    let (data, symbols) = data();
    let mapping = |memory: Region, flags, saved| Mapping { memory: memory.paged(), flags, saved };
    let mut text = Region::new(TEXT);
    text.bytes.resize(0x1000, 0);
    let mappings = vec![
        mapping(memory, 6, true),
        mapping(text, 5, false),
        mapping(data, 6, true),
        mapping(heap.outside, 6, true),
        mapping(heap.objects, 7, true),
    ];
    let process = Process {
        mappings,
        symbols,
        executable: TEXT,
        brk: (OUTSIDE, 0x1000),
        stack: (STACK, STACK_SIZE),
        registers: [TEXT + 0x210, ebp, ebp - 24],
        signal: 6,
    };
    (process, held.into_iter().map(|(held, _)| held).collect())
}

/// The executable's data: V8's version and its metadata; with the symbols of these and of the native functions.
fn data() -> (Region, Vec<Symbol>) {
    let mut data = Region::new(DATA);
    let mut symbols = Vec::new();
    let version = ["major", "minor", "build", "patch"].iter().zip([3, 14, 5, 9]);
    let version = version.map(|(part, n)| (format!("_ZN2v88internal7Version6{part}_E"), n));
    let metadata = METADATA.iter().map(|(name, offset)| (format!("v8dbg_{name}"), *offset));
    let types = TYPES.iter().map(|(name, class, code)| (format!("v8dbg_type_{class}__{name}"), u32::from(*code)));
    for (name, value) in version.chain(metadata).chain(types) {
        let addr = data.room(4);
        data.words(addr, &[value]);
        symbols.push(Symbol { name, addr, size: 4, info: 0x11 });
    }
    let name = "_ZN4nodeL11node_nativeE".to_owned();
    symbols.push(Symbol { name, addr: LINKED_SOURCE, size: LINKED_LENGTH + 1, info: 0x11 });
    for (name, offset) in NATIVE {
        symbols.push(Symbol { name: name.to_owned(), addr: TEXT + offset, size: 0x100, info: 0x12 });
    }
    (data, symbols)
}
