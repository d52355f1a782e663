//! How far from convex a function is at a point.

use crate::operator::SymmetricOperator;
use crate::spectrum::SpectrumError;
use crate::spectrum::lanczos::{End, Lanczos};

/// Both ends of a Hessian's spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// The smallest eigenvalue.
    pub lowest: f64,
    /// The largest one.
    pub highest: f64,
    /// The larger residual of the two, relative to the larger magnitude.
    pub residual: f64,
}

impl Ends {
    /// Of an operator, from random normal start vectors.
    ///
    /// # Errors
    /// As for [`Lanczos::run`], and when the tolerance is not in `(0, 1)`.
    ///
    /// # Example
    /// ```
    /// use nalgebra::{DMatrix, dvector};
    /// use saddlepoint_landscape::operator::Dense;
    /// use saddlepoint_landscape::surface::convexity::Ends;
    ///
    /// let saddle = Dense::new(DMatrix::from_diagonal(&dvector![3.0, 0.5, -1.0]))?;
    /// let mut draws = [0.3, -1.1, 0.8].into_iter().cycle();
    /// let ends = Ends::of(&saddle, 1e-6, &mut || draws.next().unwrap_or(1.0))?;
    /// assert!((ends.negative_share() - 0.25).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(
        operator: &dyn SymmetricOperator,
        tolerance: f64,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<Self, SpectrumError> {
        let mut end = |end| -> Result<(f64, f64), SpectrumError> {
            let found = Lanczos::new(end, 1)?.with_tolerance(tolerance)?.run(operator, normal)?;
            // One pair was asked for, so there is one.
            Ok(found.pairs.first().map_or((f64::NAN, f64::NAN), |pair| (pair.value, pair.residual)))
        };
        let ((lowest, below), (highest, above)) = (end(End::Smallest)?, end(End::Largest)?);
        let scale = lowest.abs().max(highest.abs());
        let residual = if scale > 0.0 { below.max(above) / scale } else { 0.0 };
        Ok(Self { lowest, highest, residual })
    }

    /// How large the most negative curvature is beside the most positive: 0 where there is none, 1 where there is no other.
    ///
    /// # Formula
    /// $$s = \frac{\lambda_{\min}^-}{\lambda_{\min}^- + \lambda_{\max}^+} \in [0, 1], \qquad x^\pm = \max(\pm x, 0),$$
    /// and 0 for a zero matrix. Where both ends have their own sign, $s = r / (1 + r)$ with $r = |\lambda_{\min} / \lambda_{\max}|$,
    /// which Li et al. draw; unlike $r$ it has a mean where $\lambda_{\max}$ is small.
    ///
    /// # Reference
    /// Li, Xu, Taylor, Studer, Goldstein, Visualizing the loss landscape of neural nets, NeurIPS 2018, section 6.
    pub fn negative_share(&self) -> f64 {
        let (negative, positive) = ((-self.lowest).max(0.0), self.highest.max(0.0));
        // Quotients of the larger one stay in range where the sum of both does not.
        let scale = negative.max(positive);
        if scale == 0.0 { 0.0 } else { negative / scale / (negative / scale + positive / scale) }
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;
    use crate::operator::Dense;
    use crate::spectrum::testing::{Stream, with_spectrum};

    fn share(eigenvalues: &[f64]) -> f64 {
        let mut stream = Stream::new(3);
        let ends = Ends::of(&with_spectrum(eigenvalues, 7), 1e-9, &mut || stream.normal()).unwrap();
        assert!(ends.residual < 1e-8);
        ends.negative_share()
    }

    #[test]
    fn shares_of_known_spectra() {
        for scale in [1e-100, 1.0, 1e100] {
            let of = |eigenvalues: [f64; 4]| share(&eigenvalues.map(|x| x * scale));
            assert!(of([1.0, 2.0, 3.0, 9.0]) < 1e-8);
            assert!((of([-1.0, -2.0, -3.0, -9.0]) - 1.0).abs() < 1e-8);
            assert!((of([-2.0, 0.0, 1.0, 2.0]) - 0.5).abs() < 1e-8);
            assert!((of([-1.0, 0.0, 1.0, 4.0]) - 0.2).abs() < 1e-8);
        }
        let zero = Dense::new(DMatrix::from_diagonal(&DVector::zeros(3))).unwrap();
        let mut stream = Stream::new(1);
        let ends = Ends::of(&zero, 1e-3, &mut || stream.normal()).unwrap();
        assert_eq!((ends.negative_share(), ends.residual), (0.0, 0.0));
    }
}
