//! Contexts: the slots that closures share, chained from the innermost scope outwards.
//!
//! Knows: which slots every context has (V8 3.14 `contexts.h`). Must not know: the names of the others (`scope_info`).

use super::array::FixedArray;
use super::property::PropertyValue;
use super::{Error, Field, Heap, JsFunction, Kind, Result, ScopeInfo, Tagged};

/// A Context: laid out as a FixedArray whose first slots mean the same in each.
#[derive(Clone, Debug)]
pub struct Context<'s> {
    heap: Heap<'s>,
    slots: FixedArray<'s>,
    fixed: usize,
}

/// The state of a ContextCell that holds a raw int (V8 `ContextCell::kInt32`).
const CELL_INT: u32 = 2;
/// That of one that holds a raw double (`kFloat64`).
const CELL_DOUBLE: u32 = 3;

/// The slots that every context has, in the order in which they are shown.
const FIXED_SLOTS: &[(Field, &str)] = &[
    (Field::ContextClosure, "closure function"),
    (Field::ContextScopeInfo, "scope info"),
    (Field::ContextPrevious, "previous context"),
    (Field::ContextExtension, "extension"),
    (Field::ContextGlobal, "global object"),
    (Field::ContextNative, "native context"),
];

impl<'s> Context<'s> {
    /// The context at `context`.
    ///
    /// # Errors
    /// When it is not an array, or one too short for the slots that every context has.
    pub fn load(heap: Heap<'s>, context: Tagged) -> Result<Context<'s>> {
        let slots = FixedArray::load(heap, context)?;
        let fixed = usize::try_from(heap.layout().get(Field::ContextMinSlots)?).unwrap_or(usize::MAX);
        if slots.len() < fixed {
            return Err(Error::NotA { addr: context.addr(), expected: "a context: it is too short" });
        }
        Ok(Context { heap, slots, fixed })
    }

    /// Its tagged address.
    pub fn word(&self) -> Tagged {
        self.slots.word()
    }

    /// How many slots it has, those that every context has among them.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    fn slot(&self, index: i64) -> Result<Tagged> {
        usize::try_from(index).ok().and_then(|at| self.slots.get(at)).ok_or(Error::Implausible {
            addr: self.word().addr(),
            what: "index of a slot",
            value: index,
        })
    }

    /// The function whose scope this is.
    pub fn closure(&self) -> Result<Tagged> {
        self.slot(self.heap.layout().get(Field::ContextClosure)?)
    }

    /// The context of the enclosing scope.
    pub fn previous(&self) -> Result<Tagged> {
        self.slot(self.heap.layout().get(Field::ContextPrevious)?)
    }

    /// What names its variables: its own scope info, or that of the closure where a context has none.
    ///
    /// # Errors
    /// When the closure is not a function, or was never compiled.
    pub fn scope_info(&self) -> Result<ScopeInfo<'s>> {
        if let Some(index) = self.heap.layout().find(Field::ContextScopeInfo) {
            return ScopeInfo::load(self.heap, self.slot(index)?);
        }
        JsFunction::load(self.heap, self.closure()?)?.shared().scope_info()
    }

    /// The slots that every context of this V8 has, each with what it is.
    pub fn fixed_slots(&self) -> impl Iterator<Item = (&'static str, Result<Tagged>)> + '_ {
        let layout = self.heap.layout();
        FIXED_SLOTS.iter().filter_map(move |&(field, label)| Some((label, self.slot(layout.find(field)?))))
    }

    /// What the slot of a variable holds: V8 14 puts variables that change into a cell, and keeps some numbers there raw
    /// (V8 `contexts.h`, class ContextCell).
    pub fn value(&self, slot: Tagged) -> PropertyValue {
        let heap = self.heap;
        if !heap.is(slot, Kind::ContextCell) {
            return PropertyValue::Tagged(slot);
        }
        let state = heap.int(slot, Field::ContextCellState).ok();
        let inner = match state {
            Some(CELL_INT) => {
                heap.int(slot, Field::ContextCellDouble).map(|n| PropertyValue::Double(f64::from(n as i32)))
            }
            Some(CELL_DOUBLE) => heap.double(slot, Field::ContextCellDouble).map(PropertyValue::Double),
            _ => heap.word(slot, Field::ContextCellValue).map(PropertyValue::Tagged),
        };
        inner.unwrap_or(PropertyValue::Tagged(slot))
    }

    /// Its variables, in the order in which a [`ScopeInfo`] counts context locals.
    pub fn variables(&self) -> impl Iterator<Item = Tagged> + '_ {
        let header = match self.heap.layout().find(Field::ContextScopeInfo) {
            Some(_) => self.scope_info().map_or(self.fixed, |scope| scope.context_header(self.slots.len(), self.fixed)),
            None => self.fixed,
        };
        self.slots.iter().skip(header)
    }
}
