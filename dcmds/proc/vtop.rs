//! `::vtop`: would find physical memory.

use jsdb::shell::{AddrUse, Dcmd, Error, Example, Opt, OptValue, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "vtop",
    subject: Subject::Process,
    addr: AddrUse::Required,
    summary: "print physical mapping of virtual address",
    operands: "",
    options: &[Opt { letter: 'a', value: OptValue::Text("as"), help: "the address space" }],
    help: "A core does not tell where memory was physically.",
    examples: &[Example {
        why: "not from a core",
        line: "main::vtop -a 1",
        shows: "jsdb: failed to get physical mapping: operation not supported by target",
    }],
    see_also: &["mappings"],
    run: |_| Err(Error::failed("failed to get physical mapping: operation not supported by target")),
    ..Dcmd::BASE
};
