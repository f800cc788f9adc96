//! Scripts that are linked into Node, by their symbols: what each is called where its name cannot be read.
//!
//! Names and sources of these are constants of the program; a core leaves out the file that they lie in.
//!
//! Knows: node 0.10 `node.cc` and the `node_natives.h` that js2c makes. Must not know: what shows the names.

use super::string::{JsString, Representation};
use super::{Heap, Tagged};

/// A script that Node compiles from a constant of its own.
struct Linked {
    /// The constant that holds the source, with a NUL at its end, as newer and older compilers mangle it.
    symbols: [&'static str; 2],
    /// What Node tells V8 that it is called.
    name: &'static str,
}

/// All others have names that Node makes at run time, which are in the heap.
const LINKED: &[Linked] = &[
    // `ExecuteString(MainSource(), IMMUTABLE_STRING("node.js"))` in `Load`
    Linked { symbols: ["_ZN4nodeL11node_nativeE", "_ZN4node11node_nativeE"], name: "node.js" },
];

/// What Node calls the script with this source; absent unless source and name are of the lengths that Node gives them,
/// and the source is the constant.
pub(super) fn name(heap: Heap<'_>, source: Tagged, name: Tagged) -> Option<&'static str> {
    let (source, name) = (JsString::load(heap, source).ok()?, JsString::load(heap, name).ok()?);
    let Representation::External { chars, .. } = source.representation().ok()? else { return None };
    let (symbol, offset) = heap.image().symbols.at(chars)?;
    let size = source.len() as u64 + 1;
    let linked = LINKED.iter().find(|l| l.symbols.contains(&symbol.name) && l.name.len() == name.len())?;
    (offset == 0 && symbol.size == size).then_some(linked.name)
}
