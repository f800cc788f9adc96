//! V8 3.14's objects on ia32, laid out word by word.
//!
//! Knows: `objects.h`, `property-details.h`, `elements-kind.h` and `contexts.h` of V8 3.14. Shares no table with the
//! reader. Must not know: ELF, jsdb.

use super::memory::Region;
use std::collections::HashMap;

/// A tagged word: a Smi, or the address of an object plus one.
pub type Word = u32;

/// What the heap's metadata tells: tags, shapes, where fields lie in bytes from an object's first.
pub const METADATA: &[(&str, u32)] = &[
    ("SmiTag", 0),
    ("SmiTagMask", 1),
    ("SmiValueShift", 1),
    ("SmiShiftSize", 0),
    ("PointerSizeLog2", 2),
    ("HeapObjectTag", 1),
    ("HeapObjectTagMask", 3),
    ("FailureTag", 3),
    ("FailureTagMask", 3),
    ("FirstNonstringType", 128),
    ("IsNotStringMask", 128),
    ("NotStringTag", 128),
    ("StringTag", 0),
    ("StringEncodingMask", 4),
    ("TwoByteStringTag", 0),
    ("AsciiStringTag", 4),
    ("StringRepresentationMask", 3),
    ("SeqStringTag", 0),
    ("ConsStringTag", 1),
    ("ExternalStringTag", 2),
    ("OddballFalse", FALSE),
    ("OddballTrue", TRUE),
    ("OddballTheHole", THE_HOLE),
    ("OddballNull", NULL),
    ("OddballUndefined", UNDEFINED),
    ("OddballArgumentMarker", 4),
    ("OddballOther", 6),
    ("bit_field2_elements_kind_mask", 0xf8),
    ("bit_field2_elements_kind_shift", 3),
    ("bit_field3_dictionary_map_shift", DICTIONARY_MAP_SHIFT),
    ("elements_fast_elements", Elements::Fast as u32),
    ("elements_fast_holey_elements", Elements::FastHoley as u32),
    ("elements_dictionary_elements", Elements::Dictionary as u32),
    ("prop_idx_first", 2),
    ("prop_desc_key", 0),
    ("prop_desc_details", 1),
    ("prop_desc_value", 2),
    ("prop_desc_size", 3),
    ("prop_type_field", FIELD),
    ("prop_type_mask", 7),
    ("prop_type_first_phantom", 5),
    ("class_StringDictionaryShape__prefix_size__int", 2),
    ("class_StringDictionaryShape__entry_size__int", 3),
    ("class_SeededNumberDictionaryShape__prefix_size__int", 2),
    ("class_UnseededNumberDictionaryShape__prefix_size__int", 0),
    ("class_NumberDictionaryShape__entry_size__int", 3),
    ("frametype_EntryFrame", 1),
    ("frametype_EntryConstructFrame", 2),
    ("frametype_ExitFrame", 3),
    ("frametype_JavaScriptFrame", 4),
    ("frametype_OptimizedFrame", 5),
    ("frametype_InternalFrame", 6),
    ("frametype_ConstructFrame", 7),
    ("frametype_ArgumentsAdaptorFrame", 8),
    ("class_HeapObject__map__Map", 0),
    ("class_Map__instance_size__int", MAP_INSTANCE_SIZE),
    ("class_Map__inobject_properties__int", MAP_INSTANCE_SIZE + 1),
    ("class_Map__instance_attributes__int", MAP_INSTANCE_TYPE),
    ("class_Map__bit_field__char", MAP_BIT_FIELD2 - 1),
    ("class_Map__bit_field2__char", MAP_BIT_FIELD2),
    ("class_Map__prototype__Object", MAP_CONSTRUCTOR - 4),
    ("class_Map__constructor__Object", MAP_CONSTRUCTOR),
    ("class_Map__instance_descriptors__DescriptorArray", MAP_DESCRIPTORS),
    ("class_Map__bit_field3__SMI", MAP_BIT_FIELD3),
    ("class_String__length__SMI", STRING_LENGTH),
    ("class_SeqAsciiString__chars__char", STRING_BODY),
    ("class_ConsString__first__String", STRING_BODY),
    ("class_ConsString__second__String", STRING_BODY + 4),
    ("class_SlicedString__offset__SMI", STRING_BODY + 4),
    ("class_ExternalString__resource__Object", STRING_BODY),
    ("class_HeapNumber__value__double", 4),
    ("class_Oddball__to_string__String", 4),
    ("class_Oddball__to_number__Object", 8),
    ("class_Oddball__kind_offset__int", 12),
    ("class_FixedArrayBase__length__SMI", 4),
    ("class_FixedArray__data__uintptr_t", 8),
    ("class_JSObject__properties__FixedArray", 4),
    ("class_JSObject__elements__Object", 8),
    ("class_JSArray__length__Object", JS_BODY),
    ("class_JSDate__value__Object", JS_BODY),
    ("class_JSRegExp__data__Object", JS_BODY),
    ("class_JSValue__value__Object", JS_BODY),
    ("class_JSFunction__shared__SharedFunctionInfo", 20),
    ("class_JSFunction__literals_or_bindings__FixedArray", 28),
    ("class_AccessorPair__getter__Object", 4),
    ("class_AccessorPair__setter__Object", 8),
    ("class_Script__source__Object", 4),
    ("class_Script__name__Object", 8),
    ("class_Script__line_ends__Object", 44),
    ("class_SharedFunctionInfo__name__Object", 4),
    ("class_SharedFunctionInfo__code__Code", 8),
    ("class_SharedFunctionInfo__optimized_code_map__Object", 12),
    ("class_SharedFunctionInfo__construct_stub__Code", 20),
    ("class_SharedFunctionInfo__script__Object", 32),
    ("class_SharedFunctionInfo__inferred_name__String", 40),
    ("class_SharedFunctionInfo__length__SMI", 56),
    ("class_SharedFunctionInfo__formal_parameter_count__SMI", 60),
    ("class_SharedFunctionInfo__function_token_position__SMI", 80),
    ("class_SharedFunctionInfo__end_position__SMI", 76),
    ("class_SharedFunctionInfo__compiler_hints__SMI", 84),
    ("class_Code__instruction_size__int", 4),
    ("class_Code__instruction_start__uintptr_t", 64),
    ("off_fp_args", 8),
    ("off_fp_context", 0xffff_fffc),
    ("off_fp_function", 0xffff_fff8),
    ("off_fp_marker", 0xffff_fff8),
];

/// Kinds of oddballs.
const FALSE: u32 = 0;
const TRUE: u32 = 1;
const THE_HOLE: u32 = 2;
const NULL: u32 = 3;
const UNDEFINED: u32 = 5;
/// Types of properties in descriptors.
const FIELD: u32 = 1;
const CONSTANT_FUNCTION: u32 = 2;
const CALLBACKS: u32 = 3;
const DICTIONARY_MAP_SHIFT: u32 = 24;

const MAP_INSTANCE_SIZE: u32 = 4;
const MAP_INSTANCE_TYPE: u32 = 8;
const MAP_BIT_FIELD2: u32 = 11;
const MAP_CONSTRUCTOR: u32 = 16;
const MAP_DESCRIPTORS: u32 = 24;
const MAP_BIT_FIELD3: u32 = 32;
const MAP_SIZE: u32 = 36;
const STRING_LENGTH: u32 = 4;
const STRING_BODY: u32 = 12;
/// Where an object's own fields follow those of JSObject: map, properties, elements.
const JS_BODY: u32 = 12;

/// Instance types (`objects.h`, `InstanceType`), with the names that v8dbg gives them.
macro_rules! types {
    ($($name:ident = $code:literal $class:literal;)*) => {
        $(pub const $name: u8 = $code;)*
        /// (type constant, class, code), for the symbols.
        pub const TYPES: &[(&str, &str, u8)] = &[$((stringify!($name), $class, $code)),*];
    };
}
types! {
    STRING_TYPE = 0 "SeqTwoByteString";
    ASCII_STRING_TYPE = 4 "SeqAsciiString";
    CONS_STRING_TYPE = 1 "ConsString";
    CONS_ASCII_STRING_TYPE = 5 "ConsString";
    SLICED_ASCII_STRING_TYPE = 7 "SlicedString";
    EXTERNAL_ASCII_STRING_TYPE = 6 "ExternalAsciiString";
    ASCII_SYMBOL_TYPE = 68 "SeqAsciiString";
    MAP_TYPE = 128 "Map";
    CODE_TYPE = 129 "Code";
    ODDBALL_TYPE = 130 "Oddball";
    HEAP_NUMBER_TYPE = 132 "HeapNumber";
    EXTERNAL_UNSIGNED_BYTE_ARRAY_TYPE = 137 "ExternalUnsignedByteArray";
    FIXED_DOUBLE_ARRAY_TYPE = 145 "FixedDoubleArray";
    ACCESSOR_PAIR_TYPE = 148 "AccessorPair";
    SCRIPT_TYPE = 156 "Script";
    FIXED_ARRAY_TYPE = 163 "FixedArray";
    SHARED_FUNCTION_INFO_TYPE = 164 "SharedFunctionInfo";
    JS_VALUE_TYPE = 168 "JSValue";
    JS_DATE_TYPE = 169 "JSDate";
    JS_OBJECT_TYPE = 170 "JSObject";
    JS_ARRAY_TYPE = 176 "JSArray";
    JS_REGEXP_TYPE = 180 "JSRegExp";
    JS_FUNCTION_TYPE = 181 "JSFunction";
}

/// How an array or object keeps its elements (`elements-kind.h`).
#[derive(Clone, Copy)]
pub enum Elements {
    FastSmi = 0,
    Fast = 2,
    FastHoley = 3,
    FastHoleyDouble = 5,
    Dictionary = 6,
    ExternalUnsignedByte = 9,
}

/// A named property as a map's descriptors tell it (`property-details.h`, `PropertyType`).
#[derive(Clone, Copy)]
pub enum Property {
    /// In the object, or in its properties array.
    Field(Word),
    /// A function that all objects of the map have.
    Constant(Word),
    /// An AccessorPair.
    Callbacks(Word),
}

/// Bits of SharedFunctionInfo's compiler hints.
pub const HINT_BOUND: i32 = 1 << 13;

/// A Smi.
pub fn smi(value: i32) -> Word {
    (value << 1) as u32
}

/// What a function is made of.
#[derive(Clone)]
pub struct FunctionSpec<'a> {
    /// Its own name; empty for an anonymous function.
    pub name: &'a str,
    /// What V8 guessed from where it was assigned.
    pub inferred: &'a str,
    /// Its script.
    pub script: Word,
    /// From the word `function` to its end, in the script's source.
    pub span: (usize, usize),
    /// The names of its parameters.
    pub parameters: &'a [&'a str],
    /// The names of its variables that closures see.
    pub locals: &'a [&'a str],
    /// The context that it closes over.
    pub context: Word,
}

/// A heap under construction.
pub struct Heap {
    /// Objects.
    pub objects: Region,
    /// What lies outside V8's heap: characters of external strings, bytes of Buffers.
    pub outside: Region,
    maps: HashMap<u8, Word>,
    meta_map: Word,
    symbols: HashMap<String, Word>,
    /// The values that are objects of their own.
    pub undefined: Word,
    pub null: Word,
    pub the_hole: Word,
    pub yes: Word,
    pub no: Word,
    /// The empty FixedArray.
    pub empty: Word,
    constructors: HashMap<&'static str, Word>,
}

impl Heap {
    /// A heap with the objects that every heap has.
    pub fn new(objects: u32, outside: u32) -> Heap {
        let mut heap = Heap {
            objects: Region::new(objects),
            outside: Region::new(outside),
            maps: HashMap::new(),
            meta_map: 0,
            symbols: HashMap::new(),
            undefined: 0,
            null: 0,
            the_hole: 0,
            yes: 0,
            no: 0,
            empty: 0,
            constructors: HashMap::new(),
        };
        heap.meta_map = heap.objects.room(MAP_SIZE as usize) + 1;
        let meta = heap.map(MAP_TYPE, MAP_SIZE, 0, Elements::FastSmi);
        // The map of maps is its own map.
        let bytes = heap.objects.bytes[(meta - 1 - objects) as usize..][..MAP_SIZE as usize].to_vec();
        heap.objects.put(heap.meta_map - 1, &bytes);
        heap.objects.words(heap.meta_map - 1, &[heap.meta_map]);
        heap.undefined = heap.oddball("undefined", UNDEFINED);
        heap.null = heap.oddball("null", NULL);
        heap.the_hole = heap.oddball("hole", THE_HOLE);
        heap.yes = heap.oddball("true", TRUE);
        heap.no = heap.oddball("false", FALSE);
        heap.empty = heap.fixed_array(&[]);
        heap
    }

    /// A map for objects of `size` bytes, of which so many words at the end are properties.
    fn map(&mut self, instance_type: u8, size: u32, inobject: u32, elements: Elements) -> Word {
        let at = self.objects.room(MAP_SIZE as usize);
        self.objects.words(at, &[self.meta_map]);
        self.objects.put(at + MAP_INSTANCE_SIZE, &[(size / 4) as u8, inobject as u8]);
        self.objects.put(at + MAP_INSTANCE_TYPE, &[instance_type]);
        self.objects.put(at + MAP_BIT_FIELD2, &[(elements as u8) << 3]);
        let nothing = self.null;
        self.objects.words(at + 12, &[nothing, nothing, self.undefined, self.empty, self.empty, smi(0)]);
        at + 1
    }

    /// The one map of all objects of a type that has but one.
    fn common_map(&mut self, instance_type: u8, size: u32) -> Word {
        if let Some(&map) = self.maps.get(&instance_type) {
            return map;
        }
        let map = self.map(instance_type, size, 0, Elements::FastSmi);
        self.maps.insert(instance_type, map);
        map
    }

    /// An object of a type with one map: the words after it.
    fn object(&mut self, instance_type: u8, words: &[Word]) -> Word {
        let size = 4 + 4 * words.len() as u32;
        let map = self.common_map(instance_type, size);
        let at = self.objects.room(size as usize);
        self.objects.words(at, &[map]);
        self.objects.words(at + 4, words);
        at + 1
    }

    fn oddball(&mut self, name: &str, kind: u32) -> Word {
        let name = self.symbol(name);
        self.object(ODDBALL_TYPE, &[name, smi(0), smi(kind as i32)])
    }

    fn characters(&mut self, instance_type: u8, length: usize, bytes: &[u8]) -> Word {
        let map = self.common_map(instance_type, 0);
        let at = self.objects.room(STRING_BODY as usize + bytes.len());
        self.objects.words(at, &[map, smi(length as i32), 3]);
        self.objects.put(at + STRING_BODY, bytes);
        at + 1
    }

    /// A sequential string, of two bytes a character where it must.
    pub fn string(&mut self, text: &str) -> Word {
        if text.is_ascii() {
            return self.characters(ASCII_STRING_TYPE, text.len(), text.as_bytes());
        }
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.characters(STRING_TYPE, units.len() / 2, &units)
    }

    /// The one string that stands for all of its text: a name.
    pub fn symbol(&mut self, text: &str) -> Word {
        if let Some(&symbol) = self.symbols.get(text) {
            return symbol;
        }
        let symbol = self.characters(ASCII_SYMBOL_TYPE, text.len(), text.as_bytes());
        self.symbols.insert(text.to_owned(), symbol);
        symbol
    }

    /// Two strings made one; `length` characters in all.
    pub fn cons(&mut self, instance_type: u8, length: i32, first: Word, second: Word) -> Word {
        self.object(instance_type, &[smi(length), 3, first, second])
    }

    /// Part of a flat string.
    pub fn sliced(&mut self, parent: Word, from: i32, length: i32) -> Word {
        self.object(SLICED_ASCII_STRING_TYPE, &[smi(length), 3, parent, smi(from)])
    }

    /// A string whose characters node keeps: the resource is a C++ object {vtable, characters, length}.
    pub fn external(&mut self, text: &str) -> Word {
        let chars = self.outside_bytes(text.as_bytes());
        let resource = self.outside.room(12);
        self.outside.words(resource, &[0, chars, text.len() as u32]);
        self.object(EXTERNAL_ASCII_STRING_TYPE, &[smi(text.len() as i32), 3, resource, chars])
    }

    /// A string of `length` characters at `chars`, in the program: the core has the string and not the characters.
    fn linked(&mut self, chars: u32, length: u32) -> Word {
        let resource = self.outside.room(12);
        self.outside.words(resource, &[0, chars, length]);
        self.object(EXTERNAL_ASCII_STRING_TYPE, &[smi(length as i32), 3, resource, chars])
    }

    /// A script whose name and source, each at an address and of a length, are constants of the program.
    pub fn linked_script(&mut self, name: (u32, u32), source: (u32, u32)) -> Word {
        let (name, source) = (self.linked(name.0, name.1), self.linked(source.0, source.1));
        let mut words = [smi(0); 14];
        (words[0], words[1], words[10]) = (source, name, self.undefined);
        self.object(SCRIPT_TYPE, &words)
    }

    /// Bytes outside V8's heap.
    pub fn outside_bytes(&mut self, bytes: &[u8]) -> u32 {
        let at = self.outside.room(bytes.len());
        self.outside.put(at, bytes);
        at
    }

    /// A number: a Smi where it fits in 31 bits, else a HeapNumber.
    pub fn number(&mut self, value: f64) -> Word {
        let small = value as i32;
        let fits = (-(1 << 30)..1 << 30).contains(&small);
        if fits && f64::from(small).to_bits() == value.to_bits() { smi(small) } else { self.heap_number(value) }
    }

    /// A HeapNumber.
    pub fn heap_number(&mut self, value: f64) -> Word {
        let bits = value.to_bits();
        self.object(HEAP_NUMBER_TYPE, &[bits as u32, (bits >> 32) as u32])
    }

    /// A FixedArray.
    pub fn fixed_array(&mut self, elements: &[Word]) -> Word {
        self.object(FIXED_ARRAY_TYPE, &[&[smi(elements.len() as i32)], elements].concat())
    }

    /// A FixedDoubleArray; an absent element is the hole, a NaN of its own.
    pub fn double_array(&mut self, elements: &[Option<f64>]) -> Word {
        const HOLE_NAN: u64 = 0x7fff_ffff_ffff_ffff;
        let bits = elements.iter().map(|e| e.map_or(HOLE_NAN, f64::to_bits));
        let words: Vec<u32> = bits.flat_map(|b| [b as u32, (b >> 32) as u32]).collect();
        self.object(FIXED_DOUBLE_ARRAY_TYPE, &[&[smi(elements.len() as i32)], words.as_slice()].concat())
    }

    /// A hash table of keys, values and details (`Dictionary`): three words of counts, two of prefix, then entries;
    /// here each entry lies in every other place, so that free ones are between them.
    pub fn dictionary(&mut self, entries: &[(Word, Word)]) -> Word {
        let capacity = (2 * entries.len()).next_power_of_two().max(4);
        let mut words =
            vec![smi(entries.len() as i32), smi(1), smi(capacity as i32), smi(0), smi(entries.len() as i32 + 1)];
        let free = [self.undefined, self.undefined, smi(0)];
        // A deleted entry has the hole for its key.
        let deleted = [self.the_hole, self.the_hole, smi(0)];
        for place in 0..capacity {
            words.extend(match entries.get(place / 2) {
                Some(&(key, value)) if place % 2 == 0 => [key, value, smi(((place as i32 / 2) + 1) << 7)],
                None if place % 2 == 0 => deleted,
                _ => free,
            });
        }
        self.fixed_array(&words)
    }

    /// The descriptors of a map: how many, the enumeration cache, then (key, details, value) each.
    fn descriptors(&mut self, properties: &[(&str, Property)]) -> Word {
        let mut words = vec![smi(properties.len() as i32), smi(0)];
        let mut fields = 0;
        for (at, (name, property)) in properties.iter().enumerate() {
            let (kind, value) = match *property {
                Property::Field(_) => {
                    fields += 1;
                    (FIELD, smi(fields - 1))
                }
                Property::Constant(function) => (CONSTANT_FUNCTION, function),
                Property::Callbacks(pair) => (CALLBACKS, pair),
            };
            words.extend([self.symbol(name), smi(kind as i32 | (at as i32 + 1) << 7), value]);
        }
        self.fixed_array(&words)
    }

    /// A map of objects with `properties`, made by `constructor`.
    pub fn shape(
        &mut self,
        instance_type: u8,
        elements: Elements,
        own_words: u32,
        inobject: u32,
        constructor: &'static str,
        properties: &[(&str, Property)],
    ) -> Word {
        let map = self.map(instance_type, JS_BODY + 4 * (own_words + inobject), inobject, elements);
        let descriptors = if properties.is_empty() { self.empty } else { self.descriptors(properties) };
        let constructor = self.constructor(constructor);
        self.objects.words(map - 1 + MAP_CONSTRUCTOR, &[constructor]);
        self.objects.words(map - 1 + MAP_DESCRIPTORS, &[descriptors]);
        self.objects.words(map - 1 + MAP_BIT_FIELD3, &[smi(0x7ff | (properties.len() as i32) << 11)]);
        map
    }

    /// An object of a map from [`Heap::shape`]: its own words, then as many fields as it has room for; the others go
    /// into its properties.
    pub fn instance(&mut self, map: Word, inobject: usize, elements: Word, own: &[Word], fields: &[Word]) -> Word {
        let (inside, outside) = fields.split_at(inobject.min(fields.len()));
        let properties = if outside.is_empty() { self.empty } else { self.fixed_array(outside) };
        let at = self.objects.room(12 + 4 * (own.len() + inobject));
        self.objects.words(at, &[map, properties, elements]);
        self.objects.words(at + JS_BODY, own);
        self.objects.words(at + JS_BODY + 4 * own.len() as u32, inside);
        let unused = vec![self.undefined; inobject - inside.len()];
        self.objects.words(at + JS_BODY + 4 * (own.len() + inside.len()) as u32, &unused);
        at + 1
    }

    /// An object with `properties`, of which `inobject` lie in it.
    pub fn js_object(&mut self, constructor: &'static str, inobject: usize, properties: &[(&str, Property)]) -> Word {
        let map = self.shape(JS_OBJECT_TYPE, Elements::FastHoley, 0, inobject as u32, constructor, properties);
        self.instance(map, inobject, self.empty, &[], &fields(properties))
    }

    /// An object whose properties are a dictionary.
    pub fn js_dictionary(&mut self, properties: &[(&str, Word)]) -> Word {
        let map = self.shape(JS_OBJECT_TYPE, Elements::FastHoley, 0, 0, "Object", &[]);
        self.objects.words(map - 1 + MAP_BIT_FIELD3, &[smi(1 << DICTIONARY_MAP_SHIFT)]);
        let entries: Vec<_> = properties.iter().map(|(name, value)| (self.symbol(name), *value)).collect();
        let dictionary = self.dictionary(&entries);
        let object = self.instance(map, 0, self.empty, &[], &[]);
        self.objects.words(object - 1 + 4, &[dictionary]);
        object
    }

    /// An array.
    pub fn js_array(&mut self, kind: Elements, elements: Word, length: i32) -> Word {
        let map = self.shape(JS_ARRAY_TYPE, kind, 1, 0, "Array", &[]);
        self.instance(map, 0, elements, &[smi(length)], &[])
    }

    /// An object of one word of its own after JSObject's: JSValue, JSDate, JSRegExp.
    pub fn js_special(&mut self, instance_type: u8, constructor: &'static str, own: &[Word]) -> Word {
        let map = self.shape(instance_type, Elements::FastHoley, own.len() as u32, 0, constructor, &[]);
        self.instance(map, 0, self.empty, own, &[])
    }

    /// A getter and a setter.
    pub fn accessors(&mut self, getter: Word, setter: Word) -> Word {
        self.object(ACCESSOR_PAIR_TYPE, &[getter, setter])
    }

    /// A script, with the ends of its lines.
    pub fn script(&mut self, name: &str, source: &str) -> Word {
        let ends: Vec<_> = source.match_indices('\n').map(|(at, _)| smi(at as i32)).collect();
        let (name, source, ends) = (self.string(name), self.string(source), self.fixed_array(&ends));
        let mut words = [smi(0); 14];
        (words[0], words[1], words[10]) = (source, name, ends);
        self.object(SCRIPT_TYPE, &words)
    }

    /// Compiled code: instructions behind a header of 64 bytes. Its address is where instructions begin.
    fn code(&mut self, size: u32) -> Word {
        let map = self.common_map(CODE_TYPE, 0);
        // Code begins on a boundary of 32 bytes.
        while !self.objects.bytes.len().is_multiple_of(32) {
            self.objects.room(8);
        }
        let at = self.objects.room(64 + size as usize);
        self.objects.words(at, &[map, size, self.empty, self.empty, self.empty, self.empty]);
        self.objects.put(at + 64, &vec![0x90; size as usize]);
        at + 1
    }

    /// An address within the instructions of `function`.
    pub fn inside_code(&self, function: Word) -> u32 {
        let word = |addr: u32| {
            let at = (addr - self.objects.base) as usize;
            u32::from_le_bytes([0, 1, 2, 3].map(|i| self.objects.bytes[at + i]))
        };
        word(word(function - 1 + 20) - 1 + 8) - 1 + 64 + 7
    }

    /// A function.
    pub fn function(&mut self, spec: &FunctionSpec<'_>) -> Word {
        let shared = self.shared(spec, 0);
        self.closure(shared, spec.context, self.empty)
    }

    fn shared(&mut self, spec: &FunctionSpec<'_>, hints: i32) -> Word {
        let names = spec.parameters.iter().chain(spec.locals);
        let mut scope = vec![smi(0), smi(spec.parameters.len() as i32), smi(0), smi(spec.locals.len() as i32)];
        for name in names {
            scope.push(self.symbol(name));
        }
        scope.extend(spec.locals.iter().map(|_| smi(0)));
        let (scope, code) = (self.fixed_array(&scope), self.code(32));
        let mut words = [smi(0); 25];
        (words[0], words[1], words[3]) = (self.symbol(spec.name), code, scope);
        (words[7], words[9]) = (spec.script, self.symbol(spec.inferred));
        words[13] = smi(spec.parameters.len() as i32);
        words[14] = smi(spec.parameters.len() as i32);
        words[17] = smi((spec.span.0 as i32) << 2);
        (words[18], words[19]) = (smi(spec.span.1 as i32), smi(spec.span.0 as i32));
        words[20] = smi(hints);
        self.object(SHARED_FUNCTION_INFO_TYPE, &words)
    }

    fn closure(&mut self, shared: Word, context: Word, literals: Word) -> Word {
        let map = self.common_map(JS_FUNCTION_TYPE, 36);
        let at = self.objects.room(36);
        let (hole, undefined) = (self.the_hole, self.undefined);
        self.objects.words(at, &[map, self.empty, self.empty, 0, hole, shared, context, literals, undefined]);
        at + 1
    }

    /// A function bound to `this` and arguments (`kBoundFunctionIndex`, `kBoundThisIndex`, then the arguments).
    pub fn bound(&mut self, target: Word, this: Word, arguments: &[Word]) -> Word {
        let spec = FunctionSpec {
            name: "",
            inferred: "",
            script: self.undefined,
            span: (0, 0),
            parameters: &[],
            locals: &[],
            context: self.empty,
        };
        let shared = self.shared(&spec, HINT_BOUND);
        let bindings = self.fixed_array(&[&[target, this], arguments].concat());
        self.closure(shared, self.empty, bindings)
    }

    /// A context: closure, previous, extension, global object, then the variables that closures see.
    pub fn context(&mut self, closure: Word, previous: Word, variables: &[Word]) -> Word {
        let nothing = smi(0);
        self.fixed_array(&[&[closure, previous, nothing, nothing], variables].concat())
    }

    /// The context of `function` is `context`, which could not be made before it.
    pub fn close_over(&mut self, function: Word, context: Word) {
        self.objects.words(function - 1 + 24, &[context]);
    }

    /// A constructor known by name alone: `Object`, `Array` and their like.
    pub fn constructor(&mut self, name: &'static str) -> Word {
        if let Some(&function) = self.constructors.get(name) {
            return function;
        }
        let script = self.undefined;
        let spec = FunctionSpec {
            name,
            inferred: "",
            script,
            span: (0, 0),
            parameters: &[],
            locals: &[],
            context: self.empty,
        };
        let function = self.function(&spec);
        self.constructors.insert(name, function);
        function
    }

    /// A function of the program is the constructor of that name.
    pub fn define_constructor(&mut self, name: &'static str, function: Word) {
        self.constructors.insert(name, function);
    }

    /// A Buffer of node 0.10: bytes outside the heap are its elements.
    pub fn buffer(&mut self, bytes: &[u8]) -> Word {
        let outside = self.outside_bytes(bytes);
        let length = smi(bytes.len() as i32);
        let elements = self.object(EXTERNAL_UNSIGNED_BYTE_ARRAY_TYPE, &[length, outside]);
        let properties = [("length", Property::Field(length)), ("offset", Property::Field(smi(0)))];
        let map = self.shape(JS_OBJECT_TYPE, Elements::ExternalUnsignedByte, 0, 2, "Buffer", &properties);
        self.instance(map, 2, elements, &[], &fields(&properties))
    }
}

/// The values of those properties that are fields.
fn fields(properties: &[(&str, Property)]) -> Vec<Word> {
    properties.iter().filter_map(|(_, p)| if let Property::Field(value) = p { Some(*value) } else { None }).collect()
}
