//! Instance types: the number in a map, and the kinds of object that jsdb tells apart.
//!
//! Knows: which classes matter. Must not know: their numbers, which differ by version.

use super::Metadata;
use super::shape::{DescriptorShape, DescriptorStore, ScopeInfoShape, Shapes};

/// The number in a map that tells the type of its instances (V8 `InstanceType`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct InstanceType(pub u16);

/// A kind of heap object with a decoder of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Any string representation.
    String,
    /// Map.
    Map,
    /// HeapNumber.
    HeapNumber,
    /// Oddball: undefined, null, true, false, the hole.
    Oddball,
    /// FixedArray, and all that is laid out as one: contexts, scope infos, dictionaries, descriptor arrays.
    FixedArray,
    /// FixedDoubleArray.
    FixedDoubleArray,
    /// The elements of a typed array, in the heap or pointing out of it.
    FixedTypedArray,
    /// An array of weak references, laid out like a FixedArray.
    WeakArray,
    /// A list of weak references: as an array with room for more, whose length follows its capacity (V8 `fixed-array.h`).
    WeakArrayList,
    /// PropertyArray: the properties of an object that are not inside it.
    PropertyArray,
    /// DescriptorArray, where that is no FixedArray.
    DescriptorArray,
    /// ScopeInfo, where that is no FixedArray.
    ScopeInfo,
    /// The parameter map of an arguments object, where that is no FixedArray.
    ArgumentsMap,
    /// Symbol.
    Symbol,
    /// BigInt.
    BigInt,
    /// The hole, where that is no oddball.
    Hole,
    /// The instructions of a function for the interpreter.
    BytecodeArray,
    /// A table of source positions, and frames made from it.
    PositionsWithCache,
    /// ByteArray: bytes of V8's own.
    ByteArray,
    /// A cell in a slot of a context, around a variable that changes.
    ContextCell,
    /// What is known of a function that never ran.
    UncompiledData,
    /// Bytecode and the machine code that interprets it (a function under a profiler).
    InterpreterData,
    /// DebugInfo: what stands in place of a script while it is debugged.
    DebugInfo,
    /// One frame of an error's stack.
    CallSiteInfo,
    /// An error's stack and what goes with it.
    ErrorStackData,
    /// What a promise does when it is settled.
    PromiseReaction,
    /// Memory that holds no object.
    Filler,
    /// An external array: the elements of Node's Buffers and typed arrays.
    ExternalArray,
    /// Code.
    Code,
    /// SharedFunctionInfo.
    SharedFunctionInfo,
    /// Script.
    Script,
    /// AccessorInfo: a getter in C++.
    AccessorInfo,
    /// AccessorPair: getter and setter in JavaScript.
    AccessorPair,
    /// Foreign: a C++ pointer.
    Foreign,
    /// JSGlobalPropertyCell.
    PropertyCell,
    /// JSObject.
    JsObject,
    /// JSArray.
    JsArray,
    /// JSFunction.
    JsFunction,
    /// JSBoundFunction.
    JsBoundFunction,
    /// JSDate.
    JsDate,
    /// JSRegExp.
    JsRegExp,
    /// JSValue: a boxed primitive.
    JsValue,
    /// JSTypedArray.
    JsTypedArray,
    /// JSGlobalObject.
    JsGlobalObject,
    /// JSBuiltinsObject.
    JsBuiltinsObject,
    /// JSGlobalProxy; 3.14 has no type of its own for it.
    JsGlobalProxy,
    /// JSMessageObject.
    JsMessageObject,
    /// JSProxy and JSFunctionProxy.
    JsProxy,
    /// JSMap.
    JsMap,
    /// JSSet.
    JsSet,
    /// JSWeakMap.
    JsWeakMap,
    /// JSWeakSet.
    JsWeakSet,
    /// JSWeakRef.
    JsWeakRef,
    /// JSPromise.
    JsPromise,
    /// JSGeneratorObject, also of an async function or generator.
    JsGenerator,
    /// JSArrayBuffer.
    JsArrayBuffer,
    /// JSDataView.
    JsDataView,
}

impl Kind {
    /// Whether a living object may have a thing of this kind as the value of a property. V8's own objects are not among
    /// them, but for accessors, and for the C++ pointers (Foreign) of those that V8 itself makes: mdb_v8 lets them pass.
    pub fn may_be_value(self) -> bool {
        matches!(
            self,
            Kind::String
                | Kind::HeapNumber
                | Kind::Oddball
                | Kind::Foreign
                | Kind::AccessorInfo
                | Kind::AccessorPair
                | Kind::JsObject
                | Kind::JsArray
                | Kind::JsFunction
                | Kind::JsBoundFunction
                | Kind::JsDate
                | Kind::JsRegExp
                | Kind::JsTypedArray
                | Kind::JsGlobalObject
                | Kind::JsBuiltinsObject
                | Kind::JsGlobalProxy
                | Kind::JsProxy
                | Kind::Symbol
                | Kind::BigInt
                | Kind::JsMap
                | Kind::JsSet
                | Kind::JsWeakMap
                | Kind::JsWeakSet
                | Kind::JsWeakRef
                | Kind::JsPromise
                | Kind::JsGenerator
                | Kind::JsArrayBuffer
                | Kind::JsDataView
        )
    }

    /// Whether `::findjsobjects` counts its objects, arrays apart. mdb_v8 leaves out what V8 3.14 has a type of its own
    /// for; later versions have one for nearly all.
    #[inline]
    pub fn is_counted(self, later: bool) -> bool {
        let own = matches!(self, Kind::JsDate | Kind::JsRegExp | Kind::JsValue | Kind::JsBoundFunction);
        match self {
            Kind::JsObject | Kind::JsTypedArray => true,
            Kind::JsGlobalObject | Kind::JsBuiltinsObject => false,
            kind => later && (own || kind.has_properties()),
        }
    }

    /// Whether its objects have named properties and elements: those of V8 `JSObject` but functions.
    pub fn has_properties(self) -> bool {
        matches!(
            self,
            Kind::JsObject
                | Kind::JsGlobalObject
                | Kind::JsBuiltinsObject
                | Kind::JsTypedArray
                | Kind::JsMap
                | Kind::JsSet
                | Kind::JsWeakMap
                | Kind::JsWeakSet
                | Kind::JsWeakRef
                | Kind::JsPromise
                | Kind::JsGenerator
                | Kind::JsArrayBuffer
                | Kind::JsDataView
        )
    }

    /// Whether its objects are those of V8 `JSObject`: functions, arrays and what wraps a value, too, but no proxies.
    pub fn is_js_object(self) -> bool {
        self.has_properties()
            || matches!(
                self,
                Kind::JsArray
                    | Kind::JsFunction
                    | Kind::JsBoundFunction
                    | Kind::JsDate
                    | Kind::JsRegExp
                    | Kind::JsValue
                    | Kind::JsGlobalProxy
            )
    }
}

/// The kind of the objects of a class; absent for one that jsdb has no decoder for.
pub(super) fn of_class(class: &str, shapes: &Shapes) -> Option<Kind> {
    if let Some(spec) = KINDS.iter().find(|spec| spec.class == class) {
        return match spec.kind {
            // These were FixedArrays before they were objects of their own.
            Kind::ScopeInfo if !matches!(shapes.scope_info, ScopeInfoShape::Struct { .. }) => Some(Kind::FixedArray),
            Kind::DescriptorArray if shapes.descriptor_store == DescriptorStore::FixedArray => Some(Kind::FixedArray),
            kind => Some(kind),
        };
    }
    // Kinds of object that have nothing of their own to show: iterators, errors, `arguments`, what Intl makes.
    let ordinary = class.starts_with("JS") && shapes.descriptors != DescriptorShape::ValueIsIndex;
    ordinary.then_some(Kind::JsObject)
}

/// The types between that of the embedder's objects and the next one that V8 names are the embedder's own (V8
/// `instance-type.h`, FIRST_JS_API_OBJECT_TYPE).
pub(super) fn add_embedder_objects(metadata: &Metadata, kinds: &mut [Option<Kind>]) {
    for name in ["APIObjectType", "SpecialAPIObjectType"] {
        let Some(first) = metadata.constant(name).and_then(|t| usize::try_from(t).ok()) else { continue };
        for slot in kinds.iter_mut().skip(first).take_while(|slot| slot.is_none()) {
            *slot = Some(Kind::JsObject);
        }
    }
}

/// A kind and the class that the metadata calls it by.
pub struct KindSpec {
    /// The kind.
    pub kind: Kind,
    /// V8's class.
    pub class: &'static str,
}

macro_rules! kinds {
    ($($class:literal => $kind:ident),* $(,)?) => {
        /// Every kind but strings, which are told by a bit of the type instead.
        pub const KINDS: &[KindSpec] = &[$(KindSpec { kind: Kind::$kind, class: $class }),*];
    };
}

kinds! {
    "Map" => Map,
    "HeapNumber" => HeapNumber,
    "Oddball" => Oddball,
    "FixedArray" => FixedArray,
    "FixedDoubleArray" => FixedDoubleArray,
    "ExternalByteArray" => ExternalArray,
    "ExternalUnsignedByteArray" => ExternalArray,
    "ExternalShortArray" => ExternalArray,
    "ExternalUnsignedShortArray" => ExternalArray,
    "ExternalIntArray" => ExternalArray,
    "ExternalUnsignedIntArray" => ExternalArray,
    "ExternalFloatArray" => ExternalArray,
    "ExternalDoubleArray" => ExternalArray,
    "ExternalInt8Array" => ExternalArray,
    "ExternalUint8Array" => ExternalArray,
    "ExternalUint8ClampedArray" => ExternalArray,
    "ExternalInt16Array" => ExternalArray,
    "ExternalUint16Array" => ExternalArray,
    "ExternalInt32Array" => ExternalArray,
    "ExternalUint32Array" => ExternalArray,
    "ExternalFloat32Array" => ExternalArray,
    "ExternalFloat64Array" => ExternalArray,
    "ExternalPixelArray" => ExternalArray,
    "Code" => Code,
    "SharedFunctionInfo" => SharedFunctionInfo,
    "Script" => Script,
    "AccessorInfo" => AccessorInfo,
    "ExecutableAccessorInfo" => AccessorInfo,
    "AccessorPair" => AccessorPair,
    "Foreign" => Foreign,
    "TrustedFixedArray" => FixedArray,
    "ProtectedFixedArray" => FixedArray,
    "HashTable" => FixedArray,
    "NameDictionary" => FixedArray,
    "GlobalDictionary" => FixedArray,
    "NumberDictionary" => FixedArray,
    "SimpleNumberDictionary" => FixedArray,
    "SimpleNameDictionary" => FixedArray,
    "OrderedHashMap" => FixedArray,
    "OrderedHashSet" => FixedArray,
    "OrderedNameDictionary" => FixedArray,
    "StringTable" => FixedArray,
    "NameToIndexHashTable" => FixedArray,
    "RegisteredSymbolTable" => FixedArray,
    "EphemeronHashTable" => FixedArray,
    "AwaitContext" => FixedArray,
    "BlockContext" => FixedArray,
    "CatchContext" => FixedArray,
    "DebugEvaluateContext" => FixedArray,
    "EvalContext" => FixedArray,
    "FunctionContext" => FixedArray,
    "ModuleContext" => FixedArray,
    "NativeContext" => FixedArray,
    "ScriptContext" => FixedArray,
    "ScriptContextTable" => FixedArray,
    "WithContext" => FixedArray,
    "ObjectBoilerplateDescription" => FixedArray,
    "ClosureFeedbackCellArray" => FixedArray,
    "FixedTypedArray" => FixedTypedArray,
    "SloppyArgumentsElements" => ArgumentsMap,
    "WeakFixedArray" => WeakArray,
    "WeakArrayList" => WeakArrayList,
    "DependentCode" => WeakArrayList,
    "TransitionArray" => WeakArray,
    "PropertyArray" => PropertyArray,
    "DescriptorArray" => DescriptorArray,
    "StrongDescriptorArray" => DescriptorArray,
    "ScopeInfo" => ScopeInfo,
    "Symbol" => Symbol,
    "BigInt" => BigInt,
    "BigIntBase" => BigInt,
    "Hole" => Hole,
    "BytecodeArray" => BytecodeArray,
    "SourcePositionTableWithFrameCache" => PositionsWithCache,
    "ByteArray" => ByteArray,
    "TrustedByteArray" => ByteArray,
    "ContextCell" => ContextCell,
    "UncompiledDataWithPreparseData" => UncompiledData,
    "UncompiledDataWithoutPreparseData" => UncompiledData,
    "UncompiledDataWithPreparseDataAndJob" => UncompiledData,
    "UncompiledDataWithoutPreparseDataWithJob" => UncompiledData,
    "InterpreterData" => InterpreterData,
    "BaselineData" => InterpreterData,
    "DebugInfo" => DebugInfo,
    "StackFrameInfo" => CallSiteInfo,
    "CallSiteInfo" => CallSiteInfo,
    "StackTraceFrame" => CallSiteInfo,
    "ErrorStackData" => ErrorStackData,
    "PromiseReaction" => PromiseReaction,
    "Filler" => Filler,
    "FreeSpace" => Filler,
    "PropertyCell" => PropertyCell,
    "MutableHeapNumber" => HeapNumber,
    "JSGlobalPropertyCell" => PropertyCell,
    "JSObject" => JsObject,
    "JSArray" => JsArray,
    "JSFunction" => JsFunction,
    "JSBoundFunction" => JsBoundFunction,
    "JSDate" => JsDate,
    "JSRegExp" => JsRegExp,
    "JSValue" => JsValue,
    "JSTypedArray" => JsTypedArray,
    "JSGlobalObject" => JsGlobalObject,
    "JSBuiltinsObject" => JsBuiltinsObject,
    "JSMessageObject" => JsMessageObject,
    "JSProxy" => JsProxy,
    "JSFunctionProxy" => JsProxy,
    "JSClassConstructor" => JsFunction,
    "JSArrayConstructor" => JsFunction,
    "JSPromiseConstructor" => JsFunction,
    "JSRegExpConstructor" => JsFunction,
    "TypedArrayConstructor" => JsFunction,
    "JSPrimitiveWrapper" => JsValue,
    "JSGlobalProxy" => JsGlobalProxy,
    "JSMap" => JsMap,
    "JSSet" => JsSet,
    "JSWeakMap" => JsWeakMap,
    "JSWeakSet" => JsWeakSet,
    "JSWeakRef" => JsWeakRef,
    "JSPromise" => JsPromise,
    "JSGeneratorObject" => JsGenerator,
    "JSAsyncFunctionObject" => JsGenerator,
    "JSAsyncGeneratorObject" => JsGenerator,
    "JSArrayBuffer" => JsArrayBuffer,
    "JSDataView" => JsDataView,
    "JSRabGsabDataView" => JsDataView,
}
