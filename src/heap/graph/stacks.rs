//! Which memory is the threads' stacks, and in which parts of it a word that looks like a reference is one.
//!
//! Knows: frames, by whose they are. Must not know: objects.

use crate::heap::{Frame, FrameKind, Heap};
use crate::image::unwind::End;
use crate::image::{Addr, Content, Thread};

/// Parts of memory, each from its first address to that after its last: ascending and apart, once all are told.
#[derive(Default)]
pub(super) struct Parts(Vec<(u64, u64)>);

impl Parts {
    /// Those that overlap or touch are one from now on.
    fn join(&mut self) {
        self.0.retain(|(from, to)| from < to);
        self.0.sort_unstable();
        self.0.dedup_by(|next, part| {
            let touches = next.0 <= part.1;
            if touches {
                part.1 = part.1.max(next.1);
            }
            touches
        });
    }

    /// Whether `addr` is in one of them.
    pub fn contains(&self, addr: u64) -> bool {
        let after = self.0.partition_point(|&(from, _)| from <= addr);
        self.0[..after].last().is_some_and(|&(_, to)| addr < to)
    }
}

/// The memory of stacks.
#[derive(Default)]
pub(super) struct Stacks {
    /// Frames of V8's: what looks like a reference there is one.
    pub frames: Parts,
    /// Frames of C++ among these, and stacks that cannot be unwound: it may be one.
    pub doubtful: Parts,
    /// All that is or was a thread's stack.
    pub all: Parts,
    /// Where V8's frames go on in the code that runs there.
    pub running: Vec<Addr>,
}

/// A stack of more bytes than this is not looked at further.
const MOST_STACK: u64 = 64 << 20;

impl Stacks {
    /// The memory of the stacks of all threads.
    pub fn new(heap: Heap<'_>) -> Stacks {
        let mut stacks = Stacks::default();
        heap.image().threads.iter().for_each(|thread| stacks.add(heap, thread));
        let mappings = heap.image().mappings.iter().filter(|mapping| mapping.content == Content::Stack);
        stacks.all.0.extend(mappings.map(|mapping| (mapping.start.0, mapping.end().0)));
        for parts in [&mut stacks.frames, &mut stacks.doubtful, &mut stacks.all] {
            parts.join();
        }
        stacks
    }

    /// Also that of `thread`. Between the innermost of V8's frames and the outermost, words of C++'s may be references.
    /// Beyond, C++ keeps handles, which lie elsewhere: what else looks like a reference there is left from calls that
    /// ended, and so is what lies below the innermost frame.
    fn add(&mut self, heap: Heap<'_>, thread: &Thread) {
        let image = heap.image();
        let Some(sp) = thread.registers.sp() else { return };
        let Some(segment) = image.space.find(sp) else { return };
        let end = segment.end().0.min(sp.0.saturating_add(MOST_STACK));
        let stack = image.stack(thread);
        let frames: Vec<Frame> = (0..stack.frames.len()).filter_map(|at| Frame::of(image, &stack, at)).collect();
        let is_whole = stack.end == End::Bottom && !frames.is_empty();
        let top = frames.last().filter(|_| is_whole).map_or(end, |frame| frame.fp.0.clamp(sp.0, end));
        // A program may have made a stack of its own of memory that it got from the heap.
        let start = if segment.content == Content::Heap { sp.0 } else { segment.start.0 };
        self.all.0.push((start, top));
        let is_v8s: Vec<bool> = frames
            .iter()
            .map(|frame| {
                matches!(frame.kind(heap), FrameKind::JavaScript(_) | FrameKind::Internal(_) | FrameKind::Code(_))
            })
            .collect();
        let of_v8 = frames.iter().zip(&is_v8s).filter(|(_, is)| **is);
        self.running.extend(of_v8.filter_map(|(frame, _)| frame.pc));
        let Some(first) = is_v8s.iter().position(|&is| is) else {
            if !is_whole {
                self.doubtful.0.push((sp.0, end));
            }
            return;
        };
        let last = is_v8s.iter().rposition(|&is| is).unwrap_or(first);
        let fp = |at: usize| frames.get(at).map_or(end, |frame| frame.fp.0).clamp(sp.0, end);
        let mut from = first.checked_sub(1).map_or(sp.0, fp);
        for at in first..=last + 1 {
            let part = (from, fp(at));
            from = part.1;
            let parts = if is_v8s.get(at) == Some(&true) { &mut self.frames } else { &mut self.doubtful };
            parts.0.push(part);
        }
    }
}
