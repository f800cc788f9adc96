//! Instance types: the number in a map, and the kinds of object that jsdb tells apart.
//!
//! Knows: which classes matter. Must not know: their numbers, which differ by version.

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
        )
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
    "ExternalPixelArray" => ExternalArray,
    "Code" => Code,
    "SharedFunctionInfo" => SharedFunctionInfo,
    "Script" => Script,
    "AccessorInfo" => AccessorInfo,
    "ExecutableAccessorInfo" => AccessorInfo,
    "AccessorPair" => AccessorPair,
    "Foreign" => Foreign,
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
}
