//! Lipschitz constants of what stands between the layers, in the Euclidean norm, rounded up.
//!
//! Of functions of a number the constant is the largest slope, and a layer that applies one to each entry has the same.
//! Where the largest slope has no short formula, its decimals are proved in this file's tests by interval arithmetic on
//! a cover of the line.

use saddlepoint_rigor::{Down, Interval, IntervalError, Rounding, Up};

use super::LipschitzError;
use crate::quantity::count;

/// `1/(1 + e^{−x})`, whose slope `σ(1 − σ)` is largest at 0.
pub const SIGMOID: f64 = 0.25;

/// `(2/√π) ∫₀ˣ e^{−t²} dt`, whose slope `(2/√π) e^{−x²}` is largest at 0.
pub const ERF: f64 = std::f64::consts::FRAC_2_SQRT_PI.next_up();

/// `x Φ(x)` with the normal distribution function. Its slope `Φ + xφ` has the derivative `(2 − x²) φ`: it is largest at `√2`,
/// where it is `1.12890414…`, and smallest at `−√2`, where it is 1 minus that.
///
/// # Reference
/// Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415, 2016 (the function).
pub const GELU: f64 = 1.128_905;

/// `x (1 + tanh(√(2/π) (x + 0.044715 x³)))/2`, the approximation of [`GELU`]: its largest slope is `1.128993…`.
pub const GELU_TANH: f64 = 1.1291;

/// `x σ(x)`, also called swish: its largest slope is `1.09983932…`.
pub const SILU: f64 = 1.09984;

/// `x tanh(ln(1 + eˣ))`: its largest slope is `1.0884981…`.
pub const MISH: f64 = 1.0885;

/// `x min(max(x/6 + ½, 0), 1)`: its slope `x/3 + ½` is largest where the middle piece ends, at 3.
pub const HARD_SWISH: f64 = 1.5;

/// The softmax of a vector: its Jacobian `diag(p) − ppᵀ` is the covariance of a random unit vector `e_i`, and the variance of
/// `⟨v, e_i⟩` is at most a quarter of the squared range of `v`, hence at most `½ ‖v‖²`.
///
/// # Reference
/// Popoviciu's inequality on variances, 1935; `(max v − min v)² ≤ 2 ‖v‖²`.
pub const SOFTMAX: f64 = 0.5;

/// The logarithm of the softmax of `k` numbers.
///
/// # Formula
/// `√k`: the Jacobian `I − 1pᵀ` is a projection along `1`, as long as `1pᵀ`, of norm `√k ‖p‖ ≤ √k`; it is 0 for `k = 1`.
///
/// # Reference
/// Szyld, The many proofs of an identity on the norm of oblique projections, Numerical Algorithms 42, 2006 (`‖I − P‖ = ‖P‖`).
pub fn log_softmax(k: usize) -> f64 {
    if k <= 1 { 0.0 } else { Up::sqrt(count::<Up>(k as u64)) }
}

/// `x ↦ γ (x − μ)/√(v + ε)` with the mean `μ` and the variance `v` of `x` itself, as layer, group and instance
/// normalization have it, with `γ` at most `gain` in absolute value.
///
/// # Formula
/// `gain/√ε`. With `c = x − μ` and `s² = ‖c‖²/m + ε` the Jacobian of `c/s` is `(I − ccᵀ/(m s²))/s` after the projection
/// that centres; its eigenvalues are `1/s` and `ε/s³`, both at most `1/√ε`.
///
/// # Errors
/// When ε or the gain is not finite, the gain is negative, or ε is not positive: then there is no constant.
///
/// # Reference
/// Ba, Kiros, Hinton, Layer normalization, arXiv:1607.06450, 2016 (the function).
pub fn standardization(gain: f64, epsilon: f64) -> Result<f64, LipschitzError> {
    if !(epsilon > 0.0 && epsilon.is_finite() && gain >= 0.0 && gain.is_finite()) {
        return Err(LipschitzError::Standardization { gain, epsilon });
    }
    Ok(Up::div(gain, Down::sqrt(epsilon)))
}

/// `γ (max(x, 0) + α (e^{min(x, 0)} − 1))`: the slopes are `γ` and `γ α e^x`.
pub fn elu(alpha: f64, gamma: f64) -> f64 {
    Up::mul(gamma.abs(), alpha.abs().max(1.0))
}

/// How far `x` for `βx > t`, and `c ln(1 + e^{βx})` for other `x`, are apart where they meet, rounded up.
///
/// `PyTorch` computes `softplus` in this way, with `c = 1/β` and `t = 20`: the jump is `2 · 10⁻⁹/β`, and no Lipschitz constant
/// covers it. Two functions with slopes at most `L` that are joined with a jump `J` differ at any two points by at most
/// `L |x − y| + J`.
///
/// # Formula
/// `|t/β − c (t + ln(1 + e^{−t}))|`
///
/// # Errors
/// When β may be 0, or the threshold is not finite.
pub fn softplus_jump(threshold: f64, beta: Interval, c: Interval) -> Result<f64, IntervalError> {
    let t = Interval::point(threshold)?;
    let smooth = c * (t + (-t).exp().ln_1p()?);
    Ok(largest_magnitude([t.checked_div(beta)? - smooth]))
}

/// `√(2/π)` and `0.044715`, the coefficients for which [`GELU_TANH`] is the constant.
pub const GELU_COEFFICIENTS: [f64; 2] = [0.797_884_560_802_865_4, 0.044_715];

/// An upper bound of `|a|` over an interval.
pub fn largest_magnitude(values: impl IntoIterator<Item = Interval>) -> f64 {
    values.into_iter().fold(0.0, |largest: f64, value| largest.max(value.high()).max(-value.low()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64) -> Interval {
        Interval::point(x).unwrap()
    }

    /// `1/(1 + e^{−x})`
    fn sigma(x: Interval) -> Interval {
        point(1.0).checked_div(point(1.0) + (-x).exp()).unwrap()
    }

    /// `tanh x = 2σ(2x) − 1`
    fn tanh(x: Interval) -> Interval {
        point(2.0) * sigma(point(2.0) * x) - point(1.0)
    }

    /// Whether the slope lies in `[−bound, bound]` on `[−T, T]`, on a cover by short intervals, halved where needed.
    fn covered(slope: &dyn Fn(Interval) -> Interval, bound: f64, low: f64, high: f64, depth: u32) -> bool {
        let found = slope(Interval::new(low, high).unwrap());
        if found.high() <= bound && found.low() >= -bound {
            return true;
        }
        let middle = f64::midpoint(low, high);
        depth > 0
            && covered(slope, bound, low, middle, depth - 1)
            && covered(slope, bound, middle, high, depth - 1)
    }

    fn silu(x: Interval) -> Interval {
        let s = sigma(x);
        s + x * s * (point(1.0) - s)
    }

    /// `w + x (1 − w²) σ(x)` with `w = tanh(ln(1 + e)) = 1 − 2/((1 + e)² + 1)` for `e = eˣ`.
    fn mish(x: Interval) -> Interval {
        let square = (point(1.0) + x.exp()).square();
        let w = point(1.0) - point(2.0).checked_div(square + point(1.0)).unwrap();
        w + x * (point(1.0) - w.square()) * sigma(x)
    }

    fn gelu_tanh(x: Interval) -> Interval {
        let [a, b] = GELU_COEFFICIENTS.map(point);
        let t = tanh(a * (x + b * x * x.square()));
        let inner = a * (point(1.0) + point(3.0) * b * x.square());
        point(0.5) * (point(1.0) + t) + point(0.5) * x * (point(1.0) - t.square()) * inner
    }

    /// Beyond 30 the second terms are at most `x e^{−x}` times a polynomial of degree 3, below 1e-8, and the first lie in
    /// `[0, 1]`; between −30 and 30 the line is covered.
    #[test]
    fn slopes_are_bounded_on_a_cover_of_the_line() {
        let cover = |slope: &dyn Fn(Interval) -> Interval, bound| covered(slope, bound, -30.0, 30.0, 30);
        for (name, slope, bound) in [
            ("silu", &silu as &dyn Fn(Interval) -> Interval, SILU),
            ("mish", &mish, MISH),
            ("gelu by tanh", &gelu_tanh, GELU_TANH),
        ] {
            assert!(cover(slope, bound), "{name}");
            // Teeth: what is just below the largest slope is no bound.
            assert!(!covered(slope, bound - 2e-4, -30.0, 30.0, 12), "{name}");
        }
    }

    /// `Φ(√2) + √2 φ(√2)`, by the alternating series `Φ(x) = ½ + φ-like sum`, at √2: terms fall, the error is below the last.
    #[test]
    fn the_slope_of_gelu_is_largest_at_the_root_of_two() {
        let root = 2f64.sqrt();
        let series = (0..40).fold((root, root), |(sum, term), n| {
            let next =
                -term * root * root / 2.0 * f64::from(2 * n + 1) / (f64::from(n + 1) * f64::from(2 * n + 3));
            (sum + next, next)
        });
        let density = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let slope = 0.5 + series.0 / std::f64::consts::TAU.sqrt() + root * density(root);
        assert!((slope - 1.128_904_145_185_155).abs() < 1e-13 && slope < GELU, "{slope}");
    }

    #[test]
    fn constants_of_vectors_are_reached_or_neared() {
        // The softmax of two equal numbers along (1, −1).
        let softmax = |a: f64, b: f64| a.exp() / (a.exp() + b.exp());
        let step = 1e-5;
        let slope = (softmax(step, -step) - softmax(-step, step)) * 2f64.sqrt() / (2.0 * step * 2f64.sqrt());
        assert!(slope <= SOFTMAX && slope > SOFTMAX - 1e-6);
        assert!(log_softmax(1) == 0.0 && log_softmax(4) == 2.0);
        assert!(standardization(2.0, 0.25).unwrap() == 4.0);
        for epsilon in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(standardization(1.0, epsilon).is_err());
        }
        assert!(standardization(f64::NAN, 1.0).is_err());
        assert!(elu(0.5, 1.0) == 1.0 && elu(-2.0, 1.5) == 3.0);
        let jump = softplus_jump(20.0, point(1.0), point(1.0)).unwrap();
        assert!(jump > 2.061e-9 && jump < 2.062e-9, "{jump}");
    }
}
