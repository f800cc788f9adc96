//! What was saved of real processes: stacks, status, load objects, files on disk. Knows: the lab's programs, and what any
//! Linux process is like.

use crate::lab::{self, Core};
use crate::needs::{self, left_out};
use crate::session::{Output, Session};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The names of code in what `::stack` prints, without prefixes and offsets.
fn code(stack: &str) -> Vec<&str> {
    stack
        .lines()
        .map(|line| line.split('(').next().unwrap_or(line))
        .map(|name| name.split('+').next().unwrap_or(name))
        .collect()
}

/// `jsdb EXE CORE` with a script.
fn with_exe(exe: &Path, core: &Path, script: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jsdb"))
        .args([exe, core])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("jsdb runs");
    // It may end before it has read all.
    drop(child.stdin.take().expect("its input is a pipe").write_all(script.as_bytes()));
    let output = child.wait_with_output().expect("jsdb ends");
    let text = |bytes| String::from_utf8(bytes).expect("what jsdb prints is UTF-8");
    Output { stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn linux(cores: &[Core]) -> &Core {
    cores.iter().find(|c| c.kind == "gcore").expect("gdb took one")
}

#[test]
fn an_idle_node_shows_its_stack_down_to_where_it_began() {
    let frozen = match lab::values() {
        Ok(frozen) => frozen,
        Err(why) => return left_out(why),
    };
    let printed =
        Session::on(&linux(&frozen.cores).path).each(&["::stack", "::walk thread | ::findstack ! grep -c ThreadEntry"]);
    let code = code(&printed[0]);
    // libc has no frame pointers on Linux; main itself is gone, it ended by a jump to node::Start.
    let expected = ["uv__epoll_wait", "uv__io_poll", "uv_run", "node::Start", "libc.so.6`__libc_start_main"];
    let found: Vec<_> = expected.iter().filter(|name| code.contains(name)).collect();
    assert_eq!(found.len(), expected.len(), "{}", printed[0]);
    let order: Vec<_> = code.iter().filter(|name| expected.contains(name)).collect();
    assert_eq!(order, expected.iter().collect::<Vec<_>>());
    // node's helper thread, down to the function that it was begun with.
    assert_ne!(printed[1].trim(), "0", "v8::internal::ThreadEntry is on a stack");
}

#[test]
fn what_gdb_left_out_is_read_from_the_files() {
    let frozen = match lab::values() {
        Ok(frozen) => frozen,
        Err(why) => return left_out(why),
    };
    let core = &linux(&frozen.cores).path;
    let printed = Session::on(core).each(&["::status", "main::dis -n 0", "main::mappings", "::objects ! sed -n 2p"]);
    let node = needs::node().expect("it made the core");
    let node = node.canonicalize().expect("it exists");
    assert!(printed[0].contains(&format!("file: {}\n", node.display())), "{}", printed[0]);
    assert!(printed[0].ends_with("status: process core file generated with gcore(1)\n"), "{}", printed[0]);
    assert!(printed[1].starts_with("main:  "), "{}", printed[1]);
    assert!(printed[2].contains(&*node.to_string_lossy()), "{}", printed[2]);
    assert!(printed[3].contains(&*node.to_string_lossy()), "the executable comes first: {}", printed[3]);
}

#[test]
fn an_executable_that_is_not_the_program_is_told() {
    let frozen = match lab::values() {
        Ok(frozen) => frozen,
        Err(why) => return left_out(why),
    };
    let node = needs::node().expect("it made the core");
    for Core { kind, path } in &frozen.cores {
        let right = with_exe(&node, path, "main::nm\n");
        assert_eq!((right.stderr.as_str(), right.stdout.contains("|main")), ("", true), "{kind}");
        let wrong = with_exe(Path::new("/bin/sh"), path, "::status\n");
        assert!(wrong.stderr.contains("/bin/sh is not the program that dumped the core"), "{kind}: {}", wrong.stderr);
    }
    let alone = with_exe(&node, &node, "::status\n");
    assert!(alone.stderr.ends_with("is not a core file\n"), "{}", alone.stderr);
}

#[test]
fn how_a_process_ended_as_the_kernel_saw_it() {
    let core = match lab::crash() {
        Ok(core) => core,
        Err(why) => return left_out(why),
    };
    let printed = Session::on(&core.path).each(&["::status", "::stack"]);
    assert!(printed[0].contains("status: process terminated by SIG"), "{}", printed[0]);
    let code = code(&printed[1]);
    assert!(code.contains(&"v8::internal::OS::Abort") || code.contains(&"libc.so.6`abort"), "{}", printed[1]);
    assert!(code.contains(&"node::Start"), "{}", printed[1]);
}

#[test]
fn an_executable_alone() {
    let node = match needs::node() {
        Ok(node) => node,
        Err(why) => return left_out(&why),
    };
    let output = Session::on(&node).run("::status\nmain::nm\nnode`main=K\nmain::dis -n 1\n$c\n$r\n");
    assert!(output.stdout.contains("debugging executable file (64-bit)\n"), "{}", output.stdout);
    assert!(output.stdout.contains("\nstatus: idle\n"));
    assert!(output.stdout.contains("|FUNC |GLOB |0x0  |"), "{}", output.stdout);
    assert!(output.stdout.contains("\nmain:  "), "its code is read from the file: {}", output.stdout);
    assert_eq!(output.stderr.lines().collect::<Vec<_>>(), ["jsdb: no process active"; 2]);
}

#[test]
fn a_cut_core_opens_with_one_warning() {
    let whole = std::fs::read(needs::fixtures().join("demo.core.zst")).expect("the sample core is there");
    let folder = needs::scratch("cut");
    let core = folder.join("cut.core.zst");
    std::fs::write(&core, &whole[..whole.len() * 3 / 4]).expect("it can be written");
    let output = Session::on(&core).run("::status\n::findjsobjects ! wc -l\n");
    let warnings: Vec<_> = output.stderr.lines().filter(|l| l.contains("truncated")).collect();
    assert_eq!(warnings.len(), 1, "{}", output.stderr);
    assert!(output.stdout.contains("debugging core file of node (64-bit)"), "{}", output.stdout);
}

#[test]
fn files_that_are_no_cores_are_refused_with_a_sentence() {
    let folder = needs::scratch("refused");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("it can be written");
        path
    };
    let cases = [
        (write("empty", b""), "is empty"),
        (write("cut", b"\x7fELF\x02\x01\x01"), "is cut within its ELF header"),
        (folder.join("missing"), "No such file or directory"),
        (folder.clone(), "Is a directory"),
    ];
    for (path, words) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_jsdb")).arg(&path).output().expect("jsdb runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{}: {stderr}", path.display());
        assert!(stderr.starts_with("jsdb: ") && stderr.contains(words), "{}: {stderr}", path.display());
    }
}
