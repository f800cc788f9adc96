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
use super::scan::{Near, ObjectIndex};
use super::{Heap, Progress, Result, Tagged};
use rayon::prelude::*;

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
/// So many threads sort at most: each passes over all edges.
const MOST_SHARES: usize = 8;

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
        // Objects of one group, by its number, so many of them from the first on.
        let pieces = index.groups().iter().enumerate();
        let pieces = pieces.flat_map(|(group, of)| (0..of.len()).step_by(PIECE).map(move |first| (group, first)));
        let pieces: Vec<(usize, usize)> = pieces.collect();
        progress.begin(index.len() as u64);
        let memory = progress.claim();
        memory.take(size_of_val(&pieces[..]) as u64)?;
        let worker = || (Decoder::new(heap, &words, &facts, index.names(), &budget), Near::default());
        let (parts, _) = pass::run(&pieces, worker, |(decoder, near), &(group, first)| {
            let group = &index.groups()[group];
            let (is_array, mut count) = (group.is_array(), 0);
            let mut edges = Vec::new();
            for from in index.places_in(group, first..first + PIECE) {
                let mut add = |by: Label, value: u64| {
                    if let Some(to) = index.place_near(value, near) {
                        edges.push(Edge { to: to as u32, from: from as u32, by });
                    }
                };
                let object = index.addresses()[from];
                if is_array {
                    decoder.elements_of_array(object, &mut add)?;
                } else if let Some(shape) = decoder.shape_of(object) {
                    decoder.properties(object, &shape, &mut add)?;
                }
                count += 1;
            }
            // As edges, and then in the columns.
            memory.take((edges.len() * (size_of::<Edge>() + 8)) as u64)?;
            progress.advance(count)?;
            Ok(edges)
        })?;
        memory.keep();
        Ok(References::from_edges(index.len(), parts))
    }

    /// Sorts edges by what they refer to, keeping their order otherwise.
    fn from_edges(objects: usize, parts: Vec<Vec<Edge>>) -> References {
        // Each thread sorts those to a share of the objects, and passes over the others.
        let share = objects.div_ceil(rayon::current_num_threads().min(MOST_SHARES)).max(1);
        let to_share = |number: usize| {
            let edges = parts.iter().flatten().map(move |edge| (edge, (edge.to as usize).wrapping_sub(number * share)));
            edges.filter(move |&(_, at)| at < share)
        };
        let mut rows = vec![0_u32; objects + 1];
        rows[1..].par_chunks_mut(share).enumerate().for_each(|(number, counts)| {
            to_share(number).for_each(|(_, at)| counts[at] += 1);
        });
        for at in 1..rows.len() {
            rows[at] += rows[at - 1];
        }
        let total = rows[objects] as usize;
        let (mut from, mut by) = (vec![0_u32; total], vec![Label::NONE; total]);
        let (mut froms, mut bys) = (&mut from[..], &mut by[..]);
        let mut shares = Vec::new();
        for starts in rows[..objects].chunks(share) {
            let number = shares.len();
            let end = rows[(number * share + starts.len()).min(objects)];
            let length = (end - starts[0]) as usize;
            let (own_froms, own_bys);
            (own_froms, froms) = std::mem::take(&mut froms).split_at_mut(length);
            (own_bys, bys) = std::mem::take(&mut bys).split_at_mut(length);
            shares.push((number, starts, own_froms, own_bys));
        }
        shares.into_par_iter().for_each(|(number, starts, from, by)| {
            let mut next: Vec<u32> = starts.iter().map(|start| start - starts[0]).collect();
            for (edge, at) in to_share(number) {
                let slot = next[at] as usize;
                (from[slot], by[slot]) = (edge.from, edge.by);
                next[at] += 1;
            }
        });
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
