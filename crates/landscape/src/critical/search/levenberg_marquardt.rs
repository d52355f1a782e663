//! Levenberg and Marquardt's method on half the squared gradient.

use nalgebra::DMatrix;

use super::{Criteria, Search, State};
use crate::objective::Objective;

/// Damped Newton steps for `∇f = 0`: `(H² + μI) p = −Hg`, with `μ` ruled by how well the step keeps its promise.
///
/// # Reference
/// Madsen, Nielsen and Tingleff, *Methods for non-linear least squares problems*, 2nd edition 2004, algorithm 3.16 (with
/// Nielsen's damping, and the `τ = 10⁻³` recommended there).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevenbergMarquardt {
    /// When it ends.
    pub criteria: Criteria,
}

impl Search for LevenbergMarquardt {
    fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    fn advance(&self, objective: &(impl Objective + ?Sized), state: &mut State) -> bool {
        let n = state.point.len();
        let square = &state.hessian * &state.hessian;
        let slope = &state.hessian * &state.gradient;
        let (mut damping, mut growth) = state.damping.unwrap_or_else(|| (1e-3 * square.diagonal().amax(), 2.0));
        loop {
            if !damping.is_finite() {
                return false;
            }
            let damped = &square + DMatrix::from_diagonal_element(n, n, damping);
            if let Some(factor) = damped.cholesky() {
                let step = -factor.solve(&slope);
                let promised = 0.5 * step.dot(&(&step * damping - &slope));
                let next = &state.point + &step;
                if next == state.point {
                    return false;
                }
                let before = state.norm;
                if state.try_to(objective, next, |norm| norm < before) {
                    let gain = 0.5 * (before - state.norm) * (before + state.norm) / promised;
                    let relief = (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0);
                    // The damping must not underflow: it would never grow again.
                    state.damping = Some(((damping * relief).max(f64::MIN_POSITIVE), 2.0));
                    return true;
                }
            }
            damping = (damping * growth).max(f64::MIN_POSITIVE);
            growth *= 2.0;
        }
    }
}
