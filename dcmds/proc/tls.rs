//! `::tls`: would find a thread's own copy of a variable.

use jsdb::shell::{AddrUse, Arg, Dcmd, Error, Example, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "tls",
    subject: Subject::Process,
    addr: AddrUse::Required,
    summary: "lookup TLS data in the context of a given thread",
    operands: "[symbol]",
    help: "mdb asks the thread library of the process, which it loads, where a thread has its own copy of a variable.\n\
           jsdb loads no libraries of strangers.",
    examples: &[Example {
        why: "not from a core",
        line: "1::tls errno",
        shows: "jsdb: failed to lookup errno: unknown symbol name",
    }],
    see_also: &["walk", "nm"],
    run: |ctx| {
        let what = match ctx.args.operands.as_slice() {
            [] => return Err(Error::failed(format!("failed to lookup tlsbase for {}: {NO_LIBRARY}", ctx.dot))),
            [Arg::Text(symbol)] => symbol.clone(),
            _ => return Err(Error::usage()),
        };
        if ctx.session.image.symbol(&what).is_err() {
            return Err(Error::failed(format!("failed to lookup {what}: unknown symbol name")));
        }
        Err(Error::failed(format!("failed to lookup {what}: {NO_LIBRARY}")))
    },
    ..Dcmd::BASE
};

const NO_LIBRARY: &str = "thread debugging library not available";
