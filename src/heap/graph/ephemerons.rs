//! Entries of WeakMaps: what keeps a value alive is its key together with the table, and neither alone.
//!
//! A value is alive if both are. A tree of dominators has no room for two that are both needed: here the value goes with
//! its key, so that what a key retains would be free without it; that it would be free without the collection as well,
//! and with that all values, is not told. (V8's own snapshots have an edge from each of the two, so that the value goes
//! with what keeps both alive.)
//!
//! Knows: entries, what is reached. Must not know: how tables are laid out (`edges`).

use super::dominators::{Csr, WEAK};
use rustc_hash::FxHashMap;

/// What is kept of an entry, in bytes: twice among the parts, with what a table and a list of their own take.
const OF_ENTRY: usize = size_of::<(Entry, u32)>() + 2 * 64;

/// An entry, by the numbers of the objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Entry {
    /// The key.
    pub key: u32,
    /// The value.
    pub value: u32,
    /// The table that has them.
    pub table: u32,
}

/// All entries of a heap.
#[derive(Debug, Default)]
pub(super) struct Ephemerons {
    /// By key, each with the place of its reference among all targets.
    entries: Vec<(Entry, u32)>,
    /// Which entries an object is the key or the table of.
    parts: FxHashMap<u32, Vec<u32>>,
    /// Whether it is that of any.
    is_part: Vec<bool>,
}

impl Ephemerons {
    /// Gives each key in `graph` a reference to its value: weak until both key and table are reached.
    pub fn new(graph: &mut Csr, mut entries: Vec<Entry>) -> Ephemerons {
        if entries.is_empty() {
            return Ephemerons::default();
        }
        entries.sort_unstable();
        let mut at = vec![0_u32; entries.len()];
        // From the end, so that what was there moves only where nothing is any more.
        let (mut left, mut end) = (entries.len(), graph.targets.len());
        graph.targets.resize(end + left, 0);
        for key in (0..graph.len()).rev() {
            if left == 0 {
                break;
            }
            graph.starts[key + 1] = (end + left) as u32;
            while let Some(entry) = left.checked_sub(1).map(|last| entries[last]).filter(|e| e.key as usize == key) {
                left -= 1;
                graph.targets[end + left] = entry.value | WEAK;
                at[left] = (end + left) as u32;
            }
            let start = graph.starts[key] as usize;
            graph.targets.copy_within(start..end, start + left);
            end = start;
        }
        let mut parts: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut is_part = vec![false; graph.len()];
        for (number, entry) in (0..).zip(&entries) {
            for part in [entry.key, entry.table] {
                parts.entry(part).or_default().push(number);
                is_part[part as usize] = true;
            }
        }
        Ephemerons { entries: entries.into_iter().zip(at).collect(), parts, is_part }
    }

    /// How many bytes those of so many `entries` in a graph of so many `objects` take.
    pub fn memory(entries: usize, objects: usize) -> u64 {
        if entries == 0 { 0 } else { (entries * OF_ENTRY + objects) as u64 }
    }

    /// Marks in `reached` what can be reached from `from`, too; values whose key and table were reached are from then on
    /// held by their keys.
    pub fn reach(&self, graph: &mut Csr, reached: &mut [bool], from: impl Iterator<Item = u32>) {
        let mut stack: Vec<u32> = from.collect();
        while let Some(at) = stack.pop() {
            if std::mem::replace(&mut reached[at as usize], true) {
                continue;
            }
            stack.extend(graph.strong(at).filter(|&target| !reached[target as usize]));
            if self.is_part.get(at as usize) != Some(&true) {
                continue;
            }
            for &number in self.parts.get(&at).into_iter().flatten() {
                let (entry, place) = self.entries[number as usize];
                if reached[entry.key as usize] && reached[entry.table as usize] {
                    graph.targets[place as usize] &= !WEAK;
                    stack.push(entry.value);
                }
            }
        }
    }

    /// Whether some WeakMap has `value` under `key`.
    pub fn has(&self, key: u32, value: u32) -> bool {
        let is = |&(entry, _): &(Entry, u32)| (entry.key, entry.value).cmp(&(key, value));
        self.entries.binary_search_by(is).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` objects, and `edges` between them.
    fn csr(count: u32, edges: &[(u32, u32)]) -> Csr {
        let mut csr = Csr { starts: vec![0], targets: Vec::new() };
        for from in 0..count {
            csr.targets.extend(edges.iter().filter(|edge| edge.0 == from).map(|edge| edge.1));
            csr.starts.push(csr.targets.len() as u32);
        }
        csr
    }

    fn entry(table: u32, key: u32, value: u32) -> Entry {
        Entry { key, value, table }
    }

    #[test]
    fn a_value_needs_its_key_and_its_table() {
        // 0 holds the table 1, the key 2; the key 3 nobody holds, nor the table 7.
        let mut graph = csr(10, &[(0, 1), (0, 2), (3, 9), (4, 8)]);
        let entries = vec![entry(1, 2, 4), entry(1, 3, 5), entry(7, 2, 6), entry(1, 8, 9)];
        let ephemerons = Ephemerons::new(&mut graph, entries);
        assert_eq!([0, 2, 3, 8].map(|at| graph.of(at).len()), [2, 2, 2, 1]);
        assert_eq!(graph.of(3), [9, 5 | WEAK]);
        let mut reached = vec![false; 10];
        ephemerons.reach(&mut graph, &mut reached, [0].into_iter());
        // By the value 4 the key 8 of another entry.
        assert_eq!(reached, [true, true, true, false, true, false, false, false, true, true]);
        assert_eq!(graph.strong(2).collect::<Vec<_>>(), [4]);
        assert_eq!(graph.strong(8).collect::<Vec<_>>(), [9]);
        // From a root that is found later.
        ephemerons.reach(&mut graph, &mut reached, [7].into_iter());
        assert!(reached[6]);
        assert!(ephemerons.has(3, 5) && ephemerons.has(2, 6) && !ephemerons.has(2, 5));
    }

    #[test]
    fn references_stay_what_they_were() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let count = random.u32(1..12);
            let any = |random: &mut fastrand::Rng| random.u32(0..count);
            let edges: Vec<_> = (0..random.usize(0..30)).map(|_| (any(&mut random), any(&mut random))).collect();
            let entries: Vec<_> =
                (0..random.usize(0..8)).map(|_| entry(any(&mut random), any(&mut random), any(&mut random))).collect();
            let before = csr(count, &edges);
            let mut graph = before.clone();
            Ephemerons::new(&mut graph, entries.clone());
            for of in 0..count {
                let mut values: Vec<u32> = entries.iter().filter(|e| e.key == of).map(|e| e.value | WEAK).collect();
                values.sort_unstable();
                let (own, added) = graph.of(of).split_at(before.of(of).len());
                assert_eq!((own, added), (before.of(of), &values[..]), "{of} of {edges:?} and {entries:?}");
            }
        }
    }
}
