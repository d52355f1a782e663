//! Affine coordinates in which an objective is well scaled, or in which a symmetry has been fixed.

use nalgebra::{DMatrix, DVector};
use saddlepoint_rigor::Interval;
use serde::{Deserialize, Serialize};

use crate::formula::Formula;
use crate::scalar::{Datum, Scalar};
use saddlepoint_rigor::decomposition::eigen;

/// Affine coordinates `w = w₀ + B v`: `n` parameters in `k ≤ n` coordinates. With `k < n` the chart is a section.
///
/// It is plain data, so that a certificate which was found in it can be checked by whoever reads it.
///
/// # Shapes
/// `w₀` has `n` entries, `B` has `n·k`, row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// The point `w₀` with coordinates 0.
    pub origin: Vec<f64>,
    /// `B`, row by row.
    pub matrix: Vec<f64>,
}

impl Chart {
    /// The parameters themselves.
    pub fn identity(parameters: usize) -> Self {
        Self::linear(&DMatrix::identity(parameters, parameters))
    }

    /// `w = B v`.
    pub fn linear(matrix: &DMatrix<f64>) -> Self {
        Self::affine(vec![0.0; matrix.nrows()], matrix)
    }

    /// `w = w₀ + B v`; `w₀` has as many entries as `B` has rows.
    pub fn affine(origin: Vec<f64>, matrix: &DMatrix<f64>) -> Self {
        Self { origin, matrix: matrix.transpose().as_slice().to_vec() }
    }

    /// Number of parameters, `n`.
    pub fn parameters(&self) -> usize {
        self.origin.len()
    }

    /// Number of coordinates, `k`, if the matrix has as many full rows as there are parameters and all is finite.
    pub fn coordinates(&self) -> Option<usize> {
        let n = self.origin.len();
        let full = n > 0 && !self.matrix.is_empty() && self.matrix.len().is_multiple_of(n);
        let finite = self.origin.iter().chain(&self.matrix).all(|entry| entry.is_finite());
        (full && finite && self.matrix.len() / n <= n).then(|| self.matrix.len() / n)
    }

    /// The rows of `B`, each with its entry of `w₀`.
    fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        let k = self.matrix.len() / self.origin.len().max(1);
        self.matrix.chunks_exact(k.max(1)).zip(self.origin.iter().copied())
    }

    /// The parameters `w₀ + B v`.
    pub fn parameters_at<S: Scalar>(&self, v: &[S]) -> Vec<S> {
        let row = |(row, origin): (&[f64], f64)| {
            row.iter().zip(v).fold(S::constant(origin), |sum, (&b, &v)| sum + S::constant(b) * v)
        };
        self.rows().map(row).collect()
    }

    /// The linear form `x · w` in the coordinates: its constant `x · w₀` and its coefficients `xᵀB`, enclosed through
    /// the cancellation that a badly scaled form meets.
    pub fn linear_form<T: Datum>(&self, x: &[T]) -> (Interval, Vec<Interval>) {
        let k = self.matrix.len() / self.origin.len().max(1);
        let column = |j| self.matrix.iter().skip(j).step_by(k.max(1)).copied().collect::<Vec<_>>();
        (T::dot(x, &self.origin), (0..k).map(|j| T::dot(x, &column(j))).collect())
    }
}

/// An objective in a chart, by the chain rule: `∇(f∘φ) = Bᵀ ∇f` and `∇²(f∘φ) = Bᵀ ∇²f B`.
#[derive(Debug, Clone)]
pub struct InChart<'a, F> {
    objective: &'a F,
    chart: &'a Chart,
    coordinates: usize,
}

impl<'a, F: Formula> InChart<'a, F> {
    /// The objective in this chart, which must have as many parameters as the objective has variables.
    pub(crate) fn new(objective: &'a F, chart: &'a Chart) -> Self {
        Self { objective, chart, coordinates: chart.matrix.len() / chart.origin.len().max(1) }
    }

    /// `Bᵀ M` for a matrix of `columns` columns, row by row.
    fn pull<S: Scalar>(&self, m: &[S], columns: usize) -> Vec<S> {
        let mut product = vec![S::constant(0.0); self.coordinates * columns];
        for (row, m) in self.chart.matrix.chunks_exact(self.coordinates).zip(m.chunks_exact(columns)) {
            for (&b, out) in row.iter().zip(product.chunks_exact_mut(columns)).filter(|(b, _)| **b != 0.0) {
                for (entry, &x) in out.iter_mut().zip(m) {
                    *entry = *entry + S::constant(b) * x;
                }
            }
        }
        product
    }
}

impl<F: Formula> Formula for InChart<'_, F> {
    fn variables(&self) -> usize {
        self.coordinates
    }

    fn value_over<S: Scalar>(&self, v: &[S]) -> S {
        self.objective.value_over(&self.chart.parameters_at(v))
    }

    fn gradient_over<S: Scalar>(&self, v: &[S], gradient: &mut [S]) {
        let mut full = vec![S::constant(0.0); self.chart.parameters()];
        self.objective.gradient_over(&self.chart.parameters_at(v), &mut full);
        gradient.copy_from_slice(&self.pull(&full, 1));
    }

    fn hessian_over<S: Scalar>(&self, v: &[S], hessian: &mut [S]) {
        let (n, k) = (self.chart.parameters(), self.coordinates);
        let mut full = vec![S::constant(0.0); n * n];
        self.objective.hessian_over(&self.chart.parameters_at(v), &mut full);
        // `BᵀH`, transposed, is `HB`, because `H` is symmetric.
        let half = self.pull(&full, n);
        let turned: Vec<S> = (0..n * k).map(|at| half[at % k * n + at / k]).collect();
        hessian.copy_from_slice(&self.pull(&turned, k));
    }
}

/// The chart in which the symmetric matrix `H`, a Hessian, becomes `diag(±1)` up to rounding: `B = Q |Λ|^{−½}` from its
/// eigenvectors and eigenvalues. None if it is singular or not finite, or if they are not found.
pub fn whitening(origin: &[f64], hessian: &DMatrix<f64>) -> Option<Chart> {
    let eigen = eigen(hessian.clone()).ok()?;
    let scales: DVector<f64> = eigen.eigenvalues.map(|value| value.abs().sqrt().recip());
    let matrix = eigen.eigenvectors * DMatrix::from_diagonal(&scales);
    let chart = Chart::affine(origin.to_vec(), &matrix);
    chart.coordinates().map(|_| chart)
}
