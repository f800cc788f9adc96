//! `::dump`: memory in hex and as text.

use jsdb::shell::format::Space;
use jsdb::shell::pen::Pen;
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Opt, OptValue, Result, Session};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "dump",
    addr: AddrUse::Optional,
    summary: "dump memory from specified address",
    options: &[
        Opt { letter: 'e', value: OptValue::Flag, help: "words, the most significant byte first; no header, no text" },
        Opt { letter: 'q', value: OptValue::Flag, help: "no text" },
        Opt { letter: 'r', value: OptValue::Flag, help: "offsets from the address instead of addresses" },
        Opt { letter: 's', value: OptValue::Flag, help: "`*` for lines that repeat the one before" },
        Opt { letter: 't', value: OptValue::Flag, help: "read and show only what was asked for, not whole lines" },
        Opt { letter: 'u', value: OptValue::Flag, help: "begin at the address, not at a multiple of 16" },
        Opt { letter: 'v', value: OptValue::Flag, help: "addresses in full width" },
        Opt { letter: 'f', value: OptValue::Flag, help: "from the object file" },
        Opt { letter: 'p', value: OptValue::Flag, help: "from physical memory, which a core has none of" },
        Opt { letter: 'g', value: OptValue::Number("bytes"), help: "bytes in a group: a power of two, 4 if not given" },
        Opt { letter: 'w', value: OptValue::Number("paragraphs"), help: "16-byte paragraphs in a line, 1 to 16" },
    ],
    help: "Prints memory in hex and as text, 16 bytes a line. The repeat count before it is how many bytes; dot moves\n\
           to their end.",
    examples: &[
        Example {
            why: "what the version of V8 is kept in",
            line: "_ZN2v88internal7Version6major_E,20::dump",
            shows: r##"
          0 1 2 3  4 5 6 7 \/ 9 a b  c d e f  01234567v9abcdef
eb8380:  ffffffff 01000000 03000000 0e000000  ................
eb8390:  05000000 0b000000 402aa500 00000000  ........@*......
eb83a0:  636aaa00 00000000 ffff8b17 0332faff  cj...........2..
"##,
        },
        Example {
            why: "as words, eight bytes each",
            line: "_ZN2v88internal7Version6major_E,20::dump -e -g 8",
            shows: r##"
eb8388:  0000000e00000003 0000000b00000005
eb8398:  0000000000a52a40 0000000000aa6a63
"##,
        },
        Example {
            why: "exactly the bytes asked for",
            line: "_ZN2v88internal7Version6major_E+3,5::dump -t",
            shows: r##"
          0 1 2 3  4 5 6 7  8 9 a\/  c d e f  0123456789avcdef
eb8380:                          00 0e000000             .....
"##,
        },
        Example {
            why: "from the address on, offsets, no text",
            line: "_ZN2v88internal7Version6major_E+3,20::dump -urq",
            shows: r##"
      0 1 2 3  4 5 6 7  8 9 a b  c d e f
00:  000e0000 00050000 000b0000 00402aa5
10:  00000000 00636aaa 00000000 00ffff8b
"##,
        },
        Example {
            why: "wide, addresses in full, repeats left out",
            line: "_ZN2v88internal7Version6major_E,80::dump -sv -w 2",
            shows: r##"
                    0 1 2 3  4 5 6 7 \/ 9 a b  c d e f  0 1 2 3  4 5 6 7  8 9 a
 b  c d e f  01234567v9abcdef0123456789abcdef
0000000000eb8380:  ffffffff 01000000 03000000 0e000000 05000000 0b000000 402aa5
00 00000000  ........................@*......
0000000000eb83a0:  636aaa00 00000000 ffff8b17 0332faff 00000000 00000000 000000
00 00000000  cj...........2..................
0000000000eb83c0:  03000000 00000000 07000000 00000000 03000000 01000000 020000
00 00000000  ................................
0000000000eb83e0:  03000000 01000000 02000000 01000000 02000000 01000000 030000
00 00000000  ................................
0000000000eb8400:  03000000 01000000 02000000 00000000 03000000 08000000 090000
00 00000000  ................................
"##,
        },
        Example {
            why: "as the file has it, when it is at hand",
            line: "_ZN2v88internal7Version6major_E::dump -f",
            shows: r##"
          0 1 2 3  4 5 6 7 \/ 9 a b  c d e f  01234567v9abcdef
jsdb: failed to read data at 0xeb8388: no mapping for address
"##,
        },
        Example {
            why: "what a core has none of",
            line: "_ZN2v88internal7Version6major_E::dump -p",
            shows: r##"
          0 1 2 3  4 5 6 7 \/ 9 a b  c d e f  01234567v9abcdef
jsdb: failed to read data at 0xeb8388: operation not supported by target
"##,
        },
    ],
    see_also: &["formats"],
    takes_count: true,
    text_only: true,
    run,
    ..Dcmd::BASE
};

/// What to print, and how.
#[derive(Clone, Copy)]
struct Layout {
    /// Bytes in a line.
    width: usize,
    /// Bytes in a group.
    group: usize,
    /// Begin at a multiple of 16.
    aligned: bool,
    /// Read and show only what was asked for.
    trimmed: bool,
    /// Offsets instead of addresses.
    relative: bool,
    /// `*` for repeated lines.
    squeezed: bool,
    /// Groups as words.
    words: bool,
    /// A text column.
    text: bool,
    /// Digits of an address.
    digits: usize,
}

const PARAGRAPH: usize = 16;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    ctx.args.refuse()?;
    let has = |letter| ctx.args.has(letter);
    let group = ctx.args.number('g').unwrap_or(4);
    let paragraphs = ctx.args.number('w').unwrap_or(1);
    if has('f') && has('p') || !(1..=16).contains(&paragraphs) || !(1..=256).contains(&group) {
        return Err(Error::usage());
    }
    let width = PARAGRAPH * paragraphs as usize;
    let group = if group.is_power_of_two() && width.is_multiple_of(group as usize) { group as usize } else { 4 };
    let words = has('e');
    let relative = has('r');
    let pointer = ctx.session.image.width;
    let last = pointer.truncate(u64::MAX);
    let start = pointer.truncate(ctx.dot.0);
    let wanted = ctx.count.unwrap_or(1);
    let mut len = wanted.min((last - start).saturating_add(1));
    if words && has('t') {
        len -= len % group as u64;
    }
    let shown_to = if len > 1 || (start > 0 && len == 1) { len - 1 } else { len };
    let digits = match (has('v'), relative) {
        (true, _) => 2 * pointer.bytes() as usize,
        (false, true) => digits(shown_to),
        (false, false) => digits(shown_to.wrapping_add(start)),
    };
    let layout = Layout {
        width,
        group,
        aligned: !(has('u') || relative || words),
        trimmed: has('t'),
        relative,
        squeezed: has('s'),
        words,
        text: !(has('q') || words),
        digits,
    };
    let space = match (has('f'), has('p')) {
        (true, _) => Space::File,
        (_, true) => Space::Physical,
        _ => Space::Memory,
    };
    let mut pen = Pen::new(ctx.out, ctx.session.settings.width);
    match dump(ctx.session, &mut pen, space, start, len, layout)? {
        None => {
            ctx.session.lang.dot = start.wrapping_add(wanted);
            Ok(())
        }
        Some((at, reason)) => {
            let at = if at == 0 { "0".to_owned() } else { format!("{at:#x}") };
            Err(Error::failed(format!("failed to read data at {at}: {reason}")))
        }
    }
}

/// How many hex digits `value` has; 0 has none.
fn digits(value: u64) -> usize {
    (64 - value.leading_zeros() as usize).div_ceil(4)
}

/// What could not be read, and why.
type Failure = (u64, &'static str);

/// Puts the lines for `len` bytes from `start`, as far as they can be read.
fn dump(
    session: &Session,
    pen: &mut Pen<'_>,
    space: Space,
    start: u64,
    len: u64,
    layout: Layout,
) -> Result<Option<Failure>> {
    let into = if layout.relative { 0 } else { (start % PARAGRAPH as u64) as usize };
    let before = if layout.aligned { into } else { 0 };
    let (first, len) = (start - before as u64, len + before as u64);
    if !layout.words {
        header(pen, layout, into);
    }
    let mut left = if layout.trimmed && layout.aligned { into } else { 0 };
    let mut previous: Option<Vec<u8>> = None;
    let mut skipped = false;
    let mut done = 0_u64;
    while done < len {
        session.check_cancel()?;
        let mut wanted = layout.width;
        let last_line = layout.width as u64 >= len - done;
        if last_line && layout.trimmed {
            wanted = (len - done) as usize;
        }
        let at = first.wrapping_add(done);
        let room = session.image.width.truncate(u64::MAX) - at;
        wanted = wanted.min(usize::try_from(room).unwrap_or(usize::MAX).saturating_add(1));
        let mut line = vec![0; left];
        while line.len() < wanted {
            let bytes = space.some_bytes(session, at.wrapping_add(line.len() as u64), wanted - line.len());
            if !bytes.is_empty() {
                line.extend_from_slice(&bytes);
            } else if (done as usize) + line.len() < before {
                // What only fills the first line up to its multiple of 16 need not be there.
                line.push(0);
                left += 1;
            } else {
                break;
            }
        }
        if line.len() > left {
            let whole = line.len() == layout.width && left == 0 && !last_line;
            if layout.squeezed && whole && previous.as_ref() == Some(&line) {
                if !skipped {
                    pen.put("*\n");
                }
                skipped = true;
            } else {
                let label = if layout.relative { done } else { at };
                data(pen, layout, label, &line, left);
                skipped = false;
            }
            previous = (left == 0).then(|| line.clone());
        }
        if line.len() < wanted {
            let end = at.wrapping_add(line.len() as u64);
            if done + line.len() as u64 >= len {
                return Ok(None);
            }
            let reason = space.bytes(session, end, 1).err();
            return Ok(Some((end, reason.unwrap_or("end of file"))));
        }
        left = 0;
        done += layout.width as u64;
    }
    Ok(None)
}

/// What goes before the byte at `at` of a line.
fn gap(layout: Layout, at: usize) -> &'static str {
    match () {
        () if !at.is_multiple_of(layout.group) => "",
        () if layout.group == 1 && at > 0 && at.is_multiple_of(8) => "  ",
        () => " ",
    }
}

/// The line of column offsets, with the first byte marked.
fn header(pen: &mut Pen<'_>, layout: Layout, into: usize) {
    let shift = if layout.aligned { 0 } else { into };
    let marked = |at: usize| at == into && layout.aligned;
    pen.field("", layout.digits);
    pen.field("  ", 0);
    for at in 0..layout.width {
        pen.field(gap(layout, at), 0);
        pen.field(&if marked(at) { "\\/".to_owned() } else { format!("{:2x}", (at + shift) & 0xf) }, 0);
    }
    if layout.text {
        pen.field("  ", 0);
        for at in 0..layout.width {
            pen.field(&if marked(at) { "v".to_owned() } else { format!("{:x}", (at + shift) & 0xf) }, 0);
        }
    }
    pen.newline();
}

/// One line of `bytes`, of which the first `left` are not shown.
fn data(pen: &mut Pen<'_>, layout: Layout, label: u64, bytes: &[u8], left: usize) {
    pen.field(&format!("{label:0digits$x}", digits = layout.digits.max(1)), 0);
    pen.field(": ", 0);
    let shown = |at: usize| bytes.get(at).copied().filter(|_| at >= left);
    for at in 0..layout.width {
        pen.field(gap(layout, at), 0);
        // The last byte of a word first.
        let from = if layout.words { at - at % layout.group + layout.group - 1 - at % layout.group } else { at };
        let byte = shown(at).and_then(|_| bytes.get(from));
        pen.field(&byte.map_or_else(|| "  ".to_owned(), |byte| format!("{byte:02x}")), 0);
    }
    if layout.text {
        let text = (0..layout.width).map(|at| match shown(at) {
            None => ' ',
            Some(byte @ b' '..=b'~') => char::from(byte),
            Some(_) => '.',
        });
        pen.field("  ", 0);
        pen.field(&text.collect::<String>(), 0);
    }
    pen.newline();
}
