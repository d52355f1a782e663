//! The exponent of a power law in the spectrum of a weight matrix, with the quality of its fit.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Interval, IntervalMatrix, decomposition};

use super::spectrum::{EnclosureError, singular_values};

/// Why a spectrum has no exponent.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ExponentError {
    /// Too few eigenvalues for any exponent.
    #[error("{0} eigenvalues: at least {FEWEST} are needed")]
    TooFew(usize),
    /// An eigenvalue that is not a positive number.
    #[error("eigenvalue {index} is {value}: a power law is one of positive finite numbers")]
    NotPositive {
        /// Its position, from 0.
        index: usize,
        /// Its value; for a weight matrix, a lower bound.
        value: f64,
    },
    /// Eigenvalues that are all the same.
    #[error("all eigenvalues are {0}: they have no tail")]
    Constant(f64),
    /// A p-value from no resample.
    #[error("no resample: a p-value needs at least one")]
    NoResample,
    /// A draw that is not uniform on the unit interval.
    #[error("a draw of {0}: it must lie in [0, 1)")]
    Draw(f64),
    /// The singular values could not be enclosed.
    #[error(transparent)]
    Enclosure(#[from] EnclosureError),
}

/// With fewer values the standard error of `α − 1` exceeds a third of it.
const FEWEST: usize = 10;

/// Singular values of larger matrices are not enclosed.
const LARGE: usize = 256;

/// The squares of the singular values of the midpoints, as computed.
fn computed(weights: &IntervalMatrix) -> Result<Vec<f64>, ExponentError> {
    let e = weights.exponent();
    let scaled = weights.scaled_by_power_of_two(-e);
    let (rows, columns) = scaled.shape();
    let values = decomposition::singular_values(DMatrix::from_row_slice(rows, columns, scaled.midpoints()))
        .map_err(EnclosureError::from)?;
    let rounding = f64::EPSILON * rows.max(columns) as f64 * values.max();
    match values.iter().position(|&x| x <= rounding) {
        Some(index) => Err(ExponentError::NotPositive { index, value: 0.0 }),
        None => Ok(values.iter().map(|x| libm::ldexp(*x, e).powi(2)).collect()),
    }
}

/// A power law `p(λ) ∝ λ^(−α)` for `λ ≥ λ_min`, fitted to eigenvalues.
///
/// An estimate, not a bound: nothing is rounded outward, and the fit says how good it is.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::spectral_exponent::PowerLaw;
///
/// // Quantiles of the law with exponent 3 above 2.
/// let eigenvalues: Vec<f64> = (0..100).map(|i| 2.0 / (1.0 - (f64::from(i) + 0.5) / 100.0).sqrt()).collect();
/// let fit = PowerLaw::fit(&eigenvalues)?;
/// assert!((fit.alpha() - 3.0).abs() < 2.0 * fit.standard_error() && fit.distance() < 0.02);
/// # Ok::<(), saddlepoint_theory::capacity::spectral_exponent::ExponentError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PowerLaw {
    alpha: f64,
    distance: f64,
    /// All eigenvalues, the smallest first.
    sorted: Vec<f64>,
    /// Where the tail begins.
    start: usize,
}

/// How often data from the fitted law fits as badly as the eigenvalues do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValue {
    /// The fraction of resamples whose distance is at least the fit's.
    pub value: f64,
    /// Its standard error, `√(p (1 − p) / resamples)`.
    pub standard_error: f64,
}

impl PowerLaw {
    /// The exponent of the eigenvalues of `WᵀW` that are not zero by the shape of `W`: of its squared singular values,
    /// taken from the middle of their enclosures. Of matrices with more than 256 rows and columns, whose enclosures take long,
    /// they are taken as computed.
    ///
    /// # Errors
    /// When a singular value cannot be told from zero, and those of [`fit`](Self::fit).
    ///
    /// # Reference
    /// Martin and Mahoney, Implicit self-regularization in deep neural networks, JMLR 22, 2021, section 3.2.
    pub fn of_weights(weights: &IntervalMatrix) -> Result<Self, ExponentError> {
        if weights.shape().0.min(weights.shape().1) > LARGE {
            return Self::fit(&computed(weights)?);
        }
        Self::of_singular_values(&singular_values(weights)?)
    }

    /// The same, of singular values that are enclosed already.
    ///
    /// # Errors
    /// As [`of_weights`](Self::of_weights).
    pub fn of_singular_values(values: &[Interval]) -> Result<Self, ExponentError> {
        if let Some((index, value)) = values.iter().enumerate().find(|(_, value)| value.low() <= 0.0) {
            return Err(ExponentError::NotPositive { index, value: value.low() });
        }
        let eigenvalues: Vec<f64> = values.iter().map(|value| value.midpoint() * value.midpoint()).collect();
        Self::fit(&eigenvalues)
    }

    /// Of all tails that begin at an eigenvalue below the largest, the one with the smallest distance from its own
    /// power law; the longest of these.
    ///
    /// # Formula
    /// For the `n` eigenvalues `λᵢ ≥ λ_min`: `α = 1 + n / Σ ln(λᵢ/λ_min)`, the maximum likelihood, and the distance of
    /// Kolmogorov and Smirnov, `D = sup_{λ ≥ λ_min} |S(λ) − P(λ)|` with the empirical `S` and `P(λ) = 1 − (λ/λ_min)^(1−α)`.
    /// The supremum is taken from both sides of the jumps of `S`; programs that compare with `S` before its jumps alone
    /// report smaller distances and may choose another tail.
    ///
    /// # Errors
    /// When there are fewer than ten eigenvalues, one is not a positive finite number, or all are the same.
    ///
    /// # Reference
    /// Clauset, Shalizi, Newman, Power-law distributions in empirical data, SIAM Review 51, 2009, equations 3.1, 3.2
    /// and 3.9, and section 3.3.
    pub fn fit(eigenvalues: &[f64]) -> Result<Self, ExponentError> {
        if eigenvalues.len() < FEWEST {
            return Err(ExponentError::TooFew(eigenvalues.len()));
        }
        if let Some(index) = eigenvalues.iter().position(|&x| !(x > 0.0 && x.is_finite())) {
            return Err(ExponentError::NotPositive { index, value: eigenvalues[index] });
        }
        let mut sorted = eigenvalues.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let logarithms: Vec<f64> = sorted.iter().map(|&x| libm::log(x)).collect();
        let mut best: Option<(usize, f64, f64)> = None;
        for start in 0..sorted.len() {
            if start > 0 && sorted[start] == sorted[start - 1] {
                continue;
            }
            if let Some((alpha, distance)) = of_tail(&logarithms[start..])
                && best.is_none_or(|(_, _, smallest)| distance < smallest)
            {
                best = Some((start, alpha, distance));
            }
        }
        let (start, alpha, distance) = best.ok_or(ExponentError::Constant(sorted[0]))?;
        Ok(Self { alpha, distance, sorted, start })
    }

    /// `α`.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The standard error of `α`, for a tail that was not chosen: `(α − 1)/√n`.
    ///
    /// # Reference
    /// Clauset, Shalizi, Newman 2009, equation 3.2.
    pub fn standard_error(&self) -> f64 {
        (self.alpha - 1.0) / (self.tail() as f64).sqrt()
    }

    /// The Kolmogorov-Smirnov distance `D` of the tail from its law.
    pub fn distance(&self) -> f64 {
        self.distance
    }

    /// `λ_min`, where the tail begins.
    pub fn minimum(&self) -> f64 {
        self.sorted[self.start]
    }

    /// The number of eigenvalues in the tail.
    pub fn tail(&self) -> usize {
        self.sorted.len() - self.start
    }

    /// The semiparametric bootstrap: as many values as eigenvalues are drawn, each from the fitted law with the tail's
    /// frequency and else from the eigenvalues below the tail; then a law is fitted to them, tail and all.
    ///
    /// A small p-value, below 0.1 say, speaks against a power law. Each value takes two draws, which lie in `[0, 1)`.
    ///
    /// # Errors
    /// When there is no resample, or a draw is out of its range.
    ///
    /// # Reference
    /// Clauset, Shalizi, Newman 2009, section 4.1.
    pub fn p_value(&self, resamples: u32, uniform: &mut dyn FnMut() -> f64) -> Result<PValue, ExponentError> {
        if resamples == 0 {
            return Err(ExponentError::NoResample);
        }
        let mut draw = || match uniform() {
            u if (0.0..1.0).contains(&u) => Ok(u),
            u => Err(ExponentError::Draw(u)),
        };
        let frequency = self.tail() as f64 / self.sorted.len() as f64;
        let mut as_bad = 0u32;
        for _ in 0..resamples {
            let mut value = || -> Result<f64, ExponentError> {
                let (part, u) = (draw()?, draw()?);
                let below = (u * self.start as f64) as usize;
                Ok(if part < frequency { self.quantile(u) } else { self.sorted[below] })
            };
            let sample = (0..self.sorted.len()).map(|_| value()).collect::<Result<Vec<_>, _>>()?;
            as_bad += u32::from(Self::fit(&sample)?.distance >= self.distance);
        }
        let value = f64::from(as_bad) / f64::from(resamples);
        Ok(PValue { value, standard_error: (value * (1.0 - value) / f64::from(resamples)).sqrt() })
    }

    /// `λ_min (1 − u)^(−1/(α − 1))`, a float however heavy the tail.
    fn quantile(&self, u: f64) -> f64 {
        (self.minimum() * libm::exp(-libm::log1p(-u) / (self.alpha - 1.0))).min(f64::MAX)
    }
}

/// `α` and `D` of a tail, from the logarithms of its values, the smallest first; none if all are the same.
fn of_tail(logarithms: &[f64]) -> Option<(f64, f64)> {
    let n = logarithms.len() as f64;
    let excess = |logarithm: f64| logarithm - logarithms[0];
    let rate = n / logarithms.iter().map(|&l| excess(l)).sum::<f64>();
    if !rate.is_finite() {
        return None;
    }
    let distance = logarithms.iter().enumerate().fold(0.0, |distance: f64, (i, &logarithm)| {
        let law = -libm::expm1(-rate * excess(logarithm));
        distance.max((i as f64 + 1.0) / n - law).max(law - i as f64 / n)
    });
    Some((1.0 + rate, distance))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uniforms(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
        }
    }

    /// A body on `[0, 1)` and a tail with exponent `alpha` from 1 on.
    fn sample(body: usize, tail: usize, alpha: f64, seed: u64) -> Vec<f64> {
        let mut uniform = uniforms(seed);
        let mut values: Vec<f64> = (0..body).map(|_| 0.01 + 0.99 * uniform()).collect();
        values.extend((0..tail).map(|_| (1.0 - uniform()).powf(-1.0 / (alpha - 1.0))));
        values
    }

    #[test]
    fn planted_exponents_are_found() {
        for (seed, alpha) in [(1, 2.0), (2, 2.5), (3, 3.5), (4, 5.0)] {
            let fit = PowerLaw::fit(&sample(100, 400, alpha, seed)).unwrap();
            assert!((fit.alpha() - alpha).abs() < 4.0 * fit.standard_error(), "{alpha}: {}", fit.alpha());
            assert!(fit.minimum() > 0.5 && fit.distance() < 0.08);
        }
    }

    /// Twice the same start, twice the same bits; a power law is believed, an exponential one is not.
    #[test]
    fn the_bootstrap_tells_power_laws_from_others() {
        let fit = PowerLaw::fit(&sample(0, 150, 2.5, 7)).unwrap();
        let believed = fit.p_value(100, &mut uniforms(8)).unwrap();
        assert!(believed.value > 0.1, "{believed:?}");
        assert_eq!(fit.p_value(100, &mut uniforms(8)).unwrap(), believed);
        // Equidistant: far from every power law, whatever the tail.
        let fit = PowerLaw::fit(&(1..=150).map(f64::from).collect::<Vec<_>>()).unwrap();
        let doubted = fit.p_value(100, &mut uniforms(9)).unwrap();
        assert!(doubted.value < 0.1, "{doubted:?}");
    }

    #[test]
    fn what_has_no_tail_is_refused() {
        assert_eq!(PowerLaw::fit(&[1.0; 9]), Err(ExponentError::TooFew(9)));
        assert_eq!(PowerLaw::fit(&[2.0; 10]), Err(ExponentError::Constant(2.0)));
        for bad in [0.0, -1.0, f64::INFINITY] {
            let mut values: Vec<f64> = (1..=12).map(f64::from).collect();
            values[3] = bad;
            assert_eq!(PowerLaw::fit(&values), Err(ExponentError::NotPositive { index: 3, value: bad }));
        }
        let fit = PowerLaw::fit(&sample(10, 20, 2.0, 1)).unwrap();
        assert_eq!(fit.p_value(0, &mut || 0.5), Err(ExponentError::NoResample));
        assert_eq!(fit.p_value(1, &mut || 1.0), Err(ExponentError::Draw(1.0)));
        assert!(fit.p_value(1, &mut || f64::NAN).is_err());
    }

    #[test]
    fn weights_have_the_exponent_of_their_squared_singular_values() {
        // Reflections on both sides hide the diagonal, and 2⁷⁰ is a unit that the minimum must have.
        let reflected = |n: usize, i: usize, j: usize| f64::from(i == j) - 2.0 / n as f64;
        for (rows, columns) in [(16, 20), (LARGE + 1, LARGE + 4)] {
            let values: Vec<f64> = (1..=rows).map(|i| libm::ldexp(2.0 / (i as f64).sqrt(), 70)).collect();
            let terms = |i, j| {
                let values = values.iter().enumerate();
                values.map(move |(k, x)| reflected(rows, i, k) * x * reflected(columns, k, j))
            };
            let entries = (0..rows * columns).map(|at| terms(at / columns, at % columns).sum()).collect();
            let fit =
                PowerLaw::of_weights(&IntervalMatrix::from_rows(rows, columns, entries).unwrap()).unwrap();
            let direct = PowerLaw::fit(&values.iter().map(|x| x * x).collect::<Vec<_>>()).unwrap();
            assert_eq!(fit.tail(), direct.tail());
            for (found, expected) in [(fit.alpha(), direct.alpha()), (fit.minimum(), direct.minimum())] {
                assert!((found / expected - 1.0).abs() < 1e-10, "{found} {expected}");
            }
            let singular = IntervalMatrix::from_rows(rows, rows, vec![1.0; rows * rows]).unwrap();
            assert!(matches!(PowerLaw::of_weights(&singular), Err(ExponentError::NotPositive { .. })));
        }
    }

    proptest! {
        /// The exponent does not see the scale, nor the order.
        #[test]
        fn the_scale_changes_the_minimum_alone(seed in any::<u64>(), e in -300i32..300) {
            let values = sample(10, 30, 2.5, seed);
            let scaled: Vec<f64> = values.iter().rev().map(|x| libm::ldexp(*x, e)).collect();
            let (one, other) = (PowerLaw::fit(&values).unwrap(), PowerLaw::fit(&scaled).unwrap());
            prop_assert_eq!(one.tail(), other.tail());
            prop_assert_eq!(libm::ldexp(one.minimum(), e), other.minimum());
            prop_assert!((one.alpha() / other.alpha() - 1.0).abs() < 1e-10);
        }

        #[test]
        fn any_bits_are_fitted_or_refused(bits in prop::collection::vec(any::<u64>(), 10..14), draw in any::<u64>()) {
            let values: Vec<f64> = bits.into_iter().map(|bits| f64::from_bits(bits & !(1 << 63))).collect();
            if let Ok(fit) = PowerLaw::fit(&values) {
                prop_assert!(fit.alpha() > 1.0 && fit.distance() <= 1.0 && fit.tail() >= 2);
                let _ = fit.p_value(2, &mut || f64::from_bits(draw));
            }
        }
    }
}
