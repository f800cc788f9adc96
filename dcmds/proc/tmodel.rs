//! `::tmodel`: threads or lwps.

use jsdb::shell::{AddrUse, Arg, Dcmd, Error, Example, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "tmodel",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "choose between threads and lwps",
    operands: "{thread|lwp}",
    help: "Threads and lwps are one to one in every process that jsdb reads: both models are the same.",
    examples: &[Example { why: "no difference", line: "::tmodel lwp", shows: "" }],
    see_also: &["walk", "$L"],
    run: |ctx| match ctx.args.operands.as_slice() {
        [Arg::Text(model)] if matches!(model.as_str(), "thread" | "lwp") => Ok(()),
        _ => Err(Error::usage()),
    },
    ..Dcmd::BASE
};
