//! Names of properties and constructors, each kept once and told apart by number.
//!
//! Knows: strings. Must not know: where they were read.

use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// The number of a name. Numbers depend on which thread met a name first: they tell names apart and sort nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NameId(u32);

/// What a property is called: a name or an element's index, in one word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Label(u32);

/// The bit of a [`Label`] that marks an index.
const INDEX: u32 = 1 << 31;

impl Label {
    /// No label in particular: what columns are filled with before they are written.
    pub(super) const NONE: Label = Label(0);

    /// A name.
    pub fn name(name: NameId) -> Label {
        Label(name.0)
    }

    /// An index, if it is below 2^31: V8's fast elements are.
    pub fn index(index: u64) -> Option<Label> {
        u32::try_from(index).ok().filter(|i| i & INDEX == 0).map(|i| Label(i | INDEX))
    }

    /// What it is.
    pub fn key(self) -> Key {
        if self.0 & INDEX == 0 { Key::Name(NameId(self.0)) } else { Key::Index(self.0 & !INDEX) }
    }
}

/// What a [`Label`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// A name.
    Name(NameId),
    /// An element's index.
    Index(u32),
}

/// A growing set of names, shared between threads.
#[derive(Debug, Default)]
pub struct Names {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    ids: FxHashMap<Arc<str>, NameId>,
    list: Vec<Arc<str>>,
}

impl Names {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The number of `name`. A set that is full (2^31 names) gives the last number to all that follow.
    pub fn intern(&self, name: &str) -> NameId {
        let mut table = self.table();
        if let Some(&id) = table.ids.get(name) {
            return id;
        }
        let id = NameId((table.list.len() as u64).min(u64::from(INDEX - 1)) as u32);
        let name: Arc<str> = Arc::from(name);
        table.list.push(Arc::clone(&name));
        table.ids.insert(name, id);
        id
    }

    /// The number of `name`, if it was ever met.
    pub fn find(&self, name: &str) -> Option<NameId> {
        self.table().ids.get(name).copied()
    }

    /// The name of a number that this set gave out.
    pub fn get(&self, id: NameId) -> Arc<str> {
        self.table().list.get(id.0 as usize).cloned().unwrap_or_default()
    }

    /// A label as text.
    pub fn text(&self, label: Label) -> Arc<str> {
        match label.key() {
            Key::Name(id) => self.get(id),
            Key::Index(index) => Arc::from(index.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number() {
        let names = Names::default();
        let (a, b) = (names.intern("socket"), names.intern("owner"));
        assert_ne!(a, b);
        assert_eq!(names.intern("socket"), a);
        assert_eq!(names.find("owner"), Some(b));
        assert_eq!(names.find("nobody"), None);
        assert_eq!(&*names.get(b), "owner");
    }

    #[test]
    fn a_label_is_a_name_or_an_index() {
        let names = Names::default();
        let seven = Label::index(7).expect("7 is below 2^31");
        let named = Label::name(names.intern("7"));
        assert_ne!(seven, named);
        assert_eq!(names.text(seven), names.text(named));
        assert_eq!(seven.key(), Key::Index(7));
        assert_eq!(Label::index(1 << 31), None);
    }
}
