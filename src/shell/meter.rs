//! A bar on standard error for work that takes its time.
//!
//! Knows: how far the work has come. The only file that names indicatif. Must not know: what it is.

use crate::heap::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What takes less long needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);
const REDRAW: Duration = Duration::from_millis(100);

/// What may be counted, the most telling first; last, work that is not.
const STYLES: [&str; 3] = [
    "[{bar:30}] {percent:>3} %  {bytes} of {total_bytes}{msg}",
    "[{bar:30}] {percent:>3} %  {pos} of {len} addresses{msg}",
    "working, {msg}; Ctrl-C stops it",
];
const UNCOUNTED: usize = 2;

/// Shows how far a command has come, if anything shows it. Clones share the bar.
#[derive(Clone, Debug, Default)]
pub struct Meter(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    /// The passes over memory, and the addresses that a stage of a pipeline is fed with.
    counts: [Arc<Progress>; 2],
    shown: Mutex<Shown>,
    /// How many others have the terminal: a shell, a page that is written.
    aside: AtomicUsize,
}

#[derive(Debug)]
struct Shown {
    bar: Option<Bar>,
    /// When the terminal was last written to, or the command began.
    since: Instant,
    /// What the counts were when they were last looked at: a pass that ended early stays where it is.
    before: [(u64, u64); 2],
}

/// A bar on the terminal.
#[derive(Debug)]
struct Bar {
    /// Which count it shows.
    which: usize,
    bar: ProgressBar,
    /// When it was first shown, and what the count was then.
    since: Instant,
    from: u64,
}

impl Bar {
    fn new(which: usize, (part, whole): (u64, u64)) -> Bar {
        let bar = ProgressBar::with_draw_target(Some(whole), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(STYLES[which]);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bar { which, bar, since: Instant::now(), from: part }
    }

    fn shows(&self, which: usize, whole: u64) -> bool {
        self.which == which && self.bar.length() == Some(whole)
    }

    /// Shows `part`, and how long the rest takes if it goes on as it did since the bar is there.
    fn set(&self, (part, whole): (u64, u64)) {
        if part > self.from {
            let left = self.since.elapsed().as_secs_f64() * (whole - part) as f64 / (part - self.from) as f64;
            self.bar.set_message(format!(", {left:.0} s left"));
        }
        self.bar.set_position(part);
        self.bar.tick();
    }
}

impl Meter {
    /// A meter of `passes` over memory and of the `addresses` that a pipeline works through.
    pub fn new(passes: Arc<Progress>, addresses: Arc<Progress>) -> Meter {
        let counts = [passes, addresses];
        let shown = Mutex::new(Shown { bar: None, since: Instant::now(), before: states(&counts) });
        Meter(Some(Arc::new(Shared { counts, shown, aside: AtomicUsize::new(0) })))
    }

    /// Shows a bar once the work has gone on for half a second, until what is returned is dropped.
    pub fn watch(&self) -> Watch {
        let Some(shared) = self.0.clone() else { return Watch::default() };
        let (done, is_done) = mpsc::channel();
        let waited = move |time| is_done.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
        {
            let mut shown = shared.lock();
            (shown.before, shown.since) = (states(&shared.counts), Instant::now());
        }
        let thread = std::thread::spawn(move || {
            let mut pause = PATIENCE;
            while waited(pause) {
                shared.redraw();
                pause = REDRAW;
            }
            shared.clear();
        });
        Watch { done: Some(done), thread: Some(thread) }
    }

    /// Takes the bar away, and shows none until what is returned is dropped: another has the terminal.
    pub fn step_aside(&self) -> Aside {
        if let Some(shared) = &self.0 {
            shared.aside.fetch_add(1, Ordering::Relaxed);
        }
        self.clear();
        Aside(self.0.clone())
    }

    /// Takes the bar away, before anything is written where it stands.
    pub fn clear(&self) {
        if let Some(shared) = &self.0 {
            shared.clear();
        }
    }
}

fn states(counts: &[Arc<Progress>; 2]) -> [(u64, u64); 2] {
    [counts[0].state(), counts[1].state()]
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clear(&self) {
        let mut shown = self.lock();
        shown.since = Instant::now();
        if let Some(bar) = shown.bar.take() {
            bar.bar.finish_and_clear();
        }
    }

    fn redraw(&self) {
        let mut shown = self.lock();
        let now = states(&self.counts);
        let before = std::mem::replace(&mut shown.before, now);
        if self.aside.load(Ordering::Relaxed) > 0 {
            return;
        }
        let moving = (0..now.len()).find(|&which| now[which] != before[which] && now[which].0 < now[which].1);
        let Some(which) = moving else {
            // Work that nobody counts. A bar that stands still stays a while.
            let idle = shown.since.elapsed();
            if idle > PATIENCE && shown.bar.as_ref().is_none_or(|bar| bar.which == UNCOUNTED) {
                let bar = shown.bar.get_or_insert_with(|| Bar::new(UNCOUNTED, (0, 0)));
                bar.bar.set_message(format!("{} s", idle.as_secs()));
                bar.bar.tick();
            }
            return;
        };
        if let Some(other) = shown.bar.take_if(|bar| !bar.shows(which, now[which].1)) {
            other.bar.finish_and_clear();
        }
        shown.bar.get_or_insert_with(|| Bar::new(which, now[which])).set(now[which]);
    }
}

/// Another has the terminal.
#[derive(Debug)]
pub struct Aside(Option<Arc<Shared>>);

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.lock().since = Instant::now();
            shared.aside.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Work that is watched.
#[derive(Debug, Default)]
pub struct Watch {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.done = None;
        if let Some(thread) = self.thread.take() {
            // The bar must be gone before anything is printed; a thread that panicked has none.
            let _ = thread.join();
        }
    }
}
