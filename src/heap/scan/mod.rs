//! The scan: every JavaScript object in memory, by brute force, grouped by constructor and properties.
//!
//! No root is known in a core, so every word is asked whether it is the map of an object, as mdb_v8 does. That finds
//! objects that are long dead too: those whose properties no longer look like JavaScript values are told apart as
//! garbage, the others are found as if they lived.
//!
//! Knows: which words are candidates, how objects are grouped. Must not know: commands, caches.

pub mod index;
mod order;
#[cfg(test)]
mod tests;

pub(super) use index::Near;
pub use index::{FunctionGroup, FunctionIndex, Group, ObjectIndex, Statistics};

use super::decoder::{Decoder, Outcome};
use super::kinds::Facts;
use super::names::{Label, NameId, Names};
use super::pass::{self, Budget};
use super::property::Traits;
use super::shapes::Shape;
use super::words::{Chunk, Pattern};
use super::{Heap, Kind, Progress, Result};
use crate::image::Content;
use crate::image::space::Window;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};

/// Which memory a scan looks at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Scope {
    /// All mappings that belong to no file: V8 maps its own pages. Stacks are among them, and the brk heap where it is
    /// a mapping of its own; on illumos it shares one with the executable's data, and is left out.
    #[default]
    Anonymous,
    /// The brk heap in any case.
    WithBrk,
}

impl Scope {
    /// Whether it has mappings that hold `content`, and belong to a file or not.
    fn covers(self, content: Content, of_file: bool) -> bool {
        match content {
            Content::Anon | Content::Stack => !of_file,
            Content::Heap => !of_file || self == Scope::WithBrk,
            Content::File => false,
        }
    }
}

/// What tells a group from others.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Signature {
    constructor: Option<NameId>,
    malformed: bool,
    /// How many properties; of an array, its length.
    count: u64,
    labels: Box<[Label]>,
}

/// Groups as threads meet them: their numbers depend on who came first, until [`index::build`] orders them.
#[derive(Debug, Default)]
struct Signatures {
    ids: Mutex<FxHashMap<Arc<Signature>, u32>>,
}

impl Signatures {
    fn intern(&self, signature: &Arc<Signature>) -> u32 {
        let mut ids = self.ids.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let next = ids.len() as u32;
        *ids.entry(Arc::clone(signature)).or_insert(next)
    }

    fn into_list(self) -> Vec<Arc<Signature>> {
        let ids = self.ids.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut list: Vec<_> = ids.into_iter().collect();
        list.sort_unstable_by_key(|(_, id)| *id);
        list.into_iter().map(|(signature, _)| signature).collect()
    }
}

/// What one chunk held, in address order.
#[derive(Debug, Default)]
struct Found {
    /// Where the chunk begins.
    start: u64,
    /// Of each object, how far into the chunk its tagged address is, and its group.
    objects: Vec<(u32, u32)>,
    /// Address and SharedFunctionInfo of each function.
    functions: Vec<(u64, u64)>,
    statistics: Statistics,
}

impl Found {
    /// What it and the index of it take, about.
    fn memory(&self) -> u64 {
        let indexed = size_of::<u64>() + 2 * size_of::<u32>();
        let object = size_of_val(&self.objects[..]) + self.objects.len() * indexed;
        (object + 2 * size_of_val(&self.functions[..])) as u64
    }
}

/// The first object of a group that a thread met: since it takes chunks in order, the lowest that it will meet.
#[derive(Clone, Copy, Debug)]
struct First {
    group: u32,
    addr: u64,
    traits: Traits,
}

/// Finds all objects and functions of `heap` in `scope`.
///
/// # Errors
/// When the layout lacks what a scan needs, when it is cancelled, or when memory is so tangled that it would never end.
pub fn scan(heap: Heap<'_>, scope: Scope, progress: &Progress) -> Result<ObjectIndex> {
    Ok(Sightings::new(heap, scope, progress)?.group(heap))
}

/// What the threads of a scan met, not yet in order.
#[derive(Debug)]
pub struct Sightings {
    names: Names,
    /// By provisional number of the group.
    signatures: Vec<Arc<Signature>>,
    firsts: Vec<First>,
    /// In the order of addresses.
    found: Vec<Found>,
}

impl Sightings {
    /// Passes over the memory of `heap` in `scope`.
    ///
    /// # Errors
    /// As [`scan`].
    pub fn new(heap: Heap<'_>, scope: Scope, progress: &Progress) -> Result<Sightings> {
        let facts = Facts::new(heap)?;
        let words = heap.words();
        let names = Names::default();
        let signatures = Signatures::default();
        let budget = Budget::new(&words, progress);
        let chunks = words.chunks(|region| scope.covers(region.content, region.of_file));
        let sought = facts.types(is_sought);
        progress.begin(chunks.iter().map(Chunk::size).sum());
        let worker = || Scanner {
            sought: &sought,
            decoder: Decoder::new(heap, &words, &facts, &names, &budget),
            names: &names,
            signatures: &signatures,
            known: FxHashMap::default(),
            shapes: Vec::new(),
            by_map: FxHashMap::default(),
            last: None,
            arrays: FxHashMap::default(),
            firsts: Vec::new(),
            labels: Vec::new(),
            window: Window::default(),
        };
        let memory = progress.claim();
        let (found, scanners) = pass::run(&chunks, worker, |scanner, chunk| {
            let found = scanner.chunk(chunk)?;
            memory.take(found.memory())?;
            progress.advance(chunk.size())?;
            Ok(found)
        })?;
        memory.keep();
        let firsts = scanners.into_iter().flat_map(|s| s.firsts).collect();
        Ok(Sightings { names, signatures: signatures.into_list(), firsts, found })
    }

    /// Puts them together: groups in the order of the listing, objects in that of addresses.
    pub fn group(self, heap: Heap<'_>) -> ObjectIndex {
        index::build(heap, self)
    }
}

/// Whether a scan wants objects of `kind`, where it does not walk from object to object.
fn is_sought(kind: Kind) -> bool {
    kind.is_counted(false) || matches!(kind, Kind::JsFunction | Kind::JsArray)
}

/// A shape whose objects were met.
struct Met {
    shape: Arc<Shape>,
    /// The group of those that have all of its fields and no elements: of garbage, and of others.
    plain: [Option<u32>; 2],
}

/// One thread of a scan.
struct Scanner<'w, 's> {
    /// By number of the type, whether its objects are sought.
    sought: &'w [bool],
    decoder: Decoder<'w, 's>,
    names: &'w Names,
    signatures: &'w Signatures,
    known: FxHashMap<Arc<Signature>, u32>,
    shapes: Vec<Met>,
    /// Where in `shapes` that of a map is.
    by_map: FxHashMap<u64, usize>,
    /// The map that was met last, and where its shape is: objects of a kind are made together.
    last: Option<(u64, usize)>,
    /// The group of arrays of a length.
    arrays: FxHashMap<u64, u32>,
    firsts: Vec<First>,
    labels: Vec<Label>,
    window: Window,
}

impl Scanner<'_, '_> {
    fn chunk(&mut self, chunk: &Chunk<'_>) -> Result<Found> {
        let mut found = Found { start: chunk.start(), ..Found::default() };
        let (width, strict) = (self.decoder.kinds().facts.width, self.decoder.kinds().facts.strict);
        found.statistics.words = chunk.size() / width.bytes();
        let (sought, mut window) = (self.sought, std::mem::take(&mut self.window));
        // Where the object ends that was met last: what lies in it is no object of its own.
        let mut end = 0;
        let done = chunk.matching(width, Pattern::TAGGED, &mut window, |addr, map| {
            if addr < end || self.decoder.kinds().is_left_behind(addr) {
                return Ok(());
            }
            found.statistics.type_reads += 1;
            found.statistics.cached_reads += u64::from(chunk.region.covers(map));
            if !strict && !self.decoder.kinds().has_type_in(map, sought) {
                return Ok(());
            }
            if let Some(kind) = self.decoder.kinds().by_map(map).flatten() {
                let size = self.candidate(addr, map, kind, &mut found)?;
                if strict {
                    end = addr.saturating_add(size).min(chunk.start() + chunk.size());
                }
            }
            Ok::<(), super::Error>(())
        });
        self.window = window;
        done.map(|()| found)
    }

    /// Takes what may be an object of `kind` at `addr`; gives its size, or 0 where that is not known.
    #[inline(never)]
    fn candidate(&mut self, addr: u64, map: u64, kind: Kind, found: &mut Found) -> Result<u64> {
        let (object, strict) = (addr | 1, self.decoder.kinds().facts.strict);
        let size = if strict { self.decoder.kinds().size(object, map, kind).unwrap_or(0) } else { 0 };
        let place = (object - found.start) as u32;
        match kind {
            Kind::JsFunction => match self.decoder.function_shared(object) {
                Some(shared) => found.functions.push((object, shared)),
                None => found.statistics.functions_skipped += 1,
            },
            kind if kind.is_counted(strict) => {
                found.statistics.js_objects += 1;
                if let Some((group, garbage)) = self.object(object, map)? {
                    found.statistics.objects += 1;
                    found.statistics.garbage += u64::from(garbage);
                    found.objects.push((place, group));
                }
            }
            Kind::JsArray => {
                found.statistics.js_objects += 1;
                if let Some(group) = self.array(object, map) {
                    found.statistics.arrays += 1;
                    found.objects.push((place, group));
                }
            }
            _ => {}
        }
        Ok(size)
    }

    /// Where in `shapes` that of `map` is.
    fn shape(&mut self, map: u64) -> usize {
        if let Some((last, at)) = self.last
            && last == map
        {
            return at;
        }
        let at = *self.by_map.entry(map).or_insert_with(|| {
            self.shapes.push(Met { shape: self.decoder.shape(map), plain: [None; 2] });
            self.shapes.len() - 1
        });
        self.last = Some((map, at));
        at
    }

    /// The group of the object at `object`, and whether it is garbage; none when it cannot be an object.
    fn object(&mut self, object: u64, map: u64) -> Result<Option<(u32, bool)>> {
        let at = self.shape(map);
        let Met { shape, plain: known } = &self.shapes[at];
        let (constructor, labels) = (shape.constructor, &mut self.labels);
        labels.clear();
        match self.decoder.properties(object, shape, &mut |label, _| labels.push(label))? {
            Outcome::Broken => Ok(None),
            Outcome::Unknown(name) => {
                labels.push(Label::name(name));
                let traits = Traits { bad_layout: true, ..Traits::default() };
                Ok(Some((self.group(constructor, true, object, traits), true)))
            }
            Outcome::Properties { traits, plain } => {
                let garbage = traits.is_garbage();
                if let Some(group) = known[usize::from(garbage)].filter(|_| plain) {
                    return Ok(Some((group, garbage)));
                }
                let group = self.group(constructor, garbage, object, traits);
                if plain {
                    self.shapes[at].plain[usize::from(garbage)] = Some(group);
                }
                Ok(Some((group, garbage)))
            }
        }
    }

    fn array(&mut self, array: u64, map: u64) -> Option<u32> {
        let length = self.decoder.array_length(array, map)?;
        if let Some(&group) = self.arrays.get(&length) {
            return Some(group);
        }
        let constructor = Some(self.names.intern("Array"));
        let signature = Signature { constructor, malformed: false, count: length, labels: Box::default() };
        let group = self.intern(signature, array, Traits::default());
        self.arrays.insert(length, group);
        Some(group)
    }

    /// The group of objects whose properties are `labels`.
    fn group(&mut self, constructor: Option<NameId>, malformed: bool, object: u64, traits: Traits) -> u32 {
        let labels = self.labels.as_slice();
        let signature = Signature { constructor, malformed, count: labels.len() as u64, labels: labels.into() };
        self.intern(signature, object, traits)
    }

    fn intern(&mut self, signature: Signature, addr: u64, traits: Traits) -> u32 {
        if let Some(&group) = self.known.get(&signature) {
            return group;
        }
        let signature = Arc::new(signature);
        let group = self.signatures.intern(&signature);
        self.known.insert(signature, group);
        self.firsts.push(First { group, addr, traits });
        group
    }
}
