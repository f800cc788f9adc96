//! `::gcore`: would write a core.

use jsdb::shell::{Dcmd, Error, Example, Opt, OptValue, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "gcore",
    subject: Subject::Process,
    summary: "produce a core file for the attached process",
    operands: "",
    options: &[
        Opt { letter: 'o', value: OptValue::Text("prefix"), help: "what the file's name begins with" },
        Opt { letter: 'c', value: OptValue::Text("content"), help: "what it is to contain" },
    ],
    help: "mdb writes the core of the process that it holds with this. Here a core is what is held.",
    examples: &[Example {
        why: "not of a core",
        line: "::gcore -o core -c default",
        shows: "jsdb: couldn't dump core: target is a core file",
    }],
    see_also: &["status"],
    run: |_| Err(Error::failed("couldn't dump core: target is a core file")),
    ..Dcmd::BASE
};
