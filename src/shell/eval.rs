//! Expressions to values.
//!
//! Knows: mdb's unsigned 64-bit arithmetic, symbols, variables, fetches. Must not know: commands.

use super::syntax::{Binary, Expr, FetchSize, Unary};
use super::{Error, Result, Session};
use crate::image::{Addr, Width};

/// The value of `expr`.
///
/// # Errors
/// [`Error::Statement`] for what the language itself forbids, [`Error::Image`] for a failed fetch.
pub fn value(session: &Session, expr: &Expr) -> Result<u64> {
    let lang = &session.lang;
    Ok(match expr {
        Expr::Digits { digits, radix: Some(radix) } => number(digits, *radix)?,
        Expr::Digits { digits, radix: None } => {
            let symbol = if digits.starts_with(|c: char| c.is_ascii_digit()) { None } else { session.symbol(digits) };
            match symbol {
                Some(addr) => addr.0,
                None => number(digits, lang.radix)?,
            }
        }
        Expr::Float(value) => value.to_bits(),
        Expr::Character(value) => *value,
        Expr::Symbol(name) => session.symbol_or_reason(name)?.0,
        Expr::Variable(name) => session.variable(name).ok_or_else(|| Error::Statement {
            message: format!("variable '{name}' is not defined"),
            near: Some(format!("<{name}")),
        })?,
        Expr::Dot => lang.dot,
        Expr::Next => next(session, "+")?,
        Expr::Previous => {
            let value = lang.dot.wrapping_sub(lang.increment);
            if value > lang.dot {
                return Err(Error::statement("'^' would cause '.' to underflow"));
            }
            value
        }
        Expr::DataAddress => lang.data_address,
        Expr::Unary(operator, inner) => unary(session, *operator, value(session, inner)?)?,
        Expr::Infix(first, rest) => {
            let mut sum = value(session, first)?;
            for (operator, operand) in rest {
                sum = binary(session, *operator, sum, value(session, operand)?)?;
            }
            sum
        }
    })
}

/// Dot plus the last increment; `operator` is what asks for it.
///
/// # Errors
/// When the sum crosses the middle of the address space, as mdb has it.
pub fn next(session: &Session, operator: &str) -> Result<u64> {
    let dot = session.lang.dot;
    let sum = dot.wrapping_add(session.lang.increment);
    if (dot ^ sum) >> 63 != 0 {
        return Err(Error::statement(format!("'{operator}' would cause '.' to overflow")));
    }
    Ok(sum)
}

/// `digits` in `radix`.
///
/// # Errors
/// A digit too large for the radix, a number over 64 bits.
pub fn number(digits: &str, radix: u32) -> Result<u64> {
    let mut sum: u64 = 0;
    for c in digits.chars() {
        let digit =
            c.to_digit(radix).ok_or_else(|| Error::statement(format!("digit '{c}' is invalid in current base")))?;
        sum = sum
            .checked_mul(u64::from(radix))
            .and_then(|sum| sum.checked_add(u64::from(digit)))
            .ok_or_else(|| Error::statement("specified value exceeds maximum immediate value"))?;
    }
    Ok(sum)
}

/// `text` as an option value is read: digits in the current radix, or with a prefix `0x 0t 0o 0i`, perhaps signed.
///
/// # Errors
/// As [`number`].
pub fn number_word(session: &Session, text: &str) -> Result<u64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixed = digits.strip_prefix('0').and_then(|rest| {
        let radix = match rest.chars().next()? {
            'i' | 'I' => 2,
            'o' | 'O' => 8,
            't' | 'T' => 10,
            'x' | 'X' => 16,
            _ => return None,
        };
        Some((&rest[1..], radix))
    });
    let (digits, radix) = prefixed.unwrap_or((digits, session.lang.radix));
    let sum = number(digits, radix)?;
    Ok(if negative { sum.wrapping_neg() } else { sum })
}

fn unary(session: &Session, operator: Unary, operand: u64) -> Result<u64> {
    Ok(match operator {
        Unary::Negate => operand.wrapping_neg(),
        Unary::Complement => !operand,
        Unary::Not => u64::from(operand == 0),
        Unary::Fetch { size, .. } => {
            let width = session.image.width;
            let addr = Addr(width.truncate(operand));
            let bytes = match size {
                FetchSize::Pointer => width.bytes() as usize,
                FetchSize::Bytes(n) => usize::from(n),
            };
            let bytes = session.image.space.bytes(addr, bytes)?;
            bytes.iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b))
        }
    })
}

fn binary(session: &Session, operator: Binary, left: u64, right: u64) -> Result<u64> {
    let zero = || Error::Statement { message: "attempted to divide by zero".to_owned(), near: Some("0".to_owned()) };
    Ok(match operator {
        Binary::Or => left | right,
        Binary::Xor => left ^ right,
        Binary::And => left & right,
        Binary::Equal => u64::from(left == right),
        Binary::Unequal => u64::from(left != right),
        Binary::ShiftLeft => left.wrapping_shl(right as u32),
        Binary::ShiftRight => left.wrapping_shr(right as u32),
        Binary::Add => left.wrapping_add(right),
        Binary::Subtract => left.wrapping_sub(right),
        Binary::Multiply => left.wrapping_mul(right),
        Binary::Divide => {
            if right == 0 {
                return Err(zero());
            }
            (left as i64).wrapping_div(right as i64) as u64
        }
        Binary::RoundUp => {
            if right == 0 {
                return Err(zero());
            }
            let sum = left.wrapping_add(right - 1);
            let quotient = match session.image.width {
                Width::W32 => i64::from((sum as i32).checked_div(right as i32).unwrap_or(0)),
                Width::W64 => (sum as i64).wrapping_div(right as i64),
            };
            (quotient as u64).wrapping_mul(right)
        }
    })
}
