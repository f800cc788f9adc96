//! What `::jsleaks -w` prints of waste.
//!
//! Knows: sentences. Must not know: how waste is found.

use super::jsleaks::percent;
use jsdb::heap::leaks::{Waste, WasteKind};
use jsdb::image::Addr;
use jsdb::shell::{Item, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// Waste in words.
pub struct Wasted<'r> {
    /// What it is.
    pub waste: &'r Waste,
    /// The worst of it.
    pub addr: Addr,
    /// How many bytes are alive in all.
    pub live: u64,
}

impl Item for Wasted<'_> {
    fn addr(&self) -> Option<Addr> {
        Some(self.addr)
    }

    fn text(&self, out: &mut String) {
        let Waste { kind, count, bytes, worst_count, ref text, .. } = *self.waste;
        let text = text.as_deref().unwrap_or("?");
        let share = percent(bytes, self.live);
        let _ = match kind {
            WasteKind::Duplicates => writeln!(
                out,
                "{:x} {count} strings have the characters of another: {bytes} bytes, {share:.1}% of what is alive; \
                 {worst_count} are {text}",
                self.addr
            ),
            WasteKind::Slack => writeln!(
                out,
                "{:x} {count} arrays have room for far more than they hold: {bytes} bytes, {share:.1}% of what is alive; \
                 most has one of {worst_count} elements",
                self.addr
            ),
            WasteKind::Sparse => writeln!(
                out,
                "{:x} {count} tables of numbered elements are mostly free: {bytes} bytes, {share:.1}% of what is alive; \
                 most has one of {worst_count} elements",
                self.addr
            ),
            WasteKind::Listeners => {
                writeln!(out, "{:x} {count} listeners of \"{text}\" on one emitter hold {bytes} bytes", self.addr)
            }
        };
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.addr),
            "waste": match self.waste.kind {
                WasteKind::Duplicates => "strings",
                WasteKind::Slack => "slack",
                WasteKind::Sparse => "sparse",
                WasteKind::Listeners => "listeners",
            },
            "count": self.waste.count,
            "bytes": self.waste.bytes,
            "worst": self.waste.worst_count,
            "text": self.waste.text,
        })
    }
}
