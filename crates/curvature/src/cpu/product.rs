//! Matrix products on any strides: transposes are read where they stand.
#![allow(unsafe_code)]

use gemm::Parallelism;
use rayon::prelude::*;

use super::real::Real;

/// Rows that one task computes at least, and the most tasks of a product: fixed, so that no result depends on threads.
const ROWS: usize = 128;
const TASKS: usize = 32;
/// Multiplications below which a product is one task.
const SMALL: usize = 1 << 23;

/// A matrix in a slice: entry `(i, j)` stands at `i * strides[0] + j * strides[1]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) strides: [usize; 2],
}

impl<'a, T> Matrix<'a, T> {
    /// A matrix in row-major order.
    pub(crate) fn new(data: &'a [T], rows: usize, columns: usize) -> Self {
        Self { data, rows, columns, strides: [columns, 1] }
    }

    pub(crate) fn transposed(self) -> Self {
        let [i, j] = self.strides;
        Self { rows: self.columns, columns: self.rows, strides: [j, i], ..self }
    }

    fn rows_from(self, row: usize, rows: usize) -> Self {
        Self { data: &self.data[(row * self.strides[0]).min(self.data.len())..], rows, ..self }
    }

    fn is_inside(&self) -> bool {
        let [i, j] = self.strides;
        self.rows == 0 || self.columns == 0 || (self.rows - 1) * i + (self.columns - 1) * j < self.data.len()
    }
}

/// Writes `l * r`, or adds it, on a row-major matrix.
///
/// The sum of an entry is taken in the order of the inner dimension, whatever the number of threads.
pub(crate) fn product<T: Real>(
    parallel: bool,
    out: &mut [T],
    l: Matrix<'_, T>,
    r: Matrix<'_, T>,
    accumulate: bool,
) {
    let (rows, columns) = (l.rows, r.columns);
    let tasks = (rows / ROWS).clamp(1, TASKS);
    if !parallel || tasks == 1 || rows * columns * l.columns < SMALL {
        return one(out, l, r, accumulate);
    }
    let each = rows.div_ceil(tasks);
    out.par_chunks_mut(each * columns).enumerate().for_each(|(task, out)| {
        one(out, l.rows_from(task * each, out.len() / columns), r, accumulate);
    });
}

fn one<T: Real>(out: &mut [T], l: Matrix<'_, T>, r: Matrix<'_, T>, accumulate: bool) {
    assert!(l.columns == r.rows && l.is_inside() && r.is_inside(), "the factors do not fit");
    assert!(out.len() == l.rows * r.columns, "the result does not fit");
    if out.is_empty() {
        return;
    }
    if l.columns == 0 {
        if !accumulate {
            out.fill(T::zero());
        }
        return;
    }
    let step = |stride: usize| stride as isize;
    // SAFETY: the assertions above say that every entry of the three matrices lies in its slice; `out` is borrowed
    // exclusively, so it overlaps neither factor.
    unsafe {
        gemm::gemm(
            l.rows,
            r.columns,
            l.columns,
            out.as_mut_ptr(),
            1,
            step(r.columns),
            accumulate,
            l.data.as_ptr(),
            step(l.strides[1]),
            step(l.strides[0]),
            r.data.as_ptr(),
            step(r.strides[1]),
            step(r.strides[0]),
            T::one(),
            T::one(),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<T: Real>(m: &Matrix<'_, T>, i: usize, j: usize) -> T {
        m.data[i * m.strides[0] + j * m.strides[1]]
    }

    #[test]
    fn every_layout_gives_the_sum() {
        let (n, m, p) = (301, 133, 300);
        let numbers = |count: usize| (0..count).map(|i| ((i * 37 + 11) % 23) as f64 - 11.0).collect::<Vec<_>>();
        let (a, b, start) = (numbers(n * m), numbers(m * p), numbers(n * p));
        let l = [Matrix::new(&a, n, m), Matrix::new(&a, m, n).transposed()];
        let r = [Matrix::new(&b, m, p), Matrix::new(&b, p, m).transposed()];
        for (l, r) in [(l[0], r[0]), (l[1], r[0]), (l[0], r[1]), (l[1], r[1])] {
            for accumulate in [false, true] {
                let (mut one, mut many) = (start.clone(), start.clone());
                product(false, &mut one, l, r, accumulate);
                product(true, &mut many, l, r, accumulate);
                assert_eq!(one, many);
                for (i, j) in [(0, 0), (n - 1, p - 1), (200, 7)] {
                    let sum: f64 = (0..m).map(|k| entry(&l, i, k) * entry(&r, k, j)).sum();
                    let before = if accumulate { start[i * p + j] } else { 0.0 };
                    assert_eq!(one[i * p + j], before + sum);
                }
            }
        }
    }
}
