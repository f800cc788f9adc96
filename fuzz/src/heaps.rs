//! Targets above the image: heaps of every layout, their objects, scans and frames.
//!
//! An input is the number of a layout, then the words of a heap that begins at [`BASE`], objects one after another.
//!
//! Knows: the layer `heap`. Must not know: where real heaps come from.

use crate::elf::{CORE, Elf};
use jsdb::heap::code::CodeFinder;
use jsdb::heap::generator::Generator;
use jsdb::heap::frame_word::FrameWords;
use jsdb::heap::graph::{By, Graph, Paths, naming};
use jsdb::heap::inspect::{Limits, TextOptions, inspect};
use jsdb::heap::layout::{CANNED, Metadata, Origin, Version};
use jsdb::heap::object::properties;
use jsdb::heap::pointers::Pointers;
use jsdb::heap::refs::References;
use jsdb::heap::scan::{self as scans, Scope};
use jsdb::heap::snapshot::{Edges, Scratch, Snapshot};
use jsdb::heap::{
    BoundFunction, Code, Frame, Heap, JsFunction, JsString, Layout, Progress, ScopeInfo, Script, Tagged, VariableKind,
};
use jsdb::heap::{collection, describe::type_name, error_stack, node, waiting, whatis};
use jsdb::image::{Addr, Image, Width, core};
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Where the heap of an input begins.
pub const BASE: u64 = 0x1000_0000;

/// V8's metadata by version: a column for each.
static METADATA: &str = include_str!("../../fixtures/v8dbg.tsv");

/// The layouts, by the numbers that inputs begin with: 3.14 of 64 and of 32 bits, then the columns of the table.
pub fn layouts() -> &'static [Layout] {
    static LAYOUTS: OnceLock<Vec<Layout>> = OnceLock::new();
    LAYOUTS.get_or_init(|| {
        let canned = [Width::W64, Width::W32].map(|width| Layout::canned(&CANNED[0], width));
        let versions = METADATA.lines().next().unwrap_or_default().split('\t').skip(1).enumerate();
        let loaded = versions.filter_map(|(column, version)| {
            let (major, minor) = version.split_once('.')?;
            let version = Version::line(major.parse().ok()?, minor.parse().ok()?);
            let rows = METADATA.lines().skip(1).filter_map(|row| {
                let mut cells = row.split('\t');
                Some((cells.next()?.to_owned(), cells.nth(column)?.parse().ok()?))
            });
            Some(Layout::resolve(version, Width::W64, Metadata::new(rows), Origin::Loaded))
        });
        canned.into_iter().flatten().chain(loaded).collect()
    })
}

/// The image and the layout that an input stands for.
pub fn image(input: &[u8]) -> Option<(Image, &'static Layout)> {
    let (&number, heap) = input.split_first()?;
    let layout = &layouts()[usize::from(number) % layouts().len()];
    let bytes = Elf::new(CORE).segment(1, 6, BASE, heap).bytes();
    let mut image = core::from_backing(Path::new("input"), Arc::new(bytes)).ok()?;
    image.width = layout.width;
    image.space = jsdb::image::AddressSpace::new(image.space.into_segments(), layout.width);
    Some((image, layout))
}

/// How many words of an input are taken for objects.
const MOST: usize = 2000;

/// Whatever in the heap looks like an object: every word that follows a word boundary, with the tag.
pub fn objects<'s>(heap: Heap<'s>) -> impl Iterator<Item = Tagged> + use<'s> {
    let step = heap.width().bytes();
    let size = heap.space().segments().first().map_or(0, |s| s.size);
    let tagged = move |at: &u64| heap.word_at(Addr(*at)).is_ok_and(|w| w.is_object() && w.0.wrapping_sub(BASE) < size);
    (BASE..BASE + size).step_by(step as usize).filter(tagged).map(|at| Tagged(at + 1)).take(MOST)
}

/// Reads every object as everything that it could be.
pub fn decode(input: &[u8]) {
    let Some((image, layout)) = image(input) else { return };
    let heap = Heap::new(&image, layout);
    for word in objects(heap) {
        read(heap, word);
    }
}

fn read(heap: Heap<'_>, word: Tagged) {
    let _ = (type_name(heap, word), properties(heap, word).is_ok());
    if let Ok(string) = JsString::load(heap, word) {
        assert!(string.text(1 << 12).units.len() <= 1 << 12);
    }
    if let Ok(function) = JsFunction::load(heap, word) {
        let shared = function.shared();
        assert!(shared.name().clip(39).len() <= 39);
        let _ = (shared.lines(5), shared.parameter_count(), shared.scope_info().map(|scope| scope.word()));
        let _ = (function.context().map(|context| context.scope_info().is_ok()), BoundFunction::load(heap, word));
    }
    if let Ok(script) = Script::load(heap, word) {
        let _ = (script.name(), script.locate(Some(7)), script.lines(3, 9, 1));
    }
    if let Ok(scope) = ScopeInfo::load(heap, word) {
        VariableKind::ALL.into_iter().for_each(|kind| assert!(scope.names(kind).count() <= scope.count(kind)));
    }
    let _ = Code::load(heap, word).and_then(Code::instructions);
    if let Ok(generator) = Generator::load(heap, word) {
        let _ = (generator.state().is_ok(), generator.location(), waiting::callers(heap, generator).len());
    }
    let _ = waiting::waiters(heap, word).map(|waiters| waiters.len());
    let _ = (waiting::awaiter(heap, word).is_some(), waiting::without_wrappers(heap, vec![word]).len());
    let _ = collection::entries(heap, word).is_ok();
    if let Some(stack) = error_stack::stack(heap, word) {
        drop(stack);
    }
    let _ = node::timer::of_handle(heap, word).len();
    let _ = whatis::whatis(heap, word.untagged().offset(12), 4096);
    let limits = Limits { depth: 3, string: Some(64), values: 50, ..Limits::default() };
    let mut text = String::new();
    inspect(heap, word, limits).text(&mut text, TextOptions { addresses: true, ..TextOptions::default() });
    assert!(text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)), "{text:?} is not safe on a terminal");
}

/// Passes over the whole heap.
pub fn scan(input: &[u8]) {
    let Some((image, layout)) = image(input) else { return };
    let heap = Heap::new(&image, layout);
    let progress = Progress::default();
    let Ok(index) = scans::scan(heap, Scope::WithBrk, &progress) else { return };
    let _ = (node::byclass::handles(heap, &index).len(), node::byclass::requests(heap, &index).len());
    let _ = node::timer::queued(heap, &index).len();
    let references = References::new(heap, &index, &progress);
    for object in index.groups().iter().flat_map(|group| index.objects(group)).take(MOST) {
        let _ = references.as_ref().map(|references| references.to(&index, object).count());
    }
    if let Ok(pointers) = Pointers::new(heap, &progress) {
        for object in index.groups().iter().flat_map(|group| index.objects(group)).take(MOST) {
            let starts = pointers.to(object).filter_map(|place| pointers.start_before(place, 4096));
            assert!(starts.count() <= pointers.len());
        }
    }
}

/// Makes the graph of the heap, and asks it all that it knows.
pub fn graph(input: &[u8]) {
    let Some((image, layout)) = image(input) else { return };
    let heap = Heap::new(&image, layout);
    let Ok(graph) = Graph::new(heap, &Progress::default()) else { return };
    for by in [By::Constructor, By::Source, By::Package] {
        let counted: u64 = graph.classes(heap, by).iter().map(|class| class.sums.count).sum();
        assert!(counted <= graph.len() as u64, "no object is counted twice");
    }
    let total: u64 = graph.nodes().fold(0, |sum, node| sum.saturating_add(graph.shallow(node)));
    tell(heap, &graph);
    let paths = [false, true].map(|all| Paths::new(heap, &graph, all));
    for node in graph.nodes().take(MOST) {
        assert!(!graph.is_reached(node) || graph.retained(node) <= total, "nothing retains more than there is");
        let _ = (graph.dominator(node), graph.goes_with(node).len(), graph.class_of(heap, node).len());
    }
    for node in graph.nodes().take(100) {
        for path in paths.iter().flat_map(|paths| paths.to(node, 3)) {
            let objects: Vec<Tagged> = path.nodes.iter().map(|&node| graph.word(node)).collect();
            for at in 0..objects.len().saturating_sub(1) {
                assert!(naming::step(heap, &objects[at..]).references <= objects.len());
            }
        }
    }
}

/// Tells what all references are called, to nobody: none may be left out.
fn tell(heap: Heap<'_>, graph: &Graph) {
    let progress = Progress::default();
    let Ok(edges) = Edges::new(heap, graph, &progress) else { return };
    let mut scratch = Scratch::default();
    for node in graph.nodes().take(MOST) {
        let mut told = Vec::new();
        let Ok(()) = edges.of::<Infallible>(node, &mut scratch, &mut |edge| {
            let _ = (edge.name.text(heap), edge.kind.name());
            told.push(edge.to);
            Ok(())
        });
        told.sort_unstable();
        assert!(graph.edges(node).all(|(to, _)| told.binary_search(&to).is_ok()), "every reference has a name");
        let _ = edges.function(node);
    }
    if let Ok(snapshot) = Snapshot::new(heap, graph, &progress) {
        let _ = snapshot.write(&mut std::io::sink(), &progress);
    }
}

/// Takes the heap for a stack.
pub fn frames(input: &[u8]) {
    let Some((image, layout)) = image(input) else { return };
    let heap = Heap::new(&image, layout);
    let step = heap.width().bytes();
    let size = image.space.segments().first().map_or(0, |s| s.size);
    let mut finder = CodeFinder::default();
    for fp in (BASE..BASE + size).step_by(step as usize).take(200).map(Addr) {
        let stack = image.stack_from(fp);
        let frames = (0..stack.frames.len().min(50)).filter_map(|at| Frame::of(&image, &stack, at));
        let mut words = FrameWords::new(heap, &stack);
        (-9..9).for_each(|at| drop(words.owner(fp.offset(at * step as i64))));
        for frame in std::iter::once(Frame::at(fp)).chain(frames) {
            let _ = frame.kind(heap);
            if let Some(function) = heap.word_at(fp).ok().and_then(|word| JsFunction::load(heap, word).ok()) {
                let _ = (frame.arguments(heap, function), frame.activations(heap, &mut finder, function));
            }
        }
    }
}
