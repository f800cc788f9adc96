//! Memory read as C types: values laid out, members followed.
//!
//! Knows: how typed memory is read and shown. Must not know: where types come from, which dcmd asks.

pub mod path;
pub mod print;

use super::{Arg, Error, Result, Session};
use crate::image::Addr;
use crate::image::types::{Integer, TypeRef};

/// What typed bytes are read from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// The process's memory.
    Memory,
    /// Physical memory, which a core has none of.
    Physical,
    /// A value: addresses are offsets in it.
    Value(u64),
}

impl Source {
    /// Exactly `len` bytes at `addr`.
    ///
    /// # Errors
    /// Says that `what` could not be read, and why.
    pub fn bytes(self, session: &Session, addr: u64, len: usize, what: &str) -> Result<Vec<u8>> {
        let failed = |why: &str| Error::failed(format!("failed to read {what} at {addr:x}: {why}"));
        match self {
            Source::Memory => {
                let addr = Addr(session.image.width.truncate(addr));
                let bytes = session.image.space.bytes(addr, len).map_err(|_| failed("no mapping for address"))?;
                Ok(bytes.into_owned())
            }
            Source::Physical => Err(failed("operation not supported by target")),
            Source::Value(value) => {
                let bytes = value.to_le_bytes();
                let from = usize::try_from(addr).unwrap_or(usize::MAX);
                let part = from.checked_add(len).and_then(|to| bytes.get(from..to));
                part.map(<[u8]>::to_vec).ok_or_else(|| failed("it is past the end of the value"))
            }
        }
    }

    /// A little-endian number of `len` bytes, at most 8.
    ///
    /// # Errors
    /// As [`Source::bytes`].
    pub fn number(self, session: &Session, addr: u64, len: u64, what: &str) -> Result<u64> {
        let bytes = self.bytes(session, addr, len.min(8) as usize, what)?;
        Ok(bytes.iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b)))
    }

    /// An integer, bit field or not, whose first bit is the `bit`th after `addr`; sign-extended if it has a sign.
    ///
    /// # Errors
    /// As [`Source::bytes`].
    pub fn integer(self, session: &Session, addr: u64, bit: u64, integer: &Integer) -> Result<u64> {
        let bits = integer.bits.min(64);
        if bits == 0 {
            return Ok(0);
        }
        let (addr, shift) = (addr.wrapping_add(bit / 8), bit % 8);
        let len = (u64::from(bits) + shift).div_ceil(8);
        let bytes = self.bytes(session, addr, len as usize, &format!("{len} bytes"))?;
        let wide = bytes.iter().rev().fold(0_u128, |sum, &b| sum << 8 | u128::from(b));
        let value = (wide >> shift) as u64 & u64::MAX >> (64 - bits);
        Ok(if integer.signed { ((value << (64 - bits)) as i64 >> (64 - bits)) as u64 } else { value })
    }
}

/// Takes a type's name off the front of `words`: one word, or `struct`, `union` or `enum` and the next.
///
/// # Errors
/// A usage error when there is none.
pub fn type_name(words: &mut Vec<Arg>) -> Result<String> {
    let Some(Arg::Text(first)) = words.first().cloned() else { return Err(Error::usage()) };
    words.remove(0);
    if !matches!(first.as_str(), "struct" | "union" | "enum") {
        return Ok(first);
    }
    match words.first().cloned() {
        Some(Arg::Text(second)) => {
            words.remove(0);
            Ok(format!("{first} {second}"))
        }
        Some(_) => Err(Error::usage()),
        None => Err(Error::failed(format!("{first} is not a valid type"))),
    }
}

impl Session {
    /// The type that `name` means.
    pub fn lookup_type(&self, name: &str) -> Option<TypeRef<'_>> {
        self.image.types.lookup(name, &self.image.objects)
    }

    /// The type that `name` means.
    ///
    /// # Errors
    /// When nothing is called so.
    pub fn type_called(&self, name: &str) -> Result<TypeRef<'_>> {
        self.lookup_type(name).ok_or_else(|| Error::failed(format!("failed to look up type {name}: unknown type name")))
    }

    /// The type of the symbol that begins at `addr`.
    pub fn type_at(&self, addr: Addr) -> Option<TypeRef<'_>> {
        let (symbol, 0) = self.image.symbol_at(addr)? else { return None };
        self.image.types.of_symbol(&self.image.symbols, &symbol)
    }
}
