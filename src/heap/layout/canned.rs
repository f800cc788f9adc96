//! Canned tables: the metadata of one build of each line of Node, for images without any.
//!
//! A core that the kernel wrote holds the executable's first page and no more of it. The build id on that page tells the
//! newest release of each line; the address that Node keeps of its own source (`process.release.sourceUrl`, from Node 4
//! on) tells the line of any other, and within a line the layout is the same.
//!
//! The tables beside this file, in `canned/`, were read from official builds for Linux x64: symbols without `v8dbg_`,
//! and their values.
//!
//! Knows: those builds. Must not know: what the constants mean.

use super::{Metadata, Version, v3_14};
use crate::image::{Content, Image, Width};

/// A table of constants that can stand in for an image's own (`::v8load`).
#[derive(Clone, Copy, Debug)]
pub struct Canned {
    /// The name that selects it: `node-20`.
    pub name: &'static str,
    /// What it describes.
    pub description: &'static str,
    /// The version that it was read from.
    pub version: Version,
    /// The GNU build id of the executable that it was read from, in hex.
    pub build_id: Option<&'static str>,
    source: Source,
}

/// What a table was made from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// V8 3.14, of either width.
    V3_14,
    /// Rows of symbol and value, of 64-bit builds.
    Wide(&'static str),
}

/// A line of Node: its name, its V8 in two numbers and in four, and the build id of its newest release.
macro_rules! line {
    ($node:literal, $v8:literal, $version:expr, $build_id:expr) => {
        Canned {
            name: concat!("node-", $node),
            description: concat!("node ", $node, " (V8 ", $v8, ")"),
            version: Version { parts: $version },
            build_id: $build_id,
            source: Source::Wide(include_str!(concat!("canned/node-", $node, ".tsv"))),
        }
    };
}

/// All canned tables, the oldest first.
pub const CANNED: &[Canned] = &[
    Canned {
        name: "node-0.10",
        description: "node 0.10 (V8 3.14)",
        version: Version { parts: [3, 14, 5, 9] },
        build_id: None,
        source: Source::V3_14,
    },
    line!("0.12", "3.28", [3, 28, 71, 20], None),
    line!("4", "4.5", [4, 5, 103, 53], Some("dd5d5c4f5e2c71586a0174754b47129968d89cd3")),
    line!("6", "5.1", [5, 1, 281, 111], Some("e06828eb0c8f5d416fdccf4aa4a04baab16588ff")),
    line!("8", "6.2", [6, 2, 414, 78], Some("802aa195d017a371ea9428c6136f1d2d06788ce8")),
    line!("10", "6.8", [6, 8, 275, 32], Some("9fa4112642a6507f66b1546ef4d9f79bd4b7ce7f")),
    line!("12", "7.8", [7, 8, 279, 23], Some("10f71259ae2dbb3dcaf7e808fe945f275a7cef80")),
    line!("14", "8.4", [8, 4, 371, 23], Some("6dfa0c0806d4037b29fd0f6c42d90182abed065d")),
    line!("16", "9.4", [9, 4, 146, 26], Some("da37b4f7e97055c3dffa80997ec003396f77e0f8")),
    line!("18", "10.2", [10, 2, 154, 26], Some("9e93af54c5b6dbc7be9d3b953bd206201fb663be")),
    line!("20", "11.3", [11, 3, 244, 8], Some("ebeaf2df364d5eeb7096f0f7722a69eec6efdf3b")),
    line!("22", "12.4", [12, 4, 254, 21], Some("a9b42ba41811e1291145304b7c278c5d3fbaca71")),
    line!("24", "13.6", [13, 6, 233, 17], Some("bd05d6407047594fc3d31dd4ed4a37fe48c01f93")),
    line!("26", "14.6", [14, 6, 202, 34], Some("932be857167040020b78138ec919fd51bad0441e")),
];

impl Canned {
    /// Its constants, for pointers of `width`; absent for a width that it was not read for.
    pub fn metadata(&self, width: Width) -> Option<Metadata> {
        match (self.source, width) {
            (Source::V3_14, width) => Some(v3_14::metadata(width)),
            (Source::Wide(_), Width::W32) => None,
            (Source::Wide(rows), Width::W64) => Some(Metadata::new(rows.lines().filter_map(|row| {
                let (symbol, value) = row.split_once('\t')?;
                Some((symbol.to_owned(), value.parse().ok()?))
            }))),
        }
    }

    /// The table for the Node in `image`: by its version of V8, by its build id, or by what it says of itself.
    pub(super) fn for_image(image: &Image, version: Option<Version>) -> Option<&'static Canned> {
        let line = |v: Version| [v.parts[0], v.parts[1]];
        if let Some(version) = version {
            return CANNED.iter().find(|c| line(version) == line(c.version));
        }
        let executable = image.objects.iter().find(|object| object.is_executable)?;
        let id: Option<String> =
            executable.build_id.as_ref().map(|id| id.iter().map(|byte| format!("{byte:02x}")).collect());
        let by_id = CANNED.iter().find(|c| c.build_id.is_some() && c.build_id == id.as_deref());
        by_id.or_else(|| {
            let name = format!("node-{}", release(image)?);
            CANNED.iter().find(|c| c.name == name)
        })
    }
}

/// What stands before the version in the address of Node's source.
const RELEASE: &[u8] = b"nodejs.org/download/release/v";

/// The line of Node that `image` says it is: `20`. Memory that belongs to no file is searched for the address of the
/// source, which every Node keeps among its strings.
fn release(image: &Image) -> Option<String> {
    let anonymous = image.space.segments().iter().filter(|s| matches!(s.content, Content::Anon | Content::Heap));
    anonymous.map(|segment| segment.bytes()).find_map(|bytes| {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|&b| b == RELEASE[0]).filter(|at| at + RELEASE.len() < rest.len()) {
            let after = rest[at..].strip_prefix(RELEASE);
            let digits = after.map(|after| after.iter().take_while(|b| b.is_ascii_digit()).take(3).count());
            if let (Some(after), Some(digits @ 1..)) = (after, digits)
                && after.get(digits) == Some(&b'.')
            {
                return String::from_utf8(after[..digits].to_vec()).ok();
            }
            rest = &rest[at + 1..];
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::layout::{Field, Layout};

    #[test]
    fn every_table_gives_a_layout_that_can_scan() {
        for table in CANNED {
            let layout = Layout::canned(table, Width::W64).expect("a table of 64-bit builds");
            let needed = [
                Field::MapInstanceAttributes,
                Field::MapInstanceSize,
                Field::JsObjectProperties,
                Field::JsArrayLength,
                Field::StringLength,
                Field::SeqOneByteChars,
                Field::SharedScript,
                Field::ScriptSource,
                Field::ContextPrevious,
                Field::FrameArguments,
            ];
            for field in needed {
                assert!(layout.find(field).is_some(), "{}: {field:?}", table.name);
            }
            let has = |class: &str| layout.metadata.types.iter().any(|(name, _)| name == class);
            assert!(["JSArray", "Script", "Map", "SharedFunctionInfo"].into_iter().all(has), "{}", table.name);
        }
    }

    #[test]
    fn only_that_of_3_14_is_for_32_bits() {
        let narrow: Vec<_> = CANNED.iter().filter(|c| c.metadata(Width::W32).is_some()).map(|c| c.name).collect();
        assert_eq!(narrow, ["node-0.10"]);
    }
}
