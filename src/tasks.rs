//! What jsdb does besides sessions: one thing with one core or two, and it ends.
//!
//! Knows: which files are opened, how it ends. Must not know: what is found in them, how it is shown.

use crate::cli::{Common, Diff, Export, Report, Target};
use crate::dcmds::js::jsdiff::{self, Told};
use crate::{FAILED, complain, dcmds, demo, export, report};
use jsdb::image::{Image, core, text};
use jsdb::shell::{Error, Flag, Item, Out, Registry, Session, run};
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

/// More has grown than was allowed.
const GROWN: u8 = 3;
/// What a shell shows for a program that SIGINT ended: 128 + 2.
const INTERRUPTED: u8 = 130;

/// `jsdb diff`.
pub fn diff(task: &Diff) -> ExitCode {
    let (of_old, of_new) = match task.executables.as_slice() {
        [] => (None, None),
        [both] => (Some(both), Some(both)),
        [old, new] => (Some(old), Some(new)),
        _ => return complain("--exe may be given twice: for OLD and for NEW", crate::MISUSED),
    };
    let opening = core::Opening::within(task.common.max_memory);
    let opened = open(opening, of_old.map(|exe| exe.as_path()), &task.old).and_then(|old| {
        let new = open(opening, of_new.map(|exe| exe.as_path()), &task.new)?;
        Ok((old, session(new, &task.common)))
    });
    let (old, mut session) = match opened {
        Ok(opened) => opened,
        Err(sentence) => return complain(&sentence, FAILED),
    };
    let mut out = Out::stdout(session.log.clone());
    let told = Told { all: task.all, growers: task.growers };
    let done = attended(&mut session, &mut out, |session, out| jsdiff::compare(session, &old, told, out));
    match done {
        _ if out.is_broken() => ExitCode::from(crate::READER_GONE),
        Ok(grown) if task.limit.is_some_and(|limit| u64::try_from(grown).is_ok_and(|grown| grown > limit)) => {
            ExitCode::from(GROWN)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(status) => status,
    }
}

/// `jsdb report`.
pub fn report(task: &Report) -> ExitCode {
    alone(&task.target, &task.common, |session, file, _| report::write(session, file, &task.output))
}

/// `jsdb export`.
pub fn export(task: &Export) -> ExitCode {
    alone(&task.target, &task.common, |session, file, out| {
        for (table, rows) in export::write(session, file, &task.parquet)? {
            out.item(&Exported { table, rows });
        }
        Ok(())
    })
}

/// A table that was written.
struct Exported {
    table: &'static str,
    rows: u64,
}

impl Item for Exported {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{:<20} {:>12} rows", format!("{}.parquet", self.table), self.rows);
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({ "table": self.table, "rows": self.rows })
    }
}

/// Does `work` with the core that `target` names; and with that name.
fn alone(
    target: &Target,
    common: &Common,
    work: impl FnOnce(&mut Session, &str, &mut Out) -> jsdb::shell::Result<()>,
) -> ExitCode {
    let opening = core::Opening::within(common.max_memory);
    let (opened, name) = match target.files.as_slice() {
        [executable, core] => (open(opening, Some(executable), core), core.as_path()),
        [core] => (open(opening, None, core), core.as_path()),
        _ => (demo::image().map_err(|error| error.to_string()), Path::new("demo.core.zst")),
    };
    let mut session = match opened {
        Ok(image) => session(image, common),
        Err(sentence) => return complain(&sentence, FAILED),
    };
    let name = text::printable(name.as_os_str().as_encoded_bytes());
    let mut out = Out::stdout(session.log.clone());
    match attended(&mut session, &mut out, |session, out| work(session, &name, out)) {
        _ if out.is_broken() => ExitCode::from(crate::READER_GONE),
        Ok(()) => ExitCode::SUCCESS,
        Err(status) => status,
    }
}

/// Opens `core`, of the executable `exe` if one is named.
fn open(opening: core::Opening, exe: Option<&Path>, core: &Path) -> Result<Image, String> {
    let image = match exe {
        Some(exe) => opening.open_with(exe, core),
        None => opening.open(core),
    };
    image.map_err(|error| error.to_string())
}

/// A session on `image`, for one task.
fn session(image: Image, common: &Common) -> Session {
    for warning in &image.warnings {
        let _ = complain(&format!("warning: {warning}"), 0);
    }
    let mut session = Session::new(image);
    if let Some(warning) = session.layout_warning() {
        let _ = complain(&format!("warning: {warning}"), 0);
    }
    session.commands = Registry::new(dcmds::all(), dcmds::walkers());
    session.settings.set(Flag::Json, common.json);
    session.limit_memory(common.max_memory);
    session
}

/// Does `work`; shows how far it has come where someone watches, ends it when Ctrl-C is pressed.
fn attended<T>(
    session: &mut Session,
    out: &mut Out,
    work: impl FnOnce(&mut Session, &mut Out) -> jsdb::shell::Result<T>,
) -> Result<T, ExitCode> {
    let cancel = session.cancel_flag();
    // Without the handler Ctrl-C ends jsdb as it does any program.
    let _ = ctrlc::set_handler(move || cancel.store(true, Ordering::Relaxed));
    match run::attended(session, out, work) {
        Ok(value) => Ok(value),
        Err(Error::Interrupted) => Err(complain("interrupted", INTERRUPTED)),
        Err(error) => Err(complain(&error.to_string(), FAILED)),
    }
}
