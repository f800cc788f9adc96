//! Writes the ELF files that carry an input: well-formed around it, so that it is reached.
//!
//! Knows: the gABI. Must not know: who reads it.

/// A 64-bit little-endian ELF file.
pub struct Elf {
    kind: u16,
    segments: Vec<(u32, u32, u64, Vec<u8>)>,
    sections: Vec<(&'static str, u32, u64, u32, Vec<u8>)>,
}

/// e_type of a core.
pub const CORE: u16 = 4;

impl Elf {
    /// An empty file of type `kind`.
    pub fn new(kind: u16) -> Elf {
        Elf { kind, segments: Vec::new(), sections: Vec::new() }
    }

    /// Adds a program header (p_type, p_flags, p_vaddr) and its bytes.
    pub fn segment(mut self, kind: u32, flags: u32, vaddr: u64, bytes: &[u8]) -> Elf {
        self.segments.push((kind, flags, vaddr, bytes.to_vec()));
        self
    }

    /// Adds a section: name, sh_type, sh_addr, sh_link (1 is the first).
    pub fn section(mut self, name: &'static str, kind: u32, addr: u64, link: u32, bytes: &[u8]) -> Elf {
        self.sections.push((name, kind, addr, link, bytes.to_vec()));
        self
    }

    /// The file.
    pub fn bytes(mut self) -> Vec<u8> {
        let mut names = vec![0_u8];
        let mut name_at = Vec::new();
        self.sections.push((".shstrtab", 3, 0, 0, Vec::new()));
        for (name, ..) in &self.sections {
            name_at.push(names.len() as u32);
            names.extend(name.bytes().chain([0]));
        }
        if let Some(last) = self.sections.last_mut() {
            last.4 = names;
        }
        let (phnum, shnum) = (self.segments.len(), self.sections.len() + 1);
        let mut at = (64 + 56 * phnum + 64 * shnum) as u64;
        let mut out = b"\x7fELF\x02\x01\x01".to_vec();
        out.resize(16, 0);
        let half = |out: &mut Vec<u8>, v: u16| out.extend(v.to_le_bytes());
        half(&mut out, self.kind);
        half(&mut out, 62);
        out.extend(1_u32.to_le_bytes());
        for word in [0, 64, 64 + 56 * phnum as u64] {
            out.extend(word.to_le_bytes());
        }
        out.extend(0_u32.to_le_bytes());
        for v in [64, 56, phnum as u16, 64, shnum as u16, shnum as u16 - 1] {
            half(&mut out, v);
        }
        let mut data = Vec::new();
        for (kind, flags, vaddr, bytes) in &self.segments {
            out.extend(kind.to_le_bytes());
            out.extend(flags.to_le_bytes());
            let size = bytes.len() as u64;
            for word in [at, *vaddr, 0, size, size, 8] {
                out.extend(word.to_le_bytes());
            }
            at += size;
            data.extend_from_slice(bytes);
        }
        out.resize(out.len() + 64, 0);
        for ((_, kind, addr, link, bytes), name) in self.sections.iter().zip(name_at) {
            let size = bytes.len() as u64;
            out.extend(name.to_le_bytes());
            out.extend(kind.to_le_bytes());
            for word in [0, *addr, at, size] {
                out.extend(word.to_le_bytes());
            }
            out.extend(link.to_le_bytes());
            out.extend(0_u32.to_le_bytes());
            let entry: u64 = if matches!(kind, 2 | 11) { 24 } else { 0 };
            out.extend(8_u64.to_le_bytes());
            out.extend(entry.to_le_bytes());
            at += size;
            data.extend_from_slice(bytes);
        }
        out.extend(data);
        out
    }
}
