//! What objects a heap has, by constructor and shape; and how much more of each another heap has.
//!
//! Two heaps have no address in common that means anything: a collector moves what it likes, and the other may be that of
//! another process, or of another V8. Constructors and shapes are compared by what they are called.
//!
//! Knows: names of constructors and properties. Must not know: how it is shown, which heap is which.

use super::{By, Graph, Naming, Node, Sums, is_javascript};
use crate::heap::descriptor::{self, Descriptor};
use crate::heap::property::Key;
use crate::heap::shared::clip;
use crate::heap::{Field, Heap, Kind, Map, Progress, Result, Tagged, inspect};
use rustc_hash::FxHashMap;

/// What objects are told apart by.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Group {
    /// The constructor; V8's class in parentheses for what has none.
    pub constructor: String,
    /// The names of the properties that its map has, between commas; `(dictionary)` for an object that keeps names of its
    /// own. Empty when there are none.
    pub shape: String,
}

/// The objects of a heap that something keeps alive, by group.
#[derive(Debug)]
pub struct Census {
    groups: Vec<Group>,
    /// What the objects of each group come to.
    sums: Vec<(Sums, Option<Node>)>,
    /// The group of each object, by its number; [`NONE`] for what nothing keeps alive.
    group_of: Vec<u32>,
}

/// No group.
const NONE: u32 = u32::MAX;
/// So many names of a shape are told, and count.
const MOST_NAMES: usize = 64;
/// How many characters of a name are told, and count.
const NAME: usize = 79;
/// An object that brings more than so many of a kind with it is a container, and these not its parts.
const MOST_PARTS: u64 = 8;
/// So far up the tree of dominators an owner is looked for.
const MOST_ABOVE: usize = 64;
/// So many of the objects that are alive, and a look at whether to stop.
const BREATH: usize = 1 << 14;

impl Census {
    /// That of `graph`, which is the graph of `heap`.
    ///
    /// # Errors
    /// When the pass is cancelled.
    pub fn new(heap: Heap<'_>, graph: &Graph, progress: &Progress) -> Result<Census> {
        let mut naming = Naming::new(heap, By::Constructor);
        let (mut groups, mut numbers) = (Vec::new(), FxHashMap::default());
        // A map has one constructor, and so one group; so have all objects of V8's own that have the same class.
        let mut known: FxHashMap<(u32, u64), u32> = FxHashMap::default();
        let mut group_of = vec![NONE; graph.len()];
        for (at, node) in graph.reached().enumerate() {
            if at.is_multiple_of(BREATH) {
                progress.advance(0)?;
            }
            let class = naming.of(graph, node);
            let of_program = graph.kind(heap, node).is_some_and(is_javascript);
            let map = if of_program { heap.word(graph.word(node), Field::HeapObjectMap).ok() } else { None };
            group_of[node.0 as usize] = *known.entry((class, map.map_or(0, |map| map.0))).or_insert_with(|| {
                let shape = map.map(|map| shape(heap, map)).unwrap_or_default();
                let group = Group { constructor: naming.name(class).to_owned(), shape };
                let next = groups.len() as u32;
                *numbers.entry(group.clone()).or_insert_with(|| {
                    groups.push(group);
                    next
                })
            });
        }
        let sums = graph.sums(groups.len(), |node| Some(group_of[node.0 as usize]));
        Ok(Census { groups, sums, group_of })
    }

    /// All objects that something keeps alive: what they come to. They retain what they take.
    pub fn total(&self) -> Sums {
        let mut total = Sums::default();
        for (sums, _) in &self.sums {
            total.count += sums.count;
            total.shallow += sums.shallow;
        }
        Sums { retained: total.shallow, ..total }
    }

    /// The objects of `group`, ascending.
    pub fn objects(&self, group: &Group) -> Vec<Node> {
        let Some(number) = self.number(group) else { return Vec::new() };
        let of = |&(_, &other): &(usize, &u32)| other == number;
        self.group_of.iter().enumerate().filter(of).map(|(node, _)| Node(node as u32)).collect()
    }

    /// For each of `groups` whether most of its objects are parts of objects of another of them that has grown along: what
    /// alone keeps such an object alive, V8's own objects between them aside, is of that group. With each group stands by
    /// how many it has grown; `graph` is the graph that was counted.
    pub fn parts(&self, heap: Heap<'_>, graph: &Graph, groups: &[(&Group, u64)]) -> Vec<bool> {
        let numbers: Vec<Option<u32>> = groups.iter().map(|(group, _)| self.number(group)).collect();
        let own =
            |node: &Node| !graph.kind(heap, *node).is_some_and(|kind| is_javascript(kind) || kind == Kind::JsFunction);
        let owner = |&node: &Node, more: u64| {
            let group = self.group_of[node.0 as usize];
            let above = std::iter::successors(graph.dominator(node), |&above| graph.dominator(above));
            // A list is no part of itself.
            let is_other = |above: &Node| !own(above) && self.group_of[above.0 as usize] != group;
            let owner = above.take(MOST_ABOVE).find(is_other)?;
            let number = self.group_of[owner.0 as usize];
            let at = numbers.iter().position(|&other| other == Some(number))?;
            (groups[at].1.saturating_mul(MOST_PARTS) >= more).then_some(owner)
        };
        let of = |&(group, more): &(&Group, u64)| {
            let objects = self.objects(group);
            let owners: Vec<Node> = objects.iter().filter_map(|node| owner(node, more)).collect();
            // What is in one list, which is like others that are parts, is no part of that list.
            let distinct: rustc_hash::FxHashSet<Node> = owners.iter().copied().collect();
            owners.len() * 2 > objects.len()
                && (distinct.len() as u64).saturating_mul(MOST_PARTS) >= owners.len() as u64
        };
        groups.iter().map(of).collect()
    }

    fn number(&self, group: &Group) -> Option<u32> {
        self.groups.iter().position(|other| other == group).map(|number| number as u32)
    }
}

/// How the objects of a group differ between an old heap and a new one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Growth {
    /// What they are.
    pub group: Group,
    /// What they came to.
    pub old: Sums,
    /// What they come to.
    pub new: Sums,
    /// The one of them in the new heap that retains most; absent when there are none.
    pub largest: Option<Node>,
}

impl Growth {
    /// By how many bytes more is retained by them.
    pub fn retained(&self) -> i64 {
        difference(self.old.retained, self.new.retained)
    }

    /// By how many bytes more they take themselves.
    pub fn shallow(&self) -> i64 {
        difference(self.old.shallow, self.new.shallow)
    }

    /// By how many they are more.
    pub fn count(&self) -> i64 {
        difference(self.old.count, self.new.count)
    }

    /// As [`Growth::count`]; 0 where they are fewer.
    pub fn more(&self) -> u64 {
        self.new.count.saturating_sub(self.old.count)
    }
}

/// How much more `new` is than `old`.
pub fn difference(old: u64, new: u64) -> i64 {
    i64::try_from(i128::from(new) - i128::from(old)).unwrap_or(if new > old { i64::MAX } else { i64::MIN })
}

/// How `new` differs from `old`: groups that differ in anything, those first that retain less than they did, those last
/// that retain most more.
pub fn growth(old: &Census, new: &Census) -> Vec<Growth> {
    let before: FxHashMap<&Group, Sums> = old.groups.iter().zip(old.sums.iter().map(|&(sums, _)| sums)).collect();
    let of_new = new.groups.iter().zip(&new.sums).map(|(group, &(sums, largest))| Growth {
        group: group.clone(),
        old: before.get(group).copied().unwrap_or_default(),
        new: sums,
        largest,
    });
    let in_new: rustc_hash::FxHashSet<&Group> = new.groups.iter().collect();
    let gone = old
        .groups
        .iter()
        .zip(&old.sums)
        .filter(|(group, _)| !in_new.contains(group))
        .map(|(group, &(sums, _))| Growth { group: group.clone(), old: sums, new: Sums::default(), largest: None });
    let mut all: Vec<Growth> = of_new.chain(gone).filter(|growth| growth.old != growth.new).collect();
    all.sort_by(|a, b| (a.retained(), a.count(), &a.group).cmp(&(b.retained(), b.count(), &b.group)));
    all
}

/// The names of the properties that the objects whose map is `map` have, in their order, between commas; `(dictionary)`
/// for objects that keep names of their own. Empty when there are none, or they cannot be read.
pub fn shape(heap: Heap<'_>, map: Tagged) -> String {
    let map = Map::new(heap, map);
    match map.is_dictionary() {
        Ok(true) => return "(dictionary)".to_owned(),
        Ok(false) => {}
        Err(_) => return String::new(),
    }
    let own = map.own_descriptors().unwrap_or(0);
    let Ok(array) = map.descriptors() else { return String::new() };
    if own == 0 {
        return String::new();
    }
    let Ok((entries, _)) = descriptor::descriptors(heap, array, own) else { return String::new() };
    let fields: Vec<_> = entries.iter().filter(|entry| matches!(entry.descriptor, Descriptor::Field { .. })).collect();
    let name = |key| clip(&inspect::key_text(heap, Key::Name(key)), NAME).into_owned();
    let names: Vec<String> = fields.iter().take(MOST_NAMES).map(|entry| name(entry.key)).collect();
    let mut text = names.join(", ");
    if fields.len() > MOST_NAMES {
        text.push_str(&format!(", and {} more", fields.len() - MOST_NAMES));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(groups: &[(&str, u64, u64)]) -> Census {
        let group = |name: &str| Group { constructor: name.to_owned(), shape: String::new() };
        let sums = |&(_, count, retained): &(&str, u64, u64)| (Sums { count, shallow: count, retained }, Some(Node(7)));
        Census {
            groups: groups.iter().map(|(name, ..)| group(name)).collect(),
            sums: groups.iter().map(sums).collect(),
            group_of: Vec::new(),
        }
    }

    #[test]
    fn what_grew_most_comes_last_and_what_did_not_change_is_left_out() {
        let old = census(&[("Same", 3, 30), ("More", 1, 10), ("Gone", 2, 500), ("Fewer", 9, 90)]);
        let new = census(&[("New", 1, 70), ("More", 4, 400), ("Fewer", 8, 90), ("Same", 3, 30)]);
        let all = growth(&old, &new);
        let told: Vec<_> = all.iter().map(|g| (g.group.constructor.as_str(), g.count(), g.retained())).collect();
        assert_eq!(told, [("Gone", -2, -500), ("Fewer", -1, 0), ("New", 1, 70), ("More", 3, 390)]);
        assert_eq!(all[0].largest, None);
        assert_eq!(new.total(), Sums { count: 16, shallow: 16, retained: 16 });
    }

    #[test]
    fn differences_hold_what_words_hold() {
        assert_eq!(difference(5, 3), -2);
        assert_eq!(difference(0, u64::MAX), i64::MAX);
        assert_eq!(difference(u64::MAX, 0), i64::MIN);
    }
}
