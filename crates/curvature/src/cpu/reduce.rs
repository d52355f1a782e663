//! Sums along dimensions and the places of extrema, in an order that no number of threads changes.

use rayon::prelude::*;

use super::real::Real;

/// Rows that are summed before their sums are.
const ROWS: usize = 256;
/// Entries below which a sum is one task: handing it out would cost more.
const SMALL: usize = 1 << 18;

/// An array as `[outer, along, inner]` around one of its dimensions.
pub(crate) fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product())
}

/// The sum of neighbours, in eight lanes.
pub(crate) fn sum<T: Real>(x: &[T]) -> T {
    x.chunks(4096)
        .map(|part| {
            let mut lanes = [T::zero(); 8];
            let whole = part.chunks_exact(8);
            let rest: T = whole.remainder().iter().copied().sum();
            for eight in whole {
                lanes.iter_mut().zip(eight).for_each(|(lane, &x)| *lane += x);
            }
            lanes.into_iter().sum::<T>() + rest
        })
        .sum()
}

/// Sums along the middle dimension.
pub(crate) fn sum_along<T: Real>(
    parallel: bool,
    x: &[T],
    (outer, along, inner): (usize, usize, usize),
    out: &mut [T],
) {
    if along * inner == 0 {
        return out.fill(T::zero());
    }
    if inner == 1 {
        let each = |(out, x): (&mut T, &[T])| *out = sum(x);
        return out.iter_mut().zip(x.chunks_exact(along)).for_each(each);
    }
    for (out, x) in out.chunks_exact_mut(inner).zip(x.chunks_exact(along * inner)) {
        if along <= ROWS {
            add_rows(x, out);
            continue;
        }
        let part = |x: &[T]| {
            let mut sum = vec![T::zero(); inner];
            add_rows(x, &mut sum);
            sum
        };
        let parts: Vec<Vec<T>> = if parallel && outer == 1 && x.len() > SMALL {
            x.par_chunks(ROWS * inner).map(part).collect()
        } else {
            x.chunks(ROWS * inner).map(part).collect()
        };
        add_rows(&parts.concat(), out);
    }
}

/// The sum of rows, each of the length of `out`.
fn add_rows<T: Real>(x: &[T], out: &mut [T]) {
    out.fill(T::zero());
    for row in x.chunks_exact(out.len()) {
        out.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x);
    }
}

/// The first place along the middle dimension whose entry no other exceeds, in the order of `better`.
pub(crate) fn place_along<T: Real>(
    x: &[T],
    (outer, along, inner): (usize, usize, usize),
    better: impl Fn(T, T) -> bool,
) -> Vec<i64> {
    let mut places = Vec::with_capacity(outer * inner);
    for image in x.chunks_exact((along * inner).max(1)) {
        for column in 0..inner {
            let mut place = 0;
            for at in 1..along {
                if better(image[at * inner + column], image[place * inner + column]) {
                    place = at;
                }
            }
            places.push(place as i64);
        }
    }
    places
}
