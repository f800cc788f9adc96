//! Which of Node's threads an isolate is: what `worker_threads` calls its thread id.
//!
//! Knows: the object of Node's own that has `isMainThread` and `threadId` (`node_worker.cc`). Must not know: isolates'
//! pages, how they are shown.

use super::members::Members;
use crate::heap::isolate::Isolates;
use crate::heap::names::Label;
use crate::heap::scan::ObjectIndex;
use crate::heap::{Heap, Tagged};
use crate::image::Addr;

/// What the object has, besides the id.
const MARK: &str = "isMainThread";
/// The id: 0 for the main thread.
const ID: &str = "threadId";
/// The most objects that are looked at.
const MOST: usize = 1 << 10;

/// The id of each of `isolates`, in their order, among the objects of `index`; absent where none is found, or some
/// differ.
pub fn thread_ids(heap: Heap<'_>, index: &ObjectIndex, isolates: &Isolates) -> Vec<Option<u32>> {
    let labels = [MARK, ID].map(|name| index.names().find(name).map(Label::name));
    let [Some(mark), Some(id)] = labels else { return vec![None; isolates.list().len()] };
    let groups = index.groups().iter().filter(|group| [mark, id].iter().all(|label| group.labels().contains(label)));
    let objects: Vec<Tagged> = groups.flat_map(|group| index.objects(group)).take(MOST).collect();
    let of_isolate = |number: usize| {
        let own = objects.iter().filter(|object| isolates.at(Addr(object.untagged().0)) == Some(number));
        let mut ids: Vec<u32> = own.filter_map(|&object| id_of(heap, object)).collect();
        ids.sort_unstable();
        ids.dedup();
        <[u32; 1]>::try_from(ids).ok().map(|[id]| id)
    };
    (0..isolates.list().len()).map(of_isolate).collect()
}

fn id_of(heap: Heap<'_>, object: Tagged) -> Option<u32> {
    let number = Members::of(heap, object).number(ID)?;
    (number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX)).then_some(number as u32)
}
