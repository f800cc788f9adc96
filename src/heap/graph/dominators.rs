//! Dominators: for each object the nearest one that every path from the roots goes through, and so what it retains.
//!
//! Semi-NCA (Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems", 2005): semidominators as Lengauer
//! and Tarjan have them, with path compression, then the nearest common ancestor in the tree built so far.
//!
//! Knows: graphs of numbers. Must not know: what is a number's object.

use crate::heap::{Progress, Result};

/// References between numbered things, by who refers: those of `n` are `targets[starts[n]..starts[n + 1]]`.
#[derive(Clone, Debug, Default)]
pub struct Csr {
    /// Where the targets of each begin, and an end.
    pub starts: Vec<u32>,
    /// The targets, each with [`WEAK`] set if the reference does not keep it alive.
    pub targets: Vec<u32>,
}

/// Set in a target to which the reference is weak.
pub const WEAK: u32 = 1 << 31;

impl Csr {
    /// How many things there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes it takes.
    pub fn memory(&self) -> u64 {
        (size_of_val(&self.starts[..]) + size_of_val(&self.targets[..])) as u64
    }

    /// The targets of `from`, weak ones included.
    pub fn of(&self, from: u32) -> &[u32] {
        let at = from as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.targets[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The targets that `from` keeps alive.
    pub fn strong(&self, from: u32) -> impl Iterator<Item = u32> + '_ {
        self.of(from).iter().copied().filter(|target| target & WEAK == 0)
    }
}

/// What dominates what, by order of visit: number 0 of it is what refers to all roots.
#[derive(Debug, Default)]
pub struct Dominators {
    /// Things that can be reached, in the order of a depth-first visit, from 1 on.
    order: Vec<u32>,
    /// By the same numbers: who dominates.
    dominator: Vec<u32>,
    /// The number of each thing; 0 for one that cannot be reached.
    visit: Vec<u32>,
}

/// After so many steps, a look at whether to stop.
const BREATH: usize = 1 << 16;

impl Dominators {
    /// Those of the things that can be reached in `graph` from `roots`.
    ///
    /// # Errors
    /// When the pass is cancelled.
    pub fn new(graph: &Csr, roots: &[u32], progress: &Progress) -> Result<Dominators> {
        let (order, parent, visit) = depth_first(graph, roots, progress)?;
        let count = order.len();
        // Who refers to each, by visit number, by counting sort.
        let mut starts = vec![0_u32; count + 1];
        for &from in &order[1..] {
            for target in graph.strong(from) {
                starts[visit[target as usize] as usize] += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut sources = vec![0_u32; sum as usize];
        for (from, &thing) in order.iter().enumerate().skip(1) {
            for target in graph.strong(thing) {
                let slot = &mut starts[visit[target as usize] as usize];
                *slot -= 1;
                sources[*slot as usize] = from as u32;
            }
        }
        let mut rooted = vec![false; count];
        for &root in roots {
            rooted[visit[root as usize] as usize] = true;
        }
        // Semidominators, from the last visited on.
        let mut semi: Vec<u32> = (0..count as u32).collect();
        let mut label = semi.clone();
        let mut ancestor = parent.clone();
        let mut path = Vec::new();
        for at in (1..count as u32).rev() {
            if (at as usize).is_multiple_of(BREATH) {
                progress.advance(0)?;
            }
            let mut least = if rooted[at as usize] { 0 } else { parent[at as usize] };
            for &source in &sources[starts[at as usize] as usize..starts[at as usize + 1] as usize] {
                let through = if source <= at {
                    source
                } else {
                    compress(source, at, &mut ancestor, &mut label, &semi, &mut path);
                    semi[label[source as usize] as usize]
                };
                least = least.min(through);
            }
            semi[at as usize] = least;
        }
        drop((label, ancestor, sources, starts));
        let mut dominator = parent;
        for at in 1..count {
            let mut above = dominator[at];
            while above > semi[at] {
                above = dominator[above as usize];
            }
            dominator[at] = above;
        }
        Ok(Dominators { order, dominator, visit })
    }

    /// Whether `thing` can be reached from the roots.
    pub fn reaches(&self, thing: u32) -> bool {
        self.visit.get(thing as usize).is_some_and(|&visit| visit != 0)
    }

    /// Who dominates `thing`; none for what the roots alone do, and for what cannot be reached.
    pub fn of(&self, thing: u32) -> Option<u32> {
        let visit = *self.visit.get(thing as usize)?;
        let above = self.dominator[visit as usize];
        (visit != 0 && above != 0).then(|| self.order[above as usize])
    }

    /// For each thing the sum of `weight` over it and all that it dominates; 0 for what cannot be reached.
    pub fn retained(&self, weight: impl Fn(u32) -> u64) -> Vec<u64> {
        let mut sums = vec![0_u64; self.visit.len()];
        for (at, &thing) in self.order.iter().enumerate().skip(1).rev() {
            sums[thing as usize] += weight(thing);
            let above = self.dominator[at];
            if above != 0 {
                sums[self.order[above as usize] as usize] += sums[thing as usize];
            }
        }
        sums
    }

    /// Walks the tree of dominators: each thing when it is entered, and when it is left.
    pub fn walk(&self, visit: &mut impl FnMut(u32, bool)) {
        // Who is dominated, by visit number, by counting sort.
        let count = self.order.len();
        let mut starts = vec![0_u32; count + 1];
        for &above in self.dominator.iter().skip(1) {
            starts[above as usize] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut below = vec![0_u32; sum as usize];
        for at in (1..count).rev() {
            let slot = &mut starts[self.dominator[at] as usize];
            *slot -= 1;
            below[*slot as usize] = at as u32;
        }
        let mut stack: Vec<(u32, u32)> = vec![(0, 0)];
        while let Some((at, next)) = stack.last_mut() {
            if *next == starts[*at as usize + 1] {
                if *at != 0 {
                    visit(self.order[*at as usize], false);
                }
                stack.pop();
                continue;
            }
            let child = below[*next as usize];
            *next += 1;
            visit(self.order[child as usize], true);
            stack.push((child, starts[child as usize]));
        }
    }

    /// What can be reached, each after who dominates it.
    pub fn reached(&self) -> &[u32] {
        self.order.get(1..).unwrap_or_default()
    }
}

/// Order of visit, parent by visit number, visit number by thing.
fn depth_first(graph: &Csr, roots: &[u32], progress: &Progress) -> Result<(Vec<u32>, Vec<u32>, Vec<u32>)> {
    let mut visit = vec![0_u32; graph.len()];
    let (mut order, mut parent) = (vec![u32::MAX], vec![0_u32]);
    // A thing on the way down, and which of its references comes next.
    let mut stack: Vec<(u32, u32)> = Vec::new();
    for &root in roots {
        if visit[root as usize] != 0 {
            continue;
        }
        visit[root as usize] = order.len() as u32;
        order.push(root);
        parent.push(0);
        stack.push((root, graph.starts[root as usize]));
        while let Some((thing, next)) = stack.last_mut() {
            if *next == graph.starts[*thing as usize + 1] {
                stack.pop();
                continue;
            }
            let target = graph.targets[*next as usize];
            *next += 1;
            if target & WEAK != 0 || visit[target as usize] != 0 {
                continue;
            }
            visit[target as usize] = order.len() as u32;
            parent.push(visit[*thing as usize]);
            order.push(target);
            stack.push((target, graph.starts[target as usize]));
            if order.len().is_multiple_of(BREATH) {
                progress.advance(0)?;
            }
        }
    }
    Ok((order, parent, visit))
}

/// Makes `label[of]` the one with the least semidominator on the way from `of` up to, but without, what was visited
/// at or before `last`; and shortens that way.
fn compress(of: u32, last: u32, ancestor: &mut [u32], label: &mut [u32], semi: &[u32], path: &mut Vec<u32>) {
    let mut at = of;
    while ancestor[at as usize] > last {
        path.push(at);
        at = ancestor[at as usize];
    }
    while let Some(below) = path.pop() {
        let above = ancestor[below as usize] as usize;
        if semi[label[above] as usize] < semi[label[below as usize] as usize] {
            label[below as usize] = label[above];
        }
        ancestor[below as usize] = ancestor[above];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csr(count: usize, edges: &[(u32, u32)]) -> Csr {
        let mut csr = Csr { starts: vec![0], targets: Vec::new() };
        for from in 0..count as u32 {
            csr.targets.extend(edges.iter().filter(|edge| edge.0 == from).map(|edge| edge.1));
            csr.starts.push(csr.targets.len() as u32);
        }
        csr
    }

    /// By definition: `d` dominates `n` if `n` cannot be reached without it; the nearest is dominated by all others.
    fn by_definition(graph: &Csr, roots: &[u32], of: u32) -> Option<u32> {
        let reached = |without: Option<u32>| {
            let mut seen = vec![false; graph.len()];
            let mut stack: Vec<u32> = roots.iter().copied().filter(|&root| Some(root) != without).collect();
            while let Some(at) = stack.pop() {
                if !std::mem::replace(&mut seen[at as usize], true) {
                    stack.extend(graph.strong(at).filter(|&target| Some(target) != without));
                }
            }
            seen
        };
        if !reached(None)[of as usize] {
            return None;
        }
        let dominates = |above: u32, below: u32| above != below && !reached(Some(above))[below as usize];
        let all: Vec<u32> = (0..graph.len() as u32).filter(|&above| dominates(above, of)).collect();
        all.iter().copied().find(|&nearest| all.iter().all(|&other| other == nearest || dominates(other, nearest)))
    }

    #[test]
    fn dominators_are_those_of_the_definition() {
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..300 {
            let count = random.usize(1..14);
            let edges: Vec<_> = (0..random.usize(0..40))
                .map(|_| {
                    let weak = if random.u8(0..6) == 0 { WEAK } else { 0 };
                    (random.u32(0..count as u32), random.u32(0..count as u32) | weak)
                })
                .collect();
            let graph = csr(count, &edges);
            let roots: Vec<u32> = (0..random.usize(1..4)).map(|_| random.u32(0..count as u32)).collect();
            let found = Dominators::new(&graph, &roots, &Progress::default()).expect("nobody cancels");
            for of in 0..count as u32 {
                assert_eq!(found.of(of), by_definition(&graph, &roots, of), "{of} in {edges:?} from {roots:?}");
            }
        }
    }

    #[test]
    fn retained_is_the_sum_of_what_goes_with_it() {
        // 0 holds 1 and 2, both of which hold 3, which holds 4; 5 nobody holds.
        let graph = csr(6, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (5, 4)]);
        let found = Dominators::new(&graph, &[0], &Progress::default()).expect("nobody cancels");
        assert_eq!(found.retained(|thing| 1 << thing), [0b11111, 0b10, 0b100, 0b11000, 0b10000, 0]);
        assert_eq!(found.of(3), Some(0));
        assert!(!found.reaches(5));
    }
}
