//! Stopping gradient flow at time `t` is at most 1.6862 times as bad as the ridge penalty `1/t`, on every problem.

use saddlepoint_rigor::Interval;

/// What stopping costs at most, relative to the matching penalty, as Ali, Kolter and Tibshirani state it.
pub const STATED: f64 = 1.6862;

/// What stopping costs at most on average over coefficients without preferred direction, when time and penalty are both tuned.
///
/// # Reference
/// Ali, Kolter and Tibshirani 2019, theorem 3.
pub const STATED_TUNED: f64 = 1.2147;

/// The variance of a direction with `ts = x` under gradient flow until `t`, over that under the ridge penalty `1/t`.
///
/// # Formula
/// $$v(x)=\Bigl(\frac{(1-e^{-x})(1+x)}{x}\Bigr)^2,\qquad v(0)=1.$$
/// The bias is never larger, since $e^{-x}\le 1/(1+x)$: so $\sup v$ bounds the ratio of the risks at every time, for every
/// design, coefficients and noise.
///
/// # Reference
/// Ali, Kolter and Tibshirani 2019, theorem 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::regularization::early_stopping::variance_ratio;
///
/// assert!(variance_ratio(1.79327) > 1.6859 && variance_ratio(1e-9) < 1.00001);
/// ```
pub fn variance_ratio(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let root = -(-x).exp_m1() * (1.0 + 1.0 / x);
    root * root
}

/// The bias of the same direction under gradient flow over that under ridge, squared: `((1 + x) e^{−x})² ≤ 1`.
pub fn bias_ratio(x: f64) -> f64 {
    let root = (1.0 + x) * (-x).exp();
    root * root
}

/// Where [`variance_ratio`] is largest, and its value there, to the precision of the arithmetic.
pub fn peak() -> (f64, f64) {
    // v′ = 0 where e^x = x² + x + 1, that is at the one positive root of x − ln(1 + x + x²).
    let mut x = 1.8f64;
    for _ in 0..50 {
        let inside = 1.0 + x + x * x;
        x -= (x - inside.ln()) / (1.0 - (1.0 + 2.0 * x) / inside);
    }
    (x, variance_ratio(x))
}

/// A proved upper bound of [`variance_ratio`] on all of `x ≥ 0`.
///
/// On a cell from $a$ to $b$ the factor $1-e^{-x}$ is at most $1-e^{-b}$ and $1+1/x$ at most $1+1/a$: intervals of 1/4,096 between
/// 1/4 and 4, outward rounded. Below, $v\le(1+x)^2$; above, $v\le(1+1/x)^2$.
pub fn proved_bound() -> f64 {
    const CELLS: i32 = 4096;
    let root = |cell: i32| {
        let [a, b] =
            [cell, cell + 1].map(|k| Interval::between(f64::from(k), f64::from(k)).scaled_by_power_of_two(-12));
        let one = Interval::between(1.0, 1.0);
        let kept = one - (-b).exp();
        // 1/a of a positive number.
        one.checked_div(a).map_or(f64::INFINITY, |inverse| (kept * (one + inverse)).square().high())
    };
    let inner = (CELLS / 4..4 * CELLS).map(root);
    // (1 + 1/4)² at both ends, exactly.
    inner.fold(1.5625, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_catalogues() {
        let (x, value) = peak();
        assert!((x - 1.793_282_1).abs() < 1e-6, "{x}");
        assert!((value - 1.685_909_06).abs() < 1e-8, "{value}");
    }

    #[test]
    fn the_stated_constant_is_proved_and_nearly_the_least() {
        let proved = proved_bound();
        assert!(proved < STATED && proved > peak().1, "{proved}");
    }

    #[test]
    fn no_point_exceeds_the_bound() {
        let bound = proved_bound();
        for x in (0..40_000).map(|i| f64::from(i) / 1000.0) {
            assert!(variance_ratio(x) <= bound && bias_ratio(x) <= 1.0 + f64::EPSILON, "{x}");
        }
    }

    #[test]
    fn both_ends_are_one() {
        assert_eq!((variance_ratio(0.0), variance_ratio(1e300), bias_ratio(0.0)), (1.0, 1.0, 1.0));
        assert!((variance_ratio(1e-12) - 1.0).abs() < 1e-11);
    }
}
