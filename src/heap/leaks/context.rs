//! Closures that alone keep their variables alive, where these hold much: a timer that was never cleared, a listener that
//! was never removed.
//!
//! Knows: which contexts a closure has, which of these are a module's. Must not know: containers.

use super::container::Form;
use super::pile::Search;
use super::shape::Shapes;
use super::{Part, Suspect, common};
use crate::heap::graph::{Node, is_own};
use crate::heap::{Context, Heap, JsFunction, Kind, Progress, Result, VariableKind};
use std::cmp::Reverse;

/// So many contexts around a closure are looked at.
const MOST_AROUND: usize = 64;
/// What may lie before the function that Node wraps a module in, and behind it, in characters.
const WRAPPER: (i64, i64) = (100, 16);
/// After so many objects, a look at whether to stop.
const BREATH: usize = 1 << 14;

/// What the variables of a closure hold.
#[derive(Default)]
struct Holding {
    held: u64,
    /// The variable that holds most: how much, its value, its name.
    most: Option<(u64, Node, String)>,
}

impl Search<'_, '_> {
    /// Closures of the program that alone keep variables alive which hold `least` bytes, and in which none of `suspects`
    /// is, nor which are in one. Variables of a module are the program itself.
    ///
    /// # Errors
    /// When the search is cancelled.
    pub fn closures(
        &self,
        shapes: &mut Shapes<'_>,
        suspects: &[Suspect],
        least: u64,
        progress: &Progress,
    ) -> Result<Vec<Suspect>> {
        let mut found: Vec<(Node, Holding)> = Vec::new();
        for (at, node) in self.graph.reached().enumerate() {
            if at.is_multiple_of(BREATH) {
                progress.advance(0)?;
            }
            if self.graph.retained(node) < least || self.graph.kind(self.heap, node) != Some(Kind::JsFunction) {
                continue;
            }
            progress.advance(0)?;
            let holding = self.holding(node).filter(|holding| holding.held >= least && holding.most.is_some());
            found.extend(holding.map(|holding| (node, holding)));
        }
        let told = |node: Node| {
            let told = suspects.iter().filter(|suspect| !suspect.minor).map(|suspect| suspect.node);
            told.clone().any(|other| self.tree.dominates(node, other) || self.tree.dominates(other, node))
        };
        found.sort_by_key(|(node, _)| self.tree.entered(*node));
        let held: Vec<u64> = found.iter().map(|(_, holding)| holding.held).collect();
        let telling = telling(&held, |above, below| self.tree.dominates(found[above].0, found[below].0));
        let telling = found.iter().zip(telling).filter_map(|(found, telling)| telling.then_some(found));
        let mut kept: Vec<&(Node, Holding)> = telling.filter(|(node, _)| !told(*node)).collect();
        kept.sort_by_key(|(node, holding)| (Reverse(holding.held), *node));
        Ok(kept.into_iter().filter_map(|(node, holding)| self.closure(shapes, *node, holding)).collect())
    }

    fn closure(&self, shapes: &mut Shapes<'_>, node: Node, holding: &Holding) -> Option<Suspect> {
        let (_, value, name) = holding.most.as_ref()?;
        let shape = shapes.of(self.graph, *value);
        Some(Suspect {
            node,
            form: Form::Closure,
            entries: 1,
            parts: shape.map(|shape| Part { shape: shapes.get(shape).clone(), count: 1 }).into_iter().collect(),
            held: holding.held,
            made: common::creator(self.heap, self.graph, &[node]).into_iter().collect(),
            common: Vec::new(),
            others: Vec::new(),
            samples: vec![*value],
            variable: Some(name.clone()),
            minor: self.graph.is_doubted(node),
        })
    }

    /// What the variables of the closure `node` hold that it alone keeps alive; absent for one of Node's own.
    fn holding(&self, node: Node) -> Option<Holding> {
        let (heap, graph) = (self.heap, self.graph);
        let function = JsFunction::load(heap, graph.word(node)).ok()?;
        let script = function.shared().script().ok()?;
        if script.name().is_none_or(|file| is_own(&file)) {
            return None;
        }
        let end = i64::try_from(script.source().ok()?.units.len()).ok()?;
        let mut holding = Holding::default();
        let mut next = function.context().ok();
        for _ in 0..MOST_AROUND {
            let Some(context) = next else { break };
            let Some(scope) = graph.node(context.word()).filter(|&scope| self.tree.dominates(node, scope)) else {
                break;
            };
            if is_module(heap, &context, end) {
                break;
            }
            let around = context.previous().ok();
            let outer = around.and_then(|word| graph.node(word)).filter(|&outer| self.tree.dominates(scope, outer));
            holding.held += graph.retained(scope).saturating_sub(outer.map_or(0, |outer| graph.retained(outer)));
            if let Ok(info) = context.scope_info() {
                for (name, value) in info.names(VariableKind::ContextLocal).zip(context.variables()) {
                    let value = graph.node(value).filter(|&value| self.tree.dominates(scope, value));
                    let Some(value) = value.filter(|&value| graph.kind(heap, value) != Some(Kind::JsFunction)) else {
                        continue;
                    };
                    let held = graph.retained(value);
                    if holding.most.as_ref().is_none_or(|(most, ..)| *most < held) {
                        holding.most = Some((held, value, heap.name_text(name).unwrap_or_default()));
                    }
                }
            }
            next = around.and_then(|word| Context::load(heap, word).ok());
        }
        Some(holding)
    }
}

/// Of closures in closures, which are worth telling, by what each has `held`: the one inside if that holds more than half
/// of what the one around it does, else the one around. They come in the order of the walk of the tree that `dominates`
/// asks, by their places: a chain of them may be as long as the heap.
fn telling(held: &[u64], dominates: impl Fn(usize, usize) -> bool) -> Vec<bool> {
    let mut around: Vec<Option<usize>> = Vec::with_capacity(held.len());
    let (mut most_around, mut most_inside) = (vec![0; held.len()], vec![0; held.len()]);
    let mut open: Vec<usize> = Vec::new();
    for at in 0..held.len() {
        while open.pop_if(|last| !dominates(*last, at)).is_some() {}
        let last = open.last().copied();
        most_around[at] = last.map_or(0, |last| held[last].max(most_around[last]));
        around.push(last);
        open.push(at);
    }
    for at in (0..held.len()).rev() {
        if let Some(around) = around[at] {
            most_inside[around] = most_inside[around].max(held[at]).max(most_inside[at]);
        }
    }
    (0..held.len()).map(|at| most_inside[at] <= held[at] / 2 && held[at] > most_around[at] / 2).collect()
}

/// Whether `context` has the variables of a module, or what is around it: its function is all of its script, which has
/// `end` characters, or is not known.
fn is_module(heap: Heap<'_>, context: &Context<'_>, end: i64) -> bool {
    let Ok(scope) = context.scope_info() else { return true };
    let of_function = || {
        let shared = JsFunction::load(heap, context.closure().ok()?).ok()?.shared();
        Some((shared.token_position().ok()??, shared.end_position().ok()?))
    };
    let Some((from, to)) = scope.positions().or_else(of_function) else { return true };
    from <= WRAPPER.0 && to.saturating_add(WRAPPER.1) >= end
}

#[cfg(test)]
mod tests {
    use super::telling;

    #[test]
    fn of_closures_in_closures_those_are_told_that_hold_most() {
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..300 {
            // Each lies in the one before it, or in one that this lies in: the order of a walk.
            let mut around: Vec<Option<usize>> = Vec::new();
            for at in 0..random.usize(1..12) {
                let mut next = at.checked_sub(1);
                while next.is_some() && random.bool() {
                    next = next.and_then(|next| around[next]);
                }
                around.push(next);
            }
            let dominates =
                |above: usize, below: usize| std::iter::successors(Some(below), |&at| around[at]).any(|at| at == above);
            let held: Vec<u64> = around.iter().map(|_| random.u64(1..40)).collect();
            let expected: Vec<bool> = (0..held.len())
                .map(|at| {
                    let others = || (0..held.len()).filter(|&other| other != at);
                    let is_around = others().any(|other| dominates(at, other) && held[other] > held[at] / 2);
                    let is_inside = others().any(|other| dominates(other, at) && held[at] <= held[other] / 2);
                    !is_around && !is_inside
                })
                .collect();
            assert_eq!(telling(&held, dominates), expected, "{around:?} {held:?}");
        }
    }

    #[test]
    fn a_long_chain_is_looked_through_once() {
        let asked = std::cell::Cell::new(0);
        let held: Vec<u64> = (0..100_000).map(|at| 1_000_000 - at).collect();
        let told = telling(&held, |above, below| {
            asked.set(asked.get() + 1);
            above <= below
        });
        assert_eq!(told.iter().filter(|&&told| told).count(), 1);
        assert!(told.last() == Some(&true) && asked.get() <= 2 * held.len());
    }
}
