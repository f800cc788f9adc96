//! The address space: sorted segments of saved bytes; gaps are errors, never zeros.
//!
//! Knows: where bytes lie. Must not know: who wrote them or what they mean.

use super::{Addr, Error, Result, Width};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Why a mapping's bytes are not in the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// Left out by choice: core content (illumos), dump filter (Linux), or nothing was ever there.
    LeftOut,
    /// The system could not save it; the errno it noted (illumos PF_SUNW_FAILURE).
    Failed(Option<i32>),
    /// A signal ended the dump before it was saved (illumos PF_SUNW_KILLED).
    Interrupted,
    /// The file ends before it: a copy was cut short, or a disk was full.
    Cut,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::LeftOut => f.write_str("the mapping was left out of the core"),
            // EFBIG: the limit on the size of a core.
            Missing::Failed(Some(27)) => f.write_str("the mapping was left out: the core reached its size limit"),
            Missing::Failed(Some(errno)) => write!(f, "the system failed to save the mapping (error {errno})"),
            Missing::Failed(None) => f.write_str("the system failed to save the mapping"),
            Missing::Interrupted => f.write_str("a signal ended the dump before the mapping was saved"),
            Missing::Cut => f.write_str("the core file is cut short before it"),
        }
    }
}

/// What a mapping holds, as far as the image tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// The main thread's stack.
    Stack,
    /// The brk heap.
    Heap,
    /// Private or shared anonymous memory.
    Anon,
    /// Part of a load object or of another mapped file.
    File,
}

/// Bytes that segments point into: a mapped file, or memory that was decompressed or built.
pub trait Backing: Send + Sync + std::fmt::Debug {
    /// All bytes.
    fn bytes(&self) -> &[u8];

    /// The first part of `range` that need not be all zeros: a file may have holes. Empty if there is none.
    fn data(&self, range: Range<usize>) -> Range<usize> {
        range
    }

    /// As [`Backing::data`], without what was noted.
    fn unknown(&self, range: Range<usize>) -> Range<usize> {
        self.data(range)
    }

    /// One who passed over `range` has seen nothing but zeros: others need not.
    fn note_zeros(&self, range: Range<usize>) {
        let _ = range;
    }

    /// Some of the bytes, for one who passes over many once: if they are a file's they may come by way of `window`, so
    /// that the process does not keep what it has passed.
    fn passing<'b>(&'b self, range: Range<usize>, window: &'b mut Window) -> &'b [u8] {
        let _ = window;
        self.bytes().get(range).unwrap_or_default()
    }
}

/// What one who passes over many bytes has open of them, until the next part is.
#[derive(Debug, Default)]
pub struct Window(Option<Box<dyn Backing>>);

impl Window {
    /// Opens `part` in place of what was open.
    pub fn open(&mut self, part: Box<dyn Backing>) -> &[u8] {
        self.0.insert(part).bytes()
    }
}

impl Backing for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// One contiguous mapping of the process (ELF: PT_LOAD).
#[derive(Clone, Debug)]
pub struct Segment {
    /// First address.
    pub start: Addr,
    /// Size of the mapping in bytes (p_memsz).
    pub size: u64,
    /// How many bytes, from the start, are readable.
    pub saved: u64,
    /// Readable, writable, executable (p_flags).
    pub flags: u32,
    /// What the mapping holds.
    pub content: Content,
    /// Why bytes are missing, when `saved < size`.
    pub missing: Option<Missing>,
    /// Where the bytes are.
    pub backing: Arc<dyn Backing>,
    /// Offset of the first byte in `backing`.
    pub offset: u64,
}

impl Segment {
    /// The first address after the mapping, or 2^64-1 if it reaches the end of the address space.
    pub fn end(&self) -> Addr {
        Addr(self.start.0.saturating_add(self.size))
    }

    /// Whether the mapping covers `addr` (its bytes need not be saved).
    pub fn contains(&self, addr: Addr) -> bool {
        addr.0.wrapping_sub(self.start.0) < self.size
    }

    /// The saved bytes, from the start of the mapping.
    pub fn bytes(&self) -> &[u8] {
        let all = self.backing.bytes();
        let from = usize::try_from(self.offset).unwrap_or(usize::MAX).min(all.len());
        let to = from.saturating_add(usize::try_from(self.saved).unwrap_or(usize::MAX)).min(all.len());
        &all[from..to]
    }

    /// The first part of `range` of [`Segment::bytes`] that is no hole in the file ([`Backing::data`]).
    pub fn data(&self, range: Range<usize>) -> Range<usize> {
        self.in_segment(self.backing.data(self.in_backing(range)))
    }

    /// The first part of `range` of [`Segment::bytes`] that is not known to be all zeros ([`Backing::unknown`]).
    pub fn unknown(&self, range: Range<usize>) -> Range<usize> {
        self.in_segment(self.backing.unknown(self.in_backing(range)))
    }

    /// `range` of [`Segment::bytes`] was seen to be all zeros ([`Backing::note_zeros`]).
    pub fn note_zeros(&self, range: Range<usize>) {
        self.backing.note_zeros(self.in_backing(range));
    }

    /// As `bytes()[range]`, for one who passes over them once ([`Backing::passing`]).
    pub fn passing<'b>(&'b self, range: Range<usize>, window: &'b mut Window) -> &'b [u8] {
        self.backing.passing(self.in_backing(range), window)
    }

    fn base(&self) -> usize {
        usize::try_from(self.offset).unwrap_or(usize::MAX)
    }

    fn in_backing(&self, range: Range<usize>) -> Range<usize> {
        self.base().saturating_add(range.start)..self.base().saturating_add(range.end)
    }

    fn in_segment(&self, range: Range<usize>) -> Range<usize> {
        range.start.saturating_sub(self.base())..range.end.saturating_sub(self.base())
    }
}

/// So many zeros, which the file does not hold, an object may have: an array of 8 million.
const MOST_HOLLOW: u64 = 64 << 20;

/// All mappings, sorted by address and disjoint.
#[derive(Debug)]
pub struct AddressSpace {
    segments: Vec<Segment>,
    width: Width,
    /// For each neighbourhood, by its address modulo their number, a segment that reaches into it.
    near: Vec<u32>,
}

/// Neighbourhoods, and the size of each as a power of two: that of a page of V8's heap. Most reads are of a few.
const NEIGHBOURHOODS: usize = 8192;
const NEIGHBOURHOOD_BITS: u32 = 18;
/// Segments may claim to be of any size: so many neighbourhoods are filled in, those of all together.
const MOST_FILLED: usize = 1 << 20;

/// Something that lies in more mappings than this is nothing.
const MOST_SPANNED: usize = 1 << 10;

/// The neighbourhood of `addr`.
fn neighbourhood(addr: u64) -> usize {
    (addr >> NEIGHBOURHOOD_BITS) as usize % NEIGHBOURHOODS
}

/// A segment for each neighbourhood that has one of `segments`.
fn near(segments: &[Segment]) -> Vec<u32> {
    let mut near = vec![0; NEIGHBOURHOODS];
    let mut left = MOST_FILLED;
    for (at, segment) in (0_u32..).zip(segments) {
        let last = segment.start.0.saturating_add(segment.saved.saturating_sub(1));
        let parts = (segment.start.0 >> NEIGHBOURHOOD_BITS)..=(last >> NEIGHBOURHOOD_BITS);
        for part in parts.take(NEIGHBOURHOODS.min(left)) {
            near[neighbourhood(part << NEIGHBOURHOOD_BITS)] = at;
            left -= 1;
        }
    }
    near
}

impl AddressSpace {
    /// A space of `segments`, which are sorted here; where two overlap, the one that starts first keeps the overlap.
    pub fn new(mut segments: Vec<Segment>, width: Width) -> AddressSpace {
        segments.retain(|s| s.size > 0);
        segments.sort_by_key(|s| s.start);
        let mut end = Addr(0);
        segments.retain_mut(|s| {
            let overlap = end.0.saturating_sub(s.start.0);
            if overlap >= s.size {
                return false;
            }
            s.start = s.start.offset(overlap as i64);
            s.size -= overlap;
            s.saved = s.saved.saturating_sub(overlap);
            s.offset = s.offset.saturating_add(overlap);
            end = s.end();
            true
        });
        let near = near(&segments);
        AddressSpace { segments, width, near }
    }

    /// The mappings, for a new space to be made of them.
    pub fn into_segments(self) -> Vec<Segment> {
        self.segments
    }

    /// The mappings, in address order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Size of a pointer.
    pub fn width(&self) -> Width {
        self.width
    }

    /// Whether mappings cover `size` bytes from `addr` on without a gap.
    pub fn spans(&self, addr: Addr, size: u64) -> bool {
        let Some(last) = addr.0.checked_add(size.saturating_sub(1)) else { return false };
        let first = self.segments.partition_point(|s| s.start <= addr).saturating_sub(1);
        let mut reached = addr;
        for segment in self.segments[first..].iter().take(MOST_SPANNED) {
            if !segment.contains(reached) {
                return false;
            }
            reached = segment.end();
            if last < reached.0 {
                return true;
            }
        }
        false
    }

    /// The mapping that covers `addr`.
    pub fn find(&self, addr: Addr) -> Option<&Segment> {
        // Every word that is read is looked for here.
        let near = self.near.get(neighbourhood(addr.0)).and_then(|&at| self.segments.get(at as usize));
        // One that claims more than there is does not go on at 0.
        if let Some(near) = near.filter(|segment| segment.start <= addr && segment.contains(addr)) {
            return Some(near);
        }
        let after = self.segments.partition_point(|s| s.start <= addr);
        self.segments[..after].last().filter(|s| s.contains(addr))
    }

    /// The saved bytes from `addr` to the end of its segment; at least one.
    ///
    /// # Errors
    /// [`Error::Unmapped`] outside every mapping, [`Error::NotSaved`] where the bytes are missing.
    pub fn tail(&self, addr: Addr) -> Result<&[u8]> {
        let segment = self.find(addr).ok_or(Error::Unmapped { addr })?;
        let bytes = segment.bytes();
        match usize::try_from(addr.0 - segment.start.0).ok().and_then(|at| bytes.get(at..)) {
            Some(tail) if !tail.is_empty() => Ok(tail),
            _ => match segment.missing {
                Some(why) => Err(Error::NotSaved { addr, why }),
                None => Err(Error::Unmapped { addr }),
            },
        }
    }

    /// Whether more of the `len` bytes at `addr` than an object would leave zero are a hole in the file: a small file can
    /// claim to hold any number of zeros. Each answer is a look at the file, for lengths that are large.
    pub fn is_hollow(&self, addr: Addr, len: u64) -> bool {
        if len <= MOST_HOLLOW {
            return false;
        }
        let Some(segment) = self.find(addr) else { return false };
        let from = usize::try_from(addr.0 - segment.start.0).unwrap_or(usize::MAX);
        let end = from.saturating_add(usize::try_from(len).unwrap_or(usize::MAX)).min(segment.bytes().len());
        let (mut at, mut zeros) = (from, 0);
        while at < end {
            let data = segment.data(at..end);
            zeros += data.start.clamp(at, end) - at;
            at = data.end.max(at + 1);
        }
        zeros as u64 > MOST_HOLLOW
    }

    /// Exactly `len` bytes at `addr`; borrowed unless they cross from one segment into the next.
    ///
    /// # Errors
    /// As [`AddressSpace::tail`], for the first byte that is not there.
    pub fn bytes(&self, addr: Addr, len: usize) -> Result<Cow<'_, [u8]>> {
        if len == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        let tail = self.tail(addr)?;
        if let Some(bytes) = tail.get(..len) {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut out = Vec::new();
        let mut at = addr;
        while out.len() < len {
            let tail = self.tail(at)?;
            let part = &tail[..tail.len().min(len - out.len())];
            out.extend_from_slice(part);
            at = at.offset(part.len() as i64);
        }
        Ok(Cow::Owned(out))
    }

    fn array<const N: usize>(&self, addr: Addr) -> Result<[u8; N]> {
        let mut out = [0; N];
        match self.tail(addr)?.get(..N) {
            Some(bytes) => out.copy_from_slice(bytes),
            None => out.copy_from_slice(&self.bytes(addr, N)?),
        }
        Ok(out)
    }

    /// The byte at `addr`.
    pub fn u8(&self, addr: Addr) -> Result<u8> {
        Ok(self.array::<1>(addr)?[0])
    }

    /// The little-endian 16-bit word at `addr`.
    pub fn u16(&self, addr: Addr) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array(addr)?))
    }

    /// The little-endian 32-bit word at `addr`.
    pub fn u32(&self, addr: Addr) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(addr)?))
    }

    /// The little-endian 64-bit word at `addr`.
    pub fn u64(&self, addr: Addr) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(addr)?))
    }

    /// The pointer-sized word at `addr`.
    pub fn word(&self, addr: Addr) -> Result<u64> {
        match self.width {
            Width::W32 => self.u32(addr).map(u64::from),
            Width::W64 => self.u64(addr),
        }
    }

    /// The NUL-terminated string at `addr`, without its NUL; cut at `max` bytes or where the saved bytes end.
    ///
    /// # Errors
    /// As [`AddressSpace::tail`], when not even one byte can be read.
    pub fn cstr(&self, addr: Addr, max: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut at = addr;
        while out.len() < max {
            let tail = match self.tail(at) {
                Ok(tail) => &tail[..tail.len().min(max - out.len())],
                Err(error) if out.is_empty() => return Err(error),
                Err(_) => break,
            };
            if let Some(nul) = tail.iter().position(|&b| b == 0) {
                out.extend_from_slice(&tail[..nul]);
                break;
            }
            out.extend_from_slice(tail);
            at = at.offset(tail.len() as i64);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of zeros, a hole behind its first page.
    #[derive(Debug)]
    struct Hollow(Vec<u8>);

    impl Backing for Hollow {
        fn bytes(&self) -> &[u8] {
            &self.0
        }

        fn data(&self, range: Range<usize>) -> Range<usize> {
            if range.start < 4096 { range.start..range.end.min(4096) } else { range.end..range.end }
        }
    }

    #[test]
    fn a_mapping_is_found_however_many_are_near_it() {
        let zeros: Arc<dyn Backing> = Arc::new(vec![0; 1 << 20]);
        let segment = |start: u64, size: u64| Segment {
            start: Addr(start),
            size,
            saved: size,
            flags: 6,
            content: Content::Anon,
            missing: None,
            backing: Arc::clone(&zeros),
            offset: 0,
        };
        let around = (NEIGHBOURHOODS as u64) << NEIGHBOURHOOD_BITS;
        // Several in one neighbourhood, some in several, two that share a place in the table, one that claims to be huge.
        let all = [
            (0x1000, 0x1000),
            (0x2000, 0x800),
            (0x3000, 0x90_0000),
            (0x100_0000, 0x1000),
            (0x100_0000 + around, 0x1000),
            (1 << 47, 1 << 46),
            (u64::MAX - 0xfff, 0x1000),
        ];
        let mut segments: Vec<Segment> = all.iter().map(|&(start, size)| segment(start, size)).collect();
        // The last claims more than there is.
        segments[all.len() - 1].size = u64::MAX;
        let space = AddressSpace::new(segments, Width::W64);
        for (start, size) in all {
            for inside in [start, start + size / 2, start + (size - 1)] {
                assert_eq!(space.find(Addr(inside)).map(|found| found.start.0), Some(start), "{inside:x}");
            }
        }
        let spans = |start: u64, size: u64| space.spans(Addr(start), size);
        assert!(spans(0x1000, 0x1000) && spans(0x1800, 0x1000) && spans(0x1fff, 0x801) && spans(0x3000, 0x90_0000));
        assert!(!spans(0x1800, 0x1001) && !spans(0x800, 0x1000) && !spans(0x2800, 1) && !spans(0x2000, u64::MAX));
        let beside_last = around - (1 << NEIGHBOURHOOD_BITS);
        for outside in [0, 0xfff, 0x2800, 0x2fff, 0x90_3000, 0x100_1000, 0x100_0000 + 2 * around, beside_last] {
            assert!(space.find(Addr(outside)).is_none(), "{outside:x}");
        }
    }

    #[test]
    fn zeros_that_a_file_does_not_hold_are_no_content_in_any_number() {
        let size = MOST_HOLLOW + 8192;
        let segment = Segment {
            start: Addr(0x1000),
            size,
            saved: size,
            flags: 6,
            content: Content::Anon,
            missing: None,
            backing: Arc::new(Hollow(vec![0; size as usize])),
            offset: 0,
        };
        let space = AddressSpace::new(vec![segment], Width::W64);
        let hollow = |addr: u64, len: u64| space.is_hollow(Addr(addr), len);
        assert!(hollow(0x1000, size));
        assert!(hollow(0x2000, MOST_HOLLOW + 1));
        assert!(!hollow(0x1000, MOST_HOLLOW + 4096), "the first page is there");
        assert!(!hollow(0x2000, MOST_HOLLOW));
        assert!(!hollow(1, u64::MAX), "nothing is mapped there");
    }
}
