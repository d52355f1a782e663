//! Dropout of inputs as a penalty: exactly, by enumeration, and the quadratic form that is near it for small signals.

use nalgebra::DMatrix;

use super::weighted_ridge::WeightedRidge;
use super::{RegularizationError, finite, length};

/// The most features whose masks are enumerated.
const MOST: usize = 20;

/// The likelihood of a generalized linear model, by its log-partition function `A`: the loss is `A(x·w) − y x·w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likelihood {
    /// `A(z) = z²/2`: least squares.
    Gaussian,
    /// `A(z) = ln(1 + eᶻ)`: logistic regression.
    Bernoulli,
}

impl Likelihood {
    fn partition(self, z: f64) -> f64 {
        match self {
            Likelihood::Gaussian => 0.5 * z * z,
            Likelihood::Bernoulli => z.max(0.0) + (-z.abs()).exp().ln_1p(),
        }
    }

    fn slope(self, z: f64) -> f64 {
        match self {
            Likelihood::Gaussian => z,
            Likelihood::Bernoulli => 1.0 / (1.0 + (-z).exp()),
        }
    }

    /// `A″`.
    fn curvature(self, z: f64) -> f64 {
        match self {
            Likelihood::Gaussian => 1.0,
            Likelihood::Bernoulli => self.slope(z) * self.slope(-z),
        }
    }
}

/// Dropout of the inputs of a generalized linear model: each entry is kept with probability `1 − δ` and then divided by it.
///
/// # Formula
/// With $\tilde x=x\circ\xi/(1-\delta)$ the expected loss is the loss plus
/// $$R(w)=\sum_i\mathbb E A(\tilde x_i\cdot w)-A(x_i\cdot w)\approx\tfrac12\tfrac\delta{1-\delta}\sum_iA''(x_i\cdot w)
/// \sum_jx_{ij}^2w_j^2.$$
/// The right-hand side is exact for least squares. In general it is the leading term as $w\to0$, with relative error
/// $O(\lVert w\rVert^2)$; at fixed $w$ it does **not** become exact as $\delta\to0$ in the ratio to $R$: both sides are of the
/// order of $\delta$, and dropping one entry of weight $w_j$ is no small change.
///
/// # Reference
/// Wager, Wang and Liang 2013, *Dropout training as adaptive regularization*, section 2.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::regularization::dropout::{Dropout, Likelihood};
///
/// let dropout = Dropout::new(&dmatrix![1.0, 2.0], 0.5)?;
/// // Both: ½ · 1 · (1 · 9 + 4 · 1).
/// assert_eq!(dropout.penalty(Likelihood::Gaussian, &[3.0, 1.0])?, 6.5);
/// assert_eq!(dropout.quadratic(Likelihood::Gaussian, &[3.0, 1.0])?, 6.5);
/// # Ok::<(), saddlepoint_theory::regularization::RegularizationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dropout {
    design: DMatrix<f64>,
    rate: f64,
}

impl Dropout {
    /// Dropout at rate `δ` on the rows of a design.
    ///
    /// # Errors
    /// When the design is empty or not finite, or the rate not in `[0, 1)`.
    pub fn new(design: &DMatrix<f64>, rate: f64) -> Result<Self, RegularizationError> {
        let (samples, features) = design.shape();
        if samples == 0 || features == 0 {
            return Err(RegularizationError::Empty { samples, features });
        }
        finite("the design", design.as_slice())?;
        if (0.0..1.0).contains(&rate) {
            Ok(Self { design: design.clone(), rate })
        } else {
            Err(RegularizationError::Rate(rate))
        }
    }

    /// `R(w)`, by going through all masks of the entries that are not zero.
    ///
    /// Each term is `A(z̃) − A(z) − A′(z)(z̃ − z)`, which is not negative and has the same mean, so nothing cancels.
    ///
    /// # Errors
    /// When `w` does not fit or a row has more than 20 entries that matter, or the sum overflows.
    pub fn penalty(&self, likelihood: Likelihood, weights: &[f64]) -> Result<f64, RegularizationError> {
        let mut sum = 0.0;
        for terms in self.terms(weights)? {
            let features = terms.len();
            if features > MOST {
                return Err(RegularizationError::TooManyFeatures { features, most: MOST });
            }
            let z: f64 = terms.iter().sum();
            let (value, slope) = (likelihood.partition(z), likelihood.slope(z));
            sum += self.mean(&terms, 0.0, &|dropped: f64| {
                likelihood.partition(dropped) - value - slope * (dropped - z)
            });
        }
        finite("the penalty", &[sum]).map(|()| sum)
    }

    /// The quadratic form that is near it: an L2 penalty that adapts to the data.
    ///
    /// # Errors
    /// When `w` does not fit, or the sum overflows.
    pub fn quadratic(&self, likelihood: Likelihood, weights: &[f64]) -> Result<f64, RegularizationError> {
        let rows = self.terms(weights)?;
        let row = |terms: &Vec<f64>| {
            let squares: f64 = terms.iter().map(|x| x * x).sum();
            likelihood.curvature(terms.iter().sum()) * squares
        };
        let value = 0.5 * self.strength() * rows.iter().map(row).sum::<f64>();
        finite("the penalty", &[value]).map(|()| value)
    }

    /// Least squares with dropout: a ridge problem whose penalties are the squared norms of the columns.
    ///
    /// # Formula
    /// $\bigl(X^TX+\tfrac\delta{1-\delta}\operatorname{diag}(X^TX)\bigr)w=X^Ty$.
    ///
    /// # Errors
    /// When sizes do not fit or a number is not finite.
    pub fn least_squares(&self, labels: &[f64]) -> Result<WeightedRidge, RegularizationError> {
        let penalties = self.design.column_iter().map(|column| self.strength() * column.norm_squared());
        WeightedRidge::new(&self.design, labels, penalties.collect())
    }

    /// `δ/(1 − δ)`.
    fn strength(&self) -> f64 {
        self.rate / (1.0 - self.rate)
    }

    /// The entries `x_ij w_j` that are not zero, row by row.
    fn terms(&self, weights: &[f64]) -> Result<Vec<Vec<f64>>, RegularizationError> {
        length("the weights", weights.len(), self.design.ncols())?;
        finite("the weights", weights)?;
        let row = |row: usize| {
            let products = weights.iter().enumerate().map(|(j, w)| self.design[(row, j)] * w);
            products.filter(|x| *x != 0.0).collect::<Vec<f64>>()
        };
        Ok((0..self.design.nrows()).map(row).collect())
    }

    /// The mean of a function of the sum of what is kept of the terms.
    fn mean(&self, terms: &[f64], kept: f64, value: &dyn Fn(f64) -> f64) -> f64 {
        match terms.split_first() {
            None => value(kept),
            Some((first, rest)) => {
                let with = self.mean(rest, kept + first / (1.0 - self.rate), value);
                // A rate of 0 must not multiply what overflows.
                if self.rate == 0.0 {
                    return with;
                }
                (1.0 - self.rate) * with + self.rate * self.mean(rest, kept, value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bits_are_refused_or_give_a_penalty(x in prop::collection::vec(any::<u64>(), 4), w in prop::collection::vec(any::<u64>(), 2), rate in any::<u64>()) {
            let numbers = |bits: Vec<u64>| bits.into_iter().map(f64::from_bits).collect::<Vec<f64>>();
            let design = DMatrix::from_row_slice(2, 2, &numbers(x));
            if let Ok(dropout) = Dropout::new(&design, f64::from_bits(rate)) {
                let weights = numbers(w);
                for likelihood in [Likelihood::Gaussian, Likelihood::Bernoulli] {
                    for found in [dropout.penalty(likelihood, &weights), dropout.quadratic(likelihood, &weights)] {
                        prop_assert!(found.is_err() || found.unwrap().is_finite());
                    }
                }
            }
        }

        /// `A` is convex, so the penalty is not negative, and for least squares it is the quadratic form.
        #[test]
        fn penalties_are_not_negative(x in prop::collection::vec(-2.0f64..2.0, 8), w in prop::collection::vec(-2.0f64..2.0, 4), rate in 0.0f64..0.9) {
            let dropout = Dropout::new(&DMatrix::from_row_slice(2, 4, &x), rate).unwrap();
            prop_assert!(dropout.penalty(Likelihood::Bernoulli, &w).unwrap() >= -1e-15);
            let (exact, form) = (dropout.penalty(Likelihood::Gaussian, &w).unwrap(), dropout.quadratic(Likelihood::Gaussian, &w).unwrap());
            prop_assert!((exact - form).abs() <= 1e-12 * (1.0 + form), "{exact} {form}");
        }
    }

    #[test]
    fn one_feature_of_logistic_regression() {
        let dropout = Dropout::new(&dmatrix![1.0], 0.5).unwrap();
        let exact = 0.5 * 2f64.ln() + 0.5 * (1.0 + 2f64.exp()).ln() - (1.0 + 1f64.exp()).ln();
        assert!((dropout.penalty(Likelihood::Bernoulli, &[1.0]).unwrap() - exact).abs() < 1e-15);
    }

    #[test]
    fn too_many_masks_and_rates_that_are_none_are_refused() {
        let wide = DMatrix::from_element(1, 21, 1.0);
        let dropout = Dropout::new(&wide, 0.5).unwrap();
        let refused = dropout.penalty(Likelihood::Gaussian, &[1.0; 21]);
        assert_eq!(refused, Err(RegularizationError::TooManyFeatures { features: 21, most: 20 }));
        for rate in [1.0, -0.1, f64::NAN] {
            assert!(matches!(Dropout::new(&wide, rate), Err(RegularizationError::Rate(_))));
        }
        assert_eq!(Dropout::new(&wide, 0.0).unwrap().quadratic(Likelihood::Gaussian, &[1.0; 21]), Ok(0.0));
    }
}
