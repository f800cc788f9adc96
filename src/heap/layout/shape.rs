//! How V8's versions differ in more than a constant: one enum for each such thing, matched by whoever decodes it.
//!
//! Each variant says from which V8 on it holds. Where the metadata shows which it is, that decides (`Map::bit_field3`
//! is a Smi where it says so); else the version does.
//!
//! Knows: versions, metadata. Must not know: how an object is read.

use super::code_shape::CodeShapes;
use super::{Metadata, Version};
use crate::image::Width;

/// How the descriptors of a map say what a property is, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DescriptorShape {
    /// To 3.25: a type in the details; the value of a field is its index, that of a constant function or of callbacks is
    /// the thing itself (V8 3.14 `property-details.h`, `PropertyType`).
    ValueIsIndex,
    /// 3.26 to 3.31: a type in the details, as is the index of a field.
    TypeInDetails,
    /// From 4.0: in the details a bit for data or accessor, one for field or constant, and the index of a field
    /// (V8 4.5 `property-details.h`, `PropertyKind`, `PropertyLocation`).
    KindAndLocation,
}

/// What keeps descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DescriptorStore {
    /// To 6.9: a FixedArray, or an array laid out like one.
    FixedArray,
    /// From 7.0: an object of its own, with a count of two bytes and a header (V8 `descriptor-array.h`).
    DescriptorArray,
}

/// How Map::bit_field3 is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BitField3 {
    /// To 3.25: a Smi.
    Smi,
    /// A raw 32-bit word.
    Word32,
}

/// How a map stores the type of its instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeSize {
    /// To 6.7: a byte.
    Byte,
    /// Two bytes.
    Half,
}

/// What a map says of the properties inside its instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InobjectProperties {
    /// To 6.7: how many there are.
    Count,
    /// The word at which they start.
    Start,
}

/// What keeps the properties that are not in the object, where they are no dictionary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PropertiesStore {
    /// To 6.1: a FixedArray.
    FixedArray,
    /// From 6.2: a PropertyArray, whose length shares its word with the object's hash.
    PropertyArray,
}

/// How fields that are known to be doubles are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DoubleFields {
    /// In a heap number of their own, inside the object or outside.
    Boxed,
    /// 4.0 to 8.3 on 64 bits: inside the object as raw doubles (`V8_DOUBLE_FIELDS_UNBOXING`).
    UnboxedInObject,
}

/// How a string stores its length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LengthShape {
    /// To 6.9: a Smi.
    Smi,
    /// An int.
    Int,
}

/// How the small integers of SharedFunctionInfo and Script are stored (V8 `objects.h`, `PSEUDO_SMI_ACCESSORS`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PackedInt {
    /// A Smi of pointer size: 32-bit builds.
    Smi,
    /// To 5.x on 64 bits: two 32-bit words in one word; the low one, which looks like a Smi, is shifted left by one.
    Half,
    /// 6.0 to 6.9: ints.
    Int,
    /// From 7.0: counts of two bytes.
    Short,
}

/// Where a SharedFunctionInfo has its name, its scope and its place in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SharedShape {
    /// To 6.2: each in a field of its own.
    Fields,
    /// 6.3 to 6.9: the scope info takes the place of the name, and has it; positions are fields.
    NameInScopeInfo,
    /// From 7.0: positions are there as well, or in the data of a function that never ran.
    AllInScopeInfo,
}

/// What lies between the locals of a scope info and its end (V8 `scope-info.tq`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeInfoShape {
    /// To 6.x: an array: names of parameters, a number, stack locals, context locals, their infos, ...
    Array {
        /// Whether a number, the first stack slot, lies before the names of the stack locals.
        first_slot: bool,
    },
    /// 7.x and 8.x: an array without parameters and stack locals.
    Compact,
    /// From 9.0: an object without a length: its words follow the map.
    Struct {
        /// Flags are a raw word, positions come before the names (from 13.0).
        raw_flags: bool,
    },
}

/// How a JSDate stores its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DateValue {
    /// A Smi or a heap number.
    Tagged,
    /// From 13.0: a raw double.
    Double,
}

/// What surrounds the hole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HoleShape {
    /// To 12.0: an oddball of a kind of its own.
    Oddball,
    /// From 12.1: an object of a type of its own.
    Hole,
}

/// In which order, and behind what, a frame has its arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArgumentOrder {
    /// To 8.8: the receiver is pushed first, the last argument lies next to the frame. An adaptor frame evens out their
    /// number.
    LastFirst,
    /// From 8.9: the receiver lies next to the frame, then the arguments. There are no adaptor frames.
    ReceiverFirst,
}

/// What `formal_parameter_count` counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterCount {
    /// To 9.9: parameters. All ones is for functions that take whatever they are given.
    Parameters,
    /// From 10.0: the receiver as well. 0 is for functions that take whatever they are given.
    WithReceiver,
}

/// What the first words of the table of a JSMap or JSSet are (V8 `ordered-hash-table.h`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderedTable {
    /// To 5.x: the number of buckets, of elements, of deleted elements.
    BucketsFirst,
    /// From 6.0: the number of elements, of deleted elements, of buckets.
    ElementsFirst,
}

/// How array buffers and their views store sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ViewNumbers {
    /// To 6.9: as Smis or heap numbers.
    Tagged,
    /// As raw words.
    Raw,
}

/// The continuations of a generator that is not suspended (V8 `js-generator.h`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GeneratorMarks {
    /// Of one that runs.
    pub executing: i64,
    /// Of one that has ended.
    pub closed: i64,
}

/// How promises keep what waits for them, and what `await` makes of its operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PromiseShape {
    /// What a pending promise keeps.
    pub reactions: Reactions,
    /// What `await` waits for.
    pub awaits: Awaits,
}

/// What a pending promise keeps of what waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reactions {
    /// 6.x before 6.8: functions and promises, each alone or in arrays of their own (V8 `JSPromise`).
    Arrays,
    /// A list of PromiseReactions.
    List,
}

/// What `await` waits for (V8 `builtins-async-gen.cc`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Awaits {
    /// To 6.8: a promise of its own, which is settled as the operand is.
    Wrapped,
    /// The operand itself, if that is a promise.
    Itself,
}

/// Which libuv Node has: its structures differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UvShape {
    /// Node 0.10, whose V8 is 3.14.
    V0_10,
    /// Node 0.12 and later.
    V1,
}

/// How an address in a function's code becomes a line of its source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineTable {
    /// V8 3.14: only where the script has a table of its lines; else as mdb_v8 has always shown it.
    Stored,
    /// By counting the lines of the source where there is no such table.
    Counted,
}

/// How the table of source positions of bytecode is written (V8 `source-position-table.cc`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PositionTable {
    /// What tells statements.
    pub statements: StatementMark,
    /// The offset that the first entry counts from: that of the function's entry, from 8.0 on (V8
    /// `kFunctionEntryBytecodeOffset`).
    pub entry: i64,
    /// Bits below the offset in the script: from 7.0 on one tells builtins from scripts (V8 `source-position.h`).
    pub flags: u32,
}

/// What tells the entries of a table of source positions apart that begin a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatementMark {
    /// To 14.1: the sign of the first number of an entry.
    Sign,
    /// Two bits below the first number.
    Flags,
}

/// What holds what an error keeps of where it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StackHolder {
    /// To 3.14: the getter of its property `stack`, a closure.
    Getter,
    /// A property of its own, by a private symbol.
    Symbol,
}

/// How an error keeps the frames of where it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallSites {
    /// To 6.x, and from 14.0: words in one array. To 5.x the code is compiled, and the offset one in that.
    Flat(FlatFrames),
    /// 7.0 to 8.x: an array of frames that each refer to such an array (V8 `stack-frame-info.tq`, StackTraceFrame).
    ByReference(FlatFrames),
    /// An array of objects: fields, in words from their start (V8 `call-site-info.tq`).
    Objects {
        /// The function.
        function: usize,
        /// Its bytecode, or compiled code.
        code: usize,
        /// Where in that.
        offset: usize,
    },
}

/// Frames as words in an array (V8 `frame-array.h`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlatFrames {
    /// Words before the first frame.
    pub header: usize,
    /// Words to a frame.
    pub stride: usize,
    /// The function, in words from the start of the frame.
    pub function: usize,
    /// Its bytecode, or compiled code.
    pub code: usize,
    /// Where in that.
    pub offset: usize,
}

/// V8 3.14: receiver, function, code, offset (V8 `Isolate::CaptureSimpleStackTrace`).
const RAW_STACK: FlatFrames = FlatFrames { header: 0, stride: 4, function: 1, code: 2, offset: 3 };
/// V8 3.28 to 5.1: the same behind the number of sloppy functions.
const RAW_STACK_AND_COUNT: FlatFrames = FlatFrames { header: 1, ..RAW_STACK };
/// V8 7.8: the number of frames; receiver, function, code, offset, flags, parameters.
const FRAME_ARRAY: FlatFrames = FlatFrames { header: 1, stride: 6, function: 1, code: 2, offset: 3 };
/// V8 6.2 and 6.8: without parameters.
const FRAME_ARRAY_OF_FIVE: FlatFrames = FlatFrames { header: 1, stride: 5, function: 1, code: 2, offset: 3 };
/// V8 14.6: code, receiver, function, offset, parameters, flags.
const CALL_SITES: FlatFrames = FlatFrames { header: 0, stride: 6, function: 2, code: 0, offset: 3 };

/// The pages of V8's heap, and what tells those apart whose objects the last collection left behind: they are dead, or
/// have moved (V8 `memory-chunk.h`, `MemoryChunk::Flag`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageShape {
    /// The size of a page, and what it is aligned to.
    pub size: u64,
    /// Where in a page its flags are: a word.
    pub flags: u64,
    /// Which of them tell a page whose objects are dead.
    pub left_behind: LeftBehind,
    /// Which flag tells a page that all isolates share (`--shared-string-table`); absent before V8 had them.
    pub shared: Option<u64>,
}

/// Which flags tell a page of the half of the new space that the last collection left behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeftBehind {
    /// The flags that count.
    pub mask: u64,
    /// Their values.
    pub flags: u64,
}

/// To V8 4.9: `POINTERS_TO_HERE_ARE_INTERESTING`, `IN_FROM_SPACE` and not `IN_TO_SPACE`.
const LEFT_BEHIND_4: LeftBehind = LeftBehind { mask: 0x64, flags: 0x24 };
/// From V8 5.1 on: of what points to the page and from it, and of both halves, `POINTERS_TO_HERE_ARE_INTERESTING` and
/// `FROM_PAGE`.
const LEFT_BEHIND: LeftBehind = LeftBehind { mask: 0x1f, flags: 0x0a };

/// The order of elements kinds after that of a dictionary (V8 `elements-kind.h`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ElementsOrder {
    /// How many kinds there are of the parameter maps of arguments objects.
    pub arguments: i64,
    /// How many kinds there are of elements of boxed strings.
    pub string_wrappers: i64,
    /// The types of elements outside the heap, in the order of their kinds.
    pub typed: &'static [TypedKind],
}

/// The type of the elements of a typed array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // JavaScript's own names.
pub enum TypedKind {
    Int8,
    Uint8,
    Uint8Clamped,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Float16,
    Float32,
    Float64,
    BigInt64,
    BigUint64,
}

impl TypedKind {
    /// The size of an element, in bytes.
    pub fn size(self) -> usize {
        match self {
            Int8 | Uint8 | Uint8Clamped => 1,
            Int16 | Uint16 | Float16 => 2,
            Int32 | Uint32 | Float32 => 4,
            Float64 | BigInt64 | BigUint64 => 8,
        }
    }
}

use TypedKind::{
    BigInt64, BigUint64, Float16, Float32, Float64, Int8, Int16, Int32, Uint8, Uint8Clamped, Uint16, Uint32,
};

/// V8 3.14: EXTERNAL_BYTE_ELEMENTS to EXTERNAL_PIXEL_ELEMENTS.
const EXTERNAL: &[TypedKind] = &[Int8, Uint8, Int16, Uint16, Int32, Uint32, Float32, Float64, Uint8Clamped];
/// V8 3.28 and 4.5: the external ones, then UINT8_ELEMENTS to UINT8_CLAMPED_ELEMENTS.
const EXTERNAL_AND_TYPED: &[TypedKind] = &[
    Int8,
    Uint8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Float32,
    Float64,
    Uint8Clamped,
    Uint8,
    Int8,
    Uint16,
    Int16,
    Uint32,
    Int32,
    Float32,
    Float64,
    Uint8Clamped,
];
/// V8 4.6 to 13.x: UINT8_ELEMENTS to BIGINT64_ELEMENTS, then the same for buffers that may shrink (RAB_GSAB_...).
const TYPED: &[TypedKind] = &[
    Uint8,
    Int8,
    Uint16,
    Int16,
    Uint32,
    Int32,
    Float32,
    Float64,
    Uint8Clamped,
    BigUint64,
    BigInt64,
    Uint8,
    Int8,
    Uint16,
    Int16,
    Uint32,
    Int32,
    Float32,
    Float64,
    Uint8Clamped,
    BigUint64,
    BigInt64,
];
/// From 13.0: whole numbers, then the others, FLOAT16_ELEMENTS among them.
const TYPED_WITH_FLOAT16: &[TypedKind] = &[
    Uint8,
    Int8,
    Uint16,
    Int16,
    Uint32,
    Int32,
    BigUint64,
    BigInt64,
    Uint8Clamped,
    Float32,
    Float64,
    Float16,
    Uint8,
    Int8,
    Uint16,
    Int16,
    Uint32,
    Int32,
    BigUint64,
    BigInt64,
    Uint8Clamped,
    Float32,
    Float64,
    Float16,
];

/// All that differs, for one version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shapes {
    /// How descriptors say what a property is.
    pub descriptors: DescriptorShape,
    /// What keeps descriptors.
    pub descriptor_store: DescriptorStore,
    /// How Map::bit_field3 is stored.
    pub bit_field3: BitField3,
    /// How a map stores the type of its instances.
    pub type_size: TypeSize,
    /// What a map says of the properties inside its instances.
    pub inobject: InobjectProperties,
    /// What keeps the properties that are not in the object.
    pub properties: PropertiesStore,
    /// How double fields are kept.
    pub doubles: DoubleFields,
    /// How a string stores its length.
    pub string_length: LengthShape,
    /// How packed ints are stored.
    pub packed_ints: PackedInt,
    /// Where a SharedFunctionInfo has its name.
    pub shared: SharedShape,
    /// How a scope info is laid out.
    pub scope_info: ScopeInfoShape,
    /// How a JSDate stores its time.
    pub date: DateValue,
    /// What surrounds the hole.
    pub hole: HoleShape,
    /// The order of a frame's arguments.
    pub arguments: ArgumentOrder,
    /// What `formal_parameter_count` counts.
    pub parameters: ParameterCount,
    /// The order of elements kinds.
    pub elements: ElementsOrder,
    /// What the first words of the table of a JSMap or JSSet are.
    pub ordered_table: OrderedTable,
    /// How array buffers and their views store sizes.
    pub view_numbers: ViewNumbers,
    /// How positions become lines.
    pub lines: LineTable,
    /// The continuations of a generator that is not suspended.
    pub generators: GeneratorMarks,
    /// How source positions are written.
    pub positions: PositionTable,
    /// What compiled code notes, and where.
    pub code: CodeShapes,
    /// What holds what an error keeps of where it was made.
    pub stack_holder: StackHolder,
    /// How it keeps frames.
    pub call_sites: CallSites,
    /// How promises keep what waits for them; absent where they are written in JavaScript.
    pub promises: Option<PromiseShape>,
    /// The pages of the heap; absent where nothing is known of them.
    pub pages: Option<PageShape>,
    /// Which libuv Node has.
    pub uv: UvShape,
}

impl Shapes {
    /// Those of V8 `version`, whose metadata is `metadata`.
    pub fn of(version: Version, width: Width, metadata: &Metadata) -> Shapes {
        let from = |major, minor| version >= Version::line(major, minor);
        let has = |class, field| metadata.field(class, field).is_some();
        Shapes {
            descriptors: match () {
                () if from(4, 0) => DescriptorShape::KindAndLocation,
                () if from(3, 26) => DescriptorShape::TypeInDetails,
                () => DescriptorShape::ValueIsIndex,
            },
            descriptor_store: if from(7, 0) { DescriptorStore::DescriptorArray } else { DescriptorStore::FixedArray },
            bit_field3: match metadata.field("Map", "bit_field3") {
                Some(field) if field.kind == "SMI" => BitField3::Smi,
                _ => BitField3::Word32,
            },
            type_size: if has("Map", "instance_type") { TypeSize::Half } else { TypeSize::Byte },
            inobject: if has("Map", "inobject_properties_start_or_constructor_function_index") {
                InobjectProperties::Start
            } else {
                InobjectProperties::Count
            },
            properties: if from(6, 2) { PropertiesStore::PropertyArray } else { PropertiesStore::FixedArray },
            doubles: if width == Width::W64 && from(4, 0) && !from(8, 4) {
                DoubleFields::UnboxedInObject
            } else {
                DoubleFields::Boxed
            },
            string_length: match metadata.field("String", "length") {
                Some(field) if field.kind != "SMI" => LengthShape::Int,
                _ => LengthShape::Smi,
            },
            packed_ints: match (width, ()) {
                (_, ()) if from(7, 0) => PackedInt::Short,
                (_, ()) if from(6, 0) => PackedInt::Int,
                (Width::W32, ()) => PackedInt::Smi,
                (Width::W64, ()) => PackedInt::Half,
            },
            shared: match () {
                () if from(7, 0) => SharedShape::AllInScopeInfo,
                () if has("SharedFunctionInfo", "name_or_scope_info") => SharedShape::NameInScopeInfo,
                () => SharedShape::Fields,
            },
            scope_info: match () {
                () if from(9, 0) => ScopeInfoShape::Struct { raw_flags: from(13, 0) },
                () if from(7, 0) => ScopeInfoShape::Compact,
                () => ScopeInfoShape::Array { first_slot: from(4, 0) },
            },
            date: if from(13, 0) { DateValue::Double } else { DateValue::Tagged },
            hole: if from(12, 1) { HoleShape::Hole } else { HoleShape::Oddball },
            arguments: if from(8, 9) { ArgumentOrder::ReceiverFirst } else { ArgumentOrder::LastFirst },
            parameters: if from(10, 0) { ParameterCount::WithReceiver } else { ParameterCount::Parameters },
            elements: ElementsOrder {
                arguments: if from(3, 30) { 2 } else { 1 },
                string_wrappers: if from(5, 0) { 2 } else { 0 },
                typed: match () {
                    () if from(13, 0) => TYPED_WITH_FLOAT16,
                    () if from(4, 6) => TYPED,
                    () if from(3, 20) => EXTERNAL_AND_TYPED,
                    () => EXTERNAL,
                },
            },
            ordered_table: if from(6, 0) { OrderedTable::ElementsFirst } else { OrderedTable::BucketsFirst },
            view_numbers: if from(7, 0) { ViewNumbers::Raw } else { ViewNumbers::Tagged },
            generators: if from(6, 0) {
                GeneratorMarks { executing: -2, closed: -1 }
            } else {
                GeneratorMarks { executing: -1, closed: 0 }
            },
            stack_holder: if from(3, 20) { StackHolder::Symbol } else { StackHolder::Getter },
            call_sites: match () {
                () if from(14, 0) => CallSites::Flat(CALL_SITES),
                () if from(12, 0) => CallSites::Objects { function: 3, code: 1, offset: 4 },
                () if from(9, 0) => CallSites::Objects { function: 2, code: 3, offset: 4 },
                () if from(7, 0) => CallSites::ByReference(FRAME_ARRAY),
                () if from(6, 0) => CallSites::Flat(FRAME_ARRAY_OF_FIVE),
                () if from(3, 20) => CallSites::Flat(RAW_STACK_AND_COUNT),
                () => CallSites::Flat(RAW_STACK),
            },
            promises: from(6, 0).then(|| PromiseShape {
                reactions: if from(6, 8) { Reactions::List } else { Reactions::Arrays },
                awaits: if from(7, 0) { Awaits::Itself } else { Awaits::Wrapped },
            }),
            // V8 5.0 has the page of 4 and the flags of neither; 3.14 lists what mdb_v8 lists.
            pages: (from(5, 1) || (from(3, 28) && !from(5, 0))).then(|| PageShape {
                size: match () {
                    () if from(7, 0) => 1 << 18,
                    () if from(6, 0) => 1 << 19,
                    () => 1 << 20,
                },
                flags: if from(12, 0) { 0 } else { 8 },
                left_behind: if from(5, 1) { LEFT_BEHIND } else { LEFT_BEHIND_4 },
                // IN_WRITABLE_SHARED_SPACE; the bit told executable pages before.
                shared: from(11, 0).then_some(1),
            }),
            positions: PositionTable {
                statements: if from(14, 2) { StatementMark::Flags } else { StatementMark::Sign },
                entry: if from(8, 0) { -1 } else { 0 },
                flags: u32::from(from(7, 0)),
            },
            code: CodeShapes::of(version),
            uv: if from(3, 20) { UvShape::V1 } else { UvShape::V0_10 },
            lines: if from(3, 20) { LineTable::Counted } else { LineTable::Stored },
        }
    }
}
