//! A session: the image, its layout, settings, and the only owner of caches.
//!
//! Knows: what is kept between lines, and the one door that drops it. Must not know: how lines are read or shown.

use super::caches::Caches;
use super::events::Events;
use super::lang::Lang;
use super::marks::Marks;
use super::out::{Log, Out};
use super::registry::Registry;
use super::settings::Settings;
use super::{Error, Result, number, parse};
use crate::heap::graph::{Graph, Paths};
use crate::heap::isolate::{Isolate, Isolates};
use crate::heap::leaks::Report;
use crate::heap::node::worker;
use crate::heap::pointers::{self, Pointers};
use crate::heap::query::Expr;
use crate::heap::refs::References;
use crate::heap::scan::{self, ObjectIndex, Scope};
use crate::heap::{Heap, Layout, Progress, Tagged};
use crate::image::unwind::Stack;
use crate::image::{Addr, Demangle, Image, core};
use std::cell::{OnceCell, RefCell};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a stage may put out for the next one, in bytes.
const MOST_GATHERED: u64 = 1 << 30;

/// Everything that lives from the opening of a core to the end.
#[derive(Debug)]
pub struct Session {
    /// The process image.
    pub image: Image,
    layout: Option<Layout>,
    /// The dcmds and walkers that may be used.
    pub commands: Registry,
    /// Dot, variables, radix.
    pub lang: Lang,
    /// Whether failures to read the heap are told (`::v8warnings`).
    pub v8_warnings: bool,
    /// What the user has set.
    pub settings: Settings,
    /// What mdb would stop a live process at.
    pub events: Events,
    /// Where the session is logged.
    pub log: Log,
    cancel: Arc<AtomicBool>,
    progress: Arc<Progress>,
    addresses: Arc<Progress>,
    max_memory: Option<u64>,
    caches: Caches,
    isolates: OnceCell<Arc<Isolates>>,
    thread_ids: OnceCell<Vec<Option<u32>>>,
    /// The isolate that was chosen, by its number; absent while it is the usual one.
    isolate: Option<usize>,
    /// What is to be told once of what a command looked at.
    note: RefCell<Option<String>>,
    /// Objects whose references `::findjsobjects -r` will tell.
    pub marked: Marks,
}

impl Session {
    /// A session on `image`; its V8, if any, is recognised by its symbols.
    ///
    /// With V8, C++ names are shown demangled: mdb_v8 switches that on when it finds one.
    pub fn new(mut image: Image) -> Session {
        let layout = Layout::detect(&image);
        if layout.is_some() {
            image.naming.demangle = Demangle::Short;
        }
        let cancel = Arc::new(AtomicBool::new(false));
        let mut lang = Lang::default();
        lang.variables.describe(&image);
        Session {
            image,
            layout,
            commands: Registry::default(),
            lang,
            v8_warnings: std::io::stdin().is_terminal(),
            settings: Settings::default(),
            events: Events::default(),
            log: Log::default(),
            progress: Arc::new(Progress::new(Arc::clone(&cancel))),
            addresses: Arc::new(Progress::new(Arc::clone(&cancel))),
            cancel,
            max_memory: None,
            caches: Caches::default(),
            isolates: OnceCell::new(),
            thread_ids: OnceCell::new(),
            isolate: None,
            note: RefCell::default(),
            marked: Marks::default(),
        }
    }

    /// The V8 heap.
    ///
    /// # Errors
    /// When no V8 was recognised in the image.
    pub fn heap(&self) -> Result<Heap<'_>> {
        match &self.layout {
            Some(layout) => Ok(Heap::new(&self.image, layout)),
            None => Err(Error::failed("no V8 was found in this image; ::v8load chooses a layout by hand")),
        }
    }

    /// What a user should know of how V8 was recognised.
    pub fn layout_warning(&self) -> Option<String> {
        self.layout.as_ref()?.warning()
    }

    /// The one door for a change of layout: every cache that was computed with the old one is dropped.
    pub fn set_layout(&mut self, layout: Option<Layout>) {
        self.layout = layout;
        self.isolates = OnceCell::new();
        self.thread_ids = OnceCell::new();
        self.set_isolate(None);
    }

    /// From now on the isolate of this number in [`Session::isolates`] is looked at, or the usual one. Every cache that
    /// was computed of another is dropped.
    pub fn set_isolate(&mut self, number: Option<usize>) {
        self.isolate = number;
        self.caches = Caches::default();
        self.progress.release_memory();
        self.marked = Marks::default();
    }

    /// The isolates of the process, found when first asked for: none where V8's pages do not say whose they are.
    ///
    /// # Errors
    /// When there is no V8.
    pub fn isolates(&self) -> Result<Arc<Isolates>> {
        let heap = self.heap()?;
        Ok(Arc::clone(self.isolates.get_or_init(|| Arc::new(Isolates::find(heap)))))
    }

    /// The number of the isolate that is looked at.
    ///
    /// # Errors
    /// As [`Session::isolates`].
    pub fn isolate(&self) -> Result<Option<usize>> {
        Ok(self.isolate.or(self.isolates()?.usual(&self.image)))
    }

    /// What Node calls the thread of each isolate, in their order; found, where there are several, by a scan of all.
    ///
    /// # Errors
    /// As [`Session::objects`].
    pub fn thread_ids(&self) -> Result<&[Option<u32>]> {
        if let Some(known) = self.thread_ids.get() {
            return Ok(known);
        }
        let (heap, isolates) = (self.heap()?, self.isolates()?);
        let found = match isolates.list() {
            [] | [_] => vec![None; isolates.list().len()],
            _ => worker::thread_ids(heap, &scan::scan(heap, Scope::Anonymous, &self.progress)?, &isolates),
        };
        Ok(self.thread_ids.get_or_init(|| found))
    }

    /// The heap as passes see it: without the memory of isolates that are not looked at.
    fn own_heap(&self) -> Result<Heap<'_>> {
        let heap = self.heap()?;
        let (isolates, number) = (self.isolates()?, self.isolate()?);
        let (Some(number), 2..) = (number, isolates.list().len()) else { return Ok(heap) };
        let unseen = || {
            if self.isolate.is_none() {
                let addr = isolates.list()[number].addr;
                let count = isolates.list().len();
                self.note
                    .replace(Some(format!("of {count} isolates, only {addr} is looked at; ::isolates lists them")));
            }
            isolates.others(number)
        };
        Ok(heap.without(self.caches.unseen(unseen)))
    }

    /// What the user should be told of what the command that ended has looked at: once.
    pub fn take_note(&self) -> Option<String> {
        self.note.take()
    }

    /// The indexes of a session, all together, may take no more than `most` bytes; where it is absent, as many as need be.
    pub fn limit_memory(&mut self, most: Option<u64>) {
        self.max_memory = most;
        self.progress.limit_memory(most.unwrap_or(u64::MAX));
    }

    /// How another file is opened: what it unpacks to may take no more memory than the indexes may.
    pub fn opening(&self) -> core::Opening {
        core::Opening::within(self.max_memory)
    }

    /// How far the long pass that runs now has come.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// How many of the addresses that a pipeline hands on have been worked through.
    pub fn addresses_done(&self) -> Arc<Progress> {
        Arc::clone(&self.addresses)
    }

    /// All JavaScript objects and functions in memory, found when first asked for.
    ///
    /// # Errors
    /// When there is no V8, the layout lacks what a scan needs, or Ctrl-C ends it: then nothing is kept.
    pub fn objects(&self, scope: Scope) -> Result<Arc<ObjectIndex>> {
        self.caches.objects(self.own_heap()?, scope, &self.progress)
    }

    /// What [`Session::objects`] found in `scope`, if it was asked before.
    pub fn known_objects(&self, scope: Scope) -> Option<Arc<ObjectIndex>> {
        self.caches.known_objects(scope)
    }

    /// Who refers to whom among the objects in memory, found when first asked for.
    ///
    /// # Errors
    /// As [`Session::objects`].
    pub fn references(&self, scope: Scope) -> Result<Arc<References>> {
        self.caches.references(self.own_heap()?, scope, &self.progress)
    }

    /// Where in memory each tagged word is, found when first asked for.
    ///
    /// # Errors
    /// When there is no V8, or Ctrl-C ends the pass: then nothing is kept.
    pub fn pointers(&self) -> Result<Arc<Pointers>> {
        self.caches.pointers(self.own_heap()?, &self.progress)
    }

    /// All heap objects with their sizes, and what keeps them alive, found when first asked for.
    ///
    /// # Errors
    /// As [`Session::objects`].
    pub fn graph(&self) -> Result<Arc<Graph>> {
        self.caches.graph(self.own_heap()?, &self.progress)
    }

    /// The ways from the roots to all objects, found when first asked for; through V8's descriptions of objects when
    /// `all`.
    ///
    /// # Errors
    /// As [`Session::graph`].
    pub fn paths(&self, all: bool) -> Result<Arc<Paths>> {
        self.caches.paths(self.own_heap()?, all, &self.progress)
    }

    /// What has piled up in the heap, found when first asked for.
    ///
    /// # Errors
    /// As [`Session::graph`].
    pub fn leaks(&self) -> Result<Arc<Report>> {
        self.caches.leaks(self.own_heap()?, &self.progress)
    }

    /// The native contexts, found when first asked for.
    ///
    /// # Errors
    /// When there is no V8, its layout does not tell them, or Ctrl-C ends the pass: then nothing is kept.
    pub fn contexts(&self) -> Result<Arc<Vec<Tagged>>> {
        self.caches.contexts(self.own_heap()?, &self.progress)
    }

    /// Visits the places in memory of a word, of which [`Session::pointers`] has only those that are tagged as heap
    /// objects: it is looked for anew each time.
    ///
    /// # Errors
    /// When Ctrl-C ends the pass; else the first that `visit` gives, which ends it.
    pub fn find_word(&self, word: u64, visit: impl FnMut(Addr) -> Result<()>) -> Result<()> {
        pointers::find_word(&self.image, word, &self.progress, visit)
    }

    /// The expression over properties that `text` is.
    ///
    /// # Errors
    /// A usage error that points at the column where it is none.
    pub fn query(&self, text: &str) -> Result<Arc<Expr>> {
        self.caches.query(text, |text| {
            parse::query(text).map_err(|error| {
                let before = text.get(..error.at).unwrap_or(text).chars().count();
                let (column, caret) = (before + 1, " ".repeat(before));
                Error::Usage(Some(format!("{}, at column {column}:\n    {text}\n    {caret}^", error.message)))
            })
        })
    }

    /// The stack of the thread that runs the isolate that was chosen, or else of the representative thread.
    ///
    /// # Errors
    /// When the image has no thread, and thus no registers to begin with, or none is known to run the isolate.
    pub fn stack(&self) -> Result<Arc<Stack>> {
        self.caches.stack(|| {
            let thread = match self.isolate {
                None => self.image.representative(),
                Some(number) => {
                    let isolate = self.isolates()?.list().get(number).copied();
                    let run = |isolate: Isolate| self.image.threads.iter().find(|t| isolate.thread == Some(t.id));
                    let thread = isolate.and_then(run);
                    Some(thread.ok_or_else(|| Error::failed("no thread is known to run this isolate"))?)
                }
            };
            let thread = thread.ok_or_else(|| Error::failed("the image has no threads, and thus no stack"))?;
            Ok(self.image.stack(thread))
        })
    }

    /// Raised by Ctrl-C, lowered when the next statement begins. Long passes look at it.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancel)
    }

    /// Goes on, unless Ctrl-C was pressed.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if it was.
    pub fn check_cancel(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Goes on, unless `out` has gathered more than may be kept: a count may be huge, and a stage of a pipeline begins
    /// when the one before it has ended.
    ///
    /// # Errors
    /// Abandons the statement.
    pub fn check_room(&self, out: &Out) -> Result<()> {
        let most = self.max_memory.map_or(MOST_GATHERED, |most| most.min(MOST_GATHERED));
        if out.gathered() <= most {
            return Ok(());
        }
        Err(Error::statement(format!("a stage of the pipeline puts out more than {} MB", most >> 20)))
    }

    /// Forgets a Ctrl-C that came before now.
    pub fn clear_cancel(&self) {
        self.cancel.store(false, Ordering::Relaxed);
    }

    /// The address of the symbol `name`, perhaps with an object before its last backquote.
    pub fn symbol(&self, name: &str) -> Option<Addr> {
        self.symbol_or_reason(name).ok()
    }

    /// As [`Session::symbol`].
    ///
    /// # Errors
    /// Says whether the object or the symbol is unknown.
    pub fn symbol_or_reason(&self, name: &str) -> Result<Addr> {
        let unknown = |what| Error::statement(format!("failed to dereference symbol: {what}"));
        self.image.symbol(name).map(|s| s.addr).map_err(unknown)
    }

    /// `addr` as symbol and offset; absent if no symbol covers it, or symbols are not wanted.
    pub fn symbolic(&self, addr: Addr) -> Option<String> {
        if !self.settings.symbolic {
            return None;
        }
        let name = self.image.symbolize(addr)?;
        Some(match name.offset {
            0 => name.symbol,
            offset => format!("{}+{}", name.symbol, number::with_base(offset, self.lang.radix)),
        })
    }

    /// `addr` as symbol and offset, or else in hex with `0x`.
    pub fn address_text(&self, addr: Addr) -> String {
        self.symbolic(addr).unwrap_or_else(|| number::with_base(addr.0, 16))
    }
}
