//! The trace from random probes: Hutchinson, Hutch++ and XTrace, each with the standard error of its estimate.
//!
//! | estimator | error after `m` products | best where |
//! |---|---|---|
//! | [`hutchinson`] | `‖A‖_F √(2/m)` | the spectrum is flat |
//! | [`hutch_plus_plus`] | `O(tr A / m)` for `A ⪰ 0` | a few eigenvalues dominate |
//! | [`xtrace`] | as Hutch++, with all products used twice | a few dominate, and products are dear |

mod xtrace;

pub use xtrace::xtrace;

use super::estimate::{Estimate, StopRule};
use super::gram_schmidt::{orthonormalize, project_out, subtract};
use super::vectors::{dot, norm};
use super::{SpectrumError, count};
use crate::operator::SymmetricOperator;

/// Probes multiplied at once: most of what a block saves, at the memory of two vectors each.
const BLOCK: usize = 8;

/// An estimated trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trace {
    /// The trace with its standard error.
    pub estimate: Estimate,
    /// Products spent.
    pub products: usize,
}

/// The trace by Hutchinson's estimator, with random signs, until `stop` is met.
///
/// # Formula
/// $\hat t = \frac1k\sum_j \omega_j\cdot A\omega_j$, unbiased, with variance $\frac2k\sum_{i\ne j}A_{ij}^2$.
///
/// The interval is Student's. Its coverage holds for a number of probes fixed in advance; a rule that stops early
/// looks at the data, and covers a little less the fewer probes it demands at least. Where one eigenvalue outweighs the
/// rest, the samples are nearly $\chi^2_1$ and skewed: a nominal 95 % interval of 30 probes then missed in 9 % of 1,000 runs.
/// [`hutch_plus_plus`] is for such spectra.
///
/// # Errors
/// When the rule makes no sense, the operator fails, or the generator gives numbers that are not finite.
///
/// # Reference
/// Girard (1989); Hutchinson, Commun. Stat. Simul. Comput. 18 (1989), 1059-1076.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::operator::Dense;
/// use saddlepoint_landscape::spectrum::{estimate::StopRule, trace::hutchinson};
///
/// let a = Dense::new(dmatrix![1.0, 0.0; 0.0, 5.0])?;
/// let mut flip = -1.0;
/// let found = hutchinson(&a, StopRule::exactly(3), &mut || { flip = -flip; flip })?;
/// assert_eq!((found.estimate.value, found.products), (6.0, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn hutchinson(
    operator: &dyn SymmetricOperator,
    stop: StopRule,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Trace, SpectrumError> {
    deflated(operator, &[], &[], 0.0, stop, normal)
}

/// The trace by Hutch++: exact on a sketch of the range, Hutchinson on the rest until `stop` is met.
///
/// # Formula
/// With $Q$ an orthonormal basis of $AS$, $S$ of `sketch` random sign vectors, and $P = I - QQ^\top$,
/// $$\hat t = \operatorname{tr}(Q^\top AQ) + \tfrac1k\sum_j \omega_j\cdot PAP\omega_j .$$
/// Given $Q$ the first term is exact and the samples are independent, so the standard error is theirs. `stop` counts and
/// compares the whole estimate. At most two products a sketch vector, one a probe.
///
/// # Errors
/// As for [`hutchinson`], and when the sketch is empty or larger than the dimension.
///
/// # Reference
/// Meyer, Musco, Musco and Woodruff, SOSA 2021, algorithm 1 and theorem 1.
pub fn hutch_plus_plus(
    operator: &dyn SymmetricOperator,
    sketch: usize,
    stop: StopRule,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Trace, SpectrumError> {
    stop.check()?;
    let n = operator.dimension();
    count("the size of the sketch", sketch, 1, n)?;
    let mut probes = vec![0.0; n * sketch];
    probes.chunks_exact_mut(n).try_for_each(|probe| signs(probe, normal))?;
    let mut range = vec![0.0; probes.len()];
    operator.apply_block(&probes, &mut range)?;
    // Directions that are rounding beside the longest image are not in the range.
    let longest = range.chunks_exact(n).map(norm).fold(0.0, f64::max);
    let rank = orthonormalize(&[], n, &mut range, 8.0 * (n as f64).sqrt() * f64::EPSILON * longest).nrows();
    let basis = &range[..rank * n];
    let mut image = vec![0.0; basis.len()];
    operator.apply_block(basis, &mut image)?;
    let known = dot(basis, &image);
    let mut trace = deflated(operator, basis, &image, known, stop, normal)?;
    trace.products += sketch + rank;
    Ok(trace)
}

/// Hutchinson on `PAP`, `P` the projection away from `basis`, whose images under `A` are given; plus what is known.
fn deflated(
    operator: &dyn SymmetricOperator,
    basis: &[f64],
    images: &[f64],
    known: f64,
    stop: StopRule,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Trace, SpectrumError> {
    stop.check()?;
    let n = operator.dimension();
    count("the dimension", n, 1, usize::MAX)?;
    let (mut probes, mut products) = (Vec::new(), Vec::new());
    let mut samples = Vec::new();
    let mut look = stop.at_least;
    loop {
        let width = (look - samples.len()).min(BLOCK);
        probes.resize(width * n, 0.0);
        products.resize(width * n, 0.0);
        probes.chunks_exact_mut(n).try_for_each(|probe| signs(probe, normal))?;
        operator.apply_block(&probes, &mut products)?;
        // A P ω = A ω − (A Q) Qᵀω: no product more.
        let components = project_out(basis, n, &mut probes);
        if !basis.is_empty() {
            subtract(images, n, &components, &mut products);
        }
        samples.extend(
            probes.chunks_exact(n).zip(products.chunks_exact(n)).map(|(probe, product)| dot(probe, product)),
        );
        if samples.len() >= look {
            let estimate = Estimate::of(&samples)?.plus(known);
            if stop.is_met(samples.len(), &estimate)? {
                return Ok(Trace { estimate, products: samples.len() });
            }
            // Looks at every sixteenth of what is there: each costs as much as the samples, and is a chance to stop too early.
            look = stop.at_most.min(look + (look / 16).max(1));
        }
    }
}

/// Fills a vector with independent random signs, sixteen from each normal.
///
/// # Formula
/// They are the first sixteen binary digits of the fractional part of $2z$. By Poisson's summation the density of $z$ modulo
/// $\frac12$ is $1 + 2\sum_{k\ge1}e^{-8\pi^2k^2}\cos 4\pi kz$ times the uniform one, and $2e^{-8\pi^2} < 10^{-33}$: the
/// digits are fair and independent. They stand at $2^{-2}$ to $2^{-17}$, where normals made in f32 still have some. (The
/// sign of $z$ is not independent of them.) A draw a sign would cost more than half of a network's product.
pub(crate) fn signs(vector: &mut [f64], normal: &mut dyn FnMut() -> f64) -> Result<(), SpectrumError> {
    for part in vector.chunks_mut(16) {
        let draw = normal();
        if !draw.is_finite() {
            return Err(SpectrumError::Randomness);
        }
        let digits = ((2.0 * draw).rem_euclid(1.0) * 65536.0) as u64;
        for (i, sign) in part.iter_mut().enumerate() {
            *sign = f64::from_bits(1f64.to_bits() | (digits >> i & 1) << 63);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
