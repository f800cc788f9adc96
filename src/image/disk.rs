//! Object files on disk: which of them are the ones that the process had loaded, and what they add to the image.
//!
//! Knows: how to tell that two files are the same. Must not know: how objects were found (`objects.rs`).

use super::elf::{self, FileKind, Headers, PhdrKind};
use super::objects::{Dynamic, LoadObject, ObjectFile};
use super::space::Backing;
use super::{Addr, AddressSpace, Missing, Segment, core};
use std::path::Path;
use std::sync::Arc;

/// The ELF file of `bytes`, which are those at `path`.
///
/// # Errors
/// [`Error::Format`](super::Error::Format) when it is not an ELF file for these machines.
pub fn open(path: &Path, bytes: Arc<dyn Backing>) -> super::Result<ObjectFile> {
    let headers =
        elf::headers(bytes.bytes()).map_err(|reason| super::Error::Format { path: path.to_owned(), reason })?;
    Ok(ObjectFile { path: path.to_owned(), headers, bytes })
}

/// The ELF file at `path`, which a core names.
///
/// # Errors
/// As [`core::map_named`] and [`open`].
pub fn open_named(path: &Path) -> super::Result<ObjectFile> {
    open(path, core::map_named(path)?)
}

/// How a file on disk compares with the object that was loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Match {
    /// They are the same.
    Same,
    /// They are not.
    Other,
    /// The core holds nothing to compare.
    Unknown,
}

/// Compares `file` with `object` as it was in memory: by build id; failing that by the ELF and program headers that
/// are mapped; failing that by the dynamic section, which lies in saved data.
pub fn compare(space: &AddressSpace, object: &LoadObject, file: &ObjectFile) -> Match {
    let of = |same: bool| if same { Match::Same } else { Match::Other };
    if file.headers.width != space.width() {
        return Match::Other;
    }
    let bytes = file.bytes.bytes();
    let on_disk = file.headers.segments(PhdrKind::Note).find_map(|p| elf::build_id(&bytes[p.file_range(bytes.len())]));
    if let (Some(in_memory), Some(on_disk)) = (&object.build_id, &on_disk) {
        return of(in_memory == on_disk);
    }
    // The ELF header and the program headers are in the first bytes; section offsets among them tell builds apart.
    const HEAD: usize = 512;
    if let (Ok(mapped), Some(head)) = (space.bytes(object.base, HEAD), bytes.get(..HEAD)) {
        return of(mapped == head);
    }
    let dynamic = |at: Addr| Dynamic::read(space, at, object.bias, object.base);
    let in_file = file.headers.segments(PhdrKind::Dynamic).next();
    if let (Some(mapped), Some(in_file)) = (object.dynamic.and_then(dynamic), in_file) {
        let entries = elf::dynamic(&bytes[in_file.file_range(bytes.len())], file.headers.width);
        return of(same_dynamic(&mapped.entries, &entries, object, &file.headers));
    }
    Match::Unknown
}

/// DT_DEBUG, which the run-time linker fills in.
const DT_DEBUG: u64 = 21;

fn same_dynamic(mapped: &[(u64, u64)], file: &[(u64, u64)], object: &LoadObject, headers: &Headers) -> bool {
    let bias = match headers.kind {
        FileKind::Shared => object.base.0,
        _ => 0,
    };
    let same = |(a, b): (&(u64, u64), &(u64, u64))| {
        // glibc relocates addresses in place.
        a.0 == b.0 && (a.1 == b.1 || a.1 == b.1.wrapping_add(bias) || a.0 == DT_DEBUG)
    };
    mapped.len() == file.len() && mapped.iter().zip(file).all(same)
}

/// Finds for each object the file it came from: `exe` for the executable if it was given, else the path that the
/// process knew. Files that differ are left alone; that a given one differs is said.
pub fn attach(space: &AddressSpace, objects: &mut [LoadObject], exe: Option<ObjectFile>, warnings: &mut Vec<String>) {
    let mut given = exe;
    for object in objects {
        if object.is_executable
            && let Some(file) = given.take()
        {
            if compare(space, object, &file) == Match::Other {
                let (exe, what) = (super::text::printable(file.path.as_os_str().as_encoded_bytes()), mismatch(object));
                warnings.push(format!("{exe} is not the program that dumped the core: {what}"));
            }
            adopt(object, file);
        } else if let Some(path) = object.raw_path.clone().filter(|p| p.is_absolute())
            && let Ok(file) = open_named(&path)
        {
            match compare(space, object, &file) {
                Match::Same => adopt(object, file),
                Match::Other if object.is_executable => {
                    let what = mismatch(object);
                    warnings.push(format!(
                        "{} has changed since the core was written ({what}); it is not used",
                        object.path
                    ));
                }
                _ => {}
            }
        }
    }
}

fn mismatch(object: &LoadObject) -> &'static str {
    if object.build_id.is_some() { "their build ids differ" } else { "their headers differ" }
}

fn adopt(object: &mut LoadObject, file: ObjectFile) {
    if object.phdrs.is_empty() {
        object.phdrs.clone_from(&file.headers.phdrs);
        object.bias = match file.headers.kind {
            FileKind::Shared => object.base.0,
            _ => 0,
        };
    }
    object.file = Some(file);
}

/// Adds to `segments` what the core left out and a file has: bytes of read-only segments, which are in memory as they
/// are in the file. A segment that is partly saved is followed by one with the rest.
pub fn fill(segments: Vec<Segment>, objects: &[LoadObject]) -> Vec<Segment> {
    let mut out = Vec::with_capacity(segments.len());
    for segment in segments {
        let Some((from, size)) = gap(&segment) else {
            out.push(segment);
            continue;
        };
        let rest = objects.iter().filter(|o| o.base <= from && from < o.end).find_map(|o| {
            let file = o.file.as_ref()?;
            file.headers.segments(PhdrKind::Load).find_map(|p| {
                let start = Addr(p.vaddr.wrapping_add(o.bias));
                // The kernel maps whole pages: what lies in the file before and behind a segment's bytes is there too.
                let into = from.0.wrapping_sub(start.0 & !PAGE_MASK);
                let length = (p.filesz + (start.0 & PAGE_MASK) + PAGE_MASK) & !PAGE_MASK;
                let offset = (p.offset & !PAGE_MASK).checked_add(into)?;
                let in_file = (file.bytes.bytes().len() as u64).checked_sub(offset)?;
                let saved = size.min(length.checked_sub(into)?).min(in_file);
                (p.flags & 2 == 0 && into < length && saved > 0).then(|| Segment {
                    start: from,
                    size,
                    saved,
                    missing: (saved < size).then_some(Missing::LeftOut),
                    backing: Arc::clone(&file.bytes),
                    offset,
                    ..segment.clone()
                })
            })
        });
        match rest {
            Some(rest) => {
                let saved = segment.saved;
                if saved > 0 {
                    out.push(Segment { size: saved, missing: None, ..segment });
                }
                out.push(rest);
            }
            None => out.push(segment),
        }
    }
    out
}

const PAGE_MASK: u64 = 0xfff;

/// The part of a segment that was not saved.
fn gap(segment: &Segment) -> Option<(Addr, u64)> {
    segment.missing?;
    (segment.saved < segment.size && segment.flags & 2 == 0)
        .then(|| (Addr(segment.start.0.saturating_add(segment.saved)), segment.size - segment.saved))
}
