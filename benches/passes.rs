//! How long the parts take: opening a core; the scan of all memory, and the grouping of what it found; the indexes of
//! references and of pointers; the graph; the reading of strings; the unwinding of a stack.
//!
//! On the sample core; `JSDB_BENCH_CORE=path cargo bench` measures another one as well.

use criterion::{BatchSize, Criterion, Throughput};
use jsdb::heap::graph::Graph;
use jsdb::heap::pointers::Pointers;
use jsdb::heap::refs::References;
use jsdb::heap::scan::{Scope, Sightings};
use jsdb::heap::{Field, JsString, Progress};
use jsdb::image::{Segment, core};
use jsdb::shell::Session;
use std::hint::black_box;
use std::path::{Path, PathBuf};

fn measure(criterion: &mut Criterion, path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.bench_function("open", |b| b.iter(|| core::open(black_box(path)).expect("the core opens")));
    let session = Session::new(core::open(path).expect("the core opens"));
    let heap = session.heap().expect("the core has a V8");
    let progress = Progress::default();
    let all = || Sightings::new(heap, Scope::Anonymous, &progress).expect("the scan ends");
    let objects = all().group(heap);
    group.throughput(Throughput::Bytes(heap.space().segments().iter().map(|s: &Segment| s.saved).sum()));
    group.bench_function("scan", |b| b.iter(all));
    group.bench_function("group", |b| b.iter_batched(all, |found| found.group(heap), BatchSize::PerIteration));
    group.bench_function("references", |b| {
        b.iter(|| References::new(heap, &objects, &progress).expect("the pass ends"));
    });
    group.bench_function("pointers", |b| b.iter(|| Pointers::new(heap, &progress).expect("the pass ends")));
    group.bench_function("graph", |b| b.iter(|| Graph::new(heap, &progress).expect("the pass ends")));
    // The names of functions: strings of every kind.
    let functions = objects.functions().groups().iter();
    let names = functions.filter_map(|f| JsString::load(heap, heap.word(f.shared, Field::SharedName).ok()?).ok());
    let names: Vec<JsString<'_>> = names.collect();
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("strings", |b| {
        b.iter(|| names.iter().map(|name| black_box(name.text(1024)).units.len()).sum::<usize>());
    });
    if let Some(thread) = session.image.representative() {
        group.throughput(Throughput::Elements(session.image.stack(thread).frames.len() as u64));
        group.bench_function("unwind", |b| b.iter(|| black_box(session.image.stack(thread))));
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.core.zst");
    for path in [Some(sample), std::env::var_os("JSDB_BENCH_CORE").map(PathBuf::from)].into_iter().flatten() {
        measure(&mut criterion, &path);
    }
    criterion.final_summary();
}
