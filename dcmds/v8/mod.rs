//! Dcmds about V8's own structures.

use jsdb::shell::{Dcmd, Walker};

mod enumeration;
mod isolate;
mod isolates;
mod v8array;
mod v8classes;
mod v8code;
mod v8context;
mod v8field;
mod v8frametypes;
mod v8function;
mod v8internal;
mod v8load;
mod v8print;
mod v8scopeinfo;
mod v8str;
mod v8type;
mod v8types;
mod v8warnings;
mod v8whatis;

/// The dcmds of this subject, in the order of `::dcmds`.
pub const DCMDS: &[&Dcmd] = &[
    &isolate::DCMD,
    &isolates::DCMD,
    &v8array::DCMD,
    &v8classes::DCMD,
    &v8code::DCMD,
    &v8context::DCMD,
    &v8field::DCMD,
    &v8frametypes::DCMD,
    &v8function::DCMD,
    &v8internal::DCMD,
    &v8load::DCMD,
    &v8print::DCMD,
    &v8scopeinfo::DCMD,
    &v8str::DCMD,
    &v8type::DCMD,
    &v8types::DCMD,
    &v8warnings::DCMD,
    &v8whatis::DCMD,
];

/// Its walkers.
pub const WALKERS: &[&Walker] = &[&isolates::WALKER];
