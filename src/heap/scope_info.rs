//! ScopeInfo: the names of a function's parameters and variables, and where each lives.
//!
//! Knows: the array that holds them (V8 3.14 `objects.h`, class ScopeInfo). Must not know: their values (`context`).

use super::array::FixedArray;
use super::{Error, Field, Heap, Result, Tagged};

/// Where a variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VariableKind {
    /// In the caller's frame.
    Parameter,
    /// In the function's own frame.
    StackLocal,
    /// In a context, where closures see it.
    ContextLocal,
}

impl VariableKind {
    /// All kinds, in the order in which a scope info lists their names.
    pub const ALL: [VariableKind; 3] = [VariableKind::Parameter, VariableKind::StackLocal, VariableKind::ContextLocal];

    fn count_field(self) -> Field {
        match self {
            VariableKind::Parameter => Field::ScopeInfoParameters,
            VariableKind::StackLocal => Field::ScopeInfoStackLocals,
            VariableKind::ContextLocal => Field::ScopeInfoContextLocals,
        }
    }
}

/// A ScopeInfo: laid out as a FixedArray of counts, then names.
#[derive(Clone, Debug)]
pub struct ScopeInfo<'s> {
    slots: FixedArray<'s>,
    first: usize,
    counts: [usize; VariableKind::ALL.len()],
}

impl<'s> ScopeInfo<'s> {
    /// The scope info at `scope_info`.
    ///
    /// # Errors
    /// When it is not an array, is too short (as that of a function that never ran is), or has counts that are none.
    pub fn load(heap: Heap<'s>, scope_info: Tagged) -> Result<ScopeInfo<'s>> {
        let addr = scope_info.addr();
        let slots = FixedArray::load(heap, scope_info)?;
        let index = |field| Ok::<_, Error>(usize::try_from(heap.layout().get(field)?).unwrap_or(usize::MAX));
        let first = index(Field::ScopeInfoFirstVariable)?;
        if slots.len() < first {
            return Err(Error::NotA { addr, expected: "a scope info: it is too short" });
        }
        let mut counts = [0; VariableKind::ALL.len()];
        for (kind, count) in VariableKind::ALL.into_iter().zip(&mut counts) {
            *count = slots
                .get(index(kind.count_field())?)
                .and_then(|word| usize::try_from(word.smi(heap.width())?).ok())
                .filter(|&n| n <= slots.len())
                .ok_or(Error::NotA { addr, expected: "a scope info: its counts are none" })?;
        }
        Ok(ScopeInfo { slots, first, counts })
    }

    /// Its tagged address.
    pub fn word(&self) -> Tagged {
        self.slots.word()
    }

    /// How many variables of `kind` it counts.
    pub fn count(&self, kind: VariableKind) -> usize {
        self.counts[kind as usize]
    }

    /// The names of the variables of `kind`, in order: tagged strings. Fewer than [`ScopeInfo::count`] when the
    /// array ends early.
    pub fn names(&self, kind: VariableKind) -> impl Iterator<Item = Tagged> + '_ {
        let before: usize = self.counts[..kind as usize].iter().sum();
        self.slots.iter().skip(self.first.saturating_add(before)).take(self.count(kind))
    }
}
