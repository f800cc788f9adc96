//! The format verbs `/ ? \ @ =`: values laid out by letters, searches, writes.
//!
//! Knows: what each letter shows and how far it moves. Must not know: how a statement is parsed.

mod letters;
mod space;

pub use letters::{Kind, LETTERS, Letter, Size, letter};
pub use space::Space;

use super::pen::{MARGIN, Pen};
use super::{Arg, Context, Error, Flag, Result, Session, number};
use crate::image::{Addr, Width};

/// Runs a verb on `space`, with the words that follow it.
///
/// # Errors
/// [`Error::Failed`] for words that the verb cannot use.
pub fn verb(ctx: &mut Context<'_>, space: Space) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    match words.first() {
        Some(Arg::Letter(letter @ ('v' | 'w' | 'W' | 'Z'))) if space != Space::Value => {
            write(ctx, space, *letter, &words[1..])
        }
        Some(Arg::Letter(letter @ ('l' | 'L' | 'M'))) if space != Space::Value => {
            search(ctx, space, *letter, &words[1..])
        }
        None if space == Space::Value => Err(Error::failed("expected one or more format characters following '='")),
        None => {
            let default = [Arg::Letter('X'), Arg::Letter('^'), Arg::Text("= ".to_owned()), Arg::Letter('i')];
            print(ctx, space, &default)
        }
        Some(_) => print(ctx, space, &words),
    }
}

/// Lays out values by the letters of `words`.
fn print(ctx: &mut Context<'_>, space: Space, words: &[Arg]) -> Result<()> {
    let session = &mut *ctx.session;
    let start = session.lang.dot;
    let width = session.settings.width;
    let mut pen = Pen::new(ctx.out, width);
    let mut at = start;
    if space != Space::Value && ctx.first && !pen.out().is_pipe() {
        if space == Space::Memory {
            at = session.image.width.truncate(at);
        }
        label(session, &mut pen, space, Addr(at), words);
    }
    pen.indent(true);
    let mut count = 1;
    for word in words {
        match word {
            Arg::Number(n) => count = *n,
            Arg::Text(text) => {
                pen.put(text);
                count = 1;
            }
            Arg::Letter(c) => {
                let next = one(session, &mut pen, space, at, count, *c)?;
                if space != Space::Value || matches!(c, '+' | '-') {
                    session.lang.increment = next.wrapping_sub(at);
                    at = next;
                }
                count = 1;
            }
        }
    }
    session.lang.increment = if space == Space::Value { 0 } else { at.wrapping_sub(start) };
    if space == Space::Value {
        session.lang.dot = at;
    }
    Ok(())
}

/// The address before the first values, and above it the symbol that begins there.
fn label(session: &Session, pen: &mut Pen<'_>, space: Space, addr: Addr, words: &[Arg]) {
    let begins = |letters: &str| letters.chars().enumerate().all(|(i, c)| words.get(i) == Some(&Arg::Letter(c)));
    let (on_its_own, instructions) = (begins("ai"), begins("ai") || begins("ia"));
    if !instructions && !matches!(space, Space::Physical) && session.settings.symbolic {
        let name = session.image.symbolize(addr).filter(|name| name.offset == 0);
        if let Some(name) = name {
            pen.put(&format!("{}:\n", name.symbol));
        }
    }
    pen.field(&format!("{}:", session.address_text(addr)), MARGIN);
    if on_its_own {
        pen.newline();
    } else if !instructions {
        pen.align(MARGIN);
    }
}

/// Puts `count` values of the letter `c` that lie at `at`; where it got to.
fn one(session: &mut Session, pen: &mut Pen<'_>, space: Space, at: u64, count: u64, c: char) -> Result<u64> {
    let Some(letter) = letter(c) else {
        pen.out().warn(format_args!("invalid format character -- '{c}'"));
        return Ok(at);
    };
    let moved = |by: u64| at.wrapping_add(by);
    Ok(match letter.kind {
        Kind::Forward => moved(count),
        Kind::Back => at.wrapping_sub(count),
        Kind::BackByIncrement => at.wrapping_sub(session.lang.increment.wrapping_mul(count)),
        Kind::Newline => {
            for _ in 0..bounded(session, count)? {
                pen.newline();
            }
            at
        }
        Kind::Blanks => {
            pen.blanks(usize::try_from(count).unwrap_or(usize::MAX).min(session.settings.width));
            at
        }
        Kind::Tab => {
            pen.tab(usize::try_from(count).unwrap_or(usize::MAX).min(session.settings.width));
            at
        }
        Kind::Dot => {
            let outer = pen.indent(false);
            for _ in 0..bounded(session, count)? {
                pen.field(&format!("{}:", session.address_text(Addr(at))), MARGIN);
                pen.align(MARGIN);
            }
            pen.indent(outer);
            session.lang.value = at;
            at
        }
        Kind::String { escaped } => string(session, pen, space, at, count, escaped)?,
        Kind::Characters => characters(session, pen, space, at, count)?,
        Kind::Instruction { with_address } => instructions(session, pen, space, at, count, with_address)?,
        Kind::Match => {
            pen.out().warn(format_args!("invalid format character -- '{c}'"));
            at
        }
        Kind::Value(show) => {
            let size = letter.size.bytes(session.image.width);
            let mut at = at;
            for i in 0..count {
                if i % 4096 == 4095 {
                    session.check_cancel()?;
                    session.check_room(pen.out())?;
                }
                let Some(raw) = read(session, pen, space, at, size) else {
                    session.lang.at_end = true;
                    return Ok(at);
                };
                show.put(session, pen, raw, size);
                at = at.wrapping_add(size);
            }
            at
        }
    })
}

/// `count`, which is put on the page without reading anything: cancellable, and never more than a page can show.
fn bounded(session: &Session, count: u64) -> Result<u64> {
    session.check_cancel()?;
    Ok(count.min(1 << 20))
}

/// Reads a little-endian number of `size` bytes, or warns.
fn read(session: &Session, pen: &mut Pen<'_>, space: Space, at: u64, size: u64) -> Option<u64> {
    match space.bytes(session, at, size as usize) {
        Ok(bytes) => Some(bytes.iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b))),
        Err(reason) => {
            pen.out().warn(format_args!("failed to read data from target: {reason}"));
            None
        }
    }
}

fn string(
    session: &mut Session,
    pen: &mut Pen<'_>,
    space: Space,
    mut at: u64,
    count: u64,
    escaped: bool,
) -> Result<u64> {
    let outer = pen.indent(false);
    for i in 0..count {
        session.check_cancel()?;
        session.check_room(pen.out())?;
        let bytes = match space.string(session, at) {
            Ok(bytes) => bytes,
            Err(reason) => {
                pen.out().warn(format_args!("failed to read data from target: {reason}"));
                session.lang.at_end = true;
                break;
            }
        };
        if escaped {
            let adb = session.settings.has(Flag::Adb);
            pen.put(&if adb { number::caretted(&bytes) } else { number::escaped(&bytes) });
        } else {
            pen.raw(&bytes);
        }
        at = at.wrapping_add(bytes.len() as u64 + 1);
        if i + 1 < count {
            pen.put("\\0");
        }
    }
    pen.indent(outer);
    Ok(at)
}

fn characters(session: &mut Session, pen: &mut Pen<'_>, space: Space, at: u64, count: u64) -> Result<u64> {
    // As many as there are, in blocks: a count may be larger than what is mapped.
    let mut done = 0;
    while done < count {
        session.check_cancel()?;
        session.check_room(pen.out())?;
        let len = (count - done).min(4096) as usize;
        let bytes = space.some_bytes(session, at.wrapping_add(done), len);
        if bytes.is_empty() {
            session.lang.at_end = true;
            break;
        }
        let adb = session.settings.has(Flag::Adb);
        pen.put(&if adb { number::caretted(&bytes) } else { number::escaped(&bytes) });
        done += bytes.len() as u64;
    }
    Ok(at.wrapping_add(done))
}

fn instructions(
    session: &mut Session,
    pen: &mut Pen<'_>,
    space: Space,
    mut at: u64,
    count: u64,
    with_address: bool,
) -> Result<u64> {
    let outer = if with_address { pen.indent(false) } else { pen.indent(true) };
    for _ in 0..count {
        session.check_cancel()?;
        session.check_room(pen.out())?;
        let word = if with_address { read(session, pen, space, at, 4) } else { Some(0) };
        let Some((word, instruction)) = word.and_then(|w| Some((w, space.instruction(session, at)?))) else {
            session.lang.at_end = true;
            break;
        };
        if with_address {
            pen.put(&format!("{at:x} {word:x}: {}\n", instruction.text));
        } else {
            pen.put(&instruction.text);
            pen.newline();
        }
        at = at.wrapping_add(instruction.len);
    }
    pen.indent(outer);
    Ok(at)
}

/// `/L value mask`: steps through memory to the first word that is `value` under `mask`.
fn search(ctx: &mut Context<'_>, space: Space, letter: char, words: &[Arg]) -> Result<()> {
    // As in mdb a search ignores a repeat count by ending as if it had failed, which -e shows.
    let end = if ctx.piped || ctx.out.is_pipe() { Ok(()) } else { Err(Error::Told) };
    let size = match letter {
        'l' => 2,
        'L' => 4,
        _ => 8,
    };
    let start = ctx.session.lang.dot;
    let mut operands = [0, u64::MAX];
    match words.len() {
        0 => return Err(Error::failed(format!("expected value following {letter}"))),
        1 | 2 => {}
        _ => return Err(Error::failed(format!("only value and mask may follow {letter}"))),
    }
    for (operand, word) in operands.iter_mut().zip(words) {
        *operand = operand_value(ctx, word, "evaluate")?;
    }
    let [value, mask] = operands;
    let keep = u64::MAX >> (64 - 8 * size);
    let mut at = ctx.session.image.width.truncate(start);
    loop {
        ctx.session.check_cancel()?;
        let block = space.some_bytes(ctx.session, at, 1 << 16);
        let step = size as usize;
        let found = block.chunks_exact(step).position(|word| {
            let word = word.iter().rev().fold(0, |sum: u64, &b| sum << 8 | u64::from(b));
            word & mask & keep == value & keep
        });
        if let Some(index) = found {
            at = at.wrapping_add((index * step) as u64);
            ctx.session.lang.dot = at;
            let text = ctx.session.address_text(Addr(at));
            ctx.out.text(text + "\n");
            return end;
        }
        let whole = block.len() / step * step;
        if whole == 0 {
            ctx.session.lang.dot = at;
            return end;
        }
        at = at.wrapping_add(whole as u64);
    }
}

/// `/W value ...`: a core cannot be written, and says so for the first value.
fn write(ctx: &mut Context<'_>, space: Space, letter: char, words: &[Arg]) -> Result<()> {
    let start = ctx.session.lang.dot;
    let Some(word) = words.first() else {
        return Err(Error::failed(format!("expected value to write following {letter}")));
    };
    let value = operand_value(ctx, word, "write")?;
    ctx.session.lang.dot = start;
    ctx.session.lang.increment = 0;
    let why = match space {
        Space::Physical => "operation not supported by target",
        _ => "target is not open for writing",
    };
    let shown = number::digits(value, ctx.session.lang.radix);
    ctx.out.warn(format_args!("failed to write {shown} at address 0x{start:x}: {why}"));
    Ok(())
}

/// The value of a word after a write or a search: computed already, or an expression to evaluate.
fn operand_value(ctx: &mut Context<'_>, word: &Arg, what: &str) -> Result<u64> {
    match word {
        Arg::Number(value) => Ok(*value),
        Arg::Letter(c) => Err(Error::failed(format!("expected immediate value instead of '{c}'"))),
        Arg::Text(text) => match ctx.evaluate(text) {
            Ok(()) => Ok(ctx.session.lang.dot),
            Err(Error::Told) => Err(Error::failed(format!("failed to {what} \"{text}\": failed to evaluate command"))),
            Err(error) => Err(error),
        },
    }
}

impl Size {
    /// How many bytes one value has.
    pub fn bytes(self, width: Width) -> u64 {
        match self {
            Size::None | Size::Variable => 0,
            Size::Bytes(n) => u64::from(n),
            Size::Pointer => width.bytes(),
        }
    }
}
