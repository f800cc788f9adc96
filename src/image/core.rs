//! Opens files: maps them, or unpacks them if they are compressed. The only file that names memmap2.
//!
//! Knows: how the bytes of a file are had. Must not know: what they mean (`load.rs`).

use super::space::{Backing, Window};
use super::{Error, Image, Result, load, sys};
use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug)]
struct Mapped {
    map: Mmap,
    file: File,
}

impl Backing for Mapped {
    fn bytes(&self) -> &[u8] {
        &self.map
    }

    fn data(&self, range: Range<usize>) -> Range<usize> {
        sys::data(&self.file, range)
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

/// The most bytes that a compressed file, or one that cannot be mapped, may unpack to. They are held in memory; a
/// small file can claim to be any size.
pub const MOST_UNPACKED: u64 = 16 << 30;

/// Opens the file at `path`: a core, an executable or library alone, or any other file as raw bytes. A core may be
/// compressed (zstd, gzip).
///
/// # Errors
/// [`Error::Open`] when the file cannot be opened, [`Error::Format`] when it is an ELF file that jsdb does not read.
pub fn open(path: &Path) -> Result<Image> {
    load::any(path, &map(path)?)
}

/// Opens the core at `core` of the program at `exe`, which supplies what the core left out.
///
/// # Errors
/// As [`open`], of either file; [`Error::Format`] when `core` is not a core.
pub fn open_with(exe: &Path, core: &Path) -> Result<Image> {
    let bytes = map(core)?;
    load::core(core, &bytes, Some(super::disk::open(exe)?))
}

/// Opens the file at `path` as raw bytes, whatever it is (mdb `-f`).
///
/// # Errors
/// [`Error::Open`] when it cannot be opened.
pub fn open_raw(path: &Path) -> Result<Image> {
    Ok(load::raw(path, &map(path)?))
}

/// As [`open`], of the bytes of a core already at hand; `path` is what messages call them.
///
/// # Errors
/// [`Error::Format`] when they are not a core that jsdb reads.
pub fn from_backing(path: &Path, backing: Arc<dyn Backing>) -> Result<Image> {
    load::core(path, &unpacked(path, backing)?, None)
}

/// The bytes of the file at `path`, unpacked if it is compressed.
///
/// # Errors
/// [`Error::Open`] when it cannot be opened, mapped or unpacked.
pub fn map(path: &Path) -> Result<Arc<dyn Backing>> {
    let fail = |reason: String| Error::Open { path: path.to_owned(), reason };
    let failed = |e: std::io::Error| fail(reason(&e));
    let mut file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(fail("Is a directory".to_owned()));
    }
    let bytes: Arc<dyn Backing> = if !about.is_file() {
        // A pipe or a device.
        let mut bytes = Vec::new();
        (&mut file).take(MOST_UNPACKED).read_to_end(&mut bytes).map_err(failed)?;
        Arc::new(bytes)
    } else if about.len() == 0 {
        Arc::new(Vec::new())
    } else {
        sys::expect_sigbus();
        let size = usize::try_from(about.len()).map_err(|_| fail("it is too large to map".to_owned()))?;
        let map = map_part(&file, 0..size).map_err(failed)?;
        Arc::new(Mapped { map, file })
    };
    unpacked(path, bytes)
}

/// `bytes`, unpacked if they are compressed.
fn unpacked(path: &Path, bytes: Arc<dyn Backing>) -> Result<Arc<dyn Backing>> {
    let fail = |reason: String| Error::Open { path: path.to_owned(), reason };
    match super::unpack::unpack(bytes.bytes(), MOST_UNPACKED).map_err(fail)? {
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
