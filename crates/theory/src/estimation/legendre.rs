//! Legendre polynomials, orthonormal under the uniform distribution on `[−1, 1]`.

use std::f64::consts::PI;

/// `φ₀(x), …, φ_p(x)`: orthonormal polynomials of degree at most `p`.
///
/// # Formula
/// $$\varphi_k = \sqrt{2k+1}\,P_k,\qquad \tfrac12\int_{-1}^1\varphi_j\varphi_k = [j = k],\qquad
/// (k+1)P_{k+1}(x) = (2k+1)\,x P_k(x) - k P_{k-1}(x).$$
///
/// # Example
/// ```
/// use saddlepoint_theory::estimation::legendre::orthonormal;
///
/// let values: Vec<f64> = orthonormal(1.0, 2).collect();
/// assert_eq!(values, [1.0, 3f64.sqrt(), 5f64.sqrt()]);
/// ```
pub fn orthonormal(x: f64, degree: usize) -> impl Iterator<Item = f64> {
    polynomials(x).take(degree + 1).enumerate().map(|(k, value)| (2.0 * k as f64 + 1.0).sqrt() * value)
}

/// `P₀(x), P₁(x), …` by the three-term recurrence, which is stable on `[−1, 1]`.
fn polynomials(x: f64) -> impl Iterator<Item = f64> {
    let mut state = (0.0, 1.0);
    (0..).map(move |k| {
        let (previous, value) = state;
        let k = f64::from(k);
        state = (value, ((2.0 * k + 1.0) * x * value - k * previous) / (k + 1.0));
        value
    })
}

/// Gauss's rule on `[−1, 1]`: `n` pairs of abscissa and weight, exact for polynomials of degree below `2n`.
///
/// # Formula
/// $$\int_{-1}^1 f \approx \sum_i w_i f(x_i),\qquad P_n(x_i) = 0,\qquad w_i = \frac{2}{(1-x_i^2)P_n'(x_i)^2}.$$
///
/// # Reference
/// Davis and Rabinowitz, *Methods of Numerical Integration* (1984), section 2.7.
///
/// # Example
/// ```
/// use saddlepoint_theory::estimation::legendre::gauss;
///
/// let fourth: f64 = gauss(3).iter().map(|(x, w)| w * x.powi(4)).sum();
/// assert!((fourth - 0.4).abs() < 1e-15);
/// ```
pub fn gauss(n: usize) -> Vec<(f64, f64)> {
    let order = n as f64;
    let node = |i: usize| {
        let mut x = (PI * (i as f64 + 0.75) / (order + 0.5)).cos();
        let mut derivative = 1.0;
        // Newton's method from the asymptotic root converges in four steps at any order; the rest costs nothing.
        for _ in 0..8 {
            let mut two = polynomials(x).skip(n - 1);
            let (before, value) = (two.next().unwrap_or(0.0), two.next().unwrap_or(0.0));
            derivative = order * (x * value - before) / (x * x - 1.0);
            x -= value / derivative;
        }
        (x, 2.0 / ((1.0 - x * x) * derivative * derivative))
    };
    (0..n).map(node).collect()
}

/// A function on `[−1, 1]` whose projections on polynomials are known.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// `|x|`: not a polynomial, so that every degree leaves something out.
    AbsoluteValue,
    /// The polynomial with these coefficients in the orthonormal basis.
    Polynomial(Vec<f64>),
}

impl Target {
    /// Its value at `x`.
    pub fn value(&self, x: f64) -> f64 {
        match self {
            Target::AbsoluteValue => x.abs(),
            Target::Polynomial(coefficients) => coefficients.iter().zip(polynomials(x)).zip(0..).fold(
                0.0,
                |sum, ((coefficient, value), k): (_, i32)| {
                    sum + coefficient * (2.0 * f64::from(k) + 1.0).sqrt() * value
                },
            ),
        }
    }

    /// Its coefficients in `φ₀, …, φ_p`: the best approximation in mean square.
    ///
    /// # Formula
    /// For `|x|`: $\tfrac12$ at $k = 0$, zero at odd $k$, and
    /// $$c_{2m} = \sqrt{4m+1}\;\frac{(-1)^{m+1}(2m-2)!}{2^{2m}(m-1)!\,(m+1)!}.$$
    pub fn coefficients(&self, degree: usize) -> Vec<f64> {
        match self {
            Target::AbsoluteValue => {
                // From m to m + 1 the quotient of factorials changes by −(2m − 1)/(2m + 4).
                let mut even = 0.25;
                (0..=degree)
                    .map(|k| match (k, k % 2) {
                        (0, _) => 0.5,
                        (_, 1) => 0.0,
                        _ => {
                            let m = (k / 2) as f64;
                            if k > 2 {
                                even *= -(2.0 * m - 3.0) / (2.0 * m + 2.0);
                            }
                            (4.0 * m + 1.0).sqrt() * even * 0.5
                        }
                    })
                    .collect()
            }
            Target::Polynomial(coefficients) => {
                coefficients.iter().copied().chain(std::iter::repeat(0.0)).take(degree + 1).collect()
            }
        }
    }

    /// The squared distance to the polynomials of degree at most `p`, in mean square under the uniform distribution.
    ///
    /// # Formula
    /// $\lVert f\rVert^2 - \sum_{k\le p} c_k^2$, which loses digits where it is much smaller than $\lVert f\rVert^2$; for a
    /// polynomial the sum of the squares that are left out, which does not.
    pub fn approximation_error(&self, degree: usize) -> f64 {
        match self {
            Target::AbsoluteValue => {
                1.0 / 3.0 - self.coefficients(degree).iter().rev().map(|c| c * c).sum::<f64>()
            }
            Target::Polynomial(coefficients) => coefficients.iter().skip(degree + 1).map(|c| c * c).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basis_is_orthonormal() {
        let rule = gauss(12);
        for j in 0..=10 {
            for k in 0..=10 {
                let product: f64 = rule
                    .iter()
                    .map(|&(x, w)| {
                        let values: Vec<f64> = orthonormal(x, 10).collect();
                        0.5 * w * values[j] * values[k]
                    })
                    .sum();
                assert!((product - f64::from(u8::from(j == k))).abs() < 1e-13, "{j} {k}: {product}");
            }
        }
    }

    #[test]
    fn the_distances_of_the_absolute_value_are_the_catalogues() {
        let distance = |p| Target::AbsoluteValue.approximation_error(p);
        for (p, value) in
            [(0, 1.0 / 12.0), (1, 1.0 / 12.0), (2, 1.0 / 192.0), (3, 1.0 / 192.0), (4, 1.0 / 768.0)]
        {
            assert!((distance(p) - value).abs() < 1e-15, "{p}");
        }
        // The catalogue took differences of nearly equal numbers: its last digits are off.
        for (p, value) in [(6, 0.000508626302085), (8, 0.000249226888023), (10, 0.000140190124514)] {
            assert!((distance(p) - value).abs() < 3e-15, "{p}: {}", distance(p));
        }
    }

    #[test]
    fn coefficients_are_integrals() {
        for target in [Target::AbsoluteValue, Target::Polynomial(vec![0.3, -1.0, 2.0])] {
            // Half the interval at a time, for the kink.
            for (k, c) in target.coefficients(9).into_iter().enumerate() {
                let halves = gauss(20)
                    .into_iter()
                    .flat_map(|(x, w)| [(f64::midpoint(x, 1.0), w / 2.0), (f64::midpoint(x, -1.0), w / 2.0)]);
                let integral: f64 =
                    halves.map(|(x, w)| 0.5 * w * target.value(x) * orthonormal(x, k).last().unwrap()).sum();
                assert!((integral - c).abs() < 1e-14, "{target:?} {k}: {integral} {c}");
            }
        }
    }
}
