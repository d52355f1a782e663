//! Sums, differences, products and multiples of matrices of intervals.

use std::ops::Neg;

use super::{IntervalMatrix, MatrixError, require_room};
use crate::norm::power_of_two_factors;
use crate::product::{Error, nearest};
use crate::rounding::{Down, Rounding, Up};

impl IntervalMatrix {
    /// `A + B`.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn plus(&self, other: &Self) -> Result<Self, MatrixError> {
        if self.shape() != other.shape() {
            return Err(self.misfit("sum", other));
        }
        let left = self.midpoints.iter().zip(&self.radii);
        let right = other.midpoints.iter().zip(&other.radii);
        let entries = left.zip(right).map(|((&m, &r), (&n, &s))| {
            // Rounded to nearest, a sum is at most half the gap between its neighbours from the truth.
            let rounding = 0.5 * Up::sub(Up::add(m, n), Down::add(m, n));
            (m + n, Up::add(Up::add(r, s), rounding))
        });
        Ok(Self::collect(self.rows, self.columns, entries))
    }

    /// `A − B`.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn minus(&self, other: &Self) -> Result<Self, MatrixError> {
        if self.shape() != other.shape() {
            return Err(self.misfit("difference", other));
        }
        self.plus(&-other)
    }

    /// `A B`.
    ///
    /// # Formula
    /// Midpoint `fl(mA mB)`, radius `|mA| (rB + γ|mB|) + rA (|mB| + rB)`, rounded up, with the `γ` of as many roundings as
    /// a term of the product meets. Exact matrices cost two plain products, others three.
    ///
    /// # Errors
    /// When `A` has not as many columns as `B` has rows, or the product has more than 2²⁸ entries.
    pub fn times(&self, other: &Self) -> Result<Self, MatrixError> {
        if self.columns != other.rows {
            return Err(self.misfit("product", other));
        }
        let (inner, columns) = (self.columns, other.columns);
        require_room(self.rows, columns)?;
        let error = Error::of(inner);
        let absolute = |m: &[f64]| m.iter().map(|m| m.abs()).collect::<Vec<_>>();
        let right = other.midpoints.iter().zip(&other.radii);
        let of_right: Vec<f64> =
            right.clone().map(|(m, &r)| Up::add(Up::mul(error.gamma, m.abs()), r)).collect();
        let mut radii = nearest(&absolute(&self.midpoints), &of_right, inner, columns);
        if self.radii.iter().any(|&r| r > 0.0) {
            let all_of_right: Vec<f64> = right.map(|(m, &r)| Up::add(m.abs(), r)).collect();
            let of_left = nearest(&self.radii, &all_of_right, inner, columns);
            radii.iter_mut().zip(of_left).for_each(|(r, left)| *r = Up::add(*r, left));
        }
        let midpoints = nearest(&self.midpoints, &other.midpoints, inner, columns);
        let entries = midpoints.into_iter().zip(radii).map(|(m, r)| (m, error.inflate(r)));
        Ok(Self::collect(self.rows, columns, entries))
    }

    /// `A diag(d)`.
    ///
    /// # Errors
    /// When there are not as many numbers as columns, or when one is not finite.
    pub fn scale_columns(&self, d: &[f64]) -> Result<Self, MatrixError> {
        if d.len() != self.columns {
            return Err(MatrixError::Shapes {
                operation: "product with a diagonal",
                left: self.shape(),
                right: (d.len(), d.len()),
            });
        }
        if let Some(i) = d.iter().position(|d| !d.is_finite()) {
            return Err(MatrixError::NotFinite { row: i, column: i, value: d[i] });
        }
        let entries = self.midpoints.iter().zip(&self.radii).zip(d.iter().cycle()).map(|((&m, &r), &d)| {
            let rounding = Up::sub(Up::mul(m, d), Down::mul(m, d));
            (m * d, Up::add(Up::mul(r, d.abs()), rounding))
        });
        Ok(Self::collect(self.rows, self.columns, entries))
    }

    /// `2ᵉ A`: exact but for what underflows or overflows.
    #[must_use]
    pub fn scaled_by_power_of_two(&self, e: i32) -> Self {
        let factors = power_of_two_factors(e);
        let entries = self.midpoints.iter().zip(&self.radii).map(|(&m, &r)| {
            let scaled = m * factors[0] * factors[1];
            // A normal number is scaled exactly; two roundings below are each at most the smallest float.
            let lost = if m == 0.0 || scaled.abs() > f64::MIN_POSITIVE { 0.0 } else { 1e-323 };
            (scaled, Up::add(Up::mul(Up::mul(r, factors[0]), factors[1]), lost))
        });
        Self::collect(self.rows, self.columns, entries)
    }

    /// A matrix from computed entries: what overflowed is all of the line.
    fn collect(rows: usize, columns: usize, entries: impl Iterator<Item = (f64, f64)>) -> Self {
        let whole =
            |(m, r): (f64, f64)| if m.is_finite() && !r.is_nan() { (m, r) } else { (0.0, f64::INFINITY) };
        let (midpoints, radii) = entries.map(whole).unzip();
        Self { rows, columns, midpoints, radii }
    }

    fn misfit(&self, operation: &'static str, other: &Self) -> MatrixError {
        MatrixError::Shapes { operation, left: self.shape(), right: other.shape() }
    }
}

impl Neg for &IntervalMatrix {
    type Output = IntervalMatrix;

    fn neg(self) -> IntervalMatrix {
        let midpoints = self.midpoints.iter().map(|m| -m).collect();
        IntervalMatrix { midpoints, ..self.clone() }
    }
}
