//! Products of plain matrices, and how far rounding takes them from the truth.
//!
//! The product is computed to nearest, at the speed of plain arithmetic; the error of every entry is bounded
//! beforehand from the number of roundings that a term can meet.

use crate::rounding::{Down, Rounding, Up};

/// So many terms are summed before the sum joins the others: fewer roundings a term than one long sum has.
const BLOCK: usize = 64;

/// `AB` to nearest for row-major `A` (`· × inner`) and `B` (`inner × columns`).
pub(crate) fn nearest(a: &[f64], b: &[f64], inner: usize, columns: usize) -> Vec<f64> {
    let mut c = vec![0.0; a.len() / inner * columns];
    let mut partial = vec![0.0; columns];
    for first in (0..inner).step_by(BLOCK) {
        let last = (first + BLOCK).min(inner);
        let panel = &b[first * columns..last * columns];
        for (row, out) in a.chunks_exact(inner).zip(c.chunks_exact_mut(columns)) {
            partial.fill(0.0);
            for (x, rows) in row[first..last].chunks(4).zip(panel.chunks(4 * columns)) {
                accumulate(&mut partial, x, rows);
            }
            for (sum, part) in out.iter_mut().zip(&partial) {
                *sum += part;
            }
        }
    }
    c
}

/// Adds `xᵀ · rows` to the sums; four rows at a time, so that each sum is loaded and stored once for four terms.
#[inline]
fn accumulate(sums: &mut [f64], x: &[f64], rows: &[f64]) {
    let n = sums.len();
    if let &[x0, x1, x2, x3] = x {
        let ((r0, r1), (r2, r3)) = {
            let (upper, lower) = rows.split_at(2 * n);
            (upper.split_at(n), lower.split_at(n))
        };
        let rows = r0.iter().zip(r1).zip(r2.iter().zip(r3));
        for (sum, ((y0, y1), (y2, y3))) in sums.iter_mut().zip(rows) {
            *sum += (x0 * y0 + x1 * y1) + (x2 * y2 + x3 * y3);
        }
    } else {
        for (x, row) in x.iter().zip(rows.chunks_exact(n)) {
            for (sum, y) in sums.iter_mut().zip(row) {
                *sum += x * y;
            }
        }
    }
}

/// The a-priori error of [`nearest`], if nothing overflows: `|fl(AB) − AB| ≤ γ |A||B| + η` in every entry.
///
/// # Formula
/// `γ_d = du / (1 − du)` with `u = 2⁻⁵³` and `d` roundings a term: its product, two sums within its four, at most
/// 19 within its block, then one a block; and never more than there are terms, because sums with zero are exact.
/// `η = n 2⁻¹⁰⁷⁴`, twice what `n` products can lose by underflow.
///
/// # Reference
/// Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd edition 2002, equations 3.1 and 3.3, section 2.8
/// (underflow).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Error {
    pub(crate) gamma: f64,
    underflow: f64,
}

impl Error {
    /// The error of a product over an inner dimension.
    pub(crate) fn of(inner: usize) -> Self {
        let roundings = inner.min(22 + inner.div_ceil(BLOCK)) as f64;
        let share = roundings * (f64::EPSILON / 2.0);
        Self { gamma: Up::div(share, Down::sub(1.0, share)), underflow: inner as f64 * 5e-324 }
    }

    /// An upper bound of the exact product of non-negative matrices, given an entry of the product to nearest,
    /// plus the loss by underflow that a radius has to allow for.
    pub(crate) fn inflate(self, nearest: f64) -> f64 {
        Up::add(Up::div(Up::add(nearest, self.underflow), Down::sub(1.0, self.gamma)), self.underflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_multiply_exactly_whatever_the_shape() {
        for (m, n, p) in [(1, 1, 1), (2, 3, 4), (3, 5, 2), (2, 64, 3), (3, 70, 5), (1, 131, 1)] {
            let entry = |i: usize| (i * 7919 % 201) as f64 - 100.0;
            let (a, b): (Vec<f64>, Vec<f64>) =
                ((0..m * n).map(entry).collect(), (3..n * p + 3).map(entry).collect());
            let c = nearest(&a, &b, n, p);
            for i in 0..m {
                for j in 0..p {
                    let exact: f64 = (0..n).map(|k| a[i * n + k] * b[k * p + j]).sum();
                    assert_eq!(c[i * p + j], exact, "{m} {n} {p}: {i} {j}");
                }
            }
        }
    }

    #[test]
    fn the_constant_counts_roundings() {
        let unit = f64::EPSILON / 2.0;
        assert!(Error::of(1).gamma >= unit && Error::of(1).gamma < unit * (1.0 + 1e-15));
        assert!(Error::of(1024).gamma < 39.0 * unit);
    }
}
