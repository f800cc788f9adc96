//! Hostile heaps, read by every decoder and by every pass: none may panic, hang or run away.

mod every_layout;
mod v3_14;

use super::code::CodeFinder;
use super::describe::type_name;
use super::frame_word::FrameWords;
use super::generator::Generator;
use super::graph::{By, Graph, Paths, naming};
use super::inspect::{Limits, TextOptions, inspect};
use super::object::properties;
use super::optimized::{activations, nearby};
use super::pointers::Pointers;
use super::refs::References;
use super::scan::{Scope, scan};
use super::snapshot::{Edges, Scratch, Snapshot};
use super::string::JsString;
use super::whatis::whatis;
use super::{
    BoundFunction, Code, Frame, Heap, JsFunction, Progress, ScopeInfo, Script, Tagged, VariableKind, collection,
    error_stack, node, waiting,
};
use std::convert::Infallible;

/// Whatever the words are, a pass ends, and what it finds can be asked about.
fn pass_over(heap: Heap<'_>) {
    let progress = Progress::default();
    let Ok(index) = scan(heap, Scope::WithBrk, &progress) else { return };
    let references = References::new(heap, &index, &progress);
    for object in index.groups().iter().flat_map(|group| index.objects(group)) {
        let _ = references.as_ref().map(|references| references.to(&index, object).count());
        let _ = whatis(heap, object.untagged().offset(12), 4096);
    }
    let _ = (node::byclass::handles(heap, &index), node::byclass::requests(heap, &index));
    let _ = node::timer::queued(heap, &index);
    if let Ok(pointers) = Pointers::new(heap, &progress) {
        for object in index.groups().iter().flat_map(|group| index.objects(group)) {
            let starts = pointers.to(object).filter_map(|place| pointers.start_before(place, 4096));
            assert!(starts.count() <= pointers.len());
        }
    }
    if let Ok(graph) = Graph::new(heap, &progress) {
        ask(heap, &graph);
    }
}

fn ask(heap: Heap<'_>, graph: &Graph) {
    for by in [By::Constructor, By::Source, By::Package] {
        let counted: u64 = graph.classes(heap, by).iter().map(|class| class.sums.count).sum();
        assert!(counted <= graph.len() as u64, "no object is counted twice");
    }
    tell(heap, graph);
    let paths = Paths::new(heap, graph, true);
    for node in graph.nodes() {
        let _ = (graph.dominator(node), graph.goes_with(node), graph.class_of(heap, node));
        for path in paths.to(node, 2) {
            let objects: Vec<Tagged> = path.nodes.iter().map(|&node| graph.word(node)).collect();
            (1..objects.len()).for_each(|at| drop(naming::step(heap, &objects[at - 1..])));
        }
    }
}

/// Tells what all references are called, to nobody: none may be left out.
fn tell(heap: Heap<'_>, graph: &Graph) {
    let progress = Progress::default();
    let Ok(edges) = Edges::new(heap, graph, &progress) else { return };
    let mut scratch = Scratch::default();
    for node in graph.nodes() {
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

fn read_one(heap: Heap<'_>, word: Tagged) {
    let _ = type_name(heap, word);
    let _ = properties(heap, word);
    if let Ok(string) = JsString::load(heap, word) {
        let text = string.text(1 << 16);
        assert!(text.units.len() <= 1 << 16);
    }
    read_as_function(heap, word);
    if let Ok(generator) = Generator::load(heap, word) {
        let _ = (generator.state(), generator.location(), waiting::callers(heap, generator).len());
    }
    let _ = (waiting::waiters(heap, word).is_ok(), waiting::without_wrappers(heap, vec![word]).len());
    let _ = (waiting::awaiter(heap, word).is_some(), collection::entries(heap, word).is_ok());
    let _ = (error_stack::stack(heap, word).is_some(), node::timer::of_handle(heap, word));
    let limits = Limits { depth: 4, string: Some(64), values: 200, ..Limits::default() };
    let mut text = String::new();
    inspect(heap, word, limits).text(&mut text, TextOptions { addresses: true, ..TextOptions::default() });
    assert!(text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)), "{text:?} is not safe on a terminal");
}

/// Reads `word` as all that hangs off functions, and as a stack of frames: only what stands in the map tells kinds apart.
fn read_as_function(heap: Heap<'_>, word: Tagged) {
    if let Ok(function) = JsFunction::load(heap, word) {
        let shared = function.shared();
        assert!(shared.name().clip(39).len() <= 39);
        let _ = (
            shared.lines(5),
            shared.start_position(),
            shared.parameter_count(),
            shared.scope_info().map(|scope| scope.word()),
        );
        let _ = (function.context().map(|context| context.scope_info().is_ok()), BoundFunction::load(heap, word));
        let _ = Frame::at(word.addr()).arguments(heap, function);
        let frame = Frame { fp: word.addr(), pc: Some(word.addr().offset(70)), native: None };
        let _ = frame.activations(heap, &mut CodeFinder::default(), function);
        let code = shared.code().or_else(|_| Code::load(heap, word));
        let _ = code.map(|code| nearby(heap, code, word.addr().offset(70), shared).len());
    }
    if let Ok(code) = Code::load(heap, word) {
        let pc = code.instructions().map_or(word.addr(), |instructions| instructions.start.offset(9));
        let _ = (code.position_before(pc), activations(heap, code, pc, word.addr()));
    }
    if let Ok(script) = Script::load(heap, word) {
        let _ = (script.name(), script.locate(Some(7)), script.lines(3, 9, 1));
    }
    if let Ok(scope) = ScopeInfo::load(heap, word) {
        VariableKind::ALL.into_iter().for_each(|kind| assert!(scope.names(kind).count() <= scope.count(kind)));
    }
    let _ = Code::load(heap, word).and_then(Code::instructions);
    let stack = heap.image().stack_from(word.untagged());
    (0..stack.frames.len())
        .filter_map(|at| Frame::of(heap.image(), &stack, at))
        .for_each(|frame| drop(frame.kind(heap)));
    let mut words = FrameWords::new(heap, &stack);
    (-9..9).for_each(|at| drop(words.owner(word.untagged().offset(at * 8))));
}
