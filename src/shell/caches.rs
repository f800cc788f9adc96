//! What a session computed once and keeps: the results of whole-memory passes.
//!
//! Each is keyed by what changes its answer, filled by a pure pass, and dropped with the others when the layout or the
//! isolate changes.
//! A pass that fails or is interrupted leaves nothing behind.
//!
//! Knows: which pass fills what. Must not know: how passes work, who asks.

use super::Result;
use crate::heap::graph::{Graph, Paths};
use crate::heap::leaks::{self, Report};
use crate::heap::pointers::Pointers;
use crate::heap::query::Expr;
use crate::heap::refs::References;
use crate::heap::scan::{self, ObjectIndex, Scope};
use crate::heap::words::Unseen;
use crate::heap::{Heap, Progress, Tagged, native};
use crate::image::unwind::Stack;
use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

/// The caches of a session.
#[derive(Debug, Default)]
pub struct Caches {
    anonymous: Scanned,
    with_brk: Scanned,
    pointers: OnceCell<Arc<Pointers>>,
    graph: OnceCell<Arc<Graph>>,
    paths: OnceCell<Arc<Paths>>,
    all_paths: OnceCell<Arc<Paths>>,
    leaks: OnceCell<Arc<Report>>,
    contexts: OnceCell<Arc<Vec<Tagged>>>,
    unseen: OnceCell<Unseen>,
    stack: OnceCell<Arc<Stack>>,
    /// The expression that was read last: a pipe asks for the same one at each address.
    query: RefCell<Option<(String, Arc<Expr>)>>,
}

/// What was computed from one scope of memory.
#[derive(Debug, Default)]
struct Scanned {
    objects: OnceCell<Arc<ObjectIndex>>,
    references: OnceCell<Arc<References>>,
}

impl Caches {
    fn scanned(&self, scope: Scope) -> &Scanned {
        match scope {
            Scope::Anonymous => &self.anonymous,
            Scope::WithBrk => &self.with_brk,
        }
    }

    /// The objects of `heap` in `scope`.
    ///
    /// # Errors
    /// Those of the scan.
    pub fn objects(&self, heap: Heap<'_>, scope: Scope, progress: &Progress) -> Result<Arc<ObjectIndex>> {
        passed(&self.scanned(scope).objects, "objects", || Ok(scan::scan(heap, scope, progress)?))
    }

    /// The objects in `scope`, if they were found before.
    pub fn known_objects(&self, scope: Scope) -> Option<Arc<ObjectIndex>> {
        self.scanned(scope).objects.get().cloned()
    }

    /// The references between them.
    ///
    /// # Errors
    /// Those of either pass.
    pub fn references(&self, heap: Heap<'_>, scope: Scope, progress: &Progress) -> Result<Arc<References>> {
        let objects = self.objects(heap, scope, progress)?;
        passed(&self.scanned(scope).references, "references", || Ok(References::new(heap, &objects, progress)?))
    }

    /// Every word that points into the heap, wherever it is.
    ///
    /// # Errors
    /// Those of the pass.
    pub fn pointers(&self, heap: Heap<'_>, progress: &Progress) -> Result<Arc<Pointers>> {
        passed(&self.pointers, "pointers", || Ok(Pointers::new(heap, progress)?))
    }

    /// All heap objects, and what keeps them alive.
    ///
    /// # Errors
    /// Those of the pass.
    pub fn graph(&self, heap: Heap<'_>, progress: &Progress) -> Result<Arc<Graph>> {
        passed(&self.graph, "graph", || Ok(Graph::new(heap, progress)?))
    }

    /// The ways from the roots; through V8's descriptions of objects when `all`.
    ///
    /// # Errors
    /// Those of the graph, and when the ways would take more memory than is left.
    pub fn paths(&self, heap: Heap<'_>, all: bool, progress: &Progress) -> Result<Arc<Paths>> {
        let graph = self.graph(heap, progress)?;
        passed(if all { &self.all_paths } else { &self.paths }, "paths", || {
            let memory = progress.claim();
            memory.take(Paths::memory(&graph))?;
            memory.keep();
            Ok(Paths::new(heap, &graph, all))
        })
    }

    /// What has piled up in the heap.
    ///
    /// # Errors
    /// Those of the graph, and that the search was cancelled.
    pub fn leaks(&self, heap: Heap<'_>, progress: &Progress) -> Result<Arc<Report>> {
        let graph = self.graph(heap, progress)?;
        passed(&self.leaks, "leaks", || Ok(leaks::find(heap, &graph, progress)?))
    }

    /// The native contexts of `heap`.
    ///
    /// # Errors
    /// Those of the pass.
    pub fn contexts(&self, heap: Heap<'_>, progress: &Progress) -> Result<Arc<Vec<Tagged>>> {
        passed(&self.contexts, "contexts", || Ok(native::native_contexts(heap, progress)?))
    }

    /// The expression `text`, which `read` reads.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn query(&self, text: &str, read: impl FnOnce(&str) -> Result<Expr>) -> Result<Arc<Expr>> {
        if let Some((known, expr)) = &*self.query.borrow()
            && known == text
        {
            return Ok(Arc::clone(expr));
        }
        let expr = Arc::new(read(text)?);
        *self.query.borrow_mut() = Some((text.to_owned(), Arc::clone(&expr)));
        Ok(expr)
    }

    /// The memory that `find` says passes do not see.
    pub fn unseen(&self, find: impl FnOnce() -> Unseen) -> &Unseen {
        self.unseen.get_or_init(find)
    }

    /// The stack that `unwind` gives, unwound once.
    ///
    /// # Errors
    /// Those of `unwind`.
    pub fn stack(&self, unwind: impl FnOnce() -> Result<Stack>) -> Result<Arc<Stack>> {
        kept(&self.stack, unwind)
    }
}

/// Whoever sets this variable is told, on standard error, of each pass that is made: what was kept needs none.
const TOLD: &str = "JSDB_PASSES";

/// As [`kept`], of what the pass called `name` gives.
fn passed<T>(cell: &OnceCell<Arc<T>>, name: &str, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
    kept(cell, || {
        if std::env::var_os(TOLD).is_some() {
            eprintln!("pass: {name}");
        }
        make()
    })
}

/// The value of `cell`, made by `make` if there is none yet.
fn kept<T>(cell: &OnceCell<Arc<T>>, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
    if let Some(value) = cell.get() {
        return Ok(Arc::clone(value));
    }
    let value = Arc::new(make()?);
    Ok(Arc::clone(cell.get_or_init(|| value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Builder;
    use crate::image::Width;
    use crate::shell::Error;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_pass_is_made_once_for_each_scope() {
        let (built, caches, progress) = (Builder::new(Width::W64).build(), Caches::default(), Progress::default());
        let heap = built.heap();
        let objects = |scope| caches.objects(heap, scope, &progress).expect("the heap can be scanned");
        let first = objects(Scope::Anonymous);
        assert!(Arc::ptr_eq(&first, &objects(Scope::Anonymous)));
        assert!(!Arc::ptr_eq(&first, &objects(Scope::WithBrk)));
        let references = || caches.references(heap, Scope::Anonymous, &progress).expect("the heap was scanned");
        assert!(Arc::ptr_eq(&references(), &references()));
        let pointers = || caches.pointers(heap, &progress).expect("the heap was scanned");
        assert!(Arc::ptr_eq(&pointers(), &pointers()));
        let graph = || caches.graph(heap, &progress).expect("the heap was scanned");
        assert!(Arc::ptr_eq(&graph(), &graph()));
    }

    #[test]
    fn an_interrupted_pass_leaves_nothing() {
        let (built, caches, cancel) =
            (Builder::new(Width::W64).build(), Caches::default(), Arc::new(AtomicBool::new(true)));
        let progress = Progress::new(Arc::clone(&cancel));
        let scope = Scope::Anonymous;
        assert!(matches!(caches.references(built.heap(), scope, &progress), Err(Error::Interrupted)));
        assert!(matches!(caches.pointers(built.heap(), &progress), Err(Error::Interrupted)));
        assert!(matches!(caches.graph(built.heap(), &progress), Err(Error::Interrupted)));
        assert!(caches.known_objects(scope).is_none());
        cancel.store(false, Ordering::Relaxed);
        assert!(caches.references(built.heap(), scope, &progress).is_ok());
        assert!(caches.known_objects(scope).is_some());
    }
}
