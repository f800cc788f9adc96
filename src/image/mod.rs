//! L1: what was saved of a process: bytes, load objects, symbols, threads.
//!
//! Knows: core files, ELF, what the operating system notes of a process. Must not know: V8, commands, output.

pub mod addr;
pub mod core;
pub mod demangle;
pub mod disasm;
pub mod disk;
pub mod elf;
pub mod error;
pub mod fpu;
pub mod load;
pub mod mapping;
pub mod naming;
pub mod notes;
pub mod objects;
mod plt;
pub mod process;
pub mod registers;
pub mod signal;
pub mod space;
pub mod symbols;
mod sys;
#[cfg(test)]
pub mod testing;
pub mod text;
pub mod types;
pub mod unpack;
pub mod unwind;
pub mod zeros;

pub use addr::{Addr, Width};
pub use demangle::Demangle;
pub use error::{Error, Result};
pub use mapping::Mapping;
pub use naming::{Name, Naming, Unknown};
pub use objects::LoadObject;
pub use process::{Machine, Os, Process, Thread};
pub use registers::Registers;
pub use space::{AddressSpace, Content, Missing, Segment};
pub use symbols::{Symbol, SymbolBind, SymbolKind, Symbols};

/// What an image was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The core of a process.
    Core,
    /// An executable or library that nobody runs: its memory is what the file says it begins as.
    Object(elf::FileKind),
    /// Any file: addresses are offsets in it.
    Raw {
        /// Its name, escaped for showing.
        name: String,
    },
}

/// A process image: everything that a core (or an executable) tells, before any of it is read as JavaScript.
#[derive(Debug)]
pub struct Image {
    /// The process's memory.
    pub space: AddressSpace,
    /// The mappings, in address order: as the system listed them, saved or not.
    pub mappings: Vec<Mapping>,
    /// Load objects in the run-time linker's order: the executable first, then its libraries.
    pub objects: Vec<LoadObject>,
    /// Symbols of all load objects.
    pub symbols: Symbols,
    /// C types of the load objects, and the user's own.
    pub types: types::Catalog,
    /// How the user wants addresses named.
    pub naming: Naming,
    /// Threads (lwps), the representative one first.
    pub threads: Vec<Thread>,
    /// What the system noted of the process as a whole.
    pub process: Process,
    /// Where the program begins.
    pub entry: Option<Addr>,
    /// What kind of file it was made from.
    pub kind: Kind,
    /// The operating system that wrote the image.
    pub os: Os,
    /// The processor.
    pub machine: Machine,
    /// Whose instructions code is read as: the processor's, unless the user wants otherwise (mdb `$V`).
    pub code: disasm::Disassembler,
    /// Size of a pointer in the image.
    pub width: Width,
    /// What is amiss with the image though it could be opened: one sentence each, shown once on opening.
    pub warnings: Vec<String>,
}

impl Image {
    /// The representative thread: the one that died, or the first.
    pub fn representative(&self) -> Option<&Thread> {
        self.threads.first()
    }
}

#[cfg(test)]
mod tests;
