//! The map of memory: the tree of what keeps what alive, pruned to what can be seen.
//!
//! V8's own objects between those of the program count to the one above them. Of the others the largest are kept; what is
//! smaller is summed up by constructor beside them, so that nothing is missing from the sum.
//!
//! Knows: the tree of dominators. Must not know: how it is drawn.

use super::page::shown;
use jsdb::heap::graph::{By, Graph, Naming, Node, is_javascript, naming};
use jsdb::heap::{Heap, Kind, Progress, Tagged};
use jsdb::shell::Result;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::cmp::Reverse;

/// A tile of the map.
#[derive(Clone, Debug)]
pub struct Tile {
    /// In which tile it lies, by number; those that lie in none are at the top.
    pub inside: Option<u32>,
    /// What it is called: a constructor.
    pub class: u32,
    /// By what the tile that it lies in refers to it: `.records`. Empty where that is not known.
    pub step: String,
    /// The object; absent for many that are summed up.
    pub addr: Option<u64>,
    /// How many objects it stands for by itself.
    pub count: u64,
    /// Bytes that would be free without it.
    pub retained: u64,
    /// Of these, bytes that are its own, those of V8's objects that serve it included.
    pub own: u64,
}

/// The map.
#[derive(Debug)]
pub struct Map {
    /// Its tiles, each after the one that it lies in.
    pub tiles: Vec<Tile>,
    /// What the classes are called.
    pub classes: Vec<String>,
    /// All that is alive, in bytes.
    pub total: u64,
}

/// So many objects have a tile of their own.
const MOST_TILES: usize = 2500;
/// A tile is this part of the whole at least, or it could not be seen; and of what it lies in: objects of the program a
/// small part, V8's own and strings a larger, for these say less.
const SMALLEST: u64 = 100_000;
const SMALL_PART: u64 = 400;
const LARGE_PART: u64 = 60;
/// So many tiles stand for many.
const MOST_SUMS: usize = 1500;
/// An object with more bytes than this around it is not looked through for what it calls another.
const MOST_LOOKED_THROUGH: u64 = 1 << 16;
/// What a sum takes, in bytes: in a table with as much room again, then in a list.
const OF_SUM: u64 = 3 * size_of::<((u32, u32), (u64, u64))>() as u64;
/// So many objects, and a look at whether to stop.
const BREATH: usize = 1 << 14;

/// Not among them.
const NONE: u32 = u32::MAX;

impl Map {
    /// That of `graph`, which is the graph of `heap`.
    ///
    /// # Errors
    /// When the pass is cancelled, or would keep more memory than it may.
    pub fn new(heap: Heap<'_>, graph: &Graph, progress: &Progress) -> Result<Map> {
        let memory = progress.claim();
        memory.take((graph.len() * size_of::<u32>()) as u64)?;
        let owners = owners(heap, graph, progress)?;
        let owner = |node: Node| owners[node.0 as usize];
        let is_seen = |node: Node| owner(node) == node.0;
        let total: u64 = graph.reached().map(|node| graph.shallow(node) + graph.outside(node)).sum();
        // The largest; of equals the one that keeps the other alive, which comes first.
        let largest = || {
            let all = graph.reached().enumerate();
            all.filter(|&(_, node)| is_seen(node) && graph.retained(node).saturating_mul(SMALLEST) >= total)
                .map(|(at, node)| (Reverse(graph.retained(node)), at as u32, node))
        };
        // One behind the other, all objects may be large.
        memory.take((largest().count() * size_of::<(Reverse<u64>, u32, Node)>()) as u64)?;
        let mut largest: Vec<(Reverse<u64>, u32, Node)> = largest().collect();
        largest.sort_unstable();
        let mut naming = Naming::new(heap, By::Constructor);
        let mut tile_of: FxHashMap<u32, u32> = FxHashMap::default();
        let mut tiles: Vec<Tile> = Vec::new();
        for &(_, _, node) in &largest {
            let above = above(graph, &owners, node);
            let inside = above.and_then(|above| tile_of.get(&above.0).copied());
            let room = inside.map_or(total, |inside| tiles[inside as usize].retained);
            let is_named = graph.kind(heap, node).is_some_and(|kind| is_javascript(kind) || kind == Kind::JsFunction);
            let part = if is_named { SMALL_PART } else { LARGE_PART };
            // What lies in none that has a tile is in the sum of that.
            if tiles.len() >= MOST_TILES
                || above.is_some() && inside.is_none()
                || graph.retained(node).saturating_mul(part) < room
            {
                continue;
            }
            tile_of.insert(node.0, tiles.len() as u32);
            tiles.push(Tile {
                inside,
                class: naming.of(graph, node),
                step: step(heap, graph, &owners, node),
                addr: Some(graph.word(node).0),
                count: 1,
                retained: graph.retained(node),
                own: 0,
            });
        }
        let mut sums: FxHashMap<(u32, u32), (u64, u64)> = FxHashMap::default();
        for (at, node) in graph.reached().enumerate() {
            if at.is_multiple_of(BREATH) {
                progress.advance(0)?;
            }
            let bytes = graph.shallow(node) + graph.outside(node);
            if let Some(&tile) = tile_of.get(&owner(node)) {
                tiles[tile as usize].own += bytes;
                continue;
            }
            // What has no tile is summed up where it begins; what lies below it is in what it retains.
            if is_seen(node) {
                let inside = match above(graph, &owners, node) {
                    None => NONE,
                    Some(above) => match tile_of.get(&above.0) {
                        Some(&tile) => tile,
                        None => continue,
                    },
                };
                let sum = sums.entry((inside, naming.of(graph, node))).or_default();
                if sum.0 == 0 {
                    memory.take(OF_SUM)?;
                }
                sum.0 += 1;
                sum.1 += graph.retained(node);
            }
        }
        let mut sums: Vec<((u32, u32), (u64, u64))> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|&(key, (_, bytes))| (Reverse(bytes), key));
        // What is left of the sums of a tile is a sum too: of a class without a name.
        let mut rest: std::collections::BTreeMap<u32, (u64, u64)> = std::collections::BTreeMap::new();
        for ((inside, _), (count, bytes)) in sums.split_off(sums.len().min(MOST_SUMS)) {
            let sum = rest.entry(inside).or_default();
            sum.0 += count;
            sum.1 += bytes;
        }
        let rest = rest.into_iter().map(|(inside, sum)| ((inside, NONE), sum));
        tiles.extend(sums.into_iter().chain(rest).map(|((inside, class), (count, bytes))| Tile {
            inside: (inside != NONE).then_some(inside),
            class,
            step: String::new(),
            addr: None,
            count,
            retained: bytes,
            own: bytes,
        }));
        // Classes by numbers of their own: most of all there are have no tile.
        let mut numbers: FxHashMap<u32, u32> = FxHashMap::default();
        let mut classes = Vec::new();
        for tile in &mut tiles {
            tile.class = *numbers.entry(tile.class).or_insert_with(|| {
                classes.push(if tile.class == NONE { "others".to_owned() } else { naming.name(tile.class).to_owned() });
                classes.len() as u32 - 1
            });
        }
        Ok(Map { tiles, classes, total })
    }

    /// For the page's program; names as they are shown.
    pub fn json(&self) -> Value {
        let tile = |tile: &Tile| {
            json!([
                tile.inside.map_or(-1, i64::from),
                tile.class,
                shown(&tile.step),
                tile.addr.map(|addr| format!("{addr:x}")),
                tile.count,
                tile.retained,
                tile.own,
            ])
        };
        json!({
            "total": self.total,
            "classes": self.classes.iter().map(|class| shown(class)).collect::<Vec<_>>(),
            "tiles": self.tiles.iter().map(tile).collect::<Vec<_>>(),
        })
    }
}

/// Whose each object is: its own, or that of the one of the program that it serves.
fn owners(heap: Heap<'_>, graph: &Graph, progress: &Progress) -> Result<Vec<u32>> {
    let is_of_program = |node: Node| {
        graph
            .kind(heap, node)
            .is_some_and(|kind| is_javascript(kind) || matches!(kind, Kind::JsFunction | Kind::String))
    };
    let mut owners = vec![NONE; graph.len()];
    for (at, node) in graph.reached().enumerate() {
        if at.is_multiple_of(BREATH) {
            progress.advance(0)?;
        }
        let above = graph.dominator(node).map(|above| owners[above.0 as usize]);
        owners[node.0 as usize] = match above {
            Some(owner) if !is_of_program(node) && is_of_program(Node(owner)) => owner,
            _ => node.0,
        };
    }
    Ok(owners)
}

/// The object with a tile of its own, perhaps, that keeps `node` alive.
fn above(graph: &Graph, owners: &[u32], node: Node) -> Option<Node> {
    graph.dominator(node).map(|above| Node(owners[above.0 as usize]))
}

/// What the object above calls `node`, if it refers to it, and if that is cheap to find.
fn step(heap: Heap<'_>, graph: &Graph, owners: &[u32], node: Node) -> String {
    let mut way = vec![graph.word(node)];
    let mut at = node;
    while let Some(above) = graph.dominator(at) {
        way.push(graph.word(above));
        if graph.shallow(above) > MOST_LOOKED_THROUGH || way.len() > 8 {
            return String::new();
        }
        at = above;
        if owners[at.0 as usize] == at.0 {
            break;
        }
    }
    if way.len() < 2 {
        return String::new();
    }
    way.reverse();
    let way: Vec<Tagged> = way;
    let step = naming::step(heap, &way);
    let whole = step.kind != naming::StepKind::Internal && step.references + 1 == way.len();
    if whole { step.text } else { String::new() }
}
