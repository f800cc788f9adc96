//! Paths as a program would write them: one of them, and what many have in common.
//!
//! Knows: roots, steps. Must not know: which paths there are (`path`), how a step finds its name (`naming`).

use super::naming::{self, Step, StepKind};
use super::{Graph, Node, Path, RootKind};
use crate::heap::frame_word::{FrameWord, FrameWords, Owner};
use crate::heap::{Error, Field, Heap, Kind, Map, Progress, Result, Tagged};
use crate::image::Addr;
use crate::image::unwind::Stack;
use rustc_hash::FxHashMap;

/// Tells paths of one heap.
pub struct Teller<'s> {
    heap: Heap<'s>,
    graph: &'s Graph,
    /// The stack of the representative thread, if there is one.
    stack: Option<&'s Stack>,
    /// Its words, once one of them was asked for.
    words: Option<FrameWords<'s>>,
    progress: &'s Progress,
    /// Classes of objects, by address.
    classes: FxHashMap<u64, String>,
    /// Steps that were told before, by the two objects that they begin with: paths have their beginnings in common.
    steps: FxHashMap<(u64, u64), Step>,
}

/// Objects that are held in the same way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The way: a path in which numbers of elements, entries and names in large dictionaries are a `*`; of several that
    /// end alike, the one that most of them have.
    pub way: String,
    /// How it ends: the class of the object before its last two steps, and these. The root of a way and what lies between
    /// may be others at another time; what holds is the same.
    pub end: String,
    /// How many of the objects that were looked at it leads to.
    pub count: u64,
    /// The last of them, by address.
    pub example: Node,
}

/// A dictionary of more words than this is a table that a program fills, and its keys are not names.
const TABLE: u64 = 512;

impl<'s> Teller<'s> {
    /// Of paths in `graph`, which is the graph of `heap`; `stack` is where the stack is that roots may be words of.
    pub fn new(heap: Heap<'s>, graph: &'s Graph, stack: Option<&'s Stack>, progress: &'s Progress) -> Teller<'s> {
        Teller { heap, graph, stack, words: None, progress, classes: FxHashMap::default(), steps: FxHashMap::default() }
    }

    /// `path`, with the numbers of elements.
    ///
    /// # Errors
    /// When the pass is cancelled.
    pub fn path(&mut self, path: &Path) -> Result<String> {
        Ok(self.told(path, |teller, objects| teller.step(objects))?.0)
    }

    /// What the word of the stack that `path` begins with is to the function that has it: `this`, `"name"`, `argument 2`,
    /// `register 5`. Absent where that is not known, and for paths that begin elsewhere.
    pub fn variable(&mut self, path: &Path) -> Option<String> {
        let RootKind::Stack(place) = path.root.kind else { return None };
        Some(self.running(place).1?.to_string())
    }

    /// The steps of `path`, each with the place in it of the object at which it begins.
    ///
    /// # Errors
    /// When the pass is cancelled.
    pub fn steps(&mut self, path: &Path) -> Result<Vec<(usize, Step)>> {
        let mut steps = Vec::new();
        let mut begun = 0;
        self.told(path, |teller, objects| {
            let step = teller.step(objects);
            steps.push((begun, step.clone()));
            begun += step.references.max(1);
            step
        })?;
        Ok(steps)
    }

    /// `path`, with a `*` for what many objects beside this one have each their own of; and how it ends.
    fn way(&mut self, path: &Path) -> Result<(String, String)> {
        self.told(path, Teller::common_step)
    }

    /// The ways to `objects`, those that lead to most of them first; `path` finds that of one. Objects without any are left
    /// out.
    ///
    /// # Errors
    /// When the pass is cancelled, and those of `path`.
    pub fn ways<E: From<Error>>(
        &mut self,
        objects: impl IntoIterator<Item = Node>,
        path: impl Fn(Node) -> std::result::Result<Option<Path>, E>,
    ) -> std::result::Result<Vec<Held>, E> {
        let mut by_way: FxHashMap<(String, String), (u64, Node)> = FxHashMap::default();
        for node in objects {
            let Some(path) = path(node)? else { continue };
            let held = by_way.entry(self.way(&path)?).or_insert((0, node));
            held.0 += 1;
            held.1 = held.1.max(node);
        }
        let mut ways: Vec<Held> =
            by_way.into_iter().map(|((way, end), (count, example))| Held { way, end, count, example }).collect();
        ways.sort_by(|a, b| (b.count, &a.way).cmp(&(a.count, &b.way)));
        let mut by_end: FxHashMap<String, usize> = FxHashMap::default();
        let mut found: Vec<Held> = Vec::new();
        for way in ways {
            let at = *by_end.entry(way.end.clone()).or_insert(found.len());
            match found.get_mut(at) {
                Some(held) => {
                    held.count += way.count;
                    held.example = held.example.max(way.example);
                }
                None => found.push(way),
            }
        }
        found.sort_by(|a, b| (b.count, &a.way).cmp(&(a.count, &b.way)));
        Ok(found)
    }

    /// `path` in words, each step by `step`; and how it ends.
    fn told(&mut self, path: &Path, mut step: impl FnMut(&mut Self, &[Tagged]) -> Step) -> Result<(String, String)> {
        let objects: Vec<Tagged> = path.nodes.iter().map(|&node| self.graph.word(node)).collect();
        let mut text = self.beginning(path);
        // The objects at which the last two steps begin, and where the text of these does.
        let (mut last, mut at) = ([(0, text.len()); 2], 0);
        while at + 1 < objects.len() {
            self.progress.advance(0)?;
            let mut step = step(self, &objects[at..]);
            // A context on the stack is that of the function which runs there.
            if at == 0 && step.kind == StepKind::Variable && matches!(path.root.kind, RootKind::Stack(_)) {
                text.truncate(text.rfind(": ").map_or(text.len(), |end| end + 1));
                last = [(0, text.len()); 2];
                step.text = step.text.replace(" in a closure", " in its closure");
            }
            if !step.text.is_empty() {
                last = [last[1], (at, text.len())];
            }
            text.push_str(&step.text);
            at += step.references.max(1);
        }
        let (holder, from) = last[0];
        let Some(&holder) = path.nodes.get(holder) else { return Ok((text.clone(), text)) };
        let (heap, graph) = (self.heap, self.graph);
        let class = self.classes.entry(graph.word(holder).0).or_insert_with(|| graph.class_of(heap, holder));
        let end = format!("{class}{}", &text[from..]);
        Ok((text, end))
    }

    /// The root of `path`, and its first object.
    fn beginning(&mut self, path: &Path) -> String {
        let mut text = match path.root.kind {
            RootKind::Global => "global".to_owned(),
            RootKind::Stack(place) => {
                let (whose, word) = self.running(place);
                format!("stack of {whose}: {}", word.map(|word| format!("{word} ")).unwrap_or_default())
            }
            RootKind::Code(place) => format!("code at {place:x}: "),
            RootKind::Handle(place) => format!("handle {place:x}: "),
            RootKind::Native(place) => format!("native {place:x}: "),
        };
        let Some(&first) = path.nodes.first() else { return text };
        let word = self.graph.word(first);
        match (path.root.kind, self.graph.kind(self.heap, first)) {
            (RootKind::Global, Some(Kind::JsGlobalObject)) => {}
            (RootKind::Global, _) => text.push_str(" context"),
            (_, Some(Kind::JsFunction)) => {
                text.push_str(&naming::closure_text(self.heap, word).unwrap_or_else(|| "function".to_owned()));
            }
            _ => text.push_str(&self.graph.class_of(self.heap, first)),
        }
        text
    }

    /// The function that has the word at `place` of a stack, and what that is to it.
    fn running(&mut self, place: Addr) -> (String, Option<FrameWord>) {
        let Some(stack) = self.stack else { return ("a thread".to_owned(), None) };
        let words = self.words.get_or_insert_with(|| FrameWords::new(self.heap, stack));
        match words.owner(place) {
            Some(Owner::JavaScript(function, word)) => (naming::function_text(function), word),
            Some(Owner::Native(symbol)) => (symbol, None),
            Some(Owner::Internal) => ("V8's own code".to_owned(), None),
            None => ("another thread".to_owned(), None),
        }
    }

    /// As [`naming::step`], and where a key leads to its value in a WeakMap, that.
    fn step(&self, objects: &[Tagged]) -> Step {
        Teller::entry(self.graph, objects, naming::step(self.heap, objects))
    }

    /// `step`, with which `objects` begin; what it is, if it leads from a key to its value in a WeakMap.
    fn entry(graph: &Graph, objects: &[Tagged], step: Step) -> Step {
        let is_entry = || {
            let node = |at: usize| objects.get(at).and_then(|&word| graph.node(word));
            node(0).zip(node(1)).is_some_and(|(key, value)| graph.is_entry(key, value))
        };
        match step.kind {
            StepKind::Internal if step.references == 1 && is_entry() => {
                Step { text: " <value in a WeakMap>".to_owned(), ..step }
            }
            _ => step,
        }
    }

    /// As [`naming::step`], without telling apart what a container holds.
    fn common_step(&mut self, objects: &[Tagged]) -> Step {
        if let Some(step) = self.container_step(objects) {
            return step;
        }
        let heap = self.heap;
        let key = (objects[0].0, objects.get(1).map_or(0, |word| word.0));
        let (graph, entry) = (self.graph, Teller::entry);
        let step = || {
            let step = entry(graph, objects, naming::step(heap, objects));
            match step.kind {
                StepKind::Element => Step { text: "[*]".to_owned(), ..step },
                _ => step,
            }
        };
        // By what keeps them, an object's properties begin alike.
        let kept = [Field::JsObjectProperties, Field::JsObjectElements, Field::JsFunctionContext];
        if kept.iter().any(|&field| heap.word(objects[0], field).is_ok_and(|word| word.0 == key.1)) {
            return step();
        }
        self.steps.entry(key).or_insert_with(step).clone()
    }

    /// The step into a container that may hold very many: it is not looked through for which of them is meant.
    fn container_step(&self, objects: &[Tagged]) -> Option<Step> {
        let [from, next, _, ..] = *objects else { return None };
        let heap = self.heap;
        let is = |field| heap.word(from, field).is_ok_and(|word| word == next);
        let is_table =
            || self.graph.node(next).is_some_and(|node| self.graph.shallow(node) / heap.width().bytes() > TABLE);
        let text = match heap.kind(from).ok().flatten()? {
            Kind::JsArray if is(Field::JsObjectElements) => "[*]",
            Kind::JsMap | Kind::JsSet if is(Field::JsCollectionTable) => "<entry *>",
            Kind::JsGlobalObject => return None,
            kind if kind.has_properties() && is(Field::JsObjectElements) && is_table() => "[*]",
            kind if kind.has_properties() && is(Field::JsObjectProperties) && is_table() => {
                heap.map(from).and_then(Map::is_dictionary).ok().filter(|&is| is)?;
                "[*]"
            }
            _ => return None,
        };
        Some(Step { kind: StepKind::Element, text: text.to_owned(), references: 2 })
    }
}
