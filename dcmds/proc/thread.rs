//! The walker `thread`: the ids of all threads.

use jsdb::image::Addr;
use jsdb::shell::{AddrUse, Result, Session, Walk, Walker};

/// The record.
pub static WALKER: Walker =
    Walker { name: "thread", summary: "walk list of valid thread identifiers", addr: AddrUse::Refused, walk };

fn walk(session: &Session, _: Option<Addr>, visit: &mut Walk<'_>) -> Result<()> {
    session.image.threads.iter().try_for_each(|t| visit(Addr(t.id as i64 as u64)))
}
