//! Snapshots of small heaps, read again.

use super::tags::BREATH;
use super::*;
use crate::heap::Tagged;
use crate::heap::testing::{Builder, Built, MapSpec, types};
use crate::image::Width;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// JSGlobalObject (V8 3.14 `objects.h`).
const GLOBAL: u8 = 173;

struct Known {
    built: Built,
    global: Tagged,
    object: Tagged,
    store: Tagged,
    shared: Tagged,
    text: Tagged,
}

/// A global object that holds an object, whose elements hold a string and an array; and a dead one.
fn known(width: Width) -> Known {
    let mut b = Builder::new(width);
    let text = b.ascii(b"held \"by\" an object\n");
    let shared = b.array(&[text, b.undefined]);
    let store = b.array(&[text, b.hole, shared]);
    let plain = b.map(MapSpec { instance_type: types::JS_OBJECT, size: 3, elements_kind: 3, ..MapSpec::default() });
    let object = b.object(plain, &[b.empty, store]);
    b.array(&[text]);
    let map = b.map(MapSpec { instance_type: GLOBAL, size: 6, ..MapSpec::default() });
    let global = b.object(map, &[b.empty, b.empty, object, shared, b.hole]);
    Known { built: b.build(), global, object, store, shared, text }
}

/// A node of a snapshot that was read.
struct Read {
    kind: String,
    name: String,
    id: u64,
    size: u64,
    /// Kind, name and number of each edge.
    edges: Vec<(String, String, usize)>,
}

fn read(bytes: &[u8]) -> Vec<Read> {
    let json: Value = serde_json::from_slice(bytes).expect("it is JSON");
    let meta = &json["snapshot"]["meta"];
    let numbers = |key: &str| -> Vec<usize> {
        json[key].as_array().expect("a list").iter().map(|n| n.as_u64().expect("a number") as usize).collect()
    };
    let text = |at: usize| json["strings"][at].as_str().expect("a string").to_owned();
    let (nodes, edges) = (numbers("nodes"), numbers("edges"));
    assert_eq!(nodes.len() as u64 / 7, json["snapshot"]["node_count"].as_u64().expect("a number"));
    assert_eq!(edges.len() as u64 / 3, json["snapshot"]["edge_count"].as_u64().expect("a number"));
    let mut rest = edges.chunks_exact(3);
    let read = nodes.chunks_exact(7).map(|node| Read {
        kind: meta["node_types"][0][node[0]].as_str().expect("a kind").to_owned(),
        name: text(node[1]),
        id: node[2] as u64,
        size: node[3] as u64,
        edges: rest
            .by_ref()
            .take(node[4])
            .map(|edge| {
                let kind = meta["edge_types"][0][edge[0]].as_str().expect("a kind").to_owned();
                let name = if matches!(&*kind, "element" | "hidden") { edge[1].to_string() } else { text(edge[1]) };
                assert!(edge[2].is_multiple_of(7), "the place of a node in the list");
                (kind, name, edge[2] / 7)
            })
            .collect(),
    });
    let read: Vec<Read> = read.collect();
    assert!(rest.next().is_none(), "every edge is some node's");
    read
}

/// What would be free without a node, by definition: edges count but for weak ones and shortcuts, which do at the root.
fn retained(nodes: &[Read], without: usize) -> u64 {
    let reached = |without: Option<usize>| {
        let (mut seen, mut stack) = (HashSet::from([0]), vec![0]);
        while let Some(at) = stack.pop() {
            for (kind, _, to) in &nodes[at].edges {
                let counts = kind != "weak" && (kind != "shortcut" || at == 0);
                if counts && Some(*to) != without && seen.insert(*to) {
                    stack.push(*to);
                }
            }
        }
        seen
    };
    reached(None).difference(&reached(Some(without))).map(|&node| nodes[node].size).sum()
}

#[test]
fn a_snapshot_holds_what_is_alive_and_retains_what_the_graph_does() {
    for width in [Width::W32, Width::W64] {
        let known = known(width);
        let heap = known.built.heap();
        let progress = Progress::default();
        let graph = Graph::new(heap, &progress).expect("nobody cancels");
        let snapshot = Snapshot::new(heap, &graph, &progress).expect("nobody cancels");
        let mut bytes = Vec::new();
        let written = snapshot.write(&mut bytes, &Progress::default()).expect("a vector takes all");
        assert_eq!(written.bytes, bytes.len() as u64);
        let nodes = read(&bytes);
        let number =
            |word: Tagged| snapshot.number(graph.node(word).expect("it is an object")).expect("it is alive") as usize;
        assert_eq!(nodes.len(), ROOTS.len() + graph.reached().count());
        let ids: HashSet<u64> = nodes.iter().map(|node| node.id).collect();
        assert_eq!(ids.len(), nodes.len());
        assert!(ids.iter().all(|id| id % 2 == 1 && *id < 1 << 32));
        for word in [known.global, known.object, known.shared, known.text] {
            let node = graph.node(word).expect("it is an object");
            assert_eq!(retained(&nodes, number(word)), graph.retained(node), "{word}");
            assert_eq!(nodes[number(word)].size, graph.shallow(node));
        }
        // What the store of one object holds is the object's.
        let store = graph.node(known.store).expect("it is an object");
        assert_eq!(retained(&nodes, number(known.store)), graph.shallow(store));
        let edges = nodes[number(known.object)].edges.iter().filter(|(kind, ..)| kind != "hidden");
        let edges: HashMap<&str, (&str, usize)> = edges.map(|(kind, name, to)| (&**name, (&**kind, *to))).collect();
        assert_eq!(edges["elements"], ("internal", number(known.store)));
        assert_eq!(edges["0"], ("element", number(known.text)));
        assert_eq!(edges["2"], ("element", number(known.shared)));
        assert!(!edges.contains_key("1"), "a hole is no element");
        let text = &nodes[number(known.text)];
        assert_eq!((&*text.kind, &*text.name), ("string", "held \"by\" an object\n"));
        assert_eq!(nodes[number(known.store)].name, "(object elements)");
    }
}

#[test]
fn what_ends_early_leaves_no_snapshot() {
    let known = known(Width::W64);
    let heap = known.built.heap();
    let progress = Progress::default();
    let graph = Graph::new(heap, &progress).expect("nobody cancels");
    let snapshot = Snapshot::new(heap, &graph, &progress).expect("nobody cancels");
    let written = snapshot.write(&mut [0_u8; 100].as_mut_slice(), &Progress::default());
    assert!(matches!(written, Err(Failed::Io(_))));
}

#[test]
fn nothing_is_written_after_an_interruption() {
    let cancel = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let progress = Progress::new(cancel);
    let mut breath = Breath::new(&progress);
    assert!(breath.take(BREATH - 1).is_ok());
    assert!(matches!(breath.take(1), Err(crate::heap::Error::Cancelled)));
}

#[test]
fn a_snapshot_takes_no_more_memory_than_it_may_and_gives_it_back() {
    let known = known(Width::W64);
    let heap = known.built.heap();
    let progress = Progress::default();
    let graph = Graph::new(heap, &progress).expect("nobody cancels");
    progress.release_memory();
    progress.limit_memory(graph.len() as u64);
    let refused = Snapshot::new(heap, &graph, &progress);
    assert!(matches!(refused, Err(crate::heap::Error::Memory { .. })));
    progress.limit_memory(1 << 20);
    for _ in 0..3 {
        let snapshot = Snapshot::new(heap, &graph, &progress).expect("there is room");
        snapshot.write(&mut Vec::new(), &progress).expect("a vector takes all");
    }
    assert!(progress.claim().take(1 << 20).is_ok(), "all was given back");
}
