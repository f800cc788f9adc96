//! `::jsframe` and `::walk jsframe`: one frame of the stack.

use super::frames::{ALL, FUNCTION, LINES, Options, PLACE, PROPERTY, VERBOSE, note_kernel, show};
use jsdb::heap::Frame;
use jsdb::heap::code::CodeFinder;
use jsdb::image::Addr;
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Opt, OptValue, Result, Session, Subject, Walk, Walker};
use std::sync::Arc;

const IMMEDIATE: Opt =
    Opt { letter: 'i', value: OptValue::Flag, help: "the frame at the address, not the one that it points to" };

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "jsframe",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "summarize a JavaScript stack frame",
    options: &[ALL, IMMEDIATE, VERBOSE, PLACE, FUNCTION, PROPERTY, LINES],
    help: "The address is that of a saved frame pointer, as `::walk jsframe` gives them: shown is the frame that it \
           points to, whose return address lies beside it. With -i the address is the frame pointer itself; where the \
           frame stands in its function is then not known, and a native frame cannot be told.",
    examples: &[
        Example {
            why: "a function's frames with arguments and a line of source around",
            line: "::walk jsframe | ::jsframe -f audit -v -n 1",
            shows: "js:     audit\n          file: /opt/lab/pingpong-server.js\n          posn: position 1950\n          this: 4224cc14af1 (JSObject: Exchange)\n          arg1: 381613f9db09 (JSObject: Object)\n          \n             58 \n             59 Exchange.prototype.audit = function audit(auditor) {\n             60     this.forget(auditor);\n             61     this.ratio = this.served / this.records.length + 0.25;\n             62     report(this, function settle(held) {\n             63         fs.writeSync(1, JSON.stringify(held) + '\\n');\n             64         fs.readSync(0, new Buffer(1), 0, 1, null);\n             65         process.exit(0);\n             66     });\n             67 };\n             68 \n          \n",
        },
        Example {
            why: "where each function of a name is defined",
            line: "::walk jsframe | ::jsframe -f audit -p posn",
            shows: "position 1950\n",
        },
        Example {
            why: "where a function is",
            line: "::walk jsframe | ::jsframe -l -f audit",
            shows: "js:     audit (/opt/lab/pingpong-server.js line 62 column 5)",
        },
        Example {
            why: "the frames at these addresses, not those that they point to",
            line: "::walk jsframe | ::jsframe -ai ! grep -o \"<Entry.*>\"",
            shows: "<EntryFrame>\n",
        },
    ],
    see_also: &["jsstack"],
    json: super::frames::KEYS,
    run,
    ..Dcmd::BASE
};

/// The walker.
pub static WALKER: Walker =
    Walker { name: "jsframe", summary: "walk V8 JavaScript stack frames", addr: AddrUse::Optional, walk };

fn walk(session: &Session, from: Option<Addr>, visit: &mut Walk<'_>) -> Result<()> {
    let stack = match from {
        Some(fp) => {
            visit(fp)?;
            Arc::new(session.image.stack_from(fp))
        }
        None => session.stack()?,
    };
    stack.frames.iter().filter(|frame| frame.fp != Addr(0)).try_for_each(|frame| visit(frame.fp))?;
    match stack.note() {
        Some(note) => Err(Error::failed(note)),
        None => Ok(()),
    }
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let options = Options::new(&ctx.args);
    let frame = if ctx.args.has('i') { Some(Frame::at(addr)) } else { caller(ctx.session, addr)? };
    let Some(frame) = frame else { return Ok(()) };
    let heap = ctx.session.heap()?;
    note_kernel(heap, std::slice::from_ref(&frame), &options, ctx.out);
    show(heap, &mut CodeFinder::default(), &frame, &options, ctx.out)
}

/// The frame that called the one whose frame pointer is `fp`; absent for the outermost. A frame of the stack is known by
/// its place there, since not every frame saves its caller's frame pointer.
fn caller(session: &Session, fp: Addr) -> Result<Option<Frame>> {
    let image = &session.image;
    let known = session.stack().ok().and_then(|stack| {
        let at = stack.frames.iter().position(|frame| frame.fp == fp && fp != Addr(0))?;
        Some(Frame::of(image, &stack, at + 1))
    });
    if let Some(caller) = known {
        return Ok(caller);
    }
    let saved = fp.offset(image.width.bytes() as i64);
    image.space.word(saved).map_err(|error| Error::failed(format!("failed to read return address: {error}")))?;
    Ok(Frame::of(image, &image.stack_from(fp), 0))
}
