//! Load objects by link map, on both systems' layouts.

use super::build::{DYNAMIC, ElfFile, Fields, NOTE, Part, notes, symtab, word};
use crate::image::process::aux;
use crate::image::{Addr, Content, Image, Unknown, Width};

const WORD: [(Width, u64); 2] = [(Width::W32, 4), (Width::W64, 8)];

/// Memory made of words.
struct Page {
    fields: Fields,
    step: u64,
}

impl Page {
    fn new(width: Width, step: u64) -> Page {
        Page { fields: Fields::new(0x1000, width), step }
    }

    fn words(mut self, at: u64, values: &[u64]) -> Page {
        for (i, &value) in values.iter().enumerate() {
            self.fields = self.fields.word((at + i as u64 * self.step) as usize, value);
        }
        self
    }

    fn text(mut self, at: u64, text: &str) -> Page {
        self.fields = self.fields.raw(at as usize, text.as_bytes());
        self
    }

    fn done(self) -> Vec<u8> {
        self.fields.bytes
    }
}

/// A page with the ELF header of a shared library: text at 0, data with the dynamic section at 0x1000.
fn library(width: Width) -> Vec<u8> {
    let mut file = ElfFile::core(width);
    file.kind = 3;
    file = file.absent(5, 0, 0x1000, 0).absent(6, 0x1000, 0x1800, 0x1000);
    file.parts.push(Part {
        kind: DYNAMIC,
        flags: 6,
        vaddr: 0x1000,
        memsz: 0x100,
        bytes: Vec::new(),
        offset: Some(0x1000),
    });
    let mut page = file.bytes();
    page.resize(0x1000, 0);
    page
}

const EXE: u64 = 0x805_0000;
const LIB: u64 = 0xfe00_0000;
const LDDATA: u64 = 0xfe80_0000;

/// An illumos process: an executable whose text was left out, a library, a link map at `AT_SUN_LDDATA` whose last entry
/// points to `after`.
fn process(width: Width, step: u64, after: u64) -> ElfFile {
    let mut auxv = Vec::new();
    for value in [aux::ENTRY, EXE + 0x10, aux::SUN_LDDATA, LDDATA, aux::BASE, 0, 0, 0] {
        word(&mut auxv, value, width == Width::W64);
    }
    let link = |i: u64| LDDATA + 0x100 * (i + 1);
    let ld = Page::new(width, step)
        .words(0, &[1, link(0), 0, 0, 0, 0])
        .words(0x100, &[EXE, LDDATA + 0x800, EXE + 0x2000, link(1)])
        .words(0x200, &[LIB, LDDATA + 0x840, LIB + 0x1000, after])
        .text(0x800, "/opt/node")
        .text(0x840, "/lib/libc.so.1")
        .done();
    // .dynsym: four symbols, DT_HASH says so.
    let (table, strings) =
        symtab(width, &[("_portfs", 0x100, 0x20, 0x12), ("_ZN2v88internal9Execution4CallEv", 0x140, 0x20, 0x12)]);
    let mut text = library(width);
    text[0x400..0x400 + table.len()].copy_from_slice(&table);
    text[0x600..0x600 + strings.len()].copy_from_slice(&strings);
    let hash = Fields::new(8, Width::W32).int(0, 1).int(4, 3).bytes;
    text[0x700..0x708].copy_from_slice(&hash);
    // (tag, value): DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, addresses as in the file, as illumos leaves them.
    let data = Page::new(width, step).words(0, &[4, 0x700, 5, 0x600, 6, 0x400, 10, strings.len() as u64, 0, 0]).done();
    let exe = symtab(
        width,
        &[("_start", EXE + 0x10, 0x10, 0x12), ("main", EXE + 0x20, 0x10, 0x12), ("table", EXE + 0x2000, 8, 0x11)],
    );
    let psinfo = if width == Width::W32 { 336 } else { 416 };
    ElfFile::core(width)
        .part(NOTE, 4, 0, notes(&[(13, vec![0; psinfo]), (6, auxv)]))
        .absent(5, EXE, 0x1000, 0)
        .load(6, EXE + 0x2000, vec![0; 0x1000])
        .load(6, EXE + 0x3000, vec![0; 0x1000])
        .load(5, LIB, text)
        .load(6, LIB + 0x1000, data)
        .load(6, LIB + 0x2000, vec![0; 0x1000])
        .load(6, LDDATA, ld)
        .section(".symtab", 2, EXE, 2, exe.0)
        .section(".strtab", 3, EXE, 0, exe.1)
}

fn name(image: &Image, addr: u64) -> Option<String> {
    image.symbolize(Addr(addr)).map(|n| n.to_string())
}

#[test]
fn the_link_map_names_objects_and_addresses() {
    for (width, step) in WORD {
        let image = process(width, step, 0).open().expect("a core");
        let objects: Vec<_> =
            image.objects.iter().map(|o| (o.path.as_str(), o.base.0, o.end.0, o.is_executable)).collect();
        assert_eq!(
            objects,
            [("/opt/node", EXE, EXE + 0x4000, true), ("/lib/libc.so.1", LIB, LIB + 0x3000, false)],
            "text, data and the bss that touches it"
        );
        assert_eq!(name(&image, EXE + 0x24).as_deref(), Some("main+4"));
        assert_eq!(name(&image, EXE + 0x2007).as_deref(), Some("node`table+7"), "data of the executable has a prefix");
        assert_eq!(name(&image, LIB + 0x107).as_deref(), Some("libc.so.1`_portfs+7"));
        assert_eq!(name(&image, LIB + 0x11f).as_deref(), Some("libc.so.1`_portfs+0x1f"));
        assert_eq!(name(&image, LIB + 0x120), None);
        assert_eq!(image.mapping(Addr(LIB + 0x2000)).and_then(|m| m.object), Some(1));
        assert_eq!(image.mapping(Addr(LDDATA)).and_then(|m| m.object), None);
    }
}

#[test]
fn names_may_say_which_object() {
    let image = process(Width::W32, 4, 0).open().expect("a core");
    let addr = |name: &str| image.symbol(name).map(|s| s.addr.0);
    for scoped in ["_portfs", "libc.so.1`_portfs", "libc`_portfs", "libc.so`_portfs", "/lib/libc.so.1`_portfs"] {
        assert_eq!(addr(scoped), Ok(LIB + 0x100), "{scoped}");
    }
    assert_eq!(addr("a.out`main"), Ok(EXE + 0x20));
    assert_eq!(addr("node`main"), Ok(EXE + 0x20));
    assert_eq!(addr("lib`_portfs"), Err(Unknown::Object));
    assert_eq!(addr("libc`main"), Err(Unknown::Symbol));
    assert_eq!(addr("nosuch"), Err(Unknown::Symbol));
}

#[test]
fn distance_and_demangling_are_the_user_s() {
    let mut image = process(Width::W32, 4, 0).open().expect("a core");
    assert_eq!(name(&image, LIB + 0x149).as_deref(), Some("libc.so.1`_ZN2v88internal9Execution4CallEv+9"));
    image.naming.demangle = crate::image::Demangle::Short;
    assert_eq!(name(&image, LIB + 0x149).as_deref(), Some("libc.so.1`v8::internal::Execution::Call+9"));
    image.naming.distance = 0x10;
    assert_eq!(name(&image, LIB + 0x10f).as_deref(), Some("libc.so.1`_portfs+0xf"));
    assert_eq!(name(&image, LIB + 0x110), None);
    image.symbols.define("mine", Addr(0x2000), None, None);
    assert_eq!(name(&image, 0x200f).as_deref(), Some("mine+0xf"));
}

#[test]
fn a_link_map_that_loops_ends() {
    for (width, step) in WORD {
        for after in [LDDATA + 0x100, LDDATA + 0x200, LDDATA + 0xffc, 1, u64::MAX] {
            let image = process(width, step, after).open().expect("a core");
            assert_eq!(image.objects.len(), 2, "next is {after:x}");
        }
    }
}

/// A page like [`library`]'s, with a dynamic section of its own name and of two symbols under DT_GNU_HASH.
fn named_library(width: Width, step: u64, soname: &str) -> (Vec<u8>, Vec<u8>) {
    let (table, mut strings) = symtab(width, &[("first", 0x100, 0x20, 0x12), ("second", 0x140, 0x20, 0x12)]);
    let name = strings.len() as u64;
    strings.extend_from_slice(soname.as_bytes());
    strings.push(0);
    let mut text = library(width);
    text[0x400..0x400 + table.len()].copy_from_slice(&table);
    text[0x600..0x600 + strings.len()].copy_from_slice(&strings);
    // One bucket that begins at symbol 1, one bloom word; the chain ends at symbol 2.
    let bloom = 0x700 + 16 + step as usize;
    for (at, word) in [(0x700, 1), (0x704, 1), (0x708, 1), (0x70c, 6), (bloom, 1), (bloom + 4, 0x10), (bloom + 8, 0x11)]
    {
        text[at..at + 4].copy_from_slice(&u32::to_le_bytes(word));
    }
    let entries = [0x6fff_fef5, 0x700, 5, 0x600, 6, 0x400, 10, strings.len() as u64, 14, name, 0, 0];
    (text, Page::new(width, step).words(0, &entries).done())
}

#[test]
fn without_a_link_map_the_mapped_header_says_who_it_is() {
    for (width, step) in WORD {
        let (text, data) = named_library(width, step, "libodd.so.3");
        let psinfo = if width == Width::W32 { 336 } else { 416 };
        let core = ElfFile::core(width)
            .part(NOTE, 4, 0, notes(&[(13, vec![0; psinfo])]))
            .load(5, LIB, text)
            .load(6, LIB + 0x1000, data)
            .load(6, LIB + 0x2000, vec![0; 0x800]);
        let image = core.open().expect("a core");
        let paths: Vec<_> = image.objects.iter().map(|o| (o.path.as_str(), o.base.0, o.end.0)).collect();
        assert_eq!(paths, [("libodd.so.3", LIB, LIB + 0x2800)]);
        assert_eq!(name(&image, LIB + 0x145).as_deref(), Some("libodd.so.3`second+5"));
    }
}

/// A Linux core: a position-independent executable and a library, by NT_FILE and, if there is one, glibc's link map.
fn linux(width: Width, step: u64, with_link_map: bool) -> ElfFile {
    let wide = width == Width::W64;
    let (text, data) = named_library(width, step, "libodd.so.3");
    let link = |i: u64| LDDATA + 0x100 * (i + 1);
    let ld = Page::new(width, step)
        .words(0, &[1, link(0), 0, 0, 0])
        // glibc leaves the executable without a name, and says by how much it was moved instead of where it is.
        .words(0x100, &[EXE, LDDATA + 0x800, EXE + 0x1000, link(1)])
        .words(0x200, &[LIB, LDDATA + 0x840, LIB + 0x1000, 0])
        .text(0x840, "/lib/libodd.so.3")
        .done();
    let mut exe = library(width);
    // A program header for the headers themselves is not needed; DT_DEBUG leads to the link map.
    exe[0x900..0x908].copy_from_slice(b"program\0");
    let debug = if with_link_map { LDDATA } else { 0 };
    let exe_data = Page::new(width, step).words(0, &[21, debug, 0, 0]).done();
    let mut auxv = Vec::new();
    let header = if wide { 64 } else { 52 };
    for value in [aux::ENTRY, EXE + 0x10, aux::PHDR, EXE + header, aux::PHNUM, 3, 0, 0] {
        word(&mut auxv, value, wide);
    }
    let mut files = Vec::new();
    for value in [2, 0x1000, EXE, EXE + 0x1000, 0, LIB, LIB + 0x1000, 0] {
        word(&mut files, value, wide);
    }
    files.extend_from_slice(b"/nonexistent/program\0/nonexistent/libodd.so.3.1\0");
    let prstatus = vec![0; if wide { 336 } else { 144 }];
    ElfFile::core(width)
        .part(NOTE, 0, 0, notes(&[(1, prstatus), (6, auxv), (0x4649_4c45, files)]))
        .load(5, EXE, exe)
        .load(6, EXE + 0x1000, exe_data)
        .load(6, EXE + 0x2000, vec![0; 0x800])
        .load(5, LIB, text)
        .load(6, LIB + 0x1000, data)
        .load(6, LIB + 0x2000, vec![0; 0x800])
        .load(6, LDDATA, ld)
}

#[test]
fn linux_objects_by_link_map_and_by_mapped_files() {
    for (width, step) in WORD {
        for with_link_map in [true, false] {
            let image = linux(width, step, with_link_map).open().expect("a core");
            let found: Vec<_> =
                image.objects.iter().map(|o| (o.path.as_str(), o.base.0, o.bias, o.is_executable)).collect();
            // What the link map calls the library; without one, what was mapped.
            let library = if with_link_map { "/lib/libodd.so.3" } else { "/nonexistent/libodd.so.3.1" };
            assert_eq!(found, [("/nonexistent/program", EXE, EXE, true), (library, LIB, LIB, false)]);
            assert_eq!(image.symbol("libodd`first").map(|s| s.addr.0), Ok(LIB + 0x100));
            assert_eq!(image.executable().map(|o| o.end), Some(Addr(EXE + 0x2800)));
        }
    }
}

/// Where the heap of a Linux process may be: behind the executable, but not at once.
const BEHIND: u64 = EXE + 0x10_0000;
/// A later one.
const FURTHER: u64 = EXE + 0x20_0000;

#[test]
fn the_heap_of_linux_is_the_first_memory_behind_the_executable_that_can_grow() {
    for (width, step) in WORD {
        // A page at each address, with permissions (p_flags).
        let heap = |pages: &[(u32, u64)]| -> Option<u64> {
            let add = |core: ElfFile, &(flags, at): &(u32, u64)| core.load(flags, at, vec![0; 0x1000]);
            let image = pages.iter().fold(linux(width, step, true), add).open().expect("a core");
            let heaps: Vec<_> = image.mappings.iter().filter(|m| m.content == Content::Heap).map(|m| m.start).collect();
            assert!(heaps.len() < 2, "{heaps:?}");
            assert_eq!(image.process.brk, heaps.first().map(|&at| (at, 0x1000)));
            heaps.first().map(|at| at.0)
        };
        assert_eq!(heap(&[]), None);
        assert_eq!(heap(&[(6, BEHIND)]), Some(BEHIND));
        assert_eq!(heap(&[(6, BEHIND), (6, FURTHER)]), Some(BEHIND), "the first that has room");
        assert_eq!(heap(&[(6, BEHIND), (0, BEHIND + 0x2000), (6, FURTHER)]), Some(BEHIND), "a page is room");
        // As Node 18 has it: the range that V8 reserved for code comes first, the rest of that follows at once.
        for rest in [0, 4, 5] {
            assert_eq!(heap(&[(6, BEHIND), (rest, BEHIND + 0x1000), (6, FURTHER)]), Some(FURTHER), "{rest}");
            assert_eq!(heap(&[(6, BEHIND), (rest, BEHIND + 0x1000)]), Some(BEHIND), "{rest}: there is no other");
        }
        let range = [(6, BEHIND), (7, BEHIND + 0x1000), (0, BEHIND + 0x2000), (6, FURTHER)];
        assert_eq!(heap(&range), Some(FURTHER), "all of a range is passed over");
        for other in [0, 2, 4, 5] {
            assert_eq!(heap(&[(other, BEHIND), (6, FURTHER)]), Some(FURTHER), "{other} is not read and written");
        }
        assert_eq!(heap(&[(6, EXE + 0x2800 + (1 << 30))]), Some(EXE + 0x2800 + (1 << 30)));
        assert_eq!(heap(&[(6, EXE + 0x3000 + (1 << 30))]), None, "no heap is so far");
    }
}
