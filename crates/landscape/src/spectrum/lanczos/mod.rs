//! Extremal eigenpairs by thick-restart Lanczos, each with a recomputed residual and an enclosure.

mod enclosure;
mod state;

pub use enclosure::{Eigenpair, Eigenpairs};
pub use state::State;

use super::{SpectrumError, between, count, dense_eigen};
use crate::operator::SymmetricOperator;

/// Which end of the spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The largest eigenvalues, decreasing.
    Largest,
    /// The smallest eigenvalues, increasing.
    Smallest,
    /// The eigenvalues of largest magnitude, by decreasing magnitude.
    LargestMagnitude,
}

impl End {
    /// Sorts positions of increasing `values` so that the wanted ones come first.
    fn sort(self, values: &[f64]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&i, &j| match self {
            Self::Largest => values[j].total_cmp(&values[i]),
            Self::Smallest => values[i].total_cmp(&values[j]),
            Self::LargestMagnitude => values[j].abs().total_cmp(&values[i].abs()),
        });
        order
    }
}

/// Thick-restart Lanczos with full reorthogonalization, by single vectors or by blocks.
///
/// # Formula
/// The orthonormal basis $V$ of a Krylov space grows by one block of products a step, each made orthogonal to the whole
/// basis. With $V^\top A V = T$ and $Ts = \theta s$ the pair $(\theta, Vs)$ has residual
/// $\|AVs - \theta Vs\| = \|Cs\|$ with the coupling $C$ of [`State`] (in a single-vector process $\beta|s_m|$), which decides
/// when to stop: at `tolerance` times $\max_i|\theta_i|$, so that the spectrum of $cA$ is $c$ times that of $A$ for every
/// $c$. A full basis is compressed to the Ritz vectors nearest the wanted end and the last residual block, and goes on. A
/// direction of the residual that is rounding is dropped, and the block is smaller from there on; where none is left the
/// Krylov space is invariant, and a random block orthogonal to it opens the next one. That or a coupling below
/// $\sqrt\varepsilon$ begins a new space, and the search ends only once the best pair of that one has converged too: it may
/// hold copies of the eigenvalues found.
///
/// The residuals that are reported are not these estimates but $\|Av - \theta v\|$ from one more product each.
///
/// By Cauchy's interlacing, the $i$-th largest value found is never above the $i$-th largest eigenvalue (rounding
/// apart). A single start vector sees a multiple eigenvalue once until rounding or an invariant space separates
/// its copies; a block of $b$ random vectors sees $b$ copies of it at once, with probability one, and its values converge with
/// the gap to the $(b+1)$-th neighbour instead of the next.
///
/// # Reference
/// Lanczos (1950); Golub and Underwood, in Mathematical Software III (1977), 361-377; Wu and Simon, SIAM J. Matrix Anal.
/// Appl. 22 (2000), 602-616; Parlett, The Symmetric Eigenvalue Problem (1980), theorems 4.5.1 and 10.1.1; Saad, SIAM J.
/// Numer. Anal. 17 (1980), 687-706, theorem 5 (blocks).
///
/// # Example
/// ```
/// use nalgebra::{DMatrix, DVector};
/// use saddlepoint_landscape::operator::Dense;
/// use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
///
/// let a = Dense::new(DMatrix::from_diagonal(&DVector::from_fn(50, |i, _| (i / 2) as f64)))?;
/// let mut seed = 1u64;
/// let mut normal = || {
///     // A stand-in for a generator of normals.
///     seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
///     (seed >> 33) as f64 / f64::from(1u32 << 30) - 1.0
/// };
/// let found = Lanczos::new(End::Largest, 2)?.with_block(2)?.run(&a, &mut normal)?;
/// assert!(found.pairs[0].enclosure.contains(24.0) && found.pairs[1].enclosure.contains(24.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lanczos {
    end: End,
    count: usize,
    tolerance: f64,
    block: usize,
    basis: Option<usize>,
    products: usize,
}

impl Lanczos {
    /// A search for `count` eigenpairs by single vectors, to residual `1e-8` times the spectral radius, with at most 1,000
    /// products.
    ///
    /// The basis holds `4 count + 10 (block + 1)` vectors. For single vectors that is restarted twice as seldom as with the
    /// `2 count + 20` customary since ARPACK, for its vectors are cheap beside the products of a network.
    ///
    /// # Errors
    /// When `count` is zero.
    pub fn new(end: End, count: usize) -> Result<Self, SpectrumError> {
        super::count("the number of eigenpairs", count, 1, usize::MAX / 8)?;
        Ok(Self { end, count, tolerance: 1e-8, block: 1, basis: None, products: 1000 })
    }

    /// Another tolerance, relative to the largest magnitude among the Ritz values.
    ///
    /// # Errors
    /// When the tolerance is not in `(0, 1)`.
    pub fn with_tolerance(self, tolerance: f64) -> Result<Self, SpectrumError> {
        between("the tolerance", tolerance, 0.0, 1.0)?;
        Ok(Self { tolerance, ..self })
    }

    /// Products of a whole block of vectors at once: for eigenvalues of multiplicity up to its size, and where an operator
    /// is cheaper by blocks.
    ///
    /// # Errors
    /// When the block is empty, or the basis or limit of products set before is too small for it.
    pub fn with_block(self, vectors: usize) -> Result<Self, SpectrumError> {
        count("the size of the block", vectors, 1, usize::MAX / 32)?;
        Self { block: vectors, ..self }.fits()
    }

    /// Another number of vectors kept.
    ///
    /// # Errors
    /// When there is no room for the wanted pairs and two blocks.
    pub fn with_basis(self, vectors: usize) -> Result<Self, SpectrumError> {
        Self { basis: Some(vectors), ..self }.fits()
    }

    /// Another limit on the products, those of the final residuals included.
    ///
    /// # Errors
    /// When the limit does not leave a step for each pair.
    pub fn with_products(self, limit: usize) -> Result<Self, SpectrumError> {
        Self { products: limit, ..self }.fits()
    }

    fn fits(self) -> Result<Self, SpectrumError> {
        count("the size of the basis", self.basis(), self.count + 2 * self.block, usize::MAX)?;
        count("the limit of products", self.products, 2 * self.count + self.block - 1, usize::MAX)?;
        Ok(self)
    }

    fn basis(&self) -> usize {
        self.basis.unwrap_or(4 * self.count + 10 * (self.block + 1))
    }

    /// Whether the products left are too few for another step and the final residuals.
    fn is_spent(&self, state: &State) -> bool {
        state.products + state.pending() + self.count > self.products
    }

    /// Runs to the end.
    ///
    /// A search that spends its products returns what it has; [`Eigenpairs::converged`] tells.
    ///
    /// # Errors
    /// When the operator fails or has fewer dimensions than wanted pairs, or the generator gives no usable vector.
    pub fn run(
        &self,
        operator: &dyn SymmetricOperator,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<Eigenpairs, SpectrumError> {
        let mut state = self.start(operator.dimension(), normal)?;
        while !self.step(operator, &mut state, normal)? {}
        self.finish(operator, &state)
    }

    /// The state before the first product, from normal start vectors.
    ///
    /// # Errors
    /// When the dimension is below the number of wanted pairs, or the generator gives no usable vector.
    pub fn start(&self, dimension: usize, normal: &mut dyn FnMut() -> f64) -> Result<State, SpectrumError> {
        count("the number of eigenpairs", self.count, 1, dimension)?;
        State::random(dimension, self.block, normal)
    }

    /// The products of one block; true once the pairs have converged, or the products left are those that the residuals take.
    ///
    /// A saved state goes on with the same bits, if the generator is put where it was ([`State::draws`] counts).
    ///
    /// # Errors
    /// When the state does not fit the operator, or the operator fails; the state then is as good as before.
    pub fn step(
        &self,
        operator: &dyn SymmetricOperator,
        state: &mut State,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<bool, SpectrumError> {
        state.check(operator.dimension())?;
        if state.is_complete() || self.is_spent(state) {
            return Ok(true);
        }
        if state.steps() + state.pending() > self.basis() {
            self.restart(state)?;
        }
        state.extend(operator, self.block, normal)?;
        Ok(self.is_spent(state) || self.has_converged(state)?)
    }

    /// The eigenpairs in the present basis, with residuals recomputed by one product each.
    ///
    /// # Errors
    /// When the state does not fit the operator or has fewer steps than pairs are wanted, or the operator fails.
    pub fn finish(&self, operator: &dyn SymmetricOperator, state: &State) -> Result<Eigenpairs, SpectrumError> {
        state.check(operator.dimension())?;
        if state.steps() < self.count {
            return Err(SpectrumError::State { what: "it has fewer steps than pairs are wanted" });
        }
        let (values, vectors) = dense_eigen(state.projected.clone())?;
        let mut order = self.end.sort(&values);
        order.truncate(self.count);
        let ritz = state.combine(&vectors.select_columns(&order));
        let scale = magnitude(&values);
        Eigenpairs::of(operator, &ritz, self.tolerance * scale, state.products + self.count)
    }

    /// Whether the wanted pairs, and the best one of the space opened last, have residuals below the tolerance.
    fn has_converged(&self, state: &State) -> Result<bool, SpectrumError> {
        let steps = state.steps();
        if state.is_complete() {
            return Ok(true);
        }
        // At every third product: an eigenvalue problem of the basis' size is worth a part of a product.
        let due = steps + state.pending() > self.basis() || state.products % 3 < self.block;
        if steps < self.count || !due || state.has_just_opened() {
            return Ok(false);
        }
        let (values, vectors) = dense_eigen(state.projected.clone())?;
        let threshold = self.tolerance * magnitude(&values);
        let below = |values: &[f64], residuals: &[f64], pairs: usize| {
            self.end.sort(values).iter().take(pairs).all(|&i| residuals[i] <= threshold)
        };
        if !below(&values, &state.residuals(0, &vectors), self.count) {
            return Ok(false);
        }
        if state.opened == 0 {
            return Ok(true);
        }
        let rest = steps - state.opened;
        let newest = state.projected.view((state.opened, state.opened), (rest, rest)).into_owned();
        let (values, vectors) = dense_eigen(newest)?;
        Ok(below(&values, &state.residuals(state.opened, &vectors), 1))
    }

    /// Compresses a full basis: halfway between what is wanted and what is there, as thick as pays (Wu and Simon, 5).
    fn restart(&self, state: &mut State) -> Result<(), SpectrumError> {
        let (values, vectors) = dense_eigen(state.projected.clone())?;
        let mut order = self.end.sort(&values);
        order.truncate(self.count + (state.steps() - self.count) / 2);
        let kept: Vec<f64> = order.iter().map(|&i| values[i]).collect();
        state.compress(&kept, &vectors.select_columns(&order));
        Ok(())
    }
}

fn magnitude(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()))
}

#[cfg(test)]
mod tests;
