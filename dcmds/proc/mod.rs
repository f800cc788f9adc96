//! Dcmds about the process: memory, symbols, threads.

use jsdb::shell::{Dcmd, Walker};

mod dem;
mod demangle;
mod demflags;
mod dis;
pub mod disasms;
mod dismode;
mod files;
mod findstack;
mod fpregs;
mod gcore;
mod getenv;
mod globals;
mod ignored;
mod lwpid;
mod lwpids;
mod mappings;
mod nm;
mod nmadd;
mod nmdel;
mod objects;
mod regs;
mod regstatus;
mod setenv;
mod showrev;
mod stack;
mod stackregs;
mod stackv;
pub mod status;
mod thread;
mod threads;
mod tls;
mod tmodel;
mod ugrep;
mod unsetenv;
mod vtop;
mod whatis;

/// The dcmds of this subject, in the order of `::dcmds`.
pub const DCMDS: &[&Dcmd] = &[
    &status::DCMD,
    &mappings::DCMD,
    &objects::DCMD,
    &whatis::DCMD,
    &ugrep::DCMD,
    &stack::DCMD,
    &stackv::DCMD,
    &stackregs::DCMD,
    &findstack::DCMD,
    &regs::DCMD,
    &fpregs::DCMD,
    &regstatus::DCMD,
    &ignored::DCMD,
    &lwpid::DCMD,
    &lwpids::DCMD,
    &getenv::DCMD,
    &setenv::DCMD,
    &unsetenv::DCMD,
    &nm::DCMD,
    &nmadd::DCMD,
    &nmdel::DCMD,
    &files::DCMD,
    &globals::DCMD,
    &dem::DCMD,
    &demangle::DCMD,
    &demflags::DCMD,
    &dis::DCMD,
    &disasms::DCMD,
    &dismode::DCMD,
    &showrev::DCMD,
    &tls::DCMD,
    &gcore::DCMD,
    &tmodel::DCMD,
    &vtop::DCMD,
];

/// Its walkers.
pub const WALKERS: &[&Walker] = &[&thread::WALKER];
