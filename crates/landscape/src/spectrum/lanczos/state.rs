//! What a restarted Lanczos process knows, as plain data.

use nalgebra::DMatrix;

use crate::operator::SymmetricOperator;
use crate::spectrum::SpectrumError;
use crate::spectrum::vectors::{add_scaled, divide, fresh, norm, project_out};

/// A Lanczos process between two products: everything needed to go on with the same bits.
///
/// # Formula
/// $V^\top A V = T$ with $T_{ii}$ = `diagonal[i]`; $T_{i,k}$ = `couplings[i]` for the $i < k$ = `kept` Ritz vectors of the last
/// restart, and $T_{i,i+1}$ = `couplings[i]` after them. The last coupling belongs to the last basis vector, which
/// $T$ does not contain yet.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Entries of a vector.
    pub dimension: usize,
    /// The orthonormal basis, vector after vector: one more than there are steps, unless it fills the space.
    pub basis: Vec<f64>,
    /// The diagonal of `T`.
    pub diagonal: Vec<f64>,
    /// The rest of `T`, and the coupling to the next vector.
    pub couplings: Vec<f64>,
    /// Ritz vectors kept by the last restart.
    pub kept: usize,
    /// Where the space that was opened last begins: 0 until an invariant subspace is found.
    pub opened: usize,
    /// Products spent.
    pub products: usize,
    /// Normals drawn.
    pub draws: usize,
}

impl State {
    pub(super) fn random(dimension: usize, normal: &mut dyn FnMut() -> f64) -> Result<Self, SpectrumError> {
        let mut draws = 0;
        let basis = fresh(&[], dimension, normal, &mut draws).ok_or(SpectrumError::Randomness)?;
        Ok(Self {
            dimension,
            basis,
            diagonal: Vec::new(),
            couplings: Vec::new(),
            kept: 0,
            opened: 0,
            products: 0,
            draws,
        })
    }

    /// Rows of `T`.
    pub fn steps(&self) -> usize {
        self.diagonal.len()
    }

    /// Whether the basis fills the space: `T` then has every eigenvalue.
    pub fn is_complete(&self) -> bool {
        self.steps() == self.dimension
    }

    /// The last residual's norm: 0 where the space is invariant.
    pub(super) fn coupling(&self) -> f64 {
        if self.steps() > self.kept { self.couplings.last().copied().unwrap_or(0.0) } else { 0.0 }
    }

    pub(super) fn check(&self, dimension: usize) -> Result<(), SpectrumError> {
        let vectors = self.steps() + usize::from(!self.is_complete());
        let faults = [
            (self.dimension != dimension || dimension == 0, "its dimension is another"),
            (self.basis.len() != vectors * self.dimension, "its basis has another number of entries"),
            (self.couplings.len() != self.steps(), "its matrix has another number of entries"),
            (self.kept > self.steps() || self.opened > self.steps(), "it marks steps that it does not have"),
            (
                [&self.basis, &self.diagonal, &self.couplings].iter().any(|v| v.iter().any(|x| !x.is_finite())),
                "an entry is not finite",
            ),
        ];
        match faults.into_iter().find(|(fault, _)| *fault) {
            Some((_, what)) => Err(SpectrumError::State { what }),
            None => Ok(()),
        }
    }

    /// The matrix `T`.
    pub fn projected(&self) -> DMatrix<f64> {
        let steps = self.steps();
        let mut matrix = DMatrix::zeros(steps, steps);
        for (i, (&diagonal, &coupling)) in self.diagonal.iter().zip(&self.couplings).enumerate() {
            matrix[(i, i)] = diagonal;
            let neighbour = if i < self.kept { self.kept } else { i + 1 };
            if neighbour < steps {
                matrix[(i, neighbour)] = coupling;
                matrix[(neighbour, i)] = coupling;
            }
        }
        matrix
    }

    /// The basis vectors of `T` combined with the columns of `coefficients`, vector after vector.
    pub(super) fn combine(&self, coefficients: &DMatrix<f64>) -> Vec<f64> {
        let n = self.dimension;
        let mut combined = vec![0.0; n * coefficients.ncols()];
        for (vector, column) in combined.chunks_exact_mut(n).zip(coefficients.column_iter()) {
            self.basis.chunks_exact(n).zip(column.iter()).for_each(|(v, c)| add_scaled(vector, *c, v));
        }
        combined
    }

    /// One product, and the next basis vector.
    pub(super) fn extend(
        &mut self,
        operator: &dyn SymmetricOperator,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<(), SpectrumError> {
        let n = self.dimension;
        let mut w = vec![0.0; n];
        operator.apply(&self.basis[self.steps() * n..], &mut w)?;
        let size = norm(&w);
        let first = project_out(&self.basis, &mut w);
        let second = project_out(&self.basis, &mut w);
        let length = norm(&w);
        self.products += 1;
        self.diagonal.push(first[self.steps()] + second[self.steps()]);
        // Two passes leave rounding of the order of ε ‖Av‖ in each of n entries' inner products: what is
        // smaller has no direction of its own. The scale is the operator's, never an absolute number.
        let scale =
            self.diagonal.iter().chain(&self.couplings).fold(size, |scale, entry| scale.max(entry.abs()));
        let negligible = 8.0 * (n as f64).sqrt() * f64::EPSILON * scale;
        if self.is_complete() {
            self.couplings.push(0.0);
        } else if length > negligible {
            divide(&mut w, length);
            self.basis.extend_from_slice(&w);
            self.couplings.push(length);
        } else {
            let next = fresh(&self.basis, n, normal, &mut self.draws);
            // The product is kept out of the state if no direction can be drawn, so that it stays usable.
            let Some(next) = next else {
                self.diagonal.pop();
                self.products -= 1;
                return Err(SpectrumError::Randomness);
            };
            self.basis.extend_from_slice(&next);
            self.couplings.push(0.0);
            self.opened = self.steps();
        }
        Ok(())
    }

    /// Replaces the basis by Ritz vectors and the last residual direction.
    pub(super) fn compress(&mut self, values: &[f64], vectors: &DMatrix<f64>) {
        let (n, steps) = (self.dimension, self.steps());
        let coupling = self.coupling();
        let last = &self.basis[steps * n..];
        // Pairs that belong to the invariant spaces found before come first, the newest space after them.
        let share = |i: usize| vectors.view((self.opened, i), (steps - self.opened, 1)).norm();
        let (settled, rest): (Vec<usize>, Vec<usize>) =
            (0..values.len()).partition(|&i| self.opened > 0 && share(i) <= f64::EPSILON.sqrt());
        let order: Vec<usize> = settled.iter().chain(&rest).copied().collect();
        let mut basis = self.combine(&vectors.select_columns(&order));
        basis.extend_from_slice(last);
        self.diagonal = order.iter().map(|&i| values[i]).collect();
        self.couplings = order.iter().map(|&i| coupling * vectors[(steps - 1, i)]).collect();
        self.kept = order.len();
        self.opened = settled.len();
        self.basis = basis;
    }
}
