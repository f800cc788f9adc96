//! `::heapsnapshot`, held to others: to what DevTools' own code computes from the file, and to what V8 itself says of the
//! same process, which writes a snapshot of its own and has its core taken at once.
//!
//! Knows: `fixtures/lab/snapshot.js`, the format. Must not know: V8.

use crate::lab;
use crate::needs::{self, left_out};
use crate::session::Session;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

/// A node of a snapshot.
struct Node {
    kind: String,
    name: String,
    id: u64,
    size: u64,
    /// Kind, name and place of each edge.
    edges: Vec<(String, String, usize)>,
    /// Of a function, or of an object's constructor: the number of its script, line and column from 0.
    location: Option<[u64; 3]>,
}

/// The nodes of the snapshot at `path`.
fn read(path: &Path) -> Vec<Node> {
    let text = std::fs::read_to_string(path).expect("the snapshot is there");
    let json: Value = serde_json::from_str(&text).expect("a snapshot is JSON");
    let meta = &json["snapshot"]["meta"];
    let list = |of: &Value| -> Vec<String> {
        of.as_array().expect("a list").iter().map(|v| v.as_str().unwrap_or_default().to_owned()).collect()
    };
    let numbers = |key: &str| -> Vec<usize> {
        json[key].as_array().expect("a list").iter().map(|n| n.as_u64().expect("a number") as usize).collect()
    };
    let fields = list(&meta["node_fields"]);
    let field = |name: &str| fields.iter().position(|f| f == name).expect("a field that all have");
    let (kinds, edge_kinds) = (list(&meta["node_types"][0]), list(&meta["edge_types"][0]));
    let (strings, nodes, edges) = (list(&json["strings"]), numbers("nodes"), numbers("edges"));
    let (size, count) = (field("self_size"), field("edge_count"));
    let locations = numbers("locations");
    let locations = locations.chunks_exact(4).map(|of| (of[0], [of[1] as u64, of[2] as u64, of[3] as u64]));
    let locations: HashMap<usize, [u64; 3]> = locations.collect();
    let mut rest = edges.chunks_exact(3);
    let read = nodes.chunks_exact(fields.len()).enumerate().map(|(nth, node)| Node {
        location: locations.get(&(nth * fields.len())).copied(),
        kind: kinds[node[0]].clone(),
        name: strings[node[1]].clone(),
        id: node[2] as u64,
        size: node[size] as u64,
        edges: rest
            .by_ref()
            .take(node[count])
            .map(|edge| {
                let kind = edge_kinds[edge[0]].clone();
                let is_number = matches!(&*kind, "element" | "hidden");
                let name = if is_number { edge[1].to_string() } else { strings[edge[1]].clone() };
                (kind, name, edge[2] / fields.len())
            })
            .collect(),
    });
    read.collect()
}

/// What `load.mjs` says of a node: id, type, name, retained size, where it is written.
type Said = (u64, String, String, u64, Option<[u64; 3]>);
/// What DevTools makes of a node: its retained size, and where it is written.
type Made = (u64, Option<[u64; 3]>);

/// What DevTools makes of each node, by id.
fn devtools(path: &Path) -> Result<HashMap<u64, Made>, String> {
    let folder = needs::fixtures().join("node_modules/chrome-devtools-frontend");
    if !folder.exists() {
        return Err("needs npm packages: (cd fixtures && npm ci)".to_owned());
    }
    let node = needs::node_of_line("26")?;
    let load = needs::fixtures().join("devtools/load.mjs");
    let output = Command::new(node).arg(load).arg(path).output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Vec<Said> = serde_json::from_slice(&output.stdout).expect("load.mjs says what it found");
    Ok(all.into_iter().map(|(id, _, _, retained, location)| (id, (retained, location))).collect())
}

/// Whether what a node retains is told of it. What is in an array or in another of V8's own nodes DevTools counts to the
/// object that owns it, and so does a snapshot with properties: the array, or the cell, is left with less.
fn is_told(node: &Node) -> bool {
    !matches!(&*node.kind, "synthetic" | "native" | "array" | "hidden") && !node.name.ends_with("Cell")
}

/// How many of the largest nodes are held to `::jsretained`.
const LARGEST: usize = 100;

/// Writes the snapshot of `core` to `path` and holds what DevTools makes of it to what jsdb says of the same objects. Gives
/// the nodes, and their retained sizes by id.
fn written(core: &Path, path: &Path) -> Result<(Vec<Node>, HashMap<u64, u64>), String> {
    let session = Session::on(core);
    let printed = session.clone().json().line(&format!("::heapsnapshot {}", path.display()));
    let told: Value = serde_json::from_str(&printed).unwrap_or_else(|e| panic!("{e}: {printed}"));
    let nodes = read(path);
    assert_eq!(told["nodes"], nodes.len());
    assert_eq!(told["edges"], nodes.iter().map(|node| node.edges.len()).sum::<usize>());
    assert_eq!(told["bytes"], std::fs::metadata(path).expect("the snapshot is there").len());
    assert!(nodes.iter().all(|node| (node.id % 2 == 1) == (node.kind != "native")), "odd ids are those of the heap");
    assert_eq!(nodes.iter().map(|node| node.id).collect::<BTreeSet<_>>().len(), nodes.len(), "an id has one node");
    let made = devtools(path)?;
    assert!(nodes.iter().all(|node| made[&node.id].1 == node.location), "DevTools finds functions where they are");
    let retained: HashMap<u64, u64> = made.into_iter().map(|(id, (retained, _))| (id, retained)).collect();
    let mut largest: Vec<&Node> = nodes.iter().filter(|node| is_told(node)).collect();
    largest.sort_by_key(|node| std::cmp::Reverse(retained[&node.id]));
    largest.truncate(LARGEST);
    let lines: Vec<String> =
        largest.iter().map(|node| format!("::heapsnapshot -i {} | ::jsretained", node.id)).collect();
    let mut wrong = Vec::new();
    for (node, printed) in largest.iter().zip(session.json().each(&lines)) {
        let told: Value = serde_json::from_str(&printed).unwrap_or_else(|e| panic!("{e}: {printed}"));
        if told["retained"] != retained[&node.id] {
            wrong.push(format!(
                "{} @{}: DevTools {}, jsdb {}",
                node.name, node.id, retained[&node.id], told["retained"]
            ));
        }
    }
    assert!(wrong.is_empty(), "of the {LARGEST} largest:\n{}", wrong.join("\n"));
    Ok((nodes, retained))
}

#[test]
fn devtools_finds_the_retained_sizes_of_jsdb_in_the_sample_core() {
    let path = needs::scratch("snapshot-demo").join("demo.heapsnapshot");
    let core = needs::fixtures().join("demo.core.zst");
    match written(&core, &path) {
        // So many peers were forgotten without their socket.
        Ok((nodes, _)) => {
            assert!(nodes.iter().filter(|node| node.name == "Socket").count() >= 101);
            // `Exchange.prototype.admit = function admit(socket) {` is the 27th line; Node's wrapper stands before the first.
            let source = std::fs::read_to_string(needs::fixtures().join("lab/pingpong-server.js")).expect("its source");
            let (line, text) =
                source.lines().enumerate().find(|(_, line)| line.contains("function admit")).expect("it");
            let column = text.find("(socket)").expect("its parameter");
            let admit = nodes.iter().find(|node| node.kind == "closure" && node.name == "admit");
            let admit = admit.and_then(|node| node.location);
            let [_, found_line, found_column] = admit.expect("it has a place");
            assert_eq!((found_line, found_column), (line as u64, column as u64));
        }
        Err(why) => left_out(&why),
    }
}

#[test]
fn ids_are_the_same_in_a_later_core_of_the_process() {
    let taken = match lab::snapshot_twice("12") {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let ids = |core: &Path, name: &str| -> BTreeMap<u64, (String, String)> {
        let path = taken.file(name);
        Session::on(core).line(&format!("::heapsnapshot {}", path.display()));
        let nodes = read(&path).into_iter().filter(|node| node.kind != "synthetic");
        nodes.map(|node| (node.id, (node.kind, node.name))).collect()
    };
    let first = ids(&taken.core, "first.heapsnapshot");
    let second = ids(&taken.file("second.core"), "second.heapsnapshot");
    let coins = |of: &BTreeMap<u64, (String, String)>| -> BTreeSet<u64> {
        of.iter().filter(|(_, (kind, name))| kind == "object" && name.ends_with("Coin")).map(|(id, _)| *id).collect()
    };
    // V8 collected before it wrote: what it kept is old, and does not move.
    let (before, after) = (coins(&first), coins(&second));
    // 750 and 250, prototypes, and some that are dead to V8.
    assert!((1000..1010).contains(&before.len()), "{}", before.len());
    assert_eq!(before, after);
    let kept = first.iter().filter(|&(id, what)| second.get(id) == Some(what)).count();
    assert!(kept * 100 > first.len() * 90, "{kept} of {}", first.len());
    assert!(second.len() > first.len(), "the process went on");
}

/// How many nodes of a kind there are, and how many bytes they take.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Sum {
    count: u64,
    bytes: u64,
}

/// What `nodes` come to by `key`.
fn sums(nodes: &[Node], key: impl Fn(&Node) -> Option<String>) -> BTreeMap<String, Sum> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for node in nodes {
        if let Some(key) = key(node) {
            let sum = sums.entry(key).or_default();
            sum.count += 1;
            sum.bytes += node.size;
        }
    }
    sums
}

/// The kinds of nodes that are values of a program. What V8 calls its own, it sorts otherwise in each version; behind
/// objects of Node's C++ it has nodes that are not in the heap.
fn of_program(node: &Node) -> Option<String> {
    let own = ["string", "concatenated string", "sliced string", "closure", "regexp", "number", "bigint", "object"];
    let kind = own.iter().find(|kind| **kind == node.kind)?;
    (!node.name.starts_with("system / ") && !node.name.starts_with("Node / ")).then(|| (*kind).to_owned())
}

/// By how many of a thousand, or else by how many, a count may differ from V8's: what V8 itself made while it wrote, and
/// what of that was collected before the core was taken.
const TOLERANCE: (u64, u64) = (5, 10);

/// The constructors of `snapshot.js`, how many objects it makes with each, and one object more where a class has a
/// prototype of its own that V8 calls by its name as well.
const MADE: [(&str, u64); 5] = [("Coin", 750), ("GoldCoin", 250), ("Ledger", 20), ("Purse", 10), ("Vault", 1)];

/// The generator function of `snapshot.js`, and how many generators it made.
const GENERATOR: (&str, u64) = ("takingTurns", 1);

/// How many edges of the objects called `class` bear each name, of those that programs can follow.
fn named_edges(nodes: &[Node], class: &str) -> BTreeMap<String, u64> {
    let mut named = BTreeMap::new();
    for node in nodes.iter().filter(|node| node.name == class && node.kind == "object") {
        for (kind, name, to) in &node.edges {
            // V8 does not name the edges to numbers.
            if matches!(&**kind, "property" | "element" | "shortcut") && nodes[*to].kind != "number" {
                *named.entry(name.clone()).or_insert(0) += 1;
            }
        }
    }
    named
}

/// Of how many of a hundred places that V8 gives to closures, and to other objects by their constructors, jsdb knows. Node's
/// own sources are in the executable, which the core left out: as many are known as V8 has made tables of lines for.
struct Known {
    closures: usize,
    objects: u64,
}

/// So many objects may have a place that V8 does not give them: those made since, and in Node 12 what derives from a class
/// with a tag.
const INVENTED: u64 = 5;

/// How many objects of each name there are that have each place.
fn placed(nodes: &[Node]) -> BTreeMap<(&str, [u64; 3]), u64> {
    let mut placed = BTreeMap::new();
    for node in nodes.iter().filter(|node| node.kind != "closure") {
        if let Some(place) = node.location {
            *placed.entry((&*node.name, place)).or_insert(0) += 1;
        }
    }
    placed
}

/// Holds the places that objects have in `nodes` to those that they have in V8's. Says what is wrong.
fn misplaced(nodes: &[Node], v8: &[Node], known: &Known) -> Vec<String> {
    let mut wrong = Vec::new();
    let (own, their) = (placed(nodes), placed(v8));
    let written = |name: &str| v8.iter().find(|node| node.kind == "closure" && node.name == name)?.location;
    let at = |all: &BTreeMap<(&str, [u64; 3]), u64>, place| -> BTreeMap<String, u64> {
        all.iter().filter(|((_, at), _)| *at == place).map(|((name, _), count)| (name.to_string(), *count)).collect()
    };
    for (function, made) in MADE.into_iter().chain([GENERATOR]) {
        let place = written(function).expect("a function of the program has a place");
        let (own, their) = (at(&own, place), at(&their, place));
        if own != their || own.values().sum::<u64>() < made {
            wrong.push(format!("at {function}, which made {made}: V8 {their:?}, jsdb {own:?}"));
        }
    }
    let same: u64 = own.iter().map(|(key, own)| *own.min(their.get(key).unwrap_or(&0))).sum();
    let (ours, theirs) = (own.values().sum::<u64>(), their.values().sum::<u64>());
    if ours - same > INVENTED || same * 100 < theirs * known.objects {
        wrong.push(format!("V8 places {theirs} objects, jsdb {ours}, of which {same} are the same"));
        wrong.extend(own.iter().filter(|(key, _)| !their.contains_key(*key)).map(|invented| format!("{invented:?}")));
    }
    wrong
}

/// Holds a core of `snapshot.js` on the Node of `line` to the snapshot that V8 wrote of it.
fn check(line: &str) {
    let taken = match lab::snapshot(line) {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let theirs = taken.file("v8.heapsnapshot");
    let (nodes, retained) = match written(&taken.core, &taken.file("jsdb.heapsnapshot")) {
        Ok(written) => written,
        Err(why) => return left_out(&why),
    };
    let v8 = read(&theirs);
    let v8_made = devtools(&theirs).expect("DevTools was there before");
    let v8_retained: HashMap<u64, u64> = v8_made.into_iter().map(|(id, (retained, _))| (id, retained)).collect();
    let mut wrong = Vec::new();
    let (thousandth, fixed) = TOLERANCE;
    let (ours, theirs) = (sums(&nodes, of_program), sums(&v8, of_program));
    for (kind, sum) in &theirs {
        let own = ours.get(kind).copied().unwrap_or_default();
        if own.count.abs_diff(sum.count) > fixed.max(sum.count * thousandth / 1000) {
            wrong.push(format!("{kind}: V8 {sum:?}, jsdb {own:?}"));
        }
        // From Node 24 on V8 counts the characters outside the heap to a string.
        let bytes_differ = own.bytes.abs_diff(sum.bytes) * 1000 > sum.bytes * thousandth.max(20);
        if bytes_differ && !(kind == "string" && line == "26") {
            wrong.push(format!("bytes of {kind}: V8 {sum:?}, jsdb {own:?}"));
        }
    }
    // Where V8 has a closure of this name, it is here.
    let written = |nodes: &[Node]| -> BTreeSet<(String, [u64; 3])> {
        let closures = nodes.iter().filter(|node| node.kind == "closure");
        closures.filter_map(|node| Some((node.name.clone(), node.location?))).collect()
    };
    let (own, their) = (written(&nodes), written(&v8));
    let script = their.iter().find(|(name, _)| name == "Vault").expect("the vault's class is a function").1[0];
    let missing: Vec<_> = their.difference(&own).filter(|(_, place)| place[0] == script).collect();
    let invented = own.difference(&their).count();
    let found = their.intersection(&own).count();
    let known = match line {
        "26" => Known { closures: 0, objects: 65 },
        "18" => Known { closures: 70, objects: 99 },
        _ => Known { closures: 95, objects: 99 },
    };
    if !missing.is_empty() || invented > 10 || found * 100 < their.len() * known.closures {
        wrong.push(format!("locations: {found} of {} found, {invented} invented, missing {missing:?}", their.len()));
    }
    wrong.extend(misplaced(&nodes, &v8, &known));
    let by_class = |node: &Node| (node.kind == "object").then(|| node.name.clone());
    let (ours, theirs) = (sums(&nodes, by_class), sums(&v8, by_class));
    for (class, count) in MADE {
        let (own, their) = (ours[class], theirs[class]);
        // The prototype of a class that another extends is called by the class.
        if own.count - count > 1 || own != their {
            wrong.push(format!("{class}, of which there are {count}: V8 {their:?}, jsdb {own:?}"));
        }
        let (own, their) = (named_edges(&nodes, class), named_edges(&v8, class));
        if own != their {
            wrong.push(format!("edges of {class}: V8 {their:?}, jsdb {own:?}"));
        }
        let sum = |nodes: &[Node], retained: &HashMap<u64, u64>| -> u64 {
            let all = nodes.iter().filter(|node| node.name == class && node.kind == "object");
            all.map(|node| retained[&node.id]).sum()
        };
        let (own, their) = (sum(&nodes, &retained), sum(&v8, &v8_retained));
        // V8 counts the shapes that a class has to objects of it, in turns.
        let most = if class == "Vault" { 30 } else { 10 };
        if own.abs_diff(their) * 1000 > their * most {
            wrong.push(format!("retained by {class}: V8 {their}, jsdb {own}"));
        }
    }
    assert!(wrong.is_empty(), "Node {line}:\n{}", wrong.join("\n"));
}

each_line! {
    check;
    what_v8_says_node_12: "12",
    what_v8_says_node_18: "18",
    what_v8_says_node_22: "22",
    what_v8_says_node_26: "26",
}
