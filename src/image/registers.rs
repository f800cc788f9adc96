//! A thread's general registers, by the machine's own names, their parts included.
//!
//! Knows: how x86 registers nest. Must not know: in which order a system notes them (`notes/`).

use super::Addr;

/// A thread's general registers ("ebp", "rip"). On i386 `esp` is the user's stack pointer; the kernel's, which illumos
/// notes too, is `kesp`.
#[derive(Clone, Debug, Default)]
pub struct Registers {
    /// (name, value), in the order in which the OS notes them.
    pub values: Vec<(&'static str, u64)>,
}

impl Registers {
    /// The value of the register called `name`, as noted.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.values.iter().find(|(n, _)| *n == name).map(|&(_, v)| v)
    }

    /// The value of a register or of a part of one: `eax`, `ax`, `ah`, `r8d`, `spl`, `eflags`, `rflags`.
    pub fn part(&self, name: &str) -> Option<u64> {
        if let Some(value) = self.get(name) {
            return Some(value);
        }
        PARTS.iter().filter(|p| p.name == name).find_map(|p| {
            let value = self.get(p.whole)? >> p.shift;
            Some(if p.bits < 64 { value & ((1 << p.bits) - 1) } else { value })
        })
    }

    /// The names that [`Registers::part`] knows for these registers.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let whole = self.values.iter().map(|&(name, _)| name);
        whole.chain(PARTS.iter().filter(|p| self.get(p.whole).is_some() && self.get(p.name).is_none()).map(|p| p.name))
    }

    /// Sets the register called `name`, which is added if it is new.
    pub fn set(&mut self, name: &'static str, value: u64) {
        match self.values.iter_mut().find(|(n, _)| *n == name) {
            Some(known) => known.1 = value,
            None => self.values.push((name, value)),
        }
    }

    fn any(&self, names: [&str; 2]) -> Option<Addr> {
        names.iter().find_map(|n| self.get(n)).map(Addr)
    }

    /// The program counter.
    pub fn pc(&self) -> Option<Addr> {
        self.any(["rip", "eip"])
    }

    /// The stack pointer.
    pub fn sp(&self) -> Option<Addr> {
        self.any(["rsp", "esp"])
    }

    /// The frame pointer.
    pub fn fp(&self) -> Option<Addr> {
        self.any(["rbp", "ebp"])
    }
}

/// A named part of a register.
struct Part {
    name: &'static str,
    whole: &'static str,
    shift: u32,
    bits: u32,
}

const fn part(name: &'static str, whole: &'static str, shift: u32, bits: u32) -> Part {
    Part { name, whole, shift, bits }
}

/// The parts that mdb exports as variables (`pt_regdesc` of both machines), the Intel manual's names for them.
const PARTS: &[Part] = &[
    // i386; in a 64-bit process the same names are parts of the wider registers.
    part("di", "edi", 0, 16),
    part("si", "esi", 0, 16),
    part("bp", "ebp", 0, 16),
    part("ksp", "kesp", 0, 16),
    part("sp", "esp", 0, 16),
    part("ax", "eax", 0, 16),
    part("ah", "eax", 8, 8),
    part("al", "eax", 0, 8),
    part("bx", "ebx", 0, 16),
    part("bh", "ebx", 8, 8),
    part("bl", "ebx", 0, 8),
    part("cx", "ecx", 0, 16),
    part("ch", "ecx", 8, 8),
    part("cl", "ecx", 0, 8),
    part("dx", "edx", 0, 16),
    part("dh", "edx", 8, 8),
    part("dl", "edx", 0, 8),
    part("edi", "rdi", 0, 32),
    part("di", "rdi", 0, 16),
    part("dil", "rdi", 0, 8),
    part("esi", "rsi", 0, 32),
    part("si", "rsi", 0, 16),
    part("sil", "rsi", 0, 8),
    part("ebp", "rbp", 0, 32),
    part("bp", "rbp", 0, 16),
    part("bpl", "rbp", 0, 8),
    part("esp", "rsp", 0, 32),
    part("sp", "rsp", 0, 16),
    part("spl", "rsp", 0, 8),
    part("eax", "rax", 0, 32),
    part("ax", "rax", 0, 16),
    part("ah", "rax", 8, 8),
    part("al", "rax", 0, 8),
    part("ebx", "rbx", 0, 32),
    part("bx", "rbx", 0, 16),
    part("bh", "rbx", 8, 8),
    part("bl", "rbx", 0, 8),
    part("ecx", "rcx", 0, 32),
    part("cx", "rcx", 0, 16),
    part("ch", "rcx", 8, 8),
    part("cl", "rcx", 0, 8),
    part("edx", "rdx", 0, 32),
    part("dx", "rdx", 0, 16),
    part("dh", "rdx", 8, 8),
    part("dl", "rdx", 0, 8),
    part("eflags", "rflags", 0, 32),
    part("r8d", "r8", 0, 32),
    part("r8w", "r8", 0, 16),
    part("r8l", "r8", 0, 8),
    part("r9d", "r9", 0, 32),
    part("r9w", "r9", 0, 16),
    part("r9l", "r9", 0, 8),
    part("r10d", "r10", 0, 32),
    part("r10w", "r10", 0, 16),
    part("r10l", "r10", 0, 8),
    part("r11d", "r11", 0, 32),
    part("r11w", "r11", 0, 16),
    part("r11l", "r11", 0, 8),
    part("r12d", "r12", 0, 32),
    part("r12w", "r12", 0, 16),
    part("r12l", "r12", 0, 8),
    part("r13d", "r13", 0, 32),
    part("r13w", "r13", 0, 16),
    part("r13l", "r13", 0, 8),
    part("r14d", "r14", 0, 32),
    part("r14w", "r14", 0, 16),
    part("r14l", "r14", 0, 8),
    part("r15d", "r15", 0, 32),
    part("r15w", "r15", 0, 16),
    part("r15l", "r15", 0, 8),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_out_of_the_whole() {
        let amd64 = Registers {
            values: vec![("rax", 0x1122_3344_5566_7788), ("r9", 0xffff_ffff_ffff_fff1), ("rflags", 0x1_0000_0202)],
        };
        assert_eq!(amd64.part("rax"), Some(0x1122_3344_5566_7788));
        assert_eq!(amd64.part("eax"), Some(0x5566_7788));
        assert_eq!(amd64.part("ax"), Some(0x7788));
        assert_eq!(amd64.part("ah"), Some(0x77));
        assert_eq!(amd64.part("al"), Some(0x88));
        assert_eq!(amd64.part("r9l"), Some(0xf1));
        assert_eq!(amd64.part("eflags"), Some(0x202));
        assert_eq!(amd64.part("rbx"), None);
        let i386 = Registers { values: vec![("eax", 0x5566_7788), ("esp", 0xffd5_a5d0)] };
        assert_eq!(i386.part("ah"), Some(0x77));
        assert_eq!(i386.part("sp"), Some(0xa5d0));
        assert_eq!(i386.part("rax"), None);
        assert_eq!(i386.names().collect::<Vec<_>>(), ["eax", "esp", "sp", "ax", "ah", "al"]);
    }
}
