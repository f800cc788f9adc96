//! Replays the corpora, and mutates them for `JSDB_FUZZ_SECONDS` per target (2 without it): on any toolchain.
//!
//! Knows: the targets. Must not know: how cargo-fuzz mutates.

use fastrand::Rng;
use jsdb_fuzz::{TARGETS, Target};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What one input may take; the slowest takes a tenth of it on a machine that does nothing else.
const LIMIT: Duration = Duration::from_secs(20);

fn corpus(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.corpus);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect()
}

fn timed(target: &Target, input: &[u8], what: &str) {
    let started = Instant::now();
    jsdb_fuzz::run(target.name, input);
    assert!(started.elapsed() < LIMIT, "{}: {what} took {:?}", target.name, started.elapsed());
}

#[test]
fn the_corpora_are_read_without_harm() {
    for target in TARGETS {
        let inputs = corpus(target);
        assert!(!inputs.is_empty(), "{} has a corpus", target.name);
        for (path, input) in inputs {
            timed(target, &input, &path.display().to_string());
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    for _ in 0..1 + rng.usize(..8) {
        if bytes.len() < 16 {
            bytes.extend((0..16).map(|_| rng.u8(..)));
        }
        let at = rng.usize(..bytes.len() - 8);
        // Words of a heap follow the byte that says of which layout it is.
        let word = (at & !7) + usize::from(at & !7 == 0 || rng.bool());
        match rng.usize(..8) {
            0 => bytes[at] = rng.u8(..),
            1 => bytes[at] ^= 1 << rng.usize(..8),
            2 if word + 8 <= bytes.len() => {
                let value = [0, 1, u64::MAX, 1 << 31, 1 << 62, 0x1000_0001, rng.u64(..), (rng.u64(..64)) << 32];
                bytes[word..word + 8].copy_from_slice(&value[rng.usize(..value.len())].to_le_bytes());
            }
            3 if word + 8 <= bytes.len() => {
                let from = 1 + (rng.usize(..bytes.len() - 8) & !7);
                if from + 8 <= bytes.len() {
                    bytes.copy_within(from..from + 8, word);
                }
            }
            4 => bytes.truncate(at),
            5 if other.len() > 16 => {
                let size = 8 * (1 + rng.usize(..8));
                let from = 1 + (rng.usize(..other.len() - 8) & !7);
                let part = &other[from.min(other.len())..(from + size).min(other.len())];
                let to = word.min(bytes.len());
                let end = (to + part.len()).min(bytes.len());
                bytes[to..end].copy_from_slice(&part[..end - to]);
            }
            6 => bytes[0] = rng.u8(..),
            _ => {
                let size = rng.usize(..64).min(bytes.len() - at);
                bytes[at..at + size].fill([0, 0xff][rng.usize(..2)]);
            }
        }
    }
}

#[test]
fn what_is_made_of_them_is_read_without_harm() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seconds = Duration::from_secs(number("JSDB_FUZZ_SECONDS").unwrap_or(2));
    let seed = number("JSDB_FUZZ_SEED").unwrap_or(1);
    let only = std::env::var("JSDB_FUZZ_TARGET").ok();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for target in TARGETS.iter().filter(|t| only.as_ref().is_none_or(|name| name == t.name)) {
        let inputs = corpus(target);
        let mut rng = Rng::with_seed(seed);
        let end = Instant::now() + seconds;
        let mut runs = 0;
        while Instant::now() < end {
            let mut input = inputs[rng.usize(..inputs.len())].1.clone();
            let other = &inputs[rng.usize(..inputs.len())].1;
            mutate(&mut input, other, &mut rng);
            // What aborts leaves its input behind.
            std::fs::write(folder.join(target.name), &input).expect("to write the input");
            timed(target, &input, "a mutant");
            runs += 1;
        }
        println!("{}: {runs} runs", target.name);
    }
}
