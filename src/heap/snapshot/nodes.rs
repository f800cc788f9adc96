//! What kind of node an object is, and what V8 would call it.
//!
//! Knows: V8 `HeapExplorer::AddEntry`. Must not know: edges.

use super::Snapshot;
use super::strings::Name;
use super::tags::Tag;
use crate::heap::graph::{Naming, Node, is_javascript};
use crate::heap::{Field, JsFunction, Kind, Script, SharedFunctionInfo};

/// What kind of node, in the order of the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeKind {
    /// One of V8's own that programs know nothing of.
    Hidden,
    /// An array of V8's own.
    Array,
    /// A string.
    String,
    /// An object.
    Object,
    /// Code, and what goes with it.
    Code,
    /// A function.
    Closure,
    /// A regular expression.
    RegExp,
    /// A number.
    Number,
    /// Bytes outside the heap.
    Native,
    /// None in memory.
    Synthetic,
    /// A string of two others.
    ConsString,
    /// A part of another string.
    SlicedString,
    /// A symbol.
    Symbol,
    /// A BigInt.
    BigInt,
    /// A map, and what goes with it.
    ObjectShape,
}

/// All kinds, as the format calls them.
pub const NODE_KINDS: [(NodeKind, &str); 15] = [
    (NodeKind::Hidden, "hidden"),
    (NodeKind::Array, "array"),
    (NodeKind::String, "string"),
    (NodeKind::Object, "object"),
    (NodeKind::Code, "code"),
    (NodeKind::Closure, "closure"),
    (NodeKind::RegExp, "regexp"),
    (NodeKind::Number, "number"),
    (NodeKind::Native, "native"),
    (NodeKind::Synthetic, "synthetic"),
    (NodeKind::ConsString, "concatenated string"),
    (NodeKind::SlicedString, "sliced string"),
    (NodeKind::Symbol, "symbol"),
    (NodeKind::BigInt, "bigint"),
    (NodeKind::ObjectShape, "object shape"),
];

/// V8's classes that it counts to code, besides those with a [`Kind`] (`HeapExplorer::GetSystemEntryType`).
const CODE: [&str; 14] = [
    "AllocationSite",
    "ArrayBoilerplateDescription",
    "BytecodeWrapper",
    "ClosureFeedbackCellArray",
    "CodeWrapper",
    "FeedbackCell",
    "FeedbackMetadata",
    "FeedbackVector",
    "LoadHandler",
    "ObjectBoilerplateDescription",
    "PreparseData",
    "RegExpBoilerplateDescription",
    "StoreHandler",
    "TemplateObjectDescription",
];

/// V8's classes that it counts to the shapes of objects.
const SHAPES: [&str; 4] = ["Cell", "EnumCache", "PrototypeInfo", "TransitionArray"];

impl Snapshot<'_, '_> {
    /// The kind and the name of the node of an object.
    pub(super) fn described(&self, node: Node, naming: &mut Naming<'_>) -> (NodeKind, Name) {
        let (heap, word) = (self.heap, self.graph.word(node));
        let class = heap.layout().type_name(self.graph.instance_type(node)).unwrap_or("Object");
        let system = |kind: NodeKind| (kind, Name::Made(format!("system / {class}").into()));
        let made = |text: String| Name::Made(text.into());
        let kind = self.graph.kind(heap, node);
        if class == "NativeContext" {
            return system(NodeKind::Hidden);
        }
        // V8 3.14 has no class of its own for contexts.
        if self.edges.tag(node) == Tag::Context || self.edges.is_context(node) {
            return (NodeKind::Object, Name::Static("system / Context"));
        }
        if SHAPES.contains(&class) {
            return system(NodeKind::ObjectShape);
        }
        match kind {
            Some(Kind::String) => self.string(node),
            Some(Kind::Symbol) if heap.is_private_symbol(word) => (NodeKind::Hidden, Name::Static("private symbol")),
            Some(Kind::Symbol) => (NodeKind::Symbol, Name::Word(word)),
            Some(Kind::BigInt) => (NodeKind::BigInt, Name::Static("bigint")),
            Some(Kind::HeapNumber) => (NodeKind::Number, Name::Static("heap number")),
            Some(Kind::JsFunction) => {
                let name = JsFunction::load(heap, word).map(|function| function_name(function.shared()));
                (NodeKind::Closure, made(name.unwrap_or_default()))
            }
            Some(Kind::JsBoundFunction) => (NodeKind::Closure, Name::Static("native_bind")),
            Some(Kind::JsRegExp) => {
                (NodeKind::RegExp, heap.regexp(word).map_or(Name::Static(""), |(source, _)| Name::Word(source)))
            }
            Some(Kind::SharedFunctionInfo) => {
                let name = SharedFunctionInfo::load(heap, word).map(function_name).unwrap_or_default();
                let is_named = !name.is_empty();
                (NodeKind::Code, if is_named { made(name) } else { Name::Static("(shared function info)") })
            }
            Some(Kind::Script) => {
                let name = Script::load(heap, word).ok().and_then(|script| script.name());
                (NodeKind::Code, made(name.unwrap_or_default()))
            }
            Some(kind) if is_javascript(kind) || kind == Kind::JsGlobalProxy => {
                let number = naming.of(self.graph, node);
                // In parentheses stands V8's class of what no constructor made, in angle brackets that one has no name.
                match naming.name(number) {
                    name if name.starts_with(['(', '<']) || name.is_empty() => {
                        (NodeKind::Object, Name::Static("Object"))
                    }
                    name => (NodeKind::Object, made(name.to_owned())),
                }
            }
            Some(Kind::Code | Kind::BytecodeArray | Kind::ScopeInfo | Kind::UncompiledData | Kind::InterpreterData) => {
                system(NodeKind::Code)
            }
            Some(Kind::Map | Kind::DescriptorArray) => system(NodeKind::ObjectShape),
            Some(
                Kind::FixedArray
                | Kind::FixedDoubleArray
                | Kind::PropertyArray
                | Kind::WeakArray
                | Kind::WeakArrayList
                | Kind::ByteArray
                | Kind::ArgumentsMap
                | Kind::FixedTypedArray
                | Kind::ExternalArray,
            ) => (
                NodeKind::Array,
                match self.edges.tag(node) {
                    Tag::Elements => Name::Static("(object elements)"),
                    Tag::Properties => Name::Static("(object properties)"),
                    Tag::Descriptors => Name::Static("(map descriptors)"),
                    Tag::Context | Tag::None => Name::Static("(internal array)"),
                },
            ),
            _ if CODE.contains(&class) => system(NodeKind::Code),
            // Kinds of objects for which there is no decoder.
            _ if class.starts_with("JS") => {
                let class = class.trim_start_matches("JS");
                (NodeKind::Object, made(class.strip_suffix("Object").unwrap_or(class).to_owned()))
            }
            _ => system(NodeKind::Hidden),
        }
    }

    fn string(&self, node: Node) -> (NodeKind, Name) {
        let layout = self.heap.layout();
        let mask = layout.find(Field::StringRepresentationMask).unwrap_or(0);
        let tag = Some(mask & i64::from(self.graph.instance_type(node).0));
        if tag == layout.find(Field::ConsStringTag) {
            return (NodeKind::ConsString, Name::Static("(concatenated string)"));
        }
        if tag == layout.find(Field::SlicedStringTag) {
            return (NodeKind::SlicedString, Name::Static("(sliced string)"));
        }
        (NodeKind::String, Name::Word(self.graph.word(node)))
    }
}

/// A function's name in its source; empty for one without.
fn function_name(shared: SharedFunctionInfo<'_>) -> String {
    let name = shared.name().to_string();
    if name.starts_with("<anonymous>") { String::new() } else { name }
}
