//! The file of a snapshot: JSON in the order in which its readers expect it, as it is made.
//!
//! Knows: the format (V8 `HeapSnapshotJSONSerializer`). Must not know: where the file is.

use super::edges::{EDGE_KINDS, EdgeKind, Scratch};
use super::locations::Location;
use super::nodes::{NODE_KINDS, NodeKind};
use super::strings::{Name, Strings};
use super::{Breath, Line, ROOTS, Snapshot, edges, naming};
use crate::heap::graph::Node;
use crate::heap::{Error, Progress, pass};
use serde_json::json;
use std::convert::Infallible;
use std::io::{self, Write};
use std::ops::Range;

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// How many nodes.
    pub nodes: u64,
    /// How many edges.
    pub edges: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Why a snapshot was not written.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The pass ended early.
    #[error(transparent)]
    Heap(#[from] Error),
    /// What it was written to took no more.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The fields of a node: those of Node 18 to 22, which all readers know. Nothing is traced or detached.
const NODE_FIELDS: [&str; 7] = ["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"];
const EDGE_FIELDS: [&str; 3] = ["type", "name_or_index", "to_node"];

/// So many pieces of the edges a thread makes before they are written.
const PIECES: usize = 2;
/// So many edges of a piece are kept until then. Where there are more (one array may have as many as all other objects) they
/// are written as they are made.
const MOST_MADE: usize = 1 << 17;

/// There are more edges than are kept.
struct TooMany;

/// Counts what goes through.
struct Counter<'w> {
    out: &'w mut dyn Write,
    bytes: u64,
}

impl Write for Counter<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.out.write(buf)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The description of the format, with which readers find what they look for.
fn meta() -> serde_json::Value {
    let kinds = NODE_KINDS.map(|(_, name)| name);
    let edges = EDGE_KINDS.map(|(_, name)| name);
    json!({
        "node_fields": NODE_FIELDS,
        "node_types": [kinds, "string", "number", "number", "number", "number", "number"],
        "edge_fields": EDGE_FIELDS,
        "edge_types": [edges, "string_or_number", "node"],
        "trace_function_info_fields": ["function_id", "name", "script_name", "script_id", "line", "column"],
        "trace_node_fields": ["id", "function_info_index", "count", "size", "children"],
        "sample_fields": ["timestamp_us", "last_assigned_id"],
        "location_fields": ["object_index", "script_id", "line", "column"],
    })
}

impl Snapshot<'_, '_> {
    /// Writes the snapshot to `out`.
    ///
    /// # Errors
    /// When `out` fails, the pass is cancelled, or would keep more memory than it may.
    pub fn write(&self, out: &mut dyn Write, progress: &Progress) -> Result<Written, Failed> {
        let mut out = Counter { out, bytes: 0 };
        let mut edge_count = 0_u64;
        let mut root_counts = [0_u32; ROOTS.len()];
        for (root, count) in (0..).zip(&mut root_counts) {
            let Ok(()) = self.root_edges(root, &mut |_| -> Result<(), Infallible> {
                *count += 1;
                Ok(())
            });
            edge_count += u64::from(*count);
        }
        let pieces = self.edges.pieces();
        let counts = self.counts(&pieces, progress)?;
        edge_count += counts.iter().map(|&count| u64::from(count)).sum::<u64>();
        let nodes = (ROOTS.len() + self.objects as usize + self.outside.len()) as u64;
        let head = json!({
            "meta": meta(), "node_count": nodes, "edge_count": edge_count, "trace_function_count": 0,
        });
        write!(out, "{{\"snapshot\":{head},\n\"nodes\":[")?;
        let mut strings = Strings::new(self.heap);
        self.write_nodes(&mut out, &mut strings, &root_counts, &counts, progress)?;
        write!(out, "],\n\"edges\":[")?;
        let mut lines = Lines { out: &mut out, strings: &mut strings, line: Vec::new(), first: true };
        for root in 0..ROOTS.len() as u32 {
            self.root_edges(root, &mut |edge| lines.edge(edge))?;
        }
        self.write_edges(&mut lines, &pieces, progress)?;
        write!(out, "],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n\"locations\":[")?;
        let mut is_first = true;
        self.locations::<Failed>(progress, &mut |node, location| {
            let Some(number) = self.number(node) else { return Ok(()) };
            let comma = if std::mem::take(&mut is_first) { "" } else { ",\n" };
            let Location { script, line, column } = location;
            let index = u64::from(number) * NODE_FIELDS.len() as u64;
            Ok(write!(out, "{comma}{index},{script},{line},{column}")?)
        })?;
        write!(out, "],\n\"strings\":[")?;
        for (at, text) in strings.texts().enumerate() {
            let comma = if at == 0 { "" } else { ",\n" };
            write!(out, "{comma}{}", json!(text))?;
        }
        writeln!(out, "]}}")?;
        out.flush()?;
        Ok(Written { nodes, edges: edge_count, bytes: out.bytes })
    }

    /// The objects in it among `nodes`, in the order of their numbers.
    fn alive_of(&self, nodes: &Range<u32>) -> impl Iterator<Item = Node> + '_ {
        nodes.clone().map(Node).filter(|&node| self.number(node).is_some())
    }

    /// How many edges each object has.
    fn counts(&self, pieces: &[Range<u32>], progress: &Progress) -> Result<Vec<u32>, Failed> {
        let (counts, _) = pass::run(pieces, Scratch::default, |scratch, nodes| {
            let mut breath = Breath::new(progress);
            let mut counts = Vec::new();
            for node in self.alive_of(nodes) {
                let mut count = 0;
                let Ok(()) = self.edges(node, scratch, &mut |_| -> Result<(), Infallible> {
                    count += 1;
                    Ok(())
                });
                counts.push(count);
                breath.take(self.graph.shallow(node))?;
            }
            breath.end()?;
            Ok(counts)
        })?;
        Ok(counts.concat())
    }

    /// All threads make edges, and this one writes them: their names have numbers in the order in which they come.
    fn write_edges(
        &self,
        lines: &mut Lines<'_, '_, '_>,
        pieces: &[Range<u32>],
        progress: &Progress,
    ) -> Result<(), Failed> {
        let mut scratch = Scratch::default();
        for some in pieces.chunks(PIECES * rayon::current_num_threads()) {
            let memory = progress.claim();
            let (made, _) = pass::run(some, Scratch::default, |scratch, nodes| {
                let mut breath = Breath::new(progress);
                let mut made = Vec::new();
                for node in self.alive_of(nodes) {
                    let all = self.edges(node, scratch, &mut |edge| {
                        made.push(edge);
                        if made.len() < MOST_MADE { Ok(()) } else { Err(TooMany) }
                    });
                    if let Err(TooMany) = all {
                        return Ok(None);
                    }
                    breath.take(self.graph.shallow(node))?;
                }
                breath.end()?;
                memory.take((made.capacity() * size_of::<Line>()) as u64)?;
                Ok(Some(made))
            })?;
            for (nodes, made) in some.iter().zip(made) {
                match made {
                    Some(made) => made.into_iter().try_for_each(|edge| lines.edge(edge))?,
                    None => {
                        for node in self.alive_of(nodes) {
                            self.edges(node, &mut scratch, &mut |edge| lines.edge(edge))?;
                            progress.advance(self.graph.shallow(node))?;
                        }
                    }
                }
                lines.strings.claim(&self.memory)?;
            }
        }
        Ok(())
    }

    fn write_nodes(
        &self,
        out: &mut Counter<'_>,
        strings: &mut Strings<'_>,
        roots: &[u32],
        counts: &[u32],
        progress: &Progress,
    ) -> Result<(), Failed> {
        let synthetic = NodeKind::Synthetic as u32;
        for (at, (name, count)) in (0_u32..).zip(ROOTS.iter().zip(roots)) {
            let comma = if at == 0 { "" } else { ",\n" };
            let name = strings.number(Name::Static(name));
            write!(out, "{comma}{synthetic},{name},{},0,{count},0,0", 2 * at + 1)?;
        }
        let mut naming = naming(self.heap);
        for ((node, nth), count) in self.alive().zip(0_u32..).zip(counts) {
            if nth.is_multiple_of(1 << 12) {
                progress.advance(0)?;
            }
            let (kind, name) = self.described(node, &mut naming);
            let (kind, name) = (kind as u32, strings.number(name));
            strings.claim(&self.memory)?;
            let id = self.ids.of(edges::start(self.graph.word(node)), nth);
            write!(out, ",\n{kind},{name},{id},{},{count},0,0", self.graph.shallow(node))?;
        }
        let native = NodeKind::Native as u32;
        for &(owner, bytes) in &self.outside {
            let is_string = self.graph.kind(self.heap, owner) == Some(crate::heap::Kind::String);
            let name = if is_string { "system / ExternalStringData" } else { "system / JSArrayBufferData" };
            let name = strings.number(Name::Static(name));
            let nth = self.number(owner).unwrap_or(0).saturating_sub(ROOTS.len() as u32);
            // That of its owner, made even: an object's own is odd.
            let id = self.ids.of(edges::start(self.graph.word(owner)), nth) ^ 1;
            write!(out, ",\n{native},{name},{id},{bytes},0,0,0")?;
        }
        Ok(())
    }
}

/// Writes edges, one a line.
struct Lines<'o, 'w, 's> {
    out: &'o mut Counter<'w>,
    strings: &'o mut Strings<'s>,
    /// The line that is made.
    line: Vec<u8>,
    first: bool,
}

impl Lines<'_, '_, '_> {
    fn edge(&mut self, edge: Line) -> io::Result<()> {
        let name = match (edge.kind, edge.name) {
            (EdgeKind::Element | EdgeKind::Hidden, Name::Number(number)) => number,
            (_, name) => u64::from(self.strings.number(name)),
        };
        let comma: &[u8] = if std::mem::take(&mut self.first) { b"" } else { b",\n" };
        let to = u64::from(edge.to) * NODE_FIELDS.len() as u64;
        self.line.clear();
        self.line.extend_from_slice(comma);
        for (at, number) in [edge.kind as u64, name, to].into_iter().enumerate() {
            if at > 0 {
                self.line.push(b',');
            }
            self.line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        }
        self.out.write_all(&self.line)
    }
}
