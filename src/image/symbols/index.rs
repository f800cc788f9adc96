//! The two indexes over the symbols: by name, and by address.
//!
//! Knows: hashing and intervals. Must not know: where symbols come from.

use super::super::Addr;
use super::{SHN_UNDEF, Symbol, SymbolBind, SymbolKind, Symbols, kind};
use rustc_hash::FxHasher;
use std::cmp::Ordering;
use std::hash::Hasher;

/// No further entry.
const END: u32 = u32::MAX;

/// Chained hash table of positions, like an ELF `DT_HASH` section: it holds no names, so that opening copies none.
#[derive(Debug)]
pub(super) struct NameIndex {
    heads: Vec<u32>,
    next: Vec<u32>,
}

impl NameIndex {
    /// An index of `names`, each with its position (below `count`).
    pub(super) fn new<'s>(count: usize, names: impl Iterator<Item = (usize, &'s [u8])>) -> NameIndex {
        let mut heads = vec![END; count.next_power_of_two().max(1)];
        let mut tails = heads.clone();
        let mut next = vec![END; count];
        for (at, name) in names.filter(|(_, name)| !name.is_empty()) {
            let bucket = hash(name) & (heads.len() - 1);
            // Appended, so that a chain keeps the order in which tables are to be searched.
            match tails[bucket] {
                END => heads[bucket] = at as u32,
                tail => next[tail as usize] = at as u32,
            }
            tails[bucket] = at as u32;
        }
        NameIndex { heads, next }
    }

    /// Positions of the names that share `name`'s hash, in order.
    pub(super) fn candidates(&self, name: &str) -> impl Iterator<Item = usize> {
        let mut at = self.heads[hash(name.as_bytes()) & (self.heads.len() - 1)];
        std::iter::from_fn(move || {
            let here = at;
            at = *self.next.get(here as usize)?;
            Some(here as usize)
        })
    }
}

fn hash(name: &[u8]) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(name);
    hasher.finish() as usize
}

/// Which symbol names each address: disjoint intervals, so that a lookup is one binary search however symbols nest.
#[derive(Debug)]
pub(super) struct AddrIndex {
    /// Where an interval begins, and the position of its symbol ([`END`]: none). Each reaches to the next one.
    intervals: Vec<(u64, u32)>,
}

impl AddrIndex {
    pub(super) fn new(symbols: &Symbols) -> AddrIndex {
        let mut named: Vec<(u64, u32)> = Vec::with_capacity(symbols.entries.len());
        for t in 0..symbols.tables.len() {
            for at in symbols.span(t).skip(1) {
                let raw = &symbols.entries[at];
                let data = matches!(kind(raw.info), SymbolKind::Object | SymbolKind::Function | SymbolKind::Common);
                let start = symbols.place(t, at);
                if data && raw.shndx != SHN_UNDEF && start != Addr(0) && raw.size > 0 {
                    named.push((start.0, at as u32));
                }
            }
        }
        named.sort_unstable();
        let symbol = |at: u32| symbols.symbol(symbols.table_of(at as usize), at as usize);
        // Of those that begin together the best comes last, on top of the stack below.
        for together in named.chunk_by_mut(|a, b| a.0 == b.0).filter(|c| c.len() > 1) {
            together.sort_by(|a, b| preference(&symbol(b.1), &symbol(a.1)));
        }

        let mut index = AddrIndex { intervals: Vec::with_capacity(named.len() * 2) };
        let mut open: Vec<(u64, u32)> = Vec::new();
        let mut from = 0;
        for &(start, at) in &named {
            index.cover(&mut open, &mut from, start);
            open.push((start.saturating_add(symbols.entries[at as usize].size), at));
        }
        index.cover(&mut open, &mut from, u64::MAX);
        index.intervals.shrink_to_fit();
        index
    }

    /// Gives the addresses from `*from` to `to` to the innermost of the `open` symbols (end, position).
    fn cover(&mut self, open: &mut Vec<(u64, u32)>, from: &mut u64, to: u64) {
        while let Some(&(end, at)) = open.last() {
            if end > *from && *from < to {
                self.begin(*from, at);
                *from = end.min(to);
            }
            if end > to {
                return;
            }
            open.pop();
        }
        if *from < to {
            self.begin(*from, END);
            *from = to;
        }
    }

    fn begin(&mut self, from: u64, at: u32) {
        if self.intervals.last().is_none_or(|&(_, last)| last != at) {
            self.intervals.push((from, at));
        }
    }

    pub(super) fn find(&self, addr: Addr) -> Option<usize> {
        let after = self.intervals.partition_point(|&(from, _)| from <= addr.0);
        match self.intervals.get(after.checked_sub(1)?)? {
            (_, END) => None,
            &(_, at) => Some(at as usize),
        }
    }
}

/// Less is better: libproc's order of the symbols that begin at one address, then the order of the tables.
fn preference(a: &Symbol<'_>, b: &Symbol<'_>) -> Ordering {
    let rank = |s: &Symbol<'_>| {
        let underscores = s.name.bytes().take_while(|&c| c == b'_').count();
        (s.kind() != SymbolKind::Function, s.bind() == SymbolBind::Local, s.name.starts_with('$'), underscores, s.size)
    };
    rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(b.name)).then_with(|| (a.object, a.id).cmp(&(b.object, b.id)))
}
