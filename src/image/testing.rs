//! Images for unit tests, built from bytes. Knows: the smallest image that decoders can read.

use super::{Addr, AddressSpace, Content, Image, Kind, Machine, Naming, Os, Process, Segment, Symbols, Width};
use std::sync::Arc;

/// An image of anonymous memory: `segments` are (first address, bytes).
pub fn image(width: Width, segments: Vec<(u64, Vec<u8>)>) -> Image {
    let segments = segments
        .into_iter()
        .map(|(start, bytes)| Segment {
            start: Addr(start),
            size: bytes.len() as u64,
            saved: bytes.len() as u64,
            flags: 6,
            content: Content::Anon,
            missing: None,
            backing: Arc::new(bytes),
            offset: 0,
        })
        .collect();
    let machine = match width {
        Width::W32 => Machine::I386,
        Width::W64 => Machine::Amd64,
    };
    Image {
        space: AddressSpace::new(segments, width),
        mappings: Vec::new(),
        objects: Vec::new(),
        symbols: Symbols::default(),
        types: super::types::Catalog::new(Vec::new(), width),
        naming: Naming::default(),
        threads: Vec::new(),
        process: Process::default(),
        entry: None,
        kind: Kind::Core,
        os: Os::Illumos,
        machine,
        code: machine.into(),
        width,
        warnings: Vec::new(),
    }
}
