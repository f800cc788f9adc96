//! The text of an inspected value, as mdb_v8 lays it out.
//!
//! Knows: layout, and how JavaScript writes numbers. Must not know: the heap.

use super::super::string::{escape, quoted};
use super::{Inspected, Progress, Shape};
use std::fmt::Write as _;

/// How a tree is laid out as text.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions<'p> {
    /// Each value's word before it.
    pub addresses: bool,
    /// Blanks before the lines after the first.
    pub indent: usize,
    /// Whose flag ends it early: nobody reads on.
    pub stop: Option<&'p Progress>,
}

impl Inspected {
    /// Whether this is no value at all.
    pub fn is_bad(&self) -> bool {
        matches!(self.shape, Shape::Bad(_))
    }

    /// The text of the tree, without a final newline.
    pub fn text(&self, out: &mut String, options: TextOptions<'_>) {
        if options.stop.is_some_and(Progress::is_cancelled) {
            return;
        }
        if let (true, Some(word)) = (options.addresses, self.word) {
            let _ = write!(out, "{word}: ");
        }
        let inner = TextOptions { indent: options.indent + 4, ..options };
        match &self.shape {
            Shape::Number(number) => out.push_str(&number_text(*number)),
            Shape::String { text, capacity } => out.push_str(&quoted(text, *capacity)),
            Shape::Oddball(name) => out.push_str(name),
            Shape::Object { properties, failure, .. } => {
                out.push('{');
                for (name, value) in properties {
                    let name = escape(&name.units);
                    let _ = write!(out, "\n{:1$}\"{name}\": ", "", inner.indent);
                    value.text(out, inner);
                    out.push(',');
                }
                if let Some(failure) = failure {
                    let _ = write!(out, " /* {failure} */ ");
                } else if !properties.is_empty() {
                    let _ = write!(out, "\n{:1$}", "", options.indent);
                }
                out.push('}');
            }
            Shape::Array { length: 0, .. } => out.push_str("[]"),
            Shape::Array { length: 1, elements } if elements.len() == 1 => {
                out.push_str("[ ");
                elements[0].1.text(out, inner);
                out.push_str(" ]");
            }
            Shape::Array { length, elements } => {
                out.push_str("[\n");
                let mut next = 0;
                let gap = |out: &mut String, from: u32, to: u32| {
                    if to > from {
                        let _ = writeln!(out, "{:2$}<{} holes>,", "", to - from, inner.indent);
                    }
                };
                for (index, value) in elements {
                    gap(out, next, *index);
                    let _ = write!(out, "{:1$}", "", inner.indent);
                    value.text(out, inner);
                    out.push_str(",\n");
                    next = index.saturating_add(1);
                }
                gap(out, next, *length);
                let _ = write!(out, "{:1$}]", "", options.indent);
            }
            Shape::Symbol(name) => out.push_str(name),
            Shape::BigInt(digits) => {
                let _ = write!(out, "{digits}n");
            }
            Shape::Collection { class, entries } => {
                let _ = write!(out, "{class}({}) {{", entries.len());
                for (key, value) in entries {
                    let _ = write!(out, "\n{:1$}", "", inner.indent);
                    key.text(out, inner);
                    if let Some(value) = value {
                        out.push_str(" => ");
                        value.text(out, inner);
                    }
                    out.push(',');
                }
                close(out, '}', entries.is_empty(), options);
            }
            Shape::Parts { class, state, parts } => {
                out.push_str(class);
                if let Some(state) = state {
                    let _ = write!(out, "({state})");
                }
                out.push_str(" {");
                for (name, value) in parts {
                    let _ = write!(out, "\n{:1$}\"{name}\": ", "", inner.indent);
                    value.text(out, inner);
                    out.push(',');
                }
                close(out, '}', parts.is_empty(), options);
            }
            Shape::Bytes { class, length, shown } => {
                let _ = write!(out, "{class}({length}) <");
                for (at, byte) in shown.iter().enumerate() {
                    let _ = write!(out, "{}{byte:02x}", if at == 0 { "" } else { " " });
                }
                if *length > shown.len() {
                    let _ = write!(out, " ... {} more bytes", length - shown.len());
                }
                out.push('>');
            }
            Shape::TypedArray { class, length, elements } => {
                let _ = write!(out, "{class}({length}) [");
                for element in elements {
                    let _ = write!(out, "\n{:1$}", "", inner.indent);
                    element.text(out, inner);
                    out.push(',');
                }
                if *length > elements.len() {
                    let _ = write!(out, "\n{:1$}... {2} more elements", "", inner.indent, length - elements.len());
                }
                close(out, ']', *length == 0, options);
            }
            Shape::Function(name) => {
                let _ = write!(out, "function {name}");
            }
            Shape::BoundFunction => out.push_str("<bound function>"),
            Shape::Date(time) => out.push_str(&date_text(*time)),
            Shape::RegExp { source, .. } => {
                out.push_str("JSRegExp: ");
                source.text(out, TextOptions::default());
            }
            Shape::Boxed { class, value } => {
                let _ = write!(out, "[{class}: ");
                value.text(out, TextOptions::default());
                out.push(']');
            }
            Shape::Accessor { getter, setter } => out.push_str(match (getter, setter) {
                (true, true) => "[Getter/Setter]",
                (true, false) => "[Getter]",
                (false, true) => "[Setter]",
                (false, false) => "[no getter or setter]",
            }),
            Shape::Elided => out.push_str("[...]"),
            Shape::Bad(text) => out.push_str(text),
        }
    }
}

/// Ends what stands in brackets: on a line of its own, if there was anything.
fn close(out: &mut String, bracket: char, is_empty: bool, options: TextOptions) {
    if !is_empty {
        let _ = write!(out, "\n{:1$}", "", options.indent);
    }
    out.push(bracket);
}

/// A number as JavaScript writes it.
pub fn number_text(number: f64) -> String {
    if number == 0.0 && number.is_sign_negative() {
        return "-0".to_owned();
    }
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    // ECMA-262, Number::toString: the shortest digits that read back, positional between 1e-7 and 1e21.
    let magnitude = number.abs();
    if (1e-6..1e21).contains(&magnitude) || magnitude == 0.0 {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

/// A date as mdb_v8 shows it: milliseconds, and the local time in brackets.
pub fn date_text(time: f64) -> String {
    if !time.is_finite() {
        return "Invalid Date".to_owned();
    }
    let shown = jiff::Timestamp::from_millisecond(time as i64)
        .map(|t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y %b %e %H:%M:%S").to_string());
    match shown {
        Ok(shown) => format!("{} ({shown})", number_text(time.trunc())),
        Err(_) => number_text(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_javascript_writes_them() {
        for (number, text) in [
            (748.5, "748.5"),
            (-0.0, "-0"),
            (1e21, "1e+21"),
            (123456789012345680000.0, "123456789012345680000"),
            (1e-7, "1e-7"),
            (0.000001, "0.000001"),
            (1.5e-10, "1.5e-10"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (42.0, "42"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
