//! What a word of native memory that points to an object is: a handle that C++ keeps, one that it gave back, or a row of
//! V8's own.
//!
//! A persistent handle is a node of V8's `GlobalHandles`: the object, a class id in two bytes, the number of the node in
//! its block in one, flags in one, and two words more, in every version since 3.14 (`global-handles.cc`). Nodes of a block
//! follow one another, so that numbers which ascend with addresses tell them. The first two bits of the flags are the
//! state: free, normal or weak; a free node keeps the address of its last object.
//!
//! Long rows of words are no such handles: V8's collector keeps its lists of what it is to visit, and C++'s local handles
//! lie in blocks; both are freed but not cleared, so that most of what is there is stale.
//!
//! Knows: those nodes. Must not know: what is a root.

use crate::heap::Heap;
use crate::image::Addr;

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// A handle that keeps its object alive.
    Strong,
    /// A handle that does not: C++ only wants to know when the object is gone.
    Weak,
    /// A handle that was given back.
    Free,
    /// None of a block of handles.
    Other,
}

/// A node, in words.
const NODE: i64 = 4;
/// The bits of the flags that are the state.
const STATE: u8 = 3;
/// Neighbours on either side that are asked.
const NEAR: i64 = 2;

/// What the word at `addr` is.
pub(super) fn word(heap: Heap<'_>, addr: Addr) -> Word {
    let Some((index, flags)) = numbered(heap, addr) else { return Word::Other };
    let step = NODE * heap.width().bytes() as i64;
    let fits = |distance: &i64| {
        let wanted = u8::try_from(i64::from(index) + distance);
        wanted.is_ok_and(|wanted| numbered(heap, addr.offset(distance * step)).is_some_and(|(n, _)| n == wanted))
    };
    let near = (-NEAR..=NEAR).filter(|&distance| distance != 0).filter(fits).count();
    // Of the nodes at the ends of a block two have no more than two neighbours.
    let is_inner = (NEAR..=i64::from(u8::MAX) - NEAR).contains(&i64::from(index));
    match (near >= if is_inner { 3 } else { 2 }, flags & STATE) {
        (false, _) => Word::Other,
        (true, 1) => Word::Strong,
        (true, 0) => Word::Free,
        (true, _) => Word::Weak,
    }
}

/// The number and the flags of the node at `addr`, if there is one.
fn numbered(heap: Heap<'_>, addr: Addr) -> Option<(u8, u8)> {
    let word = heap.space().u32(addr.offset(heap.width().bytes() as i64)).ok()?;
    let [_, _, index, flags] = word.to_le_bytes();
    Some((index, flags))
}

/// So many words in a row that point to objects are a list of the collector's: its smallest have 64 entries, and a block
/// of them is seldom full. Between two there may be a number: the lists of what was promoted have sizes.
const ROW: usize = 32;
/// So many words from one to the next.
const APART: u64 = 2;

/// Of `words`, which ascend and point to objects or where one was, those that lie in long rows.
pub(super) fn in_rows<T>(words: &[(u64, T)], step: u64) -> Vec<bool> {
    let mut in_row = Vec::with_capacity(words.len());
    for row in words.chunk_by(|a, b| b.0 - a.0 <= APART * step) {
        in_row.resize(in_row.len() + row.len(), row.len() >= ROW);
    }
    in_row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Builder;
    use crate::image::Width;

    #[test]
    fn a_handle_is_told_by_its_number_among_others() {
        for (width, word_size) in [(Width::W32, 4_usize), (Width::W64, 8)] {
            let mut b = Builder::new(width);
            let block = b.allocate(256 * 4 * word_size);
            for n in 0..256_usize {
                let at = n * 4 * word_size;
                b.put_word(block, at, 0x1234_5679);
                b.put(block, at + word_size, &[0, 0, n as u8, (n % 3) as u8 | 0x10]);
            }
            let plain = b.allocate(64 * word_size);
            let built = b.build();
            let node = |n: u64| Addr(block.0 - 1 + n * 4 * word_size as u64);
            for n in [0, 1, 2, 100, 101, 102, 254, 255] {
                let expected = [Word::Free, Word::Strong, Word::Weak][n as usize % 3];
                assert_eq!(word(built.heap(), node(n)), expected, "node {n}");
            }
            assert_eq!(word(built.heap(), Addr(plain.0 - 1 + 8 * word_size as u64)), Word::Other);
            assert_eq!(word(built.heap(), Addr(8)), Word::Other);
        }
    }

    #[test]
    fn rows_are_words_that_follow_one_another_or_nearly() {
        let mut words: Vec<(u64, u32)> = (0..40).map(|n| (0x1000 + n * 8 + n / 2 * 8, n as u32)).collect();
        words.extend([(0x2000, 1), (0x2010, 2), (0x2028, 3)]);
        let in_row = in_rows(&words, 8);
        assert_eq!(in_row.len(), words.len());
        assert!(in_row[..40].iter().all(|&row| row));
        assert!(in_row[40..].iter().all(|&row| !row));
    }
}
