//! What jsdb does besides sessions: one thing with one core or two, and it ends.
//!
//! Knows: which files are opened, how it ends. Must not know: what is found in them, how it is shown.

use crate::cli::{Common, Diff};
use crate::dcmds::js::jsdiff::{self, Told};
use crate::{FAILED, complain, dcmds};
use jsdb::image::{Image, core};
use jsdb::shell::{Error, Flag, Out, Registry, Session, run};
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
    let most = core::MOST_UNPACKED;
    let opening = core::Opening { most_unpacked: task.common.max_memory.unwrap_or(most).min(most) };
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
    session.limit_memory(common.max_memory.unwrap_or(u64::MAX));
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
