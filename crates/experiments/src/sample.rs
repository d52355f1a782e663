//! What repeated measurements say together: mean, its standard error and confidence limits, median.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The mean; NaN of nothing.
///
/// # Formula
/// $\bar x = \tfrac1n\sum_i x_i$
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard error of the mean; NaN of fewer than two values.
///
/// # Formula
/// $$\sqrt{\frac{\sum_i (x_i-\bar x)^2}{n(n-1)}}$$
pub fn standard_error(values: &[f64]) -> f64 {
    let (n, mean) = (values.len() as f64, mean(values));
    (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n * (n - 1.0))).sqrt()
}

/// How far one-sided confidence limits lie from the mean, on either side, if the values are normal; NaN of fewer than two.
///
/// # Formula
/// $t_{n-1,\,c}$ times the [`standard_error`].
pub fn half_width(values: &[f64], confidence: f64) -> f64 {
    let freedom = values.len() as f64 - 1.0;
    let quantile =
        StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |student| student.inverse_cdf(confidence));
    quantile * standard_error(values)
}

/// The middle value, or the mean of the middle two; NaN of nothing. NaN counts as larger than any number.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (n, middle) if n % 2 == 1 => sorted[middle],
        (_, middle) => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The probability that a value of the first group is larger than one of the second, ties counting half: the area under the
/// receiver's curve of a classifier by these values. NaN where a group is empty or holds NaN.
///
/// # Formula
/// $$\frac1{mn}\sum_{i,j}\bigl(1[\,x_i>y_j\,]+\tfrac12 1[\,x_i=y_j\,]\bigr)$$
pub fn area_under_curve(larger: &[f64], smaller: &[f64]) -> f64 {
    let one = |x: f64| {
        let wins = |y: &f64| match x.partial_cmp(y) {
            Some(std::cmp::Ordering::Greater) => 1.0,
            Some(std::cmp::Ordering::Equal) => 0.5,
            Some(std::cmp::Ordering::Less) => 0.0,
            None => f64::NAN,
        };
        smaller.iter().map(wins).sum::<f64>()
    };
    larger.iter().map(|&x| one(x)).sum::<f64>() / (larger.len() * smaller.len()) as f64
}

/// Successes among independent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    /// Runs that succeeded.
    pub successes: u64,
    /// All runs.
    pub runs: u64,
}

impl Proportion {
    /// The share of successes; NaN of no runs.
    pub fn value(self) -> f64 {
        self.successes as f64 / self.runs as f64
    }

    /// Binomial, with a success and a failure added so that it is not 0 at the ends.
    pub fn standard_error(self) -> f64 {
        let n = self.runs as f64 + 2.0;
        let p = (self.successes as f64 + 1.0) / n;
        deviation_of_share(p, n)
    }
}

/// The standard deviation of the share of successes among runs that succeed independently with the same probability.
///
/// # Formula
/// $\sqrt{p(1-p)/n}$
pub fn deviation_of_share(probability: f64, runs: f64) -> f64 {
    (probability * (1.0 - probability) / runs).sqrt()
}

/// The `q`-quantile by linear interpolation between order statistics; NaN of nothing. NaN counts as larger than any number.
///
/// # Reference
/// Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50, 1996, definition 7.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = q.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    match (sorted.get(below), sorted.get(below + 1)) {
        (Some(&low), Some(&high)) if part > 0.0 => low + part * (high - low),
        (Some(&low), _) => low,
        (None, _) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_samples() {
        let values = [4.0, 1.0, 2.0, 1.0];
        assert_eq!((mean(&values), median(&values)), (2.0, 1.5));
        assert!((standard_error(&values) - 0.5f64.sqrt()).abs() < 1e-15);
        // The quantile for three degrees of freedom, from a table.
        assert!((half_width(&values, 0.95) - 2.353_363 * 0.5f64.sqrt()).abs() < 1e-5);
        assert!(half_width(&[1.0], 0.95).is_nan());
        assert_eq!(median(&[3.0, f64::NAN, 1.0]), 3.0);
        assert_eq!(area_under_curve(&[3.0, 2.0], &[1.0, 2.0]), 3.5 / 4.0);
        assert!(area_under_curve(&[], &[1.0]).is_nan() && area_under_curve(&[1.0], &[f64::NAN]).is_nan());
        let half = Proportion { successes: 1, runs: 2 };
        assert_eq!((half.value(), half.standard_error()), (0.5, 0.25));
        assert!(Proportion { successes: 0, runs: 9 }.standard_error() > 0.0);
        assert!(mean(&[]).is_nan() && median(&[]).is_nan() && standard_error(&[1.0]).is_nan());
    }

    /// At the places 0, 0.3, 1.5, 2.925 and 3 of 1, 1, 2, 4.
    #[test]
    fn quantiles_interpolate() {
        let values = [4.0, 1.0, 2.0, 1.0];
        for (q, expected) in [(0.0, 1.0), (0.1, 1.0), (0.5, 1.5), (0.975, 3.85), (1.0, 4.0)] {
            assert!((quantile(&values, q) - expected).abs() < 1e-15, "{q}");
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[7.0], 0.3), 7.0);
    }
}
