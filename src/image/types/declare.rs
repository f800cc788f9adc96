//! `struct { int a; char b[4]; }` to a type: C's declarations, as far as `::typedef` takes them.
//!
//! Knows: members, pointers, arrays. Must not know: function pointers, bit fields, packing.

use super::{Composite, Member, Type, TypeId, TypeRef, Types};

/// A struct or union as declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declaration {
    union: bool,
    tag: String,
    members: Vec<Declared>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Declared {
    type_name: String,
    pointers: usize,
    name: String,
    count: Option<u64>,
}

/// Reads `text`, whose array lengths `number` understands.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn declaration(text: &str, number: impl Fn(&str) -> Option<u64>) -> Result<Declaration, String> {
    let text = text.trim();
    let (word, rest) = text.split_once(' ').ok_or_else(|| {
        "Invalid structure definition. Structure must start with either 'struct {' or 'union {'".to_owned()
    })?;
    let union = match word {
        "struct" => false,
        "union" => true,
        other => {
            return Err(format!("Invalid start of definition. Expected 'struct' or 'union'. Found: '{other}'"));
        }
    };
    let (tag, body) = rest
        .split_once('{')
        .ok_or_else(|| format!("Missing opening brace for {word} definition. Expected '{{'. Found: '{rest}'"))?;
    let tag = tag.trim();
    if !tag.is_empty() {
        identifier(tag)?;
    }
    let body = body
        .trim_end()
        .strip_suffix('}')
        .ok_or_else(|| format!("Missing closing brace for {word} declaration. Expected '}}'."))?;
    let mut members: Vec<Declared> = Vec::new();
    let mut rest = body.trim();
    loop {
        let (one, after) = rest
            .split_once(';')
            .ok_or_else(|| "Cannot find semi-colon to delineate the end of a member.".to_owned())?;
        let member = member(one.trim(), &number)?;
        if members.iter().any(|m| m.name == member.name) {
            return Err(format!("duplicate name detected: {}", member.name));
        }
        members.push(member);
        rest = after.trim();
        if rest.is_empty() {
            break;
        }
    }
    flexible_members(union, &members)?;
    Ok(Declaration { union, tag: tag.to_owned(), members })
}

/// An array without length may only end a struct that has something before it.
fn flexible_members(union: bool, members: &[Declared]) -> Result<(), String> {
    let Some(at) = members.iter().position(|m| m.count == Some(0)) else { return Ok(()) };
    if union {
        return Err("Flexible array members are only valid in structs.".to_owned());
    }
    if at + 1 != members.len() {
        return Err("Flexible array entries are only allowed to be the last entry in a struct".to_owned());
    }
    if at == 0 {
        return Err("Structs must have members aside from a flexible member".to_owned());
    }
    Ok(())
}

fn member(text: &str, number: impl Fn(&str) -> Option<u64>) -> Result<Declared, String> {
    let (before, count) = match text.split_once('[') {
        None => (text, None),
        Some((before, after)) => {
            let length = after
                .split_once(']')
                .map(|(length, _)| length.trim())
                .ok_or_else(|| format!("Found the beginning of an array size but no closing ']' in {after}"))?;
            let length = if length.is_empty() { Some(0) } else { number(length) };
            (before.trim(), Some(length.ok_or_else(|| format!("Array lengths must be numbers: {text}"))?))
        }
    };
    let (type_name, name) = before
        .rsplit_once([' ', '*'])
        .ok_or_else(|| format!("Missing both a name and a type declaration for a member. Instead, found '{before}'"))?;
    identifier(name)?;
    let pointers = before.matches('*').count();
    let type_name = type_name.replace('*', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Declared { type_name, pointers, name: name.to_owned(), count })
}

fn identifier(name: &str) -> Result<(), String> {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic());
    if first && characters.all(|c| c == '_' || c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(format!("The name {name} is not a valid C identifier."))
}

impl Declaration {
    /// The tag; empty without one.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Adds the type to `types`, its members laid out as C lays them out.
    ///
    /// # Errors
    /// When a member's type is not known.
    pub fn define(&self, types: &mut Types) -> Result<TypeId, String> {
        let mut composite = Composite { union: self.union, tag: self.tag.clone(), size: 0, members: Vec::new() };
        let mut widest = 1;
        let word = composite.word();
        if !self.tag.is_empty() && types.called(&format!("{word} {}", self.tag)).is_none() {
            // Its own members may point to it.
            types.add(Type::Forward { word, tag: self.tag.clone() });
        }
        for declared in &self.members {
            let mut of = types.lookup_or_add(&declared.type_name).ok_or_else(|| {
                format!("failed to add member {}: type {} does not exist", declared.name, declared.type_name)
            })?;
            for _ in 0..declared.pointers {
                of = types.add(Type::Pointer(of));
            }
            if let Some(count) = declared.count {
                of = types.add(Type::Array { element: of, count });
            }
            let align = alignment(types.get(of), &mut Vec::new());
            widest = widest.max(align);
            let next = composite.size.checked_next_multiple_of(align).unwrap_or(composite.size);
            let offset = if self.union { 0 } else { next };
            let end = offset.saturating_add(types.get(of).size());
            composite.members.push(Member { name: declared.name.clone(), of, offset: offset.saturating_mul(8) });
            composite.size = composite.size.max(end);
        }
        composite.size = composite.size.checked_next_multiple_of(widest).unwrap_or(composite.size);
        Ok(types.add(Type::Composite(composite)))
    }
}

/// How a type is aligned, in bytes: as its widest part. What was `seen` already is not looked at again: a hostile struct
/// may be within itself, often.
fn alignment(of: TypeRef<'_>, seen: &mut Vec<TypeId>) -> u64 {
    let of = of.resolved();
    if matches!(of.kind(), Type::Array { .. } | Type::Composite(_)) {
        if seen.len() > super::MOST_WITHIN || seen.contains(&of.id()) {
            return 1;
        }
        seen.push(of.id());
    }
    match of.kind() {
        Type::Array { element, .. } => alignment(of.other(*element), seen),
        Type::Composite(c) => c.members.iter().map(|m| alignment(of.other(m.of), seen)).max().unwrap_or(1),
        _ => of.size().clamp(1, 16),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Width;
    use crate::image::types::Model;

    fn types() -> Types {
        let mut types = Types::new(Width::W64);
        Model::Lp64.define(&mut types);
        types
    }

    fn define(types: &mut Types, text: &str) -> Result<TypeId, String> {
        declaration(text, |digits| digits.parse().ok())?.define(types)
    }

    #[test]
    fn members_are_laid_out_as_c_does() {
        let mut types = types();
        let id = define(&mut types, "struct { char a; int b[3]; char *c; short d; }").expect("a struct");
        let of = types.get(id);
        assert_eq!(of.member("b").map(|(t, at)| (t.to_string(), at / 8)), Some(("int [3]".to_owned(), 4)));
        assert_eq!(of.member("c").map(|(t, at)| (t.to_string(), at / 8)), Some(("char *".to_owned(), 16)));
        assert_eq!(of.member("d").map(|(_, at)| at / 8), Some(24));
        assert_eq!(of.size(), 32);
        let id = define(&mut types, "union { char a[5]; int b; }").expect("a union");
        assert_eq!(types.get(id).size(), 8);
    }

    #[test]
    fn a_struct_that_is_within_itself_has_an_alignment() {
        let mut types = types();
        let long = types.called("long").expect("it is built in").id();
        let own = types.add(Type::Unknown);
        let inner = TypeId(own.0 + 1);
        let member = |of| Member { name: String::new(), of, offset: 0 };
        let members = [inner, inner, inner, long, inner].map(member).to_vec();
        assert_eq!(
            types.add(Type::Composite(Composite { union: false, tag: "own".to_owned(), size: 8, members })),
            inner
        );
        assert_eq!(alignment(types.get(inner), &mut Vec::new()), 8);
    }

    #[test]
    fn a_struct_may_point_to_itself() {
        let mut types = types();
        define(&mut types, "struct node { struct node *next; int value; }").expect("a struct");
        let node = types.lookup("struct node").expect("it has a name");
        let (next, _) = node.member("next").expect("a member");
        assert_eq!(next.to_string(), "struct node *");
        let Type::Pointer(of) = next.kind() else { panic!("{next}") };
        assert_eq!(next.other(*of).resolved().size(), 16);
    }

    #[test]
    fn what_is_no_declaration_is_refused() {
        for text in [
            "struct",
            "enum { A; }",
            "struct { int a }",
            "struct { int a;",
            "struct { int; }",
            "struct { int a; int a; }",
            "struct { int 9a; }",
            "struct { int a[; }",
            "struct { int a[]; int b; }",
            "union { int a[]; }",
            "struct { int a[]; }",
            "struct 9 { int a; }",
            "struct { nosuch a; }",
        ] {
            assert!(define(&mut types(), text).is_err(), "{text}");
        }
    }
}
