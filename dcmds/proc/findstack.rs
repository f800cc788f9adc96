//! `::findstack`: the stack of any thread.

use super::stack::{self, Style};
use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, Subject, number};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "findstack",
    subject: Subject::Process,
    addr: AddrUse::Required,
    summary: "find user thread stack",
    operands: "[statement]",
    options: &[Opt { letter: 'v', value: OptValue::Flag, help: "arguments too" }],
    help: "Prints the stack of the thread whose id is the address: `::walk thread | ::findstack` prints them all.\n\
           Given a statement, runs that instead of printing frames, dot being the thread's frame pointer.",
    examples: &[
        Example {
            why: "the stacks of all threads",
            line: "::walk thread | ::findstack",
            shows: r##"
stack pointer for thread 1: 7fffffffaa80
[ 00007fffffffaa80 0x7ffff7b162ec() ]
  00007fffffffaad0 uv_fs_read+0xe8()
  00007fffffffacd0 node::Read+0x3f3()
  00007fffffffae40 v8::internal::Builtin_HandleApiCall+0x22f()
  00007fffffffae68 0x2e5ce7506362()
  00007fffffffaee8 0x2e5ce7562c29()
  00007fffffffaf40 0x2e5ce75e1802()
  00007fffffffaf80 0x2e5ce75e0df1()
  00007fffffffafc8 0x2e5ce75e06a4()
  00007fffffffb010 0x2e5ce75bcf5b()
  00007fffffffb068 0x2e5ce75bc966()
  00007fffffffb0a0 0x2e5ce750ccce()
  00007fffffffb100 0x2e5ce75563ea()
  00007fffffffb140 0x2e5ce750ccce()
  00007fffffffb170 0x2e5ce7583200()
  00007fffffffb1e0 0x2e5ce7575b49()
  00007fffffffb218 0x2e5ce750ccce()
  00007fffffffb258 0x2e5ce757f601()
  00007fffffffb2c0 0x2e5ce7575b1c()
  00007fffffffb2f0 0x2e5ce75b9f6c()
  00007fffffffb330 0x2e5ce75b9c91()
  00007fffffffb3c0 0x2e5ce75dd1cf()
  00007fffffffb438 0x2e5ce75b8e11()
  00007fffffffb478 0x2e5ce750ccce()
  00007fffffffb4f8 0x2e5ce75dba7b()
  00007fffffffb548 0x2e5ce750d507()
  00007fffffffb5d0 0x2e5ce7506116()
  00007fffffffb6c0 v8::internal::Invoke+0x1f0()
  00007fffffffb760 v8::internal::Execution::Call+0x9c()
  00007fffffffb7e0 v8::Function::Call+0x102()
  00007fffffffb860 node::MakeCallback+0xa1()
  00007fffffffb8c0 node::MakeCallback+0x96()
  00007fffffffb980 node::StreamWrap::OnReadCommon+0x127()
  00007fffffffbb10 uv__stream_io+0x59d()
  00007fffffffec00 uv__io_poll+0x31b()
  00007fffffffec40 uv_run+0xa5()
  00007fffffffecd0 node::Start+0x16c()
  0000000000000005 0x7ffff7a4524a()
stack pointer for thread 2: 0
[ 0000000000000000 0x7ffff7aa3f16() ]
"##,
        },
        Example {
            why: "with arguments, in a 32-bit process",
            line: "1::findstack -v",
            shows: r##"
stack pointer for thread 1: 7fffffffaa80
[ 00007fffffffaa80 0x7ffff7b162ec() ]
  00007fffffffaad0 uv_fs_read+0xe8()
  00007fffffffacd0 node::Read+0x3f3()
  00007fffffffae40 v8::internal::Builtin_HandleApiCall+0x22f()
  00007fffffffae68 0x2e5ce7506362()
  00007fffffffaee8 0x2e5ce7562c29()
  00007fffffffaf40 0x2e5ce75e1802()
  00007fffffffaf80 0x2e5ce75e0df1()
  00007fffffffafc8 0x2e5ce75e06a4()
  00007fffffffb010 0x2e5ce75bcf5b()
  00007fffffffb068 0x2e5ce75bc966()
  00007fffffffb0a0 0x2e5ce750ccce()
  00007fffffffb100 0x2e5ce75563ea()
  00007fffffffb140 0x2e5ce750ccce()
  00007fffffffb170 0x2e5ce7583200()
  00007fffffffb1e0 0x2e5ce7575b49()
  00007fffffffb218 0x2e5ce750ccce()
  00007fffffffb258 0x2e5ce757f601()
  00007fffffffb2c0 0x2e5ce7575b1c()
  00007fffffffb2f0 0x2e5ce75b9f6c()
  00007fffffffb330 0x2e5ce75b9c91()
  00007fffffffb3c0 0x2e5ce75dd1cf()
  00007fffffffb438 0x2e5ce75b8e11()
  00007fffffffb478 0x2e5ce750ccce()
  00007fffffffb4f8 0x2e5ce75dba7b()
  00007fffffffb548 0x2e5ce750d507()
  00007fffffffb5d0 0x2e5ce7506116()
  00007fffffffb6c0 v8::internal::Invoke+0x1f0()
  00007fffffffb760 v8::internal::Execution::Call+0x9c()
  00007fffffffb7e0 v8::Function::Call+0x102()
  00007fffffffb860 node::MakeCallback+0xa1()
  00007fffffffb8c0 node::MakeCallback+0x96()
  00007fffffffb980 node::StreamWrap::OnReadCommon+0x127()
  00007fffffffbb10 uv__stream_io+0x59d()
  00007fffffffec00 uv__io_poll+0x31b()
  00007fffffffec40 uv_run+0xa5()
  00007fffffffecd0 node::Start+0x16c()
  0000000000000005 0x7ffff7a4524a()
"##,
        },
    ],
    see_also: &["stack", "$L", "walk"],
    json: super::stack::KEYS,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let id = ctx.required_addr()?;
    let statement = match ctx.args.operands.as_slice() {
        [] => None,
        [Arg::Text(text)] => Some(text.clone()),
        _ => return Err(Error::usage()),
    };
    let image = &ctx.session.image;
    let Some(thread) = image.threads.iter().find(|t| t.id as i64 as u64 == id.0) else {
        return Err(Error::failed(format!("failed to get register set for thread {id}: invalid thread identifier")));
    };
    let fp = thread.registers.fp().unwrap_or_default();
    let stack = image.stack(thread);
    ctx.out.text(format_args!("stack pointer for thread {id}: {fp}\n"));
    if let Some(pc) = thread.registers.pc().filter(|pc| pc.0 != 0) {
        let w = 2 * image.width.bytes() as usize;
        let name = image.symbolize(pc).map_or_else(|| number::with_base(pc.0, 16), |n| n.to_string());
        ctx.out.text(format_args!("[ {:0w$x} {name}() ]\n", fp.0));
    }
    ctx.session.lang.dot = fp.0;
    if let Some(statement) = statement {
        return ctx.evaluate(&statement);
    }
    let count = if ctx.args.has('v') { stack::ARGUMENTS } else { 0 };
    let callers = jsdb::image::unwind::Stack { frames: stack.frames.iter().skip(1).cloned().collect(), ..stack };
    stack::show(ctx, &callers, Style::Pointers, count, "  ");
    Ok(())
}
