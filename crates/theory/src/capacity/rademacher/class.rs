//! Classes of functions, by what they do on a sample.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up, euclidean_norm};

use super::RademacherError;

/// A class of functions on `n` points: finite, or linear with weights in a ball.
///
/// What a class does to signs `σ` is the supremum over it of `Σ σᵢ f(xᵢ)`: a norm, or a maximum, of the signed sums of
/// its values. Numbers may be intervals; results enclose those of all real numbers inside.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::capacity::rademacher::Class;
///
/// let points = IntervalMatrix::from_rows(2, 2, vec![3.0, 4.0, 3.0, 4.0])?;
/// let linear = Class::euclidean_ball(&points, 1.0)?;
/// // ‖σ₁x + σ₂x‖ is 10 or 0.
/// assert!(linear.exact()?.contains(2.5) && linear.bounds().contains(2.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Row `i` has the values of all functions at point `i`, divided by `2ᵉ` so that the largest lies between 1 and 2.
    pub(super) values: IntervalMatrix,
    exponent: i32,
    radius: f64,
    pub(super) supremum: Supremum,
}

/// The supremum over a class, as a function of the signed sums of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supremum {
    /// Over finitely many functions.
    Maximum,
    /// Over finitely many functions and their negatives, or the weights of an ℓ₁ ball.
    LargestMagnitude,
    /// Over the weights of a Euclidean ball.
    Norm,
}

impl Class {
    /// Finitely many functions: one row each, one column for each point.
    pub fn finite(values: &IntervalMatrix) -> Self {
        Self::new(&values.transpose(), 1.0, Supremum::Maximum)
    }

    /// The same with the absolute value in the supremum: what the functions and their negatives have without it.
    pub fn finite_absolute(values: &IntervalMatrix) -> Self {
        Self::new(&values.transpose(), 1.0, Supremum::LargestMagnitude)
    }

    /// The functions `x ↦ w·x` with `‖w‖₂ ≤ B`, on one point a row.
    ///
    /// # Errors
    /// When the radius is negative or not finite.
    pub fn euclidean_ball(points: &IntervalMatrix, radius: f64) -> Result<Self, RademacherError> {
        Ok(Self::new(points, valid(radius)?, Supremum::Norm))
    }

    /// The functions `x ↦ w·x` with `‖w‖₁ ≤ B`, on one point a row.
    ///
    /// # Errors
    /// When the radius is negative or not finite.
    pub fn l1_ball(points: &IntervalMatrix, radius: f64) -> Result<Self, RademacherError> {
        Ok(Self::new(points, valid(radius)?, Supremum::LargestMagnitude))
    }

    /// The number of points.
    pub fn points(&self) -> usize {
        self.values.shape().0
    }

    fn new(points: &IntervalMatrix, radius: f64, supremum: Supremum) -> Self {
        let exponent = points.exponent();
        Self { values: points.scaled_by_power_of_two(-exponent), exponent, radius, supremum }
    }

    /// The complexity whose supremum of scaled sums lies between these bounds in the mean; it is never negative.
    pub(super) fn complexity(&self, low: f64, high: f64) -> Interval {
        let n = self.points() as f64;
        let bound =
            |x: f64, [product, quotient]: [fn(f64, f64) -> f64; 2]| quotient(product(x, self.radius), n);
        let low = bound(low.max(0.0), [Down::mul, Down::div]);
        let high = if self.radius == 0.0 { 0.0 } else { bound(high, [Up::mul, Up::div]) };
        Interval::between(low, high).scaled_by_power_of_two(self.exponent)
    }

    /// How far the supremum of sums to nearest, of which each term meets so many roundings, may be from that of the
    /// exact sums of any numbers inside the intervals.
    pub(super) fn deviation(&self, roundings: usize) -> f64 {
        let share = roundings as f64 * (f64::EPSILON / 2.0);
        let gamma = Up::div(share, Down::sub(1.0, share));
        let mut errors = vec![0.0; self.values.shape().1];
        let entries = self.values.midpoints().iter().zip(self.values.radii());
        for (i, (m, &r)) in entries.enumerate() {
            let column = i % self.values.shape().1;
            errors[column] = Up::add(errors[column], Up::add(r, Up::mul(gamma, m.abs())));
        }
        self.supremum.magnitude::<Up>(errors.into_iter())
    }
}

fn valid(radius: f64) -> Result<f64, RademacherError> {
    if radius >= 0.0 && radius.is_finite() { Ok(radius + 0.0) } else { Err(RademacherError::Radius(radius)) }
}

impl Supremum {
    /// Bounds of the mean of the suprema for `σ` and `−σ`, which have the same law; this mean is an even function.
    pub(super) fn of(self, sums: &[f64]) -> [f64; 2] {
        match self {
            Supremum::Maximum => {
                let (least, most) = sums
                    .iter()
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &s| (s.min(least), s.max(most)));
                [0.5 * Down::sub(most, least), 0.5 * Up::sub(most, least)]
            }
            Supremum::LargestMagnitude => [sums.iter().fold(0.0, |most: f64, s| most.max(s.abs())); 2],
            Supremum::Norm => norm(sums),
        }
    }

    /// The largest supremum for values of these magnitudes.
    pub(super) fn magnitude<R: Rounding>(self, magnitudes: impl Iterator<Item = f64> + Clone) -> f64 {
        match self {
            Supremum::Norm => euclidean_norm::<R>(magnitudes),
            Supremum::Maximum | Supremum::LargestMagnitude => magnitudes.fold(0.0, f64::max),
        }
    }
}

/// Bounds of the Euclidean norm, by a proven error where nothing can underflow: each of `k` squares meets at most
/// `k + 1` roundings, which the root halves, and the root and the last products a few more.
fn norm(sums: &[f64]) -> [f64; 2] {
    const LANES: usize = 8;
    let mut lanes = [0.0f64; LANES];
    let (chunks, rest) = sums.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x * x;
        }
    }
    let squares: f64 = lanes.iter().sum::<f64>() + rest.iter().map(|x| x * x).sum::<f64>();
    if (1e-200..1e200).contains(&squares) {
        let error = (sums.len() + 8) as f64 * f64::EPSILON;
        return [squares.sqrt() * (1.0 - error), squares.sqrt() * (1.0 + error)];
    }
    [euclidean_norm::<Down>(sums.iter().copied()), euclidean_norm::<Up>(sums.iter().copied())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_fast_norm_contains_the_directed_one(values in prop::collection::vec(-1e3..1e3f64, 1..200), e in -300i32..300) {
            let scaled: Vec<f64> = values.iter().map(|x| x * f64::from(e).exp2()).collect();
            let [low, high] = norm(&scaled);
            let directed = [euclidean_norm::<Down>(scaled.iter().copied()), euclidean_norm::<Up>(scaled.iter().copied())];
            prop_assert!(low <= directed[1] && directed[0] <= high && high <= low * (1.0 + 1e-12));
        }

        #[test]
        fn any_bits_are_a_radius_or_refused(bits in any::<u64>()) {
            let radius = f64::from_bits(bits);
            let points = IntervalMatrix::from_rows(2, 1, vec![1.0, -2.0]).unwrap();
            match Class::l1_ball(&points, radius) {
                Ok(class) => {
                    let exact = class.exact().unwrap();
                    prop_assert!(exact.low() >= 0.0 && exact.high() >= radius * (1.0 - 1e-15));
                }
                Err(error) => prop_assert!(!(0.0..=f64::MAX).contains(&radius), "{error}"),
            }
        }
    }
}
