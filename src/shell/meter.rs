//! A bar on standard error for work that takes its time.
//!
//! Knows: how far a pass has come. The only file that names indicatif. Must not know: what the pass does.

use crate::heap::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// What takes less long needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);
const REDRAW: Duration = Duration::from_millis(100);

/// Watches a pass while it is alive.
#[derive(Debug)]
pub struct Meter {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Meter {
    /// Watches `progress`; the bar shows once the work has gone on for half a second.
    pub fn watch(progress: Arc<Progress>) -> Meter {
        let (done, is_done) = mpsc::channel();
        let before = progress.state();
        let thread = std::thread::spawn(move || {
            if is_done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template = "[{bar:30}] {percent:>3} % {bytes} of {total_bytes}, {eta} left";
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            loop {
                let (part, whole) = progress.state();
                // A pass that ended before this command is none of its work.
                if (part, whole) != before && part < whole {
                    bar.set_length(whole);
                    bar.set_position(part);
                }
                if is_done.recv_timeout(REDRAW) != Err(RecvTimeoutError::Timeout) {
                    break bar.finish_and_clear();
                }
            }
        });
        Meter { done: Some(done), thread: Some(thread) }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.done = None;
        if let Some(thread) = self.thread.take() {
            // The bar must be gone before anything is printed; a thread that panicked has none.
            let _ = thread.join();
        }
    }
}
