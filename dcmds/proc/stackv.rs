//! `$C`: who called whom, with frame pointers.

use super::stack::{Style, print};
use jsdb::shell::{AddrUse, Dcmd, Example, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$C",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print stack backtrace",
    operands: "[count]",
    help: "As ::stack, with the frame pointer before each frame.",
    examples: &[Example {
        why: "frames with their frame pointers",
        line: "$C",
        shows: r##"
00007fffffffaa80 0x7ffff7b162ec()
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
    }],
    see_also: &["stack"],
    json: super::stack::KEYS,
    run: |ctx| print(ctx, Style::Pointers),
    ..Dcmd::BASE
};
