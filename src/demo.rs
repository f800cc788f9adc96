//! The sample core that is compiled in: `jsdb --demo`, and what the examples in the help texts are run on.
//!
//! Knows: which core it is (`fixtures/README.md` tells how it is made). Must not know: what is in it.

use jsdb::image::{Image, Result, core};
use std::path::Path;
use std::sync::Arc;

/// The core of the lab's server, compressed.
static CORE: &[u8] = include_bytes!("../fixtures/demo.core.zst");

/// The image in the sample core.
///
/// # Errors
/// None that a build which passed its tests can meet.
pub fn image() -> Result<Image> {
    core::from_backing(Path::new("demo.core.zst"), Arc::new(CORE.to_vec()))
}
