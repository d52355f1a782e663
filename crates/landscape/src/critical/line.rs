//! Every critical point of a function of one variable on an interval, by bisection.
//!
//! The sign of the slope and of the curvature is enclosed by interval arithmetic over a whole box of weights, so a
//! box without a critical point is discarded by proof and not by sampling, and a box in which the curvature has one
//! sign holds one critical point exactly if the slope changes sign between its ends. The count that comes out is
//! exact.

use saddlepoint_rigor::Interval;

use crate::formula::Formula;
use crate::scalar::Scalar;

/// A critical point alone in its bracket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Isolated {
    low: f64,
    high: f64,
    minimum: bool,
}

impl Isolated {
    /// Ends of the bracket, a few units in the last place apart where the slope is well conditioned.
    pub fn bracket(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The middle of the bracket.
    pub fn location(&self) -> f64 {
        self.low + 0.5 * (self.high - self.low)
    }

    /// Whether it is a minimum; otherwise it is a maximum, both nondegenerate.
    pub fn is_minimum(&self) -> bool {
        self.minimum
    }
}

/// All critical points in an interval, in increasing order, and what it took to find them.
#[derive(Debug, Clone, PartialEq)]
pub struct Isolation {
    points: Vec<Isolated>,
    boxes: usize,
}

impl Isolation {
    /// The critical points, in increasing order.
    pub fn points(&self) -> &[Isolated] {
        &self.points
    }

    /// Number of minima.
    pub fn minima(&self) -> usize {
        self.points.iter().filter(|point| point.minimum).count()
    }

    /// Number of maxima.
    pub fn maxima(&self) -> usize {
        self.points.len() - self.minima()
    }

    /// Number of boxes whose slope was enclosed.
    pub fn boxes(&self) -> usize {
        self.boxes
    }
}

/// Two critical points, or a degenerate one, that cannot be told apart in f64.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum IsolationError {
    /// The function has not one variable.
    #[error("a search along a line needs a function of one variable, not of {found}")]
    Variables {
        /// Its number of variables.
        found: usize,
    },
    /// The interval is not one of finite numbers.
    #[error("the search needs finite numbers low < high, not [{low}, {high}]")]
    Interval {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Slope and curvature both keep an undecided sign down to this box.
    #[error("in [{low:e}, {high:e}] neither slope nor curvature has a sign that f64 can decide")]
    Undecided {
        /// Lower end of the box.
        low: f64,
        /// Upper end of the box.
        high: f64,
    },
}

/// Boxes narrower than this, relative to their position, are given up as undecided: at that width an enclosure is
/// as wide from rounding as it is from the box.
const NARROWEST: f64 = 1e-13;

/// Finds every critical point of a function of one variable between two numbers and proves that there is no other.
///
/// Boxes of one sign whose ends differ in scale are split at their geometric mean.
///
/// # Errors
/// [`IsolationError::Undecided`] where a critical point is degenerate or nearly so, or lies on an end of the
/// interval.
pub fn isolate(f: &impl Formula, low: f64, high: f64) -> Result<Isolation, IsolationError> {
    if f.variables() != 1 {
        return Err(IsolationError::Variables { found: f.variables() });
    }
    if !(low.is_finite() && low < high && high.is_finite()) {
        return Err(IsolationError::Interval { low, high });
    }
    let zero = Interval::constant(0.0);
    let slope = |w| {
        let mut gradient = [zero];
        f.gradient_over(&[w], &mut gradient);
        sign(gradient[0])
    };
    let curvature = |w| {
        let mut hessian = [zero];
        f.hessian_over(&[w], &mut hessian);
        sign(hessian[0])
    };
    let sign_at = |w| slope(Interval::constant(w));
    let undecided = |low, high| IsolationError::Undecided { low, high };
    let left = sign_at(low).ok_or(undecided(low, low))?;
    let right = sign_at(high).ok_or(undecided(high, high))?;
    let (mut points, mut boxes) = (Vec::new(), 0);
    // A stack of boxes with the decided signs of the slope at their ends, the leftmost on top.
    let mut stack = vec![(low, left, high, right)];
    while let Some((low, left, high, right)) = stack.pop() {
        boxes += 1;
        let weights = Interval::new(low, high).map_err(|_| undecided(low, high))?;
        if slope(weights).is_some() {
            continue;
        }
        if let Some(curvature) = curvature(weights) {
            if left != right {
                let (low, high) = shrink(&sign_at, low, left, high);
                points.push(Isolated { low, high, minimum: curvature > 0.0 });
            }
            continue;
        }
        let (middle, sign) = split(&sign_at, low, high).ok_or(undecided(low, high))?;
        stack.push((middle, sign, high, right));
        stack.push((low, left, middle, sign));
    }
    Ok(Isolation { points, boxes })
}

/// `1` or `−1` where every number in the interval has that sign.
fn sign(interval: Interval) -> Option<f64> {
    if interval.low() > 0.0 {
        Some(1.0)
    } else if interval.high() < 0.0 {
        Some(-1.0)
    } else {
        None
    }
}

/// A point near the middle at which the sign of the slope is decided: a critical point on the border of two boxes would
/// never be settled in either.
fn split(sign_at: &impl Fn(f64) -> Option<f64>, low: f64, high: f64) -> Option<(f64, f64)> {
    if high - low < NARROWEST * low.abs().max(high.abs()) {
        return None;
    }
    // Whole orders of magnitude are covered in logarithms.
    let middle = |share: f64| match (low > 0.0 && high / low > 4.0, high < 0.0 && low / high > 4.0) {
        (true, _) => low * (high / low).powf(share),
        (_, true) => high * (low / high).powf(share),
        _ => low + share * (high - low),
    };
    [0.5, 0.47, 0.55, 0.41].into_iter().find_map(|share| {
        let middle = middle(share);
        let sign = sign_at(middle)?;
        (low < middle && middle < high).then_some((middle, sign))
    })
}

/// Bisects towards the one sign change between the ends until f64 cannot decide the sign any more.
fn shrink(sign_at: &impl Fn(f64) -> Option<f64>, low: f64, left: f64, high: f64) -> (f64, f64) {
    let (mut low, mut high) = (low, high);
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return (low, high);
        }
        match sign_at(middle) {
            Some(sign) if sign == left => low = middle,
            Some(_) => high = middle,
            None => return narrow(sign_at, low, left, high, middle),
        }
    }
}

/// Pulls each end towards a point of undecided sign, as near as its own sign stays decided.
fn narrow(sign_at: &impl Fn(f64) -> Option<f64>, low: f64, left: f64, high: f64, centre: f64) -> (f64, f64) {
    let pull = |end: f64, sign: f64| {
        let (mut decided, mut open) = (end, centre);
        loop {
            let middle = decided + 0.5 * (open - decided);
            if middle == decided || middle == open {
                return decided;
            }
            if sign_at(middle) == Some(sign) { decided = middle } else { open = middle }
        }
    };
    (pull(low, left), pull(high, -left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `f′(w) = Π (w − r)`: critical points where they were put. Its value is not asked for.
    struct Roots(Vec<f64>);

    impl Formula for Roots {
        fn variables(&self) -> usize {
            1
        }

        fn value_over<S: Scalar>(&self, _: &[S]) -> S {
            S::constant(f64::NAN)
        }

        fn gradient_over<S: Scalar>(&self, w: &[S], gradient: &mut [S]) {
            let factors = self.0.iter().map(|&root| w[0] - S::constant(root));
            gradient[0] = factors.fold(S::constant(1.0), |product, factor| product * factor);
        }

        fn hessian_over<S: Scalar>(&self, w: &[S], hessian: &mut [S]) {
            let factors: Vec<S> = self.0.iter().map(|&root| w[0] - S::constant(root)).collect();
            hessian[0] = (0..factors.len()).fold(S::constant(0.0), |sum, skip| {
                let rest = factors.iter().enumerate().filter(|(i, _)| *i != skip);
                sum + rest.fold(S::constant(1.0), |product, (_, factor)| product * *factor)
            });
        }
    }

    #[test]
    fn a_double_root_is_undecided() {
        assert!(matches!(isolate(&Roots(vec![1.0, 1.0]), 0.1, 10.0), Err(IsolationError::Undecided { .. })));
    }

    #[test]
    fn a_bad_interval_is_refused() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (1.0, f64::INFINITY), (f64::NAN, 1.0)] {
            assert!(matches!(isolate(&Roots(vec![]), low, high), Err(IsolationError::Interval { .. })));
        }
    }

    #[test]
    fn roots_of_both_signs_are_found() {
        let roots = [-300.0, -0.01, 0.0, 1e-3, 50.0];
        let found = isolate(&Roots(roots.to_vec()), -1e3, 1e4).unwrap();
        assert_eq!((found.minima(), found.maxima()), (3, 2));
        for (point, root) in found.points().iter().zip(roots) {
            let (low, high) = point.bracket();
            assert!(low <= root && root <= high && high - low < 1e-9, "{root}: [{low}, {high}]");
        }
    }

    proptest! {
        #[test]
        fn every_root_is_found_and_bracketed(gaps in prop::collection::vec(1.5f64..10.0, 1..5)) {
            let roots: Vec<f64> = gaps.iter().scan(1e-2, |w, gap| { *w *= gap; Some(*w) }).collect();
            let found = isolate(&Roots(roots.clone()), 1e-3, 1e3).unwrap();
            prop_assert_eq!(found.points().len(), roots.len());
            for (i, (point, root)) in found.points().iter().zip(&roots).enumerate() {
                let (low, high) = point.bracket();
                prop_assert!(low <= *root && *root <= high);
                prop_assert!(high / low - 1.0 < 1e-12);
                prop_assert_eq!(point.is_minimum(), (roots.len() - i) % 2 == 1);
            }
        }
    }
}
