//! A program that takes its own core and drives `mdb` on it, as mdb_v8's tests do: jsdb under that name.

use crate::needs::{self, left_out};
use std::process::Command;

#[test]
fn a_program_debugs_itself() {
    let node = match needs::program("gdb").and_then(|()| needs::node()) {
        Ok(node) => node,
        Err(why) => return left_out(&why),
    };
    let folder = needs::scratch("self");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_jsdb"), folder.join("mdb")).expect("jsdb can be called mdb");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new(node)
        .arg(needs::fixtures().join("lab/debug-self.js"))
        .arg(folder.join("node"))
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.display()))
        .current_dir(&folder)
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // That it answered at all, and nothing on standard error.
    assert_eq!(said, "12 answers, 0 wrong\n");
}
