//! Covering numbers by Maurey's sparsification: few random atoms stand for a matrix.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, Interval, MatrixError, Rounding, Up, euclidean_norm};

use super::norms::frobenius;
use super::spectrum::exact;
use crate::quantity::count;

/// Why there is no covering number, or nothing to sample.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CoveringError {
    /// A norm that is negative, infinite or NaN.
    #[error("a norm of {0}: it must be finite and at least 0")]
    Norm(f64),
    /// A scale that is not positive and finite.
    #[error("a scale ε = {0}: it must be positive and finite")]
    Scale(f64),
    /// A matrix without rows or columns.
    #[error("weights of shape {inputs} × {outputs} have no entries")]
    NoWeights {
        /// The number of inputs.
        inputs: u64,
        /// The number of outputs.
        outputs: u64,
    },
    /// A mean over no atoms.
    #[error("a mean of 0 atoms: at least one is needed")]
    NoAtoms,
    /// A draw outside of the unit interval.
    #[error("a draw of {0}: uniform draws lie in [0, 1)")]
    Draw(f64),
    /// Atoms whose norms overflow.
    #[error("atoms whose norms add up to {0}: the sum must be finite")]
    Overflow(f64),
    /// Matrices that make no product.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
}

/// `ln N({XA : ‖A‖₂,₁ ≤ a}, ε, ‖·‖_F)`, rounded up, for `‖X‖_F ≤ b` and matrices `A` of `d` inputs and `m` outputs; the
/// `(2, 1)` norm sums over the outputs.
///
/// # Formula
/// `⌈a²b²/ε²⌉ ln(2dm)`, and 0 from `ε = ab` on, where zero alone is a cover: `‖XA‖_F ≤ ‖A‖₂,₁ ‖X‖_F`.
///
/// # Errors
/// When a norm is negative or not finite, the scale is not positive, or there are no weights.
///
/// # Reference
/// Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, lemma 3.2 with
/// `p = q = 2`, `s = 1`.
pub fn maurey_log_covering(
    a: f64,
    b: f64,
    epsilon: f64,
    inputs: u64,
    outputs: u64,
) -> Result<f64, CoveringError> {
    for norm in [a, b] {
        if !(norm >= 0.0 && norm.is_finite()) {
            return Err(CoveringError::Norm(norm));
        }
    }
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(CoveringError::Scale(epsilon));
    }
    if inputs == 0 || outputs == 0 {
        return Err(CoveringError::NoWeights { inputs, outputs });
    }
    let ratio = Up::div(Up::mul(a, b), epsilon);
    if ratio <= 1.0 {
        return Ok(0.0);
    }
    let atoms = Up::ln(2.0 * Up::mul(count::<Up>(inputs), count::<Up>(outputs)));
    Ok(Up::mul(Up::mul(ratio, ratio).ceil(), atoms))
}

/// `XA` as the mean of a law over few atoms, each a column of `X` in one output, signed and scaled alike.
///
/// # Formula
/// With `c = Σ |A_ij| ‖X_:i‖`, the atom `c · sign(A_ij) X_:i e_jᵀ / ‖X_:i‖` has probability `|A_ij| ‖X_:i‖ / c`. The mean of `k`
/// draws has `E ‖XA − X̂‖_F² = (c² − ‖XA‖_F²) / k`, so that some `k` atoms are at least as close.
///
/// # Reference
/// Pisier, Remarques sur un résultat non publié de B. Maurey, Séminaire d'analyse fonctionnelle, 1981; Bartlett, Foster,
/// Telgarsky, NeurIPS 2017, lemma A.6.
///
/// # Example
/// ```
/// use nalgebra::DMatrix;
/// use saddlepoint_theory::capacity::covering::Sparsification;
///
/// let x = DMatrix::from_row_slice(2, 2, &[3.0, 0.0, 4.0, 1.0]);
/// let a = DMatrix::from_row_slice(2, 1, &[1.0, -2.0]);
/// let atoms = Sparsification::new(&x, &a)?;
/// // c = 5 + 2, XA = (3, 2).
/// assert!(atoms.total().contains(7.0) && atoms.mean_squared_error(9)?.contains(4.0));
/// # Ok::<(), saddlepoint_theory::capacity::covering::CoveringError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sparsification {
    points: DMatrix<f64>,
    outputs: usize,
    /// `A_ij ‖X_:i‖`, output by output, to nearest.
    weights: Vec<f64>,
    norms: Vec<f64>,
    total: Interval,
    product: Interval,
}

impl Sparsification {
    /// The atoms of `XA` for inputs `X`, one a row, and weights `A`, inputs by outputs.
    ///
    /// # Errors
    /// When a matrix is empty, an entry is not finite, or they make no product.
    pub fn new(points: &DMatrix<f64>, weights: &DMatrix<f64>) -> Result<Self, CoveringError> {
        let product = frobenius(&exact(points)?.times(&exact(weights)?)?);
        let norms: Vec<f64> = points.column_iter().map(|x| euclidean_norm::<Up>(x.iter().copied())).collect();
        let low: Vec<f64> = points.column_iter().map(|x| euclidean_norm::<Down>(x.iter().copied())).collect();
        let signed =
            weights.column_iter().flat_map(|a| a.iter().zip(&norms).map(|(a, x)| a * x).collect::<Vec<_>>());
        Ok(Self {
            points: points.clone(),
            outputs: weights.ncols(),
            weights: signed.collect(),
            total: Interval::between(total::<Down>(weights, &low), total::<Up>(weights, &norms)),
            norms,
            product,
        })
    }

    /// `c`, the norm of every atom: at most `‖A‖₂,₁ ‖X‖_F`.
    pub fn total(&self) -> Interval {
        self.total
    }

    /// `E ‖XA − X̂‖_F²` for the mean of `k` draws.
    ///
    /// # Errors
    /// When `k` is 0.
    pub fn mean_squared_error(&self, k: u64) -> Result<Interval, CoveringError> {
        let variance = self.total.square() - self.product.square();
        if k == 0 {
            return Err(CoveringError::NoAtoms);
        }
        let low = Down::div(variance.low().max(0.0), count::<Up>(k));
        Ok(Interval::between(low, Up::div(variance.high().max(0.0), count::<Down>(k))))
    }

    /// The mean of `k` drawn atoms, an approximation of `XA`; `uniform` draws from `[0, 1)`.
    ///
    /// # Errors
    /// When `k` is 0, a draw is not in `[0, 1)`, or the norm of the atoms or a multiple of one overflows.
    pub fn sample(&self, k: u32, uniform: &mut dyn FnMut() -> f64) -> Result<DMatrix<f64>, CoveringError> {
        if k == 0 {
            return Err(CoveringError::NoAtoms);
        }
        let mut sum = DMatrix::zeros(self.points.nrows(), self.outputs);
        let mut cumulative = Vec::with_capacity(self.weights.len());
        let mut total = 0.0;
        for weight in &self.weights {
            total += weight.abs();
            cumulative.push(total);
        }
        if total == 0.0 {
            return Ok(sum);
        }
        if !total.is_finite() {
            return Err(CoveringError::Overflow(total));
        }
        for _ in 0..k {
            let draw = uniform();
            if !(0.0..1.0).contains(&draw) {
                return Err(CoveringError::Draw(draw));
            }
            let at = draw * total;
            // Weights of zero have no room between two cumulative sums.
            let drawn = cumulative.partition_point(|&c| c <= at).min(self.weights.len() - 1);
            let (input, output) = (drawn % self.norms.len(), drawn / self.norms.len());
            let scale = total * self.weights[drawn].signum() / (self.norms[input] * f64::from(k));
            sum.column_mut(output).axpy(scale, &self.points.column(input), 1.0);
        }
        match sum.iter().find(|x| !x.is_finite()) {
            Some(&x) => Err(CoveringError::Overflow(x)),
            None => Ok(sum),
        }
    }
}

/// `Σ |A_ij| ‖X_:i‖` on the side of `R`.
fn total<R: Rounding>(weights: &DMatrix<f64>, norms: &[f64]) -> f64 {
    let terms = weights.column_iter().flat_map(|a| {
        let terms =
            a.iter().zip(norms).map(|(a, &x)| if *a == 0.0 { 0.0 } else { R::mul(a.abs(), x).max(0.0) });
        terms.collect::<Vec<_>>()
    });
    terms.fold(0.0, R::add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_no_cover_is_refused() {
        assert_eq!(maurey_log_covering(-1.0, 1.0, 1.0, 2, 2), Err(CoveringError::Norm(-1.0)));
        assert_eq!(maurey_log_covering(1.0, 1.0, 0.0, 2, 2), Err(CoveringError::Scale(0.0)));
        let empty = CoveringError::NoWeights { inputs: 0, outputs: 2 };
        assert_eq!(maurey_log_covering(1.0, 1.0, 1.0, 0, 2), Err(empty));
        let one = DMatrix::from_element(1, 1, 1.0);
        assert!(Sparsification::new(&one, &DMatrix::from_element(2, 1, 1.0)).is_err());
        assert!(Sparsification::new(&DMatrix::from_element(1, 1, f64::NAN), &one).is_err());
        let atoms = Sparsification::new(&one, &one).unwrap();
        assert_eq!(atoms.mean_squared_error(0), Err(CoveringError::NoAtoms));
        assert_eq!(atoms.sample(0, &mut || 0.5), Err(CoveringError::NoAtoms));
        assert_eq!(Sparsification::new(&one, &(0.0 * &one)).unwrap().sample(3, &mut || 0.5).unwrap()[0], 0.0);
    }

    #[test]
    fn ceilings_are_kept() {
        let cover = |epsilon| maurey_log_covering(1.0, 1.0, epsilon, 1, 1).unwrap() / 2f64.ln();
        for (epsilon, atoms) in [(1.0, 0.0), (0.99, 2.0), (0.5, 4.0), (0.3, 12.0)] {
            assert!((cover(epsilon) - atoms).abs() < 1e-12, "{epsilon}: {}", cover(epsilon));
        }
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in any::<[u64; 3]>(), d in any::<u64>(), m in any::<u64>()) {
            let [a, b, epsilon] = bits.map(f64::from_bits);
            if let Ok(entropy) = maurey_log_covering(a, b, epsilon, d, m) {
                prop_assert!(entropy >= 0.0);
            }
        }
    }
}
