//! Dcmds about JavaScript objects, functions and stacks.

use jsdb::shell::{Dcmd, Walker};

mod findjsobjects;
mod frame_details;
mod frames;
mod heapsnapshot;
mod jsarray;
mod jsasync;
mod jsclosure;
mod jsconstructor;
mod jscount;
pub mod jsdiff;
mod jsdominator;
mod jsfindrefs;
mod jsframe;
pub mod jsfunction;
mod jsfunctions;
mod jsgrep;
mod jsheap;
mod jsleaks;
mod jspath;
mod jsprint;
mod jsprop;
mod jsretained;
mod jssort;
mod jssource;
mod jsstack;
mod waste;

/// The dcmds of this subject, in the order of `::dcmds`.
pub const DCMDS: &[&Dcmd] = &[
    &findjsobjects::DCMD,
    &heapsnapshot::DCMD,
    &jsarray::DCMD,
    &jsasync::DCMD,
    &jsclosure::DCMD,
    &jsconstructor::DCMD,
    &jscount::DCMD,
    &jsdiff::DCMD,
    &jsdominator::DCMD,
    &jsfindrefs::DCMD,
    &jsframe::DCMD,
    &jsfunction::DCMD,
    &jsfunctions::DCMD,
    &jsgrep::DCMD,
    &jsheap::DCMD,
    &jsleaks::DCMD,
    &jspath::DCMD,
    &jsprint::DCMD,
    &jsretained::DCMD,
    &jssort::DCMD,
    &jssource::DCMD,
    &jsstack::DCMD,
];

/// Its walkers.
pub const WALKERS: &[&Walker] = &[&jsarray::JSELEMENT, &jsretained::JSDOMINATED, &jsframe::WALKER, &jsprop::JSPROP];
