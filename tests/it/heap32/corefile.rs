//! An illumos i386 core: notes, mappings and a symbol table, as gcore(1) lays them out.
//!
//! Knows: ELF32 and the ILP32 structures of `<sys/procfs.h>`. Must not know: V8. It shares no table with the reader,
//! nor with the writer of 64-bit cores in `fixtures/`.

use super::memory::Region;

/// A mapping of the process.
pub struct Mapping {
    /// Its memory.
    pub memory: Region,
    /// p_flags: 4 read, 2 write, 1 execute.
    pub flags: u32,
    /// Whether the core has its bytes.
    pub saved: bool,
}

/// A symbol of the executable.
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its address.
    pub addr: u32,
    /// Its size.
    pub size: u32,
    /// st_info: 0x11 object, 0x12 function, both global.
    pub info: u8,
}

/// What the core tells of the process.
pub struct Process {
    /// Its mappings, in address order.
    pub mappings: Vec<Mapping>,
    /// The executable's symbols.
    pub symbols: Vec<Symbol>,
    /// Where the executable is mapped.
    pub executable: u32,
    /// The break: first address and size.
    pub brk: (u32, u32),
    /// The main stack: first address and size.
    pub stack: (u32, u32),
    /// %eip, %ebp and the stack pointer of its only lwp.
    pub registers: [u32; 3],
    /// The signal that killed it.
    pub signal: u16,
}

/// A structure of `size` bytes with words at offsets.
fn structure(size: usize, words: &[(usize, u32)]) -> Vec<u8> {
    let mut bytes = vec![0; size];
    for &(at, word) in words {
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

fn note(out: &mut Vec<u8>, kind: u32, desc: &[u8]) {
    let size = desc.len().next_multiple_of(4);
    out.extend([5, size as u32, kind].iter().flat_map(|w| w.to_le_bytes()));
    out.extend(b"CORE\0\0\0\0");
    out.extend(desc);
    out.resize(out.len() + size - desc.len(), 0);
}

impl Process {
    fn psinfo(&self) -> Vec<u8> {
        let mut desc = structure(336, &[(4, 1), (8, 4711), (12, 1), (184, u32::from(self.signal) | 0x80), (188, 2)]);
        desc[88..88 + 4].copy_from_slice(b"node");
        desc[104..104 + 11].copy_from_slice(b"node lab.js");
        desc[200] = 1;
        desc
    }

    fn lwpstatus(&self) -> Vec<u8> {
        let [eip, ebp, esp] = self.registers;
        let mut desc = structure(800, &[(4, 1), (344 + 4 * 14, eip), (344 + 4 * 6, ebp), (344 + 4 * 17, esp)]);
        desc[12..14].copy_from_slice(&self.signal.to_le_bytes());
        desc[16..20].copy_from_slice(&u32::from(self.signal).to_le_bytes());
        desc
    }

    fn pstatus(&self) -> Vec<u8> {
        let (brk, stack) = (self.brk, self.stack);
        let words = [(4, 1), (8, 4711), (12, 1), (48, brk.0), (52, brk.1), (56, stack.0), (60, stack.1)];
        let mut desc = structure(1136, &words);
        desc[256] = 1;
        desc[336..1136].copy_from_slice(&self.lwpstatus());
        desc
    }

    fn notes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        note(&mut out, 13, &self.psinfo());
        note(&mut out, 10, &self.pstatus());
        note(&mut out, 6, &structure(176, &[(0, 9), (4, self.executable)]));
        note(&mut out, 20, &structure(8, &[(0, 0x1fab)]));
        note(&mut out, 14, &[0; 32]);
        note(&mut out, 21, b"lab\0");
        note(&mut out, 17, &structure(104, &[(4, 1)]));
        note(&mut out, 16, &self.lwpstatus());
        out
    }

    /// The file.
    pub fn core(&self) -> Vec<u8> {
        let (mut symtab, mut strtab) = (vec![0; 16], vec![0]);
        for symbol in &self.symbols {
            let words =
                [(0, strtab.len() as u32), (4, symbol.addr), (8, symbol.size), (12, u32::from(symbol.info) | 1 << 16)];
            symtab.extend(structure(16, &words));
            strtab.extend(symbol.name.bytes().chain([0]));
        }
        let names = b"\0.symtab\0.strtab\0.shstrtab\0";
        let notes = self.notes();
        let phnum = 2 + self.mappings.len() as u32;
        let mut at = 52 + 32 * phnum + 40 * 4;
        let mut phdrs = Vec::new();
        let mut phdr = |words: [u32; 7]| phdrs.extend(words.iter().chain(&[0]).flat_map(|w| w.to_le_bytes()));
        // The old notes come first, and are read by nobody.
        phdr([4, at, 0, 0, 0, 0, 4]);
        phdr([4, at, 0, 0, notes.len() as u32, 0, 4]);
        let mut data = notes;
        for Mapping { memory, flags, saved } in &self.mappings {
            let size = memory.bytes.len() as u32;
            data.resize(data.len().next_multiple_of(8), 0);
            let offset = at + data.len() as u32;
            phdr(if *saved {
                [1, offset, memory.base, 0, size, size, *flags]
            } else {
                [1, 0, memory.base, 0, 0, size, *flags]
            });
            if *saved {
                data.extend(&memory.bytes);
            }
        }
        let mut shdrs = vec![0; 40];
        for (bytes, [name, kind, link, entsize]) in
            [(&symtab[..], [1, 2, 2, 16]), (&strtab, [9, 3, 0, 0]), (names, [17, 3, 0, 0])]
        {
            let offset = at + data.len() as u32;
            let addr = if name == 17 { 0 } else { self.executable };
            let words = [name, kind, 0, addr, offset, bytes.len() as u32, link, 1, 4, entsize];
            shdrs.extend(words.iter().flat_map(|w: &u32| w.to_le_bytes()));
            data.extend(bytes);
        }
        let mut header = structure(52, &[(16, 4 | 3 << 16), (20, 1), (28, 52), (32, 52 + 32 * phnum)]);
        header[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
        for (at, half) in [(40, 52), (42, 32), (44, phnum), (46, 40), (48, 4), (50, 3)] {
            header[at..at + 2].copy_from_slice(&(half as u16).to_le_bytes());
        }
        at = header.len() as u32;
        debug_assert_eq!(at, 52);
        [header, phdrs, shdrs, data].concat()
    }
}
