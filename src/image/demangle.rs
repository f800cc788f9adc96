//! C++ names: from the linker's spelling to the programmer's. The only file that names cpp_demangle.
//!
//! Knows: the Itanium C++ ABI's mangling, by way of cpp_demangle. Must not know: where a name came from.

use cpp_demangle::{DemangleOptions, ParseOptions, Symbol};

/// How C++ names are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Demangle {
    /// As the linker spells them: `_ZN2v88internal9Execution4CallE...`.
    #[default]
    Off,
    /// Without parameters and qualifiers, as mdb shows them: `v8::internal::Execution::Call`.
    Short,
    /// In full: `v8::internal::Execution::Call(v8::internal::Handle<v8::internal::JSFunction>, ...)`.
    Full,
}

/// A mangled name grows when it is spelled out, substitutions make it grow exponentially: longer results are dropped.
const LONGEST: usize = 16 << 10;
/// Mangled names nest; cpp_demangle counts the levels and gives up at this one.
const DEEPEST: u32 = 160;

/// `name` in the style asked for; absent when it is no C++ name, or one that cannot be spelled within bounds.
pub fn demangle(name: &str, style: Demangle) -> Option<String> {
    if !name.starts_with("_Z") && !name.starts_with("__Z") {
        return None;
    }
    let options = match style {
        Demangle::Off => return None,
        Demangle::Short => DemangleOptions::new().no_params().no_return_type().hide_expression_literal_types(),
        Demangle::Full => DemangleOptions::new().hide_expression_literal_types(),
    };
    let symbol = Symbol::new_with_options(name.as_bytes(), &ParseOptions::default().recursion_limit(DEEPEST)).ok()?;
    let mut text = Bounded(String::new());
    symbol.structured_demangle(&mut text, &options.recursion_limit(DEEPEST)).ok()?;
    let Bounded(mut text) = text;
    if style == Demangle::Short {
        for qualifier in [" const", " volatile"] {
            while text.ends_with(qualifier) {
                text.truncate(text.len() - qualifier.len());
            }
        }
    }
    Some(text)
}

/// A string that refuses to grow past [`LONGEST`].
struct Bounded(String);

impl std::fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        if self.0.len() + part.len() > LONGEST {
            return Err(std::fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "_ZN2v88internal9Execution4CallENS0_6HandleINS0_6ObjectEEES4_iPS4_Pbb";

    #[test]
    fn styles() {
        assert_eq!(demangle(CALL, Demangle::Short).as_deref(), Some("v8::internal::Execution::Call"));
        assert_eq!(
            demangle(CALL, Demangle::Full).as_deref(),
            Some(
                "v8::internal::Execution::Call(v8::internal::Handle<v8::internal::Object>, \
                 v8::internal::Handle<v8::internal::Object>, int, v8::internal::Handle<v8::internal::Object>*, bool*, bool)"
            )
        );
        assert_eq!(demangle(CALL, Demangle::Off), None);
        assert_eq!(demangle("_ZNK2v85Value7IsArrayEv", Demangle::Short).as_deref(), Some("v8::Value::IsArray"));
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in ["main", "_lwp_kill", "_Z", "_Znonsense", ""] {
            assert_eq!(demangle(name, Demangle::Full), None, "{name}");
        }
    }

    #[test]
    fn a_name_that_explodes_is_refused() {
        // Each parameter pair repeats the type before it: the text doubles with every step.
        let mut name = String::from("_Z1fP1A");
        for i in 0..60 {
            name.push_str(&format!(
                "1TIS{}_S{}_E",
                if i == 0 { String::new() } else { to36(i - 1) },
                if i == 0 { String::new() } else { to36(i - 1) }
            ));
        }
        let text = demangle(&name, Demangle::Full);
        assert!(text.is_none_or(|t| t.len() <= LONGEST));
        assert_eq!(demangle(&format!("_Z1f{}i", "P".repeat(100_000)), Demangle::Full), None);
    }

    fn to36(n: usize) -> String {
        let digit = |d: usize| char::from_digit(d as u32, 36).unwrap_or('0').to_ascii_uppercase();
        if n < 36 { digit(n).to_string() } else { format!("{}{}", digit(n / 36), digit(n % 36)) }
    }
}
