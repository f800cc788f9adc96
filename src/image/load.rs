//! Puts an image together: headers, notes, mappings, load objects, symbols.
//!
//! Knows: in which order the parts need each other. Must not know: how any one of them is read.

use super::elf::{self, FileKind, Headers, Phdr, PhdrKind};
use super::notes::{self, Noted};
use super::objects::{self, ObjectFile};
use super::process::aux;
use super::space::Backing;
use super::symbols::tables::{self, Sources};
use super::types::catalog::{self, Catalog};
use super::{
    Addr, AddressSpace, Content, Error, Image, Kind, Machine, Mapping, Missing, Naming, Os, Process, Result, Segment,
    Symbols, Width, disk, text,
};
use std::path::Path;
use std::sync::Arc;

/// Whatever the file `backing` is, which messages call `path`.
///
/// # Errors
/// [`Error::Format`] when it is empty, or an ELF file that jsdb does not read.
pub fn any(path: &Path, backing: &Arc<dyn Backing>) -> Result<Image> {
    if !backing.bytes().is_empty() && !backing.bytes().starts_with(b"\x7fELF") {
        return Ok(raw(path, backing));
    }
    match headers(path, backing)?.kind {
        FileKind::Core => core(path, backing, None),
        _ => object(path, backing),
    }
}

fn headers(path: &Path, backing: &Arc<dyn Backing>) -> Result<Headers> {
    elf::headers(backing.bytes()).map_err(|reason| Error::Format { path: path.to_owned(), reason })
}

/// The image in the core file `backing`; `exe` is the program's file, if the user named one.
///
/// # Errors
/// [`Error::Format`] when it is not a core that jsdb reads.
pub fn core(path: &Path, backing: &Arc<dyn Backing>, exe: Option<ObjectFile>) -> Result<Image> {
    let headers = headers(path, backing)?;
    if headers.kind != FileKind::Core {
        return Err(Error::Format { path: path.to_owned(), reason: "is not a core file".to_owned() });
    }
    if exe.as_ref().is_some_and(|exe| exe.headers.width != headers.width) {
        let reason = "is a core of a program of the other width (32 or 64 bits)".to_owned();
        return Err(Error::Format { path: path.to_owned(), reason });
    }
    let mut noted = notes::read(backing.bytes(), &headers);
    let mut segments = segments(backing, &headers);
    let mut warnings = std::mem::take(&mut noted.warnings);
    warnings.extend(truncation(&headers, backing.bytes().len() as u64, &segments));
    warnings.extend(failures(&segments));
    let unlisted = unlisted(backing, &segments, &noted);
    segments.extend(unlisted);

    let space = AddressSpace::new(segments, headers.width);
    let mut mappings = mappings(&space, &noted);
    let program = exe.or_else(|| program(&noted));
    noted.process.execname = execname(&space, &noted);
    let mut objects = objects::find(&space, &mut mappings, &noted.process, program.as_ref().map(|file| &file.headers));
    disk::attach(&space, &mut objects, program, &mut warnings);
    name_permissions(&mut mappings, &objects, &space);
    name_contents(&mut mappings, &objects, &mut noted);

    let entry = noted.process.aux(aux::ENTRY).map(Addr);
    let entry = entry.or_else(|| objects.iter().find(|o| o.is_executable)?.entry);
    let space = AddressSpace::new(disk::fill(with_contents(space.into_segments(), &mappings), &objects), headers.width);
    let sources = Sources { core: Some((&headers, backing)), space: &space, mappings: &mappings, entry };
    let symbols = Symbols::new(tables::collect(&sources, &mut objects));
    let types = Catalog::new(catalog::sections(sources.core, &objects), headers.width);
    Ok(Image {
        space,
        mappings,
        objects,
        symbols,
        types,
        naming: Naming::default(),
        threads: noted.threads,
        process: noted.process,
        entry,
        kind: Kind::Core,
        os: noted.os,
        machine: headers.machine,
        code: headers.machine.into(),
        width: headers.width,
        warnings,
    })
}

/// The image of an executable or library that nobody runs.
///
/// # Errors
/// [`Error::Format`] when it is not an ELF file that jsdb reads.
pub fn object(path: &Path, backing: &Arc<dyn Backing>) -> Result<Image> {
    let headers = headers(path, backing)?;
    let segments = segments(backing, &headers);
    let warnings = truncation(&headers, backing.bytes().len() as u64, &segments).into_iter().collect();
    let space = AddressSpace::new(segments, headers.width);
    let mut mappings = mappings(&space, &Noted::default());
    for mapping in &mut mappings {
        mapping.object = Some(0);
        mapping.content = Content::File;
    }
    let entry = (headers.entry != 0).then_some(Addr(headers.entry));
    let dynamic = headers.segments(PhdrKind::Dynamic).next().map(|p| Addr(p.vaddr));
    let mut objects = vec![objects::LoadObject {
        path: text::printable(path.as_os_str().as_encoded_bytes()),
        raw_path: Some(path.to_owned()),
        base: mappings.first().map_or(Addr(0), |m| m.start),
        end: mappings.last().map_or(Addr(0), Mapping::end),
        bias: 0,
        dynamic,
        phdrs: headers.phdrs.clone(),
        build_id: None,
        entry,
        is_executable: true,
        file: Some(ObjectFile { path: path.to_owned(), headers: headers.clone(), bytes: Arc::clone(backing) }),
    }];
    let space = AddressSpace::new(with_contents(space.into_segments(), &mappings), headers.width);
    let sources = Sources { core: None, space: &space, mappings: &mappings, entry };
    let symbols = Symbols::new(tables::collect(&sources, &mut objects));
    let types = Catalog::new(catalog::sections(sources.core, &objects), headers.width);
    Ok(Image {
        space,
        mappings,
        objects,
        symbols,
        types,
        naming: Naming::default(),
        threads: Vec::new(),
        process: Process::default(),
        entry,
        kind: Kind::Object(headers.kind),
        os: Os::Unknown,
        machine: headers.machine,
        code: headers.machine.into(),
        width: headers.width,
        warnings,
    })
}

/// Any file as memory: addresses are offsets.
pub fn raw(path: &Path, backing: &Arc<dyn Backing>) -> Image {
    let size = backing.bytes().len() as u64;
    let segment = Segment {
        start: Addr(0),
        size,
        saved: size,
        flags: 4,
        content: Content::File,
        missing: None,
        backing: Arc::clone(backing),
        offset: 0,
    };
    Image {
        space: AddressSpace::new(vec![segment], Width::W64),
        mappings: Vec::new(),
        objects: Vec::new(),
        symbols: Symbols::default(),
        types: Catalog::new(Vec::new(), Width::W64),
        naming: Naming::default(),
        threads: Vec::new(),
        process: Process::default(),
        entry: None,
        kind: Kind::Raw { name: text::printable(path.as_os_str().as_encoded_bytes()) },
        os: Os::Unknown,
        machine: Machine::Amd64,
        code: Machine::Amd64.into(),
        width: Width::W64,
        warnings: Vec::new(),
    }
}

/// The program's file, by the path that the system noted for the mapping with the entry point.
fn program(noted: &Noted) -> Option<ObjectFile> {
    let entry = Addr(noted.process.aux(aux::ENTRY)?);
    let file = noted.process.file_at(entry)?;
    disk::open_named(&objects::as_path(file.path.clone())).ok()
}

/// The path that was passed to exec.
fn execname(space: &AddressSpace, noted: &Noted) -> Option<Vec<u8>> {
    let told = [aux::SUN_EXECNAME, aux::EXECFN].iter().find_map(|&kind| noted.process.aux(kind));
    told.and_then(|at| space.cstr(Addr(at), 4096).ok()).filter(|s| !s.is_empty())
}

/// PF_SUNW_FAILURE: the mapping should be here, but could not be saved.
const SUNW_FAILURE: u32 = 0x0010_0000;
/// PF_SUNW_KILLED: because a signal ended the dump.
const SUNW_KILLED: u32 = 0x0020_0000;

fn segments(backing: &Arc<dyn Backing>, headers: &Headers) -> Vec<Segment> {
    let file = backing.bytes();
    let segment = |p: &Phdr| {
        let promised = p.filesz.min(p.memsz);
        let saved = promised.min((file.len() as u64).saturating_sub(p.offset));
        let missing = if p.flags & SUNW_KILLED != 0 {
            Some(Missing::Interrupted)
        } else if p.flags & SUNW_FAILURE != 0 {
            Some(Missing::Failed(errno(file, p.offset)))
        } else if saved < promised {
            Some(Missing::Cut)
        } else {
            (saved < p.memsz).then_some(Missing::LeftOut)
        };
        Segment {
            start: Addr(p.vaddr),
            size: p.memsz,
            saved,
            flags: p.flags & 7,
            content: Content::Anon,
            missing,
            backing: Arc::clone(backing),
            offset: p.offset,
        }
    };
    headers.segments(PhdrKind::Load).map(segment).collect()
}

/// Mapped files for which the core has no program header: gdb's gcore leaves text out altogether. What they may be used
/// for is not noted; load objects will tell.
fn unlisted(backing: &Arc<dyn Backing>, segments: &[Segment], noted: &Noted) -> Vec<Segment> {
    let mut listed: Vec<(Addr, Addr)> = segments.iter().map(|s| (s.start, s.end())).collect();
    listed.sort_unstable();
    let mut out: Vec<Segment> = Vec::new();
    for file in &noted.process.files {
        let after = listed.partition_point(|&(start, _)| start < file.end);
        let apart = listed[..after].last().is_none_or(|&(_, end)| end <= file.start);
        if apart && file.start < file.end && out.last().is_none_or(|s| s.end() <= file.start) {
            out.push(Segment {
                start: file.start,
                size: file.end.0 - file.start.0,
                saved: 0,
                flags: 4,
                content: Content::File,
                missing: Some(Missing::LeftOut),
                backing: Arc::clone(backing),
                offset: 0,
            });
        }
    }
    out
}

/// The errno that the kernel stores where a failed mapping's bytes would have been. gcore leaves p_offset 0.
fn errno(file: &[u8], offset: u64) -> Option<i32> {
    let at = usize::try_from(offset).ok().filter(|&at| at != 0)?;
    let errno = i32::from_le_bytes(file.get(at..at.checked_add(4)?)?.try_into().ok()?);
    (1..=255).contains(&errno).then_some(errno)
}

/// One sentence about a file that is shorter than its headers say.
fn truncation(headers: &Headers, len: u64, segments: &[Segment]) -> Option<String> {
    let missing = headers.promised.checked_sub(len).filter(|&m| m > 0)?;
    let cut = || segments.iter().filter(|s| s.missing == Some(Missing::Cut));
    // Sizes that are lies may add up to more than an address space.
    let bytes = cut().map(|s| s.size - s.saved).fold(0, u64::saturating_add);
    Some(format!(
        "file is truncated: {missing} of {} bytes are missing, with them {bytes} bytes of memory in {} mappings",
        headers.promised,
        cut().count()
    ))
}

/// One sentence about mappings that the system could not save.
fn failures(segments: &[Segment]) -> Option<String> {
    let failed = |s: &&Segment| matches!(s.missing, Some(Missing::Failed(_) | Missing::Interrupted));
    let first = segments.iter().find(failed)?;
    let (count, why) = (segments.iter().filter(failed).count(), first.missing?);
    Some(format!("{count} mappings are not in the core, the first at {}: {why}", first.start))
}

fn mappings(space: &AddressSpace, noted: &Noted) -> Vec<Mapping> {
    let overlaps = |range: Option<(Addr, u64)>, s: &Segment| {
        range.is_some_and(|(start, size)| start < s.end() && s.start.0 < start.0.saturating_add(size))
    };
    let mapping = |s: &Segment| {
        let file = noted.process.file_at(s.start);
        let content = if overlaps(noted.process.stack, s) {
            Content::Stack
        } else if overlaps(noted.process.brk, s) {
            Content::Heap
        } else if file.is_some() {
            Content::File
        } else {
            Content::Anon
        };
        let file = file.map(|f| text::printable(&f.path));
        Mapping { start: s.start, size: s.size, flags: s.flags, content, object: None, file }
    };
    space.segments().iter().map(mapping).collect()
}

/// How far behind the executable Linux puts the brk heap at most (`arch_randomize_brk`).
const BRK_REACH: u64 = 1 << 30;

/// Says of each mapping what it holds, now that load objects are known. Linux notes neither stack nor heap: the stack
/// is where the kernel put the program's path, the heap the first writable memory behind the executable that has room to
/// grow. What other memory follows at once is part of a range that was reserved: V8 has its code near the executable.
fn name_contents(mappings: &mut [Mapping], objects: &[objects::LoadObject], noted: &mut Noted) {
    for mapping in mappings.iter_mut().filter(|m| m.object.is_some() && m.content == Content::Anon) {
        mapping.content = Content::File;
    }
    if noted.os != Os::Linux {
        return;
    }
    let top = noted.process.aux(aux::EXECFN).map(Addr);
    let end = objects.iter().find(|o| o.is_executable).map(|o| o.end);
    let anonymous = |m: &&mut Mapping| m.content == Content::Anon && m.flags & 6 == 6;
    if let Some(stack) = top.and_then(|top| mappings.iter_mut().filter(anonymous).find(|m| m.contains(top))) {
        stack.content = Content::Stack;
        noted.process.stack = Some((stack.start, stack.size));
    }
    let Some(end) = end else { return };
    let is_near = |m: &Mapping| m.start >= end && m.start.0 - end.0 <= BRK_REACH;
    let is_writable = |m: &Mapping| m.content == Content::Anon && m.flags & 6 == 6;
    let near: Vec<usize> =
        (0..mappings.len()).filter(|&at| is_near(&mappings[at]) && is_writable(&mappings[at])).collect();
    let grows = |at: &&usize| mappings.get(**at + 1).is_none_or(|next| next.start > mappings[**at].end());
    if let Some(&at) = near.iter().find(grows).or(near.first()) {
        let heap = &mut mappings[at];
        heap.content = Content::Heap;
        noted.process.brk = Some((heap.start, heap.size));
    }
}

/// Gives mappings that only NT_FILE told of the permissions that their load objects asked for.
fn name_permissions(mappings: &mut [Mapping], objects: &[objects::LoadObject], space: &AddressSpace) {
    let unsaved = |m: &&mut Mapping| m.flags == 4 && space.find(m.start).is_some_and(|s| s.saved == 0);
    for mapping in mappings.iter_mut().filter(unsaved) {
        let Some(object) = mapping.object.and_then(|o| objects.get(o)) else { continue };
        if let Some(flags) = object.flags_at(mapping.start) {
            mapping.flags = flags & 7;
        }
    }
}

/// The segments, knowing what their mappings have learnt.
fn with_contents(mut segments: Vec<Segment>, mappings: &[Mapping]) -> Vec<Segment> {
    for segment in &mut segments {
        let after = mappings.partition_point(|m| m.start <= segment.start);
        if let Some(mapping) = mappings[..after].last().filter(|m| m.contains(segment.start)) {
            segment.content = mapping.content;
            segment.flags = mapping.flags;
        }
    }
    segments
}
