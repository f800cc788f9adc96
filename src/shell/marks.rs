//! Objects that were marked, to be asked about later.
//!
//! Knows: a set that remembers its order. Must not know: who marks, who asks.

use crate::heap::Tagged;
use std::collections::HashSet;

/// Marked objects, in the order in which they were marked.
#[derive(Debug, Default)]
pub struct Marks {
    order: Vec<Tagged>,
    known: HashSet<Tagged>,
}

impl Marks {
    /// Marks `object`; false if it is marked already.
    pub fn insert(&mut self, object: Tagged) -> bool {
        let new = self.known.insert(object);
        if new {
            self.order.push(object);
        }
        new
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// All marked objects; they are marked no more.
    pub fn take(&mut self) -> Vec<Tagged> {
        self.known.clear();
        std::mem::take(&mut self.order)
    }
}
