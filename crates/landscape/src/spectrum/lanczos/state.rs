//! What a restarted block Lanczos process knows, as plain data.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::operator::SymmetricOperator;
use crate::spectrum::SpectrumError;
use crate::spectrum::gram_schmidt::{combine, fresh, orthogonalize, orthonormalize};

/// A Lanczos process between two products: everything needed to go on with the same bits.
///
/// # Formula
/// With $V$ the first vectors of the basis, as many as the matrix $T$ has rows, and $Q$ the block of the rest,
/// $$AV = VT + Q\,[\,0\;\;C\,],$$
/// where the coupling $C$ has a row for each vector of $Q$ and a column for each of the last vectors of $V$: those of the
/// last block, or all of them after a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Entries of a vector.
    pub dimension: usize,
    /// The orthonormal basis, vector after vector: `V`, then `Q`, which is empty once `V` fills the space.
    pub basis: Vec<f64>,
    /// `T`.
    pub projected: DMatrix<f64>,
    /// `C`.
    pub coupling: DMatrix<f64>,
    /// Where the space that was opened last begins: 0 until a subspace is found that is invariant, or nearly so.
    pub opened: usize,
    /// Products spent.
    pub products: usize,
    /// Normals drawn.
    pub draws: usize,
}

impl State {
    pub(super) fn random(
        dimension: usize,
        width: usize,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<Self, SpectrumError> {
        let mut draws = 0;
        let basis = open(&[], dimension, width, normal, &mut draws)?;
        let coupling = DMatrix::zeros(basis.len() / dimension, 0);
        let projected = DMatrix::zeros(0, 0);
        Ok(Self { dimension, basis, projected, coupling, opened: 0, products: 0, draws })
    }

    /// Rows of `T`.
    pub fn steps(&self) -> usize {
        self.projected.nrows()
    }

    /// Vectors of the next block: products of the next step.
    pub fn pending(&self) -> usize {
        self.coupling.nrows()
    }

    /// Whether the basis fills the space: `T` then has every eigenvalue.
    pub fn is_complete(&self) -> bool {
        self.steps() == self.dimension
    }

    /// Whether the last block left an invariant space, and the next begins another one.
    pub(super) fn has_just_opened(&self) -> bool {
        self.opened == self.steps()
    }

    /// The first vector of `V` with a coupling to `Q`.
    fn linked(&self) -> usize {
        self.steps() - self.coupling.ncols()
    }

    /// `‖AVs − θVs‖` of the Ritz pairs whose coefficients are the columns of `vectors`, from vector `from` of the basis on.
    pub(super) fn residuals(&self, from: usize, vectors: &DMatrix<f64>) -> Vec<f64> {
        let linked = self.linked();
        let start = from.max(linked);
        let rest = (self.coupling.columns(start - linked, self.steps() - start))
            * vectors.rows(start - from, self.steps() - start);
        rest.column_iter().map(|column| column.norm()).collect()
    }

    pub(super) fn check(&self, dimension: usize) -> Result<(), SpectrumError> {
        let (steps, next) = (self.steps(), self.pending());
        let mut small = self.projected.iter().chain(&self.coupling);
        let faults = [
            (self.dimension != dimension || dimension == 0, "its dimension is another"),
            (!self.projected.is_square(), "its matrix is not square"),
            (
                steps + next > dimension || self.basis.len() != (steps + next) * self.dimension,
                "its basis has another number of entries",
            ),
            ((next == 0) != (steps == dimension), "it has no next vector"),
            (self.coupling.ncols() > steps || self.opened > steps, "it marks steps that it does not have"),
            // The vectors are looked at when they are used.
            (small.any(|x| !x.is_finite()), "an entry is not finite"),
        ];
        match faults.into_iter().find(|(fault, _)| *fault) {
            Some((_, what)) => Err(SpectrumError::State { what }),
            None => Ok(()),
        }
    }

    /// The first vectors of the basis combined with the columns of `coefficients`, vector after vector.
    pub(super) fn combine(&self, coefficients: &DMatrix<f64>) -> Vec<f64> {
        combine(&self.basis, self.dimension, coefficients)
    }

    /// The products with the next block, and the block after it, of at most `width` vectors.
    pub(super) fn extend(
        &mut self,
        operator: &dyn SymmetricOperator,
        width: usize,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<(), SpectrumError> {
        let (n, steps, linked) = (self.dimension, self.steps(), self.linked());
        let block = self.pending();
        // The products are made where the next block will be: fresh memory costs more than a pass over it.
        let filled = self.basis.len();
        self.basis.resize(filled + block * n, 0.0);
        let (basis, w) = self.basis.split_at_mut(filled);
        let result = operator.apply_block(&basis[steps * n..], w).map_err(SpectrumError::from).and_then(|()| {
            let (components, lengths) = orthogonalize(basis, n, linked, w);
            if components.iter().chain(&lengths).all(|x| x.is_finite()) {
                Ok((components, lengths))
            } else {
                Err(SpectrumError::State { what: "an entry is not finite" })
            }
        });
        let (components, lengths) = match result {
            Ok(found) => found,
            Err(error) => {
                self.basis.truncate(filled);
                return Err(error);
            }
        };

        let mut projected = self.projected.clone().resize(steps + block, steps + block, 0.0);
        projected.view_mut((linked, steps), (steps - linked, block)).copy_from(&self.coupling.transpose());
        projected.view_mut((steps, linked), (block, steps - linked)).copy_from(&self.coupling);
        let corner = components.rows(steps, block);
        projected.view_mut((steps, steps), (block, block)).copy_from(&((corner + corner.transpose()) * 0.5));

        // Two passes leave rounding of the order of ε ‖Av‖ in each of n entries' inner products: what is
        // smaller has no direction of its own. The scale is the operator's, never an absolute number.
        let scale = lengths.iter().fold(projected.amax(), |scale, length| scale.max(*length));
        let negligible = 8.0 * (n as f64).sqrt() * f64::EPSILON * scale;
        let mut coupling = DMatrix::zeros(0, block);
        if steps + block < n {
            coupling = orthonormalize(basis, n, w, negligible);
        }
        self.basis.truncate(filled + coupling.nrows() * n);
        if coupling.nrows() == 0 && steps + block < n {
            // Nothing else of the state is changed before this can no longer fail.
            let next = open(&self.basis, n, width, normal, &mut self.draws)?;
            coupling = DMatrix::zeros(next.len() / n, 0);
            self.basis.extend_from_slice(&next);
        }
        // A coupling this small is most often rounding, blown up by small couplings before it. It is kept in `T`, but what
        // follows is as good as a space of its own, and may hold copies of what the spaces before it hold.
        let rest = steps + block - self.opened;
        let newest = projected.view((self.opened, self.opened), (rest, rest)).amax();
        if coupling.norm() <= f64::EPSILON.sqrt() * newest {
            self.opened = steps + block;
        }
        self.projected = projected;
        self.coupling = coupling;
        self.products += block;
        Ok(())
    }

    /// Replaces `V` by Ritz vectors.
    pub(super) fn compress(&mut self, values: &[f64], vectors: &DMatrix<f64>) {
        let (n, steps) = (self.dimension, self.steps());
        // Pairs that belong to the invariant spaces found before come first, the newest space after them.
        let share = |i: usize| vectors.view((self.opened, i), (steps - self.opened, 1)).norm();
        let (settled, rest): (Vec<usize>, Vec<usize>) =
            (0..values.len()).partition(|&i| self.opened > 0 && share(i) <= f64::EPSILON.sqrt());
        let order: Vec<usize> = settled.iter().chain(&rest).copied().collect();
        let vectors = vectors.select_columns(&order);
        let mut basis = self.combine(&vectors);
        basis.extend_from_slice(&self.basis[steps * n..]);
        self.coupling = &self.coupling * vectors.rows(self.linked(), self.coupling.ncols());
        self.projected = DMatrix::from_diagonal(&order.iter().map(|&i| values[i]).collect::<Vec<_>>().into());
        self.opened = settled.len();
        self.basis = basis;
    }
}

/// At most `width` random orthonormal vectors orthogonal to the basis, at least one.
fn open(
    basis: &[f64],
    n: usize,
    width: usize,
    normal: &mut dyn FnMut() -> f64,
    draws: &mut usize,
) -> Result<Vec<f64>, SpectrumError> {
    let mut all = basis.to_vec();
    for _ in 0..width.min(n - basis.len() / n) {
        let vector = fresh(&all, n, normal, draws).ok_or(SpectrumError::Randomness)?;
        all.extend_from_slice(&vector);
    }
    Ok(all.split_off(basis.len()))
}
