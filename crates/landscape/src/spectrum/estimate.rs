//! A mean of independent samples, its standard error, and Student's interval.

use super::{SpectrumError, between, count};

/// The mean of independent, identically distributed samples.
///
/// # Formula
/// $\hat\mu = \frac1k\sum_i x_i$ with standard error $s = \sqrt{\sum_i (x_i - \hat\mu)^2 / (k(k-1))}$; at confidence
/// $1-\delta$ the interval is $\hat\mu \pm t_{k-1,1-\delta/2}\,s$, exact for normal samples.
///
/// # Example
/// ```
/// use saddlepoint_landscape::spectrum::estimate::Estimate;
///
/// let estimate = Estimate::of(&[1.0, 2.0, 3.0])?;
/// assert_eq!((estimate.value, estimate.samples), (2.0, 3));
/// let (low, high) = estimate.interval(0.95)?;
/// assert!((high - 2.0 - 4.302_652_729_7 * estimate.standard_error).abs() < 1e-9 && low < 0.0);
/// # Ok::<(), saddlepoint_landscape::spectrum::SpectrumError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub value: f64,
    /// Estimated standard deviation of the mean.
    pub standard_error: f64,
    /// Number of samples.
    pub samples: usize,
}

impl Estimate {
    /// The mean of at least two samples: one alone says nothing about its error.
    ///
    /// # Errors
    /// When there are fewer than two samples.
    pub fn of(samples: &[f64]) -> Result<Self, SpectrumError> {
        count("the number of samples", samples.len(), 2, usize::MAX)?;
        let k = samples.len() as f64;
        let value = samples.iter().sum::<f64>() / k;
        // Deviations of samples of 1e±200 would leave the range when squared.
        let largest = samples.iter().map(|x| (x - value).abs()).fold(0.0, f64::max);
        let squares: f64 = samples.iter().map(|x| ((x - value) / largest).powi(2)).sum();
        let standard_error = if largest > 0.0 { largest * (squares / (k * (k - 1.0))).sqrt() } else { 0.0 };
        Ok(Self { value, standard_error, samples: samples.len() })
    }

    /// Student's interval at a confidence in `(0, 1)`.
    ///
    /// # Errors
    /// When the confidence is not in `(0, 1)`.
    pub fn interval(&self, confidence: f64) -> Result<(f64, f64), SpectrumError> {
        let half = self.standard_error * student_quantile(self.samples - 1, confidence)?;
        Ok((self.value - half, self.value + half))
    }

    /// Moves the estimate by a known number.
    #[must_use]
    pub(crate) fn plus(self, shift: f64) -> Self {
        Self { value: self.value + shift, ..self }
    }
}

/// When to stop drawing: on the standard error, never on the change of the mean.
///
/// The mean of an estimate that has drawn twice as often changes by less than its error, so a small change proves
/// nothing: see the pitfall test of [`trace`](super::trace).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StopRule {
    /// Stop when the half-width of the interval is at most this multiple of the estimate's magnitude.
    pub relative_half_width: f64,
    /// Confidence of that interval.
    pub confidence: f64,
    /// Draw at least so often: the standard error of few samples is itself uncertain.
    pub at_least: usize,
    /// Draw at most so often.
    pub at_most: usize,
}

impl StopRule {
    /// Always `samples` draws.
    pub fn exactly(samples: usize) -> Self {
        Self { relative_half_width: 0.0, confidence: 0.95, at_least: samples, at_most: samples }
    }

    pub(crate) fn check(&self) -> Result<(), SpectrumError> {
        between("the relative half-width", self.relative_half_width, -f64::MIN_POSITIVE, f64::INFINITY)?;
        between("the confidence", self.confidence, 0.0, 1.0)?;
        count("the smallest number of samples", self.at_least, 2, self.at_most)
    }

    pub(crate) fn is_met(&self, samples: usize, estimate: &Estimate) -> Result<bool, SpectrumError> {
        if samples < self.at_least {
            return Ok(false);
        }
        let half = estimate.standard_error * student_quantile(estimate.samples - 1, self.confidence)?;
        Ok(samples >= self.at_most || half <= self.relative_half_width * estimate.value.abs())
    }
}

/// `t` with `P(|T| ≤ t) = confidence` for Student's distribution with `degrees` of freedom.
///
/// # Formula
/// With $t = \sqrt\nu\tan\theta$ the probability is a finite trigonometric sum in $\theta$ (Abramowitz and Stegun,
/// 26.7.3 and 26.7.4), increasing on $(0, \pi/2)$; it is inverted by bisection.
///
/// # Errors
/// When there is no degree of freedom, or the confidence is not in `(0, 1)`.
pub fn student_quantile(degrees: usize, confidence: f64) -> Result<f64, SpectrumError> {
    count("the number of degrees of freedom", degrees, 1, usize::MAX)?;
    between("the confidence", confidence, 0.0, 1.0)?;
    let probability = |theta: f64| {
        let (sin, cos) = theta.sin_cos();
        let odd = degrees % 2;
        let mut term = if odd == 1 { cos } else { 1.0 };
        let mut sum = 0.0;
        for i in 0..degrees / 2 {
            sum += term;
            let k = (2 * i + 1 + odd) as f64;
            term *= cos * cos * k / (k + 1.0);
        }
        if odd == 1 { std::f64::consts::FRAC_2_PI * (theta + sin * sum) } else { sin * sum }
    };
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if probability(middle) < confidence { low = middle } else { high = middle }
    }
    Ok((degrees as f64).sqrt() * high.tan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, confidence, expected) in [
            (1, 0.95, 12.706_204_736),
            (2, 0.95, 4.302_652_730),
            (3, 0.99, 5.840_909_310),
            (9, 0.95, 2.262_157_163),
            (10, 0.99, 3.169_272_673),
            (29, 0.90, 1.699_127_027),
            (1000, 0.95, 1.962_339_081),
        ] {
            let t = student_quantile(degrees, confidence).unwrap();
            assert!((t / expected - 1.0).abs() < 1e-9, "{degrees} {confidence}: {t}");
        }
        for confidence in [0.0, 1.0, f64::NAN] {
            assert!(student_quantile(3, confidence).is_err());
        }
    }

    #[test]
    fn estimates_have_no_absolute_scale() {
        let one = Estimate::of(&[1.0, 4.0, -2.0, 7.5]).unwrap();
        for scale in [1e-200, 1e-12, 1e12, 1e200] {
            let other = Estimate::of(&[1.0, 4.0, -2.0, 7.5].map(|x| x * scale)).unwrap();
            assert!((other.standard_error / scale / one.standard_error - 1.0).abs() < 1e-14);
        }
        assert_eq!(Estimate::of(&[2.0, 2.0]).unwrap().standard_error, 0.0);
        assert!(Estimate::of(&[1.0]).is_err());
    }

    #[test]
    fn rules_without_sense_are_refused() {
        for rule in [
            StopRule { at_least: 1, ..StopRule::exactly(5) },
            StopRule { at_least: 9, ..StopRule::exactly(5) },
            StopRule { confidence: 1.0, ..StopRule::exactly(5) },
            StopRule { relative_half_width: f64::NAN, ..StopRule::exactly(5) },
        ] {
            assert!(rule.check().is_err(), "{rule:?}");
        }
    }
}
