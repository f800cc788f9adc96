//! Threads by their ids, for the dcmds about them.

use jsdb::image::{Addr, Image, Kind, Thread};
use jsdb::shell::{Error, Result};

/// What mdb says of a target that has no threads.
pub fn no_process() -> Error {
    Error::failed("no process active")
}

/// The thread with the id that was given as an address, or else the representative one.
///
/// # Errors
/// When there is no such thread, or none at all.
pub fn chosen(image: &Image, id: Option<Addr>) -> Result<&Thread> {
    if image.kind != Kind::Core {
        return Err(no_process());
    }
    let found = match id {
        None => image.representative(),
        Some(id) => image.threads.iter().find(|t| t.id as i64 as u64 == id.0),
    };
    found.ok_or_else(|| Error::failed("failed to get current register set: invalid thread identifier"))
}
