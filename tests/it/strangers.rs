//! Cores and scripts from strangers: what `--no-shell` and `--max-memory` refuse, files that claim to be huge, that shrink
//! while they are open, that name files which are better not opened, and text that a terminal would obey.
//!
//! Knows: processes and files. Must not know: what any dcmd finds.

use crate::needs::{fixtures, scratch};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn jsdb() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsdb"));
    command.env("HOME", "/nonexistent").env("SHELL", "/bin/sh").env("TZ", "UTC");
    command
}

fn run(arguments: &[&str]) -> Output {
    jsdb().args(arguments).stdin(Stdio::null()).output().expect("jsdb runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The sample core, unpacked.
fn sample(path: &Path) -> u64 {
    let packed = std::fs::File::open(fixtures().join("demo.core.zst")).expect("the sample core is there");
    let mut bytes = Vec::new();
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(packed).expect("the sample core is zstd");
    decoder.read_to_end(&mut bytes).expect("the sample core unpacks");
    std::fs::write(path, &bytes).expect("to write a core");
    bytes.len() as u64
}

#[test]
fn no_shell_refuses_shells_and_logs_in_every_spelling() {
    let folder = scratch("no-shell");
    let made = folder.join("made");
    let made = made.to_str().expect("a plain path");
    let lines = [
        format!("! touch {made}"),
        format!("::echo a ! cat > {made}"),
        format!("::log {made}"),
        format!("::log -e {made}"),
        format!("$> {made}"),
        format!("::heapsnapshot {made}"),
        format!("::eval '! touch {made}'"),
        format!("::eval \"::echo a ! touch {made}\""),
        "::set -o no_shell=off; ::set +o no-shell; ! true".to_owned(),
    ];
    for line in &lines {
        let output = run(&["--no-shell", "--demo", "-e", line]);
        let told = text(&output.stderr);
        assert!(told.contains(" is refused: --no-shell"), "{line}: {told}");
        assert!(!Path::new(made).exists(), "{line}");
        // Without it the line does what it says: the test could fail.
        if line.contains(made) {
            run(&["--demo", "-e", line]);
            assert!(Path::new(made).exists(), "{line} without --no-shell");
            std::fs::remove_file(made).expect("to remove it");
        }
    }
    let output = run(&["--no-shell", "--demo", "-e", "! true", "-e", "::echo after"]);
    assert_eq!(text(&output.stdout), "after \n", "what is refused does not end the session");
}

#[test]
fn indexes_beyond_the_memory_allowed_are_refused_with_a_sentence() {
    let asks = |most: &str, line: &str| run(&["--max-memory", most, "--demo", "-e", line]);
    for line in ["::findjsobjects", "4224cc14af1::findjsobjects -r", "4224cc14af1::jsfindrefs", "::jsfunctions"] {
        let output = asks("100k", line);
        assert!(text(&output.stderr).contains("more than 0 MB of memory, which --max-memory does not allow"), "{line}");
        assert!(asks("1g", line).status.success(), "{line}");
        // What was refused takes nothing: what is small enough works afterwards.
        let output = asks("100k", &format!("{line}; ::status"));
        assert!(text(&output.stdout).contains("debugging core file"), "{line}");
    }
    for wrong in ["", "x", "1t", "-1", "99999999999999999999", "99999999999g"] {
        assert_eq!(asks(wrong, "::status").status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn files_that_unpack_to_more_than_the_memory_allowed_are_refused_with_a_sentence() {
    let packed = fixtures().join("demo.core.zst");
    let packed = packed.to_str().expect("a plain path");
    let output = run(&["--max-memory", "10m", packed, "-e", "::status"]);
    let told = text(&output.stderr);
    assert!(told.contains("it unpacks to more than 10 MB; unpack it to a file and open that"), "{told}");
    assert_eq!(output.status.code(), Some(1));
    assert!(run(&["--max-memory", "1g", packed, "-e", "::status"]).status.success());
    let output = run(&["--max-memory", "1m", "-f", "/dev/zero", "-e", "::status"]);
    assert!(text(&output.stderr).contains("it gives more than 1 MB; save it to a file"), "{}", text(&output.stderr));
}

#[test]
fn an_export_beyond_the_memory_allowed_is_refused_with_a_sentence() {
    let tables = scratch("exported").join("tables");
    let most = |kb: u64| format!("{kb}k");
    let fits = |kb: u64| run(&["--max-memory", &most(kb), "--demo", "-e", "::jsheap"]).status.success();
    // As much as the graph takes, within 64 KB.
    let (mut little, mut enough) = (1 << 10, 64 << 10);
    assert!(!fits(little) && fits(enough));
    while enough - little > 64 {
        let middle = little.midpoint(enough);
        *(if fits(middle) { &mut enough } else { &mut little }) = middle;
    }
    let export =
        |kb: u64| run(&["export", "--demo", "--max-memory", &most(kb), "--parquet", &tables.display().to_string()]);
    let output = export(enough);
    assert!(text(&output.stderr).contains("of memory, which --max-memory does not allow"), "{}", text(&output.stderr));
    assert_eq!((output.status.code(), tables.exists()), (Some(1), false));
    assert!(export(enough + (32 << 10)).status.success());
}

#[test]
fn an_older_core_is_opened_within_the_memory_allowed() {
    let old = fixtures().join("demo-earlier.core.zst").display().to_string();
    let compare = |most: &str| run(&["--max-memory", most, "--demo", "-e", &format!("::jsdiff {old}")]);
    let told = text(&compare("10m").stderr);
    assert!(told.contains("it unpacks to more than 10 MB; unpack it to a file and open that"), "{told}");
    assert!(text(&compare("1g").stdout).contains("all that is alive"));
}

#[test]
fn a_core_names_no_file_that_is_not_regular() {
    let path = scratch("named").join("core");
    sample(&path);
    let mut bytes = std::fs::read(&path).expect("the core");
    // A library that the process had loaded is jsdb's own standard input, as the core has it: a pipe that never ends.
    let (library, named) = (b"/lib/x86_64-linux-gnu/libdl.so.2", b"/proc/self/fd/0\0");
    let places: Vec<usize> = (0..bytes.len() - library.len()).filter(|&at| bytes[at..].starts_with(library)).collect();
    assert!(!places.is_empty(), "the core names the library");
    places.into_iter().for_each(|at| bytes[at..at + named.len()].copy_from_slice(named));
    std::fs::write(&path, &bytes).expect("to write a core");
    let mut command = jsdb();
    command.arg(&path).args(["-e", "::objects"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().expect("jsdb runs");
    let open = child.stdin.take().expect("its input is a pipe");
    for _ in 0..600 {
        if child.try_wait().expect("it can be waited for").is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let _ = child.kill();
    let output = child.wait_with_output().expect("it ends");
    drop(open);
    assert!(text(&output.stdout).contains("/proc/self/fd/0"), "the core names it: {}", text(&output.stdout));
    assert!(output.status.success(), "it does not wait for what the pipe gives");
}

#[test]
fn a_core_that_shrinks_while_it_is_open_ends_with_a_sentence() {
    let path = scratch("shrinks").join("core");
    sample(&path);
    let mut child = jsdb()
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("jsdb runs");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("its output is a pipe"));
    stdin.write_all(b"::status\n").expect("it reads");
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it prints");
    assert!(line.starts_with("debugging core file"), "{line}");
    std::fs::OpenOptions::new().write(true).open(&path).and_then(|f| f.set_len(4096)).expect("to cut the core");
    stdin.write_all(b"::findjsobjects\n").expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{:?}", output.status);
    assert!(text(&output.stderr).contains("the file became shorter while it was open"), "{}", text(&output.stderr));
}

/// A 64-bit core of one mapping at 0x10000 that claims `claimed` bytes.
fn claiming(claimed: u64) -> Vec<u8> {
    let mut core = b"\x7fELF\x02\x01\x01".to_vec();
    core.resize(16, 0);
    core.extend([4, 0, 62, 0, 1, 0, 0, 0]);
    core.extend([0, 64, 0].iter().flat_map(|word: &u64| word.to_le_bytes()));
    core.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0]);
    core.extend([1, 0, 0, 0, 6, 0, 0, 0]);
    core.extend([4096, 0x10000, 0, claimed, claimed, 4096].iter().flat_map(|word: &u64| word.to_le_bytes()));
    core
}

#[test]
fn a_file_that_claims_to_be_huge_is_opened_at_once() {
    let folder = scratch("huge");
    let path = folder.join("core");
    // 2^60 bytes are claimed, 2^40 are there, all of them a hole but for a word near the end.
    std::fs::write(&path, claiming(1 << 60)).expect("to write a core");
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the core");
    file.set_len(1 << 40).expect("to make a hole");
    file.write_all_at(&[0xf0; 8], (1 << 40) - 4088).expect("to write a word");
    let ask = |line: &str| {
        let name = path.to_str().expect("a plain path");
        run(&["--max-memory", "100m", name, "-e", "::v8load node-20", "-e", line])
    };
    let output = ask("::mappings; ::status");
    assert!(text(&output.stdout).contains("10000 "), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("file is truncated"), "{}", text(&output.stderr));
    // Holes cost nothing: neither to find that word, nor in an index that has a bit for each word.
    let output = ask("0xf0f0f0f0f0f0f0f0::ugrep");
    assert_eq!(text(&output.stdout).lines().last(), Some("1000000e008"), "{}", text(&output.stderr));
    for line in ["::findjsobjects", "::jsfunctions", "::jsheap", "10001::jsfindrefs"] {
        let output = ask(line);
        let refused = text(&output.stderr).lines().filter(|line| !line.contains("warning: ")).count();
        assert!(output.status.success() && refused == 0, "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn names_do_not_reach_the_terminal_raw() {
    let folder = scratch("names");
    let path = folder.join("core\x1b[31m\x07");
    std::fs::write(&path, claiming(64)).expect("to write a core");
    let name = path.to_str().expect("UTF-8");
    for arguments in [&[name, "-e", "::status"][..], &["-f", name, "-e", "::status"], &[name, name, "-e", "::status"]] {
        let output = run(arguments);
        for stream in [output.stdout, output.stderr] {
            assert!(!stream.iter().any(|&b| b < 0x20 && b != b'\n'), "{arguments:?}: {:?}", text(&stream));
        }
    }
}

/// What asks for all text that a core has: of V8's heap, of the program, of the system.
const TEXTS: &str = "\
::status
::mappings
::objects
::objects -v
::files
::showrev -v
getenv
::getenv
::nm
::nm -D
::nodeinfo
::nodehandles
::noderequests
::stack
$C
::jsstack -av
::findjsobjects -v
::findjsobjects
::findjsobjects | ::jsprint -d 3
::findjsobjects | ::jsconstructor -v
::findjsobjects | ::head -n 20 | ::jspath
::jsfunctions
::jsfunctions -l | ::jsclosure
::jsfunctions -l | ::jsfunction
::jsfunctions -l | ::jssource
::jsfunctions -l | ::head -n 20 | ::v8function -d
::jsheap -c
::jsheap -m
::jsheap -s
::v8types
4224cce5919::jsfindrefs
4224cce5919::findjsobjects -r
4224cc1cb51::jsretained -c
4224cce5919::dump -w 8
4224cce5918,40/S
4224cce5918,40/C
4224cce5918,20/a
main::dis
main::whatis
";

#[test]
fn nothing_that_a_terminal_would_obey_comes_out_of_a_core() {
    let path = scratch("obeyed").join("core");
    sample(&path);
    let sound = std::fs::read(&path).expect("the core");
    // Node's names are full of these: clear the screen, begin a control sequence in eight bits, in UTF-8; turn text round.
    for (plain, foul) in [("ode", "\x1b[J"), ("ode", "\u{9b}J"), ("ode", "\u{202e}"), ("er", "\r\x07")] {
        let (plain, foul) = (plain.as_bytes(), foul.as_bytes());
        let mut bytes = sound.clone();
        let places: Vec<usize> = (0..bytes.len() - 8).filter(|&at| bytes[at..].starts_with(plain)).collect();
        assert!(places.len() > 1000, "there is much of it");
        places.into_iter().for_each(|at| bytes[at..at + foul.len()].copy_from_slice(foul));
        std::fs::write(&path, &bytes).expect("to write a core");
        for options in [&[][..], &["--json"]] {
            let mut command = jsdb();
            let mut child = command
                .args(options)
                .arg(&path)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("jsdb runs");
            let mut stdin = child.stdin.take().expect("its input is a pipe");
            let script = std::thread::spawn(move || stdin.write_all(TEXTS.as_bytes()));
            let output = child.wait_with_output().expect("it ends");
            drop(script.join());
            for stream in [&output.stdout, &output.stderr] {
                let printed = text(stream);
                let obeyed =
                    |c: char| (c.is_control() && c != '\n' && c != '\t') || ('\u{202a}'..='\u{202e}').contains(&c);
                let line = printed.lines().find(|line| line.contains(obeyed));
                assert!(line.is_none(), "{options:?}, {foul:?}: {line:?}");
                assert!(!printed.contains("has a bug"), "{printed}");
            }
            assert!(output.stdout.len() > 100_000, "it printed what there is");
        }
    }
}
