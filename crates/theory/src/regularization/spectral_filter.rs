//! Ridge regression and gradient flow on least squares: two filters of one spectrum, with their risks in closed form.

use nalgebra::{DMatrix, DVector};
use saddlepoint_rigor::decomposition::svd;

use super::{RegularizationError, finite, length, not_negative};

/// An estimator that scales each principal direction of the data by a factor between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filter {
    /// Minimizes `‖y − Xβ‖²/2n + λ‖β‖²/2`.
    Ridge(
        /// `λ ≥ 0`.
        f64,
    ),
    /// Follows `β̇ = Xᵀ(y − Xβ)/n` from zero until this time; gradient descent with small steps.
    GradientFlow(
        /// `t ≥ 0`.
        f64,
    ),
}

/// A family of filters with one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// [`Filter::Ridge`], by its penalty.
    Ridge,
    /// [`Filter::GradientFlow`], by its time.
    GradientFlow,
}

impl Family {
    /// The filter with this parameter.
    pub fn at(self, parameter: f64) -> Filter {
        match self {
            Family::Ridge => Filter::Ridge(parameter),
            Family::GradientFlow => Filter::GradientFlow(parameter),
        }
    }
}

impl Filter {
    /// What is left of a direction with eigenvalue `s`: `λ/(s+λ)` or `e^{−ts}`.
    fn left(self, s: f64) -> f64 {
        match self {
            Filter::Ridge(penalty) if s > 0.0 => 1.0 / (1.0 + s / penalty),
            Filter::GradientFlow(time) if s > 0.0 => (-time * s).exp(),
            _ => 1.0,
        }
    }

    /// The square of the factor over the eigenvalue: `s/(s+λ)²` or `(1 − e^{−ts})²/s`.
    fn noise(self, s: f64) -> f64 {
        if s <= 0.0 {
            return 0.0;
        }
        let kept = match self {
            Filter::Ridge(penalty) => 1.0 / (1.0 + penalty / s),
            Filter::GradientFlow(time) => -(-time * s).exp_m1(),
        };
        kept / s * kept
    }
}

/// Linear regression with a fixed design: `y = Xβ + σξ` with `n` uncorrelated errors `ξ` of variance 1.
///
/// # Formula
/// With the eigenvalues $s_i$ of $X^TX/n$ and the coefficients $c_i$ of $\beta$ in its eigenvectors, an estimator that keeps
/// the factor $f(s_i)$ of each direction has
/// $$\mathbb E\lVert\hat\beta-\beta\rVert^2=\sum_i(1-f(s_i))^2c_i^2+\frac{\sigma^2}n\sum_i\frac{f(s_i)^2}{s_i},$$
/// with $f=s/(s+\lambda)$ for ridge regression and $f=1-e^{-ts}$ for gradient flow.
///
/// # Shapes
/// `X` is `n × d`, one sample a row; `β` has `d` entries. `n < d` is allowed: what no sample sees stays zero.
///
/// # Reference
/// Hoerl and Kennard 1970; Ali, Kolter and Tibshirani 2019, *A continuous-time view of early stopping for least squares
/// regression*, lemma 5.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::regularization::spectral_filter::{Family, Filter, FixedDesign};
///
/// let one = FixedDesign::new(&dmatrix![1.0], &[2.0], 1.0)?;
/// assert_eq!(one.risk(Filter::Ridge(1.0))?, 0.25 * 4.0 + 0.25);
/// // The best penalty is σ²/β², and no penalty is as good as none at all is bad.
/// let (penalty, risk) = one.least_risk(Family::Ridge);
/// assert!((penalty - 0.25).abs() < 1e-6 && risk < one.risk(Filter::Ridge(0.0))?);
/// # Ok::<(), saddlepoint_theory::regularization::RegularizationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FixedDesign {
    /// Eigenvalues of `XᵀX/n`, the largest first, and `cᵢ²`.
    spectrum: Vec<(f64, f64)>,
    /// What of `‖β‖²` no sample sees.
    unseen: f64,
    features: usize,
    /// `σ²/n`.
    noise: f64,
}

impl FixedDesign {
    /// The problem with design `X`, coefficients `β` and noise `σ`.
    ///
    /// # Errors
    /// When sizes do not fit, a number is not finite or its square overflows, or the design cannot be decomposed.
    pub fn new(design: &DMatrix<f64>, coefficients: &[f64], noise: f64) -> Result<Self, RegularizationError> {
        let (samples, features) = design.shape();
        if samples == 0 || features == 0 {
            return Err(RegularizationError::Empty { samples, features });
        }
        length("the coefficients", coefficients.len(), features)?;
        not_negative("the noise", noise)?;
        let square = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>();
        finite(
            "the design, the coefficients, the noise or a square of theirs",
            &[square(design.as_slice()), square(coefficients), noise * noise],
        )?;
        let truth = DVector::from_column_slice(coefficients);
        // Scaled, so that the decomposition neither overflows nor works with what is no normal number.
        let scale = design.amax();
        let mut spectrum = Vec::new();
        let mut unseen = truth.clone();
        if scale > 0.0 {
            let scaled = design / scale;
            let parts = svd(scaled)?;
            for (value, direction) in parts.singular_values.iter().zip(parts.v_t.row_iter()) {
                let root = value * scale;
                let component = (direction * &truth)[0];
                unseen.axpy(-component, &direction.transpose(), 1.0);
                spectrum.push((root * root / samples as f64, component * component));
            }
        }
        Ok(Self { spectrum, unseen: unseen.norm_squared(), features, noise: noise * noise / samples as f64 })
    }

    /// The eigenvalues of `XᵀX/n`, the largest first, as many as the smaller side of `X` has.
    pub fn spectrum(&self) -> impl ExactSizeIterator<Item = f64> {
        self.spectrum.iter().map(|(s, _)| *s)
    }

    /// `E‖β̂ − β‖²`: squared bias and variance together.
    ///
    /// # Errors
    /// When the filter's parameter is negative or not finite.
    pub fn risk(&self, filter: Filter) -> Result<f64, RegularizationError> {
        checked(filter).map(|filter| self.risk_of(filter))
    }

    /// The mean risk over coefficients of squared norm `r²` and no preferred direction: `cᵢ² = r²/d`.
    ///
    /// # Errors
    /// When the filter's parameter or `r` is negative or not finite.
    pub fn bayes_risk(&self, filter: Filter, radius: f64) -> Result<f64, RegularizationError> {
        let filter = checked(filter)?;
        not_negative("the radius", radius)?;
        Ok(self.bayes_risk_of(filter, radius))
    }

    /// The penalty that is best on average over those coefficients.
    ///
    /// # Formula
    /// $\lambda^*=\sigma^2d/(nr^2)$, whatever the spectrum.
    ///
    /// # Errors
    /// When `r` is not positive and finite.
    pub fn bayes_penalty(&self, radius: f64) -> Result<f64, RegularizationError> {
        not_negative("the radius", radius)?;
        let penalty = self.noise * self.features as f64 / (radius * radius);
        if penalty.is_finite() {
            Ok(penalty)
        } else {
            Err(RegularizationError::NotFinite { what: "the best penalty", value: penalty })
        }
    }

    /// The best parameter of a family and its risk: the best of a grid of 1,800 between `10⁻⁹` and `10⁹`, refined where it is
    /// the only minimum of its neighbourhood.
    pub fn least_risk(&self, family: Family) -> (f64, f64) {
        least(|parameter| self.risk_of(family.at(parameter)))
    }

    /// The parameter that is best on average, with the average.
    ///
    /// # Errors
    /// When `r` is negative or not finite.
    pub fn least_bayes_risk(&self, family: Family, radius: f64) -> Result<(f64, f64), RegularizationError> {
        not_negative("the radius", radius)?;
        Ok(least(|parameter| self.bayes_risk_of(family.at(parameter), radius)))
    }

    fn risk_of(&self, filter: Filter) -> f64 {
        let one = |&(s, square): &(f64, f64)| {
            let left = filter.left(s);
            left * left * square + product(self.noise, filter.noise(s))
        };
        self.unseen + self.spectrum.iter().map(one).sum::<f64>()
    }

    fn bayes_risk_of(&self, filter: Filter, radius: f64) -> f64 {
        let each = radius * radius / self.features as f64;
        let one = |&(s, _): &(f64, f64)| {
            let left = filter.left(s);
            left * left * each + product(self.noise, filter.noise(s))
        };
        let unseen = (self.features - self.spectrum.len()) as f64;
        each * unseen + self.spectrum.iter().map(one).sum::<f64>()
    }
}

/// Without noise there is no variance, even where the filter would make it infinite.
fn product(noise: f64, factor: f64) -> f64 {
    if noise > 0.0 { noise * factor } else { 0.0 }
}

fn checked(filter: Filter) -> Result<Filter, RegularizationError> {
    match filter {
        Filter::Ridge(penalty) => not_negative("the penalty λ", penalty)?,
        Filter::GradientFlow(time) => not_negative("the time t", time)?,
    };
    Ok(filter)
}

/// The least value on a grid in the logarithm, then by golden section beside it.
fn least(value: impl Fn(f64) -> f64) -> (f64, f64) {
    let at = |x: f64| value(10f64.powf(x));
    let grid = (0..=1800).map(|i| f64::from(i) / 100.0 - 9.0);
    let (best, _) = grid.map(|x| (x, at(x))).fold((0.0, f64::INFINITY), |a, b| if b.1 < a.1 { b } else { a });
    let (mut low, mut high) = (best - 0.01, best + 0.01);
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if at(left) <= at(right) { high = right } else { low = left }
    }
    let end = 10f64.powf(f64::midpoint(low, high));
    (end, value(end))
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bits_are_refused_or_have_a_risk(
            bits in prop::collection::vec(any::<u64>(), 6), beta in prop::collection::vec(any::<u64>(), 2),
            noise in any::<u64>(), parameter in any::<u64>()
        ) {
            let numbers = |bits: Vec<u64>| bits.into_iter().map(f64::from_bits).collect::<Vec<f64>>();
            let design = DMatrix::from_row_slice(3, 2, &numbers(bits));
            if let Ok(problem) = FixedDesign::new(&design, &numbers(beta), f64::from_bits(noise)) {
                for filter in [Filter::Ridge(f64::from_bits(parameter)), Filter::GradientFlow(f64::from_bits(parameter))] {
                    if let Ok(risk) = problem.risk(filter) {
                        prop_assert!(risk >= 0.0, "{problem:?} {filter:?} {risk}");
                    }
                }
            }
        }

        /// The best penalty on average does not depend on the design.
        #[test]
        fn the_bayes_penalty_is_the_best(entries in prop::collection::vec(-2.0f64..2.0, 12), noise in 0.1f64..2.0, radius in 0.3f64..3.0) {
            let problem = FixedDesign::new(&DMatrix::from_row_slice(4, 3, &entries), &[1.0; 3], noise).unwrap();
            let best = problem.bayes_penalty(radius).unwrap();
            let at_best = problem.bayes_risk(Filter::Ridge(best), radius).unwrap();
            let (_, found) = problem.least_bayes_risk(Family::Ridge, radius).unwrap();
            prop_assert!((found / at_best - 1.0).abs() < 1e-9, "{found} {at_best}");
        }
    }

    #[test]
    fn both_ends_are_zero_and_least_squares() {
        let design = dmatrix![1.0, 2.0; 0.5, -1.0; 2.0, 0.0];
        let problem = FixedDesign::new(&design, &[3.0, 4.0], 0.5).unwrap();
        let inverse = (design.transpose() * &design).try_inverse().unwrap();
        let squares = 0.25 * inverse.trace();
        for filter in [Filter::Ridge(0.0), Filter::GradientFlow(1e6)] {
            assert!((problem.risk(filter).unwrap() / squares - 1.0).abs() < 1e-12);
        }
        for filter in [Filter::Ridge(1e300), Filter::GradientFlow(0.0)] {
            assert!((problem.risk(filter).unwrap() - 25.0).abs() < 1e-12);
        }
    }

    #[test]
    fn what_no_sample_sees_is_paid_in_full() {
        let problem = FixedDesign::new(&dmatrix![1.0, 0.0], &[1.0, 5.0], 0.0).unwrap();
        assert!((problem.risk(Filter::Ridge(0.0)).unwrap() - 25.0).abs() < 1e-12);
        let zero = FixedDesign::new(&dmatrix![0.0, 0.0], &[3.0, 4.0], 1.0).unwrap();
        assert_eq!(zero.risk(Filter::GradientFlow(7.0)).unwrap(), 25.0);
        assert_eq!(zero.bayes_risk(Filter::Ridge(0.0), 2.0).unwrap(), 4.0);
    }

    #[test]
    fn impossible_problems_are_refused() {
        let one = dmatrix![1.0];
        assert!(matches!(FixedDesign::new(&one, &[1.0, 2.0], 1.0), Err(RegularizationError::Length { .. })));
        assert!(matches!(FixedDesign::new(&one, &[1.0], -1.0), Err(RegularizationError::Negative { .. })));
        assert!(matches!(FixedDesign::new(&one, &[1e200], 1.0), Err(RegularizationError::NotFinite { .. })));
        let problem = FixedDesign::new(&one, &[1.0], 1.0).unwrap();
        assert!(
            problem.risk(Filter::Ridge(f64::NAN)).is_err() && problem.risk(Filter::GradientFlow(-1.0)).is_err()
        );
        assert!(problem.bayes_penalty(0.0).is_err());
    }
}
