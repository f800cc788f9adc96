//! Leaks: what has piled up in the heap, where, and what it has in common.
//!
//! A suspect is where retained size falls: something that holds much, each part of which holds little. Three searches
//! find such places. Containers, by what is in them: also where something else holds that as well, so that the
//! container alone does not dominate it. Chains, by how often a shape recurs on the way down the tree of dominators.
//! And the children of one dominator, by shape, for what no container holds: circular lists, handles of C++. Where
//! nothing piles up, a closure may alone keep variables alive that hold much.
//!
//! Knows: what is much, and what is alike. Must not know: commands, how it is shown.

mod common;
mod container;
mod context;
mod made;
mod own;
mod pile;
pub mod shape;
mod tree;
mod waste;

pub use common::Common;
pub use container::Form;
pub use waste::{Waste, WasteKind};

use super::graph::{Graph, Node};
use super::{Heap, Progress, Result};
use pile::Pile;
use shape::{Shape, ShapeKind, Shapes};

/// So many alike are a pile. Fewer than that no program takes long to make: what grows without bound passes it in the
/// first minutes, and the tables of a program's own code mostly do not.
pub const LEAST_COUNT: usize = 50;
/// A pile is a suspect from so many thousandths of what is alive. What Node itself keeps in one place, its modules left
/// out, stays below this on all its lines.
pub const LEAST_SHARE: u64 = 50;
/// The same where nearly all of a pile say of themselves that they are over (`destroyed: true`), which nothing that is
/// of use does; and of what is listed when minor ones are asked for.
pub const LEAST_SHARE_OVER: u64 = 10;
/// And so many bytes at least: below this, V8's own rounding decides.
pub const LEAST_BYTES: u64 = 16 << 10;
/// Of what a container has, so many hundredths must be of one shape: that tells a list from a table of many things.
const LEAST_ALIKE: u64 = 50;
/// One object alone is a suspect from so many bytes, and so many thousandths. Node's slabs for Buffers have a megabyte.
const LEAST_SINGLE: (u64, u64) = (4 << 20, 200);

/// A closure is a suspect whose variables alone hold so many bytes, and so many thousandths of what is alive.
const LEAST_CLOSURE: (u64, u64) = (1 << 20, 100);

/// How many of the entries have a shape.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The shape.
    pub shape: Shape,
    /// How many have it.
    pub count: u64,
}

/// A place where something piles up.
#[derive(Clone, PartialEq, Debug)]
pub struct Suspect {
    /// The container; of a chain the first; of a list the object that keeps all alive; for native memory one of many.
    pub node: Node,
    /// What it is.
    pub form: Form,
    /// How many entries it has.
    pub entries: u64,
    /// Their shapes, those of most entries first.
    pub parts: Vec<Part>,
    /// How many bytes it and its entries keep alive: those of an entry count also where something else holds that too.
    pub held: u64,
    /// Of the shape of most entries: the functions that make them, each with where it is written. More than one where
    /// several make objects that look the same.
    pub made: Vec<String>,
    /// What the entries of that shape have in common.
    pub common: Vec<Common>,
    /// Other containers that have the same entries.
    pub others: Vec<Node>,
    /// Entries of that shape, some of them: the first, the last, and from between.
    pub samples: Vec<Node>,
    /// Of a closure, the variable that holds most.
    pub variable: Option<String>,
    /// Whether it is below what makes a suspect, or a stale word may be all that holds it: told only when asked for.
    pub minor: bool,
}

/// What was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// How many bytes are alive, those outside the heap included.
    pub live: u64,
    /// The suspects, the one that holds most first; minor ones after all others.
    pub suspects: Vec<Suspect>,
    /// What is wasted, what wastes most first; emitters with many listeners last.
    pub waste: Vec<Waste>,
}

/// What has piled up in the heap.
///
/// # Errors
/// When the search is cancelled.
pub fn find(heap: Heap<'_>, graph: &Graph, progress: &Progress) -> Result<Report> {
    let live: u64 = graph.reached().map(|node| graph.shallow(node) + graph.outside(node)).sum();
    let mut shapes = Shapes::new(heap);
    let tree = tree::Tree::new(graph);
    let least = (live / 1000 * LEAST_SHARE_OVER).max(LEAST_BYTES);
    let search = pile::Search { heap, graph, tree: &tree, least };
    let mut piles = search.containers(&mut shapes, progress)?;
    let mut claimed = pile::Claimed::new(graph.len());
    piles.iter().for_each(|pile| claimed.add(graph, pile));
    for chain in search.chains(&mut shapes, progress)? {
        if !claimed.covers(&chain.members) {
            claimed.add(graph, &chain);
            piles.push(chain);
        }
    }
    for list in search.siblings(&mut shapes, progress)? {
        if !claimed.covers(&list.members) {
            piles.push(list);
        }
    }
    piles = nested(&tree, piles);
    piles.retain(|pile| pile.form != Form::Object || !own::is_table(heap, graph.word(pile.node), pile.entries));
    let makers = made::Makers::new(heap, graph, piles.iter().map(|pile| shapes.get(pile.main)), progress)?;
    let mut suspects = Vec::new();
    for pile in piles {
        progress.advance(0)?;
        suspects.push(suspect(heap, graph, &shapes, &makers, live, pile));
    }
    let (few, share) = LEAST_CLOSURE;
    suspects.extend(search.closures(&mut shapes, &suspects, (live / 1000 * share).max(few), progress)?);
    if !suspects.iter().any(|suspect| !suspect.minor) {
        suspects.extend(search.single(&mut shapes, live / 1000 * LEAST_SINGLE.1.max(1), LEAST_SINGLE.0));
    }
    suspects.sort_by_key(|suspect| (suspect.minor, std::cmp::Reverse(suspect.held), suspect.node));
    let waste = waste::find(heap, graph, live, progress)?;
    Ok(Report { live, suspects, waste })
}

/// Of piles in piles: where one inside holds most of what the one around it does, that one; else the one around.
fn nested(tree: &tree::Tree, mut piles: Vec<Pile>) -> Vec<Pile> {
    piles.sort_by_key(|pile| (std::cmp::Reverse(pile.held), pile.node));
    let mut kept: Vec<Pile> = Vec::new();
    for pile in piles {
        let Some(at) = kept.iter().position(|around| tree.dominates(around.node, pile.node)) else {
            kept.push(pile);
            continue;
        };
        if pile.held > kept[at].held / 2 {
            kept[at] = pile;
        }
    }
    kept
}

fn suspect(
    heap: Heap<'_>,
    graph: &Graph,
    shapes: &Shapes<'_>,
    makers: &made::Makers,
    live: u64,
    pile: Pile,
) -> Suspect {
    let main = shapes.get(pile.main);
    let common = common::common(heap, graph, &pile.alike);
    let over = common.iter().any(|common| common.is_over);
    let share = if over { LEAST_SHARE_OVER } else { LEAST_SHARE };
    // Of a closure, the function itself is its shape, and what makes it is the function around that.
    let is_closure = matches!(main.kind, ShapeKind::Closure | ShapeKind::OwnClosure(_));
    let known = if is_closure { Vec::new() } else { makers.of(main) };
    let made = if known.is_empty() { common::creator(heap, graph, &pile.alike).into_iter().collect() } else { known };
    let step = (pile.alike.len() / 3).max(1);
    Suspect {
        node: pile.node,
        form: pile.form,
        entries: pile.entries,
        parts: pile.parts.iter().map(|&(shape, count)| Part { shape: shapes.get(shape).clone(), count }).collect(),
        held: pile.held,
        made,
        common,
        others: pile.others,
        samples: pile.alike.iter().copied().step_by(step).collect(),
        variable: None,
        minor: pile.held < live / 1000 * share || graph.is_doubted(pile.node),
    }
}
