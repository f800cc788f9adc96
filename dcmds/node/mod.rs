//! Dcmds about what Node hangs off V8.

use jsdb::shell::{Dcmd, Walker};

mod nodebuffer;
mod nodeinfo;

/// The dcmds of this subject, in the order of `::dcmds`.
pub const DCMDS: &[&Dcmd] = &[&nodebuffer::DCMD, &nodeinfo::DCMD];

/// Its walkers.
pub const WALKERS: &[&Walker] = &[];
