//! What is said when a session begins at a terminal: what was opened, how it ended, what is missing.
//!
//! Knows: the image as a whole. Must not know: how anything in it is found.

use crate::dcmds::proc::status;
use jsdb::image::{Image, Kind, Width, text};
use jsdb::shell::Session;
use std::fmt::Write as _;

/// The lines before the first prompt.
pub fn lines(session: &Session) -> String {
    let image = &session.image;
    let version = session.heap().ok().map(|heap| heap.layout().version);
    let mut modules = vec!["mdb"];
    if image.kind == Kind::Core {
        modules.push("proc");
    }
    if version.is_some() {
        modules.extend(["v8", "node"]);
    }
    let mut lines = format!("Loading modules: [ {} ]\n", modules.join(" "));
    let _ = writeln!(lines, "{}", what(image));
    let mut said = Vec::new();
    match version {
        // V8 3.14 is that of Node 0.10, whose core jsdb was first made for.
        Some(version) if version.parts[..2] == [3, 14] => said.push(format!("V8 {version}, of Node 0.10")),
        Some(version) => said.push(format!("V8 {version}")),
        None => said.push("no V8 was found".to_owned()),
    }
    if let Some(missing) = missing(image) {
        said.push(missing);
    }
    let _ = writeln!(lines, "{}; ::help to begin", said.join("; "));
    lines
}

/// The process, and how it ended.
fn what(image: &Image) -> String {
    let bits = match image.width {
        Width::W32 => 32,
        Width::W64 => 64,
    };
    if image.kind != Kind::Core {
        return format!("{}-bit file, no process", bits);
    }
    let name = image.process.fname.as_deref().map_or_else(|| "a process".to_owned(), text::printable);
    let pid = image.process.pid.map(|pid| format!(" {pid}")).unwrap_or_default();
    format!("{name}{pid} ({bits}-bit): {}", status::end(image))
}

/// How much memory the core left out.
fn missing(image: &Image) -> Option<String> {
    let segments = image.space.segments();
    let left_out: Vec<_> = segments.iter().filter(|s| s.saved < s.size).collect();
    if left_out.is_empty() || image.kind != Kind::Core {
        return None;
    }
    let bytes: u64 = left_out.iter().map(|s| s.size - s.saved).sum();
    let (missing, all) = (left_out.len(), segments.len());
    Some(format!("{missing} of {all} mappings, {} MiB, are not in the core", bytes >> 20))
}
