//! `a.b[2]->c`: from a type at an address to one of its parts.
//!
//! Knows: C's three operators. Must not know: how values are shown.

use super::Source;
use crate::image::types::{Type, TypeRef};
use crate::shell::{Error, Result, Session, eval};

/// Where a path leads.
#[derive(Clone, Copy, Debug)]
pub struct Reached<'t> {
    /// The type there.
    pub of: TypeRef<'t>,
    /// The address of its first byte.
    pub addr: u64,
    /// The first bit in that byte, for a bit field.
    pub bit: u64,
    /// What it is read from.
    pub source: Source,
    /// Whether the path ends in `[0]` after a pointer: the thing pointed at.
    pub dereferenced: bool,
}

enum Step {
    Dot,
    Arrow,
    Bracket,
}

/// Follows `path` from a value of type `of` at `addr`. A path that begins with a name begins with `->` for a pointer
/// and with `.` for anything else.
///
/// # Errors
/// Says which member, index or pointer cannot be followed.
pub fn follow<'t>(session: &Session, of: TypeRef<'t>, addr: u64, source: Source, path: &str) -> Result<Reached<'t>> {
    let mut reached = Reached { of, addr, bit: 0, source, dereferenced: false };
    let mut rest = path;
    let mut named = false;
    let mut next = step(&mut rest).or_else(|| {
        let pointer = matches!(of.resolved().kind(), Type::Pointer(_));
        (!rest.is_empty()).then_some(if pointer { Step::Arrow } else { Step::Dot })
    });
    while let Some(how) = next {
        match how {
            Step::Bracket => {
                let (digits, after) = rest.split_once(']').ok_or_else(|| Error::failed("no trailing ']'"))?;
                let index = eval::number_word(session, digits)?;
                rest = after;
                reached.index(session, index)?;
                reached.dereferenced = index == 0 && named && reached.dereferenced;
            }
            Step::Dot | Step::Arrow => {
                if matches!(how, Step::Arrow) {
                    reached.dereference(session)?;
                } else if !matches!(reached.of.resolved().kind(), Type::Composite(_)) {
                    return Err(Error::failed(format!("{} is not a struct or union type", reached.of)));
                }
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                reached.member(&rest[..end])?;
                reached.dereferenced = false;
                named = true;
                rest = &rest[end..];
            }
        }
        next = step(&mut rest);
        if next.is_none() && !rest.is_empty() {
            let c = rest.chars().next().unwrap_or(' ');
            return Err(Error::failed(format!("'{c}' is not a valid delimiter")));
        }
    }
    Ok(reached)
}

fn step(rest: &mut &str) -> Option<Step> {
    for (sign, step) in [("->", Step::Arrow), (".", Step::Dot), ("[", Step::Bracket)] {
        if let Some(after) = rest.strip_prefix(sign) {
            *rest = after;
            return Some(step);
        }
    }
    None
}

impl Reached<'_> {
    fn dereference(&mut self, session: &Session) -> Result<()> {
        let Type::Pointer(to) = self.of.resolved().kind() else {
            return Err(Error::failed(format!("{} is not a pointer type", self.of)));
        };
        let size = session.image.width.bytes();
        self.addr = self
            .source
            .number(session, self.addr, size, "pointer")
            .map_err(|_| Error::failed(format!("could not dereference pointer {:x}", self.addr)))?;
        self.of = self.of.other(*to);
        self.bit = 0;
        self.source = Source::Memory;
        Ok(())
    }

    fn index(&mut self, session: &Session, index: u64) -> Result<()> {
        self.dereferenced = false;
        match self.of.resolved().kind() {
            Type::Pointer(_) => {
                self.dereference(session)?;
                self.dereferenced = true;
            }
            Type::Array { element, count } => {
                if index >= *count {
                    return Err(Error::failed(format!(
                        "index {index} is outside of array bounds [0 .. {}]",
                        count.saturating_sub(1)
                    )));
                }
                self.of = self.of.other(*element);
            }
            _ => return Err(Error::failed("cannot index into non-array, non-pointer type")),
        }
        let size = self.of.size();
        if size == 0 {
            return Err(Error::failed("cannot dereference void type"));
        }
        self.addr = self.addr.wrapping_add(index.wrapping_mul(size));
        self.bit = 0;
        Ok(())
    }

    fn member(&mut self, name: &str) -> Result<()> {
        let found = self.of.member(name).ok_or_else(|| {
            Error::failed(format!("failed to find member {name} of {}: no such member of structure or union", self.of))
        });
        let (of, offset) = found?;
        self.of = of;
        self.addr = self.addr.wrapping_add(offset / 8);
        self.bit = offset % 8;
        Ok(())
    }
}
