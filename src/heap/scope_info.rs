//! ScopeInfo: the names of a function's parameters and variables, and where each lives; later also the function's own
//! name and its place in the source.
//!
//! Knows: the words that hold them (V8 3.14 `objects.h`, class ScopeInfo; later `scope-info.tq`). Must not know: the
//! values of variables (`context`).

use super::array::{FixedArray, WordSlice};
use super::layout::shape::ScopeInfoShape;
use super::{Error, Field, Heap, JsString, Kind, Result, Tagged};

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
}

/// A ScopeInfo: counts, names, and what comes behind them.
#[derive(Clone, Debug)]
pub struct ScopeInfo<'s> {
    heap: Heap<'s>,
    word: Tagged,
    counts: [usize; VariableKind::ALL.len()],
    names: [Vec<Tagged>; VariableKind::ALL.len()],
    first_slot: usize,
    tail: Tail,
}

/// What a scope info tells of the function itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Tail {
    name: Option<Tagged>,
    name_slot: Option<i64>,
    inferred: Option<Tagged>,
    start: Option<i64>,
    end: Option<i64>,
}

/// More variables than any function has.
const MOST_VARIABLES: usize = 1 << 17;

/// From so many context locals on, their names are in a hash table (V8 `kScopeInfoMaxInlinedLocalNamesSize`).
const MOST_INLINED: usize = 75;

/// How many words behind the names are looked at: two numbers that only V8 needs, name and slot, inferred name, start
/// and end.
const TAIL: usize = 7;

impl<'s> ScopeInfo<'s> {
    /// The scope info at `scope_info`.
    ///
    /// # Errors
    /// When it is none, is too short (as that of a function that never ran is), or has counts that are none.
    pub fn load(heap: Heap<'s>, scope_info: Tagged) -> Result<ScopeInfo<'s>> {
        let reader = Reader::new(heap, scope_info)?;
        match heap.layout().shapes.scope_info {
            ScopeInfoShape::Array { first_slot } => reader.array(first_slot),
            ScopeInfoShape::Compact => reader.compact(None),
            ScopeInfoShape::Struct { raw_flags } => reader.compact(raw_flags.then_some(POSITIONS)),
        }
    }

    /// Its tagged address.
    pub fn word(&self) -> Tagged {
        self.word
    }

    /// How many variables of `kind` it counts.
    pub fn count(&self, kind: VariableKind) -> usize {
        self.counts[kind as usize]
    }

    /// The names of the variables of `kind`, in order: tagged strings. Fewer than [`ScopeInfo::count`] when the
    /// words end early.
    pub fn names(&self, kind: VariableKind) -> impl Iterator<Item = Tagged> + '_ {
        self.names[kind as usize].iter().copied()
    }

    /// The name of the variable in slot `at` of the function's own frame, where the scope info has it.
    pub fn stack_local(&self, at: usize) -> Option<Tagged> {
        self.names[VariableKind::StackLocal as usize].get(at.checked_sub(self.first_slot)?).copied()
    }

    /// The function's own name, where the scope info has it.
    pub fn function_name(&self) -> Option<Tagged> {
        self.tail.name
    }

    /// The name that V8 inferred for the function, where the scope info has it.
    pub fn inferred_name(&self) -> Option<Tagged> {
        self.tail.inferred.filter(|&name| JsString::load(self.heap, name).is_ok())
    }

    /// Where the function's source begins and ends in its script, in characters, where the scope info tells.
    pub fn positions(&self) -> Option<(i64, i64)> {
        self.tail.start.zip(self.tail.end)
    }

    /// How many slots a context of this scope has beside its variables, if it has `slots` in all: V8 adds one where
    /// `eval` may declare variables.
    pub(super) fn context_header(&self, slots: usize, fixed: usize) -> usize {
        let locals = self.count(VariableKind::ContextLocal);
        let own_name = self.tail.name_slot == i64::try_from(fixed + locals).ok();
        let rest = slots.saturating_sub(locals + usize::from(own_name));
        rest.clamp(fixed, fixed + 1)
    }
}

/// Where, from V8 13.0 on, a scope info has the positions of its function: words from the first.
const POSITIONS: [usize; 2] = [3, 4];

/// A scope info being read: its words, from the flags on.
struct Reader<'s> {
    heap: Heap<'s>,
    word: Tagged,
    words: WordSlice<'s>,
}

impl<'s> Reader<'s> {
    fn new(heap: Heap<'s>, word: Tagged) -> Result<Reader<'s>> {
        if !matches!(heap.layout().shapes.scope_info, ScopeInfoShape::Struct { .. }) {
            return Ok(Reader { heap, word, words: FixedArray::load(heap, word)?.into_words() });
        }
        if heap.kind(word)? != Some(Kind::ScopeInfo) {
            return Err(Error::NotA { addr: word.addr(), expected: "a scope info" });
        }
        // It has no length of its own: that follows from its count of variables.
        let start = word.untagged().offset(heap.width().bytes() as i64);
        let first = usize::try_from(heap.layout().get(Field::ScopeInfoFirstVariable)?).unwrap_or(usize::MAX);
        let head = WordSlice::load(heap, start, first)?;
        let locals = count_at(heap, &head, word, Field::ScopeInfoContextLocals, MOST_VARIABLES)?;
        let names = if locals > MOST_INLINED { 1 } else { locals };
        let all = first.saturating_add(names).saturating_add(locals).saturating_add(TAIL);
        // The last words may belong to the next object, or to no page at all.
        let words = (0..=TAIL).find_map(|less| WordSlice::load(heap, start, all - less).ok());
        Ok(Reader { heap, word, words: words.unwrap_or(head) })
    }

    fn index(&self, field: Field) -> Result<usize> {
        Ok(usize::try_from(self.heap.layout().get(field)?).unwrap_or(usize::MAX))
    }

    fn count(&self, field: Field) -> Result<usize> {
        let most = match self.heap.layout().shapes.scope_info {
            // Its variables may be in a table of their own.
            ScopeInfoShape::Compact | ScopeInfoShape::Struct { .. } => MOST_VARIABLES,
            ScopeInfoShape::Array { .. } => self.words.len(),
        };
        count_at(self.heap, &self.words, self.word, field, most)
    }

    fn first(&self) -> Result<usize> {
        let first = self.index(Field::ScopeInfoFirstVariable)?;
        if self.words.len() < first {
            return Err(Error::NotA { addr: self.word.addr(), expected: "a scope info: it is too short" });
        }
        Ok(first)
    }

    fn names(&self, from: usize, count: usize) -> Vec<Tagged> {
        self.words.iter().skip(from).take(count).collect()
    }

    /// Names of parameters, of stack locals, of context locals.
    fn array(self, first_slot: bool) -> Result<ScopeInfo<'s>> {
        let first = self.first()?;
        let fields = [Field::ScopeInfoParameters, Field::ScopeInfoStackLocals, Field::ScopeInfoContextLocals];
        let mut counts = [0; 3];
        for (count, field) in counts.iter_mut().zip(fields) {
            *count = self.count(field)?;
        }
        let [parameters, stack, context] = counts;
        let names_at = first.saturating_add(parameters);
        let stack_at = names_at.saturating_add(usize::from(first_slot));
        let slot = self.words.get(names_at).filter(|_| first_slot).and_then(|slot| slot.smi(self.heap.width()));
        let first_slot = slot.and_then(|slot| usize::try_from(slot).ok()).unwrap_or(0);
        let context_at = stack_at.saturating_add(stack);
        let names = [self.names(first, parameters), self.names(stack_at, stack), self.names(context_at, context)];
        let globals = match self.heap.layout().find(Field::ScopeInfoContextGlobals) {
            Some(_) => self.count(Field::ScopeInfoContextGlobals)?,
            None => 0,
        };
        // Names, then a number for each.
        let tail = self.tail(context_at.saturating_add(2 * context.saturating_add(globals)), None);
        Ok(ScopeInfo { heap: self.heap, word: self.word, counts, names, first_slot, tail })
    }

    /// Names of context locals alone, their numbers; `positions` where those come first.
    fn compact(self, positions: Option<[usize; 2]>) -> Result<ScopeInfo<'s>> {
        let first = self.first()?;
        let (parameters, context) =
            (self.count(Field::ScopeInfoParameters)?, self.count(Field::ScopeInfoContextLocals)?);
        let in_table =
            context > MOST_INLINED && self.words.get(first).is_some_and(|word| self.heap.is(word, Kind::FixedArray));
        let (locals, slots) = match self.words.get(first) {
            Some(table) if in_table => (self.table(table, context), 1),
            _ => (self.names(first, context), context),
        };
        let tail = self.tail(first.saturating_add(slots).saturating_add(context), positions);
        let counts = [parameters, 0, context];
        let names = [Vec::new(), Vec::new(), locals];
        Ok(ScopeInfo { heap: self.heap, word: self.word, counts, names, first_slot: 0, tail })
    }

    /// The names in a NameToIndexHashTable, by the index that each has.
    fn table(&self, table: Tagged, count: usize) -> Vec<Tagged> {
        let Ok(array) = FixedArray::load(self.heap, table) else { return Vec::new() };
        // V8 `hash-table.h`: three numbers, then pairs of name and index.
        let start = self.heap.layout().find(Field::DictionaryStart).and_then(|n| usize::try_from(n).ok()).unwrap_or(3);
        let mut names = vec![None; count];
        for at in (start..array.len()).step_by(2) {
            let (Some(key), Some(index)) = (array.get(at), array.get(at + 1)) else { break };
            let index = index.smi(self.heap.width()).and_then(|i| usize::try_from(i).ok());
            if let Some(slot) = index.and_then(|i| names.get_mut(i))
                && self.heap.is_name(key)
            {
                *slot = Some(key);
            }
        }
        names.into_iter().map_while(|name| name).collect()
    }

    /// What lies behind the variables, from word `at` on: up to two numbers, the function's name and its slot, the
    /// inferred name, the positions, each only where it has one. Which are there is told by what they are: a name is
    /// followed by one number, an inferred name by two or, where `positions` came before, by none.
    fn tail(&self, mut at: usize, positions: Option<[usize; 2]>) -> Tail {
        let word = |at: usize| self.words.get(at);
        let number = |at: usize| word(at).and_then(|w| w.smi(self.heap.width()));
        let mut tail = Tail::default();
        if let Some([start, end]) = positions {
            (tail.start, tail.end) = (number(start), number(end));
        }
        let mut skipped = 0;
        while skipped < 2 && number(at).is_some() && !(positions.is_none() && self.ends_positions(at)) {
            (at, skipped) = (at + 1, skipped + 1);
        }
        let named = word(at).is_some_and(|name| JsString::load(self.heap, name).is_ok())
            && number(at + 1).is_some()
            && (positions.is_some() || number(at + 2).is_none());
        if named {
            (tail.name, tail.name_slot) = (word(at), number(at + 1));
            at += 2;
        }
        if number(at).is_none() {
            tail.inferred = word(at);
            at += 1;
        }
        if positions.is_none() {
            (tail.start, tail.end) = (number(at), number(at + 1));
        }
        tail
    }

    /// Whether the two numbers at `at` are the positions of a scope that has no names: another scope info follows, or
    /// nothing.
    fn ends_positions(&self, at: usize) -> bool {
        let number = |at: usize| self.words.get(at).is_some_and(|w| w.smi(self.heap.width()).is_some());
        let named = |at: usize| {
            self.words.get(at).is_some_and(|w| JsString::load(self.heap, w).is_ok() || self.heap.is_oddball(w))
        };
        number(at) && number(at + 1) && !number(at + 2) && !named(at + 2)
    }
}

fn count_at(heap: Heap<'_>, words: &WordSlice<'_>, word: Tagged, field: Field, most: usize) -> Result<usize> {
    let index = usize::try_from(heap.layout().get(field)?).unwrap_or(usize::MAX);
    words
        .get(index)
        .and_then(|word| usize::try_from(word.smi(heap.width())?).ok())
        .filter(|&n| n <= most)
        .ok_or(Error::NotA { addr: word.addr(), expected: "a scope info: its counts are none" })
}
