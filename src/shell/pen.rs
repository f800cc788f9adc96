//! Writing within a page: fields that wrap at the width, tabs, a left margin. Only the format verbs and the few dcmds
//! that mdb wraps write so; everything else is plain text.
//!
//! Knows: columns. Must not know: what is written.

use super::{Format, Out};

/// Where continued lines begin.
pub const MARGIN: usize = 16;

/// A position on the page of an [`Out`].
#[derive(Debug)]
pub struct Pen<'a> {
    out: &'a mut Out,
    column: usize,
    width: usize,
    /// Whether new lines begin at [`MARGIN`].
    indent: bool,
}

impl<'a> Pen<'a> {
    /// A pen where `out` has got to, on a page of `width` columns.
    pub fn new(out: &'a mut Out, width: usize) -> Pen<'a> {
        let column = out.column();
        Pen { out, column, width: width.max(1), indent: false }
    }

    /// Where results go, for messages.
    pub fn out(&mut self) -> &mut Out {
        self.out
    }

    /// Lets new lines begin at the margin, or not; says what was so before.
    pub fn indent(&mut self, on: bool) -> bool {
        std::mem::replace(&mut self.indent, on)
    }

    fn wraps(&self) -> bool {
        self.out.format == Format::Text && !self.out.is_shell()
    }

    /// Puts characters that are known to fit.
    fn push(&mut self, text: &str) {
        if self.column == 0 && self.indent {
            self.out.text(" ".repeat(MARGIN));
            self.column = MARGIN;
        }
        self.out.text(text);
        self.column += text.chars().count();
    }

    /// The column that the next character gets.
    fn at(&self) -> usize {
        if self.column == 0 && self.indent { MARGIN } else { self.column }
    }

    /// Ends the line.
    pub fn newline(&mut self) {
        self.out.text("\n");
        self.column = 0;
    }

    /// Puts `text`, broken where the page ends; newlines and tabs in it do what they say.
    pub fn put(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['\n', '\t']) {
            self.run(&rest[..at]);
            if rest[at..].starts_with('\n') {
                self.newline()
            } else {
                self.tab(8)
            }
            rest = &rest[at + 1..];
        }
        self.run(rest);
    }

    /// Puts bytes as they are, where they need not be text; at a terminal, what could harm it is left out.
    pub fn raw(&mut self, bytes: &[u8]) {
        if bytes.iter().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\n' | b'\t')) {
            return self.put(&String::from_utf8_lossy(bytes));
        }
        if self.out.is_terminal() {
            return self.put(&crate::image::text::printable(bytes));
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = if self.wraps() { self.width.saturating_sub(self.at()) } else { rest.len() };
            let line = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            let (now, later) = rest.split_at(room.min(line));
            self.push("");
            self.out.bytes(now);
            self.column += now.len();
            rest = later.strip_prefix(b"\n").unwrap_or(later);
            if !later.is_empty() {
                self.newline();
            }
        }
    }

    fn run(&mut self, text: &str) {
        if !self.wraps() {
            if !text.is_empty() {
                self.push(text);
            }
            return;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let room = self.width.saturating_sub(self.at());
            let end = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
            if end > 0 {
                self.push(&rest[..end]);
            }
            rest = &rest[end..];
            if !rest.is_empty() {
                self.newline();
            }
        }
    }

    /// Puts `text` and blanks up to `width`, on the next line if that does not fit here.
    pub fn field(&mut self, text: &str, width: usize) {
        let len = text.chars().count();
        let width = width.max(len);
        if self.wraps() && self.at() != 0 && self.at() + width > self.width {
            self.newline();
        }
        self.run(text);
        if width > len {
            self.blanks(width - len);
        }
    }

    /// Puts `count` blanks, or ends the line if they would reach its end.
    pub fn blanks(&mut self, count: usize) {
        if self.at() + count < self.width || self.out.is_pipe() {
            self.push(&" ".repeat(count));
        } else {
            self.newline();
        }
    }

    /// Goes to the next multiple of `stop`; past the line's end, to the next line.
    pub fn tab(&mut self, stop: usize) {
        let stop = stop.min(self.width.saturating_sub(1));
        if stop == 0 {
            return;
        }
        let next = (self.at() / stop + 1) * stop;
        if next < self.width || self.out.is_pipe() {
            let count = next - self.at();
            self.push(&" ".repeat(count));
        } else {
            self.newline();
        }
    }

    /// As [`Pen::tab`], unless the pen is at a stop already.
    pub fn align(&mut self, stop: usize) {
        if stop != 0 && !self.at().is_multiple_of(stop) {
            self.tab(stop);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: usize, body: impl FnOnce(&mut Pen<'_>)) -> String {
        let mut out = Out::default();
        body(&mut Pen::new(&mut out, width));
        out.take()
    }

    #[test]
    fn a_field_that_does_not_fit_goes_to_the_margin_of_the_next_line() {
        let text = written(40, |pen| {
            pen.field("label:", 16);
            pen.indent(true);
            pen.field("1", 16);
            pen.field("22", 16);
        });
        assert_eq!(text, "label:          1               \n                22              ");
    }

    #[test]
    fn padding_that_reaches_the_end_of_the_line_is_lost() {
        assert_eq!(written(20, |pen| pen.field("0123456789", 20)), "0123456789\n");
    }

    #[test]
    fn text_is_broken_at_the_width() {
        assert_eq!(written(4, |pen| pen.put("abcdef\ng")), "abcd\nef\ng");
    }

    #[test]
    fn tabs_stop_at_multiples_and_wrap() {
        assert_eq!(
            written(20, |pen| {
                pen.put("a");
                pen.tab(8);
                pen.put("b")
            }),
            "a       b"
        );
        assert_eq!(
            written(20, |pen| {
                pen.put("0123456789abcdefg");
                pen.tab(8);
                pen.put("b")
            }),
            "0123456789abcdefg\nb"
        );
    }
}
