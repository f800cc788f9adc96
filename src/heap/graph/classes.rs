//! What objects are, for people: a class each, and what the objects of one come to.
//!
//! Knows: constructors, where they are written. Must not know: how it is shown.

use super::{Graph, Node};
use crate::heap::script::Location;
use crate::heap::{Field, Heap, JsFunction, Kind, Map, SharedFunctionInfo, Tagged, describe};
use rustc_hash::FxHashMap;

/// By what objects are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum By {
    /// The constructor; V8's class in parentheses for what has none.
    Constructor,
    /// Where the constructor is written, or the function itself: file and line.
    Source,
    /// The npm package that this is in.
    Package,
}

/// What the objects of a class come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// How many there are.
    pub count: u64,
    /// Bytes that they take themselves, those outside the heap included.
    pub shallow: u64,
    /// Bytes that would be free without them.
    pub retained: u64,
}

/// A class with its sums.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// What it is called.
    pub name: String,
    /// What its objects come to: of those that are reached.
    pub sums: Sums,
    /// The one of its objects that retains most.
    pub largest: Node,
}

/// Names of classes, remembered by map and by function.
pub struct Naming<'s> {
    heap: Heap<'s>,
    by: By,
    by_map: FxHashMap<u64, u32>,
    by_shared: FxHashMap<u64, u32>,
    by_name: FxHashMap<String, u32>,
    names: Vec<String>,
}

/// How many characters of a constructor's name count: as in `shapes`.
const NAME: usize = 79;

impl<'s> Naming<'s> {
    /// Names by `by`.
    pub fn new(heap: Heap<'s>, by: By) -> Naming<'s> {
        Naming {
            heap,
            by,
            by_map: FxHashMap::default(),
            by_shared: FxHashMap::default(),
            by_name: FxHashMap::default(),
            names: Vec::new(),
        }
    }

    fn intern(&mut self, name: String) -> u32 {
        if let Some(&number) = self.by_name.get(&name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.clone());
        self.by_name.insert(name, number);
        number
    }

    /// The name of a class.
    pub fn name(&self, class: u32) -> &str {
        self.names.get(class as usize).map_or("", String::as_str)
    }

    /// The class of an object.
    pub fn of(&mut self, graph: &Graph, node: Node) -> u32 {
        let word = graph.word(node);
        let kind = graph.kind(self.heap, node);
        if kind == Some(Kind::JsFunction) && self.by != By::Constructor {
            let shared = self.heap.word(word, Field::JsFunctionShared).unwrap_or(Tagged(0));
            if let Some(&class) = self.by_shared.get(&shared.0) {
                return class;
            }
            let name = self.place(shared);
            let class = self.intern(name);
            self.by_shared.insert(shared.0, class);
            return class;
        }
        let map = self.heap.word(word, Field::HeapObjectMap).unwrap_or(Tagged(0));
        if let Some(&class) = self.by_map.get(&map.0) {
            return class;
        }
        let name = self.by_map(graph, node, kind, map);
        let class = self.intern(name);
        self.by_map.insert(map.0, class);
        class
    }

    fn by_map(&self, graph: &Graph, node: Node, kind: Option<Kind>, map: Tagged) -> String {
        let own = |name: &str| match self.by {
            By::Package => "(V8)".to_owned(),
            _ => format!("({name})"),
        };
        match kind {
            Some(Kind::String) => own("string"),
            Some(Kind::JsFunction) => own("closure"),
            // Its constructor is `Object`, or none.
            Some(Kind::JsGlobalObject) if self.by == By::Constructor => "global".to_owned(),
            Some(kind) if is_javascript(kind) => {
                let constructor = describe::constructor_by_map(self.heap, Map::new(self.heap, map));
                let shared = constructor.and_then(|function| Ok(JsFunction::load(self.heap, function)?.shared()));
                match shared {
                    Ok(shared) if self.by == By::Constructor => shared.name().clip(NAME),
                    Ok(shared) => self.place(shared.word()),
                    Err(_) => own(self.heap.layout().type_name(graph.instance_type(node)).unwrap_or("object")),
                }
            }
            _ => own(self.heap.layout().type_name(graph.instance_type(node)).unwrap_or("other")),
        }
    }

    /// The file and line of a function, or the package of its file.
    fn place(&self, shared: Tagged) -> String {
        let Ok(shared) = SharedFunctionInfo::load(self.heap, shared) else { return "(unknown)".to_owned() };
        let script = shared.script().ok();
        let file = script.and_then(|script| script.name());
        match (self.by, file) {
            (By::Package, None) => "(V8)".to_owned(),
            (By::Package, Some(file)) => package(&file),
            (_, None) => format!("({})", shared.name().clip(NAME)),
            (_, Some(file)) => {
                let position = shared.token_position().ok().flatten();
                match script.and_then(|script| script.locate(position).ok()) {
                    Some(Location::Line(line)) => format!("{file}:{line}"),
                    // Without a table of lines they are counted.
                    Some(Location::Position(position)) => {
                        let place = script.and_then(|script| script.place(position));
                        place.map_or_else(|| file.clone(), |place| format!("{file}:{}", place.line))
                    }
                    _ => file,
                }
            }
        }
    }
}

/// Whether objects of `kind` are values of the program that a constructor made.
pub fn is_javascript(kind: Kind) -> bool {
    kind.has_properties()
        || matches!(
            kind,
            Kind::JsArray | Kind::JsDate | Kind::JsRegExp | Kind::JsValue | Kind::JsBoundFunction | Kind::JsProxy
        )
}

/// The npm package that `file` is in: what follows the last `node_modules`. Node's own files have no folder.
fn package(file: &str) -> String {
    if let Some((_, inside)) = file.rsplit_once("node_modules/") {
        let parts = if inside.starts_with('@') { 2 } else { 1 };
        return inside.split('/').take(parts).collect::<Vec<_>>().join("/");
    }
    if is_own(file) { "(node)".to_owned() } else { "(application)".to_owned() }
}

/// Whether the script `file` is one of Node's own: these have no folder, or are below `node:`.
pub fn is_own(file: &str) -> bool {
    file.starts_with("node:") || !file.starts_with('/') && !file.starts_with("file:") && !file.contains('\\')
}

impl Graph {
    /// What the objects that are reached come to by `group`, which is below `groups` or none for what is of no group; and
    /// the one of each group that retains most.
    pub fn sums(&self, groups: usize, group: impl Fn(Node) -> Option<u32>) -> Vec<(Sums, Option<Node>)> {
        let mut sums = vec![(Sums::default(), None); groups];
        // How many objects of a group dominate where the walk is: what they retain counts once.
        let mut above = vec![0_u32; groups];
        self.walk_dominators(&mut |node, entering| {
            let Some(at) = group(node).map(|group| group as usize).filter(|&at| at < groups) else { return };
            if !entering {
                above[at] -= 1;
                return;
            }
            let (sum, largest) = &mut sums[at];
            sum.count += 1;
            sum.shallow += self.shallow(node) + self.outside(node);
            if above[at] == 0 {
                sum.retained += self.retained(node);
            }
            above[at] += 1;
            if largest.is_none_or(|largest| self.retained(largest) < self.retained(node)) {
                *largest = Some(node);
            }
        });
        sums
    }

    /// The classes of all objects that are reached, by `by`, and what each comes to: those that retain least first.
    pub fn classes(&self, heap: Heap<'_>, by: By) -> Vec<Class> {
        let mut naming = Naming::new(heap, by);
        let mut class_of = vec![u32::MAX; self.len()];
        for node in self.reached() {
            class_of[node.0 as usize] = naming.of(self, node);
        }
        let sums = self.sums(naming.names.len(), |node| Some(class_of[node.0 as usize]));
        let named = naming.names.into_iter().zip(sums);
        let mut classes: Vec<Class> =
            named.filter_map(|(name, (sums, largest))| Some(Class { name, sums, largest: largest? })).collect();
        classes.sort_by(|a, b| (a.sums.retained, &a.name).cmp(&(b.sums.retained, &b.name)));
        classes
    }

    /// What one object is called, by its constructor.
    pub fn class_of(&self, heap: Heap<'_>, node: Node) -> String {
        let mut naming = Naming::new(heap, By::Constructor);
        naming.of(self, node);
        naming.names.pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn a_package_is_what_follows_node_modules() {
        let files = [
            "/srv/app/node_modules/express/lib/router.js",
            "/srv/app/node_modules/a/node_modules/@scope/b/index.js",
            "/srv/app/server.js",
            "net.js",
            "node:internal/util",
        ];
        assert_eq!(files.map(package), ["express", "@scope/b", "(application)", "(node)", "(node)"]);
    }
}
