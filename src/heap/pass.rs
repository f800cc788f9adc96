//! Long passes over memory: shared out to all processors, watched and interrupted from outside.
//!
//! Knows: counting, one flag, a budget, threads. Must not know: any particular pass, signals, terminals.

use super::words::Words;
use super::{Error, Result};
use crate::image::Addr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The state of one pass after another. A pass counts in bytes; a viewer may read at any time.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: Arc<AtomicBool>,
    memory: Memory,
}

/// What passes may keep in memory, all together, and what they do.
#[derive(Debug)]
struct Memory {
    most: AtomicU64,
    taken: AtomicU64,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { most: AtomicU64::new(u64::MAX), taken: AtomicU64::new(0) }
    }
}

/// The memory that one pass has taken for what it finds. It is given back when this is dropped, unless it is kept.
#[derive(Debug)]
pub struct Claim<'p> {
    memory: &'p Memory,
    taken: AtomicU64,
}

impl Claim<'_> {
    /// Takes `bytes` more: called once per piece, by whichever thread did it.
    ///
    /// # Errors
    /// [`Error::Memory`] when passes would keep more than they may.
    pub fn take(&self, bytes: u64) -> Result<()> {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        let before = self.memory.taken.fetch_add(bytes, Ordering::Relaxed);
        let most = self.memory.most.load(Ordering::Relaxed);
        if before.saturating_add(bytes) > most { Err(Error::Memory { most }) } else { Ok(()) }
    }

    /// What was found is kept: the memory stays taken.
    pub fn keep(self) {
        self.taken.store(0, Ordering::Relaxed);
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.memory.taken.fetch_sub(self.taken.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Progress {
    /// Passes that stop at their next piece when `cancelled` is raised; whoever raises it lowers it again.
    pub fn new(cancelled: Arc<AtomicBool>) -> Progress {
        Progress { cancelled, ..Progress::default() }
    }

    /// Passes may keep no more than `most` bytes from now on.
    pub fn limit_memory(&self, most: u64) {
        self.memory.most.store(most, Ordering::Relaxed);
    }

    /// What passes have kept is dropped.
    pub fn release_memory(&self) {
        self.memory.taken.store(0, Ordering::Relaxed);
    }

    /// Memory for a pass that begins.
    pub fn claim(&self) -> Claim<'_> {
        Claim { memory: &self.memory, taken: AtomicU64::new(0) }
    }

    /// What `make` gives, and the memory that its passes keep for that: it is given back with the claim.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn claimed_by<T, E>(
        &self,
        make: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<(T, Claim<'_>), E> {
        let taken = || self.memory.taken.load(Ordering::Relaxed);
        let before = taken();
        let made = make();
        let claim = Claim { memory: &self.memory, taken: AtomicU64::new(taken().saturating_sub(before)) };
        made.map(|made| (made, claim))
    }

    /// A pass over `total` bytes begins.
    pub fn begin(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// `bytes` more are done: called once per piece, by whichever thread did it.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the pass shall stop.
    pub fn advance(&self, bytes: u64) -> Result<()> {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Bytes done and bytes in all, of the pass that runs or ran last.
    pub fn state(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Work that objects may ask for, in all: a heap whose arrays overlap could make a pass read the same words for ever.
#[derive(Debug)]
pub struct Budget<'p> {
    left: AtomicU64,
    progress: &'p Progress,
}

/// How many times over a pass may read every word of memory as some object's property.
const TIMES_OVER: u64 = 16;

impl<'p> Budget<'p> {
    /// Enough for any heap of the size of `words`.
    pub fn new(words: &Words<'_>, progress: &'p Progress) -> Budget<'p> {
        Budget { left: AtomicU64::new(TIMES_OVER * words.len() / words.width().bytes() + (1 << 20)), progress }
    }

    /// Takes `count` words for `object`.
    ///
    /// # Errors
    /// When there are not so many left, or the pass shall stop.
    pub fn take(&self, count: u64, object: u64) -> Result<()> {
        if self.progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let took = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(count));
        took.map(drop).map_err(|_| Error::Implausible {
            addr: Addr(object),
            what: "number of properties that objects share",
            value: i64::try_from(count).unwrap_or(i64::MAX),
        })
    }
}

/// Does `work` on every piece, on all threads of the current rayon pool. Each thread makes one `worker` and takes
/// pieces in their order, the next free one each time. Gives the results in the order of the pieces, and the workers.
///
/// # Errors
/// The first error in the order of the pieces; the pieces after it may be left undone.
pub fn run<P: Sync, W: Send, R: Send>(
    pieces: &[P],
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &P) -> Result<R> + Sync,
) -> Result<(Vec<R>, Vec<W>)> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let failing = AtomicBool::new(false);
    let shares = rayon::broadcast(|_| {
        let mut worker = worker();
        let mut results = Vec::new();
        while !failing.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { break };
            match work(&mut worker, piece) {
                Ok(result) => results.push((at, result)),
                Err(error) => {
                    failing.store(true, Ordering::Relaxed);
                    let mut first = failed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    if first.as_ref().is_none_or(|(earlier, _)| at < *earlier) {
                        *first = Some((at, error));
                    }
                }
            }
        }
        (results, worker)
    });
    if let Some((_, error)) = failed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
        return Err(error);
    }
    let (results, workers): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
    let mut results: Vec<(usize, R)> = results.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(at, _)| *at);
    Ok((results.into_iter().map(|(_, result)| result).collect(), workers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_pass_stops_until_resumed() {
        let cancel = Arc::new(AtomicBool::new(false));
        let progress = Progress::new(Arc::clone(&cancel));
        progress.begin(100);
        assert!(progress.advance(40).is_ok());
        cancel.store(true, Ordering::Relaxed);
        assert!(matches!(progress.advance(10), Err(Error::Cancelled)));
        assert_eq!(progress.state(), (50, 100));
        cancel.store(false, Ordering::Relaxed);
        assert!(progress.advance(10).is_ok());
    }

    #[test]
    fn what_a_pass_took_is_given_back_unless_it_is_kept() {
        let progress = Progress::default();
        progress.limit_memory(100);
        let first = progress.claim();
        assert!(first.take(60).is_ok());
        assert!(matches!(first.take(60), Err(Error::Memory { most: 100 })));
        drop(first);
        let second = progress.claim();
        assert!(second.take(60).is_ok());
        second.keep();
        assert!(progress.claim().take(60).is_err());
        progress.release_memory();
        assert!(progress.claim().take(60).is_ok());
    }

    #[test]
    fn what_was_made_for_one_command_goes_with_its_claim() {
        let progress = Progress::default();
        progress.limit_memory(100);
        let make = |fails: bool| {
            let claim = progress.claim();
            claim.take(60)?;
            claim.keep();
            if fails { Err(Error::Cancelled) } else { Ok(()) }
        };
        let (_, claim) = progress.claimed_by(|| make(false)).expect("there is room for one");
        assert!(matches!(progress.claimed_by(|| make(false)), Err(Error::Memory { .. })));
        drop(claim);
        assert!(matches!(progress.claimed_by(|| make(true)), Err(Error::Cancelled)));
        assert!(progress.claimed_by(|| make(false)).is_ok());
    }

    #[test]
    fn results_come_in_the_order_of_the_pieces() {
        let pieces: Vec<u64> = (0..1000).collect();
        let (results, workers) = run(
            &pieces,
            || 0,
            |seen, n| {
                *seen += 1;
                Ok(n * n)
            },
        )
        .expect("no piece fails");
        assert!(results.iter().copied().eq((0..1000).map(|n| n * n)));
        assert_eq!(workers.iter().sum::<u64>(), 1000);
    }

    #[test]
    fn an_error_ends_the_pass() {
        let progress = Progress::new(Arc::new(AtomicBool::new(true)));
        let failed = run(&[1_u64, 2, 3], || (), |(), n| progress.advance(*n));
        assert!(matches!(failed, Err(Error::Cancelled)));
    }
}
