//! The reverse index: which object refers to which, by what property.
//!
//! Made once by visiting every property of every object that a scan found, so that one address or a hundred thousand
//! cost the same pass. References are kept by what they refer to, in compressed rows: a few bytes each.
//!
//! Knows: properties as the scan counts them. Must not know: words that are no property of an object (`pointers`).

use super::decoder::Decoder;
use super::kinds::Facts;
use super::names::Label;
use super::pass::{self, Budget};
use super::scan::ObjectIndex;
use super::{Heap, Progress, Result, Tagged};

/// One reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The object that refers.
    pub from: Tagged,
    /// The property by which it does.
    pub by: By,
}

/// How an object refers to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// By a property.
    Property(Label),
    /// By an array's element.
    Element(Label),
}

/// All references between the objects of an [`ObjectIndex`].
#[derive(Debug)]
pub struct References {
    /// For each object of the index, where the references to it begin in the columns below; one more for the end.
    rows: Vec<u32>,
    /// The place in the index of the object that refers.
    from: Vec<u32>,
    by: Vec<Label>,
}

/// Objects that a thread takes at a time.
const PIECE: usize = 1 << 12;

/// One reference on its way into the columns: places of both objects.
struct Edge {
    to: u32,
    from: u32,
    by: Label,
}

impl References {
    /// Every reference from an object of `index` to another.
    ///
    /// # Errors
    /// As [`scan`](super::scan::scan).
    pub fn new(heap: Heap<'_>, index: &ObjectIndex, progress: &Progress) -> Result<References> {
        let facts = Facts::new(heap)?;
        let words = heap.words();
        let budget = Budget::new(&words, progress);
        let sources: Vec<(u32, bool)> = index
            .groups()
            .iter()
            .flat_map(|group| index.places(group).map(|place| (place as u32, group.is_array())))
            .collect();
        let pieces: Vec<&[(u32, bool)]> = sources.chunks(PIECE).collect();
        progress.begin(sources.len() as u64);
        let memory = progress.claim();
        memory.take((sources.len() * 16) as u64)?;
        let worker = || Decoder::new(heap, &words, &facts, index.names(), &budget);
        let (parts, _) = pass::run(&pieces, worker, |decoder, piece| {
            let mut edges = Vec::new();
            for &(from, is_array) in *piece {
                let mut add = |by: Label, value: u64| {
                    if let Some(to) = index.place_of(value) {
                        edges.push(Edge { to: to as u32, from, by });
                    }
                };
                let object = index.addresses()[from as usize];
                if is_array {
                    decoder.elements_of_array(object, &mut add)?;
                } else if let Some(shape) = decoder.shape_of(object) {
                    decoder.properties(object, &shape, &mut add)?;
                }
            }
            // As edges, and then in the columns.
            memory.take((edges.len() * (size_of::<Edge>() + 8)) as u64)?;
            progress.advance(piece.len() as u64)?;
            Ok(edges)
        })?;
        memory.keep();
        Ok(References::from_edges(index.len(), parts))
    }

    /// Sorts edges by what they refer to, keeping their order otherwise.
    fn from_edges(objects: usize, parts: Vec<Vec<Edge>>) -> References {
        let mut rows = vec![0_u32; objects + 1];
        for edge in parts.iter().flatten() {
            rows[edge.to as usize + 1] += 1;
        }
        for at in 1..rows.len() {
            rows[at] += rows[at - 1];
        }
        let total = rows[objects] as usize;
        let (mut from, mut by) = (vec![0_u32; total], vec![Label::NONE; total]);
        let mut next = rows.clone();
        for part in parts {
            for edge in part {
                let slot = &mut next[edge.to as usize];
                from[*slot as usize] = edge.from;
                by[*slot as usize] = edge.by;
                *slot += 1;
            }
        }
        References { rows, from, by }
    }

    /// Who refers to the object at `object` of the index that this was made from: in the order of its listing,
    /// within a group in that of its objects, within an object in that of its properties.
    pub fn to<'r>(&'r self, index: &'r ObjectIndex, object: Tagged) -> impl Iterator<Item = Reference> + 'r {
        let row =
            index.place_of(object.0).map_or(0..0, |place| self.rows[place] as usize..self.rows[place + 1] as usize);
        row.map(|at| {
            let from = Tagged(index.addresses()[self.from[at] as usize]);
            let is_array = index.group_of(from).is_some_and(|group| group.is_array());
            let by = self.by[at];
            Reference { from, by: if is_array { By::Element(by) } else { By::Property(by) } }
        })
    }

    /// How many references there are.
    pub fn len(&self) -> usize {
        self.from.len()
    }

    /// Whether no object refers to another.
    pub fn is_empty(&self) -> bool {
        self.from.is_empty()
    }
}
