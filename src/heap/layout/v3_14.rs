//! V8 3.14 (Node 0.10): its metadata for images that lost theirs, and the shapes that are its own.
//!
//! The table beside this file was read from official builds of Node 0.10.48, ia32 and x64; its columns are the
//! symbol without `v8dbg_`, and the value on each.

use super::Metadata;
use crate::image::Width;

const TABLE: &str = include_str!("v3_14.tsv");

/// The metadata of V8 3.14 on pointers of `width`.
pub fn metadata(width: Width) -> Metadata {
    Metadata::new(TABLE.lines().skip(1).filter_map(|row| {
        let mut columns = row.split('\t');
        let symbol = columns.next()?;
        let ia32 = columns.next()?;
        let value = match width {
            Width::W32 => ia32,
            Width::W64 => columns.next()?,
        };
        Some((symbol.to_owned(), value.parse().ok()?))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_in_both_widths() {
        for (width, map, context) in [(Width::W32, 16, -4), (Width::W64, 24, -8)] {
            let metadata = metadata(width);
            assert_eq!(metadata.field("Map", "constructor").map(|f| f.offset), Some(map));
            assert_eq!(metadata.constant("off_fp_context"), Some(context));
            assert_eq!(TABLE.lines().count(), 363);
        }
    }
}
