//! Signals: their names and descriptions on each system, and what a siginfo tells.
//!
//! Knows: signal numbers. Must not know: notes.

use super::{Addr, Os};

/// What the system noted with a signal (`siginfo_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigInfo {
    /// si_signo.
    pub signal: i32,
    /// si_code: positive from the kernel, else from a process.
    pub code: i32,
    /// si_errno.
    pub errno: i32,
    /// si_pid and si_uid of the sender, when a process sent it.
    pub sender: Option<(i32, u32)>,
    /// si_addr, when the signal is a fault.
    pub addr: Option<Addr>,
}

/// Whether `signal` tells of a fault at an address: ILL, TRAP, FPE, SEGV, BUS and (illumos) EMT.
pub fn is_fault(os: Os, signal: i32) -> bool {
    match os {
        Os::Linux => matches!(signal, 4 | 5 | 7 | 8 | 11),
        _ => matches!(signal, 4 | 5 | 7 | 8 | 10 | 11),
    }
}

/// The name (`SIGSEGV`) of a signal; `SIG#99` for one that has none.
pub fn name(os: Os, signal: i32) -> String {
    match row(os, signal) {
        Some((name, _)) => format!("SIG{name}"),
        None => format!("SIG#{signal}"),
    }
}

/// The description (`Segmentation Fault`) of a signal.
pub fn description(os: Os, signal: i32) -> &'static str {
    row(os, signal).map_or("unknown signal", |(_, description)| description)
}

/// The names, without SIG, of all signals of a system, by number from 1.
pub fn names(os: Os) -> impl Iterator<Item = &'static str> {
    table(os).iter().map(|&(name, _)| name)
}

fn row(os: Os, signal: i32) -> Option<(&'static str, &'static str)> {
    table(os).get(usize::try_from(signal).ok()?.checked_sub(1)?).copied()
}

fn table(os: Os) -> &'static [(&'static str, &'static str)] {
    match os {
        Os::Linux => LINUX,
        Os::Illumos | Os::Unknown => ILLUMOS,
    }
}

/// illumos `<sys/iso/signal_iso.h>`, `str2sig.c`, `siglist.c`: number 1 first.
const ILLUMOS: &[(&str, &str)] = &[
    ("HUP", "Hangup"),
    ("INT", "Interrupt"),
    ("QUIT", "Quit"),
    ("ILL", "Illegal Instruction"),
    ("TRAP", "Trace/Breakpoint Trap"),
    ("ABRT", "Abort"),
    ("EMT", "Emulation Trap"),
    ("FPE", "Arithmetic Exception"),
    ("KILL", "Killed"),
    ("BUS", "Bus Error"),
    ("SEGV", "Segmentation Fault"),
    ("SYS", "Bad System Call"),
    ("PIPE", "Broken Pipe"),
    ("ALRM", "Alarm Clock"),
    ("TERM", "Terminated"),
    ("USR1", "User Signal 1"),
    ("USR2", "User Signal 2"),
    ("CLD", "Child Status Changed"),
    ("PWR", "Power-Fail/Restart"),
    ("WINCH", "Window Size Change"),
    ("URG", "Urgent Socket Condition"),
    ("POLL", "Pollable Event"),
    ("STOP", "Stopped (signal)"),
    ("TSTP", "Stopped (user)"),
    ("CONT", "Continued"),
    ("TTIN", "Stopped (tty input)"),
    ("TTOU", "Stopped (tty output)"),
    ("VTALRM", "Virtual Timer Expired"),
    ("PROF", "Profiling Timer Expired"),
    ("XCPU", "Cpu Limit Exceeded"),
    ("XFSZ", "File Size Limit Exceeded"),
    ("WAITING", "No runnable lwp"),
    ("LWP", "Inter-lwp signal"),
    ("FREEZE", "Checkpoint Freeze"),
    ("THAW", "Checkpoint Thaw"),
    ("CANCEL", "Thread Cancellation"),
    ("LOST", "Resource Lost"),
    ("XRES", "Resource Control Exceeded"),
    ("JVM1", "Reserved for JVM 1"),
    ("JVM2", "Reserved for JVM 2"),
    ("INFO", "Information Request"),
    ("RTMIN", "First Realtime Signal"),
    ("RTMIN+1", "Second Realtime Signal"),
    ("RTMIN+2", "Third Realtime Signal"),
    ("RTMIN+3", "Fourth Realtime Signal"),
    ("RTMIN+4", "Fifth Realtime Signal"),
    ("RTMIN+5", "Sixth Realtime Signal"),
    ("RTMIN+6", "Seventh Realtime Signal"),
    ("RTMIN+7", "Eighth Realtime Signal"),
    ("RTMIN+8", "Ninth Realtime Signal"),
    ("RTMIN+9", "Tenth Realtime Signal"),
    ("RTMIN+10", "Eleventh Realtime Signal"),
    ("RTMIN+11", "Twelfth Realtime Signal"),
    ("RTMIN+12", "Thirteenth Realtime Signal"),
    ("RTMIN+13", "Fourteenth Realtime Signal"),
    ("RTMIN+14", "Fifteenth Realtime Signal"),
    ("RTMIN+15", "Sixteenth Realtime Signal"),
    ("RTMAX-15", "Sixteenth Last Realtime Signal"),
    ("RTMAX-14", "Fifteenth Last Realtime Signal"),
    ("RTMAX-13", "Fourteenth Last Realtime Signal"),
    ("RTMAX-12", "Thirteenth Last Realtime Signal"),
    ("RTMAX-11", "Twelfth Last Realtime Signal"),
    ("RTMAX-10", "Eleventh Last Realtime Signal"),
    ("RTMAX-9", "Tenth Last Realtime Signal"),
    ("RTMAX-8", "Ninth Last Realtime Signal"),
    ("RTMAX-7", "Eighth Last Realtime Signal"),
    ("RTMAX-6", "Seventh Last Realtime Signal"),
    ("RTMAX-5", "Sixth Last Realtime Signal"),
    ("RTMAX-4", "Fifth Last Realtime Signal"),
    ("RTMAX-3", "Fourth Last Realtime Signal"),
    ("RTMAX-2", "Third Last Realtime Signal"),
    ("RTMAX-1", "Second Last Realtime Signal"),
    ("RTMAX", "Last Realtime Signal"),
];

/// Linux `asm-generic/signal.h`, described in the same words where they mean the same: number 1 first.
const LINUX: &[(&str, &str)] = &[
    ("HUP", "Hangup"),
    ("INT", "Interrupt"),
    ("QUIT", "Quit"),
    ("ILL", "Illegal Instruction"),
    ("TRAP", "Trace/Breakpoint Trap"),
    ("ABRT", "Abort"),
    ("BUS", "Bus Error"),
    ("FPE", "Arithmetic Exception"),
    ("KILL", "Killed"),
    ("USR1", "User Signal 1"),
    ("SEGV", "Segmentation Fault"),
    ("USR2", "User Signal 2"),
    ("PIPE", "Broken Pipe"),
    ("ALRM", "Alarm Clock"),
    ("TERM", "Terminated"),
    ("STKFLT", "Stack Fault"),
    ("CHLD", "Child Status Changed"),
    ("CONT", "Continued"),
    ("STOP", "Stopped (signal)"),
    ("TSTP", "Stopped (user)"),
    ("TTIN", "Stopped (tty input)"),
    ("TTOU", "Stopped (tty output)"),
    ("URG", "Urgent Socket Condition"),
    ("XCPU", "Cpu Limit Exceeded"),
    ("XFSZ", "File Size Limit Exceeded"),
    ("VTALRM", "Virtual Timer Expired"),
    ("PROF", "Profiling Timer Expired"),
    ("WINCH", "Window Size Change"),
    ("IO", "Pollable Event"),
    ("PWR", "Power-Fail/Restart"),
    ("SYS", "Bad System Call"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_differ_between_systems() {
        assert_eq!((name(Os::Illumos, 10), name(Os::Linux, 7)), ("SIGBUS".to_owned(), "SIGBUS".to_owned()));
        assert_eq!(name(Os::Illumos, 73), "SIGRTMAX");
        assert_eq!(name(Os::Illumos, 42), "SIGRTMIN");
        assert_eq!(name(Os::Illumos, 0), "SIG#0");
        assert_eq!(name(Os::Linux, -3), "SIG#-3");
        assert_eq!(description(Os::Illumos, 11), "Segmentation Fault");
        assert!(is_fault(Os::Illumos, 10) && !is_fault(Os::Linux, 10));
    }
}
