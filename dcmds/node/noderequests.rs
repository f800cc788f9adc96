//! `::noderequests`: what Node has asked of the system and has no answer to.

use super::held::{self, Source};
use jsdb::heap::node::{List, byclass, handle};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "noderequests",
    subject: Subject::Node,
    addr: AddrUse::Refused,
    summary: "list active requests",
    help: "\
Lists what Node has asked for and has no answer to: operations on files, connections, writes, look-ups of names. Each
line has the JavaScript object of the request, its class, the class of the handle that it is for, what is asked, and the
function that the answer is for. In a pipe it gives the JavaScript objects.

Which are active Node says from version 8 on. In a core of an earlier one requests are found by what they have in common,
a function `oncomplete`; they need not be active, and in one of Node 0.10 some may be long done.",
    examples: &[Example { why: "what is not answered", line: "::noderequests", shows: r##"
jsdb: this Node does not say which are active: what is listed was found by class and need not be
            ADDR CLASS              FD OWNER          WHAT
"## }],
    see_also: &["nodehandles", "jsprint"],
    json: held::KEYS,
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let all = match held::source(ctx, List::Requests)? {
        Source::Lists(wraps) => {
            let heap = ctx.session.heap()?;
            wraps.into_iter().map(|wrap| handle::request(heap, wrap)).collect()
        }
        Source::Objects => {
            let index = held::objects(ctx.session)?;
            byclass::requests(ctx.session.heap()?, &index)
        }
    };
    held::show(ctx, all)
}
