//! How the words of objects are read, by type: which are tagged, and which kind of object has weak ones.
//!
//! Knows: V8's types. Must not know: where an object's words are.

use super::index::Index;
use super::objects::Object;
use crate::heap::layout::InstanceType;
use crate::heap::{Field, Heap, Kind, Tagged};

/// How the words of the objects of a type are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// All of them are tagged.
    Words,
    /// Only the map is.
    MapAlone,
    /// The first few.
    Header,
    /// Words, and instructions with words at any byte. To the maps that they compare with they refer weakly: V8 clears
    /// inline caches when it collects (V8 `IC::Clear`), and a map that is in use is kept alive by its objects. So does
    /// optimized code to all of the program that it names (`Embedded`). The header may link it to other code.
    Instructions,
    /// Words, of which those to code link all that V8 has optimized; of a native context, so does one of the last to a
    /// function (V8 `Context::FIRST_WEAK_SLOT`).
    Links,
    /// Words but for the last one, which is weak.
    WeakTarget,
    /// Pairs of a weak key and a value, which the two keep alive together (`ephemerons`).
    WeakKeys,
    /// What a FinalizationRegistry notes of an object: words but for the object itself, and for that by which it is taken
    /// from the registry again, which often is the object (V8 `weak-cell.tq`, `WeakCell::BodyDescriptor`). From V8 4.1 to
    /// 6.x another thing was called so, V8's own reference to a map or a function, which is weak as well.
    WeakCell,
    /// Words but for that which links the closures that V8 has optimized (to 6.x `JSFunction::kNextFunctionLinkOffset`).
    Function,
    /// The maps that a map grew into, weak but for the first word, which is the map that it grew out of: V8 3.14 lets the
    /// collector drop those without objects (`MarkCompactCollector::ClearNonLiveTransitions`).
    Transitions,
}

/// How objects of each type are read, by its number.
pub(super) fn by_type(heap: Heap<'_>) -> Vec<Reading> {
    let layout = heap.layout();
    let bits = |field: Field| layout.find(field).and_then(|bits| u16::try_from(bits).ok());
    let mask = bits(Field::StringRepresentationMask);
    let characters = [Field::SeqStringTag, Field::ExternalStringTag].map(bits);
    (0..=layout.last_type())
        .map(|number| {
            let instance_type = InstanceType(number);
            let name = heap.layout().type_name(instance_type).unwrap_or_default();
            match heap.layout().kind(instance_type) {
                Some(
                    Kind::HeapNumber | Kind::FixedDoubleArray | Kind::FixedTypedArray | Kind::ByteArray | Kind::BigInt,
                ) => Reading::MapAlone,
                Some(Kind::ExternalArray | Kind::Foreign) => Reading::MapAlone,
                // Characters, and what fills up the last word, look like anything.
                Some(Kind::String) if mask.is_some_and(|mask| characters.contains(&Some(number & mask))) => {
                    Reading::MapAlone
                }
                Some(Kind::BytecodeArray) => Reading::Header,
                Some(Kind::Code) => Reading::Instructions,
                Some(Kind::JsWeakRef) => Reading::WeakTarget,
                Some(Kind::JsFunction) => Reading::Function,
                Some(Kind::FixedArray) if name == "EphemeronHashTable" => Reading::WeakKeys,
                _ if name == "WeakCell" => Reading::WeakCell,
                _ if name == "InstructionStream" => Reading::Instructions,
                _ if matches!(name, "CodeDataContainer" | "NativeContext") => Reading::Links,
                _ => Reading::Words,
            }
        })
        .collect()
}

/// By type, whether its objects are the program's, or contexts with its variables (where V8 has types for these).
pub(super) fn of_program(heap: Heap<'_>) -> Vec<bool> {
    let layout = heap.layout();
    let of_type = |number| {
        let instance_type = InstanceType(number);
        layout.kind(instance_type).is_some_and(Kind::is_js_object)
            || layout.type_name(instance_type).is_some_and(|name| name.ends_with("Context"))
    };
    (0..=layout.last_type()).map(of_type).collect()
}

/// How the arrays are read that have no type of their own: those in which maps keep the ones that they grew into, the
/// tables of weak collections, native contexts.
pub(super) fn of_arrays(heap: Heap<'_>, objects: &[Object], index: &Index) -> Vec<Reading> {
    let kind = |object: &Object| heap.layout().kind(InstanceType(object.instance_type));
    let mut found = vec![Reading::Words; objects.len()];
    for owner in objects {
        let (field, reading) = match kind(owner) {
            Some(Kind::Map) => (Field::MapTransitions, Reading::Transitions),
            Some(Kind::JsWeakMap | Kind::JsWeakSet) => (Field::JsCollectionTable, Reading::WeakKeys),
            // To 6.x native contexts have no type of their own.
            Some(Kind::JsGlobalProxy) => (Field::GlobalProxyNativeContext, Reading::Links),
            _ => continue,
        };
        let array = heap.word(Tagged(owner.start + 1), field).ok().filter(|word| word.is_object());
        let number = array.and_then(|array| index.number(array.untagged().0));
        if let Some(number) = number.filter(|&number| kind(&objects[number as usize]) == Some(Kind::FixedArray)) {
            found[number as usize] = reading;
        }
    }
    found
}
