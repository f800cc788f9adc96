//! What a format verb reads: memory, the object file, nothing physical, or dot itself.

use crate::image::disasm::{self, Instruction};
use crate::image::elf::PhdrKind;
use crate::image::{Addr, Error, Image, Kind};
use crate::shell::Session;

/// What is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Space {
    /// The process's memory (`/`).
    Memory,
    /// The object file, at the address that its segments are mapped to (`?`).
    File,
    /// Physical memory, which a core has none of (`\`, `@`).
    Physical,
    /// The value of dot (`=`).
    Value,
}

/// Why nothing could be read, as mdb says it.
pub type Reason = &'static str;

const UNMAPPED: Reason = "no mapping for address";

impl Space {
    /// A raw file is itself whatever it is read as.
    fn of(self, session: &Session) -> Space {
        match (self, &session.image.kind) {
            (Space::File | Space::Physical, Kind::Raw { .. }) => Space::Memory,
            _ => self,
        }
    }

    /// Exactly `len` bytes at `at`; of a value, at most its eight bytes.
    ///
    /// # Errors
    /// The reason, in mdb's words.
    pub fn bytes(self, session: &Session, at: u64, len: usize) -> Result<Vec<u8>, Reason> {
        match self.of(session) {
            Space::Memory => {
                let addr = Addr(session.image.width.truncate(at));
                match session.image.space.bytes(addr, len) {
                    Ok(bytes) => Ok(bytes.into_owned()),
                    Err(Error::NotSaved { .. }) => Err("the core does not have it"),
                    Err(_) => Err(UNMAPPED),
                }
            }
            Space::File => {
                let bytes = self.some_bytes(session, at, len);
                if bytes.len() == len { Ok(bytes) } else { Err(UNMAPPED) }
            }
            Space::Physical => Err("operation not supported by target"),
            Space::Value => Ok(at.to_le_bytes()[..len.min(8)].to_vec()),
        }
    }

    /// As many bytes as there are at `at`, at most `len`.
    pub fn some_bytes(self, session: &Session, at: u64, len: usize) -> Vec<u8> {
        match self.of(session) {
            Space::Memory => {
                let addr = Addr(session.image.width.truncate(at));
                match session.image.space.tail(addr) {
                    // A short tail may go on in the next mapping.
                    Ok(tail) if tail.len() < len => {
                        let all = session.image.space.bytes(addr, len).map(|b| b.into_owned());
                        all.unwrap_or_else(|_| tail.to_vec())
                    }
                    Ok(tail) => tail[..len].to_vec(),
                    Err(_) => Vec::new(),
                }
            }
            Space::File => file_bytes(&session.image, Addr(at), len).to_vec(),
            Space::Physical => Vec::new(),
            Space::Value => at.to_le_bytes()[..len.min(8)].to_vec(),
        }
    }

    /// The string at `at`, without its NUL; at most 64 KiB of it.
    ///
    /// # Errors
    /// As [`Space::bytes`].
    pub fn string(self, session: &Session, at: u64) -> Result<Vec<u8>, Reason> {
        const LONGEST: usize = 1 << 16;
        if self == Space::Value {
            return Ok(at.to_le_bytes().into_iter().take_while(|&b| b != 0).collect());
        }
        let mut out = self.bytes(session, at, 1)?;
        while out.last() != Some(&0) && out.len() < LONGEST {
            let next = at.wrapping_add(out.len() as u64);
            let block = self.some_bytes(session, next, 256);
            if block.is_empty() {
                return Ok(out);
            }
            let end = block.iter().position(|&b| b == 0).map_or(block.len(), |nul| nul + 1);
            out.extend_from_slice(&block[..end]);
        }
        if out.last() == Some(&0) {
            out.pop();
        }
        Ok(out)
    }

    /// The instruction at `at`; none where nothing can be read.
    pub fn instruction(self, session: &Session, at: u64) -> Option<Instruction> {
        let image = &session.image;
        let at = Addr(image.width.truncate(at));
        let bytes = self.some_bytes(session, at.0, disasm::LONGEST);
        image.instruction_in(&bytes, at)
    }
}

/// Up to `len` bytes of the object file that is mapped at `addr`: as the file has them, not as the process left them.
fn file_bytes(image: &Image, addr: Addr, len: usize) -> &[u8] {
    let object = image.objects.iter().find(|o| o.base <= addr && addr < o.end).or(image.executable());
    let found = object.and_then(|object| {
        let file = object.file.as_ref()?;
        let vaddr = addr.0.wrapping_sub(object.bias);
        let segment = file.headers.segments(PhdrKind::Load).find(|p| vaddr.wrapping_sub(p.vaddr) < p.filesz)?;
        let into = vaddr - segment.vaddr;
        let bytes = file.bytes.bytes();
        let from = usize::try_from(segment.offset.checked_add(into)?).ok()?;
        let room = usize::try_from(segment.filesz - into).ok()?;
        bytes.get(from..)?.get(..len.min(room)).or_else(|| bytes.get(from..))
    });
    found.unwrap_or_default()
}
