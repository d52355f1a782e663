//! Inner products, norms and sums of long vectors: on several threads, and the same to the bit on any number of them.
//!
//! A vector is cut into chunks of a fixed length. Each chunk's sum is taken in one order, and the sums of the chunks are
//! added in theirs, whoever computed them.

use std::ops::Range;

use rayon::prelude::*;

/// Entries of a chunk: two of them fit a first-level cache, and a task is far longer than its scheduling.
const CHUNK: usize = 2048;

/// From this length on the work is shared: below, waking a thread costs what it saves.
const SHARED: usize = 1 << 15;

/// The results of a task on each chunk of `0..n`, in order.
pub(crate) fn chunks<T: Send>(n: usize, task: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let rows = |i: usize| i * CHUNK..n.min((i + 1) * CHUNK);
    let count = n.div_ceil(CHUNK);
    if n < SHARED {
        (0..count).map(|i| task(rows(i))).collect()
    } else {
        (0..count).into_par_iter().map(|i| task(rows(i))).collect()
    }
}

/// The results of a task that changes each chunk of the vectors of a block, in order.
pub(crate) fn chunks_mut<T: Send>(
    block: &mut [f64],
    n: usize,
    task: impl Fn(Range<usize>, &mut [&mut [f64]]) -> T + Sync,
) -> Vec<T> {
    let mut parts: Vec<Vec<&mut [f64]>> = (0..n.div_ceil(CHUNK)).map(|_| Vec::new()).collect();
    for vector in block.chunks_exact_mut(n.max(1)) {
        parts.iter_mut().zip(vector.chunks_mut(CHUNK)).for_each(|(part, chunk)| part.push(chunk));
    }
    let run = |(i, part): (usize, &mut Vec<&mut [f64]>)| task(i * CHUNK..n.min((i + 1) * CHUNK), part);
    if n < SHARED {
        parts.iter_mut().enumerate().map(run).collect()
    } else {
        parts.par_iter_mut().enumerate().map(run).collect()
    }
}

/// The inner product of two chunks, in sixteen interleaved partial sums.
pub(crate) fn dot_chunk(a: &[f64], b: &[f64]) -> f64 {
    let (left, right) = (a.chunks_exact(16), b.chunks_exact(16));
    let tail: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; 16];
    for (x, y) in left.zip(right) {
        for lane in 0..16 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + tail
}

/// `y += a x` on a chunk.
pub(crate) fn add_scaled_chunk(y: &mut [f64], a: f64, x: &[f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
}

/// `y += Σ aᵢ xᵢ` on a chunk, four at a time: `y` is read and written for every fourth only.
pub(crate) fn add_combination_chunk<'a>(y: &mut [f64], terms: impl Iterator<Item = (f64, &'a [f64])>) {
    let mut four: [(f64, &[f64]); 4] = [(0.0, &[]); 4];
    let mut held = 0;
    for term in terms {
        four[held] = term;
        held += 1;
        if held == 4 {
            held = 0;
            let [(a, p), (b, q), (c, r), (d, s)] = four;
            for ((((y, p), q), r), s) in y.iter_mut().zip(p).zip(q).zip(r).zip(s) {
                *y += (a * p + b * q) + (c * r + d * s);
            }
        }
    }
    four[..held].iter().for_each(|(a, x)| add_scaled_chunk(y, *a, x));
}

/// The inner product.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    chunks(a.len(), |rows| dot_chunk(&a[rows.clone()], &b[rows])).into_iter().sum()
}

/// The Euclidean norm; entries whose squares leave the range of f64 are rescaled first.
pub(crate) fn norm(v: &[f64]) -> f64 {
    root(dot(v, v), v)
}

/// The norm of `v`, given its square, which may have left the range of f64.
fn root(square: f64, v: &[f64]) -> f64 {
    if (1e-280..1e280).contains(&square) {
        return square.sqrt();
    }
    let largest = v.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * v.iter().map(|entry| (entry / largest).powi(2)).sum::<f64>().sqrt()
}

/// `y += a x`.
pub(crate) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    let n = y.len();
    chunks_mut(y, n, |rows, y| y.iter_mut().for_each(|y| add_scaled_chunk(y, a, &x[rows.clone()])));
}

/// `y += a x`, then `y · z`, in one pass.
pub(crate) fn add_scaled_dot(y: &mut [f64], a: f64, x: &[f64], z: &[f64]) -> f64 {
    let n = y.len();
    let partial = |rows: Range<usize>, y: &mut [&mut [f64]]| {
        y.iter_mut()
            .map(|y| {
                add_scaled_chunk(y, a, &x[rows.clone()]);
                dot_chunk(y, &z[rows.clone()])
            })
            .sum::<f64>()
    };
    chunks_mut(y, n, partial).into_iter().sum()
}

/// `y += a x`, then `‖y‖`, in one pass.
pub(crate) fn add_scaled_norm(y: &mut [f64], a: f64, x: &[f64]) -> f64 {
    let n = y.len();
    let partial = |rows: Range<usize>, y: &mut [&mut [f64]]| {
        y.iter_mut()
            .map(|y| {
                add_scaled_chunk(y, a, &x[rows.clone()]);
                dot_chunk(y, y)
            })
            .sum::<f64>()
    };
    let square = chunks_mut(y, n, partial).into_iter().sum();
    root(square, y)
}

/// `v / d`, entry by entry.
pub(crate) fn divide(v: &mut [f64], d: f64) {
    let n = v.len();
    chunks_mut(v, n, |_, v| v.iter_mut().flat_map(|v| v.iter_mut()).for_each(|entry| *entry /= d));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::testing::{Stream, on_threads};

    #[test]
    fn norms_have_no_floor() {
        for scale in [1e-200, 1e-12, 1.0, 1e12, 1e200] {
            assert!((norm(&[3.0 * scale, 4.0 * scale]) / (5.0 * scale) - 1.0).abs() < 1e-15);
        }
        assert_eq!(norm(&[0.0; 3]), 0.0);
    }

    #[test]
    fn passes_joined_are_passes_one_by_one_on_any_number_of_threads() {
        let n = SHARED + 12_345;
        let mut stream = Stream::new(1);
        let mut draw = || (0..n).map(|_| stream.normal()).collect::<Vec<f64>>();
        let (x, y, z) = (draw(), draw(), draw());
        let all = || {
            let (mut a, mut b, mut c) = (y.clone(), y.clone(), y.clone());
            add_scaled(&mut a, 0.7, &x);
            let product = add_scaled_dot(&mut b, 0.7, &x, &z);
            let length = add_scaled_norm(&mut c, 0.7, &x);
            assert_eq!((&a, &a), (&b, &c));
            assert_eq!((product, length), (dot(&a, &z), norm(&a)));
            divide(&mut a, length);
            (a, product, length)
        };
        let one = on_threads(1, all);
        assert!((one.1 - one.0.iter().zip(&z).map(|(a, z)| a * one.2 * z).sum::<f64>()).abs() < 1e-9);
        for threads in [2, 3, 7] {
            assert_eq!(on_threads(threads, all), one);
        }
    }
}
