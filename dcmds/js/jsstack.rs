//! `::jsstack`: the frames that were active, JavaScript's and native ones together.

use super::frames::{ALL, FUNCTION, LINES, Options, PLACE, PROPERTY, VERBOSE, note_kernel, show};
use jsdb::heap::Frame;
use jsdb::heap::code::CodeFinder;
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Result, Subject};
use std::sync::Arc;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "jsstack",
    subject: Subject::Js,
    addr: AddrUse::Optional,
    summary: "print a JavaScript stacktrace",
    options: &[ALL, VERBOSE, PLACE, FUNCTION, PROPERTY, LINES],
    help: "Innermost first, from the registers of the thread that died, or of the first one. `native` frames are C and \
           C++, `js` frames JavaScript; V8's own glue between the two, and the Linux kernel's code that a process \
           waits in, are left out unless -a is given. A name in \
           parentheses, `<anonymous> (as Queue.drain)`, is what V8 gathered from how an anonymous function was \
           assigned. With -l the file and line that a function is executing follow, or `near line 7` for optimized code \
           that calls nothing; -v shows them too, but for V8 3.14, \
           of which it prints what mdb_v8 does. With an address, the stack begins at the frame that this frame pointer points to.",
    examples: &[
        Example {
            why: "what was running, innermost first",
            line: "::jsstack ! head -n 8",
            shows: "        (1 internal frame elided)\nnative: uv_fs_read+0xe8\nnative: node::Read+0x3f3\nnative: v8::internal::Builtin_HandleApiCall+0x22f\n        (1 internal frame elided)\njs:     <anonymous> (as fs.readSync)\njs:     settle\njs:     report\n",
        },
        Example {
            why: "V8's own frames too",
            line: "::jsstack -a ! grep -o \"<[A-Z].*Frame>\"",
            shows: "<ArgumentsAdaptorFrame>\n<ArgumentsAdaptorFrame>\n<ArgumentsAdaptorFrame>\n<ArgumentsAdaptorFrame>\n<InternalFrame>\n<EntryFrame>\n",
        },
        Example {
            why: "the line that each function is executing",
            line: "::jsstack -l ! grep pingpong",
            shows: r##"
js:     settle (/opt/lab/pingpong-server.js line 64 column 12)
js:     report (/opt/lab/pingpong-server.js line 71 column 5)
js:     audit (/opt/lab/pingpong-server.js line 62 column 5)
js:     invoke (/opt/lab/pingpong-server.js line 38 column 26)
js:     each (/opt/lab/pingpong-server.js line 46 column 24)
js:     <anonymous> (as record.onMessage) (/opt/lab/pingpong-server.js line 43 column 41)
"##,
        },
        Example {
            why: "the object that a method was called on",
            line: "::jsstack -f audit -p this | ::jsprint name served",
            shows: "\"pingpong\" 200\n",
        },
        Example {
            why: "arguments, without the source",
            line: "::jsstack -v -n 0 -f audit",
            shows: "js:     audit\n          file: /opt/lab/pingpong-server.js\n          posn: position 1950\n          this: 4224cc14af1 (JSObject: Exchange)\n          arg1: 381613f9db09 (JSObject: Object)\n",
        },
    ],
    see_also: &["jsframe", "jssource", "jsclosure"],
    json: super::frames::KEYS,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let heap = ctx.session.heap()?;
    let options = Options::new(&ctx.args);
    let stack = match ctx.addr {
        Some(fp) => Arc::new(ctx.session.image.stack_from(fp)),
        None => ctx.session.stack()?,
    };
    let frames: Vec<Frame> = (0..stack.frames.len()).filter_map(|at| Frame::of(heap.image(), &stack, at)).collect();
    let mut codes = CodeFinder::default();
    for frame in &frames {
        ctx.session.check_cancel()?;
        if let Err(error) = show(heap, &mut codes, frame, &options, ctx.out) {
            ctx.out.warn(error);
        }
    }
    note_kernel(heap, &frames, &options, ctx.out);
    if let Some(note) = stack.note() {
        ctx.out.warn(note);
    }
    Ok(())
}
