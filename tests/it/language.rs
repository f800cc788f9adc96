//! The command language, as a user of the binary meets it: sessions on the sample core, command lines, and what the
//! real mdb printed where that is at hand.
//!
//! A transcript is a file of `> line` and what that line prints, standard error included, in order.
//! `JSDB_BLESS=1 cargo test --test it` writes what is printed: read the diff before committing.

use crate::cores::shared;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const MARK: &str = "--next-line--";

/// Runs jsdb with `arguments` on `script`; standard error goes where standard output goes, as at a terminal.
fn jsdb(arguments: &[&str], folder: &Path, script: &[u8]) -> Output {
    let mut child = Command::new("/bin/sh")
        .args(["-c", "exec \"$0\" \"$@\" 2>&1", env!("CARGO_BIN_EXE_jsdb")])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("SHELL", "/bin/sh")
        .env("TZ", "UTC")
        .env("TERM", "dumb")
        .env("HOME", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("jsdb runs");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let script = script.to_owned();
    // From a thread, so that neither side waits for the other; jsdb may end before it has read all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&script)));
    let output = child.wait_with_output().expect("jsdb ends");
    drop(writer.join());
    output
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The transcript that the lines of `transcript` make now.
fn made(transcript: &str) -> String {
    let lines: Vec<&str> = transcript.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    // A line that ends in an error may cost the next one: that is the first comment.
    let script: String = lines.iter().map(|line| format!("{line}\n//\n! echo {MARK}\n")).collect();
    let output = jsdb(&["--demo"], top(), script.as_bytes());
    // Format letters print raw bytes.
    let printed = String::from_utf8_lossy(&output.stdout);
    let mark = format!("{MARK}\n");
    let mut parts = printed.split(&mark);
    let mut text = String::new();
    for comment in transcript.lines().take_while(|line| line.starts_with('#')) {
        let _ = writeln!(text, "{comment}");
    }
    for line in &lines {
        let _ = write!(text, "> {line}\n{}", parts.next().unwrap_or("(the session had ended)\n"));
    }
    text
}

#[test]
fn sessions_print_what_their_transcripts_say() {
    let folder = top().join("tests/transcripts/demo");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("the folder is there").filter_map(|e| Some(e.ok()?.path())).collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for file in files {
        let transcript = std::fs::read_to_string(&file).expect("a transcript is UTF-8");
        let made = made(&transcript);
        if made == transcript {
            continue;
        }
        if std::env::var_os("JSDB_BLESS").is_some() {
            std::fs::write(&file, made).expect("a transcript can be written");
            continue;
        }
        let first = made.lines().zip(transcript.lines()).find(|(now, then)| now != then);
        wrong.push(format!("{}: {first:?}", file.display()));
    }
    assert!(wrong.is_empty(), "JSDB_BLESS=1 mends transcripts (now, then):\n{}", wrong.join("\n"));
}

/// Exit status and output of a command line.
fn ran(arguments: &[&str], script: &str) -> (i32, String) {
    let output = jsdb(arguments, top(), script.as_bytes());
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn exit_statuses_are_those_of_mdb() {
    // A script ends with 0 whatever happens in it, a command of -e that fails with 1.
    assert_eq!(ran(&["--demo"], "::nosuch\n1 1\n").0, 0);
    assert_eq!(ran(&["--demo"], "$q\n::nosuch\n"), (0, "\n".to_owned()));
    assert_eq!(ran(&["--demo", "-e", "::echo a"], ""), (0, "a \n".to_owned()));
    assert_eq!(ran(&["--demo", "-e", "::nosuch"], "").0, 1);
    assert_eq!(ran(&["--demo", "-e", "::walk nosuch"], "").0, 1);
    assert_eq!(ran(&["--demo", "-e", "::walk"], "").0, 1);
    assert_eq!(ran(&["--demo", "-e", "1 1"], "").0, 1);
    assert_eq!(ran(&["--demo", "-e", "0/X"], "").0, 0);
    // Quitting is no failure; a search ends as if it were one.
    assert_eq!(ran(&["--demo", "-e", "$q"], ""), (0, "\n".to_owned()));
    assert_eq!(ran(&["--demo", "-e", "::walk; $q"], "").0, 1);
    assert_eq!(ran(&["--demo", "-e", "<rsp/L *<rsp"], "").0, 1);
    // Wrong usage does not end the text, what cannot be parsed does; the last command decides.
    assert_eq!(ran(&["--demo", "-e", "::walk; ::echo a"], "").0, 0);
    assert!(!ran(&["--demo", "-e", ") ; ::echo a"], "").1.contains("a \n"));
    assert_eq!(ran(&["--demo", "-e", "::nosuch", "-e", "::echo a"], "").0, 1);
    assert_eq!(ran(&["--demo", "-e", "1=D", "-e", "2=D"], "").1.lines().count(), 2);
    for wrong in
        [&["-Z"][..], &["+x"], &["--demo", "-o", "nosuch"], &["--demo", "-P", &"x".repeat(40)], &["-p", "1", "a"]]
    {
        assert_eq!(ran(wrong, "").0, 2, "{wrong:?}");
    }
    for unopened in [&["/nonexistent"][..], &["-p", "1"], &["-k"], &["-K"], &["-u", "Cargo.toml"], &[]] {
        assert_eq!(ran(unopened, "").0, 1, "{unopened:?}");
    }
}

#[test]
fn options_of_the_command_line_are_heard() {
    assert!(ran(&["--demo", "-o", "array_mem_limit=5", "-P", "x> "], "::set\n").1.contains("limit: 5\n"));
    assert!(!ran(&["--demo", "+o", "pager"], "::set\n").1.contains("pager"));
    assert!(ran(&["--demo", "-s", "100"], "$s\n").1.contains("= 64 (absolute mode)"));
    assert!(ran(&["--demo", "-V", "ia16"], "$V\n").1.contains("mode is ia16"));
    assert_eq!(
        ran(&["--demo", "-V", "nosuch", "-e", "::echo a"], "").1,
        "jsdb: invalid disassembler mode -- nosuch\na \n"
    );
    let (_, adb) = ran(&["--demo", "-o", "adb"], "$a\n::obey\n1=C\n");
    assert_eq!(adb, "No algol 68 here\nCHAPTER 1\n                ^A\n");
    let folder = crate::needs::scratch("macros");
    std::fs::write(folder.join("m"), "::echo from a macro\n<9=D\n").expect("a macro can be written");
    let path = folder.to_string_lossy().into_owned();
    let (_, printed) = ran(&["--demo", "-I", &path], "5,3$<m\n1=D\n");
    assert_eq!(printed, "from a macro \n                3               \n                1               \n");
}

#[test]
fn a_raw_file_is_itself_in_every_address_space() {
    let folder = crate::needs::scratch("raw");
    let path = folder.join("text").display().to_string();
    std::fs::write(&path, "some text\n").expect("a file can be written");
    let (status, printed) = ran(&[&path], "0/4c\n5?4c\n5\\4c\n0::dump -pq ! tail -1\n::mappings ! tail -1\n");
    let mapped = format!("{:>16} {:>16} {:>16} {path} (object file)", 0, "a", "a");
    let expected = "0:              some\n5:              text\n5:              text\n0:  736f6d65 20746578 740a";
    assert_eq!(status, 0);
    assert!(printed.starts_with(expected) && printed.ends_with(&format!("{mapped}\n")), "{printed}");
}

#[test]
fn macros_end_and_are_replaced() {
    let folder = crate::needs::scratch("nested-macros");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a macro can be written");
    write("outer", "::echo outer\n$<<conditional\n::echo back\n$<other\n::echo never\n");
    write("conditional", "::echo before\n0,#<cond$<\n::echo cond was set\n");
    write("other", "::echo other\n)\n::echo after an error\n");
    let path = folder.to_string_lossy().into_owned();
    let (_, printed) = ran(&["--demo", "-I", &path], "0>cond\n$<outer\n1>cond\n$<<conditional\n");
    let other = folder.join("other").display().to_string();
    let expected = format!(
        "outer \nbefore \nback \nother \njsdb: syntax error on line 2 of {other} near \")\"\nafter an error \n\
         before \ncond was set \n"
    );
    assert_eq!(printed, expected);
}

#[test]
fn the_last_line_needs_no_newline_and_long_tokens_are_taken() {
    assert_eq!(ran(&["--demo"], "::echo a").1, "a \n");
    let long = "x".repeat(5000);
    assert_eq!(ran(&["--demo"], &format!("::echo {long}\n")).1, format!("{long} \n"));
}

#[test]
fn a_log_has_what_was_printed() {
    let folder = crate::needs::scratch("log");
    let path = folder.join("log").display().to_string();
    ran(&["--demo"], &format!("::log {path}\n::echo seen\n::nosuch\n::log -d\n::echo unseen\n"));
    let log = std::fs::read_to_string(&path).expect("there is a log");
    assert!(log.contains("seen \n") && log.contains("invalid command '::nosuch'"), "{log}");
    assert!(!log.contains("unseen"), "{log}");
}

#[test]
fn a_reader_that_goes_away_ends_the_session_quietly() {
    let script = "::formats\n".repeat(5000);
    let output = Command::new("/bin/sh")
        .args(["-c", "\"$0\" --demo -e \"$1\" 2>&1 >/dev/null | cat; \"$0\" --demo -e \"$1\" | head -1"])
        .args([env!("CARGO_BIN_EXE_jsdb"), &script])
        .output()
        .expect("a shell runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(printed, "+ - increment dot by the count (variable size)\n");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Of a hundred recorded cases, how many must print the same. The others are what jsdb words in its own way or mends
/// (README, "Unlike mdb").
const SAME_OF_100: usize = 88;

/// `printed` with what does not count made equal: blanks at line ends, wording of messages, where the fixtures lie.
fn comparable(printed: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(printed).replace('\r', "");
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_matches('\n').lines().map(str::trim_end) {
        let message = ["jsdb: ", "mdb: ", "Usage: "].iter().any(|start| line.starts_with(start));
        let line = if message { "<message>".to_owned() } else { line.to_owned() };
        if !(message && lines.last() == Some(&line)) {
            lines.push(line.split(' ').map(without_folder).collect::<Vec<_>>().join(" "));
        }
    }
    lines
}

fn without_folder(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    if name.starts_with("tgt") || name.starts_with("core.sol") { name } else { word }
}

#[test]
fn recorded_sessions_print_what_mdb_printed() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("goldens/lang-x86");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("the cases are there")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().strip_suffix(".cmd")?.to_owned()))
        .collect();
    names.sort();
    let mut differing = Vec::new();
    for name in &names {
        let read = |ending: &str| std::fs::read(folder.join(format!("{name}.{ending}"))).expect("the case is whole");
        let output = jsdb(&["core/tgt32", "core/core.sol32"], &folder, &read("cmd"));
        let (mut now, mut then) = (comparable(&output.stdout), comparable(&read("out")));
        // mdb lists variables in the order of a hash.
        now.sort();
        then.sort();
        if now != then {
            differing.push(name.as_str());
        }
    }
    let same = names.len() - differing.len();
    assert!(same * 100 >= names.len() * SAME_OF_100, "{same} of {}; not: {}", names.len(), differing.join(" "));
}
