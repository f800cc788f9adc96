//! How long a process had been running, and when it began, as Node and libuv have noted it.
//!
//! No core says when it was written. Node keeps when it started, and the event loop what the clock said when its turn
//! began: what lies between is what `process.uptime()` gives, but for the turn that was under way.
//!
//! Knows: `node.cc`, `node_process_methods.cc`, `uv/unix.h` of Linux on 64 bits. Must not know: how it is shown.

use crate::heap::Heap;
use crate::heap::layout::shape::UvShape;
use crate::image::{Image, Os, Width};

/// How a time was written.
#[derive(Clone, Copy)]
enum Unit {
    /// A double: milliseconds.
    Milliseconds,
    /// An integer: nanoseconds.
    Nanoseconds,
}

/// Where Node keeps when it started, by the clock of [`LOOP`]; the newest first.
const STARTS: [(&str, Unit); 3] = [
    ("_ZN4node11per_process15node_start_timeE", Unit::Nanoseconds),
    ("_ZN4node15prog_start_timeE", Unit::Milliseconds),
    // Node 4 and 6.
    ("_ZN4nodeL15prog_start_timeE", Unit::Milliseconds),
];
/// Where it keeps when that was, in microseconds since 1970: a double.
const DATES: [&str; 2] =
    ["_ZN4node11performance35performance_process_start_timestampE", "_ZN4node11performanceL19timeOriginTimestampE"];
/// The event loop of the main thread.
const LOOP: &str = "default_loop_struct";
/// More seconds than any process runs: a hundred years.
const MOST: f64 = 100.0 * 366.0 * 86400.0;

/// The seconds from the start of Node to when its event loop last looked at the clock, which it does at each turn. Absent
/// where the symbols of these are, or their structure is not known.
pub fn uptime(heap: Heap<'_>) -> Option<f64> {
    let image = heap.image();
    if image.os != Os::Linux || heap.width() != Width::W64 {
        return None;
    }
    // `uv_loop_t::time`, in milliseconds; the same in all of 1.x.
    let offset = match heap.layout().shapes.uv {
        UvShape::V0_10 => 0x1c0,
        UvShape::V1 => 0x220,
    };
    let event_loop = image.symbols.lookup(LOOP)?.addr;
    let now = image.space.u64(event_loop.offset(offset)).ok()? as f64 / 1e3;
    let (bits, unit) = STARTS.iter().find_map(|&(name, unit)| Some((variable(image, name)?, unit)))?;
    let start = match unit {
        Unit::Milliseconds => f64::from_bits(bits) / 1e3,
        Unit::Nanoseconds => bits as f64 / 1e9,
    };
    // The loop counts whole milliseconds.
    Some(now - start).filter(|uptime| start > 0.0 && (-0.001..MOST).contains(uptime)).map(|uptime| uptime.max(0.0))
}

/// When the process began, in milliseconds since 1970: as the system noted it, or else Node. Absent where neither did.
pub fn started(image: &Image) -> Option<f64> {
    if let Some(seconds) = image.process.start_time {
        return Some(seconds as f64 * 1e3);
    }
    let micros = DATES.iter().find_map(|name| variable(image, name)).map(f64::from_bits)?;
    (micros > 0.0 && micros < 1e18).then(|| (micros / 1e3).trunc())
}

/// The eight bytes of the variable `name`.
fn variable(image: &Image, name: &str) -> Option<u64> {
    image.space.u64(image.symbols.lookup(name)?.addr).ok()
}
