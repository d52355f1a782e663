//! Quasi-Newton descent inside a box.

use std::collections::VecDeque;

use super::{Descent, DescentError, End, StopRule, all_finite, norm};
use crate::objective::{EvaluationError, Objective, check_point};

/// Limited-memory quasi-Newton descent with bounds on every variable.
///
/// # Formula
/// At $x$ the variables that sit at a bound and whose gradient pushes outward are held. On the others the direction $d$ is
/// that of L-BFGS, from the last pairs $s = x_{k+1} - x_k$, $y = \nabla f(x_{k+1}) - \nabla f(x_k)$ with $s\cdot y > 0$,
/// all restricted to these variables; the next iterate is the projection $P(x + t d)$ onto the box, with $t$ halved until
/// $$f(P(x + td)) \le f(x) + 10^{-4}\, \nabla f(x)\cdot(P(x + td) - x).$$
/// Where there are no pairs, $d$ is the negative gradient, so long that $t = 1$ takes the projection to the bound in every
/// variable that is not held: a linear function is minimized in one step.
///
/// The iterates stay in the box and their values never increase. As a local method it answers with a local minimum at best.
///
/// # Reference
/// Bertsekas, *Projected Newton methods for optimization problems with simple constraints*, SIAM J. Control Optim. 20 (1982),
/// for the set of held variables; Nocedal and Wright, *Numerical Optimization* (2006), algorithm 7.4, for the direction. It
/// solves the problems of L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995), which finds the held variables along the projected
/// gradient path instead.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::{BoxedLbfgs, StopRule};
///
/// let search = BoxedLbfgs::new(StopRule { steps: 50, gradient_norm: 1e-9 })?;
/// let found = search.run(&StrictSaddleQuartic, &[0.3, 0.1], &[-1.0, -0.5], &[1.0, 0.5])?;
/// assert_eq!(found.point[1], 0.5);
/// # Ok::<(), saddlepoint_landscape::descent::DescentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxedLbfgs {
    stop: StopRule,
}

/// Pairs remembered: the default of L-BFGS-B's authors and of SciPy.
const MEMORY: usize = 10;

/// Share of the linear decrease that a step must bring.
const DECREASE: f64 = 1e-4;

/// Halvings of a step.
const TRIALS: usize = 40;

impl BoxedLbfgs {
    /// A search that ends by a rule; the norm that the rule limits is that of the gradient without the held variables.
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

    /// Searches from `start` between the bounds `low` and `high`.
    ///
    /// # Errors
    /// When a vector has the wrong dimension or is not finite, or the start does not lie between the bounds.
    pub fn run(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        low: &[f64],
        high: &[f64],
    ) -> Result<Descent, DescentError> {
        let n = objective.dimension();
        for vector in [start, low, high] {
            check_point(n, vector)?;
        }
        if let Some(index) = (0..n).find(|&i| !(low[i] <= start[i] && start[i] <= high[i])) {
            return Err(DescentError::Outside { index });
        }
        let mut point = start.to_vec();
        let mut value = objective.value_unchecked(&point);
        if !value.is_finite() {
            return Err(EvaluationError::Overflow { what: "value" }.into());
        }
        let mut gradient = vec![0.0; n];
        objective.gradient_unchecked(&point, &mut gradient);
        let (mut next, mut next_gradient) = (vec![0.0; n], vec![0.0; n]);
        let mut pairs: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::with_capacity(MEMORY);
        let mut steps = 0;
        let end = loop {
            let free: Vec<f64> = (0..n)
                .map(|i| {
                    let held =
                        (point[i] <= low[i] && gradient[i] > 0.0) || (point[i] >= high[i] && gradient[i] < 0.0);
                    f64::from(u8::from(!held))
                })
                .collect();
            let projected: Vec<f64> = gradient.iter().zip(&free).map(|(g, free)| g * free).collect();
            if !all_finite(&gradient) {
                break End::Diverged;
            }
            if norm(&projected) <= self.stop.gradient_norm {
                break End::Critical;
            }
            if steps == self.stop.steps {
                break End::OutOfSteps;
            }
            let mut direction = quasi_newton(&projected, &free, &pairs);
            if pairs.is_empty() || dot(&direction, &projected) >= 0.0 {
                pairs.clear();
                direction = to_the_bounds(&point, &projected, low, high);
            }
            let accepted = (0..TRIALS).find_map(|halvings| {
                let t = 0.5f64.powi(halvings as i32);
                for i in 0..n {
                    next[i] = projection(point[i] + t * direction[i], low[i], high[i]);
                }
                let slope: f64 =
                    gradient.iter().zip(next.iter().zip(&point)).map(|(g, (b, a))| g * (b - a)).sum();
                let there = objective.value_unchecked(&next);
                (slope < 0.0 && there <= value + DECREASE * slope).then_some(there)
            });
            let Some(there) = accepted else { break End::Stalled };
            objective.gradient_unchecked(&next, &mut next_gradient);
            let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
            let (s, y) = (difference(&next, &point), difference(&next_gradient, &gradient));
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back((s, y));
            std::mem::swap(&mut point, &mut next);
            std::mem::swap(&mut gradient, &mut next_gradient);
            value = there;
            steps += 1;
        };
        Ok(Descent { gradient_norm: norm(&gradient), point, steps, end })
    }
}

/// The point of an interval that is nearest to `x`; a bound where it is within rounding of one, so that a variable that a step
/// was to take to its bound is held there.
fn projection(x: f64, low: f64, high: f64) -> f64 {
    let rounding = 4.0 * f64::EPSILON * low.abs().max(high.abs());
    if x - low <= rounding {
        low
    } else if high - x <= rounding {
        high
    } else {
        x
    }
}

/// The direction `−H g` of L-BFGS on the free variables, by the two loops.
fn quasi_newton(gradient: &[f64], free: &[f64], pairs: &VecDeque<(Vec<f64>, Vec<f64>)>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let inner =
        |a: &[f64], b: &[f64]| a.iter().zip(b).zip(free).map(|((a, b), free)| a * b * free).sum::<f64>();
    let mut weights = Vec::with_capacity(pairs.len());
    let mut scale = None;
    for (s, y) in pairs.iter().rev() {
        let product = inner(s, y);
        // A pair without positive curvature on these variables says nothing about a minimum.
        let weight = if product > 0.0 { inner(s, &direction) / product } else { 0.0 };
        if product > 0.0 {
            scale.get_or_insert(product / inner(y, y));
            add(&mut direction, -weight, y, free);
        }
        weights.push((product, weight));
    }
    let scale = scale.unwrap_or(0.0);
    for d in &mut direction {
        *d *= scale;
    }
    for ((s, y), (product, weight)) in pairs.iter().zip(weights.into_iter().rev()) {
        if product > 0.0 {
            let back = inner(y, &direction) / product;
            add(&mut direction, weight - back, s, free);
        }
    }
    direction
}

/// The negative gradient, as long as it takes to reach the bound in every variable whose derivative is not 0.
fn to_the_bounds(point: &[f64], gradient: &[f64], low: &[f64], high: &[f64]) -> Vec<f64> {
    let reach = |i: usize| match gradient[i] {
        g if g > 0.0 => (point[i] - low[i]) / g,
        g if g < 0.0 => (point[i] - high[i]) / g,
        _ => 0.0,
    };
    let longest = (0..point.len()).map(reach).fold(0.0, f64::max).min(f64::MAX / 4.0);
    gradient.iter().map(|g| (-longest * g).clamp(-f64::MAX, f64::MAX)).collect()
}

fn add(sum: &mut [f64], factor: f64, vector: &[f64], free: &[f64]) {
    sum.iter_mut().zip(vector).zip(free).for_each(|((sum, x), free)| *sum += factor * x * free);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    use super::*;
    use crate::analytic::Quadratic;

    fn search(steps: usize) -> BoxedLbfgs {
        BoxedLbfgs::new(StopRule { steps, gradient_norm: 1e-10 }).unwrap()
    }

    proptest! {
        /// At the minimum of a convex quadratic over a box, the gradient vanishes inside and points outward at the bounds.
        #[test]
        fn a_convex_quadratic_is_minimized_over_the_box(
            entries in prop::collection::vec(-1.0f64..1.0, 16),
            start in prop::array::uniform4(0.0f64..=1.0),
            corner in prop::array::uniform4(-1.0f64..1.0),
        ) {
            let root = DMatrix::from_row_slice(4, 4, &entries);
            let f = Quadratic::new(&root * root.transpose() + DMatrix::identity(4, 4) * 0.1).unwrap();
            let high: Vec<f64> = corner.iter().map(|c| c + 1.0).collect();
            let inside: Vec<f64> = corner.iter().zip(start).map(|(c, s)| c + s).collect();
            let found = search(500).run(&f, &inside, &corner, &high).unwrap();
            let gradient = f.gradient(&found.point).unwrap();
            for i in 0..4 {
                prop_assert!((corner[i]..=high[i]).contains(&found.point[i]));
                let (at_low, at_high) = (found.point[i] == corner[i], found.point[i] == high[i]);
                prop_assert!(
                    (at_low && gradient[i] >= 0.0) || (at_high && gradient[i] <= 0.0) || gradient[i].abs() < 1e-6,
                    "{found:?} {gradient}"
                );
            }
        }
    }

    /// A step that ends one rounding short of a bound ends there: found by chance among convex quadratics, where the search
    /// stalled a rounding away from a corner that was the minimum.
    #[test]
    fn a_bound_is_reached_in_spite_of_rounding() {
        let (low, high) = (-0.259_549_304_977_952_2, 0.740_450_695_022_047_8);
        assert_eq!(projection(high - f64::EPSILON / 2.0, low, high), high);
        assert_eq!(projection(low + f64::EPSILON / 4.0, low, high), low);
        assert_eq!(projection(0.5, low, high), 0.5);
        assert_eq!((projection(2.0, low, high), projection(-2.0, low, high)), (high, low));
        assert_eq!(projection(0.3, 0.25, 0.25), 0.25);
    }

    #[test]
    fn a_concave_function_ends_in_a_corner() {
        let f = Quadratic::new(-DMatrix::identity(3, 3)).unwrap();
        let found = search(50).run(&f, &[0.1, -0.2, 0.0], &[-1.0; 3], &[1.0; 3]).unwrap();
        assert_eq!(found.point[..2], [1.0, -1.0]);
        assert_eq!(
            f.value(&found.point).unwrap(),
            -0.5 * DVector::from_vec(found.point.clone()).norm_squared()
        );
    }

    #[test]
    fn bad_settings_are_refused() {
        let f = Quadratic::new(DMatrix::identity(1, 1)).unwrap();
        assert!(BoxedLbfgs::new(StopRule { steps: 1, gradient_norm: f64::NAN }).is_err());
        assert!(matches!(search(1).run(&f, &[2.0], &[0.0], &[1.0]), Err(DescentError::Outside { index: 0 })));
        assert!(search(1).run(&f, &[f64::NAN], &[0.0], &[1.0]).is_err());
        assert!(search(1).run(&f, &[0.5], &[0.0], &[f64::INFINITY]).is_err());
        assert!(search(1).run(&f, &[0.5], &[0.0, 0.0], &[1.0]).is_err());
    }
}
