//! What repeated measurements say together: mean, its standard error, median.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_samples() {
        let values = [4.0, 1.0, 2.0, 1.0];
        assert_eq!((mean(&values), median(&values)), (2.0, 1.5));
        assert!((standard_error(&values) - 0.5f64.sqrt()).abs() < 1e-15);
        assert_eq!(median(&[3.0, f64::NAN, 1.0]), 3.0);
        assert!(mean(&[]).is_nan() && median(&[]).is_nan() && standard_error(&[1.0]).is_nan());
    }
}
