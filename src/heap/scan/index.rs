//! What a scan found: groups in the order of the listing, their objects, the functions.
//!
//! Objects are columns (address, group), a few bytes each: a core holds millions.
//!
//! Knows: the order in which mdb_v8 lists things. Must not know: how they were found, how they are shown.

use super::order::sort_like_qsort;
use super::{Sightings, Signature};
use crate::heap::names::{Label, Names};
use crate::heap::property::Traits;
use crate::heap::{Field, Heap, JsString, SharedFunctionInfo, Tagged};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Objects with the same constructor and the same properties in the same order; or arrays of the same length.
#[derive(Debug)]
pub struct Group {
    signature: Arc<Signature>,
    /// What was met in the representative object.
    pub traits: Traits,
    /// Where its objects are in the index's `members`.
    members: std::ops::Range<usize>,
}

impl Group {
    /// How many objects it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has none: no group of an index has.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many properties its objects have; of arrays, their length.
    pub fn property_count(&self) -> u64 {
        self.signature.count
    }

    /// Their names; of arrays, none.
    pub fn labels(&self) -> &[Label] {
        &self.signature.labels
    }

    /// Whether its objects look like garbage: dead, and partly overwritten.
    pub fn is_garbage(&self) -> bool {
        self.signature.malformed
    }

    /// Whether its objects are arrays with elements.
    pub fn is_array(&self) -> bool {
        self.signature.count != 0 && self.signature.labels.is_empty()
    }
}

/// What was counted on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Words looked at.
    pub words: u64,
    /// Words that are tagged as heap objects, whose type was looked up.
    pub type_reads: u64,
    /// Of these, those that point into their own mapping.
    pub cached_reads: u64,
    /// Words that look like the map of a JavaScript object or array.
    pub js_objects: u64,
    /// Objects whose properties could be enumerated, garbage included.
    pub objects: u64,
    /// Of these, garbage.
    pub garbage: u64,
    /// Arrays.
    pub arrays: u64,
    /// Functions.
    pub functions: u64,
    /// Words that look like the map of a function, which is none.
    pub functions_skipped: u64,
}

impl Statistics {
    fn add(&mut self, other: &Statistics) {
        self.words += other.words;
        self.type_reads += other.type_reads;
        self.cached_reads += other.cached_reads;
        self.js_objects += other.js_objects;
        self.objects += other.objects;
        self.garbage += other.garbage;
        self.arrays += other.arrays;
        self.functions += other.functions;
        self.functions_skipped += other.functions_skipped;
    }
}

/// All objects and functions that a scan found.
#[derive(Debug)]
pub struct ObjectIndex {
    groups: Vec<Group>,
    /// Every object's tagged address, ascending.
    addresses: Vec<u64>,
    /// The group of the object at the same place.
    group_of: Vec<u32>,
    /// The objects of each group after those of the group before it, ascending, as places in `addresses`.
    members: Vec<u32>,
    /// For each page of memory with objects, which of `addresses` are in it.
    pages: FxHashMap<u64, (u32, u32)>,
    names: Names,
    functions: FunctionIndex,
    statistics: Statistics,
}

/// The page that was asked for last, and which of the addresses are in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Near {
    page: Option<u64>,
    places: (u32, u32),
}

/// The size of a page, as a power of two: few enough objects to search among.
const PAGE_BITS: u32 = 12;

/// The closures of one function in the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionGroup {
    /// Their SharedFunctionInfo.
    pub shared: Tagged,
    /// Their addresses, ascending.
    closures: Vec<u64>,
}

impl FunctionGroup {
    /// How many closures there are; at least one.
    pub fn len(&self) -> usize {
        self.closures.len()
    }

    /// Whether there are none: no group of an index has none.
    pub fn is_empty(&self) -> bool {
        self.closures.is_empty()
    }

    /// The closure that stands for all: the one at the lowest address.
    pub fn representative(&self) -> Tagged {
        Tagged(self.closures.first().copied().unwrap_or_default())
    }

    /// All closures as mdb_v8 lists them: the representative, then the others, the highest address first.
    pub fn closures(&self) -> impl Iterator<Item = Tagged> + '_ {
        first_then_last(&self.closures).map(|&addr| Tagged(addr))
    }
}

/// All functions that a scan found, by where they are defined.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FunctionIndex {
    groups: Vec<FunctionGroup>,
}

impl FunctionIndex {
    /// One group per SharedFunctionInfo, as mdb_v8 lists them: the one whose first closure has the highest address
    /// first. Functions without a script of their own are left out: builtins, and garbage.
    pub fn groups(&self) -> &[FunctionGroup] {
        &self.groups
    }

    /// The group whose representative closure is at `function`.
    pub fn represented_by(&self, function: Tagged) -> Option<&FunctionGroup> {
        self.groups.iter().find(|group| group.representative() == function)
    }
}

/// The first item, then the others from the last to the second.
fn first_then_last<T>(items: &[T]) -> impl Iterator<Item = &T> {
    let (first, rest) = items.split_at(items.len().min(1));
    first.iter().chain(rest.iter().rev())
}

impl ObjectIndex {
    /// The groups in the order of the listing, garbage included: by how many properties they have in all.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How many objects there are, garbage included.
    pub fn len(&self) -> usize {
        self.addresses.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// The group of the object at `object`; none when the scan found none there.
    pub fn group_of(&self, object: Tagged) -> Option<&Group> {
        self.groups.get(self.group_of[self.place_of(object.0)?] as usize)
    }

    /// The object that stands for `group`: the one at the lowest address.
    pub fn representative(&self, group: &Group) -> Tagged {
        self.objects(group).next().unwrap_or(Tagged(0))
    }

    /// The objects of `group` as mdb_v8 lists them: the representative, then the others, the highest address first.
    pub fn objects<'i>(&'i self, group: &Group) -> impl Iterator<Item = Tagged> + use<'i> {
        self.places(group).map(|place| Tagged(self.addresses[place]))
    }

    /// The place of the object at `object` in [`ObjectIndex::addresses`].
    pub(in crate::heap) fn place_of(&self, object: u64) -> Option<usize> {
        self.place_near(object, &mut Near::default())
    }

    /// As [`ObjectIndex::place_of`], for one who asks for many, which are often near one another.
    pub(in crate::heap) fn place_near(&self, object: u64, near: &mut Near) -> Option<usize> {
        let page = object >> PAGE_BITS;
        if near.page != Some(page) {
            *near = Near { page: Some(page), places: self.pages.get(&page).copied().unwrap_or((0, 0)) };
        }
        let (from, to) = near.places;
        let addresses = &self.addresses[from as usize..to as usize];
        // Objects of a page are mostly of one size, and then this is it or next to it.
        let guess = ((object & ((1 << PAGE_BITS) - 1)) as usize * addresses.len()) >> PAGE_BITS;
        let (before, behind) = addresses.split_at(guess);
        let found = match behind.first().is_some_and(|&addr| addr <= object) {
            true => guess + behind.iter().position(|&addr| addr >= object)?,
            false => before.iter().rposition(|&addr| addr <= object)?,
        };
        (addresses[found] == object).then_some(from as usize + found)
    }

    /// Every object's tagged address, ascending.
    pub(in crate::heap) fn addresses(&self) -> &[u64] {
        &self.addresses
    }

    /// The name of the constructor of a group's objects; absent when their map has none.
    pub fn constructor(&self, group: &Group) -> Option<Arc<str>> {
        group.signature.constructor.map(|name| self.names.get(name))
    }

    /// The names behind labels.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The functions.
    pub fn functions(&self) -> &FunctionIndex {
        &self.functions
    }

    /// What was counted.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Where the objects of `group` are among `addresses`, in the order of [`ObjectIndex::objects`].
    pub(in crate::heap) fn places<'i>(&'i self, group: &Group) -> impl Iterator<Item = usize> + use<'i> {
        first_then_last(&self.members[group.members.clone()]).map(|&place| place as usize)
    }

    /// As [`ObjectIndex::places`], those of this range alone.
    pub(in crate::heap) fn places_in<'i>(
        &'i self,
        group: &Group,
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = usize> + use<'i> {
        let members = &self.members[group.members.clone()];
        let count = members.len();
        let place = move |at: usize| members[if at == 0 { 0 } else { count - at }] as usize;
        (range.start.min(count)..range.end.min(count)).map(place)
    }
}

/// Puts together what the threads found.
pub(super) fn build(heap: Heap<'_>, sightings: Sightings) -> ObjectIndex {
    let Sightings { names, signatures, firsts, found } = sightings;
    let mut statistics = Statistics::default();
    let total = found.iter().map(|f| f.objects.len()).sum();
    let (mut addresses, mut group_of) = (Vec::with_capacity(total), Vec::with_capacity(total));
    let mut functions = Vec::new();
    let mut counts = vec![0_usize; signatures.len()];
    // Groups as they are met.
    let mut met = Vec::with_capacity(signatures.len());
    for part in found {
        statistics.add(&part.statistics);
        addresses.extend(part.objects.iter().map(|&(into, _)| part.start + u64::from(into)));
        for (_, group) in part.objects {
            group_of.push(group);
            let count = &mut counts[group as usize];
            if *count == 0 {
                met.push(group as usize);
            }
            *count += 1;
        }
        functions.extend(part.functions);
    }
    let functions = group_functions(heap, functions, &mut statistics);
    let order = listing_order(&signatures, &counts, met);

    let mut traits = vec![(u64::MAX, Traits::default()); signatures.len()];
    for first in firsts {
        let lowest = &mut traits[first.group as usize];
        if first.addr < lowest.0 {
            *lowest = (first.addr, first.traits);
        }
    }
    // From provisional numbers to places in the listing.
    let mut renumbered = vec![0_u32; signatures.len()];
    let mut groups = Vec::with_capacity(order.len());
    let mut start = 0;
    for (at, &provisional) in order.iter().enumerate() {
        renumbered[provisional] = at as u32;
        let members = start..start + counts[provisional];
        start = members.end;
        let signature = Arc::clone(&signatures[provisional]);
        groups.push(Group { signature, traits: traits[provisional].1, members });
    }
    let mut next: Vec<usize> = groups.iter().map(|g| g.members.start).collect();
    let mut members = vec![0_u32; total];
    for (place, group) in group_of.iter_mut().enumerate() {
        *group = renumbered[*group as usize];
        let slot = &mut next[*group as usize];
        members[*slot] = place as u32;
        *slot += 1;
    }
    let pages = pages(&addresses);
    ObjectIndex { groups, addresses, group_of, members, pages, names, functions, statistics }
}

fn pages(addresses: &[u64]) -> FxHashMap<u64, (u32, u32)> {
    let mut at = 0;
    addresses
        .chunk_by(|a, b| a >> PAGE_BITS == b >> PAGE_BITS)
        .map(|page| {
            let from = at;
            at += page.len() as u32;
            (page[0] >> PAGE_BITS, (from, at))
        })
        .collect()
}

/// Provisional group numbers in the order of the listing: by properties in all, then by objects, then by properties;
/// equals as [`sort_like_qsort`] leaves them when the group found last is first. `order` has them as they were met.
fn listing_order(signatures: &[Arc<Signature>], counts: &[usize], mut order: Vec<usize>) -> Vec<usize> {
    order.reverse();
    let key = |&group: &usize| {
        let (objects, properties) = (counts[group] as u64, signatures[group].count);
        (u128::from(objects) * u128::from(properties), objects, properties)
    };
    sort_like_qsort(&mut order, |a, b| key(a).cmp(&key(b)));
    order
}

/// Groups functions, which come in the order of addresses, by what they share.
fn group_functions(heap: Heap<'_>, functions: Vec<(u64, u64)>, statistics: &mut Statistics) -> FunctionIndex {
    let mut known: FxHashMap<u64, Option<usize>> = FxHashMap::default();
    let mut groups: Vec<FunctionGroup> = Vec::new();
    for (function, shared) in functions {
        let at = *known.entry(shared).or_insert_with(|| {
            is_defined_in_script(heap, Tagged(shared)).then(|| {
                groups.push(FunctionGroup { shared: Tagged(shared), closures: Vec::new() });
                groups.len() - 1
            })
        });
        match at {
            Some(at) => {
                groups[at].closures.push(function);
                statistics.functions += 1;
            }
            None => statistics.functions_skipped += 1,
        }
    }
    groups.reverse();
    FunctionIndex { groups }
}

/// Whether the function that `shared` describes has a script with a name: builtins and garbage have not.
fn is_defined_in_script(heap: Heap<'_>, shared: Tagged) -> bool {
    let script = SharedFunctionInfo::load(heap, shared).and_then(|s| s.script());
    let name = script.and_then(|s| heap.word(s.word(), Field::ScriptName)).and_then(|n| JsString::load(heap, n));
    name.is_ok()
}
