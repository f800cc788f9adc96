//! Compressed files: zstd and gzip, told by their first bytes and unpacked into memory within a limit.
//!
//! Knows: the two formats, by way of ruzstd and flate2. Must not know: what is inside.

use std::io::Read;

const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The contents of `bytes` if they are compressed, and at most `limit` bytes when unpacked. A file that is cut short
/// gives what could be unpacked: the core in it is then a truncated one, and says so.
///
/// # Errors
/// A sentence, when nothing can be unpacked or too much would be.
pub fn unpack(bytes: &[u8], limit: u64) -> Result<Option<Vec<u8>>, String> {
    let mut out = Vec::new();
    let end = if bytes.starts_with(&ZSTD) {
        zstd(bytes, limit, &mut out)
    } else if bytes.starts_with(&GZIP) {
        drain(flate2::read::MultiGzDecoder::new(bytes), limit, &mut out)
    } else {
        return Ok(None);
    };
    match end {
        Ok(()) => Ok(Some(out)),
        Err(Stop::TooMuch) => {
            Err(format!("it unpacks to more than {}; unpack it to a file and open that", amount(limit)))
        }
        Err(Stop::Broken(why)) if out.is_empty() => Err(format!("its compressed data is broken: {why}")),
        Err(Stop::Broken(_)) => Ok(Some(out)),
    }
}

/// `bytes` for people.
pub fn amount(bytes: u64) -> String {
    if bytes >> 30 > 0 { format!("{} GB", bytes >> 30) } else { format!("{} MB", bytes >> 20) }
}

enum Stop {
    TooMuch,
    Broken(String),
}

fn zstd(mut bytes: &[u8], limit: u64, out: &mut Vec<u8>) -> Result<(), Stop> {
    while let Some(magic) = bytes.first_chunk::<4>() {
        if *magic != ZSTD {
            // A skippable frame: its magic has sixteen values; its size follows.
            let Some(size) = u32_at(bytes, 4).filter(|_| u32::from_le_bytes(*magic) & !0xf == SKIPPABLE) else { break };
            bytes = bytes.get(8 + size as usize..).unwrap_or_default();
            continue;
        }
        let frame = Frame::of(bytes).ok_or_else(|| Stop::Broken("its frame header is cut".to_owned()))?;
        // The decoder keeps the last window of a frame to itself until the frame ends: a cut one is ended here.
        let mut source = bytes[..frame.end].chain(if frame.is_cut { LAST_BLOCK } else { &[] });
        let decoder = ruzstd::decoding::StreamingDecoder::new(&mut source).map_err(|e| Stop::Broken(e.to_string()))?;
        if decoder.decoder.content_size() > limit {
            return Err(Stop::TooMuch);
        }
        drain(decoder, limit, out)?;
        if frame.is_cut {
            return if out.is_empty() {
                Err(Stop::Broken("it is cut within its first block".to_owned()))
            } else {
                Ok(())
            };
        }
        bytes = &bytes[frame.end..];
    }
    Ok(())
}

/// Magic number of frames without content, its low four bits aside (RFC 8878, 3.1.2).
const SKIPPABLE: u32 = 0x184d_2a50;

/// An empty raw block that says it is the last, and room for a checksum that nobody checks.
const LAST_BLOCK: &[u8] = &[1, 0, 0, 0, 0, 0, 0];

/// How far the blocks of a frame reach (RFC 8878, 3.1.1).
struct Frame {
    /// Behind its checksum, or behind its last whole block if it is cut.
    end: usize,
    is_cut: bool,
}

impl Frame {
    fn of(bytes: &[u8]) -> Option<Frame> {
        let descriptor = *bytes.get(4)?;
        let single_segment = descriptor >> 5 & 1 == 1;
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let content_size = match descriptor >> 6 {
            0 => usize::from(single_segment),
            n => 1 << n,
        };
        let checksum = if descriptor >> 2 & 1 == 1 { 4 } else { 0 };
        let mut at = 5 + usize::from(!single_segment) + dictionary + content_size;
        bytes.get(..at)?;
        loop {
            let header = bytes.get(at..at + 3);
            let next = header.map(|h| {
                let header = u32::from_le_bytes([h[0], h[1], h[2], 0]);
                // A run of one byte takes one, however long it is.
                let size = if header >> 1 & 3 == 1 { 1 } else { (header >> 3) as usize };
                (at + 3 + size, header & 1 == 1)
            });
            match next {
                Some((next, true)) if next + checksum <= bytes.len() => {
                    return Some(Frame { end: next + checksum, is_cut: false });
                }
                Some((next, false)) if next <= bytes.len() => at = next,
                _ => return Some(Frame { end: at, is_cut: true }),
            }
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Reads all of `source` behind `out`, which may not grow past `limit`.
fn drain(mut source: impl Read, limit: u64, out: &mut Vec<u8>) -> Result<(), Stop> {
    const STEP: usize = 1 << 20;
    let mut part = vec![0; STEP];
    loop {
        match source.read(&mut part) {
            Ok(0) => return Ok(()),
            Ok(n) if (out.len() + n) as u64 > limit => return Err(Stop::TooMuch),
            Ok(n) => out.extend_from_slice(&part[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Stop::Broken(e.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory takes all");
        encoder.finish().expect("memory takes all")
    }

    fn zstandard(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn both_formats_unpack_and_others_are_left_alone() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(unpack(&gzipped(&text), 1 << 30), Ok(Some(text.clone())));
        assert_eq!(unpack(&zstandard(&text), 1 << 30), Ok(Some(text.clone())));
        let twice = [zstandard(&text), zstandard(b"tail")].concat();
        assert_eq!(unpack(&twice, 1 << 30), Ok(Some([&text[..], b"tail"].concat())));
        assert_eq!(unpack(b"\x7fELF", 1 << 30), Ok(None));
        assert_eq!(unpack(b"", 1 << 30), Ok(None));
    }

    #[test]
    fn frames_without_content_are_passed_over() {
        let skippable = [&0x184d_2a53_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), b"abc"].concat();
        let file = [&zstandard(b"head"), &skippable, &zstandard(b"tail")[..]].concat();
        assert_eq!(unpack(&file, 1 << 30), Ok(Some(b"headtail".to_vec())));
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = vec![0; 8 << 20];
        for packed in [gzipped(&bomb), zstandard(&bomb)] {
            assert!(unpack(&packed, 1 << 20).is_err_and(|e| e.contains("unpacks to more than")));
        }
    }

    #[test]
    fn a_cut_file_gives_what_is_there() {
        let text: Vec<u8> = (0..600_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for packed in [gzipped(&text), zstandard(&text)] {
            let part = unpack(&packed[..packed.len() / 2], 1 << 30).expect("half of it").expect("is compressed");
            assert!(!part.is_empty() && text.starts_with(&part));
            assert!(unpack(&packed[..7], 1 << 30).is_err());
        }
    }
}
