//! What edges are called, each text made once for many edges.
//!
//! Knows: names of edges. Must not know: tables.

use jsdb::heap::graph::Node;
use jsdb::heap::snapshot::{Edges, Name};
use jsdb::heap::{Context, Heap};
use rustc_hash::FxHashMap;

/// Texts of so many bytes are kept: a heap has more names than memory, where objects are used as tables.
const KEPT: usize = 1 << 20;
/// What one takes besides its characters.
const OF_TEXT: usize = 64;

/// Texts of names that were asked for lately.
pub struct Namer<'s> {
    heap: Heap<'s>,
    /// By the word of a string or symbol.
    words: FxHashMap<u64, Box<str>>,
    /// Functions by what names the variables of their contexts.
    functions: FxHashMap<u64, Option<Box<str>>>,
    /// How many bytes these take.
    kept: usize,
    /// The last text that is none of these.
    made: String,
}

/// What an edge is called.
#[derive(Clone, Copy, Debug)]
pub enum Called<'n> {
    /// A name.
    Text(&'n str),
    /// A number.
    Number(u64),
}

impl<'n> Called<'n> {
    /// The name.
    pub fn text(self) -> Option<&'n str> {
        if let Called::Text(text) = self { Some(text) } else { None }
    }

    /// The number.
    pub fn number(self) -> Option<u64> {
        if let Called::Number(number) = self { Some(number) } else { None }
    }
}

impl<'s> Namer<'s> {
    /// So much memory it takes at most: the texts, and the tables in which they are found.
    pub const MOST: usize = 2 * KEPT;

    /// Of edges of `heap`.
    pub fn new(heap: Heap<'s>) -> Namer<'s> {
        Namer { heap, words: FxHashMap::default(), functions: FxHashMap::default(), kept: 0, made: String::new() }
    }

    /// What `name` is; and for the variable of a context, the function that declares it.
    pub fn of<'n>(
        &'n mut self,
        name: &'n Name,
        variable: Option<(&Edges<'_, '_>, Node)>,
    ) -> (Called<'n>, Option<&'n str>) {
        let Namer { heap, words, functions, kept, made } = self;
        if *kept > KEPT {
            *kept = 0;
            words.clear();
            functions.clear();
        }
        let mut keep = |text: String| -> Box<str> {
            *kept += OF_TEXT + text.len();
            text.into()
        };
        let function = variable.and_then(|(edges, context)| {
            let key = Context::load(*heap, edges.word(context)).and_then(|context| context.scope_info()).ok()?.word();
            let function = functions.entry(key.0).or_insert_with(|| edges.function(context).map(&mut keep));
            function.as_deref()
        });
        let called = match name {
            Name::Number(number) => Called::Number(*number),
            Name::Static(text) => Called::Text(text),
            Name::Word(word) => Called::Text(words.entry(word.0).or_insert_with(|| keep(name.text(*heap)))),
            Name::Behind(..) | Name::Made(_) => {
                *made = name.text(*heap);
                Called::Text(made)
            }
        };
        (called, function)
    }
}
