//! libuv's own structures, as far as they say what a handle or request is about.
//!
//! Its handles and requests begin alike, and lead back to the wrap that they belong to: by that they are found.
//!
//! Knows: libuv `uv.h`, `uv/unix.h`, `uv/linux.h`, on 64 bits. Must not know: Node, V8.

use crate::image::{Addr, AddressSpace, Width, text};

/// How libuv lays out its structures: bytes from their start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UvPlaces {
    /// `data`, the user's pointer.
    data: i64,
    /// `type` of a handle (an int).
    kind: i64,
    /// The first field that handles do not share.
    own: i64,
    /// `io_watcher.fd` of a stream (an int).
    stream_fd: i64,
    /// `io_watcher.fd` of a uv_udp_t (an int).
    udp_fd: i64,
    /// Where a signal, a process id, is: behind a callback.
    second: i64,
}

/// libuv 1: Node 0.12 and later.
pub const V1: UvPlaces = UvPlaces { data: 0, kind: 16, own: 96, stream_fd: 184, udp_fd: 176, second: 104 };
/// libuv 0.10: Node 0.10.
pub const V0_10: UvPlaces = UvPlaces { data: 8, kind: 24, own: 64, stream_fd: 160, udp_fd: 128, second: 72 };

/// `type` of a uv_fs_t, behind `data` (libuv 1 `uv.h`, UV_REQ_TYPE_MAP).
const UV_FS: u32 = 6;
/// Where a request has `type`.
const REQUEST_KIND: i64 = 8;
/// Where a uv_fs_t has `fs_type`: behind `data`, `type` and six reserved words.
const FS_KIND: i64 = 64;
/// Where it has `path`: behind `loop`, `cb`, `result`, `ptr`.
const FS_PATH: i64 = 104;

/// The most words of a wrap that are looked at for its handle.
const WRAP_WORDS: i64 = 24;
/// The most bytes of a path.
const MOST_PATH: usize = 4096;

/// What a handle is (libuv `uv.h`, UV_HANDLE_TYPE_MAP).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum HandleKind {
    Stream,
    Udp,
    FsEvent,
    Process,
    Signal,
    Other,
}

/// What a handle says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UvHandle {
    /// Where it is.
    pub addr: Addr,
    /// The file descriptor of a socket, pipe or terminal; absent when it is closed.
    pub fd: Option<i32>,
    /// The process that it waits for.
    pub pid: Option<i32>,
    /// The signal that it waits for.
    pub signal: Option<i32>,
    /// The path that it watches.
    pub path: Option<String>,
}

/// What a request says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UvRequest {
    /// Where it is.
    pub addr: Addr,
    /// The operation on a file.
    pub operation: Option<&'static str>,
    /// The file's path.
    pub path: Option<String>,
}

fn path(space: &AddressSpace, place: Addr) -> Option<String> {
    let at = space.word(place).ok().filter(|&at| at != 0)?;
    let bytes = space.cstr(Addr(at), MOST_PATH).ok().filter(|bytes| !bytes.is_empty())?;
    Some(text::printable(&bytes))
}

fn int(space: &AddressSpace, place: Addr) -> Option<i32> {
    space.u32(place).ok().map(|n| n as i32)
}

/// The handle of the HandleWrap at `wrap`.
pub fn handle(space: &AddressSpace, places: UvPlaces, wrap: Addr) -> Option<UvHandle> {
    if space.width() != Width::W64 {
        return None;
    }
    let leads_back = |&addr: &Addr| space.word(addr.offset(places.data)).is_ok_and(|data| data == wrap.0);
    let mut pointers = (2..WRAP_WORDS).filter_map(|word| space.word(wrap.offset(8 * word)).ok()).map(Addr);
    let addr = pointers.find(leads_back)?;
    let kind = match int(space, addr.offset(places.kind))? {
        3 => HandleKind::FsEvent,
        7 | 12 | 14 => HandleKind::Stream,
        10 => HandleKind::Process,
        15 => HandleKind::Udp,
        16 => HandleKind::Signal,
        1..=18 => HandleKind::Other,
        _ => return None,
    };
    let at = |wanted: HandleKind, offset: i64| {
        (kind == wanted).then(|| int(space, addr.offset(offset))).flatten().filter(|&number| number >= 0)
    };
    Some(UvHandle {
        addr,
        fd: at(HandleKind::Stream, places.stream_fd).or(at(HandleKind::Udp, places.udp_fd)),
        pid: at(HandleKind::Process, places.second),
        signal: at(HandleKind::Signal, places.second),
        path: (kind == HandleKind::FsEvent).then(|| path(space, addr.offset(places.own))).flatten(),
    })
}

/// The request that is part of the ReqWrap at `wrap`: of libuv 1 alone.
pub fn request(space: &AddressSpace, wrap: Addr) -> Option<UvRequest> {
    if space.width() != Width::W64 {
        return None;
    }
    let mut places = (2..WRAP_WORDS).map(|word| wrap.offset(8 * word));
    let addr = places.find(|&place| space.word(place).is_ok_and(|data| data == wrap.0))?;
    if space.u32(addr.offset(REQUEST_KIND)).ok()? != UV_FS {
        return Some(UvRequest { addr, ..UvRequest::default() });
    }
    let kind = usize::try_from(int(space, addr.offset(FS_KIND))?).ok();
    let operation = kind.and_then(|kind| OPERATIONS.get(kind).copied());
    Some(UvRequest { addr, operation, path: path(space, addr.offset(FS_PATH)) })
}

/// By `uv_fs_type` (libuv 1 `uv.h`).
const OPERATIONS: &[&str] = &[
    "custom",
    "open",
    "close",
    "read",
    "write",
    "sendfile",
    "stat",
    "lstat",
    "fstat",
    "ftruncate",
    "utime",
    "futime",
    "access",
    "chmod",
    "fchmod",
    "fsync",
    "fdatasync",
    "unlink",
    "rmdir",
    "mkdir",
    "mkdtemp",
    "rename",
    "scandir",
    "link",
    "symlink",
    "readlink",
    "chown",
    "fchown",
    "realpath",
    "copyfile",
    "lchown",
    "opendir",
    "readdir",
    "closedir",
    "statfs",
    "mkstemp",
    "lutime",
];
