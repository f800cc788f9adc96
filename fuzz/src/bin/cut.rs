//! Makes a corpus from a real core: `cut LAYOUT CORE FOLDER` writes a few small heaps, each of some objects of every
//! type and what they refer to, moved close together; `cut head CORE FOLDER` the beginning of the file.
//!
//! Knows: objects by their sizes. Must not know: what is in them.

use jsdb::heap::scan::{Scope, scan};
use jsdb::heap::{Heap, Progress, Tagged, whatis};
use jsdb::image::core;
use jsdb::shell::Session;
use jsdb_fuzz::heaps;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;
use std::path::Path;

/// How many bytes of an object are kept, how large a heap may be, how far it goes from the objects it is made for.
const LARGEST: u64 = 192;
const SIZE: u64 = 8 << 10;
const DEPTH: usize = 3;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, path, folder] = args.as_slice() else { panic!("cut LAYOUT|head CORE FOLDER") };
    std::fs::create_dir_all(folder).expect("to make the folder");
    if what == "head" {
        let mut head = Vec::new();
        let core = std::fs::File::open(path).expect("the core is there");
        core.take(48 << 10).read_to_end(&mut head).expect("to read the core");
        std::fs::write(Path::new(folder).join("head"), head).expect("to write");
        return;
    }
    let number: u8 = what.parse().expect("the number of a layout");
    let session = Session::new(core::open(Path::new(path)).expect("the core opens"));
    let heap = session.heap().expect("the core has a V8");
    let expected = heaps::layouts()[usize::from(number)].version;
    assert_eq!(heap.layout().version.parts[..2], expected.parts[..2], "the layout is that of another version");
    for (name, roots) in families(heap) {
        let mut input = vec![number];
        input.extend(heap_of(heap, &roots));
        std::fs::write(Path::new(folder).join(format!("{name}-v{number}")), input).expect("to write");
    }
}

fn words(heap: Heap<'_>, object: Tagged) -> Vec<u64> {
    let size = whatis::size(heap, object).unwrap_or(0).clamp(24, LARGEST);
    let step = heap.width().bytes();
    (0..size.div_ceil(step))
        .map_while(|n| heap.word_at(object.untagged().offset((n * step) as i64)).ok())
        .map(|w| w.0)
        .collect()
}

/// Objects of each type that live objects lead to, a few of each, in families of types.
fn families(heap: Heap<'_>) -> Vec<(String, Vec<Tagged>)> {
    let index = scan(heap, Scope::WithBrk, &Progress::default()).expect("the heap can be scanned");
    let sound = index.groups().iter().filter(|group| !group.is_garbage());
    let mut next: Vec<Tagged> = sound.map(|group| index.representative(group)).collect();
    next.reverse();
    let functions = index.functions().groups().iter().map(|f| f.representative());
    next.extend(functions.take(50));
    let mut seen: HashSet<u64> = next.iter().map(|o| o.0).collect();
    let mut of_type: BTreeMap<String, Vec<Tagged>> = BTreeMap::new();
    let mut at = 0;
    while at < next.len() && at < 200_000 {
        let object = next[at];
        at += 1;
        let Ok(instance_type) = heap.instance_type(object) else { continue };
        let Some(name) = heap.layout().type_name(instance_type) else { continue };
        let found = of_type.entry(name.to_owned()).or_default();
        if found.len() < 2 {
            found.push(object);
        }
        for word in words(heap, object).into_iter().map(Tagged).filter(|w| w.is_object()) {
            if heap.instance_type(word).is_ok() && seen.insert(word.0) {
                next.push(word);
            }
        }
    }
    let is_js = |name: &str| name.starts_with("JS");
    let mut out = Vec::new();
    for (family, js) in [("js", true), ("internal", false)] {
        let roots: Vec<Tagged> =
            of_type.iter().filter(|(name, _)| is_js(name) == js).flat_map(|(_, found)| found.iter().copied()).collect();
        for (n, part) in roots.chunks(roots.len().div_ceil(2).max(1)).take(if js { 2 } else { 1 }).enumerate() {
            out.push((format!("{family}{n}"), part.to_vec()));
        }
    }
    out
}

/// Objects on their way to where inputs begin.
#[derive(Default)]
struct Moved {
    places: HashMap<u64, u64>,
    words: Vec<u64>,
}

impl Moved {
    /// Takes `object`, after its map: nothing is anything without. Gives what it refers to.
    fn take(&mut self, heap: Heap<'_>, object: Tagged) -> Vec<Tagged> {
        let found = words(heap, object);
        let step = heap.width().bytes();
        let end = (self.words.len() + found.len()) as u64 * step;
        if found.is_empty() || end > SIZE || self.places.contains_key(&object.0) {
            return Vec::new();
        }
        self.places.insert(object.0, heaps::BASE + self.words.len() as u64 * step + 1);
        self.words.extend(&found);
        self.take(heap, Tagged(found[0]));
        found.into_iter().map(Tagged).filter(|w| w.is_object() && heap.instance_type(*w).is_ok()).collect()
    }
}

/// The heap of `roots` and what they refer to, nearest first, moved to where inputs begin.
fn heap_of(heap: Heap<'_>, roots: &[Tagged]) -> Vec<u8> {
    let mut moved = Moved::default();
    let mut level = roots.to_vec();
    for _ in 0..=DEPTH {
        level = level.into_iter().flat_map(|object| moved.take(heap, object)).collect();
    }
    let place = |word: &u64| moved.places.get(word).copied().unwrap_or(*word);
    let step = heap.width().bytes() as usize;
    moved.words.iter().flat_map(|word| place(word).to_le_bytes().into_iter().take(step)).collect()
}
