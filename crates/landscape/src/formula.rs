//! Objectives written once over any [`Scalar`]: the code that is run is the code that is certified.

use crate::chart::{Chart, InChart};
use crate::objective::Objective;
use crate::scalar::Scalar;

/// A twice differentiable function whose value, gradient and Hessian are formulas over any [`Scalar`].
///
/// Over [`f64`] they are computed; every formula is an [`Objective`]. Over
/// [`Interval`](saddlepoint_rigor::Interval) they enclose all values on a box, from which certificates are made.
///
/// All slices have as many entries as there are variables, the Hessian its square, row by row.
///
/// # Example
/// ```
/// use saddlepoint_landscape::{formula::Formula, objective::Objective, scalar::Scalar};
/// use saddlepoint_rigor::Interval;
///
/// /// `x² y`
/// struct Monomial;
///
/// impl Formula for Monomial {
///     fn variables(&self) -> usize {
///         2
///     }
///     fn value_over<S: Scalar>(&self, p: &[S]) -> S {
///         p[0].square() * p[1]
///     }
///     fn gradient_over<S: Scalar>(&self, p: &[S], gradient: &mut [S]) {
///         gradient[0] = S::constant(2.0) * p[0] * p[1];
///         gradient[1] = p[0].square();
///     }
///     fn hessian_over<S: Scalar>(&self, p: &[S], hessian: &mut [S]) {
///         let mixed = S::constant(2.0) * p[0];
///         hessian.copy_from_slice(&[S::constant(2.0) * p[1], mixed, mixed, S::constant(0.0)]);
///     }
/// }
/// assert_eq!(Monomial.gradient(&[3.0, 2.0])?.as_slice(), [12.0, 9.0]);
/// let values = Monomial.value_over(&[Interval::new(-1.0, 2.0)?, Interval::point(1.0)?]);
/// assert_eq!((values.low(), values.high()), (0.0, 4.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Formula {
    /// Number of variables.
    fn variables(&self) -> usize;

    /// The value.
    fn value_over<S: Scalar>(&self, point: &[S]) -> S;

    /// Writes the gradient.
    fn gradient_over<S: Scalar>(&self, point: &[S], gradient: &mut [S]);

    /// Writes the Hessian, row by row.
    fn hessian_over<S: Scalar>(&self, point: &[S], hessian: &mut [S]);

    /// The same function in the coordinates of a chart with as many parameters as there are variables.
    ///
    /// By default the chain rule at the point; a formula that knows a form without cancellation returns that.
    fn in_chart<'a>(&'a self, chart: &'a Chart) -> impl Formula + 'a
    where
        Self: Sized,
    {
        InChart::new(self, chart)
    }

    /// Writes the Hessian times a vector; by default from the whole Hessian.
    fn hessian_vector_over<S: Scalar>(&self, point: &[S], vector: &[S], product: &mut [S]) {
        let n = self.variables();
        let mut hessian = vec![S::constant(0.0); n * n];
        self.hessian_over(point, &mut hessian);
        for (entry, row) in product.iter_mut().zip(hessian.chunks_exact(n.max(1))) {
            *entry = S::dot(row, vector);
        }
    }
}

impl<F: Formula> Objective for F {
    fn dimension(&self) -> usize {
        self.variables()
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        self.value_over(point)
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        self.gradient_over(point, gradient);
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        self.hessian_vector_over(point, vector, product);
    }

    fn hessian_unchecked(&self, point: &[f64], hessian: &mut [f64]) {
        self.hessian_over(point, hessian);
    }
}

#[cfg(test)]
pub(crate) mod enclosures {
    //! The check that formulas pass over intervals: at a point of a box value, gradient and Hessian lie in their enclosures.

    use saddlepoint_rigor::Interval;

    use super::Formula;
    use crate::scalar::Scalar;

    /// The box reaches `width` above each entry of `low`; the point divides it by the shares `at`. What is computed at the
    /// point in f64 has an error of its own, relative to the largest entry.
    pub(crate) fn hold(formula: &impl Formula, low: &[f64], width: f64, at: &[f64]) {
        let n = formula.variables();
        let wide: Vec<_> = low.iter().map(|&x| Interval::between(x, x + width)).collect();
        let point: Vec<f64> = low.iter().zip(at).map(|(x, t)| (x + t * width).min(x + width)).collect();
        let lies = |enclosures: &[Interval], values: &[f64]| {
            let scale = values.iter().fold(1.0, |scale: f64, value| scale.max(value.abs()));
            for (enclosure, value) in enclosures.iter().zip(values) {
                let slack = 1e-11 * scale;
                let inside = enclosure.low() - slack <= *value && *value <= enclosure.high() + slack;
                assert!(inside, "{value} outside of {enclosure} at {point:?}");
            }
        };
        lies(&[formula.value_over(&wide)], &[formula.value_over(&point)]);
        let (mut enclosed, mut computed) = (vec![Interval::unknown(); n], vec![0.0; n]);
        formula.gradient_over(&wide, &mut enclosed);
        formula.gradient_over(&point, &mut computed);
        lies(&enclosed, &computed);
        let (mut enclosed, mut computed) = (vec![Interval::unknown(); n * n], vec![0.0; n * n]);
        formula.hessian_over(&wide, &mut enclosed);
        formula.hessian_over(&point, &mut computed);
        lies(&enclosed, &computed);
    }
}
