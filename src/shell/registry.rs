//! The dcmds and walkers of a session, by name.
//!
//! Knows: names and aliases. Must not know: any particular one.

use super::{Dcmd, Subject, Walker};
use std::collections::HashMap;

/// What may be called.
#[derive(Debug, Default)]
pub struct Registry {
    dcmds: Vec<&'static Dcmd>,
    walkers: Vec<(Subject, &'static Walker)>,
    by_name: HashMap<&'static str, &'static Dcmd>,
}

impl Registry {
    /// A registry of `dcmds` and `walkers`, in the order in which they are listed.
    pub fn new(dcmds: Vec<&'static Dcmd>, walkers: Vec<(Subject, &'static Walker)>) -> Registry {
        let names = |d: &'static Dcmd| std::iter::once(d.name).chain(d.aliases.iter().copied()).map(move |n| (n, d));
        let by_name = dcmds.iter().copied().flat_map(names).collect();
        Registry { dcmds, walkers, by_name }
    }

    /// All dcmds.
    pub fn dcmds(&self) -> &[&'static Dcmd] {
        &self.dcmds
    }

    /// All walkers, with their subjects.
    pub fn walkers(&self) -> &[(Subject, &'static Walker)] {
        &self.walkers
    }

    /// The dcmd called `name` (`jsprint`, `$c`).
    pub fn dcmd(&self, name: &str) -> Option<&'static Dcmd> {
        self.by_name.get(name).copied()
    }

    /// The dcmd or walker whose name is most like `name`, as it would be typed, if one is like it at all.
    pub fn similar_dcmd(&self, name: &str) -> Option<String> {
        let words = self.by_name.keys().copied().filter(|known| known.starts_with(|c: char| c.is_alphabetic()));
        similar(name, words).map(|known| format!("::{known}"))
    }

    /// The walker whose name is most like `name`.
    pub fn similar_walker(&self, name: &str) -> Option<String> {
        similar(name, self.walkers.iter().map(|(_, walker)| walker.name)).map(str::to_owned)
    }

    /// The walker called `name`.
    pub fn walker(&self, name: &str) -> Option<&'static Walker> {
        self.walkers.iter().map(|&(_, walker)| walker).find(|w| w.name == name)
    }

    /// The subject of the walker called `name`.
    pub fn walker_subject(&self, name: &str) -> Option<Subject> {
        self.walkers.iter().find(|(_, w)| w.name == name).map(|&(subject, _)| subject)
    }
}

/// Of `known` the name that is `name` but for a slip or two of the fingers.
fn similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let slips = 1 + name.chars().count() / 6;
    let near = known.map(|known| (strsim::damerau_levenshtein(name, known), known)).filter(|(far, _)| *far <= slips);
    // Of several the first in the alphabet, so that it is always the same.
    near.min().map(|(_, known)| known)
}

/// ` (did you mean ::name?)`, or nothing.
pub fn suggestion(similar: Option<String>) -> String {
    similar.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_a_stranger_is_not() {
        let known = ["jsprint", "jsstack", "findjsobjects", "walk", "wp"];
        let like = |name| similar(name, known.into_iter());
        assert_eq!(like("findjsobject"), Some("findjsobjects"));
        assert_eq!(like("jspirnt"), Some("jsprint"));
        assert_eq!(like("wakl"), Some("walk"));
        assert_eq!(like("nosuch"), None);
        assert_eq!(like("x"), None);
    }
}
