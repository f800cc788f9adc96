//! What the system tells of files that are mapped: where their holes are, and that one became shorter. The only file that
//! names libc.
//!
//! The pages of a file that is cut are gone, and whoever reads one gets SIGBUS. There is no going on from there: a reader
//! holds a slice of what is not. So the process ends, but with a sentence, and with the terminal as it was.
//!
//! Knows: signals, seeking. Must not know: which file it is.

use std::fs::File;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::sync::{Once, OnceLock};

/// The sentence, and the exit status of a target that cannot be read.
const SENTENCE: &[u8] = b"\njsdb: the file became shorter while it was open, and what was read of it is gone\n";
const STATUS: i32 = 1;

/// Opening a file with this flag waits for nobody: a pipe may have no writer.
pub const NO_WAIT: i32 = libc::O_NONBLOCK;

/// The modes of the terminal, if there is one, before anything changes them.
static TERMINAL: OnceLock<Option<libc::termios>> = OnceLock::new();

/// From now on SIGBUS ends the process with a sentence. Called before a file is mapped.
#[allow(unsafe_code)]
pub fn expect_sigbus() {
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

/// The first part of `range` of `file` that is no hole; empty if all of it is one. Where the system does not tell, all of
/// it. Moves the file's own position, by which nobody reads.
#[allow(unsafe_code)]
pub fn data(file: &File, range: Range<usize>) -> Range<usize> {
    let seek = |from: usize, whence: libc::c_int| {
        let from = libc::off_t::try_from(from).map_err(|_| libc::EINVAL)?;
        // SAFETY: lseek takes numbers and changes no memory of ours.
        match unsafe { libc::lseek(file.as_raw_fd(), from, whence) } {
            at if at < 0 => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)),
            at => Ok(usize::try_from(at).unwrap_or(usize::MAX)),
        }
    };
    match seek(range.start, libc::SEEK_DATA) {
        // Nothing but a hole until the end; or a file that has become shorter, which is for its reader to find.
        Err(libc::ENXIO) if file.metadata().is_ok_and(|about| about.len() >= range.end as u64) => range.end..range.end,
        Err(_) => range,
        Ok(start) if start >= range.end => range.end..range.end,
        Ok(start) => start..seek(start, libc::SEEK_HOLE).unwrap_or(range.end).clamp(start, range.end),
    }
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

#[cfg(test)]
mod tests {
    use super::data;
    use std::io::{Seek, SeekFrom, Write};

    #[test]
    fn holes_are_passed_over() {
        let mut file = tempfile::tempfile().expect("a file");
        file.seek(SeekFrom::Start(8 << 20)).expect("to seek");
        file.write_all(&[7; 4096]).expect("to write");
        file.set_len(64 << 20).expect("to make it longer");
        let found = data(&file, 0..64 << 20);
        // A file system without holes tells of none.
        if found != (0..64 << 20) {
            assert_eq!(found, 8 << 20..(8 << 20) + 4096);
            assert!(data(&file, found.end..64 << 20).is_empty());
            assert!(data(&file, 0..1 << 20).is_empty());
            assert_eq!(data(&file, (8 << 20) + 8..(8 << 20) + 16), (8 << 20) + 8..(8 << 20) + 16);
        }
    }
}
