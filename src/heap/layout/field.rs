//! The constants that jsdb reads by: each with the metadata that names it, and what stands in where none does.
//!
//! Knows: spellings by version, newest first. Must not know: values of a particular build (see `v3_14`).

use super::Version;

/// Where the metadata has a constant.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// The symbol `v8dbg_<name>`.
    Constant(&'static str),
    /// The offset of a field of a class.
    Class(&'static str, &'static str),
}

/// What stands in for a constant that no metadata names.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    /// None: the field is absent.
    Absent,
    /// This value.
    Value(i64),
    /// This many pointers: 4 or 8 bytes each.
    Words(i64),
    /// So many pointers after (negative: before) another field.
    Beside(Field, i64),
    /// So many bytes after another field.
    Bytes(Field, i64),
}

/// One way to find a field. A field may have several: the first whose symbol is there wins, else the first whose
/// fallback applies to the version.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// The field.
    pub field: Field,
    /// Its spelling in the metadata.
    pub from: From,
    /// The first version for which `fallback` stands.
    pub since: Option<Version>,
    /// The first version for which it no longer stands.
    pub until: Option<Version>,
    /// What stands in.
    pub fallback: Fallback,
}

impl FieldSpec {
    const fn since(mut self, major: u32, minor: u32) -> FieldSpec {
        self.since = Some(Version::line(major, minor));
        self
    }

    const fn until(mut self, major: u32, minor: u32) -> FieldSpec {
        self.until = Some(Version::line(major, minor));
        self
    }

    const fn or(mut self, fallback: Fallback) -> FieldSpec {
        self.fallback = fallback;
        self
    }
}

const fn constant(field: Field, name: &'static str) -> FieldSpec {
    FieldSpec { field, from: From::Constant(name), since: None, until: None, fallback: Fallback::Absent }
}

const fn class(field: Field, class: &'static str, name: &'static str) -> FieldSpec {
    FieldSpec { field, from: From::Class(class, name), since: None, until: None, fallback: Fallback::Absent }
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])* $name:ident: $($spec:expr),+;)*) => {
        /// A constant of the layout: an offset in bytes from the start of the (untagged) object unless said otherwise.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum Field {
            $($(#[doc = $doc])* $name),*
        }

        impl Field {
            /// How many fields there are.
            pub const COUNT: usize = [$(Field::$name),*].len();
        }

        /// Every way to find every field.
        pub const FIELDS: &[FieldSpec] = &{
            #[allow(unused_imports)]
            use Field::*;
            [$($($spec),+),*]
        };
    };
}

use Fallback::{Beside, Bytes, Value, Words};

fields! {
    /// Map of any heap object.
    HeapObjectMap: class(HeapObjectMap, "HeapObject", "map").or(Value(0));

    /// Instance size, in words (a byte).
    MapInstanceSize: class(MapInstanceSize, "Map", "instance_size_in_words"),
        class(MapInstanceSize, "Map", "instance_size");
    /// Properties inside the object, or where they start (a byte): `InobjectProperties` tells which.
    MapInobjectProperties:
        class(MapInobjectProperties, "Map", "inobject_properties_start_or_constructor_function_index"),
        class(MapInobjectProperties, "Map", "inobject_properties_or_constructor_function_index"),
        class(MapInobjectProperties, "Map", "inobject_properties");
    /// Instance type: two bytes, or the low one of the instance attributes.
    MapInstanceAttributes: class(MapInstanceAttributes, "Map", "instance_type"),
        class(MapInstanceAttributes, "Map", "instance_attributes");
    /// bit_field (a byte).
    MapBitField: class(MapBitField, "Map", "bit_field").or(Bytes(MapInstanceAttributes, 2));
    /// bit_field2 (a byte): the elements kind.
    MapBitField2: class(MapBitField2, "Map", "bit_field2").or(Bytes(MapInstanceAttributes, 3));
    /// bit_field3: number of own descriptors, dictionary map.
    MapBitField3: class(MapBitField3, "Map", "bit_field3");
    /// Prototype.
    MapPrototype: class(MapPrototype, "Map", "prototype");
    /// Constructor.
    MapConstructor: class(MapConstructor, "Map", "constructor_or_back_pointer"),
        class(MapConstructor, "Map", "constructor_or_backpointer"),
        class(MapConstructor, "Map", "constructor");
    /// Transition array, or back pointer.
    MapTransitions: class(MapTransitions, "Map", "transitions");
    /// Descriptor array.
    MapInstanceDescriptors: class(MapInstanceDescriptors, "Map", "instance_descriptors"),
        constant(MapInstanceDescriptors, "class_Map__instance_descriptors_offset");

    /// Bit of bit_field3 that says that properties are a dictionary (a shift).
    DictionaryMapShift: constant(DictionaryMapShift, "bit_field3_is_dictionary_map_shift"),
        constant(DictionaryMapShift, "bit_field3_dictionary_map_shift").or(Value(24)).since(3, 13);
    /// Low bit of the number of own descriptors in bit_field3 (a shift; V8 `NumberOfOwnDescriptorsBits`).
    OwnDescriptorsShift: constant(OwnDescriptorsShift, "bit_field3_number_of_own_descriptors_shift")
        .or(Value(11)).since(3, 13).until(3, 26),
        constant(OwnDescriptorsShift, "bit_field3_number_of_own_descriptors_shift").or(Value(10)).since(3, 26);
    /// The number of own descriptors in bit_field3 (a mask, before shifting).
    OwnDescriptorsMask: constant(OwnDescriptorsMask, "bit_field3_number_of_own_descriptors_mask")
        .or(Value(0x7ff << 11)).since(3, 13).until(3, 26),
        constant(OwnDescriptorsMask, "bit_field3_number_of_own_descriptors_mask").or(Value(0x3ff << 10)).since(3, 26);
    /// Elements kind in bit_field2 (a shift).
    ElementsKindShift: constant(ElementsKindShift, "bit_field2_elements_kind_shift"),
        constant(ElementsKindShift, "elements_kind_shift").or(Value(3));
    /// Elements kind in bit_field2 (a mask, before shifting).
    ElementsKindMask: constant(ElementsKindMask, "bit_field2_elements_kind_mask").or(Value(0xf8));
    /// The elements kind of packed tagged elements.
    ElementsFast: constant(ElementsFast, "elements_fast_elements").or(Value(2));
    /// The elements kind of tagged elements with holes.
    ElementsFastHoley: constant(ElementsFastHoley, "elements_fast_holey_elements").or(Value(3));
    /// The elements kind of a dictionary.
    ElementsDictionary: constant(ElementsDictionary, "elements_dictionary_elements").or(Value(6));

    /// First descriptor in a descriptor array (an index).
    DescriptorFirst: constant(DescriptorFirst, "prop_idx_first");
    /// First descriptor in a descriptor array that is no FixedArray (bytes from its start).
    DescriptorHeader: constant(DescriptorHeader, "class_DescriptorArray__header_size__uintptr_t");
    /// Key in a descriptor (an index).
    DescriptorKey: constant(DescriptorKey, "prop_desc_key").or(Value(0));
    /// Details in a descriptor (an index).
    DescriptorDetails: constant(DescriptorDetails, "prop_desc_details").or(Value(1));
    /// Value in a descriptor (an index).
    DescriptorValue: constant(DescriptorValue, "prop_desc_value").or(Value(2));
    /// Words in a descriptor.
    DescriptorSize: constant(DescriptorSize, "prop_desc_size").or(Value(3));
    /// Property type in the details (a mask).
    PropertyTypeMask: constant(PropertyTypeMask, "prop_type_mask");
    /// The property type of a field.
    PropertyTypeField: constant(PropertyTypeField, "prop_type_field");
    /// Whether a property is data (0) or an accessor (1), in the details (a mask; V8 `PropertyDetails::KindField`).
    PropertyKindMask: constant(PropertyKindMask, "prop_kind_mask").or(Value(1)).since(4, 0);
    /// Whether its value is in the object (0) or in the descriptor, in the details (a mask; V8 `LocationField`).
    PropertyLocationMask: constant(PropertyLocationMask, "prop_location_mask").or(Value(2)).since(4, 0);
    /// The index of a field in the details (a mask, before shifting).
    PropertyIndexMask: constant(PropertyIndexMask, "prop_index_mask");
    /// The index of a field in the details (a shift).
    PropertyIndexShift: constant(PropertyIndexShift, "prop_index_shift");
    /// The representation of a field in the details (a mask, before shifting).
    PropertyRepresentationMask: constant(PropertyRepresentationMask, "prop_representation_mask");
    /// The representation of a field in the details (a shift).
    PropertyRepresentationShift: constant(PropertyRepresentationShift, "prop_representation_shift");
    /// The representation of a double.
    PropertyRepresentationDouble: constant(PropertyRepresentationDouble, "prop_representation_double");
    /// Read only, not enumerable, not configurable, in the details (a shift; V8 `AttributesField`).
    PropertyAttributesShift: constant(PropertyAttributesShift, "prop_attributes_shift").or(Value(3)).until(4, 0),
        constant(PropertyAttributesShift, "prop_attributes_shift").or(Value(2)).since(4, 0);
    /// When a property was added, in the details of a dictionary entry (a shift; V8 `DictionaryStorageField`).
    PropertyEnumerationShift: constant(PropertyEnumerationShift, "prop_enumeration_shift").or(Value(7)).until(6, 0),
        constant(PropertyEnumerationShift, "prop_enumeration_shift").or(Value(8)).since(6, 0);
    /// Words per dictionary entry.
    DictionaryEntrySize: constant(DictionaryEntrySize, "namedictionaryshape_entry_size"),
        constant(DictionaryEntrySize, "class_NameDictionaryShape__entry_size__int"),
        constant(DictionaryEntrySize, "dict_entry_size"),
        constant(DictionaryEntrySize, "class_StringDictionaryShape__entry_size__int").or(Value(3)).since(3, 11);
    /// Words of a hash table's header.
    DictionaryStart: constant(DictionaryStart, "namedictionary_prefix_start_index"),
        constant(DictionaryStart, "class_NameDictionary__prefix_start_index__int"),
        constant(DictionaryStart, "dict_start_index").or(Value(3)).since(3, 11);
    /// Words between a name dictionary's header and its first entry.
    DictionaryPrefixSize: constant(DictionaryPrefixSize, "namedictionaryshape_prefix_size"),
        constant(DictionaryPrefixSize, "class_NameDictionaryShape__prefix_size__int"),
        constant(DictionaryPrefixSize, "dict_prefix_size"),
        constant(DictionaryPrefixSize, "class_StringDictionaryShape__prefix_size__int").or(Value(2)).since(3, 11);
    /// Words between a number dictionary's header and its first entry.
    NumberDictionaryPrefixSize: constant(NumberDictionaryPrefixSize, "numberdictionaryshape_prefix_size"),
        constant(NumberDictionaryPrefixSize, "seedednumberdictionaryshape_prefix_size"),
        constant(NumberDictionaryPrefixSize, "class_SeededNumberDictionaryShape__prefix_size__int").or(Value(2));
    /// Words per entry of the dictionary of the global object: 1 where an entry is a property cell and no more, 2 where the
    /// name is before that; absent where it is like any other (V8 4.5 `objects.h`, `GlobalDictionaryShape`).
    GlobalDictionaryEntrySize: constant(GlobalDictionaryEntrySize, "globaldictionaryshape_entry_size")
        .or(Value(2)).since(4, 5).until(6, 0);

    /// Properties of a JSObject.
    JsObjectProperties: class(JsObjectProperties, "JSReceiver", "raw_properties_or_hash"),
        class(JsObjectProperties, "JSReceiver", "properties_or_hash"),
        class(JsObjectProperties, "JSReceiver", "properties"),
        class(JsObjectProperties, "JSObject", "properties");
    /// Elements of a JSObject.
    JsObjectElements: class(JsObjectElements, "JSObject", "elements");
    /// Length of a JSArray.
    JsArrayLength: class(JsArrayLength, "JSArray", "length").or(Beside(JsObjectElements, 1));
    /// Length of a FixedArray (a Smi).
    FixedArrayLength: class(FixedArrayLength, "FixedArrayBase", "length"),
        class(FixedArrayLength, "FixedArray", "length");
    /// First element of a FixedArray, and of a FixedDoubleArray.
    FixedArrayData: class(FixedArrayData, "FixedArray", "data");
    /// Value of a HeapNumber (a double).
    HeapNumberValue: class(HeapNumberValue, "HeapNumber", "value");
    /// Name of an Oddball (V8 `oddball.tq`: three words before the kind).
    OddballToString: class(OddballToString, "Oddball", "to_string").or(Beside(OddballKind, -3)).since(6, 0);
    /// Kind of an Oddball (a Smi).
    OddballKind: class(OddballKind, "Oddball", "kind"), class(OddballKind, "Oddball", "kind_offset");
    /// The kind of undefined.
    OddballUndefined: constant(OddballUndefined, "OddballUndefined");
    /// The kind of the hole.
    OddballTheHole: constant(OddballTheHole, "OddballTheHole");
    /// Value of a JSDate.
    JsDateValue: class(JsDateValue, "JSDate", "value");
    /// Data of a JSRegExp: type, source, flags, ...
    JsRegExpData: class(JsRegExpData, "JSRegExp", "data").or(Beside(JsObjectElements, 1));
    /// Source of a JSRegExp, where it is in the object itself.
    JsRegExpSource: class(JsRegExpSource, "JSRegExp", "source");
    /// Flags of a JSRegExp, where they are in the object itself.
    JsRegExpFlags: class(JsRegExpFlags, "JSRegExp", "flags").or(Beside(JsRegExpSource, 1)).since(5, 0);
    /// What a JSValue (later JSPrimitiveWrapper) boxes.
    JsValueValue: class(JsValueValue, "JSPrimitiveWrapper", "value"),
        class(JsValueValue, "JSValue", "value").or(Beside(JsObjectElements, 1));
    /// Pointer to the data of an external array (V8 `ExternalArray::kExternalPointerOffset`: after the length).
    ExternalArrayPointer: class(ExternalArrayPointer, "ExternalArray", "external_pointer")
        .or(Beside(FixedArrayLength, 1));
    /// Value of a property cell: after the map, later after name and details (V8 `property-cell.tq`).
    PropertyCellValue: class(PropertyCellValue, "PropertyCell", "value"),
        class(PropertyCellValue, "JSGlobalPropertyCell", "value").or(Words(1)).until(4, 0),
        class(PropertyCellValue, "PropertyCell", "value").or(Words(3)).since(6, 0);
    /// Name of a property cell, where it has one.
    PropertyCellName: class(PropertyCellName, "PropertyCell", "name").or(Words(1)).since(6, 0);
    /// Hash table of a JSMap, JSSet, JSWeakMap or JSWeakSet.
    JsCollectionTable: class(JsCollectionTable, "JSCollection", "table").or(Beside(JsObjectElements, 1));
    /// The object of which a FinalizationRegistry notes something (V8 `weak-cell.tq`, later `js-weak-refs.h`, which has what
    /// it hands on before it).
    WeakCellTarget: class(WeakCellTarget, "WeakCell", "target").or(Words(2)).until(14, 0),
        class(WeakCellTarget, "WeakCell", "target").or(Words(3)).since(14, 0);
    /// By what that is taken from the registry again. Before V8 8.4 it is not weak, and elsewhere.
    WeakCellToken: class(WeakCellToken, "WeakCell", "unregister_token").or(Words(3)).since(8, 4).until(14, 0),
        class(WeakCellToken, "WeakCell", "unregister_token").or(Words(4)).since(14, 0);
    /// What a JSWeakRef refers to.
    JsWeakRefTarget: class(JsWeakRefTarget, "JSWeakRef", "target").or(Beside(JsObjectElements, 1));
    /// Target of a JSProxy (V8 `js-proxy.tq`: in the place of the elements).
    JsProxyTarget: class(JsProxyTarget, "JSProxy", "target").or(Beside(JsObjectElements, 0)).since(5, 0);
    /// Handler of a JSProxy.
    JsProxyHandler: class(JsProxyHandler, "JSProxy", "handler").or(Beside(JsObjectElements, 1)).since(5, 0);
    /// Result of a settled JSPromise, reactions of a pending one.
    JsPromiseResult: class(JsPromiseResult, "JSPromise", "result").or(Beside(JsObjectElements, 1)).since(6, 0);
    /// Flags of a JSPromise: its state in the low two bits (V8 `js-promise.h`).
    JsPromiseFlags: class(JsPromiseFlags, "JSPromise", "flags").or(Beside(JsPromiseResult, 1)).since(6, 8);
    /// The promises that those reactions settle in turn: one, or an array of them (V8 `JSPromise::deferred_promise`).
    JsPromiseDeferred: class(JsPromiseDeferred, "JSPromise", "deferred_promise")
        .or(Beside(JsPromiseResult, 1)).since(6, 0).until(6, 8);
    /// What a pending JSPromise calls when it is fulfilled: a function, or an array of them.
    JsPromiseFulfill: class(JsPromiseFulfill, "JSPromise", "fulfill_reactions")
        .or(Beside(JsPromiseResult, 4)).since(6, 0).until(6, 8);
    /// Next reaction of the same promise (V8 `promise.tq`, PromiseReaction).
    ReactionNext: class(ReactionNext, "PromiseReaction", "next").or(Words(1)).since(6, 8).until(12, 0),
        class(ReactionNext, "PromiseReaction", "next").or(Words(2)).since(12, 0);
    /// What a reaction calls when the promise is fulfilled.
    ReactionFulfill: class(ReactionFulfill, "PromiseReaction", "fulfill_handler").or(Beside(ReactionNext, 2));
    /// The promise that a reaction settles in turn, or what can settle one.
    ReactionPromise: class(ReactionPromise, "PromiseReaction", "promise_or_capability").or(Beside(ReactionNext, 3));
    /// Slot of a context made for an `await` that has the function that waits (an index).
    AwaitGenerator: constant(AwaitGenerator, "context_idx_await_generator").or(Value(4)).since(6, 0).until(7, 0),
        constant(AwaitGenerator, "context_idx_await_generator").or(Value(2)).since(7, 0);
    /// Function of a JSGeneratorObject (V8 `js-generator.tq`).
    GeneratorFunction: class(GeneratorFunction, "JSGeneratorObject", "function").or(Beside(JsObjectElements, 1));
    /// Receiver of a JSGeneratorObject.
    GeneratorReceiver: class(GeneratorReceiver, "JSGeneratorObject", "receiver").or(Beside(GeneratorFunction, 2));
    /// Where a suspended JSGeneratorObject is in its bytecode, or what was passed to a running one.
    GeneratorInput: class(GeneratorInput, "JSGeneratorObject", "input_or_debug_pos")
        .or(Beside(GeneratorFunction, 3)).since(5, 0);
    /// Continuation of a JSGeneratorObject: not negative while it is suspended, -1 when it has ended, -2 while it runs.
    GeneratorContinuation: class(GeneratorContinuation, "JSGeneratorObject", "continuation")
        .or(Beside(GeneratorFunction, 3)).until(5, 0),
        class(GeneratorContinuation, "JSGeneratorObject", "continuation").or(Beside(GeneratorFunction, 5)).since(6, 0);
    /// What a suspended JSGeneratorObject keeps of its registers.
    GeneratorRegisters: class(GeneratorRegisters, "JSGeneratorObject", "register_file");
    /// Promise of a JSAsyncFunctionObject.
    AsyncFunctionPromise: class(AsyncFunctionPromise, "JSAsyncFunctionObject", "promise")
        .or(Beside(GeneratorFunction, 7)).since(7, 0);
    /// Sign and length of a BigInt (V8 `bigint.h`).
    BigIntBits: class(BigIntBits, "BigInt", "bitfield").or(Words(1));
    /// First digit of a BigInt: a word.
    BigIntDigits: class(BigIntDigits, "BigInt", "digits").or(Beside(BigIntBits, 1));
    /// Bytes of a JSArrayBuffer (a pointer).
    ArrayBufferStore: class(ArrayBufferStore, "JSArrayBuffer", "backing_store").or(Beside(JsObjectElements, 1)).until(4, 0),
        class(ArrayBufferStore, "JSArrayBuffer", "backing_store").or(Beside(JsObjectElements, 2)).since(4, 0);
    /// Length of a JSArrayBuffer.
    ArrayBufferLength: class(ArrayBufferLength, "JSArrayBuffer", "byte_length");
    /// Buffer of a typed array or data view.
    ViewBuffer: class(ViewBuffer, "JSArrayBufferView", "buffer").or(Beside(ViewOffset, -1)).until(13, 0),
        class(ViewBuffer, "JSArrayBufferView", "buffer").or(Beside(ViewOffset, -2)).since(13, 0);
    /// Where in its buffer a view begins, in bytes.
    ViewOffset: class(ViewOffset, "JSArrayBufferView", "raw_byte_offset"),
        class(ViewOffset, "JSArrayBufferView", "byte_offset");
    /// How many bytes a view has.
    ViewLength: class(ViewLength, "JSArrayBufferView", "raw_byte_length"),
        class(ViewLength, "JSArrayBufferView", "byte_length");
    /// How many elements a typed array has.
    TypedArrayLength: class(TypedArrayLength, "JSTypedArray", "raw_length"),
        class(TypedArrayLength, "JSTypedArray", "length");
    /// Data of a typed array, from its base (a pointer).
    TypedArrayExternal: class(TypedArrayExternal, "JSTypedArray", "external_pointer");
    /// What the data of a typed array count from: a heap object, or nothing.
    TypedArrayBase: class(TypedArrayBase, "JSTypedArray", "base_pointer").or(Beside(TypedArrayExternal, 1));
    /// Data of elements outside the heap, from their base (a pointer).
    TypedElementsExternal: class(TypedElementsExternal, "FixedTypedArrayBase", "external_pointer")
        .or(Beside(FixedArrayData, 1)).since(4, 0).until(7, 0);
    /// What they count from: themselves, or nothing.
    TypedElementsBase: class(TypedElementsBase, "FixedTypedArrayBase", "base_pointer_of_elements")
        .or(Beside(FixedArrayData, 0)).since(4, 0).until(7, 0);
    /// Getter of an AccessorPair.
    AccessorPairGetter: class(AccessorPairGetter, "AccessorPair", "getter").or(Words(1));
    /// Setter of an AccessorPair.
    AccessorPairSetter: class(AccessorPairSetter, "AccessorPair", "setter").or(Words(2));

    /// Bit that strings have clear in their instance type (a mask).
    IsNotStringMask: constant(IsNotStringMask, "IsNotStringMask");
    /// String encoding in the instance type (a mask).
    StringEncodingMask: constant(StringEncodingMask, "StringEncodingMask");
    /// The encoding of one-byte strings.
    OneByteStringTag: constant(OneByteStringTag, "OneByteStringTag"), constant(OneByteStringTag, "AsciiStringTag");
    /// String representation in the instance type (a mask).
    StringRepresentationMask: constant(StringRepresentationMask, "StringRepresentationMask");
    /// The representation of sequential strings.
    SeqStringTag: constant(SeqStringTag, "SeqStringTag");
    /// The representation of cons strings.
    ConsStringTag: constant(ConsStringTag, "ConsStringTag");
    /// The representation of external strings.
    ExternalStringTag: constant(ExternalStringTag, "ExternalStringTag");
    /// The representation of sliced strings.
    SlicedStringTag: constant(SlicedStringTag, "SlicedStringTag").or(Value(3));
    /// The representation of thin strings: those that stand for an internalized one.
    ThinStringTag: constant(ThinStringTag, "ThinStringTag");
    /// Length of a string, in characters: `StringLength` tells how it is stored.
    StringLength: class(StringLength, "String", "length");
    /// Characters of a one-byte sequential string.
    SeqOneByteChars: class(SeqOneByteChars, "SeqOneByteString", "chars"),
        class(SeqOneByteChars, "SeqAsciiString", "chars");
    /// Characters of a two-byte sequential string.
    SeqTwoByteChars: class(SeqTwoByteChars, "SeqTwoByteString", "chars").or(Beside(SeqOneByteChars, 0));
    /// First part of a cons string.
    ConsStringFirst: class(ConsStringFirst, "ConsString", "first");
    /// Second part of a cons string.
    ConsStringSecond: class(ConsStringSecond, "ConsString", "second");
    /// Parent of a sliced string.
    SlicedStringParent: class(SlicedStringParent, "SlicedString", "parent").or(Beside(SlicedStringOffset, -1));
    /// Offset of a sliced string in its parent (a Smi), in characters.
    SlicedStringOffset: class(SlicedStringOffset, "SlicedString", "offset");
    /// What a thin string stands for.
    ThinStringActual: class(ThinStringActual, "ThinString", "actual");
    /// Description of a symbol (V8 `symbol.tq`: after the hash).
    SymbolName: class(SymbolName, "Symbol", "name").or(Words(2));
    /// Flags of a symbol: an int, after the hash (V8 `symbol.tq`), or a Smi after the description.
    SymbolFlags: class(SymbolFlags, "Symbol", "flags"),
        constant(SymbolFlags, "symbol_flags").or(Bytes(HeapObjectMap, 12)).since(7, 0),
        constant(SymbolFlags, "symbol_flags").or(Beside(SymbolName, 1)).until(7, 0);
    /// Resource of an external string: a C++ object.
    ExternalStringResource: class(ExternalStringResource, "ExternalString", "resource");
    /// Data pointer in the resource (node `string_bytes`, `ExternOneByteString`: after the vtable pointer).
    ExternalStringData: constant(ExternalStringData, "class_ExternalString__data__pointer").or(Words(1));

    /// Shared function info of a JSFunction.
    JsFunctionShared: class(JsFunctionShared, "JSFunction", "shared");
    /// Context of a JSFunction.
    JsFunctionContext: class(JsFunctionContext, "JSFunction", "context").or(Beside(JsFunctionShared, 1));
    /// Literals of a JSFunction, or bindings of a bound one.
    JsFunctionLiterals: class(JsFunctionLiterals, "JSFunction", "literals_or_bindings");
    /// The next closure that V8 has optimized: a weak list, to 6.x.
    JsFunctionNextLink: class(JsFunctionNextLink, "JSFunction", "next_function_link");
    /// The native context of a JSGlobalProxy.
    GlobalProxyNativeContext: class(GlobalProxyNativeContext, "JSGlobalProxy", "native_context");
    /// Target of a bound function that is an object of its own kind.
    BoundFunctionTarget: class(BoundFunctionTarget, "JSBoundFunction", "bound_target_function")
        .or(Beside(JsObjectElements, 1)).since(5, 0);
    /// `this` of such a bound function.
    BoundFunctionThis: class(BoundFunctionThis, "JSBoundFunction", "bound_this")
        .or(Beside(BoundFunctionTarget, 1)).since(5, 0);
    /// Arguments of such a bound function (a FixedArray).
    BoundFunctionArguments: class(BoundFunctionArguments, "JSBoundFunction", "bound_arguments")
        .or(Beside(BoundFunctionTarget, 2)).since(5, 0);
    /// Prototype or initial map of a JSFunction.
    JsFunctionPrototypeOrInitialMap:
        class(JsFunctionPrototypeOrInitialMap, "JSFunction", "prototype_or_initial_map");
    /// Name of a SharedFunctionInfo.
    SharedName: class(SharedName, "SharedFunctionInfo", "name"), class(SharedName, "SharedFunctionInfo", "raw_name");
    /// Name or ScopeInfo of a SharedFunctionInfo.
    SharedNameOrScopeInfo: class(SharedNameOrScopeInfo, "SharedFunctionInfo", "name_or_scope_info");
    /// What runs a SharedFunctionInfo: code, bytecode, or what is known of a function that never ran.
    SharedFunctionData: class(SharedFunctionData, "SharedFunctionInfo", "function_data").or(Words(1)).since(12, 0);
    /// What runs a SharedFunctionInfo, where code has a place of its own (V8 13 `untrusted_function_data`).
    SharedUntrustedData: class(SharedUntrustedData, "SharedFunctionInfo", "untrusted_function_data")
        .or(Words(2)).since(13, 0);
    /// Inferred name of a SharedFunctionInfo.
    SharedInferredName: class(SharedInferredName, "SharedFunctionInfo", "function_identifier"),
        class(SharedInferredName, "SharedFunctionInfo", "inferred_name");
    /// Code of a SharedFunctionInfo.
    SharedCode: class(SharedCode, "SharedFunctionInfo", "code");
    /// Scope info of a SharedFunctionInfo.
    SharedScopeInfo: class(SharedScopeInfo, "SharedFunctionInfo", "scope_info")
        .or(Beside(SharedOptimizedCodeMap, 1)).until(6, 0);
    /// Optimized code map of a SharedFunctionInfo.
    SharedOptimizedCodeMap: class(SharedOptimizedCodeMap, "SharedFunctionInfo", "optimized_code_map");
    /// Script of a SharedFunctionInfo.
    SharedScript: class(SharedScript, "SharedFunctionInfo", "script_or_debug_info"),
        class(SharedScript, "SharedFunctionInfo", "script");
    /// Formal length of a SharedFunctionInfo (a packed int).
    SharedLength: class(SharedLength, "SharedFunctionInfo", "length");
    /// Formal parameter count of a SharedFunctionInfo (a packed int).
    SharedFormalParameterCount:
        class(SharedFormalParameterCount, "SharedFunctionInfo", "internal_formal_parameter_count"),
        class(SharedFormalParameterCount, "SharedFunctionInfo", "formal_parameter_count");
    /// From the start of the function back to its first token, in characters (two bytes).
    SharedTokenOffset: class(SharedTokenOffset, "SharedFunctionInfo", "raw_function_token_offset");
    /// Start of the source of a function that never ran (an int).
    UncompiledStart: class(UncompiledStart, "UncompiledData", "start_position");
    /// End of the source of a function that never ran (an int).
    UncompiledEnd: class(UncompiledEnd, "UncompiledData", "end_position");
    /// Inferred name of a function that never ran.
    UncompiledInferredName: class(UncompiledInferredName, "UncompiledData", "inferred_name").or(Words(1)).since(7, 0);
    /// Position of the function's first token in its script (a packed int).
    SharedTokenPosition: class(SharedTokenPosition, "SharedFunctionInfo", "function_token_position");
    /// Start position, shifted, with type bits (a packed int).
    SharedStartPosition: class(SharedStartPosition, "SharedFunctionInfo", "start_position_and_type");
    /// End position (a packed int).
    SharedEndPosition: class(SharedEndPosition, "SharedFunctionInfo", "end_position");
    /// Compiler hints (a packed int).
    SharedCompilerHints: class(SharedCompilerHints, "SharedFunctionInfo", "compiler_hints");
    /// The bit of the compiler hints that says that a function is bound (a shift; V8 `kBoundFunction`).
    CompilerHintsBound: constant(CompilerHintsBound, "compiler_hints_bound_function").or(Value(13)).until(3, 28);

    /// Source of a Script.
    ScriptSource: class(ScriptSource, "Script", "source").or(Words(1));
    /// Name of a Script.
    ScriptName: class(ScriptName, "Script", "name");
    /// Line ends of a Script: a FixedArray of Smis, or undefined.
    ScriptLineEnds: class(ScriptLineEnds, "Script", "line_ends");
    /// Number of a Script, for debuggers (a Smi).
    ScriptId: class(ScriptId, "Script", "id").or(Words(8)).since(9, 0);
    /// Line offset of a Script (a Smi).
    ScriptLineOffset: class(ScriptLineOffset, "Script", "line_offset").or(Words(3));
    /// Column offset of a Script (a Smi).
    ScriptColumnOffset: class(ScriptColumnOffset, "Script", "column_offset").or(Words(4));

    /// Size of the instructions of a Code (an int).
    CodeInstructionSize: class(CodeInstructionSize, "Code", "instruction_size").or(Words(7)).since(11, 0).until(12, 0);
    /// First instruction of a Code.
    CodeInstructionStart: class(CodeInstructionStart, "Code", "instruction_start");
    /// Relocation information of a Code.
    CodeRelocationInfo: class(CodeRelocationInfo, "Code", "relocation_info");
    /// First instruction of a Code that does not hold it (a raw address).
    CodeEntry: class(CodeEntry, "Code", "instruction_start").or(Words(5)).since(11, 0);
    /// What optimized code keeps of where it can go on unoptimized.
    CodeDeoptimizationData: class(CodeDeoptimizationData, "Code", "deoptimization_data").or(Words(3)).since(6, 0).until(6, 3),
        class(CodeDeoptimizationData, "Code", "deoptimization_data").or(Words(2)).since(6, 3).until(12, 0),
        class(CodeDeoptimizationData, "Code", "deoptimization_data").or(Words(1)).since(12, 0);
    /// Where in the source the instructions of an optimized Code come from.
    CodePositions: class(CodePositions, "Code", "source_position_table").or(Words(4)).since(6, 0).until(6, 3),
        class(CodePositions, "Code", "source_position_table").or(Words(3)).since(6, 3).until(12, 0),
        class(CodePositions, "Code", "source_position_table").or(Words(2)).since(12, 0);
    /// How many instructions a Code has of each bytecode, where it was compiled from that as it stands.
    CodeBytecodeOffsets: class(CodeBytecodeOffsets, "Code", "bytecode_offset_table").or(Words(3)).since(9, 0).until(12, 0),
        class(CodeBytecodeOffsets, "Code", "bytecode_offset_table").or(Words(2)).since(12, 0);
    /// The Code of an InstructionStream.
    StreamCode: class(StreamCode, "InstructionStream", "code").or(Words(1)).since(11, 0);
    /// First instruction of an InstructionStream.
    StreamInstructions: class(StreamInstructions, "InstructionStream", "instruction_start");
    /// What the collector keeps in a Code.
    CodeGcMetadata: class(CodeGcMetadata, "Code", "gc_metadata");
    /// Age of the inline caches of a Code (an int; V8 `Code::kICAgeOffset`: after the collector's word).
    CodeIcAge: class(CodeIcAge, "Code", "ic_age").or(Beside(CodeGcMetadata, 1)).until(3, 15);
    /// Flags of a Code (an int; V8 `Code::kFlagsOffset`: after the age).
    CodeFlags: class(CodeFlags, "Code", "flags").or(Bytes(CodeIcAge, 4)).until(3, 15);
    /// Flags of a Code that mean something else for each kind (an int; V8 `Code::kKindSpecificFlags2Offset`).
    CodeKindFlags: class(CodeKindFlags, "Code", "kind_specific_flags2").or(Bytes(CodeFlags, 8)).until(3, 15),
        class(CodeKindFlags, "Code", "kind_specific_flags2").or(Words(9)).since(3, 20).until(6, 0),
        class(CodeKindFlags, "Code", "kind_specific_flags2").or(Bytes(CodeInstructionSize, 12)).since(6, 0).until(6, 3);
    /// The table of safepoints of a Code, from its first instruction (an int; V8 `Code::kSafepointTableOffsetOffset`).
    CodeSafepointTable: class(CodeSafepointTable, "Code", "safepoint_table_offset")
        .or(Bytes(CodeInstructionSize, 8)).since(6, 3).until(9, 0);
    /// The kind in the flags of a Code (a shift; V8 `Code::KindField`, four bits).
    CodeKindShift: constant(CodeKindShift, "code_kind_shift").or(Value(7)).until(3, 15);

    /// Slots that every context has.
    ContextMinSlots: constant(ContextMinSlots, "context_ncommon"),
        constant(ContextMinSlots, "class_Context__min_context_slots__int"),
        constant(ContextMinSlots, "context_min_slots").or(Value(4));
    /// Closure slot of a context (an index).
    ContextClosure: constant(ContextClosure, "context_idx_closure").or(Value(0)).until(6, 8);
    /// Scope info of a context (an index).
    ContextScopeInfo: constant(ContextScopeInfo, "context_idx_scope_info");
    /// Previous context (an index).
    ContextPrevious: constant(ContextPrevious, "context_idx_prev").or(Value(1));
    /// Extension slot of a context (an index).
    ContextExtension: constant(ContextExtension, "context_idx_ext").or(Value(2)).until(8, 0);
    /// Global object slot of a context (an index).
    ContextGlobal: constant(ContextGlobal, "context_idx_global").or(Value(3)).until(4, 9);
    /// Native context slot of a context (an index).
    ContextNative: constant(ContextNative, "context_idx_native").or(Value(3)).since(4, 9).until(8, 0);

    /// Embedder data of a native context (an index).
    ContextEmbedderData: constant(ContextEmbedderData, "context_idx_embedder_data");
    /// The same, as an offset.
    NativeContextEmbedderData: constant(NativeContextEmbedderData, "native_context_embedder_data_offset");

    /// Value of a ContextCell.
    ContextCellValue: class(ContextCellValue, "ContextCell", "tagged_value").or(Words(1)).since(14, 0);
    /// State of a ContextCell (an int).
    ContextCellState: class(ContextCellState, "ContextCell", "state").or(Beside(ContextCellValue, 2)).since(14, 0);
    /// Raw number of a ContextCell.
    ContextCellDouble: class(ContextCellDouble, "ContextCell", "double_value")
        .or(Beside(ContextCellValue, 3)).since(14, 0);

    /// Parameter count in a scope info (an index).
    ScopeInfoParameters: constant(ScopeInfoParameters, "scopeinfo_idx_nparams").or(Value(1)).since(3, 7);
    /// Stack local count in a scope info (an index).
    ScopeInfoStackLocals: constant(ScopeInfoStackLocals, "scopeinfo_idx_nstacklocals")
        .or(Value(2)).since(3, 7).until(7, 0);
    /// Context local count in a scope info (an index).
    ScopeInfoContextLocals:
        constant(ScopeInfoContextLocals, "scopeinfo_idx_ncontextlocals").or(Value(3)).since(3, 7);
    /// First variable in a scope info (an index).
    ScopeInfoFirstVariable: constant(ScopeInfoFirstVariable, "scopeinfo_idx_first_vars").or(Value(4)).since(3, 7);
    /// Count of variables of the global scope in a scope info (an index).
    ScopeInfoContextGlobals: constant(ScopeInfoContextGlobals, "scopeinfo_idx_ncontextglobals");

    /// First bytecode of a BytecodeArray.
    BytecodeData: class(BytecodeData, "BytecodeArray", "data").or(Value(58)).since(6, 0).until(7, 0),
        class(BytecodeData, "BytecodeArray", "data").or(Value(54)).since(7, 0).until(10, 0);
    /// Bytes of registers that a BytecodeArray needs (an int).
    BytecodeFrameSize: class(BytecodeFrameSize, "BytecodeArray", "frame_size").or(Words(5)).since(6, 0).until(12, 0),
        class(BytecodeFrameSize, "BytecodeArray", "frame_size").or(Words(6)).since(12, 0);
    /// Table of source positions of a BytecodeArray.
    BytecodePositions: class(BytecodePositions, "BytecodeArray", "source_position_table").or(Words(4)).until(12, 0),
        class(BytecodePositions, "BytecodeArray", "source_position_table").or(Words(3)).since(12, 0);
    /// The table itself, where V8 keeps frames that it made from it beside it.
    CachedPositionsTable:
        class(CachedPositionsTable, "SourcePositionTableWithFrameCache", "source_position_table").or(Words(1));
    /// Actual arguments of a frame that counts them, from the frame pointer (V8 `StandardFrameConstants`).
    FrameArgumentCount: constant(FrameArgumentCount, "off_fp_argc").or(Words(-3)).since(8, 9);
    /// First register of the interpreter, the others below it, or first variable of full code, from the frame pointer (V8
    /// `InterpreterFrameConstants::kRegisterFileFromFp`, `JavaScriptFrameConstants::kLocal0Offset`).
    FrameRegisters: constant(FrameRegisters, "off_fp_registers").or(Words(-3)).until(6, 0),
        constant(FrameRegisters, "off_fp_registers").or(Words(-5)).since(6, 0).until(8, 9),
        constant(FrameRegisters, "off_fp_registers").or(Words(-6)).since(8, 9).until(12, 0),
        constant(FrameRegisters, "off_fp_registers").or(Words(-7)).since(12, 0);
    /// First (last pushed) argument, from the frame pointer.
    FrameArguments: constant(FrameArguments, "off_fp_args");
    /// Context, from the frame pointer.
    FrameContext: constant(FrameContext, "off_fp_context");
    /// Function, from the frame pointer.
    FrameFunction: constant(FrameFunction, "off_fp_function");
    /// Frame type marker, from the frame pointer.
    FrameMarker: constant(FrameMarker, "off_fp_context_or_frame_type"), constant(FrameMarker, "off_fp_marker");
}
