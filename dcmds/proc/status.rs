//! `::status`: what is being looked at, and how it ended.

use jsdb::image::elf::FileKind;
use jsdb::image::{Image, Kind, Os, Width, signal, text};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Context, Dcmd, Example, Item, Result, Subject};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "status",
    subject: Subject::Process,
    addr: AddrUse::Optional,
    summary: "print summary of current target",
    operands: "[ignored ...]",
    help: "Says what is being looked at: the program, its arguments, the machine it ran on, and how it ended: by which\n\
           signal, who sent it or which address it was about; or that it went on living when gcore(1) took its core.",
    examples: &[Example {
        why: "what is this core",
        line: "::status",
        shows: r##"
debugging core file of node (64-bit) from lab
file: ./node
initial argv: ./node --random-seed=1 --hash-seed=1 pingpong-server.js 8000
threading model: raw lwps
status: process core file generated with gcore(1)
"##,
    }],
    see_also: &["regs", "stack", "getenv"],
    json: &[
        Key::new("target", Is::Text, "what is looked at"),
        Key::or_null("file", Is::Text, "the executable"),
        Key::or_null("arguments", Is::Text, "its command line"),
        Key::or_null("threads", Is::Text, "the threading model"),
        Key::new("status", Is::Text, "how it ended"),
        Key::or_null("panic", Is::Text, "what it said when it aborted"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let status = Status::of(&ctx.session.image);
    ctx.out.item(&status);
    Ok(())
}

/// The summary of an image.
#[derive(Debug)]
struct Status {
    /// The first line.
    what: String,
    /// The program's path.
    file: Option<String>,
    /// The arguments it was begun with.
    argv: Option<String>,
    /// Which threads are shown.
    threading: Option<&'static str>,
    /// How it ended.
    end: Option<String>,
    /// What it said when it gave up.
    panic: Option<String>,
}

impl Status {
    fn of(image: &Image) -> Status {
        let bits = match image.width {
            Width::W32 => 32,
            Width::W64 => 64,
        };
        let file = image.executable().map(|exe| match &exe.file {
            Some(file) => text::printable(file.path.as_os_str().as_encoded_bytes()),
            None => exe.path.clone(),
        });
        match &image.kind {
            Kind::Raw { name } => Status {
                what: format!("debugging file '{name}' (object file)"),
                file: None,
                argv: None,
                threading: None,
                end: None,
                panic: None,
            },
            Kind::Object(kind) => {
                let kind = if *kind == FileKind::Executable { "executable" } else { "object" };
                Status {
                    what: format!("debugging {kind} file ({bits}-bit)"),
                    file,
                    argv: None,
                    threading: None,
                    end: Some("idle".to_owned()),
                    panic: None,
                }
            }
            Kind::Core => {
                let process = &image.process;
                let show = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(text::printable);
                let host = process.utsname.as_ref().map(|uts| text::printable(&uts.nodename));
                let host = host.unwrap_or_else(|| "unknown machine".to_owned());
                let what = match show(&process.fname) {
                    Some(name) => format!("debugging core file of {name} ({bits}-bit) from {host}"),
                    None => "debugging core file".to_owned(),
                };
                // mdb says "native" when libc has what its thread debugger needs.
                let native = image.symbols.lookup("__tdb_bootstrap").is_some();
                Status {
                    what,
                    file,
                    argv: show(&process.psargs),
                    threading: Some(if native { "native threads" } else { "raw lwps" }),
                    end: Some(end(image)),
                    panic: panic_message(image),
                }
            }
        }
    }
}

/// How the process ended, in mdb's words.
pub fn end(image: &Image) -> String {
    let process = &image.process;
    let wstat = process.wstat.unwrap_or(0);
    let thread = image.representative();
    // wait(2): the low seven bits are the signal, 0x80 says that a core was dumped.
    let signal = thread.and_then(|t| t.signal).or(Some(wstat & 0x7f).filter(|&s| s != 0));
    let saved_alive = match image.os {
        Os::Linux => signal.is_none(),
        // Older systems noted neither credentials nor a status, whatever happened.
        _ => wstat == 0 && process.credentials.is_some(),
    };
    if saved_alive {
        return "process core file generated with gcore(1)".to_owned();
    }
    let Some(signal) = signal else {
        return format!("process terminated with exit status {}", wstat >> 8 & 0xff);
    };
    let mut text =
        format!("process terminated by {} ({})", signal::name(image.os, signal), signal::description(image.os, signal));
    if let Some(info) = thread.and_then(|t| t.siginfo) {
        match (info.sender.filter(|&(pid, _)| pid != 0), info.addr) {
            (Some((pid, uid)), _) => {
                let _ = write!(text, ", pid={pid} uid={uid}");
                if info.code != 0 {
                    let _ = write!(text, " code={}", info.code);
                }
            }
            (None, Some(addr)) => {
                let _ = write!(text, ", addr={addr}");
            }
            (None, None) => {}
        }
    }
    text
}

/// What illumos's libc was told to say when it gave up (`panicstr`).
fn panic_message(image: &Image) -> Option<String> {
    let libc = image.object_called("libc.so")?;
    let at = image.symbols.lookup_in(libc, "panicstr")?.addr;
    let message = image.space.cstr(jsdb::image::Addr(image.space.word(at).ok()?), 127).ok()?;
    (!message.is_empty()).then(|| text::printable(message.trim_ascii_end()))
}

impl Item for Status {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "{}", self.what);
        let labelled = [
            ("file", self.file.as_deref()),
            ("initial argv", self.argv.as_deref()),
            ("threading model", self.threading),
            ("status", self.end.as_deref()),
            ("panic message", self.panic.as_deref()),
        ];
        for (label, value) in labelled {
            if let Some(value) = value {
                let _ = writeln!(out, "{label}: {value}");
            }
        }
    }

    fn json(&self) -> Json {
        json!({
            "target": self.what,
            "file": self.file,
            "arguments": self.argv,
            "threads": self.threading,
            "status": self.end,
            "panic": self.panic,
        })
    }
}
