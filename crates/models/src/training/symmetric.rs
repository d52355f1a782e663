//! Functions of symmetric matrices, for preconditioners: small matrices, on the host, in f64.

/// A symmetric matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Symmetric {
    pub(super) size: usize,
    pub(super) entries: Vec<f64>,
}

impl Symmetric {
    /// `scale` times the identity.
    pub(super) fn scaled_identity(size: usize, scale: f64) -> Self {
        let mut entries = vec![0.0; size * size];
        entries.iter_mut().step_by(size + 1).for_each(|entry| *entry = scale);
        Self { size, entries }
    }

    /// Adds `weight` times the sum of the outer products of the rows of a matrix with themselves.
    pub(super) fn add_outer_products(&mut self, rows: &[f64], weight: f64) {
        for row in rows.chunks_exact(self.size) {
            for (line, &a) in self.entries.chunks_exact_mut(self.size).zip(row) {
                line.iter_mut().zip(row).for_each(|(entry, &b)| *entry += weight * a * b);
            }
        }
    }

    /// `f` of the matrix, which acts on its eigenvalues.
    ///
    /// By Jacobi's rotations, which end when what is off the diagonal is rounding; they converge quadratically, so
    /// a bound of 60 sweeps is never reached by finite entries.
    pub(super) fn function(&self, f: impl Fn(f64) -> f64) -> Self {
        let n = self.size;
        let mut a = self.entries.clone();
        let mut vectors = Self::scaled_identity(n, 1.0).entries;
        for _ in 0..60 {
            // Summed by itself: as the difference of two sums of squares it would vanish at 1e-8 of the diagonal.
            let (mut on, mut off) = (0.0, 0.0);
            for (at, entry) in a.iter().enumerate() {
                *(if at % (n + 1) == 0 { &mut on } else { &mut off }) += entry * entry;
            }
            if off <= on * f64::EPSILON * f64::EPSILON {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    rotate(&mut a, &mut vectors, n, p, q);
                }
            }
        }
        let values: Vec<f64> = a.iter().step_by(n + 1).map(|&value| f(value)).collect();
        let entry = |i: usize, j: usize| -> f64 {
            (0..n).map(|k| vectors[i * n + k] * values[k] * vectors[j * n + k]).sum()
        };
        Self { size: n, entries: (0..n * n).map(|at| entry(at / n, at % n)).collect() }
    }

    /// The inverse of the matrix plus `damping` times the identity, on the range where rounding leaves one.
    pub(super) fn inverse(&self, damping: f64) -> Self {
        let trace: f64 = self.entries.iter().step_by(self.size + 1).sum();
        let floor = self.size as f64 * f64::EPSILON * trace;
        self.function(|value| {
            let damped = value + damping;
            if damped > floor { damped.recip() } else { 0.0 }
        })
    }

    /// The product with a matrix of this many rows, given row by row.
    pub(super) fn times(&self, matrix: &[f64]) -> Vec<f64> {
        let columns = matrix.len() / self.size;
        let mut product = vec![0.0; matrix.len()];
        for (line, row) in product.chunks_exact_mut(columns).zip(self.entries.chunks_exact(self.size)) {
            for (&factor, other) in row.iter().zip(matrix.chunks_exact(columns)) {
                line.iter_mut().zip(other).for_each(|(entry, &x)| *entry += factor * x);
            }
        }
        product
    }
}

/// One rotation, after which the entry `(p, q)` is zero (Golub and Van Loan, *Matrix computations*, section 8.5.2).
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let tau = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let t = tau.signum() / (tau.abs() + tau.hypot(1.0));
    let c = t.hypot(1.0).recip();
    let s = t * c;
    let turn = |x: &mut f64, y: &mut f64| (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    for k in 0..n {
        let (mut x, mut y) = (a[k * n + p], a[k * n + q]);
        turn(&mut x, &mut y);
        (a[k * n + p], a[k * n + q]) = (x, y);
    }
    for k in 0..n {
        let (mut x, mut y) = (a[p * n + k], a[q * n + k]);
        turn(&mut x, &mut y);
        (a[p * n + k], a[q * n + k]) = (x, y);
        let (mut x, mut y) = (vectors[k * n + p], vectors[k * n + q]);
        turn(&mut x, &mut y);
        (vectors[k * n + p], vectors[k * n + q]) = (x, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn gram(n: usize, seed: u64) -> Symmetric {
        let mut matrix = Symmetric::scaled_identity(n, 1e-3);
        matrix.add_outer_products(&Stream::new(seed).normals(n * (n + 2)), 0.25);
        matrix
    }

    #[test]
    fn an_inverse_fourth_root_is_one() {
        for n in [1, 2, 7, 30] {
            let matrix = gram(n, n as u64);
            let root = matrix.function(|value| value.powf(-0.25));
            let mut product = matrix.entries.clone();
            for _ in 0..4 {
                product = root.times(&product);
            }
            let identity = Symmetric::scaled_identity(n, 1.0).entries;
            let error = product.iter().zip(&identity).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 1e-10, "{n}: {error}");
        }
    }

    #[test]
    fn pitfall_rotations_go_on_until_what_is_left_is_rounding() {
        for seed in 0..20 {
            let matrix = gram(3, seed);
            let product = matrix.inverse(0.0).times(&matrix.entries);
            let identity = Symmetric::scaled_identity(3, 1.0).entries;
            let error = product.iter().zip(&identity).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 1e-11, "{seed}: {error:e}");
        }
    }

    #[test]
    fn a_singular_matrix_is_inverted_on_its_range() {
        let mut matrix = Symmetric::scaled_identity(2, 0.0);
        matrix.add_outer_products(&[3.0, 4.0], 1.0);
        let inverse = matrix.inverse(0.0).times(&[3.0, 4.0]);
        assert!((inverse[0] - 3.0 / 25.0).abs() < 1e-15 && (inverse[1] - 4.0 / 25.0).abs() < 1e-15);
        assert_eq!(Symmetric::scaled_identity(3, 0.0).inverse(0.0).times(&[1.0; 3]), [0.0; 3]);
    }
}
