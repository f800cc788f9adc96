//! Dcmds about what Node hangs off V8.

use jsdb::shell::{Dcmd, Walker};

mod held;
mod nodebuffer;
mod nodehandles;
mod nodeinfo;
mod noderequests;

/// The dcmds of this subject, in the order of `::dcmds`.
pub const DCMDS: &[&Dcmd] = &[&nodebuffer::DCMD, &nodehandles::DCMD, &nodeinfo::DCMD, &noderequests::DCMD];

/// Its walkers.
pub const WALKERS: &[&Walker] = &[];
