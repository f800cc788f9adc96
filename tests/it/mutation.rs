//! Damaged cores: copies of the sample core with bytes changed, moved, cleared and cut off, each opened and asked
//! everything. jsdb may complain; it may not crash, meet a bug of its own, hang, or print without end.
//!
//! `JSDB_MUTATION_SECONDS` says for how long (CI: 60); `JSDB_MUTATION_SEED` repeats a run that failed.

use crate::needs::{fixtures, scratch};
use fastrand::Rng;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One session's questions; every kind of reading takes part.
const SCRIPT: &str = "\
::status
::mappings
::objects
::regs
::stack
::walk thread
::nm
::findjsobjects
::findjsobjects -c Socket | ::findjsobjects | ::jsprint -ad 3
::findjsobjects -p invoke | ::findjsobjects | ::findjsobjects -r
::jsfunctions
::jsfunctions -l | ::jsclosure
::jsfunctions -l | ::v8function
::jsfunctions -l | ::jssource
::jsstack -av
::walk jsframe | ::v8whatis
4224cc14af1::jsprint -d 5
4224cc14af1::jsfindrefs -d
4224cc14af1::v8print
4224cc14af1::v8array
4224cc14af1::v8str -v
4224cc14af1::whatis
4224cc14af1::dump -w 4
4224cc14af0,10/KnDSp
";

/// How long a session may take, and how much it may print: on the sound core it takes a second and prints 2 MB.
const LIMIT: Duration = Duration::from_secs(120);
const MOST_PRINTED: u64 = 1 << 30;

/// How much address space a session may take, in KiB: no length in a core is worth more.
const MEMORY: &str = "8000000";

/// Changes `bytes`: the headers and notes at the beginning more often than the memory behind them.
fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) -> String {
    let len = bytes.len();
    let reach = [1 << 8, 1 << 13, 1 << 16, len][rng.usize(..4)].min(len);
    match rng.usize(..5) {
        0 => {
            bytes.truncate(rng.usize(..reach));
            format!("cut at {}", bytes.len())
        }
        1 => {
            let count = 1 + rng.usize(..64);
            (0..count).for_each(|_| bytes[rng.usize(..reach)] = rng.u8(..));
            format!("{count} bytes changed in the first {reach}")
        }
        2 => {
            let count = 1 + rng.usize(..20_000);
            for _ in 0..count {
                let at = rng.usize(..reach.saturating_sub(8)) & !7;
                let word = match rng.usize(..4) {
                    0 => rng.u64(..),
                    1 => u64::MAX >> rng.usize(..64),
                    2 => 0,
                    // Another word of the same core: a pointer that leads somewhere.
                    _ => {
                        let from = rng.usize(..len - 8) & !7;
                        u64::from_le_bytes(bytes[from..from + 8].try_into().expect("eight bytes"))
                    }
                };
                bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
            }
            format!("{count} words changed in the first {reach}")
        }
        3 => {
            let size = 1 + rng.usize(..1 << 16).min(len / 2);
            let (from, to) = (rng.usize(..len - size), rng.usize(..len - size));
            bytes.copy_within(from..from + size, to);
            format!("{size} bytes moved from {from} to {to}")
        }
        _ => {
            let size = 1 + rng.usize(..1 << 20).min(len / 2);
            let at = rng.usize(..len - size);
            bytes[at..at + size].fill([0, 0xff][rng.usize(..2)]);
            format!("{size} bytes cleared at {at}")
        }
    }
}

/// Runs the script on the core at `path`; says what is wrong, if anything is.
fn ask(path: &Path) -> Result<(), String> {
    let command = format!("ulimit -v {MEMORY}; exec \"$0\" \"$1\"");
    let mut child = Command::new("sh")
        .args(["-c", &command, env!("CARGO_BIN_EXE_jsdb")])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    let mut stdout = child.stdout.take().ok_or("no output")?;
    let mut stderr = child.stderr.take().ok_or("no errors")?;
    let feeding = std::thread::spawn(move || drop(stdin.write_all(SCRIPT.as_bytes())));
    let printing = std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()).unwrap_or(0));
    let complaining = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = (&mut stderr).take(1 << 26).read_to_end(&mut text);
        let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        String::from_utf8_lossy(&text).into_owned()
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            break status;
        }
        if started.elapsed() > LIMIT {
            let _ = child.kill();
            return Err(format!("did not end in {LIMIT:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let _ = feeding.join();
    let printed = printing.join().unwrap_or(0);
    let complaints = complaining.join().unwrap_or_default();
    if !matches!(status.code(), Some(0..=2)) {
        return Err(format!("ended with {status}: {}", complaints.lines().last().unwrap_or_default()));
    }
    if let Some(bug) = complaints.lines().find(|l| l.contains("has a bug") || l.contains("panicked")) {
        return Err(bug.to_owned());
    }
    if printed > MOST_PRINTED {
        return Err(format!("printed {printed} bytes"));
    }
    Ok(())
}

#[test]
fn a_damaged_core_is_no_reason_to_crash() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let seconds = variable("JSDB_MUTATION_SECONDS").unwrap_or(5);
    let seed = variable("JSDB_MUTATION_SEED").unwrap_or_else(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64)
    });
    let folder = scratch("mutation");
    let sound = folder.join("sound.core");
    let packed = File::open(fixtures().join("demo.core.zst")).expect("the sample core is there");
    let mut bytes = Vec::new();
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(packed).expect("the sample core is zstd");
    decoder.read_to_end(&mut bytes).expect("the sample core unpacks");
    std::fs::write(&sound, &bytes).expect("to write a core");
    ask(&sound).expect("the sound core raises nothing");

    let end = Instant::now() + Duration::from_secs(seconds);
    let damaged = folder.join("damaged.core");
    for round in seed.. {
        let mut rng = Rng::with_seed(round);
        let mut copy = bytes.clone();
        let how = damage(&mut copy, &mut rng);
        std::fs::write(&damaged, &copy).expect("to write a core");
        if let Err(wrong) = ask(&damaged) {
            panic!("JSDB_MUTATION_SEED={round}: with {how}, jsdb {wrong}");
        }
        if Instant::now() > end {
            break;
        }
    }
}
