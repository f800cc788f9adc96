//! C types: what a program's type data, or the user, says that memory holds.
//!
//! Knows: kinds of types, names, sizes, members. Must not know: where type data is found (`catalog.rs`), how it is
//! encoded (`ctf.rs`), how values are shown.

pub mod catalog;
pub mod ctf;
mod declare;
mod model;
pub mod names;

pub use catalog::{Catalog, Section};
pub use declare::{Declaration, declaration};
pub use model::Model;

use super::Width;
use std::collections::HashMap;

/// A type, as an index in its [`Types`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct TypeId(u32);

impl std::fmt::Display for TypeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of types that refer to each other: those of one object file, or the user's own.
#[derive(Debug)]
pub struct Types {
    all: Vec<Type>,
    by_name: HashMap<String, TypeId>,
    width: Width,
}

/// One type.
#[derive(Clone, PartialEq, Debug)]
pub enum Type {
    /// Nothing is said of it.
    Unknown,
    /// An integer, or part of one.
    Integer(Integer),
    /// A floating-point number.
    Float {
        /// Its name.
        name: String,
        /// Size in bits: 32, 64 or more.
        bits: u32,
        /// Whether it is one plain number, not complex or an interval.
        real: bool,
    },
    /// A pointer to a type.
    Pointer(TypeId),
    /// An array.
    Array {
        /// What it holds.
        element: TypeId,
        /// How many.
        count: u64,
    },
    /// A function, of which only what it returns is kept.
    Function(TypeId),
    /// A struct or a union.
    Composite(Composite),
    /// An enumeration.
    Enumeration {
        /// Its tag; empty without one.
        tag: String,
        /// Size in bytes.
        size: u64,
        /// Its names and what they stand for.
        values: Vec<(String, i32)>,
    },
    /// A tag of which nothing more is known.
    Forward {
        /// `struct`, `union` or `enum`.
        word: &'static str,
        /// The tag.
        tag: String,
    },
    /// `typedef`.
    Alias {
        /// The name that it gives.
        name: String,
        /// The type that it names.
        of: TypeId,
    },
    /// `const`, `volatile`, `restrict`.
    Qualified {
        /// The word.
        word: &'static str,
        /// The type.
        of: TypeId,
    },
}

/// An integer type.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Integer {
    /// Its name.
    pub name: String,
    /// Size in bytes of what it is stored in.
    pub size: u64,
    /// Size in bits: fewer than 8 times the bytes in a bit field.
    pub bits: u32,
    /// Whether it has a sign.
    pub signed: bool,
    /// Whether it is shown as a character.
    pub character: bool,
    /// Whether it stands for the rest of an argument list.
    pub varargs: bool,
}

/// A struct or a union.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Composite {
    /// Whether it is a union.
    pub union: bool,
    /// Its tag; empty without one.
    pub tag: String,
    /// Size in bytes.
    pub size: u64,
    /// Its members, in order.
    pub members: Vec<Member>,
}

/// A member of a struct or union.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its name; empty for an anonymous struct or union.
    pub name: String,
    /// Its type.
    pub of: TypeId,
    /// Where it begins, in bits.
    pub offset: u64,
}

/// How long a chain of typedefs, qualifiers or arrays may be; type data may be broken and run in circles.
const LONGEST_CHAIN: usize = 64;
/// How many structs within structs are looked at for one answer.
const MOST_WITHIN: usize = 1 << 10;

impl Types {
    /// No types, of a program with pointers of `width`.
    pub fn new(width: Width) -> Types {
        Types { all: vec![Type::Unknown], by_name: HashMap::new(), width }
    }

    /// Adds a type. A name that is known already goes on meaning what it meant, unless that was a mere tag.
    pub fn add(&mut self, new: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(new);
        self.publish(id);
        id
    }

    /// Lets the name of `id` be found.
    fn publish(&mut self, id: TypeId) {
        let Some(name) = self.full_name(id) else { return };
        let known = self.by_name.get(&name).copied();
        if known.is_none_or(|known| matches!(self.get(known).kind(), Type::Forward { .. })) {
            self.by_name.insert(name, id);
        }
    }

    /// The name that a type has of its own: `int`, `struct tag`, `name_t`.
    fn full_name(&self, id: TypeId) -> Option<String> {
        let named = |word: &str, tag: &str| (!tag.is_empty()).then(|| format!("{word} {tag}"));
        match self.all.get(id.0 as usize)? {
            Type::Integer(Integer { name, .. }) | Type::Float { name, .. } | Type::Alias { name, .. } => {
                (!name.is_empty()).then(|| name.clone())
            }
            Type::Composite(c) => named(c.word(), &c.tag),
            Type::Enumeration { tag, .. } => named("enum", tag),
            Type::Forward { word, tag } => named(word, tag),
            _ => None,
        }
    }

    /// Adds all types of `others`.
    pub fn absorb(&mut self, others: &Types) {
        let base = self.all.len() as u32;
        // Index 0 is the unknown type of either.
        let moved = |id: TypeId| TypeId(if id.0 == 0 { 0 } else { id.0.saturating_add(base - 1) });
        for other in others.all.iter().skip(1) {
            let mut copy = other.clone();
            match &mut copy {
                Type::Pointer(of) | Type::Function(of) | Type::Array { element: of, .. } => *of = moved(*of),
                Type::Alias { of, .. } | Type::Qualified { of, .. } => *of = moved(*of),
                Type::Composite(composite) => {
                    composite.members.iter_mut().for_each(|member| member.of = moved(member.of));
                }
                Type::Unknown
                | Type::Integer(_)
                | Type::Float { .. }
                | Type::Enumeration { .. }
                | Type::Forward { .. } => {}
            }
            self.add(copy);
        }
    }

    /// The type with index `id`.
    pub fn get(&self, id: TypeId) -> TypeRef<'_> {
        TypeRef { types: self, id }
    }

    /// The type called `name` of its own; no pointers or arrays.
    pub fn called(&self, name: &str) -> Option<TypeRef<'_>> {
        self.by_name.get(name).map(|&id| self.get(id))
    }

    /// Every type that has a name, in the order in which they were added.
    pub fn named(&self) -> impl Iterator<Item = (String, TypeRef<'_>)> {
        (0..self.all.len() as u32).filter_map(|id| Some((self.full_name(TypeId(id))?, self.get(TypeId(id)))))
    }
}

impl Composite {
    /// `struct` or `union`.
    pub fn word(&self) -> &'static str {
        if self.union { "union" } else { "struct" }
    }
}

/// A type among its [`Types`].
#[derive(Clone, Copy, Debug)]
pub struct TypeRef<'t> {
    types: &'t Types,
    id: TypeId,
}

impl<'t> TypeRef<'t> {
    /// Its index.
    pub fn id(self) -> TypeId {
        self.id
    }

    /// Another type of the same set.
    pub fn other(self, id: TypeId) -> TypeRef<'t> {
        self.types.get(id)
    }

    /// What it is.
    pub fn kind(self) -> &'t Type {
        self.types.all.get(self.id.0 as usize).unwrap_or(&Type::Unknown)
    }

    /// The type behind typedefs and qualifiers; a tag of which more is known elsewhere in the set is that.
    pub fn resolved(self) -> TypeRef<'t> {
        let mut at = self;
        for _ in 0..LONGEST_CHAIN {
            match at.kind() {
                Type::Alias { of, .. } | Type::Qualified { of, .. } => at = self.other(*of),
                Type::Forward { word, tag } => return self.types.called(&format!("{word} {tag}")).unwrap_or(at),
                _ => return at,
            }
        }
        at
    }

    /// Size in bytes; 0 for what has none.
    pub fn size(self) -> u64 {
        let mut at = self;
        let mut times = 1_u64;
        for _ in 0..LONGEST_CHAIN {
            let one = match at.kind() {
                Type::Alias { of, .. } | Type::Qualified { of, .. } => {
                    at = self.other(*of);
                    continue;
                }
                Type::Array { element, count } => {
                    times = times.saturating_mul(*count);
                    at = self.other(*element);
                    continue;
                }
                Type::Integer(integer) => integer.size,
                Type::Float { bits, .. } => u64::from(bits.div_ceil(8)),
                Type::Pointer(_) => self.types.width.bytes(),
                Type::Composite(c) => c.size,
                Type::Enumeration { size, .. } => *size,
                Type::Forward { word, tag } => match self.types.called(&format!("{word} {tag}")) {
                    Some(whole) if whole.id != at.id => {
                        at = whole;
                        continue;
                    }
                    _ => 0,
                },
                Type::Function(_) | Type::Unknown => 0,
            };
            return one.saturating_mul(times);
        }
        0
    }

    /// The member called `name` of a struct or union, looked for in anonymous members too; its offset is from the
    /// beginning of this type, in bits.
    pub fn member(self, name: &str) -> Option<(TypeRef<'t>, u64)> {
        self.member_within(name, &mut Vec::new())
    }

    /// As [`TypeRef::member`], but for what was `searched` already: a hostile struct may be within itself, often.
    fn member_within(self, name: &str, searched: &mut Vec<TypeId>) -> Option<(TypeRef<'t>, u64)> {
        let resolved = self.resolved();
        let Type::Composite(composite) = resolved.kind() else { return None };
        if searched.len() > MOST_WITHIN || searched.contains(&resolved.id) {
            return None;
        }
        searched.push(resolved.id);
        let own = composite.members.iter().find(|m| m.name == name).map(|m| (self.other(m.of), m.offset));
        own.or_else(|| {
            composite.members.iter().filter(|m| m.name.is_empty()).find_map(|m| {
                let (found, offset) = self.other(m.of).member_within(name, searched)?;
                Some((found, m.offset.checked_add(offset)?))
            })
        })
    }
}

impl Integer {
    /// Whether it is a bit field, or otherwise no whole number of bytes that a machine reads at once.
    pub fn is_bit_field(&self) -> bool {
        !matches!(self.bits, 8 | 16 | 32 | 64)
    }

    /// Whether it is a plain `char`.
    pub fn is_char(&self) -> bool {
        self.character && self.signed && self.bits == 8
    }
}
