//! What the values of a pile have in common: properties that have one value in nearly all of them.
//!
//! A value that all objects of a class have may mean nothing. What comes first is what says that an object is over, then
//! what some have and some have not, then what a program wrote out: strings, functions, true.
//!
//! Knows: how objects keep their properties. Must not know: how piles are found.

use crate::heap::graph::{Graph, Node, naming};
use crate::heap::node::timer;
use crate::heap::property::{Key, PropertyValue};
use crate::heap::{
    Field, Heap, JsFunction, JsString, Kind, Map, SharedFunctionInfo, Tagged, Value, VariableKind, inspect, object,
    string,
};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// A property that has one value in nearly all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Common {
    /// The property, perhaps of an object that is one: `destroyed`, `socket.destroyed`.
    pub property: String,
    /// Its value, as JavaScript writes it; a function by its name and place: of one of Node's own that calls one of the
    /// program's, the program's.
    pub value: String,
    /// How many have this value.
    pub count: u64,
    /// Of how many that were looked at.
    pub of: u64,
    /// Whether it says that the object is of no use any more.
    pub is_over: bool,
    /// Whether it tells something, other than what all objects of the class are likely to have.
    pub tells: bool,
}

/// So many are looked at, evenly spread.
const MOST_LOOKED_AT: usize = 1 << 16;
/// So many hundredths must have a value.
const NEARLY_ALL: u64 = 90;
/// So many properties of an object are looked at.
const MOST_PROPERTIES: usize = 64;
/// A string of more characters is no mark.
const LONGEST: usize = 40;
/// Of a property, so many values are counted at once; when there are more, those that are rare are given up.
const MOST_VALUES: usize = 16;
/// When rare ones were given up so often, the property has no common value.
const MOST_GIVEN_UP: u32 = 8;

/// Names of properties that are true where an object is over, without `_` and `is` before them.
const OVER_IF_TRUE: [&str; 20] = [
    "destroyed",
    "closed",
    "ended",
    "finished",
    "aborted",
    "cancelled",
    "canceled",
    "done",
    "disposed",
    "disconnected",
    "dead",
    "deleted",
    "detached",
    "expired",
    "released",
    "removed",
    "stopped",
    "completed",
    "settled",
    "terminated",
];

/// Names of properties that are false where an object is over.
const OVER_IF_FALSE: [&str; 5] = ["connected", "alive", "active", "opened", "running"];

/// Whether `property` with `value` says that an object is of no use any more.
fn is_over(property: &str, value: &str) -> bool {
    let last = property.rsplit('.').next().unwrap_or(property).trim_start_matches('_');
    let is = last.strip_prefix("is").filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
    let name = is.unwrap_or(last).to_ascii_lowercase();
    match value {
        "true" => OVER_IF_TRUE.contains(&name.as_str()),
        "false" => OVER_IF_FALSE.contains(&name.as_str()),
        _ => false,
    }
}

/// A property: the words of its name, and of that of the property of its value.
type Path = (u64, u64);

/// A value that may be common.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Mark {
    /// A small integer or an oddball.
    Word(u64),
    /// Closures of one function are one: its SharedFunctionInfo.
    Function(u64),
    /// The bits of a number.
    Double(u64),
    /// A string.
    Text(String),
}

/// How often a property has which value.
#[derive(Debug, Default)]
struct Tally {
    values: FxHashMap<Mark, u64>,
    given_up: u32,
}

impl Tally {
    fn count(&mut self, mark: impl FnOnce() -> Option<Mark>) {
        if self.given_up >= MOST_GIVEN_UP {
            return;
        }
        let Some(mark) = mark() else { return };
        *self.values.entry(mark).or_default() += 1;
        if self.values.len() > MOST_VALUES {
            let most = self.values.values().copied().max().unwrap_or(0);
            self.values.retain(|_, count| *count == most && most > 1);
            self.given_up = if most > MOST_VALUES as u64 { self.given_up } else { self.given_up + 1 };
        }
    }
}

/// Counts what properties of objects are.
struct Counter<'s> {
    heap: Heap<'s>,
    tallies: FxHashMap<Path, Tally>,
    names: FxHashMap<Path, String>,
    /// The context of the closure before.
    context: Option<Tagged>,
}

impl Counter<'_> {
    /// Counts the properties of `object`.
    fn object(&mut self, object: Tagged, outer: Option<u64>) {
        let Ok(own) = object::properties(self.heap, object) else { return };
        for property in own.list.into_iter().take(MOST_PROPERTIES) {
            let Key::Name(name) = property.key else { continue };
            self.property(object, name, property.value, outer);
        }
    }

    /// Counts the variables that the closure `function` has from the function in which it was made.
    fn closure(&mut self, function: Tagged) {
        let heap = self.heap;
        let Ok(context) = JsFunction::load(heap, function).and_then(JsFunction::context) else { return };
        let Ok(scope) = context.scope_info() else { return };
        // Variables that closures share, they have in common with themselves.
        if self.context.replace(context.word()) == Some(context.word()) {
            return;
        }
        for (name, slot) in scope.names(VariableKind::ContextLocal).zip(context.variables()).take(MOST_PROPERTIES) {
            self.property(function, name, context.value(slot), None);
        }
    }

    fn property(&mut self, object: Tagged, name: Tagged, value: PropertyValue, outer: Option<u64>) {
        let heap = self.heap;
        let path = outer.map_or((name.0, 0), |outer| (outer, name.0));
        self.tallies.entry(path).or_default().count(|| mark(heap, value));
        self.names.entry(path).or_insert_with(|| inspect::key_text(heap, Key::Name(name)));
        // What is linked to its like has that in common with itself.
        if let (None, PropertyValue::Tagged(value)) = (outer, value)
            && heap.is(value, Kind::JsObject)
            && heap.map(value).ok().map(Map::word) != heap.map(object).ok().map(Map::word)
        {
            self.object(value, Some(name.0));
        }
    }

    fn text(&self, mark: &Mark) -> Option<String> {
        let heap = self.heap;
        Some(match mark {
            Mark::Double(bits) => inspect::number_text(f64::from_bits(*bits)),
            Mark::Text(text) => format!("\"{text}\""),
            Mark::Function(shared) => naming::function_text(SharedFunctionInfo::load(heap, Tagged(*shared)).ok()?),
            Mark::Word(word) => match heap.value(Tagged(*word)) {
                Value::Smi(number) => number.to_string(),
                Value::Object(object) => heap.oddball_name(object).ok()?,
            },
        })
    }
}

fn mark(heap: Heap<'_>, value: PropertyValue) -> Option<Mark> {
    let word = match value {
        PropertyValue::Tagged(word) => word,
        PropertyValue::Double(number) => return Some(Mark::Double(number.to_bits())),
        _ => return None,
    };
    let Value::Object(object) = heap.value(word) else { return Some(Mark::Word(word.0)) };
    match heap.kind(object).ok()?? {
        Kind::Oddball => Some(Mark::Word(word.0)),
        Kind::HeapNumber => heap.number(word).ok().map(|number| Mark::Double(number.to_bits())),
        Kind::String => {
            let string = JsString::load(heap, word).ok().filter(|string| string.len() <= LONGEST)?;
            Some(Mark::Text(string::escape(&string.text(LONGEST).units)))
        }
        Kind::JsFunction => {
            let shared = heap.word(timer::wrapped(heap, word), Field::JsFunctionShared).ok()?;
            Some(Mark::Function(shared.0))
        }
        _ => None,
    }
}

/// What nearly all of `alike`, which have one shape, have in common, what tells most first.
pub(super) fn common(heap: Heap<'_>, graph: &Graph, alike: &[Node]) -> Vec<Common> {
    let step = alike.len().div_ceil(MOST_LOOKED_AT).max(1);
    let mut counter = Counter { heap, tallies: FxHashMap::default(), names: FxHashMap::default(), context: None };
    let mut of = 0;
    for &node in alike.iter().step_by(step) {
        let kind = graph.kind(heap, node);
        match kind {
            Some(Kind::JsFunction) => counter.closure(graph.word(node)),
            // The properties of an array are those of all of them.
            Some(kind) if kind.has_properties() => counter.object(graph.word(node), None),
            _ => {}
        }
        of += 1;
    }
    let mut found: Vec<Common> = counter
        .tallies
        .iter()
        .filter_map(|(path, tally)| {
            let (mark, &count) = tally.values.iter().max_by_key(|(_, count)| **count)?;
            if count * 100 < of * NEARLY_ALL {
                return None;
            }
            let value = counter.text(mark)?;
            let own = counter.names.get(path)?;
            let property = match path.1 {
                0 => own.clone(),
                _ => format!("{}.{own}", counter.names.get(&(path.0, 0))?),
            };
            let is_over = is_over(&property, &value);
            let is_plain = matches!(value.as_str(), "false" | "null" | "undefined" | "0" | "\"\"");
            // Properties by symbols are V8's or Node's own.
            let tells = is_over || (count < of || !is_plain) && !property.contains("Symbol(");
            Some(Common { property, value, count, of, is_over, tells })
        })
        .collect();
    found.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.property.cmp(&b.property)));
    found
}

/// The order in which common properties are told.
fn rank(common: &Common) -> (Reverse<bool>, Reverse<bool>, bool, usize) {
    // What all have may be what every object of the class has; what is nested is of another class.
    (Reverse(common.is_over), Reverse(common.tells), common.count == common.of, common.property.matches('.').count())
}

/// The function that makes `alike`, where these are closures or hold some: a closure knows in which function it was made,
/// and what is made along with it, is made there.
pub(super) fn creator(heap: Heap<'_>, graph: &Graph, alike: &[Node]) -> Option<String> {
    let &first = alike.first()?;
    let word = graph.word(first);
    match graph.kind(heap, first)? {
        Kind::JsFunction => made_in(heap, word),
        kind if kind.has_properties() => {
            let own = object::properties(heap, word).ok()?;
            own.list.iter().find_map(|property| match property.value {
                PropertyValue::Tagged(word) if heap.is(word, Kind::JsFunction) => made_in(heap, word),
                _ => None,
            })
        }
        _ => None,
    }
}

/// The function whose variables the closure `function` has, where that is not the script itself.
fn made_in(heap: Heap<'_>, function: Tagged) -> Option<String> {
    let function = JsFunction::load(heap, function).ok()?;
    let context = function.context().ok()?;
    let scope = context.scope_info().ok()?;
    scope.names(VariableKind::ContextLocal).next()?;
    if let Ok(closure) = context.closure() {
        return naming::closure_text(heap, closure);
    }
    let name = heap.name_text(scope.function_name()?)?;
    let (start, _) = scope.positions()?;
    let script = function.shared().script().ok()?;
    let file = script.name()?;
    let line = script.place(start)?.line;
    Some(format!("{} ({}:{line})", if name.is_empty() { "<anonymous>" } else { &name }, naming::file_name(&file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_that_it_is_over_is_known_by_its_name() {
        let over =
            [("destroyed", "true"), ("socket._destroyed", "true"), ("isClosed", "true"), ("req.connected", "false")];
        assert!(over.iter().all(|(property, value)| is_over(property, value)));
        let not =
            [("destroyed", "false"), ("issued", "true"), ("open", "true"), ("closed.at", "true"), ("active", "true")];
        assert!(!not.iter().any(|(property, value)| is_over(property, value)));
    }

    #[test]
    fn a_common_value_outlives_rare_ones() {
        let mut tally = Tally::default();
        for n in 0..10_000 {
            tally.count(|| Some(if n % 20 == 0 { Mark::Word(n) } else { Mark::Word(1) }));
        }
        assert_eq!(tally.values.get(&Mark::Word(1)), Some(&9500));
        let mut various = Tally::default();
        (0..10_000).for_each(|n| various.count(|| Some(Mark::Word(n))));
        assert!(various.values.values().all(|&count| count < 2));
    }
}
