//! Straight lines through measured points: how exponents are read off.

/// The least-squares slope of `y` on `x`.
///
/// # Formula
/// $$\frac{\sum_i (x_i-\bar x)(y_i-\bar y)}{\sum_i (x_i-\bar x)^2}$$
///
/// NaN where it is not determined: fewer than two distinct `x`.
pub fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = points.clone().count() as f64;
    let (sx, sy) = points.clone().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (mx, my) = (sx / n, sy / n);
    let (sxy, sxx) =
        points.fold((0.0, 0.0), |(a, b), (x, y)| (a + (x - mx) * (y - my), b + (x - mx) * (x - mx)));
    sxy / sxx
}

/// The exponent of a power law `y = c xᵃ` through the points: the [`slope`] of `ln y` on `ln x`.
///
/// # Formula
/// $$a = \operatorname{slope}\bigl\{(\ln x_i, \ln y_i)\bigr\}$$
///
/// NaN where it is not determined: fewer than two distinct `x`, or a coordinate that is not positive.
pub fn exponent(points: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let logarithms: Vec<(f64, f64)> = points.into_iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    slope(logarithms.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_give_its_slope() {
        let points = [0.0, 1.0, 5.0].map(|x| (x, 2.0 - 3.0 * x));
        assert!((slope(points.into_iter()) + 3.0).abs() < 1e-15);
    }

    #[test]
    fn points_of_a_power_law_give_its_exponent() {
        let points = [0.5, 1.0, 3.0, 40.0f64].map(|x| (x, 7.0 * x.powf(-1.5)));
        assert!((exponent(points) + 1.5).abs() < 1e-14);
        for bad in [0.0, -1.0, f64::NAN] {
            assert!(exponent([(1.0, 2.0), (2.0, 1.0), (3.0, bad)]).is_nan(), "{bad}");
            assert!(exponent([(1.0, 2.0), (2.0, 1.0), (bad, 3.0)]).is_nan(), "{bad}");
        }
    }

    #[test]
    fn residuals_are_orthogonal_to_the_abscissae() {
        let points = [(0.0, 1.0), (1.0, 0.0), (2.0, 5.0), (4.0, 2.0)];
        let b = slope(points.into_iter());
        let (mx, my) = (1.75, 2.0);
        let product: f64 = points.iter().map(|(x, y)| (x - mx) * (y - my - b * (x - mx))).sum();
        assert!(product.abs() < 1e-14);
    }

    #[test]
    fn what_is_not_determined_is_not_a_number() {
        assert!(slope([(1.0, 2.0), (1.0, 3.0)].into_iter()).is_nan());
        assert!(slope(std::iter::empty()).is_nan());
    }
}
