//! jsdb in a script: commands from everywhere, order, statuses, what it makes for shells.
//!
//! Knows: processes and their streams. Must not know: what any dcmd finds.

use crate::needs::{self, left_out, scratch};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

const JSDB: &str = env!("CARGO_BIN_EXE_jsdb");

/// Runs `program` with `arguments` on `input`.
fn run(program: impl AsRef<Path>, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(program.as_ref())
        .args(arguments)
        .env("HOME", "/nonexistent")
        .env("SHELL", "/bin/sh")
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let input = input.to_owned();
    // From a thread, so that neither side waits for the other; it may end before it has read all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    drop(writer.join());
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Standard output of the shell's `line`, in which `jsdb` is jsdb, and its status.
fn shell(line: &str) -> (String, Option<i32>) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = scratch("path");
        symlink(JSDB, folder.join("jsdb")).expect("a link can be made");
        // Cores of the server: an earlier one, and the sample.
        for (name, core) in [("core.1", "demo-earlier.core.zst"), ("core.2", "demo.core.zst")] {
            symlink(needs::fixtures().join(core), folder.join(name)).expect("a link can be made");
        }
        folder
    });
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let output =
        Command::new("bash").args(["-c", line]).env("PATH", path).env("TZ", "UTC").current_dir(folder).output();
    let output = output.expect("bash runs");
    (text(&output.stdout), output.status.code())
}

#[test]
fn commands_come_from_options_input_and_files() {
    assert_eq!(text(&run(JSDB, &["--demo", "-e", "::echo 1", "-e", "::echo 2; ::echo 3"], "").stdout), "1 \n2 \n3 \n");
    assert_eq!(text(&run(JSDB, &["--demo"], "::echo 1\n::echo 2").stdout), "1 \n2 \n");
    // A first line says how to run a script; anywhere else it is a command, and a wrong one.
    assert_eq!(text(&run(JSDB, &["--demo"], "#!/usr/bin/jsdb\n::echo 1\n").stdout), "1 \n");
    assert!(text(&run(JSDB, &["--demo"], "::echo 1\n#!/usr/bin/jsdb\n").stderr).contains("jsdb: "));

    let folder = scratch("scripts");
    let script = folder.join("sockets");
    std::fs::write(&script, format!("#!/usr/bin/env -S {JSDB} --demo -x\n::echo hello\n4224cce67a9::jsconstructor\n"))
        .expect("a script can be written");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("it can be made to run");
    let output = run(&script, &[], "::echo 'of no interest'\n");
    assert_eq!((text(&output.stdout), output.status.code()), ("hello \nSocket\n".to_owned(), Some(0)));
    let core = needs::fixtures().join("demo.core.zst").display().to_string();
    let output = run(JSDB, &["-x", &script.display().to_string(), &core], "");
    assert_eq!(text(&output.stdout), "hello \nSocket\n");
    let output = run(JSDB, &["--demo", "-x", "/nonexistent"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("failed to open /nonexistent: No such file or directory"));
}

#[test]
fn there_is_no_prompt_and_no_colour_without_a_terminal() {
    let output = run(JSDB, &["--demo"], "4224cce5919::jsprint -d 1\n");
    assert!(text(&output.stdout).starts_with("{\n    \"socket\": [...],\n"));
    let output = run(JSDB, &["--demo", "--color", "always", "-e", "4224cce5919::jsprint -d 1"], "");
    assert!(text(&output.stdout).contains("\x1b[34m\"socket\"\x1b[0m"));
}

#[test]
fn output_and_errors_keep_their_order() {
    let script = "::echo 1\n::nosuch\n::echo 3\n1::walk nosuch\n::echo 5 ! cat\n::status -z\n! echo 7\n::echo 8\n";
    let (printed, _) = shell(&format!("jsdb --demo 2>&1 <<'END'\n{script}END"));
    let heads: Vec<_> = printed.lines().map(|line| line.split(':').next().unwrap_or_default().trim()).collect();
    let heads: Vec<_> = heads.into_iter().filter(|head| *head == "jsdb" || head.len() == 1).collect();
    assert_eq!(heads, ["1", "jsdb", "3", "jsdb", "5", "7", "8"], "{printed}");
}

#[test]
fn a_broken_pipe_ends_quietly() {
    let (printed, _) = shell("jsdb --demo -e '::jsfunctions -l' -e '::nm' 2>&1 | head -n 1; echo ${PIPESTATUS[0]}");
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines.len(), 2, "{printed}");
    assert_eq!(lines[1], "141", "as a program that SIGPIPE ends");
    // A shell that reads no more ends its command, not the session: what would go on for years ends at once.
    let line = "0,1000000000000000::map . ! head -n 1";
    let (printed, status) = shell(&format!("timeout 300 jsdb --demo -e '{line}' -e '::echo after' 2>&1"));
    assert_eq!((printed.as_str(), status), ("0\nafter \n", Some(0)));
}

#[test]
fn a_signal_ends_a_script() {
    let (printed, _) = shell("timeout --signal=INT 1 jsdb --demo -e '0,1000000000::map . ! cat >/dev/null'; echo $?");
    assert_eq!(printed, "124\n");
}

#[test]
fn a_huge_count_ends_where_memory_does() {
    // The last mapping of the sample is its stack.
    let mappings = text(&run(JSDB, &["--json", "--demo", "-e", "::mappings"], "").stdout);
    let last: serde_json::Value = serde_json::from_str(mappings.lines().last().expect("there is one")).expect("JSON");
    let limit = u64::from_str_radix(last["limit"].as_str().expect("it is text").trim_start_matches("0x"), 16);
    let from = limit.expect("it is hex") - 64;
    let ends = |line: String| {
        // Not for ever, whatever is wrong.
        let output = run("timeout", &["100", JSDB, "--demo", "-e", &line], "");
        assert_eq!(output.status.code(), Some(0), "{line}");
        (text(&output.stdout), text(&output.stderr))
    };
    let nothing = "failed to read data from target: no mapping for address\n";
    for line in [format!("{from:x},1000000000000/X"), format!("{from:x}/1000000000000X")] {
        let (printed, told) = ends(line.clone());
        let values = printed.split_whitespace().filter(|word| !word.ends_with(':')).count();
        assert_eq!((values, told.as_str()), (16, format!("jsdb: {nothing}").as_str()), "{line}");
    }
    for letters in ["s", "S", "c", "C", "i", "a", "nX", "1000000000000s", "1000000000000c", "1000000000000i"] {
        // `a` reads nothing: it ends when its count does.
        let count = if letters == "a" { "3" } else { "1000000000000" };
        let (_, told) = ends(format!("{from:x},{count}/{letters}"));
        assert!(told.lines().count() <= 1, "{letters}: {told}");
    }
    // What is gathered for another stage is bounded.
    let line = "0,1000000000000::map . | ::grep 1";
    let output = run("timeout", &["100", JSDB, "--max-memory", "1m", "--demo", "-e", line], "");
    let told = text(&output.stderr);
    assert!(told.contains("a stage of the pipeline puts out more than 1 MB"), "{told}");
}

#[test]
fn quitting_is_no_failure() {
    assert_eq!(run(JSDB, &["--demo", "-e", "$q"], "").status.code(), Some(0));
    assert_eq!(run(JSDB, &["--demo", "-e", "::quit"], "").status.code(), Some(0));
}

#[test]
fn json_can_be_switched_on_and_off() {
    let script = "4224cce67a9::jsconstructor\n::set -o json\n4224cce67a9::jsconstructor\n::set +o json\n\
                  4224cce67a9::jsconstructor\n";
    let json = "{\"address\":\"0x4224cce67a9\",\"constructor\":\"Socket\",\"function\":\"0x4224ccf1b61\"}";
    let printed = text(&run(JSDB, &["--demo"], script).stdout);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!((lines[0], lines[2]), ("Socket", "Socket"));
    let (now, then): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(lines[1]).expect("JSON"), serde_json::from_str(json).expect("JSON"));
    assert_eq!((&now["address"], &now["constructor"]), (&then["address"], &then["constructor"]));
    assert_eq!(text(&run(JSDB, &["--demo", "--json", "-e", "1=D"], "").stdout).lines().count(), 1);
}

#[test]
fn shells_and_man_are_served() {
    for (name, proof) in [
        ("bash", "complete -F _jsdb"),
        ("zsh", "#compdef jsdb"),
        ("fish", "complete -c jsdb"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let output = run(JSDB, &["completions", name], "");
        let script = text(&output.stdout);
        assert!(output.status.success() && script.contains(proof) && script.contains("demo"), "{name}: {script}");
    }
    let (status, _) = shell("jsdb completions bash > completions && bash -n completions; echo $?");
    assert_eq!(status, "0\n");
    let page = text(&run(JSDB, &["man"], "").stdout);
    assert!(page.starts_with(".ie") && page.contains(".TH jsdb 1"), "{page}");
    for told in ["find JavaScript objects", "only groups made by this constructor", "\\-\\-color", ".SH EXAMPLES", "jq"]
    {
        assert!(page.contains(told), "the page tells of {told}");
    }
}

#[test]
fn no_arguments_and_wrong_ones_say_what_to_do() {
    let said = |arguments: &[&str]| text(&run(JSDB, arguments, "").stderr);
    assert_eq!(said(&[]), "jsdb: which core? Name one, or try --demo; --help tells more\n");
    assert!(said(&["/nonexistent"]).contains("failed to open /nonexistent: No such file or directory"));
    assert!(said(&["--dmeo"]).contains("--demo"), "a near option is suggested");
    assert!(said(&["-e"]).contains("--help"));
    assert!(said(&["-p", "1"]).contains("gcore(1)"));
    assert!(said(&["a", "b", "c"]).contains("--help"));
}

#[test]
fn called_mdb_it_takes_the_options_of_mdb() {
    let folder = scratch("mdb");
    let mdb = folder.join("mdb");
    symlink(JSDB, &mdb).expect("a link can be made");
    let core = needs::fixtures().join("demo.core.zst").display().to_string();
    let options =
        ["-S", "-m", "-u", "-y", "-A", "-C", "-F", "-M", "-W", "-V", "amd64", "-R", "/", "-D", "all", "-s", "0"];
    let mut arguments = options.to_vec();
    arguments.extend(["-I", "/", "-L", "/", "-P", "> ", "-o", "pager", "+o", "pager", "-e", "::echo as mdb", &core]);
    let output = run(&mdb, &arguments, "");
    assert_eq!((text(&output.stdout), output.status.code()), ("as mdb \n".to_owned(), Some(0)));
    let output = run(&mdb, &["-e", "::nosuch", &core], "");
    assert!(text(&output.stderr).starts_with("mdb: invalid command '::nosuch'"));
    assert_eq!(run(&mdb, &["-e", "1=D", "-e", "2=D", &core], "").status.code(), Some(2));
    for kernel in ["-k", "-K", "-U"] {
        assert_eq!(run(&mdb, &[kernel], "").status.code(), Some(1), "{kernel}");
    }
}

#[test]
fn lists_are_by_subject_and_can_be_searched() {
    let (dcmds, _) = shell("jsdb --demo -e ::dcmds");
    let heads: Vec<_> = dcmds.lines().filter(|line| !line.is_empty() && !line.contains(" - ")).collect();
    assert_eq!(heads, ["JavaScript", "V8", "Node", "Process", "Language"]);
    assert_eq!(
        shell("jsdb --demo -e '::dcmds !grep jsprint'").0,
        "jsprint                  - print a JavaScript object\n"
    );
    assert!(shell("jsdb --demo -e ::walkers").0.contains("JavaScript\njsdominated"));
    let (tour, _) = shell("jsdb --demo -e ::help");
    for name in ["::findjsobjects -r", "::jsprint", "::jsstack -v", "::status", "::jsclosure", "::apropos"] {
        assert!(tour.contains(name), "the tour tells of {name}");
    }
    let (page, _) = shell("jsdb --demo -e '::help jsprint'");
    let heads: Vec<_> = page.lines().filter(|line| line.chars().all(|c| c.is_ascii_uppercase() || c == ' ')).collect();
    let heads: Vec<_> = heads.into_iter().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(heads, ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "JSON", "SEE ALSO"]);
}

/// README's lines for a shell in the block called `name`: each line that begins with `$ ` is run, what follows is what it
/// prints.
fn readme_shows_what_is_printed(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("README.md");
    let (mark, end) = (format!("<!-- {name} -->\n```console\n"), format!("```\n<!-- end of {name} -->"));
    let from = readme.find(&mark).expect("README has the block") + mark.len();
    let to = from + readme[from..].find(&end).expect("the block has an end");
    let mut made = String::new();
    for line in readme[from..to].lines().filter(|line| line.starts_with("$ ")) {
        made.push_str(&format!("{line}\n{}", shell(&line[2..]).0));
    }
    if made != readme[from..to] && std::env::var_os("JSDB_BLESS").is_some() {
        std::fs::write(&path, format!("{}{made}{}", &readme[..from], &readme[to..])).expect("to write README.md");
        return;
    }
    assert_eq!(made, readme[from..to], "JSDB_BLESS=1 cargo test writes README anew");
}

#[test]
fn jq_makes_of_json_what_readme_shows() {
    match needs::program("jq") {
        Ok(()) => readme_shows_what_is_printed("jq on the sample core"),
        Err(why) => left_out(&why),
    }
}

#[test]
fn two_cores_differ_as_readme_shows() {
    readme_shows_what_is_printed("two cores");
}
