//! Critical points of any index, from many starts: by descent on half the squared gradient.

mod levenberg_marquardt;
mod newton_mr;

pub use levenberg_marquardt::LevenbergMarquardt;
pub use newton_mr::NewtonMr;

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::objective::{EvaluationError, Objective, check_point};

/// When a search ends, and how its end is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criteria {
    /// After this many steps at the latest.
    pub steps: usize,
    /// A gradient not longer than this is critical.
    pub gradient_norm: f64,
    /// A point with an entry beyond this is on its way to infinity.
    pub bound: f64,
    /// A gradient that is not critical lies in the kernel of the Hessian where `‖Hg‖ ≤ flatness ‖H‖_F ‖g‖`.
    pub flatness: f64,
}

/// How a search ended.
///
/// A small gradient alone is not a critical point: the squared gradient has stationary points of its own, where the gradient is
/// in the kernel of the Hessian, and a search that minimizes it stops there just as well.
///
/// # Reference
/// Frye et al., Critical Point-Finding Methods Reveal Gradient-Flat Regions of Deep Network Losses, Neural Computation 33,
/// 2021 (arXiv 2003.10397).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The gradient is as short as the criteria ask.
    Critical,
    /// The gradient is longer, but approximately in the kernel of the Hessian.
    GradientFlat,
    /// Neither: the steps ran out, or the iterate left for infinity.
    Failed,
}

/// Where a search came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The last iterate.
    pub point: Vec<f64>,
    /// Norm of the gradient there.
    pub gradient_norm: f64,
    /// `‖Hg‖ / (‖H‖_F ‖g‖)` there, 0 where the gradient or the Hessian vanishes.
    pub flatness: f64,
    /// Steps taken to it.
    pub steps: usize,
    /// What it is.
    pub ending: Ending,
}

/// A way from a start to a point where the squared gradient is stationary.
pub trait Search: Sync {
    /// When it ends.
    fn criteria(&self) -> &Criteria;

    /// The step from a state, or none where no step shortens the gradient any more; the state is that at the new point then.
    fn advance(&self, objective: &(impl Objective + ?Sized), state: &mut State) -> bool;

    /// Searches from a start.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
    /// use saddlepoint_landscape::critical::search::{Criteria, Ending, LevenbergMarquardt, Search};
    ///
    /// let criteria = Criteria { steps: 100, gradient_norm: 1e-12, bound: 50.0, flatness: 1e-3 };
    /// let search = LevenbergMarquardt { criteria };
    /// // Descent would go to a minimum; the squared gradient leads to the saddle, which is nearer.
    /// let found = search.run(&StrictSaddleQuartic, &[0.5, 0.2])?;
    /// assert_eq!(found.ending, Ending::Critical);
    /// assert!(found.point[1].abs() < 1e-12);
    /// // At y = 1/√3 the second derivative along y vanishes, but not the gradient.
    /// let stuck = search.run(&StrictSaddleQuartic, &[0.0, 1.0 / 3f64.sqrt()])?;
    /// assert_eq!(stuck.ending, Ending::GradientFlat);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn run(&self, objective: &(impl Objective + ?Sized), start: &[f64]) -> Result<Found, EvaluationError> {
        check_point(objective.dimension(), start)?;
        let criteria = self.criteria();
        let mut state = State::at(objective, DVector::from_column_slice(start));
        let mut steps = 0;
        while steps < criteria.steps
            && state.norm > criteria.gradient_norm
            && state.point.amax() <= criteria.bound
            && self.advance(objective, &mut state)
        {
            steps += 1;
        }
        let flatness = state.flatness();
        let ending = if state.norm.is_nan() || state.point.amax() > criteria.bound {
            Ending::Failed
        } else if state.norm <= criteria.gradient_norm {
            Ending::Critical
        } else if flatness <= criteria.flatness {
            Ending::GradientFlat
        } else {
            Ending::Failed
        };
        Ok(Found { point: state.point.as_slice().to_vec(), gradient_norm: state.norm, flatness, steps, ending })
    }

    /// Searches from every start, in parallel; the results stand in the order of the starts.
    ///
    /// # Errors
    /// As for [`run`](Search::run).
    fn run_all(
        &self,
        objective: &(impl Objective + Sync),
        starts: &[Vec<f64>],
    ) -> Result<Vec<Found>, EvaluationError> {
        starts.par_iter().map(|start| self.run(objective, start)).collect()
    }
}

/// An iterate with what a step needs of it.
#[derive(Debug, Clone)]
pub struct State {
    point: DVector<f64>,
    gradient: DVector<f64>,
    /// Norm of the gradient.
    norm: f64,
    hessian: DMatrix<f64>,
    /// Levenberg's damping, and the factor of its next increase.
    damping: Option<(f64, f64)>,
}

impl State {
    fn at(objective: &(impl Objective + ?Sized), point: DVector<f64>) -> Self {
        let n = point.len();
        let (mut gradient, mut hessian) = (DVector::zeros(n), DMatrix::zeros(n, n));
        objective.gradient_unchecked(point.as_slice(), gradient.as_mut_slice());
        objective.hessian_unchecked(point.as_slice(), hessian.as_mut_slice());
        Self { norm: gradient.norm(), point, gradient, hessian, damping: None }
    }

    /// Moves to the point if the gradient is finite there and `shorter` than asked.
    fn try_to(
        &mut self,
        objective: &(impl Objective + ?Sized),
        point: DVector<f64>,
        accept: impl Fn(f64) -> bool,
    ) -> bool {
        let mut gradient = DVector::zeros(point.len());
        objective.gradient_unchecked(point.as_slice(), gradient.as_mut_slice());
        let norm = gradient.norm();
        let accepted = norm.is_finite() && accept(norm);
        if accepted {
            objective.hessian_unchecked(point.as_slice(), self.hessian.as_mut_slice());
            (self.point, self.gradient, self.norm) = (point, gradient, norm);
        }
        accepted
    }

    fn flatness(&self) -> f64 {
        let scale = self.hessian.norm() * self.norm;
        if scale > 0.0 { (&self.hessian * &self.gradient).norm() / scale } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::{StrictSaddleQuartic, TwoLayerLinear};
    use nalgebra::dmatrix;

    const CRITERIA: Criteria = Criteria { steps: 200, gradient_norm: 1e-12, bound: 50.0, flatness: 1e-3 };

    fn starts(n: usize, dimension: usize) -> Vec<Vec<f64>> {
        (0..n)
            .map(|i| (0..dimension).map(|j| ((i * 37 + j * 101 + 7) % 61) as f64 / 30.0 - 1.0).collect())
            .collect()
    }

    fn all_kinds(search: &impl Search) {
        let found = search.run_all(&StrictSaddleQuartic, &starts(60, 2)).unwrap();
        for (start, found) in starts(60, 2).iter().zip(&found) {
            assert_eq!(
                found,
                &search.run(&StrictSaddleQuartic, start).unwrap(),
                "the order is that of the starts"
            );
            let y = found.point[1];
            assert_eq!(found.ending, Ending::Critical, "{start:?} {found:?}");
            assert!(y.abs() < 1e-9 || (y.abs() - 1.0).abs() < 1e-9);
        }
        assert!(found.iter().any(|f| f.point[1].abs() < 0.5) && found.iter().any(|f| f.point[1].abs() > 0.5));
    }

    #[test]
    fn both_methods_find_saddles_and_minima() {
        all_kinds(&LevenbergMarquardt { criteria: CRITERIA });
        all_kinds(&NewtonMr { criteria: CRITERIA, rank_tolerance: 1e-12 });
    }

    #[test]
    fn degenerate_hessians_are_no_obstacle() {
        let network = TwoLayerLinear::new(DMatrix::identity(2, 2), dmatrix![3.0, 0.0; 0.0, 1.0], 1).unwrap();
        for found in (LevenbergMarquardt { criteria: CRITERIA }).run_all(&network, &starts(20, 4)).unwrap() {
            assert_eq!(found.ending, Ending::Critical, "{found:?}");
        }
    }

    #[test]
    fn leaving_is_failing() {
        let search = LevenbergMarquardt { criteria: Criteria { bound: 0.5, ..CRITERIA } };
        assert_eq!(search.run(&StrictSaddleQuartic, &[0.1, 0.9]).unwrap().ending, Ending::Failed);
        assert!(search.run(&StrictSaddleQuartic, &[f64::NAN, 0.0]).is_err());
    }
}
