//! Gram iteration: an upper bound of a spectral norm that holds at every step, rounding included.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, Rounding, Up};

/// Half the distance from 1 to the next float.
const UNIT: f64 = f64::EPSILON / 2.0;

/// More than what underflow can take from any sum here, whose largest terms are near 1.
pub(super) const UNDERFLOW: f64 = 1e-300;

/// `γ_n = nu / (1 − nu)`, rounded up: the relative error of sums of products in which each term meets `n` roundings.
///
/// # Reference
/// Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd edition 2002, equation 3.1.
pub(super) fn gamma(n: usize) -> f64 {
    let share = Up::mul(n as f64, UNIT);
    Up::div(share, Down::sub(1.0, share))
}

/// A complex matrix by its real and its imaginary part; a real one has none.
#[derive(Debug, Clone)]
pub(super) struct Complex {
    pub(super) re: DMatrix<f64>,
    pub(super) im: Option<DMatrix<f64>>,
}

/// When a bound is good enough: below `floor`, or at most a factor `1 + excess` above the norm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    pub(super) floor: f64,
    pub(super) excess: f64,
}

/// An upper bound of the spectral norm of a finite matrix.
///
/// # Formula
/// `‖M‖² = ‖MM*‖` and `‖·‖ ≤ ‖·‖_F`. With `G₀ = M` and `Gⱼ₊₁` the computed `GⱼGⱼ*`, whose error is `eⱼ` at most,
/// $$ \|G_j\| \le \sqrt{\|G_{j+1}\| + e_j}, \qquad \|G_k\| \le \|G_k\|_F, $$
/// so errors never pile up: each is one of a product of computed matrices, not of exact ones. After `k` products the bound exceeds
/// the norm by a factor of at most `n^(1/2^(k+1))`. Entries are scaled by powers of two, which is exact but for underflow.
///
/// # Reference
/// Delattre, Barthélemy, Araujo, Allauzen, Efficient bound of Lipschitz constant for convolutional layers by Gram
/// iteration, ICML 2023, theorem 2.1 and algorithm 1; the rounding term is Higham's equation 3.13.
pub(super) fn spectral_norm_bound(matrix: Complex, goal: Goal) -> f64 {
    let Some(first) = exponent(&matrix) else { return 0.0 };
    let mut current = scale(flat(matrix), -first);
    // Errors and exponents of the products so far.
    let mut steps: Vec<(f64, i32)> = vec![];
    let mut best = f64::INFINITY;
    // The factor by which the Frobenius norm may exceed, as its logarithm.
    let mut excess = 0.5 * libm::log(current.re.nrows() as f64);
    loop {
        let frobenius = frobenius(&current);
        let unrolled = steps
            .iter()
            .rev()
            .fold(frobenius, |bound, &(error, exponent)| Up::sqrt(Up::add(scaled(bound, exponent), error)));
        best = best.min(scaled(Up::add(unrolled, UNDERFLOW), first));
        if best <= goal.floor || excess <= libm::log1p(goal.excess) || steps.len() == MOST {
            return best;
        }
        let (gram, error) = gram(&current, frobenius);
        let Some(exponent) = exponent(&gram) else { return best };
        current = scale(gram, -exponent);
        steps.push((error, exponent));
        excess *= 0.5;
    }
}

/// So many products make the excess as small as a float's rounding.
const MOST: usize = 56;

/// `MM*` or its complex conjugate, which has the same norm, and a bound of its error.
///
/// Every entry of the real part is a sum of at most `2n` products and one more addition, so its error is at most
/// `γ(2n + 2)` times the product of absolute values, whose Frobenius norm is at most `‖M‖_F²`; the same holds for the
/// imaginary part, and `√2 < 1.5`.
fn gram(Complex { re, im }: &Complex, frobenius: f64) -> (Complex, f64) {
    let turned = re.transpose();
    let mut real = re * &turned;
    let imaginary = im.as_ref().map(|im| {
        real += im * im.transpose();
        let mixed = im * turned;
        &mixed - mixed.transpose()
    });
    let gamma = gamma(2 * re.ncols() + 2);
    let error = Up::add(Up::mul(Up::mul(1.5, gamma), Up::mul(frobenius, frobenius)), UNDERFLOW);
    (Complex { re: real, im: imaginary }, error)
}

/// The Frobenius norm of entries of which the largest is near 1, rounded up: a plain sum of positive terms has a small
/// relative error.
fn frobenius(matrix: &Complex) -> f64 {
    let parts = [Some(&matrix.re), matrix.im.as_ref()];
    let sum = parts.into_iter().flatten().fold(0.0, |sum, part| Up::add(sum, part.norm_squared()));
    let terms = matrix.re.len();
    Up::sqrt(Up::add(Up::mul(sum, Up::add(1.0, gamma(terms + 2))), UNDERFLOW))
}

/// The matrix or its transpose: no more rows than columns.
fn flat(matrix: Complex) -> Complex {
    if matrix.re.nrows() <= matrix.re.ncols() {
        return matrix;
    }
    Complex { re: matrix.re.transpose(), im: matrix.im.map(|im| im.transpose()) }
}

/// The exponent of the largest entry; none for a zero matrix.
fn exponent(matrix: &Complex) -> Option<i32> {
    let largest = matrix.re.amax().max(matrix.im.as_ref().map_or(0.0, DMatrix::amax));
    (largest > 0.0).then(|| libm::ilogb(largest))
}

/// `2ᵉ M`.
fn scale(Complex { mut re, mut im }: Complex, exponent: i32) -> Complex {
    // Two factors, for one alone may be out of range.
    let factors = [exponent / 2, exponent - exponent / 2].map(|e| libm::ldexp(1.0, e));
    for part in [Some(&mut re), im.as_mut()].into_iter().flatten() {
        part.apply(|x| *x = *x * factors[0] * factors[1]);
    }
    Complex { re, im }
}

/// `2ᵉ x`, rounded up where it underflows.
fn scaled(x: f64, exponent: i32) -> f64 {
    let scaled = libm::ldexp(x, exponent);
    if scaled.abs() >= f64::MIN_POSITIVE || x == 0.0 { scaled } else { scaled.next_up() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capacity::spectrum::{exact, singular_values};

    const SHARP: Goal = Goal { floor: 0.0, excess: 1e-9 };

    /// Real matrices twice as large, of the same spectral norm.
    fn enclosed(m: &Complex) -> saddlepoint_rigor::Interval {
        let (rows, columns) = m.re.shape();
        let zero = DMatrix::zeros(rows, columns);
        let im = m.im.as_ref().unwrap_or(&zero);
        let real = DMatrix::from_fn(2 * rows, 2 * columns, |i, j| match (i < rows, j < columns) {
            (true, true) => m.re[(i, j)],
            (true, false) => -im[(i, j - columns)],
            (false, true) => im[(i - rows, j)],
            (false, false) => m.re[(i - rows, j - columns)],
        });
        singular_values(&exact(&real).unwrap()).unwrap()[0]
    }

    fn any_matrix() -> impl Strategy<Value = Complex> {
        (1usize..6, 1usize..6, any::<bool>(), -300i32..300).prop_flat_map(|(m, n, real, e)| {
            let part = prop::collection::vec((-1.0..1.0f64).prop_map(move |x| libm::ldexp(x, e)), m * n)
                .prop_map(move |entries| DMatrix::from_vec(m, n, entries));
            (part.clone(), part).prop_map(move |(re, im)| Complex { re, im: (!real).then_some(im) })
        })
    }

    proptest! {
        #[test]
        fn the_bound_is_one_and_sharp(matrix in any_matrix(), floor in 0.0..2.0f64) {
            let norm = enclosed(&matrix);
            let bound = spectral_norm_bound(matrix.clone(), SHARP);
            prop_assert!(bound >= norm.low() && bound <= norm.high() * (1.0 + 2e-9), "{norm} {bound}");
            // It holds at every step, and stops at a floor above the norm.
            let floor = floor * norm.high();
            let early = spectral_norm_bound(matrix, Goal { floor, excess: 0.1 });
            prop_assert!(early >= norm.low() && early <= floor.max(norm.high() * 1.11));
        }

        /// Teeth: any matrix with equal singular values has an error term to pay. Without it the bound falls below.
        #[test]
        fn rounding_is_paid_for(angle in -3.0..3.0f64) {
            let (s, c) = (libm::sin(angle), libm::cos(angle));
            let rotation = Complex { re: DMatrix::from_row_slice(2, 2, &[c, -s, s, c]), im: None };
            let bound = spectral_norm_bound(rotation.clone(), SHARP);
            prop_assert!(bound >= enclosed(&rotation).low() && bound < 1.0 + 2e-9);
        }
    }

    #[test]
    fn extremes_have_bounds() {
        let single = |x| Complex { re: DMatrix::from_element(3, 2, x), im: None };
        assert_eq!(spectral_norm_bound(single(0.0), SHARP), 0.0);
        assert_eq!(spectral_norm_bound(single(f64::MAX), SHARP), f64::INFINITY);
        let tiny = spectral_norm_bound(single(5e-324), SHARP);
        assert!((5e-324..=2e-323).contains(&tiny), "{tiny}");
    }
}
