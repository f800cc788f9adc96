//! `$i`: signals that are ignored.

use super::threads;
use jsdb::image::{Kind, signal};
use jsdb::shell::pen::Pen;
use jsdb::shell::{Context, Dcmd, Example, Result, Subject};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$i",
    subject: Subject::Process,
    summary: "print signals that are ignored",
    help: "Prints the signals at which a debugger would not have stopped the process: all that were not being traced.",
    examples: &[Example {
        why: "which",
        line: "$i",
        shows: r##"
HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM USR1 USR2 CL
D PWR WINCH URG POLL STOP TSTP CONT TTIN TTOU VTALRM PROF XCPU XFSZ WAITING LWP 
FREEZE THAW CANCEL LOST XRES JVM1 JVM2 INFO RTMIN RTMIN+1 RTMIN+2 RTMIN+3 RTMIN+
4 RTMIN+5 RTMIN+6 RTMIN+7 RTMIN+8 RTMIN+9 RTMIN+10 RTMIN+11 RTMIN+12 RTMIN+13 RT
MIN+14 RTMIN+15 RTMAX-15 RTMAX-14 RTMAX-13 RTMAX-12 RTMAX-11 RTMAX-10 RTMAX-9 RT
MAX-8 RTMAX-7 RTMAX-6 RTMAX-5 RTMAX-4 RTMAX-3 RTMAX-2 RTMAX-1 RTMAX
"##,
    }],
    see_also: &["status"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let image = &ctx.session.image;
    if matches!(image.kind, Kind::Raw { .. }) {
        return Err(threads::no_process());
    }
    let traced = image.process.traced_signals.unwrap_or([0; 4]);
    // Signal s is bit s-1 of the set.
    let is_traced = |n: usize| traced.get(n / 32).is_some_and(|word| word >> (n % 32) & 1 == 1);
    let names = signal::names(image.os).enumerate().filter(|&(n, _)| !is_traced(n)).map(|(_, name)| name);
    let text = names.collect::<Vec<_>>().join(" ");
    let mut pen = Pen::new(ctx.out, ctx.session.settings.width);
    pen.put(&text);
    pen.newline();
    Ok(())
}
