//! A mapped file that becomes shorter: its pages are gone, and whoever reads them gets SIGBUS. The only file that names
//! libc.
//!
//! There is no going on from there: a reader holds a slice of what is not. So the process ends, but with a sentence, and
//! with the terminal as it was.
//!
//! Knows: signals. Must not know: which file it was.

use std::sync::{Once, OnceLock};

/// The sentence, and the exit status of a target that cannot be read.
const SENTENCE: &[u8] = b"\njsdb: the file became shorter while it was open, and what was read of it is gone\n";
const STATUS: i32 = 1;

/// The modes of the terminal, if there is one, before anything changes them.
static TERMINAL: OnceLock<Option<libc::termios>> = OnceLock::new();

/// From now on SIGBUS ends the process with a sentence. Called before a file is mapped.
#[allow(unsafe_code)]
pub fn expect() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: a termios is plain numbers, for which zero is a value; tcgetattr writes one.
        TERMINAL.get_or_init(|| unsafe {
            let mut modes: libc::termios = std::mem::zeroed();
            (libc::tcgetattr(libc::STDIN_FILENO, &raw mut modes) == 0).then_some(modes)
        });
        // SAFETY: the handler calls nothing but what POSIX says a handler may call (signal-safety(7)), and does not
        // return; the action is zeroed but for the handler.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = end as *const () as usize;
            libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
        }
    });
}

/// The handler.
#[allow(unsafe_code)]
extern "C" fn end(_: libc::c_int) {
    // SAFETY: tcsetattr, write and _exit may be called in a handler; TERMINAL was filled before this was installed.
    unsafe {
        if let Some(Some(modes)) = TERMINAL.get() {
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, modes);
        }
        libc::write(libc::STDERR_FILENO, SENTENCE.as_ptr().cast(), SENTENCE.len());
        libc::_exit(STATUS);
    }
}
