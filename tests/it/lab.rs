//! The lab: fixture programs as live processes, and cores of them.
//!
//! Each program is run once, each core of it taken once, however many tests ask. Knows: node, gdb, the core writer.
//! Must not know: what jsdb makes of a core.

use crate::needs;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// A core of a fixture program.
#[derive(Debug)]
pub struct Core {
    /// What it is, for messages.
    pub kind: &'static str,
    /// The file.
    pub path: PathBuf,
}

/// Cores of one and the same frozen process, and the last line that it said.
#[derive(Debug)]
pub struct Frozen {
    /// Its cores, of every kind.
    pub cores: Vec<Core>,
    /// What the process said it held.
    pub held: Value,
}

/// Why cores could not be taken: what this machine lacks.
type Lacking = String;

/// A live fixture program: it ends with this.
struct Process {
    child: Child,
    /// Kept open: the programs stay until their input is closed.
    stdin: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
}

/// Where a program stays.
#[derive(Clone, Copy)]
enum Stays {
    /// It reads its standard input.
    Reading,
    /// It waits for events.
    Polling,
    /// It runs, and calls nobody.
    Spinning,
}

impl Stays {
    /// Whether it does, by the number of its system call on x64 and the arguments of that.
    fn in_call(self, call: &str) -> bool {
        match self {
            Stays::Reading => call.starts_with("0 0x0 "),
            Stays::Spinning => call.starts_with("running"),
            Stays::Polling => call.starts_with("232 ") || call.starts_with("281 "),
        }
    }
}

impl Process {
    /// Runs `program` of the lab with `args` in `folder`, with an empty environment.
    fn start(node: &Path, folder: &Path, program: &str, args: &[&str]) -> Process {
        let mut command = Command::new(node);
        Process::spawn(command.arg(needs::fixtures().join("lab").join(program)).args(args), folder)
    }

    /// Runs `command` in `folder`, with an empty environment.
    fn spawn(command: &mut Command, folder: &Path) -> Process {
        let mut child = command
            .env_clear()
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let said = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Process { stdin: child.stdin.take(), child, said }
    }

    /// The next line that it says, which is JSON.
    fn says(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("the program speaks UTF-8");
        serde_json::from_str(&line).expect("the program says JSON")
    }

    /// Writes a line to its standard input.
    fn told(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("its input is a pipe");
        // At once: it may look at each piece.
        stdin.write_all(format!("{line}\n").as_bytes()).expect("the program reads");
    }

    /// Waits until it `stays`, having said all that it says.
    fn settles(&self, stays: Stays) {
        let doing = format!("/proc/{}/syscall", self.child.id());
        for _ in 0..1000 {
            if std::fs::read_to_string(&doing).is_ok_and(|call| stays.in_call(&call)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the program stays where it says, in time");
    }

    /// Takes every kind of core.
    fn cores(&mut self, folder: &Path) -> Vec<Core> {
        let pid = self.child.id().to_string();
        let illumos = folder.join("illumos.core");
        checked(illumos_gcore().arg(&pid).arg(&illumos));
        vec![Core { kind: "illumos", path: illumos }, self.gcore(folder)]
    }

    /// Takes gdb's core.
    fn gcore(&mut self, folder: &Path) -> Core {
        let pid = self.child.id().to_string();
        let path = folder.join("gcore.core");
        let gcore = format!("gcore {}", path.display());
        checked(Command::new("gdb").args(["-nx", "-batch", "-p", &pid, "-ex", &gcore]));
        assert!(path.exists(), "gdb wrote a core");
        Core { kind: "gcore", path }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `command` to its end, which must be a good one.
fn checked(command: &mut Command) {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The core writer, built by the cargo that runs the tests.
fn illumos_gcore() -> Command {
    let mut command = Command::new(env!("CARGO"));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    command.args(["run", "--quiet", "--example", "illumos-gcore", "--manifest-path"]).arg(manifest).arg("--");
    command
}

/// What [`values`] and [`server`] need.
fn lacking() -> Result<PathBuf, Lacking> {
    needs::program("gdb")?;
    needs::node()
}

/// `values.js`, idle in its event loop.
pub fn values() -> Result<&'static Frozen, &'static Lacking> {
    static FROZEN: OnceLock<Result<Frozen, Lacking>> = OnceLock::new();
    let make = || {
        let node = lacking()?;
        let folder = needs::scratch("values");
        let mut process = Process::start(&node, &folder, "values.js", &[]);
        let held = process.says();
        Ok(Frozen { cores: process.cores(&folder), held })
    };
    FROZEN.get_or_init(make).as_ref()
}

/// `pingpong-server.js` after 200 peers, waiting in its audit.
pub fn server() -> Result<&'static Frozen, &'static Lacking> {
    static FROZEN: OnceLock<Result<Frozen, Lacking>> = OnceLock::new();
    let make = || {
        let node = lacking()?;
        let folder = needs::scratch("server");
        let mut process = Process::start(&node, &folder, "pingpong-server.js", &[]);
        let port = process.says()["port"].to_string();
        let client = needs::fixtures().join("lab/pingpong-client.js");
        checked(Command::new(&node).arg(client).args([&port, "200"]).env_clear());
        let held = process.says();
        Ok(Frozen { cores: process.cores(&folder), held })
    };
    FROZEN.get_or_init(make).as_ref()
}

/// `million.js`: one core, and how many objects it said it held.
pub fn million() -> Result<&'static Frozen, &'static Lacking> {
    static FROZEN: OnceLock<Result<Frozen, Lacking>> = OnceLock::new();
    let make = || {
        let node = lacking()?;
        let folder = needs::scratch("million");
        let mut process = Process::start(&node, &folder, "million.js", &[]);
        let held = process.says();
        Ok(Frozen { cores: vec![process.gcore(&folder)], held })
    };
    FROZEN.get_or_init(make).as_ref()
}

/// What lets a program say which of its functions are to be compiled, and how.
const NATIVES: &str = "--allow-natives-syntax";

/// `nodes.js` on the Node of `line`, in the innermost of its functions; its core is gone with the result.
pub fn nodes(line: &str) -> Result<Taken, Lacking> {
    taken("nodes", line, &[NATIVES], Stays::Reading)
}

/// `given-up.js` on the Node of `line`, in the function that V8 gave up the others' code for.
pub fn given_up(line: &str) -> Result<Taken, Lacking> {
    taken("given-up", line, &[NATIVES], Stays::Reading)
}

/// `spinning.js` on the Node of `line`, in its loop.
pub fn spinning(line: &str) -> Result<Taken, Lacking> {
    taken("spinning", line, &[NATIVES], Stays::Spinning)
}

/// `handles.js` on the Node of `line`, idle in its event loop.
pub fn handles(line: &str) -> Result<Taken, Lacking> {
    taken("handles", line, &[], Stays::Polling)
}

/// `scavenged.js` on the Node of `line`, idle in its event loop.
pub fn scavenged(line: &str) -> Result<Taken, Lacking> {
    taken("scavenged", line, &["--expose-gc"], Stays::Polling)
}

/// `workers.js` on the Node of `line`, its main thread idle in its event loop.
pub fn workers(line: &str) -> Result<Taken, Lacking> {
    taken("workers", line, &[], Stays::Polling)
}

/// `workers.js` as a worker of it has ended it: the kernel's core.
pub fn died_in_worker(line: &str) -> Result<Taken, Lacking> {
    let folder = needs::scratch(&format!("died-in-worker-{line}"));
    killed("workers.js", &[NATIVES], &["die"], line, folder, |_| {})
}

/// `leaks.js` on the Node of `line`, which keeps what it should forget in the `kind` of way, or (`healthy`) does not.
pub fn leaks(line: &str, kind: &str, healthy: bool) -> Result<Taken, Lacking> {
    let variant = if healthy { "healthy" } else { "leaking" };
    taken_with("leaks", line, &[], &[kind, variant], Stays::Reading)
}

/// `idle.js` on the Node of `line`.
pub fn idle(line: &str) -> Result<Taken, Lacking> {
    taken("idle", line, &[], Stays::Polling)
}

/// `graph.js` on the Node of `line`, in its innermost function.
pub fn graph(line: &str) -> Result<Taken, Lacking> {
    taken("graph", line, &[], Stays::Reading)
}

/// `snapshot.js` on the Node of `line`, just after V8 wrote a heap snapshot of it to the file `v8.heapsnapshot`.
pub fn snapshot(line: &str) -> Result<Taken, Lacking> {
    taken_with("snapshot", line, &[], &["v8.heapsnapshot"], Stays::Reading)
}

/// As [`snapshot`], and a second core, `second.core`, after the process has worked on for a while.
pub fn snapshot_twice(line: &str) -> Result<Taken, Lacking> {
    needs::program("gdb")?;
    let node = needs::node_of_line(line)?;
    let folder = needs::scratch(&format!("snapshot-twice-{line}"));
    let mut process = Process::start(&node, &folder, "snapshot.js", &["v8.heapsnapshot"]);
    let held = process.says();
    process.settles(Stays::Reading);
    let (first, second) = (folder.join("first.core"), folder.join("second.core"));
    std::fs::rename(process.gcore(&folder).path, &first).expect("a core can be renamed");
    process.told("");
    process.says();
    process.settles(Stays::Reading);
    std::fs::rename(process.gcore(&folder).path, second).expect("a core can be renamed");
    Ok(Taken { core: first, held, folder })
}

/// `holding.js` on the Node of `line`, leaking or healthy.
pub fn holding(line: &str, variant: &str) -> Result<Taken, Lacking> {
    taken_with("holding", line, &[], &[variant], Stays::Reading)
}

/// `waste.js` on the Node of `line`, wasteful or frugal.
pub fn waste(line: &str, variant: &str) -> Result<Taken, Lacking> {
    taken_with("waste", line, &[], &[variant], Stays::Reading)
}

/// The program called `name` on the Node of `line` with Node's `options`, where it `stays`.
fn taken(name: &str, line: &str, options: &[&str], stays: Stays) -> Result<Taken, Lacking> {
    taken_with(name, line, options, &[], stays)
}

/// As [`taken`], the program run with `args`.
fn taken_with(name: &str, line: &str, options: &[&str], args: &[&str], stays: Stays) -> Result<Taken, Lacking> {
    needs::program("gdb")?;
    let node = needs::node_of_line(line)?;
    let folder = needs::scratch(&[&[name, line], args].concat().join("-"));
    let program = needs::fixtures().join(format!("lab/{name}.js"));
    let mut process = Process::spawn(Command::new(&node).args(options).arg(program).args(args), &folder);
    let held = process.says();
    process.settles(stays);
    Ok(Taken { core: process.gcore(&folder).path, held, folder })
}

/// `growing.js` on the Node of `line`, as it begins and after it has grown; both cores are gone with the result.
pub fn growing(line: &str) -> Result<[Taken; 2], Lacking> {
    needs::program("gdb")?;
    let node = needs::node_of_line(line)?;
    let folder = needs::scratch(&format!("growing-{line}"));
    let mut process = Process::start(&node, &folder, "growing.js", &[]);
    let mut take = |name: &str| {
        let held = process.says();
        process.settles(Stays::Polling);
        let folder = folder.join(name);
        std::fs::create_dir(&folder).expect("a folder can be made");
        let taken = Taken { core: process.gcore(&folder).path, held, folder };
        process.told("grow");
        taken
    };
    Ok([take("before"), take("after")])
}

/// `hostile.js`, from a file whose name would be markup as well.
pub fn hostile() -> Result<Taken, Lacking> {
    let node = lacking()?;
    let folder = needs::scratch("hostile");
    let program = folder.join("<b onclick=\"x\">&'.js");
    std::fs::copy(needs::fixtures().join("lab/hostile.js"), &program).expect("the program can be copied");
    let mut process = Process::spawn(Command::new(&node).arg(&program), &folder);
    let held = process.says();
    process.settles(Stays::Reading);
    Ok(Taken { core: process.gcore(&folder).path, held, folder })
}

/// As [`nodes`], but killed, so that the kernel writes the core, and without the executable: gone, as on another machine.
pub fn killed_nodes(line: &str) -> Result<Taken, Lacking> {
    let folder = needs::scratch(&format!("killed-{line}"));
    killed("nodes.js", &[NATIVES], &[], line, folder, |process| abort(process, Stays::Reading))
}

/// As [`handles`], but killed, and without the executable.
pub fn killed_handles(line: &str) -> Result<Taken, Lacking> {
    let folder = needs::scratch(&format!("killed-handles-{line}"));
    killed("handles.js", &[], &[], line, folder, |process| abort(process, Stays::Polling))
}

/// Kills `process` where it `stays`, for the kernel to write its core.
fn abort(process: &mut Process, stays: Stays) {
    process.settles(stays);
    checked(Command::new("kill").args(["-ABRT", &process.child.id().to_string()]));
}

/// Runs `program` of the lab on the Node of `line` until it dies, which is after `end`: the kernel's core, without the
/// executable.
fn killed(
    program: &str,
    options: &[&str],
    args: &[&str],
    line: &str,
    folder: PathBuf,
    end: impl FnOnce(&mut Process),
) -> Result<Taken, Lacking> {
    let installed = needs::node_of_line(line)?;
    kernel_cores()?;
    let node = folder.join("node");
    std::fs::copy(installed, &node).expect("the executable can be copied");
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"ulimit -c unlimited && exec "$0" "$@" 2>/dev/null"#]).arg(&node).args(options);
    let mut process = Process::spawn(shell.arg(needs::fixtures().join("lab").join(program)).args(args), &folder);
    let held = process.says();
    end(&mut process);
    let _ = process.child.wait();
    std::fs::remove_file(&node).expect("the executable can be removed");
    let written = std::fs::read_dir(&folder).expect("the folder is there").filter_map(Result::ok);
    let mut cores = written.filter(|file| file.file_name().to_string_lossy().starts_with("core"));
    match cores.next() {
        Some(core) => Ok(Taken { core: core.path(), held, folder }),
        None => Err("needs to be allowed to write cores (ulimit -H -c)".to_owned()),
    }
}

/// Whether the kernel writes cores where a process runs.
fn kernel_cores() -> Result<(), Lacking> {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    if pattern.starts_with(['|', '/']) {
        return Err("needs a kernel that writes cores where the process runs (kernel.core_pattern)".to_owned());
    }
    Ok(())
}

/// A core that one test looks at, and no other.
#[derive(Debug)]
pub struct Taken {
    /// The file.
    pub core: PathBuf,
    /// What the process said.
    pub held: Value,
    folder: PathBuf,
}

impl Taken {
    /// The file `name` in the folder of the process, which goes with the core.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `crash.js`: the core that the kernel wrote.
pub fn crash() -> Result<&'static Core, &'static Lacking> {
    static CORE: OnceLock<Result<Core, Lacking>> = OnceLock::new();
    let make = || {
        let node = needs::node()?;
        kernel_cores()?;
        let folder = needs::scratch("crash");
        let program = needs::fixtures().join("lab/crash.js");
        let output = Command::new("sh")
            .args(["-c", r#"ulimit -c unlimited && exec "$0" --abort-on-uncaught-exception "$1""#])
            .args([&node, &program])
            .env_clear()
            .current_dir(&folder)
            .output()
            .expect("sh runs");
        assert!(!output.status.success(), "the program dies");
        let mut written = std::fs::read_dir(&folder).expect("the folder is there").filter_map(Result::ok);
        match written.next() {
            Some(core) => Ok(Core { kind: "kernel", path: core.path() }),
            None => Err("needs to be allowed to write cores (ulimit -H -c)".to_owned()),
        }
    };
    CORE.get_or_init(make).as_ref()
}
