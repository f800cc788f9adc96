//! Damaged cores: the sample core and cores of newer Nodes with bytes changed, moved, cleared and cut off, each opened and
//! asked everything. jsdb may complain; it may not crash, meet a bug of its own, hang, or print without end.
//!
//! `JSDB_MUTATION_SECONDS` says for how long (CI: 60); `JSDB_MUTATION_SEED` repeats a run that failed, where the core is
//! the same: the message tells where the damaged one lies.

use crate::lab;
use crate::needs::{fixtures, left_out, scratch};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One session's questions to the sample core, whose addresses are known; every kind of reading takes part.
const OF_SAMPLE: &str = "\
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
4224cc14af1::jspath -n 3
4224cc14af1::jsretained -c
4224cc14af1::jsdominator -a
::nodehandles
::noderequests
::nodeinfo
::jsheap -c
::jsleaks -a
::jsstack -l
::isolates
::heapsnapshot /dev/null
::findjsobjects -c Socket | ::findjsobjects | ::jssort -r bytesRead
::findjsobjects -c Socket | ::findjsobjects | ::jscount -b 'destroyed ? typeof bytesRead : readable'
";

/// And to the cores of newer Nodes.
const OF_NEWER: &str = "\
::status
::mappings
::objects
::stack
::nodeinfo
::nodehandles
::noderequests
::jsstack -av
::walk jsframe | ::v8whatis
::findjsobjects
::findjsobjects -c Nodes | ::findjsobjects | ::jsprint -ad 4
::findjsobjects -c Nodes | ::jspath -an 3
::findjsobjects -c Nodes | ::jsretained -c
::findjsobjects -p url | ::findjsobjects | ::findjsobjects -r
::findjsobjects | ::jsprint -b
::findjsobjects | ::head -n 200 | ::jsdominator
::findjsobjects | ::head -n 50 | ::v8print
::findjsobjects | ::head -n 50 | ::jsconstructor -v
::findjsobjects | ::head -n 50 | ::jsfindrefs -d
::findjsobjects | ::head -n 50 | ::jspath
::jsfunctions
::jsfunctions -l | ::jsclosure
::jsfunctions -l | ::head -n 300 | ::v8function
::jsfunctions -l | ::head -n 300 | ::jssource
::jsfunctions -l | ::head -n 300 | ::v8code -d
::jsasync
::jsasync -l | ::jsprint -d 3
::findjsobjects -k buffers
::findjsobjects | ::jsgrep 'length > 3 || /a+b/.test(name) || this instanceof Nodes'
::findjsobjects | ::jssort -n 5 name
::findjsobjects | ::jscount -b 'typeof id'
::jsheap
::jsheap -c
::jsheap -m
::jsheap -s
::jsleaks -a
::jsstack -avl
::walk jsframe | ::jsframe -il
::isolates
::walk isolate | ::isolate
::heapsnapshot /dev/null
";

/// How long a session may take, and how much it may print: on the sound cores it takes a second and prints 40 MB.
const LIMIT: Duration = Duration::from_secs(120);
const MOST_PRINTED: u64 = 1 << 30;

/// How much address space a session may take, in KiB: no length in a core is worth more.
const MEMORY: &str = "8000000";

const PAGE: u64 = 4096;

/// A sound core, and a copy of it to be damaged.
struct Sound {
    /// What it is, for messages.
    what: String,
    script: &'static str,
    copy: PathBuf,
    file: File,
    len: u64,
    /// Its pages that hold anything but zeros, by where they are.
    pages: BTreeMap<u64, Vec<u8>>,
}

impl Sound {
    /// What `core` gives, to be damaged at `copy`.
    fn new(what: &str, script: &'static str, mut core: impl Read, copy: PathBuf) -> Sound {
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(&copy).expect("to make a core");
        let mut pages = BTreeMap::new();
        let mut len = 0;
        loop {
            let mut page = Vec::new();
            let read = core.by_ref().take(PAGE).read_to_end(&mut page).expect("to read the core") as u64;
            if page.iter().any(|&byte| byte != 0) {
                page.resize(PAGE as usize, 0);
                pages.insert(len, page);
            }
            len += read;
            if read < PAGE {
                break;
            }
        }
        let sound = Sound { what: what.to_owned(), script, copy, file, len, pages };
        sound.restore(0..len);
        sound
    }

    /// The bytes of the sound core at `at`.
    fn bytes(&self, at: u64, size: usize) -> Vec<u8> {
        let zeros = vec![0; PAGE as usize];
        let mut out = Vec::with_capacity(size);
        while out.len() < size {
            let here = at + out.len() as u64;
            let page = self.pages.get(&(here / PAGE * PAGE)).unwrap_or(&zeros);
            let rest = &page[(here % PAGE) as usize..];
            out.extend_from_slice(&rest[..rest.len().min(size - out.len())]);
        }
        out
    }

    /// Makes `range` of the copy sound, and the copy as long as the core.
    fn restore(&self, range: Range<u64>) {
        self.file.set_len(self.len).expect("to set the length of a core");
        if range.end - range.start <= 1 << 20 {
            let size = (range.end.min(self.len)).saturating_sub(range.start) as usize;
            return self.write(range.start, &self.bytes(range.start, size));
        }
        for (&at, page) in self.pages.range(range.start / PAGE * PAGE..range.end) {
            self.write(at, page);
        }
    }

    fn write(&self, at: u64, bytes: &[u8]) {
        let room = self.len.saturating_sub(at).min(bytes.len() as u64) as usize;
        self.file.write_all_at(&bytes[..room], at).expect("to write a core");
    }

    /// Somewhere in the first `reach` bytes; where that is all, on a page that holds anything.
    fn somewhere(&self, reach: u64, rng: &mut Rng) -> u64 {
        let at = if reach < self.len {
            rng.u64(..reach)
        } else {
            let page = self.pages.keys().nth(rng.usize(..self.pages.len())).copied().unwrap_or(0);
            page + rng.u64(..PAGE)
        };
        at.min(self.len.saturating_sub(8))
    }

    /// Changes the copy: the headers and notes at the beginning more often than the memory behind them. Gives what was
    /// done and where.
    fn damage(&self, rng: &mut Rng) -> (String, Vec<Range<u64>>) {
        let reach = [1 << 8, 1 << 13, 1 << 16, self.len][rng.usize(..4)].min(self.len);
        let mut places = Vec::new();
        let mut put = |at: u64, bytes: &[u8]| {
            self.write(at, bytes);
            places.push(at..at + bytes.len() as u64);
        };
        let how = match rng.usize(..5) {
            0 => {
                let len = self.somewhere(reach, rng);
                self.file.set_len(len).expect("to cut a core");
                return (format!("cut at {len}"), std::iter::once(len..self.len).collect());
            }
            1 => {
                let count = 1 + rng.usize(..64);
                (0..count).for_each(|_| put(self.somewhere(reach, rng), &[rng.u8(..)]));
                format!("{count} bytes changed in the first {reach}")
            }
            2 => {
                let count = 1 + rng.usize(..20_000);
                for _ in 0..count {
                    let word = match rng.usize(..4) {
                        0 => rng.u64(..).to_le_bytes().to_vec(),
                        1 => (u64::MAX >> rng.usize(..64)).to_le_bytes().to_vec(),
                        2 => vec![0; 8],
                        // Another word of the same core: a pointer that leads somewhere.
                        _ => self.bytes(self.somewhere(self.len, rng) & !7, 8),
                    };
                    put(self.somewhere(reach, rng) & !7, &word);
                }
                format!("{count} words changed in the first {reach}")
            }
            3 => {
                let size = 1 + rng.usize(..1 << 16);
                let (from, to) = (self.somewhere(self.len, rng), self.somewhere(self.len, rng));
                put(to, &self.bytes(from, size));
                format!("{size} bytes moved from {from} to {to}")
            }
            _ => {
                let size = 1 + rng.usize(..1 << 20);
                let at = self.somewhere(self.len, rng);
                put(at, &vec![[0, 0xff][rng.usize(..2)]; size]);
                format!("{size} bytes cleared at {at}")
            }
        };
        (how, places)
    }
}

/// Runs `script` on the core at `path`; says what is wrong, if anything is.
fn ask(path: &Path, script: &'static str) -> Result<(), String> {
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
    let feeding = std::thread::spawn(move || drop(stdin.write_all(script.as_bytes())));
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

/// The sample core, then the kernel's cores of newer Nodes.
fn sound_cores(folder: &Path) -> Vec<Sound> {
    let packed = File::open(fixtures().join("demo.core.zst")).expect("the sample core is there");
    let decoder = ruzstd::decoding::StreamingDecoder::new(packed).expect("the sample core is zstd");
    let mut cores = vec![Sound::new("the sample core", OF_SAMPLE, decoder, folder.join("sample.core"))];
    for (program, line) in [("nodes.js", "12"), ("nodes.js", "20"), ("handles.js", "22"), ("nodes.js", "26")] {
        match if program == "nodes.js" { lab::killed_nodes(line) } else { lab::killed_handles(line) } {
            Ok(taken) => {
                let core = File::open(&taken.core).expect("the core is there");
                let copy = folder.join(format!("{program}-{line}.core"));
                cores.push(Sound::new(&format!("{program} on Node {line}"), OF_NEWER, core, copy));
            }
            Err(why) => left_out(&why),
        }
    }
    cores
}

#[test]
fn a_damaged_core_is_no_reason_to_crash() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let seconds = variable("JSDB_MUTATION_SECONDS").unwrap_or(5);
    let seed = variable("JSDB_MUTATION_SEED").unwrap_or_else(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64)
    });
    let cores = sound_cores(&scratch("mutation"));
    for core in &cores {
        ask(&core.copy, core.script).unwrap_or_else(|wrong| panic!("on {}, which is sound, jsdb {wrong}", core.what));
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    for round in seed.. {
        let mut rng = Rng::with_seed(round);
        let core = &cores[(round % cores.len() as u64) as usize];
        let (how, places) = core.damage(&mut rng);
        if let Err(wrong) = ask(&core.copy, core.script) {
            let (what, at) = (&core.what, core.copy.display());
            panic!("JSDB_MUTATION_SEED={round}: on {what} with {how} ({at}), jsdb {wrong}");
        }
        places.into_iter().for_each(|place| core.restore(place));
        if Instant::now() > end {
            break;
        }
    }
    let _ = std::fs::remove_dir_all(cores[0].copy.parent().unwrap_or(Path::new("")));
}
