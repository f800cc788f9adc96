//! Notes of a core: a reader per operating system, one result type.
//!
//! Knows: which reader serves which core. Must not know: memory, symbols.

mod illumos;
mod linux;

use super::elf::{self, Headers, Note, PhdrKind};
use super::{Os, Process, Thread, Width};

/// What the notes of a core tell.
#[derive(Debug, Default)]
pub struct Noted {
    /// The process.
    pub process: Process,
    /// Its threads, the representative one first.
    pub threads: Vec<Thread>,
    /// The system that wrote the notes.
    pub os: Os,
    /// What is amiss with the notes: one sentence each.
    pub warnings: Vec<String>,
}

/// Reads the notes of a core. illumos writes the old structures into a first segment and the ones that count into the
/// last; Linux has one segment.
pub fn read(file: &[u8], headers: &Headers) -> Noted {
    let Some(segment) = headers.segments(PhdrKind::Note).last() else {
        let warnings = vec!["the core has no notes: threads, arguments and names are not known".to_owned()];
        return Noted { warnings, ..Noted::default() };
    };
    let range = segment.file_range(file.len());
    let promised = segment.filesz;
    let bytes = &file[range];
    let notes = elf::notes(bytes);
    let mut noted = match writer(&notes) {
        Os::Linux => linux::read(&notes, headers.width),
        Os::Illumos | Os::Unknown => illumos::read(&notes, headers.width),
    };
    let read = notes.iter().map(|n| n.size as u64).sum::<u64>();
    if read < promised {
        let left = promised - read;
        noted.warnings.push(format!("{left} of the {promised} bytes of notes could not be read"));
    }
    noted
}

/// Which system wrote the notes. The two number their notes differently (types 1 and 3 mean other structures), and
/// neither says in EI_OSABI who it is; the structures that only illumos has tell.
fn writer(notes: &[Note<'_>]) -> Os {
    const PSTATUS: u32 = 10;
    const PSINFO: u32 = 13;
    const LWPSTATUS: u32 = 16;
    const PRSTATUS: u32 = 1;
    let has = |kinds: &[u32]| notes.iter().any(|n| n.owner == b"CORE" && kinds.contains(&n.kind));
    if has(&[PSTATUS, PSINFO, LWPSTATUS]) {
        Os::Illumos
    } else if has(&[PRSTATUS]) {
        Os::Linux
    } else {
        Os::Unknown
    }
}

/// A structure in a note, read field by field: what lies past its end is absent.
#[derive(Clone, Copy, Debug)]
struct Record<'b> {
    bytes: &'b [u8],
    width: Width,
}

impl<'b> Record<'b> {
    fn get(self, at: usize, len: usize) -> Option<&'b [u8]> {
        self.bytes.get(at..at.checked_add(len)?)
    }

    fn u16(self, at: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.get(at, 2)?.try_into().ok()?))
    }

    fn u32(self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.get(at, 4)?.try_into().ok()?))
    }

    fn i32(self, at: usize) -> Option<i32> {
        self.u32(at).map(|word| word as i32)
    }

    fn u64(self, at: usize) -> Option<u64> {
        Some(u64::from_le_bytes(self.get(at, 8)?.try_into().ok()?))
    }

    /// A pointer or a C `long`.
    fn word(self, at: usize) -> Option<u64> {
        match self.width {
            Width::W32 => self.u32(at).map(u64::from),
            Width::W64 => self.u64(at),
        }
    }

    /// A NUL-terminated text in a field of `len` bytes.
    fn text(self, at: usize, len: usize) -> Option<Vec<u8>> {
        Some(self.get(at, len)?.iter().copied().take_while(|&c| c != 0).collect())
    }

    /// The rest of the record from `at` on, as a record.
    fn from(self, at: usize) -> Option<Record<'b>> {
        Some(Record { bytes: self.bytes.get(at..)?, ..self })
    }

    /// The registers called `names`, one word each, from `at` on.
    fn registers(self, at: usize, names: &[&'static str]) -> Option<Vec<(&'static str, u64)>> {
        let step = self.width.bytes() as usize;
        names.iter().enumerate().map(|(i, &name)| Some((name, self.word(at + i * step)?))).collect()
    }

    /// (type, value) pairs of words, up to AT_NULL.
    fn auxv(self) -> Vec<(u64, u64)> {
        let words: Vec<u64> = elf::words(self.bytes, self.width).collect();
        words.chunks_exact(2).map(|e| (e[0] & 0xffff_ffff, e[1])).take_while(|&(kind, _)| kind != 0).collect()
    }
}
