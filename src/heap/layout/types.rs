//! Instance types that the metadata leaves out: V8's generator of it knows only some classes.
//!
//! The table beside this file has them by line of V8; `.` is for a type that the metadata names, or that the line does
//! not have. From 7.8 on they were read from official builds, by asking V8's own printer (`_v8_internal_Print_Object`)
//! for one map of each type; for those before, from V8's list of types (`objects.h`, INSTANCE_TYPE_LIST), whose gaps
//! between the types that the metadata names leave no choice.
//!
//! Knows: that table. Must not know: what is done with a type.

use super::{Metadata, Version};

const TABLE: &str = include_str!("instance_types.tsv");

/// Adds to `metadata` the types of V8 `version` that it lacks. An unknown version between two lines, or after the last,
/// gets none: its numbers are its own.
pub(super) fn add_missing(metadata: &mut Metadata, version: Version) {
    if metadata.types.is_empty() {
        return;
    }
    let mut rows = TABLE.lines().map(|row| row.split('\t'));
    let line = format!("{}.{}", version.parts[0], version.parts[1]);
    let Some(column) = rows.next().and_then(|mut header| header.position(|name| name == line)) else { return };
    for mut row in rows {
        let Some(class) = row.next() else { continue };
        if let Some(value) = row.nth(column - 1).and_then(|cell| cell.parse().ok()) {
            // The metadata of 3.28 to 6.2 calls symbols strings.
            metadata.types.retain(|&(_, known)| known != value);
            metadata.types.push((class.to_owned(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_line_gets_what_its_metadata_lacks() {
        let metadata = |line: &str| {
            let mut metadata = Metadata::new([("type_JSArray__JS_ARRAY_TYPE".to_owned(), 1061)]);
            let parts: Vec<u32> = line.split('.').map(|n| n.parse().expect("a number")).collect();
            add_missing(&mut metadata, Version::line(parts[0], parts[1]));
            metadata
        };
        let value = |line: &str, class: &str| metadata(line).types.iter().find(|(c, _)| c == class).map(|t| t.1);
        assert_eq!(value("7.8", "JSMap"), Some(1069));
        assert_eq!(value("14.6", "NameDictionary"), Some(209));
        assert_eq!(value("14.6", "JSMap"), None, "the metadata of 14.6 has it");
        assert_eq!(value("15.0", "NameDictionary"), None);
        assert_eq!(value("7.8", "JSArray"), Some(1061));
    }
}
