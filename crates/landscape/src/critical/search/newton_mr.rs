//! Newton's method with the minimum-residual solution of each linear system.

use nalgebra::DMatrix;

use super::{Criteria, Search, State};
use crate::objective::Objective;
use saddlepoint_rigor::decomposition::eigen;

/// Newton-MR: `p = −H⁺ g`, shortened until the squared gradient falls as Armijo asks.
///
/// `−H⁺g` is the shortest of all solutions of least residual, so the kernel of a singular Hessian is never entered. The
/// decomposition is dense.
///
/// # Reference
/// Roosta, Liu, Xu and Mahoney, Newton-MR: Inexact Newton method with minimum residual sub-problem solver, EURO J. Comput.
/// Optim. 10, 2022 (arXiv 1810.00303), algorithm 1, with its `ρ = 10⁻⁴`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewtonMr {
    /// When it ends.
    pub criteria: Criteria,
    /// Eigenvalues below this share of the largest count as zero.
    pub rank_tolerance: f64,
}

const ARMIJO: f64 = 1e-4;

impl Search for NewtonMr {
    fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    fn advance(&self, objective: &(impl Objective + ?Sized), state: &mut State) -> bool {
        let Ok(eigen) = eigen(state.hessian.clone()) else { return false };
        let threshold = self.rank_tolerance * eigen.eigenvalues.amax();
        let inverse = eigen.eigenvalues.map(|value| if value.abs() > threshold { value.recip() } else { 0.0 });
        let along = eigen.eigenvectors.tr_mul(&state.gradient);
        let step = -(&eigen.eigenvectors * (DMatrix::from_diagonal(&inverse) * along));
        let slope = step.dot(&(&state.hessian * &state.gradient));
        let (before, mut length) = (state.norm * state.norm, 1.0);
        loop {
            let next = &state.point + &step * length;
            if next == state.point || !next.iter().all(|entry| entry.is_finite()) {
                return false;
            }
            if state.try_to(objective, next, |norm| norm * norm <= before + 2.0 * ARMIJO * length * slope) {
                return true;
            }
            length *= 0.5;
        }
    }
}
