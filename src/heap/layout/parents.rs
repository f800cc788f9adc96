//! What V8's classes derive from, where the metadata leaves that out: from V8 12.4 on it names one parent alone, and it
//! never had the classes without fields of their own.
//!
//! The table beside this file is what the metadata of V8 7.8 to 11.3 names, and for other classes what V8's sources declare
//! (`objects.h`, `js-*.tq`).
//!
//! Knows: that table. Must not know: fields.

const TABLE: &str = include_str!("parents.tsv");

/// What `class` derives from; absent where the table does not have it.
pub(super) fn of(class: &str) -> Option<&'static str> {
    let mut rows = TABLE.lines().skip(1).filter_map(|row| row.split_once('\t'));
    rows.find(|&(name, _)| name == class).map(|(_, parent)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_leads_to_the_root() {
        for row in TABLE.lines().skip(1) {
            let (class, _) = row.split_once('\t').expect("two columns");
            let mut chain = vec![class];
            while let Some(parent) = of(chain[chain.len() - 1]) {
                assert!(!chain.contains(&parent), "{chain:?} has no end");
                chain.push(parent);
            }
            assert_eq!(chain.last(), Some(&"Object"));
        }
    }
}
