//! BigInt: an integer of any size.
//!
//! Knows: V8 `bigint.h`: a sign, a length, digits of a word each, the lowest first. Must not know: how numbers are shown.

use super::array::WordSlice;
use super::{Error, Field, Heap, Kind, Result, Tagged};

/// The sign in the bit field.
const SIGN: u32 = 1;
/// More digits than V8 allows (`BigInt::kMaxLengthBits`, 2^30 bits).
const MOST_DIGITS: u32 = 1 << 24;
/// The most digits that are written in decimal: the work grows with the square.
const MOST_DECIMAL: usize = 512;

/// The BigInt at `bigint` as JavaScript writes it, without the `n`: in decimal; in hex if it is very long.
///
/// # Errors
/// When it is none, or its digits are not all in the image.
pub fn text(heap: Heap<'_>, bigint: Tagged) -> Result<String> {
    if heap.kind(bigint)? != Some(Kind::BigInt) {
        return Err(Error::NotA { addr: bigint.addr(), expected: "a BigInt" });
    }
    let bits = heap.int(bigint, Field::BigIntBits)?;
    let length = bits >> 1;
    if length > MOST_DIGITS {
        return Err(Error::Implausible { addr: bigint.addr(), what: "length of a BigInt", value: i64::from(length) });
    }
    let digits = WordSlice::load(heap, heap.place(bigint, Field::BigIntDigits)?, length as usize)?;
    let digits: Vec<u64> = digits.iter().map(|digit| digit.0).collect();
    let sign = if bits & SIGN == 0 { "" } else { "-" };
    let digits = if digits.len() > MOST_DECIMAL { hex(&digits) } else { decimal(digits) };
    Ok(format!("{sign}{digits}"))
}

/// The largest power of ten in a word, and its exponent.
const CHUNK: (u64, usize) = (10_000_000_000_000_000_000, 19);

fn decimal(mut digits: Vec<u64>) -> String {
    let mut chunks = Vec::new();
    while digits.last().is_some_and(|&d| d == 0) {
        digits.pop();
    }
    while !digits.is_empty() {
        let mut rest = 0_u128;
        for digit in digits.iter_mut().rev() {
            let value = rest << 64 | u128::from(*digit);
            *digit = (value / u128::from(CHUNK.0)) as u64;
            rest = value % u128::from(CHUNK.0);
        }
        chunks.push(rest as u64);
        while digits.last() == Some(&0) {
            digits.pop();
        }
    }
    let mut out = chunks.pop().unwrap_or_default().to_string();
    for chunk in chunks.iter().rev() {
        out.push_str(&format!("{chunk:0width$}", width = CHUNK.1));
    }
    out
}

fn hex(digits: &[u64]) -> String {
    let mut out = "0x".to_owned();
    for (at, digit) in digits.iter().rev().enumerate() {
        out.push_str(&if at == 0 { format!("{digit:x}") } else { format!("{digit:016x}") });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_out_in_decimal() {
        assert_eq!(decimal(vec![]), "0");
        assert_eq!(decimal(vec![123]), "123");
        assert_eq!(decimal(vec![0, 1]), "18446744073709551616");
        assert_eq!(decimal(vec![0, 0, 1]), "340282366920938463463374607431768211456");
        assert_eq!(decimal(vec![u64::MAX, u64::MAX]), "340282366920938463463374607431768211455");
        assert_eq!(decimal(vec![10_000_000_000_000_000_000]), "10000000000000000000");
    }

    #[test]
    fn long_ones_come_out_in_hex() {
        assert_eq!(hex(&[1, 0xab]), "0xab0000000000000001");
    }
}
