//! What edges are called, each text made once for many edges.
//!
//! Knows: names of edges. Must not know: tables.

use jsdb::heap::graph::Node;
use jsdb::heap::snapshot::{Edges, Name};
use jsdb::heap::{Context, Heap};
use rustc_hash::FxHashMap;

/// So many texts are kept: a heap has more names than memory, where objects are used as tables.
const KEPT: usize = 1 << 16;

/// Texts of names that were asked for lately.
pub struct Namer<'s> {
    heap: Heap<'s>,
    /// By the word of a string or symbol.
    words: FxHashMap<u64, Box<str>>,
    /// Functions by what names the variables of their contexts.
    functions: FxHashMap<u64, Option<Box<str>>>,
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
    /// Of edges of `heap`.
    pub fn new(heap: Heap<'s>) -> Namer<'s> {
        Namer { heap, words: FxHashMap::default(), functions: FxHashMap::default(), made: String::new() }
    }

    /// What `name` is; and for the variable of a context, the function that declares it.
    pub fn of<'n>(
        &'n mut self,
        name: &'n Name,
        variable: Option<(&Edges<'_, '_>, Node)>,
    ) -> (Called<'n>, Option<&'n str>) {
        let Namer { heap, words, functions, made } = self;
        let function = variable.and_then(|(edges, context)| {
            let key = Context::load(*heap, edges.word(context)).and_then(|context| context.scope_info()).ok()?.word();
            if functions.len() >= KEPT {
                functions.clear();
            }
            let function = functions.entry(key.0).or_insert_with(|| edges.function(context).map(Into::into));
            function.as_deref()
        });
        let called = match name {
            Name::Number(number) => Called::Number(*number),
            Name::Static(text) => Called::Text(text),
            Name::Word(word) => {
                if words.len() >= KEPT {
                    words.clear();
                }
                Called::Text(words.entry(word.0).or_insert_with(|| name.text(*heap).into()))
            }
            Name::Behind(..) | Name::Made(_) => {
                *made = name.text(*heap);
                Called::Text(made)
            }
        };
        (called, function)
    }
}
