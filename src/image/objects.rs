//! Load objects: the executable, its libraries, the run-time linker; what they are called and what they cover.
//!
//! Knows: link maps (`r_debug`), auxiliary vectors, mapped ELF headers. Must not know: symbols, notes' layouts.

use super::elf::{self, FileKind, Headers, Phdr, PhdrKind};
use super::process::{Process, aux};
use super::space::Backing;
use super::{Addr, AddressSpace, Content, Mapping, Width, text};
use std::path::PathBuf;
use std::sync::Arc;

/// An executable or shared library of the process.
#[derive(Clone, Debug)]
pub struct LoadObject {
    /// Path as the process knew it, escaped for showing; `a.out` for an executable that nothing names.
    pub path: String,
    /// The same path as it was, for opening; absent when nothing names the object.
    pub raw_path: Option<PathBuf>,
    /// First mapped address.
    pub base: Addr,
    /// First address after its last mapping.
    pub end: Addr,
    /// What to add to an address of the file to get the one in the process (0 for ET_EXEC).
    pub bias: u64,
    /// Where its dynamic section lies in the process.
    pub dynamic: Option<Addr>,
    /// Its program headers, as in the file; none when neither memory nor a file has them.
    pub phdrs: Vec<Phdr>,
    /// Its GNU build id, as found in memory.
    pub build_id: Option<Vec<u8>>,
    /// Where it begins to run, if it does (e_entry, in the process).
    pub entry: Option<Addr>,
    /// Whether it is the program itself.
    pub is_executable: bool,
    /// The file on disk that it was loaded from, when one was found that is the same.
    pub file: Option<ObjectFile>,
}

/// An object file on disk.
#[derive(Clone, Debug)]
pub struct ObjectFile {
    /// Where it was opened.
    pub path: PathBuf,
    /// Its headers.
    pub headers: Headers,
    /// Its bytes.
    pub bytes: Arc<dyn Backing>,
}

impl LoadObject {
    /// Last component of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it is the code that the Linux kernel maps into each process for its system calls, by its names.
    pub fn is_vdso(&self) -> bool {
        matches!(self.name(), "linux-gate.so.1" | "linux-vdso.so.1" | "[vdso]")
    }

    /// The permissions (p_flags) that it asked for at `addr`.
    pub fn flags_at(&self, addr: Addr) -> Option<u32> {
        let covers =
            |p: &&Phdr| loads(std::slice::from_ref(p), self.bias).any(|(from, to)| (from..to).contains(&addr.0));
        self.phdrs.iter().rfind(covers).map(|p| p.flags)
    }

    /// Whether `name` means this object, as libproc takes names: the path, its last component, or the part of that
    /// before a dot (`libc`, `libc.so` for `libc.so.1`).
    pub fn is_called(&self, name: &str) -> bool {
        let base = self.name();
        let stem = base.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        !name.is_empty() && (self.path == name || stem)
    }
}

/// One entry of the run-time linker's list.
#[derive(Debug)]
struct Link {
    /// l_addr: illumos: where it is mapped; glibc: its bias.
    addr: u64,
    name: Vec<u8>,
    /// l_ld.
    dynamic: Addr,
}

/// An object in the making.
#[derive(Debug, Default)]
struct Candidate {
    base: Addr,
    path: Option<Vec<u8>>,
    dynamic: Option<Addr>,
    headers: Option<Headers>,
    is_executable: bool,
}

/// A process has some hundred libraries at most; a longer chain is a broken one.
pub(super) const MOST_OBJECTS: usize = 4096;
/// PATH_MAX of both systems is at most 4096.
const LONGEST_PATH: usize = 4096;
/// Real objects have at most a handful of PT_LOADs.
const MOST_LOADS: usize = 64;
/// How much of a mapping is looked at for an ELF header with its program headers.
const HEADER_BYTES: usize = 64 << 10;

/// Finds the load objects, in the run-time linker's order (the executable first), and notes in `mappings` which
/// belong to which. `exe` are the headers of the executable's file, when one is at hand.
pub fn find(
    space: &AddressSpace,
    mappings: &mut [Mapping],
    process: &Process,
    exe: Option<&Headers>,
) -> Vec<LoadObject> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let entry = process.aux(aux::ENTRY).map(Addr);
    for link in link_map(space, process, exe) {
        let Some(base) = base_of(space, mappings, &link, process) else { continue };
        let is_executable = entry.is_some_and(|entry| {
            // The program is the object whose text holds the entry point; glibc leaves it without a name.
            candidates.is_empty() && (link.name.is_empty() || covers(space, base, &link, entry))
        });
        let path = (!link.name.is_empty()).then_some(link.name);
        add(
            &mut candidates,
            Candidate { base, path, dynamic: Some(link.dynamic), is_executable, ..Candidate::default() },
        );
    }
    if !candidates.iter().any(|c| c.is_executable)
        && let Some(base) = entry.and_then(|entry| executable_base(space, mappings, process, entry))
    {
        candidates.retain(|c| c.base != base);
        candidates.insert(0, Candidate { base, is_executable: true, ..Candidate::default() });
    }
    for (kind, name) in [(aux::BASE, None), (aux::SYSINFO_EHDR, Some(b"[vdso]".to_vec()))] {
        if let Some(base) = process.aux(kind).map(Addr).filter(|&b| b != Addr(0) && mapping(mappings, b).is_some()) {
            add(&mut candidates, Candidate { base, path: name, ..Candidate::default() });
        }
    }
    // What no link map tells: files that begin with an ELF header where they are mapped.
    for m in mappings.iter() {
        let noted = process.file_at(m.start).filter(|f| f.start == m.start && f.offset == 0);
        if (noted.is_some() || m.flags & 4 != 0) && is_elf(space, m.start) {
            add(&mut candidates, Candidate { base: m.start, ..Candidate::default() });
        }
    }
    for candidate in &mut candidates {
        candidate.headers = mapped_headers(space, candidate.base);
        if candidate.path.is_none() || candidate.is_executable {
            let noted = process.file_at(candidate.base);
            candidate.path = noted.map(|f| f.path.clone()).or(candidate.path.take());
        }
    }
    // A static executable of illumos has no auxiliary vector; its headers say what it is.
    if entry.is_none() {
        let program = |h: &Headers| h.kind == FileKind::Executable || h.segments(PhdrKind::Interp).next().is_some();
        if let Some(at) = candidates.iter().position(|c| c.headers.as_ref().is_some_and(program)) {
            candidates[at].is_executable = true;
            candidates[..=at].rotate_right(1);
        }
    }
    // Not a core (a process has no other core mapped that would matter), nor data that merely looks like a header.
    candidates.retain(|c| c.headers.as_ref().is_none_or(|h| matches!(h.kind, FileKind::Executable | FileKind::Shared)));
    claim(space, mappings, process, exe, candidates)
}

fn add(candidates: &mut Vec<Candidate>, new: Candidate) {
    if candidates.len() < MOST_OBJECTS && !candidates.iter().any(|c| c.base == new.base) {
        candidates.push(new);
    }
}

fn mapping(mappings: &[Mapping], addr: Addr) -> Option<&Mapping> {
    let after = mappings.partition_point(|m| m.start <= addr);
    mappings[..after].last().filter(|m| m.contains(addr))
}

fn is_elf(space: &AddressSpace, at: Addr) -> bool {
    space.tail(at).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}

/// The headers of the ELF file mapped at `base`. Its section headers are rarely mapped.
fn mapped_headers(space: &AddressSpace, base: Addr) -> Option<Headers> {
    let tail = space.tail(base).ok()?;
    elf::headers(&tail[..tail.len().min(HEADER_BYTES)]).ok().filter(|h| h.width == space.width())
}

/// Whether `addr` lies in the object mapped at `base`, as far as its headers tell; without them, below its data.
fn covers(space: &AddressSpace, base: Addr, link: &Link, addr: Addr) -> bool {
    match mapped_headers(space, base) {
        Some(headers) => {
            let bias = bias(&headers, base);
            loads(&headers.phdrs, bias).any(|(start, end)| (start..end).contains(&addr.0))
        }
        None => base <= addr && addr <= link.dynamic,
    }
}

/// Where the ELF header of a link map's entry is mapped.
fn base_of(space: &AddressSpace, mappings: &[Mapping], link: &Link, process: &Process) -> Option<Addr> {
    let told = Addr(link.addr);
    if link.addr != 0 && mapping(mappings, told).is_some() {
        return Some(told);
    }
    // glibc's executable at its linked address has a bias of 0.
    if link.name.is_empty()
        && let Some(entry) = process.aux(aux::ENTRY)
    {
        return executable_base(space, mappings, process, Addr(entry));
    }
    let after = mappings.partition_point(|m| m.start <= link.dynamic);
    mappings[..after].iter().rev().map(|m| m.start).take(16).find(|&start| is_elf(space, start))
}

/// Where the executable is mapped: where its program headers say, or else its mapping with the entry point.
fn executable_base(space: &AddressSpace, mappings: &[Mapping], process: &Process, entry: Addr) -> Option<Addr> {
    let phdr = process.aux(aux::PHDR).map(Addr).and_then(|at| mapping(mappings, at));
    let holding = mapping(mappings, entry)?;
    match (phdr, process.file_at(holding.start)) {
        (Some(m), _) => Some(m.start),
        (None, Some(file)) => process.files.iter().filter(|f| f.path == file.path).map(|f| f.start).min(),
        (None, None) => {
            // Modern linkers put the headers in a mapping of their own, just below the text.
            let below = mappings.iter().find(|m| m.end() == holding.start && is_elf(space, m.start));
            Some(below.unwrap_or(holding).start)
        }
    }
}

fn bias(headers: &Headers, base: Addr) -> u64 {
    match headers.kind {
        FileKind::Shared => {
            let first = headers.segments(PhdrKind::Load).map(|p| p.vaddr & !PAGE_MASK).min().unwrap_or(0);
            base.0.wrapping_sub(first)
        }
        _ => 0,
    }
}

const PAGE_MASK: u64 = 0xfff;

/// The page-rounded ranges of the PT_LOADs, in the process.
fn loads(phdrs: &[Phdr], bias: u64) -> impl Iterator<Item = (u64, u64)> {
    phdrs.iter().filter(|p| p.kind == PhdrKind::Load).map(move |p| {
        let start = p.vaddr.wrapping_add(bias);
        (start & !PAGE_MASK, start.saturating_add(p.memsz).saturating_add(PAGE_MASK) & !PAGE_MASK)
    })
}

/// Makes objects of the candidates and gives each its mappings.
fn claim(
    space: &AddressSpace,
    mappings: &mut [Mapping],
    process: &Process,
    exe: Option<&Headers>,
    candidates: Vec<Candidate>,
) -> Vec<LoadObject> {
    let mut bases: Vec<Addr> = candidates.iter().map(|c| c.base).collect();
    bases.sort_unstable();
    // Which addresses belong to which object.
    let mut ranges: Vec<(u64, u64, usize)> = Vec::new();
    let mut objects = Vec::new();
    for mut candidate in candidates {
        if candidate.is_executable && candidate.headers.is_none() {
            candidate.headers = exe.cloned();
        }
        let index = objects.len();
        match &candidate.headers {
            Some(headers) => {
                let bias = bias(headers, candidate.base);
                ranges.extend(loads(&headers.phdrs, bias).take(MOST_LOADS).map(|(from, to)| (from, to, index)));
            }
            None => {
                let next = bases[bases.partition_point(|&b| b <= candidate.base)..].first();
                let end = extent(mappings, &candidate, next.copied().unwrap_or(Addr(u64::MAX)));
                ranges.push((candidate.base.0, end.0, index));
            }
        }
        objects.push(object(space, process, candidate));
    }
    ranges.sort_unstable();
    for mapping in mappings.iter_mut() {
        let after = ranges.partition_point(|&(from, ..)| from <= mapping.start.0);
        // Ranges of real objects are disjoint: the last that begins before the mapping has it, or none.
        if let Some(&(_, to, index)) = ranges[..after].last()
            && mapping.start.0 < to
        {
            mapping.object = Some(index);
            objects[index].end = objects[index].end.max(mapping.end());
        }
    }
    objects
}

/// Where an object without headers ends: behind the data segment, which holds the dynamic section, and the bss that
/// touches it; in any case before the `next` object.
fn extent(mappings: &[Mapping], candidate: &Candidate, next: Addr) -> Addr {
    let last = candidate.dynamic.unwrap_or(candidate.base);
    let mut reached = candidate.base;
    for m in &mappings[mappings.partition_point(|m| m.start < candidate.base)..] {
        let bss = m.start == reached && m.flags & 2 != 0 && m.content == Content::Anon;
        let same_file = m.start == reached && m.file.is_some() && candidate.path.is_some();
        if m.start >= next || (m.start > last && !bss && !same_file) {
            break;
        }
        reached = m.end();
    }
    reached
}

fn object(space: &AddressSpace, process: &Process, candidate: Candidate) -> LoadObject {
    let name = name(space, process, &candidate);
    let Candidate { base, dynamic, headers, is_executable, .. } = candidate;
    let bias = headers.as_ref().map_or(if is_executable { 0 } else { base.0 }, |h| bias(h, base));
    let entry = headers.as_ref().filter(|h| h.entry != 0).map(|h| Addr(h.entry.wrapping_add(bias)));
    let phdrs = headers.map(|h| h.phdrs).unwrap_or_default();
    let in_file = phdrs.iter().find(|p| p.kind == PhdrKind::Dynamic);
    let dynamic = dynamic.or_else(|| in_file.map(|p| Addr(p.vaddr.wrapping_add(bias))));
    let build_id = phdrs.iter().filter(|p| p.kind == PhdrKind::Note).find_map(|p| {
        let size = usize::try_from(p.filesz).ok().filter(|&s| s <= HEADER_BYTES)?;
        elf::build_id(&space.bytes(Addr(p.vaddr.wrapping_add(bias)), size).ok()?)
    });
    LoadObject {
        path: name.as_deref().map_or_else(|| "a.out".to_owned(), text::printable),
        raw_path: name.map(as_path),
        base,
        end: base.offset(1),
        bias,
        dynamic,
        phdrs,
        build_id,
        entry,
        is_executable,
        file: None,
    }
}

#[cfg(unix)]
pub(super) fn as_path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(not(unix))]
pub(super) fn as_path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

fn name(space: &AddressSpace, process: &Process, candidate: &Candidate) -> Option<Vec<u8>> {
    if candidate.path.is_some() {
        return candidate.path.clone();
    }
    if candidate.is_executable {
        // As libproc: what exec was given, else the first word of the arguments if that is a path.
        let argv0 = process.psargs.as_deref().and_then(|args| args.split(|&b| b == b' ').next());
        return process.execname.clone().or_else(|| argv0.filter(|a| a.contains(&b'/')).map(<[u8]>::to_vec));
    }
    if process.aux(aux::BASE) == Some(candidate.base.0) {
        return Some(match space.width() {
            Width::W32 => b"/usr/lib/ld.so.1".to_vec(),
            Width::W64 => b"/usr/lib/64/ld.so.1".to_vec(),
        });
    }
    let headers = candidate.headers.as_ref()?;
    let bias = bias(headers, candidate.base);
    let dynamic = headers.segments(PhdrKind::Dynamic).next()?;
    let table = Dynamic::read(space, Addr(dynamic.vaddr.wrapping_add(bias)), bias, candidate.base)?;
    table.string(space, DT_SONAME)
}

const DT_NULL_LIMIT: usize = 512;
/// Addresses of the dynamic section, by tag (gABI, illumos `<sys/link.h>`).
pub(super) const DT_HASH: u64 = 4;
pub(super) const DT_STRTAB: u64 = 5;
pub(super) const DT_SYMTAB: u64 = 6;
pub(super) const DT_STRSZ: u64 = 10;
pub(super) const DT_SONAME: u64 = 14;
const DT_DEBUG: u64 = 21;
pub(super) const DT_GNU_HASH: u64 = 0x6fff_fef5;
pub(super) const DT_SUNW_SYMTAB: u64 = 0x6000_0011;
pub(super) const DT_SUNW_SYMSZ: u64 = 0x6000_0012;

/// A dynamic section in memory.
#[derive(Debug)]
pub(super) struct Dynamic {
    pub(super) entries: Vec<(u64, u64)>,
    bias: u64,
    base: Addr,
}

impl Dynamic {
    /// The dynamic section at `at` of an object mapped at `base`.
    pub(super) fn read(space: &AddressSpace, at: Addr, bias: u64, base: Addr) -> Option<Dynamic> {
        let size = 2 * space.width().bytes() as usize;
        let tail = space.tail(at).ok()?;
        let entries = elf::dynamic(&tail[..tail.len().min(DT_NULL_LIMIT * size)], space.width());
        Some(Dynamic { entries, bias, base })
    }

    pub(super) fn value(&self, tag: u64) -> Option<u64> {
        self.entries.iter().find(|&&(t, _)| t == tag).map(|&(_, v)| v)
    }

    /// An address, relocated: glibc has done so in place, other run-time linkers leave it as in the file.
    pub(super) fn addr(&self, tag: u64) -> Option<Addr> {
        let value = self.value(tag)?;
        Some(Addr(if value < self.base.0 { value.wrapping_add(self.bias) } else { value }))
    }

    fn string(&self, space: &AddressSpace, tag: u64) -> Option<Vec<u8>> {
        let at = self.addr(DT_STRTAB)?.0.wrapping_add(self.value(tag)?);
        space.cstr(Addr(at), LONGEST_PATH).ok().filter(|s| !s.is_empty())
    }
}

/// The run-time linker's list of objects, the executable first; empty when there is none to be found.
fn link_map(space: &AddressSpace, process: &Process, exe: Option<&Headers>) -> Vec<Link> {
    let told = process.aux(aux::SUN_LDDATA).map(Addr).and_then(|at| links(space, at));
    told.or_else(|| links(space, Addr(debug_address(space, process, exe)?))).unwrap_or_default()
}

/// DT_DEBUG of the executable: where the run-time linker has its `r_debug`.
fn debug_address(space: &AddressSpace, process: &Process, exe: Option<&Headers>) -> Option<u64> {
    let by_table = || {
        let (at, count) = (process.aux(aux::PHDR)?, process.aux(aux::PHNUM)?.min(MOST_OBJECTS as u64));
        let entry = elf::phdr_size(space.width());
        let phdrs = elf::phdrs(&space.bytes(Addr(at), entry * count as usize).ok()?, space.width());
        let dynamic = phdrs.iter().find(|p| p.kind == PhdrKind::Dynamic)?;
        let bias = match phdrs.iter().find(|p| p.kind == PhdrKind::Phdr) {
            Some(own) => at.wrapping_sub(own.vaddr),
            // The table follows the ELF header, which the first bytes of the file are.
            None => {
                let first = phdrs.iter().find(|p| p.kind == PhdrKind::Load && p.offset == 0);
                first.map_or(0, |p| (at & !PAGE_MASK).wrapping_sub(p.vaddr & !PAGE_MASK))
            }
        };
        Some((Addr(dynamic.vaddr.wrapping_add(bias)), bias))
    };
    let by_file = || {
        let exe = exe?;
        let bias = match exe.kind {
            FileKind::Shared => process.aux(aux::ENTRY)?.wrapping_sub(exe.entry),
            _ => 0,
        };
        Some((Addr(exe.segments(PhdrKind::Dynamic).next()?.vaddr.wrapping_add(bias)), bias))
    };
    let (at, bias) = by_table().or_else(by_file)?;
    Dynamic::read(space, at, bias, Addr(0))?.value(DT_DEBUG).filter(|&at| at != 0)
}

/// Follows `r_debug` at `at`: r_map (both systems), then r_ldsomap (illumos: the run-time linker's own list).
/// Offsets: illumos and glibc `<link.h>`; the first five members are the same.
fn links(space: &AddressSpace, at: Addr) -> Option<Vec<Link>> {
    let word = |at: Addr, n: i64| space.word(at.offset(n * space.width().bytes() as i64));
    let version = space.u32(at).ok()?;
    if !(1..=16).contains(&version) {
        return None;
    }
    let mut out = Vec::new();
    for head in [1, 5] {
        let mut link = word(at, head).unwrap_or(0);
        for _ in 0..MOST_OBJECTS {
            let this = Addr(link);
            let (Ok(addr), Ok(name), Ok(dynamic)) = (word(this, 0), word(this, 1), word(this, 2)) else { break };
            let dynamic = Addr(dynamic);
            if out.iter().any(|l: &Link| l.dynamic == dynamic) {
                break;
            }
            // An object's dynamic section lies in the object; one that is not mapped any more (a vdso that the core
            // leaves out) is passed over.
            if space.find(dynamic).is_some() {
                let name = space.cstr(Addr(name), LONGEST_PATH).unwrap_or_default();
                out.push(Link { addr, name, dynamic });
            }
            link = word(this, 3).unwrap_or(0);
        }
        if out.is_empty() {
            return None;
        }
    }
    Some(out)
}
