//! A network with `2n + d` weights that fits any labels on `n` distinct points of dimension `d`.

use super::Scalar;

/// Why no memorizer is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemorizerError {
    /// No points.
    #[error("there is no point to memorize")]
    Empty,
    /// Points, labels or the direction do not match.
    #[error("{what}: {found} numbers where {expected} are needed")]
    Shape {
        /// What does not match.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// A coordinate or label is NaN or infinite.
    #[error("{0} contains a number that is not finite")]
    NotFinite(&'static str),
    /// Two points have the same projection, up to rounding.
    #[error(
        "points {0} and {1} have the same projection on the direction: no function of it can tell them apart"
    )]
    Coincident(usize, usize),
    /// The position of the knots in their gaps is not in `[0, 1)`.
    #[error("the knots must lie at a fraction θ ∈ [0, 1) of each gap")]
    Position,
}

/// One hidden ReLU layer that interpolates: `c(x) = Σⱼ wⱼ relu(a·x − bⱼ)`.
///
/// # Formula
/// Sort the projections `zᵢ = a·xᵢ`, put `b₁ < z₁` and `bᵢ₊₁ = zᵢ + θ(zᵢ₊₁ − zᵢ)`. The slope `sᵢ` after knot `i`
/// solves `y₁ = s₁(z₁ − b₁)` and `sᵢ₊₁ = (yᵢ₊₁ − yᵢ − θ gᵢ sᵢ) / ((1 − θ) gᵢ)` with gaps `gᵢ`; then
/// `wᵢ = sᵢ − sᵢ₋₁`. Errors are multiplied by `−θ/(1 − θ)` from gap to gap, whatever the spacing: stable for
/// `θ < ½`, exponential for `θ > ½`. At `θ = 0` the network is the piecewise linear interpolant.
///
/// # Reference
/// Zhang, Bengio, Hardt, Recht, Vinyals, Understanding deep learning requires rethinking generalization, ICLR 2017,
/// theorem 1. The recursion in `θ` is this project's.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::memorizer::Memorizer;
///
/// let points = [[0.0, 1.0], [2.0, 0.5], [1.0, 3.0]];
/// let memorizer = Memorizer::fit(&points.concat(), &[1.0, -1.0, 1.0], &[1.0, 1.0], 0.0)?;
/// assert_eq!(memorizer.parameters(), 2 * 3 + 2);
/// assert_eq!(memorizer.evaluate(&[2.0, 0.5])?, -1.0);
/// # Ok::<(), saddlepoint_theory::expressivity::memorizer::MemorizerError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Memorizer<T> {
    direction: Vec<T>,
    knots: Vec<T>,
    weights: Vec<T>,
}

impl<T: Scalar> Memorizer<T> {
    /// Fits labels on points in O(n log n + nd). The first knot lies one average gap before the first projection.
    ///
    /// # Shapes
    /// `points`: n × d, row after row; `labels`: n; `direction`: d. `position` is `θ`.
    ///
    /// # Errors
    /// When there is no point, a length does not match, a number is not finite, `θ` is not in `[0, 1)`, or two
    /// projections coincide in `T`.
    pub fn fit(points: &[T], labels: &[T], direction: &[T], position: T) -> Result<Self, MemorizerError> {
        let projections = project(points, labels.len(), direction)?;
        let count = projections.len();
        let order = |a: &&T, b: &&T| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
        let (low, high) = match (projections.iter().min_by(order), projections.iter().max_by(order)) {
            (Some(low), Some(high)) => (low.clone(), high.clone()),
            _ => return Err(MemorizerError::Empty),
        };
        let mean_gap = if count == 1 {
            T::integer(1)
        } else {
            (high - low.clone()) / T::integer(i32::try_from(count - 1).unwrap_or(i32::MAX))
        };
        Self::fit_projected(&projections, labels, direction, position, low - mean_gap)
    }

    /// As [`Memorizer::fit`], with the first knot given.
    ///
    /// # Errors
    /// As [`Memorizer::fit`]; a first knot that is not below all projections coincides with a point.
    pub fn fit_from(
        points: &[T],
        labels: &[T],
        direction: &[T],
        position: T,
        first_knot: T,
    ) -> Result<Self, MemorizerError> {
        let projections = project(points, labels.len(), direction)?;
        Self::fit_projected(&projections, labels, direction, position, first_knot)
    }

    fn fit_projected(
        projections: &[T],
        labels: &[T],
        direction: &[T],
        position: T,
        first_knot: T,
    ) -> Result<Self, MemorizerError> {
        if !(T::integer(0) <= position && position < T::integer(1)) {
            return Err(MemorizerError::Position);
        }
        for (what, numbers) in [("the projections", projections), ("the labels", labels)] {
            if !numbers.iter().all(T::is_number) {
                return Err(MemorizerError::NotFinite(what));
            }
        }
        let sorted = increasing(projections);
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            return Err(MemorizerError::Coincident(pair[0].1, pair[1].1));
        }
        let (fraction_before, fraction_after) = (position.clone(), T::integer(1) - position);
        let (first, index) = sorted.first().ok_or(MemorizerError::Empty)?;
        if first_knot >= *first {
            return Err(MemorizerError::Coincident(*index, *index));
        }
        let mut label = &labels[*index];
        let mut slope = label.clone() / (first.clone() - first_knot.clone());
        let (mut knots, mut weights) = (Vec::with_capacity(sorted.len()), Vec::with_capacity(sorted.len()));
        knots.push(first_knot);
        weights.push(slope.clone());
        for pair in sorted.windows(2) {
            let [(here, _), (there, index)] = pair else { continue };
            let gap = there.clone() - here.clone();
            let before = fraction_before.clone() * gap.clone();
            let rise = labels[*index].clone() - label.clone() - before.clone() * slope.clone();
            let next = rise / (fraction_after.clone() * gap);
            knots.push(here.clone() + before);
            weights.push(next.clone() - slope);
            (slope, label) = (next, &labels[*index]);
        }
        Ok(Self { direction: direction.to_vec(), knots, weights })
    }

    /// The network's output on one point of dimension d.
    ///
    /// # Errors
    /// When the point has another dimension.
    pub fn evaluate(&self, point: &[T]) -> Result<T, MemorizerError> {
        check("the point", point.len(), self.direction.len())?;
        let projection = dot(point, &self.direction);
        let units = self.knots.iter().zip(&self.weights);
        Ok(units.fold(T::integer(0), |sum, (knot, weight)| {
            sum + weight.clone() * (projection.clone() - knot.clone()).relu()
        }))
    }

    /// The network's outputs on many points, row after row, in O((m + n) log m): the points are met in the order of their
    /// projections, so that each knot is passed once. The same function as [`Memorizer::evaluate`], added up from left to right:
    /// the value at the last knot and a slope, instead of one term a knot.
    ///
    /// # Errors
    /// When the coordinates are no whole number of points, or one is not finite.
    pub fn evaluate_all(&self, points: &[T]) -> Result<Vec<T>, MemorizerError> {
        let dimension = self.direction.len();
        check("the points", points.len(), points.len() / dimension * dimension)?;
        let projections: Vec<T> =
            points.chunks_exact(dimension).map(|point| dot(point, &self.direction)).collect();
        if !projections.iter().all(T::is_number) {
            return Err(MemorizerError::NotFinite("the projections"));
        }
        let mut units = self.knots.iter().zip(&self.weights).peekable();
        let (mut value, mut slope) = (T::integer(0), T::integer(0));
        let mut last = self.knots[0].clone();
        let mut values = vec![T::integer(0); projections.len()];
        for (projection, i) in increasing(&projections) {
            while let Some((knot, weight)) = units.next_if(|(knot, _)| **knot <= projection) {
                value = value + slope.clone() * (knot.clone() - last);
                slope = slope + weight.clone();
                last = knot.clone();
            }
            values[i] = value.clone() + slope.clone() * (projection - last.clone());
        }
        Ok(values)
    }

    /// The number of adjustable numbers: `2n + d`.
    pub fn parameters(&self) -> usize {
        self.knots.len() + self.weights.len() + self.direction.len()
    }

    /// The output weights `w`, in the order of the knots.
    pub fn weights(&self) -> &[T] {
        &self.weights
    }

    /// The thresholds `b`, increasing.
    pub fn knots(&self) -> &[T] {
        &self.knots
    }
}

/// The numbers in increasing order, each with its index; equal ones in the order of the indices. Numbers and indices lie side by
/// side: where indices alone were sorted, each comparison read two places far apart, and a million points took several times as long.
fn increasing<T: Scalar>(numbers: &[T]) -> Vec<(T, usize)> {
    let mut sorted: Vec<(T, usize)> = numbers.iter().cloned().zip(0..).collect();
    sorted.sort_unstable_by(|a, b| {
        a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal).then(a.1.cmp(&b.1))
    });
    sorted
}

fn project<T: Scalar>(points: &[T], count: usize, direction: &[T]) -> Result<Vec<T>, MemorizerError> {
    if count == 0 || direction.is_empty() {
        return Err(MemorizerError::Empty);
    }
    check("the points", points.len(), count * direction.len())?;
    Ok(points.chunks_exact(direction.len()).map(|point| dot(point, direction)).collect())
}

fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).fold(T::integer(0), |sum, (a, b)| sum + a.clone() * b.clone())
}

fn check(what: &'static str, found: usize, expected: usize) -> Result<(), MemorizerError> {
    if found == expected { Ok(()) } else { Err(MemorizerError::Shape { what, found, expected }) }
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// On its points and anywhere else, also outside: the same function, exactly.
        #[test]
        fn all_at_once_is_one_by_one(
            points in prop::collection::btree_set(-999i32..999, 1..20), others in prop::collection::vec(-2000i32..2000, 0..20),
            theta in 0i32..9,
        ) {
            let number = BigRational::integer;
            let labels: Vec<BigRational> = points.iter().map(|p| number(p % 7)).collect();
            let points: Vec<BigRational> = points.into_iter().map(number).collect();
            let theta = number(theta) / number(9);
            let memorizer = Memorizer::fit(&points, &labels, &[number(-2)], theta).unwrap();
            prop_assert_eq!(memorizer.evaluate_all(&points).unwrap(), labels);
            let others: Vec<BigRational> = others.into_iter().map(number).collect();
            let single = |x: &BigRational| memorizer.evaluate(std::slice::from_ref(x)).unwrap();
            prop_assert_eq!(memorizer.evaluate_all(&others).unwrap(), others.iter().map(single).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_violated_hypothesis_is_named() {
        use MemorizerError::{Coincident, Empty, NotFinite, Position, Shape};
        let fit =
            |points: &[f64], labels: &[f64], theta| Memorizer::fit(points, labels, &[1.0], theta).unwrap_err();
        assert_eq!(fit(&[], &[], 0.0), Empty);
        assert_eq!(fit(&[1.0, 2.0], &[1.0], 0.0), Shape { what: "the points", found: 2, expected: 1 });
        assert_eq!(fit(&[f64::NAN, 2.0], &[1.0, 1.0], 0.0), NotFinite("the projections"));
        assert_eq!(fit(&[1.0, 2.0], &[1.0, f64::INFINITY], 0.0), NotFinite("the labels"));
        assert_eq!(fit(&[1.0, 2.0, 1.0], &[1.0; 3], 0.0), Coincident(0, 2));
        for theta in [1.0, -0.1, f64::NAN] {
            assert_eq!(fit(&[1.0], &[1.0], theta), Position);
        }
        let memorizer = Memorizer::fit(&[1.0], &[2.0], &[1.0], 0.5).unwrap();
        assert_eq!(memorizer.evaluate(&[1.0]), Ok(2.0));
        assert!(memorizer.evaluate(&[1.0, 2.0]).is_err());
        assert_eq!(memorizer.evaluate_all(&[f64::NAN]), Err(NotFinite("the projections")));
        let plane = Memorizer::fit(&[1.0, 0.0], &[2.0], &[1.0, 1.0], 0.5).unwrap();
        assert!(plane.evaluate_all(&[1.0, 2.0, 3.0]).is_err());
    }
}
