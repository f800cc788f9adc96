//! The order of the listing where its keys leave it open.
//!
//! mdb_v8 sorts groups with the C library's qsort, which is not stable, and among equal keys shows what that sort
//! happens to leave. People know their lists, and scripts take the first of `::findjsobjects -c Foo`, so the sort of
//! illumos is followed step by step: a ternary quicksort with a sampled pivot (Bentley and McIlroy, "Engineering a Sort
//! Function"), insertion sort below five. Its choices are what decides the order of equals; what it costs does not
//! matter here.
//!
//! Knows: slices. Must not know: what is sorted.

use std::cmp::Ordering;

/// Below this length, insertion sort.
const INSERTION: usize = 5;
/// From this length on, the pivot is the median of three.
const MEDIAN_OF_3: usize = 20;
/// From this length on, of three medians of three.
const MEDIAN_OF_9: usize = 50;

/// Sorts `items` as illumos's qsort does: equals come out in the order that it would leave them in.
pub fn sort_like_qsort<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    // A hostile input can make quicksort quadratic. Then equals are left in their order and no more is promised.
    let mut budget = 64 * items.len() * (items.len().max(2).ilog2() as usize);
    let mut parts = vec![(0, items.len())];
    while let Some((from, len)) = parts.pop() {
        let part = &mut items[from..from + len];
        if len < INSERTION {
            insertion(part, &compare);
            continue;
        }
        match budget.checked_sub(len) {
            Some(left) => budget = left,
            None => {
                part.sort_by(&compare);
                continue;
            }
        }
        let (less, greater) = partition(part, &compare);
        parts.push((from, less));
        parts.push((from + len - greater, greater));
    }
}

fn insertion<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for top in 1..items.len() {
        let mut at = top;
        while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let median = |a: usize, b: usize, c: usize| {
        let (x, y, z) = (&items[a], &items[b], &items[c]);
        match compare(x, y) {
            Ordering::Less if compare(y, z).is_lt() => b,
            Ordering::Less if compare(x, z).is_lt() => c,
            Ordering::Less => a,
            _ if compare(y, z).is_gt() => b,
            _ if compare(x, z).is_gt() => c,
            _ => a,
        }
    };
    let last = items.len() - 1;
    match items.len() {
        n if n < MEDIAN_OF_3 => n / 2,
        n if n < MEDIAN_OF_9 => median(0, last / 2, last / 2 * 2),
        _ => {
            let step = last / 8;
            let third = |k: usize| median(3 * k * step, (3 * k + 1) * step, (3 * k + 2) * step);
            median(third(0), third(1), third(2))
        }
    }
}

/// Moves what is less than a pivot to the front, what is greater to the back and its equals between them; gives how
/// many are less and how many are greater. Needs at least two items.
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let len = items.len();
    let mut pivot = pivot(items, compare);
    // Both cursors move inwards. Equals are gathered at the ends: `low_equal` of them below, `high_equal` above.
    // `high` is one past its item, so that it may reach 0.
    let (mut low, mut high) = (0, len);
    let (mut low_equal, mut high_equal) = (0, 0);
    loop {
        while low < high {
            if low != pivot {
                let order = compare(&items[low], &items[pivot]);
                if order.is_gt() {
                    break;
                }
                if order.is_eq() {
                    if low_equal == pivot {
                        pivot = low;
                    } else {
                        items.swap(low_equal, low);
                    }
                    low_equal += 1;
                }
            }
            low += 1;
        }
        while low + 1 < high {
            let at = high - 1;
            if at != pivot {
                let order = compare(&items[at], &items[pivot]);
                if order.is_lt() {
                    break;
                }
                if order.is_eq() {
                    let end = len - 1 - high_equal;
                    if end == pivot {
                        pivot = at;
                    } else {
                        items.swap(end, at);
                    }
                    high_equal += 1;
                }
            }
            high -= 1;
        }
        if low + 1 >= high {
            break;
        }
        items.swap(low, high - 1);
        low += 1;
        high -= 1;
    }
    // The pivot goes where the cursors met: the two are one item apart, or both on an item that is greater.
    let middle = if low >= high {
        match (pivot < high.saturating_sub(1), pivot > low) {
            (true, _) => high - 1,
            (_, true) => low,
            _ => pivot,
        }
    } else if pivot < low {
        low - 1
    } else {
        low
    };
    items.swap(pivot, middle);
    // The equals at both ends join it, by as few swaps as can be.
    let less = middle - low_equal;
    swap_ends(&mut items[..middle], low_equal);
    let greater = len - 1 - middle - high_equal;
    let above = &mut items[middle + 1..];
    let moved = high_equal.min(greater);
    let end = above.len();
    for k in 0..moved {
        above.swap(end - moved + k, k);
    }
    (less, greater)
}

/// Exchanges the first `count` items of `items` with as many from its end, the innermost pair first.
fn swap_ends<T>(items: &mut [T], count: usize) {
    let len = items.len();
    let moved = count.min(len - count);
    for k in 1..=moved {
        items.swap(moved - k, len - k);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Where illumos's qsort leaves items whose key is (7 i + i²) mod 5.
    #[test]
    fn equals_come_out_as_from_qsort() {
        let sorted = |n: usize| {
            let mut items: Vec<usize> = (0..n).collect();
            let key = |i: &usize| (7 * i + i * i) % 5;
            sort_like_qsort(&mut items, |a, b| key(a).cmp(&key(b)));
            items
        };
        assert_eq!(sorted(12), [5, 8, 0, 3, 10, 1, 2, 7, 6, 11, 4, 9]);
        let thirty = [
            0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 6, 7, 21, 16, 22, 17, 12, 1, 2, 11, 27, 26, 14, 24, 29, 4, 9,
            19,
        ];
        assert_eq!(sorted(30), thirty);
        let sixty = [
            48, 25, 55, 10, 28, 45, 30, 3, 58, 33, 43, 35, 13, 53, 38, 15, 5, 0, 18, 50, 20, 40, 8, 23, 1, 2, 6, 11,
            12, 16, 17, 7, 22, 26, 27, 31, 32, 36, 37, 21, 41, 42, 46, 47, 51, 52, 56, 57, 24, 49, 19, 4, 39, 59, 14,
            34, 44, 29, 54, 9,
        ];
        assert_eq!(sorted(60), sixty);
    }

    proptest! {
        #[test]
        fn it_sorts(keys in prop::collection::vec(0_u8..20, 0..300)) {
            let mut items: Vec<(u8, usize)> = keys.iter().copied().zip(0..).collect();
            sort_like_qsort(&mut items, |a, b| a.0.cmp(&b.0));
            prop_assert!(items.is_sorted_by_key(|i| i.0));
            let mut left: Vec<usize> = items.iter().map(|i| i.1).collect();
            left.sort_unstable();
            prop_assert!(left.into_iter().eq(0..keys.len()));
        }
    }
}
