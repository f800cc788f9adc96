//! Ctrl-C while jsdb does one thing and ends: it ends at once, says so, and leaves nothing that looks whole.
//!
//! Knows: signals, a core of a million objects. Must not know: what is written.

use crate::lab;
use crate::needs::{left_out, scratch};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What a shell shows for a program that SIGINT ended, by the program's own doing.
const INTERRUPTED: Option<i32> = Some(130);

/// SIGINT in a mask of signals.
const SIGINT: u64 = 1 << 1;

fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsdb"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("jsdb starts")
}

/// Waits until it works on the core: from then on it hears Ctrl-C itself.
fn hears(child: &Child) {
    until(child, || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & SIGINT != 0)
    });
}

/// Waits until `holds`, as long as `child` is there to make it so.
#[track_caller]
fn until(child: &Child, mut holds: impl FnMut() -> bool) {
    let process = PathBuf::from(format!("/proc/{}/exe", child.id()));
    while !holds() {
        assert!(process.read_link().is_ok(), "it ended before");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Presses Ctrl-C; how it ended, and what it said.
fn interrupt(mut child: Child) -> (Option<i32>, String) {
    let pressed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(pressed.success(), "it is still there");
    let mut said = String::new();
    child.stderr.take().expect("it is a pipe").read_to_string(&mut said).expect("it says text");
    (child.wait().expect("it ends").code(), said)
}

fn core() -> Result<&'static Path, &'static str> {
    lab::million().map(|million| million.cores[0].path.as_path()).map_err(|why| why.as_str())
}

#[test]
fn an_export_leaves_no_table() {
    let core = match core() {
        Ok(core) => core.display().to_string(),
        Err(why) => return left_out(why),
    };
    let tables = scratch("interrupted").join("tables");
    let arguments = ["export", &core, "--parquet", &tables.display().to_string()];
    // In the graph; then in a table, when two are done.
    let child = start(&arguments);
    hears(&child);
    assert_eq!(interrupt(child), (INTERRUPTED, "jsdb: interrupted\n".to_owned()));
    assert!(!tables.exists());
    let child = start(&arguments);
    until(&child, || tables.join("edges.parquet.partial").exists());
    assert_eq!(interrupt(child), (INTERRUPTED, "jsdb: interrupted\n".to_owned()));
    assert!(!tables.exists(), "not even those that were done");
    // A folder that was there stays, and what is in it.
    std::fs::create_dir_all(&tables).expect("a folder can be made");
    std::fs::write(tables.join("of-another"), "").expect("a file can be made");
    let child = start(&arguments);
    until(&child, || tables.join("objects.parquet.partial").exists());
    assert_eq!(interrupt(child).0, INTERRUPTED);
    let names: Vec<_> =
        std::fs::read_dir(&tables).expect("it stays").map(|entry| entry.map(|e| e.file_name())).collect();
    assert_eq!(names.into_iter().flatten().collect::<Vec<_>>(), ["of-another"]);
}

#[test]
fn a_report_leaves_no_page() {
    let core = match core() {
        Ok(core) => core.display().to_string(),
        Err(why) => return left_out(why),
    };
    let folder = scratch("interrupted-report");
    let page = folder.join("page.html");
    let arguments = ["report", &core, "-o", &page.display().to_string()];
    // Whatever it does just then; should it be done before, the page is there.
    for pause in [0, 700, 2000, 4000] {
        let child = start(&arguments);
        hears(&child);
        std::thread::sleep(Duration::from_millis(pause));
        let process = PathBuf::from(format!("/proc/{}/exe", child.id()));
        if pause > 0 && process.read_link().is_err() {
            assert!(std::fs::read_to_string(&page).is_ok_and(|page| page.ends_with("</html>")));
            break;
        }
        let (status, said) = interrupt(child);
        if status == Some(0) && pause > 0 {
            break;
        }
        assert_eq!((status, said.as_str()), (INTERRUPTED, "jsdb: interrupted\n"), "after {pause} ms");
        assert_eq!(std::fs::read_dir(&folder).expect("it is there").count(), 0, "after {pause} ms");
    }
}

#[test]
fn a_comparison_ends() {
    let core = match core() {
        Ok(core) => core.display().to_string(),
        Err(why) => return left_out(why),
    };
    let child = start(&["diff", &core, &core]);
    hears(&child);
    assert_eq!(interrupt(child), (INTERRUPTED, "jsdb: interrupted\n".to_owned()));
}
