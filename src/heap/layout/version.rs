//! Versions of V8. Knows: four numbers and their order.

use std::fmt;

/// A version of V8: major, minor, build, patch (V8 `version.cc`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Version {
    /// Major, minor, build, patch.
    pub parts: [u32; 4],
}

impl Version {
    /// `major.minor`, the first of its line.
    pub const fn line(major: u32, minor: u32) -> Version {
        Version { parts: [major, minor, 0, 0] }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.parts;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}
