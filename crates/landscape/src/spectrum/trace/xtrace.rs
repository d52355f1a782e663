//! XTrace: every probe is the sketch of all the others.

use nalgebra::DMatrix;

use super::Trace;
use crate::operator::SymmetricOperator;
use crate::spectrum::estimate::Estimate;
use crate::spectrum::gram_schmidt::{inner_products, orthonormalize};
use crate::spectrum::vectors::{divide, dot, norm};
use crate::spectrum::{SpectrumError, count};

/// The trace by XTrace, from `probes` random vectors and two products each.
///
/// # Formula
/// For probes $\omega_i$ uniform on the sphere of radius $\sqrt n$ let $Q_i$ be an orthonormal basis of the range of
/// $A[\omega_j]_{j\ne i}$ and $u_i = (I - Q_iQ_i^\top)\omega_i$. The estimate is the mean of
/// $$t_i = \operatorname{tr}(Q_i^\top AQ_i) + \frac{n - m + 1}{\|u_i\|^2}\; u_i\cdot Au_i .$$
/// All of them come from one $QR = A\Omega$: $Q_iQ_i^\top = Q(I - s_is_i^\top)Q^\top$ with $s_i$ the normalized $i$-th
/// column of $R^{-\top}$, and $Au_i = A\omega_i - AQc_i$ with $c_i = (I - s_is_i^\top)Q^\top\omega_i$.
///
/// The standard error reported is $\sqrt{2\sum_i(t_i - \hat t)^2 / (m(m-1))}$, $\sqrt2$ times the paper's. The $t_i$ are
/// exchangeable, not independent: each has mean $\operatorname{tr}A$ given the other probes, so in Hoeffding's
/// decomposition it has only terms that contain $\omega_i$. Terms of $\omega_i$ alone are uncorrelated between samples, and the paper's
/// formula is right for them; a term of a pair $\omega_i,\omega_j$ occurs in $t_i$ and in $t_j$, and by Cauchy-Schwarz can double the
/// variance of the mean, as it nearly does for a flat spectrum (a nominal 95 % interval without the factor missed
/// in 10 % of 1,000 runs). Terms of three probes and more are not covered; the coverage tested is that of the tests' spectra.
/// Where `A` has rank below `probes - 1`, the estimate is exact up to rounding, which the standard error does not measure.
///
/// # Errors
/// When there are fewer than two probes or not fewer than dimensions, the operator fails, or the generator gives no
/// usable vector.
///
/// # Reference
/// Epperly, Tropp and Webber, SIAM J. Matrix Anal. Appl. 45 (2024), 1-23, sections 2.1, 2.3 and 3.
pub fn xtrace(
    operator: &dyn SymmetricOperator,
    probes: usize,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Trace, SpectrumError> {
    let (n, m) = (operator.dimension(), probes);
    count("the number of probes", m, 2, n.saturating_sub(1))?;
    let mut omega = Vec::with_capacity(n * m);
    for _ in 0..m {
        let mut probe: Vec<f64> = (0..n).map(|_| normal()).collect();
        let length = norm(&probe);
        if !(length > 0.0 && length.is_finite()) {
            return Err(SpectrumError::Randomness);
        }
        divide(&mut probe, length / (n as f64).sqrt());
        omega.extend(probe);
    }
    let mut images = vec![0.0; omega.len()];
    operator.apply_block(&omega, &mut images)?;
    let pairs = omega.chunks_exact(n).zip(images.chunks_exact(n));
    let diagonal: Vec<f64> = pairs.map(|(probe, image)| dot(probe, image)).collect();
    // A direction that is not there counts as zero, in the basis and in the factor.
    let mut q = images;
    let factor = orthonormalize(&[], n, &mut q, 0.0);
    q[factor.nrows() * n..].fill(0.0);
    let r = factor.resize_vertically(m, 0.0);
    let mut z = vec![0.0; q.len()];
    operator.apply_block(&q, &mut z)?;

    let leave_out = directions(r.clone());
    let h = inner_products(&q, n, &z);
    let components = inner_products(&q, n, &omega);
    let full = h.trace();
    let mut samples = Vec::with_capacity(m);
    for (i, diagonal) in diagonal.into_iter().enumerate() {
        let s = leave_out.column(i);
        let w = components.column(i);
        let c = w - s * s.dot(&w);
        // With u = ω - Qc: u·Au = ω·Aω - 2 c·QᵀAω + c·Hc, where QᵀAω is a column of R.
        let product = diagonal - 2.0 * c.dot(&r.column(i)) + c.dot(&(&h * &c));
        let square = n as f64 - c.norm_squared();
        let rest = if square > 0.0 { (n - m + 1) as f64 * (product / square) } else { 0.0 };
        samples.push(full - s.dot(&(&h * s)) + rest);
    }
    let mut estimate = Estimate::of(&samples)?;
    estimate.standard_error *= std::f64::consts::SQRT_2;
    Ok(Trace { estimate, products: 2 * m })
}

/// Unit vectors orthogonal to all columns of `r` but one: the normalized columns of `r⁻ᵀ`.
///
/// A diagonal entry below the rounding of the factorization is replaced by that rounding: an operator of low rank
/// gives such entries, and its estimate does not depend on what lies there.
fn directions(mut r: DMatrix<f64>) -> DMatrix<f64> {
    let m = r.nrows();
    let size = r.amax();
    if size == 0.0 {
        return DMatrix::identity(m, m);
    }
    r /= size;
    for i in 0..m {
        if r[(i, i)].abs() < f64::EPSILON {
            r[(i, i)] = f64::EPSILON.copysign(r[(i, i)]);
        }
    }
    let mut inverse = DMatrix::identity(m, m);
    // The diagonal is nowhere zero, so the substitution cannot fail.
    r.tr_solve_upper_triangular_mut(&mut inverse);
    for mut column in inverse.column_iter_mut() {
        let largest = column.amax();
        column /= largest;
        let length = column.norm();
        column /= length;
    }
    inverse
}
