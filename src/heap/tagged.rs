//! Tagged words: V8 keeps small integers and heap pointers in one word and tells them apart by the low bits.
//!
//! Knows: the tag bits (V8 `globals.h`: kHeapObjectTag 1, kSmiTag 0). Must not know: what a pointer points at.

use crate::image::{Addr, Width};
use std::fmt;

/// A word as V8 keeps it: a Smi, or the address of a heap object plus one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tagged(pub u64);

/// What a tagged word says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// A small integer (31 bits on ia32, 32 bits on x64).
    Smi(i64),
    /// A heap object: its tagged address.
    Object(Tagged),
}

impl Tagged {
    /// What the word says, in an image of pointers of `width`.
    pub fn value(self, width: Width) -> Value {
        match self.smi(width) {
            Some(n) => Value::Smi(n),
            None => Value::Object(self),
        }
    }

    /// The small integer, if the low bit is 0 (V8 `kSmiTagMask`); the value is above bit 1 on ia32, above bit 32 on x64.
    pub fn smi(self, width: Width) -> Option<i64> {
        if self.0 & 1 != 0 {
            return None;
        }
        Some(match width {
            Width::W32 => i64::from(self.0 as u32 as i32 >> 1),
            Width::W64 => self.0 as i64 >> 32,
        })
    }

    /// The word that says `number`; absent when that is too large.
    pub fn from_smi(number: i64, width: Width) -> Option<Tagged> {
        let word = match width {
            Width::W32 => Tagged(u64::from((number as u32) << 1)),
            Width::W64 => Tagged((number as u64) << 32),
        };
        (word.smi(width) == Some(number)).then_some(word)
    }

    /// Whether the word can have been written as a Smi: on x64 V8 leaves its low half 0.
    pub fn is_clean_smi(self, width: Width) -> bool {
        match width {
            Width::W32 => self.0 & 1 == 0,
            Width::W64 => self.0 as u32 == 0,
        }
    }

    /// Whether the word is tagged as a heap object (low bits 01).
    pub fn is_object(self) -> bool {
        self.0 & 3 == 1
    }

    /// The untagged address: where the object's first word, its map, lies.
    pub fn untagged(self) -> Addr {
        Addr(self.0.wrapping_sub(1))
    }

    /// The word as an address, tag and all: how mdb shows heap objects.
    pub fn addr(self) -> Addr {
        Addr(self.0)
    }
}

impl fmt::Display for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

impl fmt::LowerHex for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

impl fmt::Debug for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:x}", self.0)
    }
}
