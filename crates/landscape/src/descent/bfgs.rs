//! The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno.

use nalgebra::{DMatrix, DVector};

use super::{Descent, DescentError, End, StopRule};
use crate::objective::{Objective, check_point};

/// Descent with a model of the inverse Hessian that is learnt from gradients.
///
/// # Formula
/// With $s = x_{k+1} - x_k$ and $y = \nabla f(x_{k+1}) - \nabla f(x_k)$,
/// $$H_{k+1} = \Bigl(I - \frac{sy^\top}{y\cdot s}\Bigr)H_k\Bigl(I - \frac{ys^\top}{y\cdot s}\Bigr) + \frac{ss^\top}{y\cdot s},
/// \qquad x_{k+1} = x_k - t_kH_k\nabla f(x_k),$$
/// with a step length $t_k$ that satisfies the conditions of Armijo and (weakly) Wolfe, found by bisection. Where the
/// values differ by no more than rounding, the slope at the new point judges the decrease. The conditions keep $y\cdot s$
/// positive, hence $H_k$ positive definite, where $f$ is not convex as well; near a minimum with a positive definite Hessian
/// the convergence is superlinear.
///
/// Where $f$ has no minimum the iterates run to infinity, and the run ends where the gradient is as short as asked or
/// the steps are used up: look at the point.
///
/// # Reference
/// Nocedal and Wright, *Numerical Optimization* (2006), algorithm 6.1; Lewis and Overton, *Nonsmooth optimization via
/// quasi-Newton methods* (2013), algorithm 2.6, for the bisection; Hager and Zhang, *A new conjugate gradient method with
/// guaranteed descent and an efficient line search* (2005), section 4, for the last digits.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::{Bfgs, StopRule};
///
/// let search = Bfgs::new(StopRule { steps: 100, gradient_norm: 1e-10 })?;
/// let found = search.run(&StrictSaddleQuartic, &[0.7, 1e-3])?;
/// assert!((found.point[1] - 1.0).abs() < 1e-10 && found.steps < 20);
/// # Ok::<(), saddlepoint_landscape::descent::DescentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bfgs {
    stop: StopRule,
}

/// Share of the linear decrease that a step must bring (Armijo), and share of the slope that may be left (Wolfe): the
/// customary values of Nocedal and Wright, section 3.1.
const DECREASE: f64 = 1e-4;
const SLOPE: f64 = 0.9;

/// Relative differences of values below this may be rounding, in a sum of many terms: Hager and Zhang's default.
const RELIABLE: f64 = 1e-6;

/// Halvings and doublings of a step length; more than the range of f64 allows on either side are of no use.
const TRIALS: usize = 100;

/// A point with its value and gradient.
struct Evaluated {
    point: DVector<f64>,
    value: f64,
    gradient: DVector<f64>,
}

impl Bfgs {
    /// A search that ends by a rule.
    ///
    /// # Errors
    /// When the gradient threshold is NaN or negative.
    pub fn new(stop: StopRule) -> Result<Self, DescentError> {
        if stop.gradient_norm >= 0.0 {
            Ok(Self { stop })
        } else {
            Err(DescentError::Threshold { gradient_norm: stop.gradient_norm })
        }
    }

    /// Searches from `start`.
    ///
    /// The run ends as [`End::Stalled`] where no step along the search direction satisfies both conditions: the value
    /// cannot be told from its neighbours any more, or it decreases without bound.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite.
    pub fn run(&self, objective: &(impl Objective + ?Sized), start: &[f64]) -> Result<Descent, DescentError> {
        check_point(objective.dimension(), start)?;
        let n = start.len();
        let mut here = evaluate(objective, DVector::from_column_slice(start));
        let mut inverse = DMatrix::identity(n, n);
        let mut steps = 0;
        let end = loop {
            if here.gradient.norm() <= self.stop.gradient_norm {
                break End::Critical;
            }
            if steps == self.stop.steps {
                break End::OutOfSteps;
            }
            let direction = -(&inverse * &here.gradient);
            let Some(next) = search(objective, &here, &direction) else {
                break End::Stalled;
            };
            let (s, y) = (&next.point - &here.point, &next.gradient - &here.gradient);
            let product = s.dot(&y);
            if product > 0.0 {
                if steps == 0 {
                    // The first step knows the scale of the curvature; the identity did not.
                    inverse *= product / y.norm_squared();
                }
                update(&mut inverse, &s, &y, product);
            }
            here = next;
            steps += 1;
        };
        let gradient_norm = here.gradient.norm();
        Ok(Descent { point: here.point.as_slice().to_vec(), gradient_norm, steps, end })
    }
}

fn evaluate(objective: &(impl Objective + ?Sized), point: DVector<f64>) -> Evaluated {
    let value = objective.value_unchecked(point.as_slice());
    let mut gradient = DVector::zeros(point.len());
    objective.gradient_unchecked(point.as_slice(), gradient.as_mut_slice());
    Evaluated { point, value, gradient }
}

/// A point along the direction that satisfies the weak Wolfe conditions.
fn search(
    objective: &(impl Objective + ?Sized),
    here: &Evaluated,
    direction: &DVector<f64>,
) -> Option<Evaluated> {
    let slope = here.gradient.dot(direction);
    if slope.is_nan() || slope >= 0.0 {
        return None;
    }
    let rounding = RELIABLE * here.value.abs();
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..TRIALS {
        let there = evaluate(objective, &here.point + direction * length);
        let left = there.gradient.dot(direction);
        let decreased = there.value <= here.value + DECREASE * length * slope;
        // The same condition for a parabola through both slopes, where the values cannot tell.
        let decreased =
            decreased || there.value <= here.value + rounding && left <= (2.0 * DECREASE - 1.0) * slope;
        if !decreased {
            // An overflow is no decrease, so that it shortens the step.
            high = length;
        } else if left < SLOPE * slope {
            low = length;
        } else {
            return there.point.iter().chain(&there.gradient).all(|x| x.is_finite()).then_some(there);
        }
        length = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low };
    }
    None
}

/// The update of the inverse Hessian, in `O(n²)`.
fn update(inverse: &mut DMatrix<f64>, s: &DVector<f64>, y: &DVector<f64>, product: f64) {
    let hy = &*inverse * y;
    let factor = (1.0 + y.dot(&hy) / product) / product;
    inverse.ger(factor, s, s, 1.0);
    inverse.ger(-1.0 / product, &hy, s, 1.0);
    inverse.ger(-1.0 / product, s, &hy, 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::{Quadratic, StrictSaddleQuartic};
    use nalgebra::{DMatrix, dmatrix};
    use proptest::prelude::*;

    fn search(gradient_norm: f64) -> Bfgs {
        Bfgs::new(StopRule { steps: 200, gradient_norm }).unwrap()
    }

    proptest! {
        /// A quadratic of `n` variables is solved whatever its condition, in few steps.
        #[test]
        fn a_quadratic_is_solved(
            entries in prop::collection::vec(-1.0f64..1.0, 16),
            scale in -6i32..=6,
            start in prop::array::uniform4(-3.0f64..3.0),
        ) {
            let root = DMatrix::from_row_slice(4, 4, &entries);
            let scale = 10f64.powi(scale);
            let f = Quadratic::new((&root * root.transpose() + DMatrix::identity(4, 4) * 0.1) * scale).unwrap();
            let found = search(1e-9 * scale).run(&f, &start).unwrap();
            prop_assert_eq!(found.end, End::Critical);
            prop_assert!(found.steps < 50, "{} steps", found.steps);
        }

        #[test]
        fn a_saddle_is_left_behind(x in -1.0f64..1.0, y in 1e-6f64..2.0) {
            let found = search(1e-9).run(&StrictSaddleQuartic, &[x, y]).unwrap();
            prop_assert_eq!(found.end, End::Critical);
            prop_assert!((found.point[1].abs() - 1.0).abs() < 1e-8);
        }
    }

    #[test]
    fn a_critical_start_stays() {
        let found = search(0.0).run(&StrictSaddleQuartic, &[0.0, 0.0]).unwrap();
        assert_eq!((found.steps, found.end), (0, End::Critical));
    }

    #[test]
    fn a_function_without_a_minimum_stalls_or_runs_out_of_steps() {
        let f = Quadratic::new(dmatrix![-1.0]).unwrap();
        let found = search(1e-9).run(&f, &[1.0]).unwrap();
        assert_eq!(found.end, End::Stalled);
    }

    #[test]
    fn bad_settings_are_refused() {
        for gradient_norm in [f64::NAN, -1.0] {
            assert!(Bfgs::new(StopRule { steps: 1, gradient_norm }).is_err());
        }
        assert!(search(1e-9).run(&StrictSaddleQuartic, &[f64::NAN, 0.0]).is_err());
    }
}
