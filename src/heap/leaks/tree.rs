//! The tree of dominators as intervals: who is below whom, at a glance.
//!
//! Knows: the tree. Must not know: what the objects are.

use crate::heap::graph::{Graph, Node};

/// When the walk of the tree entered each object, and left it.
#[derive(Debug)]
pub(super) struct Tree {
    enter: Vec<u32>,
    leave: Vec<u32>,
}

impl Tree {
    /// That of `graph`.
    pub fn new(graph: &Graph) -> Tree {
        let mut tree = Tree { enter: vec![u32::MAX; graph.len()], leave: vec![0; graph.len()] };
        let mut at = 0;
        graph.walk_dominators(&mut |node, entering| {
            if entering {
                tree.enter[node.0 as usize] = at;
                at += 1;
            } else {
                tree.leave[node.0 as usize] = at;
            }
        });
        tree
    }

    /// When the walk entered `node`: later than all that dominate it.
    pub fn entered(&self, node: Node) -> u32 {
        self.enter[node.0 as usize]
    }

    /// Whether without `above`, `below` would not be reached. Each dominates itself.
    pub fn dominates(&self, above: Node, below: Node) -> bool {
        let at = self.entered(below);
        at != u32::MAX && (self.entered(above)..self.leave[above.0 as usize]).contains(&at)
    }

    /// Of `nodes`, those that no other of them dominates, in the order of the walk.
    pub fn topmost(&self, nodes: &[Node]) -> Vec<Node> {
        let mut sorted: Vec<Node> = nodes.iter().copied().filter(|&node| self.entered(node) != u32::MAX).collect();
        sorted.sort_unstable_by_key(|&node| self.entered(node));
        sorted.dedup();
        let mut top: Vec<Node> = Vec::new();
        for node in sorted {
            if top.last().is_none_or(|&last| !self.dominates(last, node)) {
                top.push(node);
            }
        }
        top
    }
}
