//! `::nodehandles`: the active handles of Node's event loop, and its timers.

use super::held::{self, Source};
use jsdb::heap::node::{List, byclass, handle, timer};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "nodehandles",
    subject: Subject::Node,
    addr: AddrUse::Refused,
    summary: "list active handles and timers",
    help: "\
Lists what Node waits for: servers and sockets, pipes, terminals, child processes, signals, watched files, and timers.
Each line has the JavaScript object of the handle, its class, the file descriptor, the class of the object that programs
know it by, and what it is about. In a pipe it gives the JavaScript objects.

Which are active Node says from version 8 on. In a core of an earlier one handles are found by the class of their
objects, and those that were closed are left out; what remains need not be active.

The kernel has the addresses of a socket, and a core does not. A server is listed with what it was told to listen on, a
socket with the addresses that the program has asked it for.",
    examples: &[
        Example {
            why: "what the server waits for",
            line: "::nodehandles ! head -n 6",
            shows: r##"
            ADDR CLASS              FD OWNER          WHAT
     4224cccffc9 TCP                11 Server         listens on 127.0.0.1:8000
    381613f9d619 TCP                12 Socket         accepted on 127.0.0.1:8000
"##,
        },
        Example {
            why: "how many of each class",
            line: "::nodehandles ! awk '{print $2}' | sort | uniq -c",
            shows: r##"
      1 CLASS
      2 TCP
"##,
        },
        Example {
            why: "the objects of what it listens with",
            line: "::nodehandles | ::jsprint onconnection ! sort | uniq -c",
            shows: r##"
      1 function onconnection
      1 undefined
"##,
        },
    ],
    see_also: &["noderequests", "jsprint"],
    json: held::KEYS,
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let source = held::source(ctx, List::Handles)?;
    let index = held::objects(ctx.session)?;
    let heap = ctx.session.heap()?;
    let all = match source {
        Source::Lists(wraps) => {
            let mut all: Vec<_> = wraps.into_iter().flat_map(|wrap| handle::handles(heap, wrap)).collect();
            all.extend(timer::queued(heap, &index));
            all
        }
        Source::Objects => byclass::handles(heap, &index),
    };
    held::show(ctx, all)
}
