//! Native stacks of Linux processes whose code keeps no frame pointers, 32-bit and 64-bit: `deep.c`, which says what its
//! stack is.

use crate::needs::{self, left_out};
use crate::session::Session;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What `deep.c` calls from `main` on, innermost first; the names of libc's own functions in between are its affair.
const STACK: [&str; 5] = ["waits", "compare", "libc.so.6`qsort", "sorts", "main"];

/// `deep.c`, compiled in `folder` for words of `bits`.
fn compiled(folder: &Path, bits: &str) -> Result<PathBuf, String> {
    needs::program("gcc")?;
    let program = folder.join("deep");
    let mut gcc = Command::new("gcc");
    gcc.arg(format!("-m{bits}")).args(["-O2", "-fomit-frame-pointer", "-o"]).arg(&program);
    let output = gcc.arg(needs::fixtures().join("lab/deep.c")).output().expect("gcc runs");
    if output.status.success() { Ok(program) } else { Err(format!("needs gcc for {bits} bits (gcc-multilib)")) }
}

/// A process that ends with this.
struct Waiting(Child);

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The core of `program` while it waits.
fn waiting(program: &Path) -> Result<PathBuf, String> {
    needs::program("gdb")?;
    let mut child = Command::new(program).env_clear().stdout(Stdio::piped()).spawn().expect("the program runs");
    let said = child.stdout.take().expect("its output is a pipe");
    let waiting = Waiting(child);
    let mut line = String::new();
    BufReader::new(said).read_line(&mut line).expect("it says that it is ready");
    // It has yet to come from there to where it waits.
    let asleep = || std::fs::read_to_string(format!("/proc/{}/wchan", waiting.0.id())).unwrap_or_default();
    for _ in 0..100 {
        if asleep().contains("poll") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let core = program.with_extension("core");
    let (pid, gcore) = (waiting.0.id().to_string(), format!("gcore {}", core.display()));
    let output = Command::new("gdb").args(["-nx", "-batch", "-p", &pid, "-ex", &gcore]).output().expect("gdb runs");
    assert!(core.exists(), "gdb wrote a core: {}", String::from_utf8_lossy(&output.stderr));
    Ok(core)
}

fn check(bits: &str) {
    let folder = needs::scratch(&format!("deep{bits}"));
    let core = match compiled(&folder, bits).and_then(|program| waiting(&program)) {
        Ok(core) => core,
        Err(why) => return left_out(&why),
    };
    let printed = Session::on(&core).each(&["$c", "::status ! head -n 1"]);
    assert!(printed[1].contains(&format!("({bits}-bit)")), "{}", printed[1]);
    let mut found = printed[0].lines();
    for name in STACK {
        let is_called = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['+', '_']));
        assert!(found.any(is_called), "{name} is missing or out of order:\n{}", printed[0]);
    }
    // Nothing is made up: no frame but its own, libc's and the kernel's.
    let is_known = |line: &str| {
        let own = STACK.iter().chain(&["_start"]).any(|name| line.starts_with(name));
        own || ["0x", "libc.so.6`", "linux-gate.so.1`"].iter().any(|start| line.starts_with(start))
    };
    assert!(printed[0].lines().all(is_known), "{}", printed[0]);
}

#[test]
fn a_waiting_32_bit_process_shows_its_stack_down_to_main() {
    check("32");
}

#[test]
fn a_waiting_64_bit_process_shows_its_stack_down_to_main() {
    check("64");
}
