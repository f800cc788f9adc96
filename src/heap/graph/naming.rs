//! What a reference is called, in terms of JavaScript: the property, the element, the variable and its function.
//!
//! V8 puts objects of its own between an object and its properties: a way through them is one step.
//!
//! Knows: how objects keep what they hold. Must not know: the graph.

use crate::heap::property::{Key, PropertyValue};
use crate::heap::{
    Context, Field, Heap, JsFunction, JsString, Kind, Map, SharedFunctionInfo, Tagged, VariableKind, collection,
    inspect, object,
};

/// What kind of reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepKind {
    /// A named property.
    Property,
    /// A numbered one.
    Element,
    /// A variable in the closure of a function.
    Variable,
    /// One of V8's own.
    Internal,
}

/// A step on the way from one object to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What kind.
    pub kind: StepKind,
    /// As it is written after what it begins at: `.clients`, `[312]`.
    pub text: String,
    /// How many references it goes along, V8's own among them.
    pub references: usize,
}

/// How much of a name is shown, in characters.
const NAME: usize = 79;
/// How much of a key of a Map is shown.
const KEY: usize = 40;

/// The first step of the way along `objects`, of which there are two at least.
pub fn step(heap: Heap<'_>, objects: &[Tagged]) -> Step {
    let [from, next, ..] = *objects else { return internal(heap, objects) };
    let kind = heap.kind(from).ok().flatten();
    let found = match kind {
        Some(Kind::JsFunction) => {
            of_closure(heap, from, &objects[1..]).or_else(|| of_object(heap, from, &objects[1..]))
        }
        Some(Kind::FixedArray) => of_context(heap, objects, None),
        Some(Kind::PropertyCell) if heap.word(from, Field::PropertyCellValue).is_ok_and(|word| word == next) => {
            Some(Step { kind: StepKind::Internal, text: String::new(), references: 1 })
        }
        Some(Kind::JsMap | Kind::JsSet) => {
            of_collection(heap, from, &objects[1..]).or_else(|| of_object(heap, from, &objects[1..]))
        }
        Some(
            Kind::JsArray | Kind::JsDate | Kind::JsRegExp | Kind::JsValue | Kind::JsBoundFunction | Kind::JsGlobalProxy,
        ) => of_object(heap, from, &objects[1..]),
        Some(kind) if kind.has_properties() => of_object(heap, from, &objects[1..]),
        _ => None,
    };
    found.or_else(|| of_prototype(heap, objects)).unwrap_or_else(|| internal(heap, objects))
}

/// The step through a map to the prototype that it has: of the object itself, or of those that a function makes.
fn of_prototype(heap: Heap<'_>, objects: &[Tagged]) -> Option<Step> {
    let [from, next, prototype, ..] = *objects else { return None };
    if !heap.is(next, Kind::Map) || Map::new(heap, next).prototype().ok()? != prototype {
        return None;
    }
    let text = if heap.map(from).is_ok_and(|map| map.word() == next) { ".__proto__" } else { ".prototype" };
    Some(Step { kind: StepKind::Property, text: text.to_owned(), references: 2 })
}

/// The property or element of `object` that `way` leads through: to its value at once, or by what keeps it.
fn of_object(heap: Heap<'_>, object: Tagged, way: &[Tagged]) -> Option<Step> {
    let &first = way.first()?;
    let field = |field| heap.word(object, field).is_ok_and(|word| word == first);
    let kept = field(Field::JsObjectElements) || field(Field::JsObjectProperties);
    let properties = object::all_properties(heap, object).ok()?;
    // A dictionary of the global object has cells, one of accessors pairs: one or two more.
    let most = if kept { way.len().min(4) } else { way.len().min(2) };
    let from = usize::from(kept);
    for (at, &word) in way.iter().enumerate().take(most).skip(from) {
        let held = properties.list.iter().find(|property| match property.value {
            PropertyValue::Tagged(value) | PropertyValue::Native(value) => value == word,
            PropertyValue::Accessor { pair, getter, setter } => pair == word || getter == word || setter == word,
            PropertyValue::Double(_) => false,
        });
        let Some(property) = held else { continue };
        let (kind, text) = match property.key {
            Key::Index(index) => (StepKind::Element, format!("[{index}]")),
            Key::Name(_) => (StepKind::Property, member(&inspect::key_text(heap, property.key))),
        };
        return Some(Step { kind, text, references: at + 1 });
    }
    None
}

/// A name as a program would write it after an object.
fn member(name: &str) -> String {
    let is_identifier = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    match () {
        () if is_identifier || name.starts_with('#') => format!(".{name}"),
        () if name.starts_with("Symbol(") => format!("[{name}]"),
        () => format!("[\"{name}\"]"),
    }
}

/// The variable in the closure of `function` that `way` leads through.
fn of_closure(heap: Heap<'_>, function: Tagged, way: &[Tagged]) -> Option<Step> {
    let context = heap.word(function, Field::JsFunctionContext).ok()?;
    if way.first() != Some(&context) {
        let prototype = heap.word(function, Field::JsFunctionPrototypeOrInitialMap).ok()?;
        let found = way.first() == Some(&prototype) && !heap.is(prototype, Kind::Map);
        return found.then(|| Step { kind: StepKind::Property, text: ".prototype".to_owned(), references: 1 });
    }
    let mut step = of_context(heap, way, Some(function))?;
    step.references += 1;
    Some(step)
}

/// The variable of the context that `way` begins with, or of those around it, that it leads through; of the closure
/// `function` where that is known.
fn of_context(heap: Heap<'_>, way: &[Tagged], function: Option<Tagged>) -> Option<Step> {
    let mut at = 0;
    loop {
        let context = Context::load(heap, *way.get(at)?).ok()?;
        let scope = context.scope_info().ok()?;
        let value = *way.get(at + 1)?;
        let named = scope.names(VariableKind::ContextLocal).zip(context.variables());
        let found = named.into_iter().find(|&(_, slot)| slot == value);
        if let Some((name, slot)) = found {
            let cell = heap.is(slot, Kind::ContextCell) && way.len() > at + 2;
            let name = heap.name_text(name).unwrap_or_default();
            let owner = function.or_else(|| context.closure().ok());
            let whose = owner.and_then(|function| closure_text(heap, function));
            let text = match whose {
                Some(whose) => format!(" \"{name}\" in closure of {whose}"),
                None => format!(" \"{name}\" in a closure"),
            };
            return Some(Step { kind: StepKind::Variable, text, references: at + 1 + usize::from(cell) });
        }
        if context.previous().ok()? != value {
            return None;
        }
        at += 1;
    }
}

/// A function and where it is written: `accept (ppserver.js:17)`.
pub fn closure_text(heap: Heap<'_>, function: Tagged) -> Option<String> {
    Some(function_text(JsFunction::load(heap, function).ok()?.shared()))
}

/// As [`closure_text`], of what all closures of the function share.
pub fn function_text(shared: SharedFunctionInfo<'_>) -> String {
    let name = shared.name().clip(NAME);
    let script = shared.script().ok();
    let Some(file) = script.and_then(|script| script.name()) else { return name };
    let file = file_name(&file);
    let position = shared.token_position().ok().flatten();
    match position.and_then(|position| script?.place(position)) {
        Some(place) => format!("{name} ({file}:{})", place.line),
        None => format!("{name} ({file})"),
    }
}

/// The last part of the path of a script.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The entry of a Map or Set that `way` leads through.
fn of_collection(heap: Heap<'_>, collection: Tagged, way: &[Tagged]) -> Option<Step> {
    let table = heap.word(collection, Field::JsCollectionTable).ok()?;
    let (&first, &word) = (way.first()?, way.get(1)?);
    if first != table {
        return None;
    }
    let entries = collection::entries(heap, collection).ok()?;
    let at = entries.iter().position(|&(key, value)| key == word || value == Some(word))?;
    let (key, value) = entries[at];
    let text = match value {
        Some(value) if value == word => format!(".get({})", key_of(heap, key)),
        Some(_) => format!("<key {at}>"),
        None => format!("<entry {at}>"),
    };
    Some(Step { kind: StepKind::Element, text, references: 2 })
}

fn key_of(heap: Heap<'_>, key: Tagged) -> String {
    if let Some(number) = key.smi(heap.width()) {
        return number.to_string();
    }
    match JsString::load(heap, key) {
        Ok(string) => crate::heap::string::quoted(&string.text(KEY), Some(KEY + 2)),
        Err(_) => format!("<{key}>"),
    }
}

/// A reference of V8's own: by what it leads to.
fn internal(heap: Heap<'_>, objects: &[Tagged]) -> Step {
    let to = objects.get(1).copied().unwrap_or(Tagged(0));
    let class = heap.instance_type(to).ok().and_then(|t| heap.layout().type_name(t)).unwrap_or("object");
    Step { kind: StepKind::Internal, text: format!(" <{class}>"), references: 1 }
}
