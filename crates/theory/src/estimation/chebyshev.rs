//! Polynomials fitted by least squares, in the basis of Chebyshev.

use nalgebra::{DMatrix, DVector};

use super::least_squares::{LeastSquares, LeastSquaresError};

/// `T₀(x), …, T_p(x)`: Chebyshev's polynomials of the first kind.
///
/// # Formula
/// $T_k(\cos\vartheta) = \cos k\vartheta$, by $T_{k+1} = 2xT_k - T_{k-1}$.
///
/// # Example
/// ```
/// use saddlepoint_theory::estimation::chebyshev::polynomials;
///
/// assert_eq!(polynomials(0.5, 3).collect::<Vec<_>>(), [1.0, 0.5, -0.5, -1.0]);
/// ```
pub fn polynomials(x: f64, degree: usize) -> impl Iterator<Item = f64> {
    let mut state = (x, 1.0);
    (0..=degree).map(move |_| {
        let value = state.1;
        state = (value, 2.0 * x * value - state.0);
        value
    })
}

/// The polynomial of a degree that is nearest to points in the sum of squares.
///
/// On an interval the basis keeps least squares well conditioned as long as points are dense between its ends: monomials
/// would lose all digits from degree 15 or so. Between points that are few for the degree the polynomial still oscillates
/// without bound: that is no matter of rounding.
///
/// # Example
/// ```
/// use saddlepoint_theory::estimation::chebyshev::Polynomial;
///
/// let points: Vec<(f64, f64)> = [0.0, 1.0, 2.0, 3.0, 4.0].map(|x| (x, x * x)).to_vec();
/// let parabola = Polynomial::fit(&points, (0.0, 4.0), 2)?;
/// assert!((parabola.value(2.5) - 6.25).abs() < 1e-13);
/// # Ok::<(), saddlepoint_theory::estimation::least_squares::LeastSquaresError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    interval: (f64, f64),
    coefficients: DVector<f64>,
}

impl Polynomial {
    /// Fits pairs of abscissa and ordinate by QR; the basis belongs to an interval around the abscissas.
    ///
    /// # Errors
    /// As [`LeastSquares::new`]: fewer points than coefficients, points that do not determine them, numbers that are not
    /// finite, an interval without length.
    pub fn fit(points: &[(f64, f64)], interval: (f64, f64), degree: usize) -> Result<Self, LeastSquaresError> {
        let (samples, coefficients) = (points.len(), degree.saturating_add(1));
        if samples < coefficients {
            return Err(LeastSquaresError::Underdetermined { samples, coefficients });
        }
        let rows = points.iter().flat_map(|&(x, _)| polynomials(onto_unit(x, interval), degree));
        let features = DMatrix::from_row_iterator(samples, coefficients, rows);
        let labels = DVector::from_iterator(samples, points.iter().map(|&(_, y)| y));
        let problem = LeastSquares::new(&features, &labels)?;
        Ok(Self { interval, coefficients: problem.minimizer().clone() })
    }

    /// The value at `x`.
    pub fn value(&self, x: f64) -> f64 {
        let basis = polynomials(onto_unit(x, self.interval), self.coefficients.len() - 1);
        self.coefficients.iter().zip(basis).map(|(c, t)| c * t).sum()
    }
}

/// The affine map of an interval onto `[−1, 1]`.
fn onto_unit(x: f64, (low, high): (f64, f64)) -> f64 {
    (x - f64::midpoint(low, high)) / (0.5 * (high - low))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn polynomials_are_cosines() {
        for i in 0..=20 {
            let angle = 0.1 + 0.14 * f64::from(i);
            for (k, value) in polynomials(angle.cos(), 30).enumerate() {
                assert!((value - (k as f64 * angle).cos()).abs() < 1e-12, "T_{k}(cos {angle})");
            }
        }
    }

    #[test]
    fn what_is_not_determined_is_refused() {
        let points = [(0.0, 1.0), (0.0, 2.0), (1.0, 0.0)];
        assert!(Polynomial::fit(&points, (-1.0, 1.0), 1).is_ok());
        assert!(matches!(Polynomial::fit(&points, (-1.0, 1.0), 2), Err(LeastSquaresError::Dependent { .. })));
        assert!(Polynomial::fit(&points, (-1.0, 1.0), usize::MAX).is_err());
        assert!(Polynomial::fit(&points, (1.0, 1.0), 1).is_err());
        assert!(Polynomial::fit(&[], (0.0, 1.0), 0).is_err());
    }

    proptest! {
        #[test]
        fn any_bits_are_fitted_or_refused(bits in prop::collection::vec(any::<u64>(), 10)) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let points: Vec<(f64, f64)> = numbers[..8].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            if let Ok(fit) = Polynomial::fit(&points, (numbers[8], numbers[9]), 2) {
                let _ = fit.value(numbers[0]);
            }
        }
    }
}
