//! Continuous piecewise linear functions of one variable, exactly: what a ReLU network with one input computes.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::Scalar;

/// Why knots and values are no piecewise linear function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PiecewiseLinearError {
    /// Fewer than two knots span no interval.
    #[error("{0} knots: at least two are needed")]
    TooFewKnots(usize),
    /// A knot without a value or a value without a knot.
    #[error("{knots} knots, but {values} values")]
    Lengths {
        /// The number of knots.
        knots: usize,
        /// The number of values.
        values: usize,
    },
    /// Knots that do not increase.
    #[error("knot {0} is not greater than the knot before it")]
    Order(usize),
    /// Functions on different intervals.
    #[error("the functions are defined on different intervals")]
    Domains,
}

/// A continuous piecewise linear function on a closed interval, by its knots and its values there. Arithmetic is
/// exact; knots where the slope does not change are dropped.
///
/// # Example
/// ```
/// use num_rational::BigRational;
/// use saddlepoint_theory::expressivity::{Scalar, piecewise_linear::PiecewiseLinear};
///
/// let [zero, one] = [0, 1].map(BigRational::integer);
/// let identity = PiecewiseLinear::identity(zero, one)?;
/// // relu(2x − 1) has a kink at ½.
/// let kinked = identity.affine(&BigRational::integer(2), &BigRational::integer(-1)).relu();
/// assert_eq!(kinked.pieces(), 2);
/// # Ok::<(), saddlepoint_theory::expressivity::piecewise_linear::PiecewiseLinearError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PiecewiseLinear {
    knots: Vec<BigRational>,
    values: Vec<BigRational>,
}

impl PiecewiseLinear {
    /// The interpolant of values at increasing knots.
    ///
    /// # Errors
    /// When there are fewer than two knots, when their number is not that of the values, or when they do not
    /// increase.
    pub fn interpolate(
        knots: Vec<BigRational>,
        values: Vec<BigRational>,
    ) -> Result<Self, PiecewiseLinearError> {
        if knots.len() != values.len() {
            return Err(PiecewiseLinearError::Lengths { knots: knots.len(), values: values.len() });
        }
        if knots.len() < 2 {
            return Err(PiecewiseLinearError::TooFewKnots(knots.len()));
        }
        if let Some(i) = knots.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(PiecewiseLinearError::Order(i + 1));
        }
        Ok(Self { knots, values }.simplified())
    }

    /// `x ↦ x` on `[low, high]`.
    ///
    /// # Errors
    /// When `low ≥ high`.
    pub fn identity(low: BigRational, high: BigRational) -> Result<Self, PiecewiseLinearError> {
        Self::interpolate(vec![low.clone(), high.clone()], vec![low, high])
    }

    /// The number of maximal affine pieces.
    pub fn pieces(&self) -> usize {
        self.knots.len() - 1
    }

    /// Knots and values, from left to right.
    pub fn knots(&self) -> impl ExactSizeIterator<Item = (&BigRational, &BigRational)> {
        self.knots.iter().zip(&self.values)
    }

    /// The number of strict local maxima inside the interval.
    pub fn peaks(&self) -> usize {
        self.values.windows(3).filter(|v| v[0] < v[1] && v[1] > v[2]).count()
    }

    /// The number of points at which the function changes from below `level` to above it or back.
    pub fn crossings(&self, level: &BigRational) -> usize {
        let sides: Vec<bool> = self.values.iter().filter(|v| *v != level).map(|v| v > level).collect();
        sides.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// The value at `x`, or `None` outside the interval.
    pub fn at(&self, x: &BigRational) -> Option<BigRational> {
        let right = self.knots.partition_point(|knot| knot < x);
        if right == 0 {
            return (self.knots[0] == *x).then(|| self.values[0].clone());
        }
        (right < self.knots.len()).then(|| self.on_piece(right - 1, x))
    }

    /// `scale · f + shift`.
    #[must_use]
    pub fn affine(&self, scale: &BigRational, shift: &BigRational) -> Self {
        let values = self.values.iter().map(|v| scale * v + shift).collect();
        Self { knots: self.knots.clone(), values }.simplified()
    }

    /// `max(0, f)`: a new knot wherever a piece crosses zero.
    #[must_use]
    pub fn relu(&self) -> Self {
        let zero = BigRational::integer(0);
        let (mut knots, mut values) = (Vec::new(), Vec::new());
        for i in 0..self.knots.len() {
            if i > 0 && (self.values[i - 1] < zero) != (self.values[i] < zero) {
                let (a, b) = (&self.values[i - 1], &self.values[i]);
                let at = &self.knots[i - 1] + (&self.knots[i] - &self.knots[i - 1]) * a / (a - b);
                // A value that is itself zero is a knot already.
                if at != self.knots[i - 1] && at != self.knots[i] {
                    knots.push(at);
                    values.push(zero.clone());
                }
            }
            knots.push(self.knots[i].clone());
            values.push(self.values[i].clone().relu());
        }
        Self { knots, values }.simplified()
    }

    /// `|f|`.
    #[must_use]
    pub fn absolute(&self) -> Self {
        let (positive, negative) = (self.relu(), self.negated().relu());
        // Only one of the two is not 0 anywhere, so that all knots of either are knots of the sum.
        positive.minus(&negative.negated()).unwrap_or(positive)
    }

    /// The function on a part of its interval.
    ///
    /// # Errors
    /// When `low ≥ high`, or one of them is outside of the interval.
    pub fn restricted(&self, low: &BigRational, high: &BigRational) -> Result<Self, PiecewiseLinearError> {
        let (Some(first), Some(last)) = (self.at(low), self.at(high)) else {
            return Err(PiecewiseLinearError::Domains);
        };
        let inner = self.knots().filter(|(x, _)| *x > low && *x < high).map(|(x, y)| (x.clone(), y.clone()));
        let pairs = [(low.clone(), first)].into_iter().chain(inner).chain([(high.clone(), last)]);
        let (knots, values) = pairs.unzip();
        Self::interpolate(knots, values)
    }

    /// The least and the largest value.
    pub fn range(&self) -> (&BigRational, &BigRational) {
        let first = &self.values[0];
        self.values.iter().fold((first, first), |(low, high), value| (low.min(value), high.max(value)))
    }

    /// `∫ |f − g|` over the interval.
    ///
    /// # Errors
    /// When the functions are defined on different intervals.
    pub fn l1_distance(&self, other: &Self) -> Result<BigRational, PiecewiseLinearError> {
        Ok(self.minus(other)?.absolute().integral())
    }

    /// `f − g`.
    ///
    /// # Errors
    /// When the functions are defined on different intervals.
    pub fn minus(&self, other: &Self) -> Result<Self, PiecewiseLinearError> {
        let mut knots: Vec<BigRational> = self.knots.iter().chain(&other.knots).cloned().collect();
        knots.sort();
        knots.dedup();
        let values = knots.iter().map(|x| Some(self.at(x)? - other.at(x)?)).collect::<Option<_>>();
        let values = values.ok_or(PiecewiseLinearError::Domains)?;
        Ok(Self { knots, values }.simplified())
    }

    /// `∫ f` over the interval.
    pub fn integral(&self) -> BigRational {
        let half = BigRational::new(BigInt::from(1), BigInt::from(2));
        (1..self.knots.len()).fold(BigRational::integer(0), |sum, i| {
            sum + (&self.values[i] + &self.values[i - 1]) * (&self.knots[i] - &self.knots[i - 1]) * &half
        })
    }

    fn negated(&self) -> Self {
        Self { knots: self.knots.clone(), values: self.values.iter().map(|v| -v).collect() }
    }

    fn on_piece(&self, i: usize, x: &BigRational) -> BigRational {
        &self.values[i] + self.slope(i) * (x - &self.knots[i])
    }

    fn slope(&self, i: usize) -> BigRational {
        (&self.values[i + 1] - &self.values[i]) / (&self.knots[i + 1] - &self.knots[i])
    }

    fn simplified(self) -> Self {
        let slopes: Vec<BigRational> = (0..self.knots.len() - 1).map(|i| self.slope(i)).collect();
        let keep = |i: usize| i == 0 || i == slopes.len() || slopes[i - 1] != slopes[i];
        let (knots, values) = self
            .knots
            .into_iter()
            .zip(self.values)
            .enumerate()
            .filter_map(|(i, pair)| keep(i).then_some(pair))
            .unzip();
        Self { knots, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(n: i32, d: i32) -> BigRational {
        BigRational::new(n.into(), d.into())
    }

    fn integers(values: &[i32]) -> Vec<BigRational> {
        values.iter().map(|&v| rational(v, 1)).collect()
    }

    #[test]
    fn redundant_knots_are_dropped() {
        let f = PiecewiseLinear::interpolate(integers(&[0, 1, 2, 3]), integers(&[0, 2, 4, 0])).unwrap();
        assert_eq!((f.pieces(), f.peaks(), f.crossings(&rational(1, 1))), (2, 1, 2));
        assert_eq!(f.at(&rational(5, 2)), Some(rational(2, 1)));
        assert_eq!((f.at(&rational(-1, 1)), f.at(&rational(4, 1))), (None, None));
        assert_eq!(f.integral(), rational(6, 1));
    }

    #[test]
    fn a_crossing_may_touch_a_knot() {
        let f = PiecewiseLinear::interpolate(integers(&[0, 1, 2, 3]), integers(&[-1, 0, 3, 0])).unwrap();
        let zero = rational(0, 1);
        assert_eq!((f.crossings(&zero), f.relu().pieces()), (1, 3));
        let g = PiecewiseLinear::interpolate(integers(&[0, 3]), integers(&[-1, 2])).unwrap().relu();
        assert_eq!((g.pieces(), g.at(&rational(1, 1))), (2, Some(zero)));
    }

    #[test]
    fn absolute_values_and_parts() {
        let f = PiecewiseLinear::interpolate(integers(&[0, 2, 4]), integers(&[-2, 2, -2])).unwrap();
        let absolute = f.absolute();
        assert_eq!((absolute.pieces(), absolute.integral()), (4, rational(4, 1)));
        assert_eq!((f.absolute().absolute(), f.range()), (absolute, (&rational(-2, 1), &rational(2, 1))));
        let part = f.restricted(&rational(1, 2), &rational(3, 1)).unwrap();
        // Up from −1 at ½ over 0 at 1 to 2 at 2, and down to 0 at 3.
        assert_eq!((part.pieces(), part.integral()), (2, rational(-1, 4) + rational(2, 1)));
        assert!(f.restricted(&rational(3, 1), &rational(5, 1)).is_err());
        assert_eq!(f.l1_distance(&f).unwrap(), rational(0, 1));
    }

    #[test]
    fn what_is_no_function_is_refused() {
        use PiecewiseLinearError::{Domains, Lengths, Order, TooFewKnots};
        let error = |knots: &[i32], values: &[i32]| {
            PiecewiseLinear::interpolate(integers(knots), integers(values)).unwrap_err()
        };
        assert_eq!(error(&[0], &[0]), TooFewKnots(1));
        assert_eq!(error(&[0, 1], &[0]), Lengths { knots: 2, values: 1 });
        assert_eq!(error(&[0, 1, 1], &[0, 1, 2]), Order(2));
        let identity = |high| PiecewiseLinear::identity(rational(0, 1), rational(high, 1)).unwrap();
        assert_eq!(identity(1).minus(&identity(2)).unwrap_err(), Domains);
    }
}
