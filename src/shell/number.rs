//! Numbers and bytes as mdb writes them.
//!
//! Knows: radixes, prefixes, C escapes, exponents, dates. Must not know: where a value comes from.

use chrono::{Local, TimeZone};

/// `value` in `radix` (2 to 16), without prefix.
pub fn digits(mut value: u64, radix: u32) -> String {
    let radix = u64::from(radix.clamp(2, 16));
    let mut out = Vec::new();
    loop {
        out.push(b"0123456789abcdef"[(value % radix) as usize]);
        value /= radix;
        if value == 0 {
            break;
        }
    }
    out.reverse();
    out.into_iter().map(char::from).collect()
}

/// As [`digits`], with a `-` before a negative value.
pub fn signed_digits(value: i64, radix: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", digits(value.unsigned_abs(), radix))
}

/// As [`digits`], with the prefix of the radix where the digits alone could be read in another one.
pub fn with_base(value: u64, radix: u32) -> String {
    let prefix = match radix {
        2 if value > 1 => "0i",
        8 if value > 7 => "0o",
        10 if value > 9 => "0t",
        16 if value > 9 => "0x",
        _ => "",
    };
    format!("{prefix}{}", digits(value, radix))
}

/// `value` as mdb shows doubles and floats: sign, one digit, `decimals` more, an exponent of two digits or more.
pub fn exponential(value: f64, decimals: usize) -> String {
    let sign = if value.is_sign_negative() { '-' } else { '+' };
    if value.is_nan() {
        return format!("{sign}NaN");
    }
    if value.is_infinite() {
        return format!("{sign}Infinity");
    }
    let text = format!("{:.decimals$e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (exponent_sign, exponent) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{sign}{mantissa}e{exponent_sign}{exponent:0>2}")
}

/// `seconds` since 1970 as `YYYY Mon _d HH:MM:SS` of the local time zone; absent if no calendar reaches so far.
pub fn date(seconds: i64) -> Option<String> {
    let time = Local.timestamp_opt(seconds, 0).single()?;
    Some(time.format("%Y %b %e %H:%M:%S").to_string())
}

/// `bytes` in adb's notation, which knows seven bits: `^A` for what a terminal does not print.
pub fn caretted(bytes: &[u8]) -> String {
    let one = |byte: u8| match byte & 0x7f {
        0x7f => "^?".to_owned(),
        control @ 0..b' ' => format!("^{}", char::from(control + b'@')),
        letter => char::from(letter).to_string(),
    };
    bytes.iter().map(|&byte| one(byte)).collect()
}

/// `bytes` in C's notation: everything but printable ASCII escaped.
pub fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        let letter = match byte {
            0 => '0',
            7 => 'a',
            8 => 'b',
            9 => 't',
            10 => 'n',
            11 => 'v',
            12 => 'f',
            13 => 'r',
            b'"' => '"',
            b'\\' => '\\',
            b' '..=b'~' => {
                out.push(char::from(byte));
                continue;
            }
            _ => {
                out.push_str(&format!("\\{byte:03o}"));
                continue;
            }
        };
        out.push('\\');
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radixes() {
        assert_eq!(digits(0, 16), "0");
        assert_eq!(digits(u64::MAX, 2).len(), 64);
        assert_eq!(digits(255, 16), "ff");
        assert_eq!(signed_digits(i64::MIN, 10), "-9223372036854775808");
        assert_eq!(with_base(9, 16), "9");
        assert_eq!(with_base(10, 16), "0xa");
        assert_eq!(with_base(8, 8), "0o10");
    }

    #[test]
    fn bytes_as_adb_writes_them() {
        assert_eq!(caretted(b"a\0\x01\x7f\xc1~"), "a^@^A^?A~");
    }

    #[test]
    fn exponents() {
        assert_eq!(exponential(2.5, 7), "+2.5000000e+00");
        assert_eq!(exponential(-1e100, 16), "-1.0000000000000000e+100");
        assert_eq!(exponential(0.0, 7), "+0.0000000e+00");
        assert_eq!(exponential(f64::NEG_INFINITY, 7), "-Infinity");
    }

    #[test]
    fn escapes() {
        assert_eq!(escaped(b"a\t\0\x1b\xff\"\\ ~"), "a\\t\\0\\033\\377\\\"\\\\ ~");
    }
}
