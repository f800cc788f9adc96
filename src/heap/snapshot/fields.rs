//! What V8 calls the fields of its own objects in a snapshot (V8 `heap-snapshot-generator.cc`).
//!
//! Knows: names. Must not know: objects.

use crate::heap::{Field, Kind};

/// What V8 calls the fields of its own objects.
pub(super) const FIELDS: &[(Kind, Field, &str)] = &[
    (Kind::JsFunction, Field::JsFunctionShared, "shared"),
    (Kind::JsFunction, Field::JsFunctionContext, "context"),
    (Kind::JsFunction, Field::JsFunctionLiterals, "feedback_cell"),
    (Kind::JsBoundFunction, Field::BoundFunctionTarget, "bound_function"),
    (Kind::JsBoundFunction, Field::BoundFunctionThis, "bound_this"),
    (Kind::JsBoundFunction, Field::BoundFunctionArguments, "bound_arguments"),
    (Kind::JsRegExp, Field::JsRegExpData, "data"),
    (Kind::JsRegExp, Field::JsRegExpSource, "source"),
    (Kind::JsValue, Field::JsValueValue, "value"),
    (Kind::JsMap, Field::JsCollectionTable, "table"),
    (Kind::JsSet, Field::JsCollectionTable, "table"),
    (Kind::JsWeakMap, Field::JsCollectionTable, "table"),
    (Kind::JsWeakSet, Field::JsCollectionTable, "table"),
    (Kind::JsWeakRef, Field::JsWeakRefTarget, "target"),
    (Kind::JsPromise, Field::JsPromiseResult, "reactions_or_result"),
    (Kind::JsProxy, Field::JsProxyTarget, "target"),
    (Kind::JsProxy, Field::JsProxyHandler, "handler"),
    (Kind::JsGenerator, Field::GeneratorFunction, "function"),
    (Kind::JsGenerator, Field::GeneratorReceiver, "receiver"),
    (Kind::JsTypedArray, Field::ViewBuffer, "buffer"),
    (Kind::JsDataView, Field::ViewBuffer, "buffer"),
    (Kind::AccessorPair, Field::AccessorPairGetter, "getter"),
    (Kind::AccessorPair, Field::AccessorPairSetter, "setter"),
    (Kind::PropertyCell, Field::PropertyCellValue, "value"),
    (Kind::PropertyCell, Field::PropertyCellName, "name"),
    (Kind::ContextCell, Field::ContextCellValue, "value"),
    (Kind::Oddball, Field::OddballToString, "to_string"),
    (Kind::Symbol, Field::SymbolName, "name"),
    (Kind::Map, Field::MapPrototype, "prototype"),
    (Kind::Map, Field::MapConstructor, "constructor"),
    (Kind::Map, Field::MapTransitions, "transitions"),
    (Kind::Map, Field::MapInstanceDescriptors, "descriptors"),
    (Kind::SharedFunctionInfo, Field::SharedName, "name"),
    (Kind::SharedFunctionInfo, Field::SharedNameOrScopeInfo, "name_or_scope_info"),
    (Kind::SharedFunctionInfo, Field::SharedFunctionData, "function_data"),
    (Kind::SharedFunctionInfo, Field::SharedScopeInfo, "scope_info"),
    (Kind::SharedFunctionInfo, Field::SharedInferredName, "inferred_name"),
    (Kind::SharedFunctionInfo, Field::SharedScript, "script"),
    (Kind::SharedFunctionInfo, Field::SharedCode, "code"),
    (Kind::Script, Field::ScriptSource, "source"),
    (Kind::Script, Field::ScriptName, "name"),
    (Kind::Script, Field::ScriptLineEnds, "line_ends"),
    (Kind::Code, Field::CodeRelocationInfo, "relocation_info"),
    (Kind::UncompiledData, Field::UncompiledInferredName, "inferred_name"),
];

/// What V8 calls the parts of strings, which share their places.
pub(super) const PARTS: [(Field, Field, &str); 4] = [
    (Field::ConsStringTag, Field::ConsStringFirst, "first"),
    (Field::ConsStringTag, Field::ConsStringSecond, "second"),
    (Field::SlicedStringTag, Field::SlicedStringParent, "parent"),
    (Field::ThinStringTag, Field::ThinStringActual, "actual"),
];

/// What V8 calls the slots that every context has, by their number.
pub(super) const CONTEXT_SLOTS: [(Field, &str); 6] = [
    (Field::ContextClosure, "closure"),
    (Field::ContextScopeInfo, "scope_info"),
    (Field::ContextPrevious, "previous"),
    (Field::ContextExtension, "extension"),
    (Field::ContextGlobal, "global"),
    (Field::ContextNative, "native_context"),
];
