//! Opens files: maps them, or unpacks them if they are compressed. The only file that names memmap2.
//!
//! Knows: how the bytes of a file are had. Must not know: what they mean (`load.rs`).

use super::space::{Backing, Window};
use super::zeros::Zeros;
use super::{Error, Image, Result, load, sys};
use memmap2::{Mmap, MmapOptions};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug)]
struct Mapped {
    map: Mmap,
    file: File,
    zeros: Zeros,
}

impl Backing for Mapped {
    fn bytes(&self) -> &[u8] {
        &self.map
    }

    fn data(&self, range: Range<usize>) -> Range<usize> {
        sys::data(&self.file, range)
    }

    fn unknown(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end;
        let mut data = self.data(range);
        loop {
            let unknown = self.zeros.beyond(data.clone());
            if !unknown.is_empty() || data.end >= end {
                return unknown;
            }
            data = self.data(data.end..end);
        }
    }

    fn note_zeros(&self, range: Range<usize>) {
        self.zeros.note(range);
    }

    /// A page that is looked at through the map stays with the process; a map of a part takes its own along. That is
    /// cheaper than to read the part: nothing is copied.
    fn passing<'b>(&'b self, range: Range<usize>, window: &'b mut Window) -> &'b [u8] {
        let Some(mapped) = self.map.get(range.clone()) else { return &[] };
        match map_part(&self.file, range) {
            Ok(part) => window.open(Box::new(part)),
            Err(_) => mapped,
        }
    }
}

impl Backing for Mmap {
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// `range` of `file`, mapped.
fn map_part(file: &File, range: Range<usize>) -> std::io::Result<Mmap> {
    let options = MmapOptions::new().offset(range.start as u64).len(range.len()).clone();
    // SAFETY: the file is mapped read-only. Where it is cut meanwhile its pages are gone; whoever reads one ends the
    // process with a sentence (`sys.rs`). Where it is written to, other bytes are read than before, each a byte.
    #[allow(unsafe_code)]
    unsafe {
        options.map(file)
    }
}

/// The most bytes that a compressed file, or one that cannot be mapped, may unpack to where nothing else is said. They
/// are held in memory; a small file can claim to be any size.
pub const MOST_UNPACKED: u64 = 16 << 30;

/// How files are opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// The most bytes that a compressed file, or one that cannot be mapped, may unpack to.
    pub most_unpacked: u64,
}

impl Default for Opening {
    fn default() -> Opening {
        Opening { most_unpacked: MOST_UNPACKED }
    }
}

impl Opening {
    /// What may be unpacked where no more than `memory` bytes may be taken; where nothing is said, the most.
    pub fn within(memory: Option<u64>) -> Opening {
        Opening { most_unpacked: memory.map_or(MOST_UNPACKED, |memory| memory.min(MOST_UNPACKED)) }
    }

    /// Opens the file at `path`: a core, an executable or library alone, or any other file as raw bytes. A core may be
    /// compressed (zstd, gzip).
    ///
    /// # Errors
    /// [`Error::Open`] when the file cannot be opened, [`Error::Format`] when it is an ELF file that jsdb does not read.
    pub fn open(self, path: &Path) -> Result<Image> {
        load::any(path, &self.map(path)?)
    }

    /// Opens the core at `core` of the program at `exe`, which supplies what the core left out.
    ///
    /// # Errors
    /// As [`Opening::open`], of either file; [`Error::Format`] when `core` is not a core.
    pub fn open_with(self, exe: &Path, core: &Path) -> Result<Image> {
        let bytes = self.map(core)?;
        load::core(core, &bytes, Some(super::disk::open(exe, self.map(exe)?)?))
    }

    /// Opens the file at `path` as raw bytes, whatever it is (mdb `-f`).
    ///
    /// # Errors
    /// [`Error::Open`] when it cannot be opened.
    pub fn open_raw(self, path: &Path) -> Result<Image> {
        Ok(load::raw(path, &self.map(path)?))
    }

    /// The bytes of the file at `path`, unpacked if it is compressed.
    ///
    /// # Errors
    /// [`Error::Open`] when it cannot be opened, mapped or unpacked.
    fn map(self, path: &Path) -> Result<Arc<dyn Backing>> {
        let failed = |e: std::io::Error| Error::Open { path: path.to_owned(), reason: reason(&e) };
        let mut file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(Error::Open { path: path.to_owned(), reason: "Is a directory".to_owned() });
        }
        if about.is_file() {
            return unpacked(path, mapped(file).map_err(failed)?, self.most_unpacked);
        }
        // A pipe or a device.
        let mut bytes = Vec::new();
        (&mut file).take(self.most_unpacked.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > self.most_unpacked {
            let most = super::unpack::amount(self.most_unpacked);
            let reason = format!("it gives more than {most}; save it to a file and open that");
            return Err(Error::Open { path: path.to_owned(), reason });
        }
        unpacked(path, Arc::new(bytes), self.most_unpacked)
    }
}

/// As [`Opening::open`], with nothing said.
///
/// # Errors
/// Its.
pub fn open(path: &Path) -> Result<Image> {
    Opening::default().open(path)
}

/// The bytes of a file that a core names. A core may name any: a device that never ends, a pipe that nobody writes to, a
/// bomb. So it has to be a regular file, and is taken as it is.
///
/// # Errors
/// [`Error::Open`] when it is no regular file, or cannot be opened or mapped.
pub fn map_named(path: &Path) -> Result<Arc<dyn Backing>> {
    let failed = |e: std::io::Error| Error::Open { path: path.to_owned(), reason: reason(&e) };
    let is_regular = std::fs::metadata(path).map_err(failed)?.is_file();
    // What is there may be another file by now: opening a pipe must not wait, and only what was opened is mapped.
    let file = is_regular.then(|| OpenOptions::new().read(true).custom_flags(sys::NO_WAIT).open(path));
    match file.transpose().map_err(failed)? {
        Some(file) if file.metadata().map_err(failed)?.is_file() => mapped(file).map_err(failed),
        _ => Err(Error::Open { path: path.to_owned(), reason: "Not a regular file".to_owned() }),
    }
}

/// The bytes of a regular file.
fn mapped(file: File) -> std::io::Result<Arc<dyn Backing>> {
    let len = file.metadata()?.len();
    if len == 0 {
        return Ok(Arc::new(Vec::new()));
    }
    sys::expect_sigbus();
    let size = usize::try_from(len).map_err(|_| std::io::Error::other("it is too large to map"))?;
    let map = map_part(&file, 0..size)?;
    Ok(Arc::new(Mapped { map, file, zeros: Zeros::default() }))
}

/// As [`open`], of the bytes of a core already at hand; `path` is what messages call them.
///
/// # Errors
/// [`Error::Format`] when they are not a core that jsdb reads.
pub fn from_backing(path: &Path, backing: Arc<dyn Backing>) -> Result<Image> {
    load::core(path, &unpacked(path, backing, MOST_UNPACKED)?, None)
}

/// `bytes`, unpacked to at most `most` if they are compressed.
fn unpacked(path: &Path, bytes: Arc<dyn Backing>, most: u64) -> Result<Arc<dyn Backing>> {
    let fail = |reason: String| Error::Open { path: path.to_owned(), reason };
    match super::unpack::unpack(bytes.bytes(), most).map_err(fail)? {
        Some(unpacked) => Ok(Arc::new(unpacked)),
        None => Ok(bytes),
    }
}

/// The system's words without the number that Rust adds.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
