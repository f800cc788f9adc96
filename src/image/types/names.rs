//! Type names as C writes them, and back.
//!
//! Knows: the order of words, `*` and `[ ]`. Must not know: where a type comes from.

use super::{LONGEST_CHAIN, Type, TypeRef, Types};
use std::fmt;

impl fmt::Display for TypeRef<'_> {
    /// As a declaration without a name: `int`, `struct node *`, `char [12]`, `int (*)()`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut at = *self;
        let mut inner = String::new();
        let mut words = String::new();
        for _ in 0..LONGEST_CHAIN {
            match at.kind() {
                Type::Pointer(of) => {
                    inner.insert(0, '*');
                    at = at.other(*of);
                }
                Type::Array { element, count } => {
                    inner = grouped(inner);
                    inner.push_str(&format!("[{count}]"));
                    at = at.other(*element);
                }
                Type::Function(result) => {
                    inner = grouped(inner);
                    inner.push_str("()");
                    at = at.other(*result);
                }
                Type::Qualified { word, of } => {
                    // A qualifier of a pointer stands after its star.
                    if matches!(at.other(*of).kind(), Type::Pointer(_)) {
                        inner.insert_str(0, word);
                    } else {
                        words.push_str(word);
                        words.push(' ');
                    }
                    at = at.other(*of);
                }
                _ => break,
            }
        }
        let base = match at.kind() {
            Type::Integer(integer) => integer.name.clone(),
            Type::Float { name, .. } | Type::Alias { name, .. } => name.clone(),
            Type::Composite(c) => format!("{} {}", c.word(), c.tag),
            Type::Enumeration { tag, .. } => format!("enum {tag}"),
            Type::Forward { word, tag } => format!("{word} {tag}"),
            _ => "(?)".to_owned(),
        };
        let gap = if inner.is_empty() { "" } else { " " };
        write!(f, "{words}{base}{gap}{inner}")
    }
}

/// `*` before `[ ]` or `( )` needs parentheses.
fn grouped(inner: String) -> String {
    if inner.starts_with('*') { format!("({inner})") } else { inner }
}

/// What a name that ends in stars means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spelled {
    /// The name without stars and qualifiers, single blanks between words.
    pub base: String,
    /// How many stars.
    pub pointers: usize,
}

/// Takes `name` apart: `const char  *` is a pointer to `char`.
pub fn spelled(name: &str) -> Spelled {
    let pointers = name.matches('*').count();
    let plain = name.replace('*', " ");
    let words = plain.split_whitespace().filter(|w| !matches!(*w, "const" | "volatile" | "restrict" | "auto"));
    Spelled { base: words.collect::<Vec<_>>().join(" "), pointers }
}

impl Types {
    /// The type that `name` means, pointers included: these are added if nobody spoke of them before.
    pub fn lookup_or_add(&mut self, name: &str) -> Option<super::TypeId> {
        let Spelled { base, pointers } = spelled(name);
        let mut id = self.called(&base)?.id();
        for _ in 0..pointers {
            id = self.pointer_to(id).unwrap_or_else(|| self.add(Type::Pointer(id)));
        }
        Some(id)
    }

    /// The type that `name` means, pointers included.
    pub fn lookup(&self, name: &str) -> Option<TypeRef<'_>> {
        let Spelled { base, pointers } = spelled(name);
        let mut id = self.called(&base)?.id();
        for _ in 0..pointers {
            id = self.pointer_to(id)?;
        }
        Some(self.get(id))
    }

    fn pointer_to(&self, of: super::TypeId) -> Option<super::TypeId> {
        let at = self.all.iter().position(|t| *t == Type::Pointer(of))?;
        u32::try_from(at).ok().map(super::TypeId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Width;
    use crate::image::types::Model;

    #[test]
    fn names_are_written_as_c_writes_them() {
        let mut types = Types::new(Width::W64);
        Model::Lp64.define(&mut types);
        let char = types.called("char").expect("char").id();
        let array = types.add(Type::Array { element: char, count: 12 });
        assert_eq!(types.get(array).to_string(), "char [12]");
        let to_array = types.add(Type::Pointer(array));
        assert_eq!(types.get(to_array).to_string(), "char (*)[12]");
        let function = types.add(Type::Function(char));
        let to_function = types.add(Type::Pointer(function));
        assert_eq!(types.get(to_function).to_string(), "char (*)()");
        let constant = types.add(Type::Qualified { word: "const", of: char });
        let to_constant = types.add(Type::Pointer(constant));
        assert_eq!(types.get(to_constant).to_string(), "const char *");
        let constant_pointer = types.add(Type::Qualified { word: "const", of: to_constant });
        assert_eq!(types.get(constant_pointer).to_string(), "const char *const");
        let pointers = types.lookup_or_add("char **").expect("char **");
        assert_eq!(types.get(pointers).to_string(), "char **");
    }

    #[test]
    fn names_are_read_whatever_their_blanks() {
        assert_eq!(spelled(" unsigned   long**"), Spelled { base: "unsigned long".to_owned(), pointers: 2 });
        assert_eq!(spelled("const struct a *"), Spelled { base: "struct a".to_owned(), pointers: 1 });
    }
}
