//! `jsdb report`: one page about one core.
//!
//! What dcmds know is taken from them, in JSON, as any other reader would; the map of memory is made here of the graph.
//!
//! Knows: which dcmds the page is made of, where it is written. Must not know: how it looks (`page`).

mod map;
mod page;

use jsdb::shell::whole::{Partial, Readers};
use jsdb::shell::{Error, Flag, Out, Result, Session, Source, reason, run};
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;

/// What a dcmd told.
#[derive(Debug, Default)]
pub struct Told {
    /// Its results, in their order.
    pub rows: Vec<Value>,
    /// What it complained of.
    pub notes: Vec<String>,
}

/// All that the page shows.
pub struct Report {
    /// What the core is called.
    pub file: String,
    /// `::status`.
    pub status: Told,
    /// `::nodeinfo`.
    pub node: Told,
    /// `::jsstack`, with what each frame is about.
    pub stack: Told,
    /// `::jsheap`.
    pub heap: Told,
    /// `::jsleaks`, where there is one.
    pub suspects: Option<Told>,
    /// `::jsheap -c`, those that retain most first.
    pub classes: Told,
    /// Memory by what keeps it alive.
    pub map: map::Map,
}

/// Lines of source that are told around what a frame executes.
const SOURCE_LINES: u32 = 3;

/// Writes the page about the core that `session` looks at to `output`, which must not be there yet; `file` is what the
/// core is called.
///
/// # Errors
/// When there is no V8 or its heap cannot be read, the file is there or cannot be written, it would take more memory than
/// it may; when Ctrl-C ends it. Then there is no file.
pub fn write(session: &mut Session, file: &str, output: &Path) -> Result<()> {
    let cannot =
        |error: std::io::Error| Error::failed(format!("cannot write {}: {}", output.display(), reason(&error)));
    if output.exists() {
        return Err(Error::failed(format!("{} is there already", output.display())));
    }
    let graph = session.graph()?;
    let stack = format!("::jsstack -v -n {SOURCE_LINES}");
    let mut classes = told(session, "::jsheap -c")?;
    classes.rows.reverse();
    let report = Report {
        file: file.to_owned(),
        status: told(session, "::status")?,
        node: told(session, "::nodeinfo")?,
        stack: told(session, &stack)?,
        heap: told(session, "::jsheap")?,
        suspects: session.commands.dcmd("jsleaks").map(|_| told(session, "::jsleaks")).transpose()?,
        classes,
        map: map::Map::new(session.heap()?, &graph, &session.progress())?,
    };
    let page = page::html(&report);
    session.check_cancel()?;
    let (partial, mut file) = Partial::create(output, Readers::Usual).map_err(cannot)?;
    file.write_all(page.as_bytes()).map_err(cannot)?;
    partial.complete().map_err(cannot)
}

/// What JSON takes once it is read, for each byte of its text.
const OF_TEXT: u64 = 8;

/// What `line` tells. A dcmd that fails has told why.
///
/// # Errors
/// When Ctrl-C was pressed, now or before, or there is no memory for it.
fn told(session: &mut Session, line: &str) -> Result<Told> {
    let mut out = Out::kept();
    let was_json = session.settings.has(Flag::Json);
    session.settings.set(Flag::Json, true);
    out.adapt(session);
    // A line within the task, as those of a macro are: one of the user's own would forget that Ctrl-C was pressed.
    session.lang.depth += 1;
    let ended = run::source(session, &mut out, Source::text(&format!("{line}\n")));
    session.lang.depth -= 1;
    session.settings.set(Flag::Json, was_json);
    if matches!(ended, Err(Error::Interrupted)) {
        return Err(Error::Interrupted);
    }
    session.check_cancel()?;
    // It stays until the page is written, which is when jsdb ends: nothing is given back.
    let progress = session.progress();
    let memory = progress.claim();
    memory.take(out.buffer().len() as u64 * OF_TEXT)?;
    memory.keep();
    let mut told = Told::default();
    for line in out.buffer().lines().filter(|line| !line.is_empty()) {
        match serde_json::from_str::<Value>(line) {
            Ok(row) if row.is_object() => told.rows.push(row),
            _ => told.notes.push(line.strip_prefix("jsdb: ").unwrap_or(line).to_owned()),
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::{dcmds, demo};
    use jsdb::shell::{Error, Registry, Session};

    #[test]
    fn what_would_take_more_memory_than_it_may_is_refused_and_leaves_no_page() {
        let page = std::env::temp_dir().join(format!("jsdb-report-{}.html", std::process::id()));
        let mut session = Session::new(demo::image().expect("the sample core is there"));
        session.commands = Registry::new(dcmds::all(), dcmds::walkers());
        session.leaks().expect("it has a heap");
        for (most, is_enough) in [(100, false), (64 << 20, true)] {
            session.progress().release_memory();
            session.limit_memory(Some(most));
            match write(&mut session, "demo", &page) {
                Ok(()) => assert!(is_enough),
                Err(Error::Failed(why)) => assert!(!is_enough && why.contains("--max-memory"), "{why}"),
                Err(other) => panic!("{other}"),
            }
            assert_eq!(page.exists(), is_enough);
        }
        std::fs::remove_file(&page).expect("it was written");
    }
}
