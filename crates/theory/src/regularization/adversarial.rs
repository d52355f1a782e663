//! The worst change of the inputs of a linear model: the dual norm of its weights.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::{RegularizationError, finite, length, not_negative};

/// Changes `η` of the inputs of `w · x` with `‖η‖_∞ ≤ ε`.
///
/// # Formula
/// $$\max_{\lVert\eta\rVert_\infty\le\varepsilon}w\cdot\eta=\varepsilon\lVert w\rVert_1\quad\text{at}\quad
/// \eta=\varepsilon\operatorname{sign}w,$$
/// while independent random signs make a change of standard deviation $\varepsilon\lVert w\rVert_2$: for weights alike, of the
/// order of $d$ and of $\sqrt d$.
///
/// # Reference
/// Goodfellow, Shlens and Szegedy 2015, section 3.
///
/// # Example
/// ```
/// use saddlepoint_theory::regularization::adversarial::LinearAttack;
///
/// let attack = LinearAttack::new(&[1.0, -2.0, 2.0], 0.5)?;
/// assert_eq!((attack.worst(), attack.deviation()), (2.5, 1.5));
/// assert_eq!(attack.change(), [0.5, -0.5, 0.5]);
/// # Ok::<(), saddlepoint_theory::regularization::RegularizationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LinearAttack {
    weights: Vec<f64>,
    epsilon: f64,
}

impl LinearAttack {
    /// Changes of size `ε` against these weights.
    ///
    /// # Errors
    /// When a number is not finite or `ε` is negative.
    pub fn new(weights: &[f64], epsilon: f64) -> Result<Self, RegularizationError> {
        not_negative("the size ε", epsilon)?;
        finite("the weights", weights)?;
        Ok(Self { weights: weights.to_vec(), epsilon })
    }

    /// `ε‖w‖₁`, rounded to nearest.
    pub fn worst(&self) -> f64 {
        self.epsilon * self.weights.iter().map(|w| w.abs()).sum::<f64>()
    }

    /// `ε‖w‖₁`, rounded up: no change of this size does more.
    pub fn bound(&self) -> f64 {
        let sum = self.weights.iter().fold(0.0, |sum, w| Up::add(sum, w.abs()));
        Up::mul(self.epsilon, sum)
    }

    /// `ε sign w`: the change that does it.
    pub fn change(&self) -> Vec<f64> {
        self.weights.iter().map(|&w| if w == 0.0 { 0.0 } else { self.epsilon.copysign(w) }).collect()
    }

    /// `ε‖w‖₂`: the standard deviation of what random signs do.
    pub fn deviation(&self) -> f64 {
        self.epsilon * self.weights.iter().map(|w| w * w).sum::<f64>().sqrt()
    }
}

/// A linear classifier `x ↦ argmax_k (w_k · x + b_k)`, and how far its decisions are from changing.
///
/// # Shapes
/// Weights are `classes` rows of `dimension` entries; as many biases as classes.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearClassifier {
    dimension: usize,
    weights: Vec<f64>,
    biases: Vec<f64>,
}

impl LinearClassifier {
    /// The classifier with these weights, row by row, and biases.
    ///
    /// # Errors
    /// When there are fewer than two classes, sizes do not fit or a number is not finite.
    pub fn new(dimension: usize, weights: Vec<f64>, biases: Vec<f64>) -> Result<Self, RegularizationError> {
        if dimension == 0 || biases.len() < 2 {
            return Err(RegularizationError::Empty { samples: biases.len(), features: dimension });
        }
        length("the weights", weights.len(), dimension.saturating_mul(biases.len()))?;
        finite("the weights", &weights)?;
        finite("the biases", &biases)?;
        Ok(Self { dimension, weights, biases })
    }

    /// A lower bound of how large a change in the maximum norm must be to alter the decision for `label` at `x`; not positive
    /// where the decision is another already.
    ///
    /// # Formula
    /// $$\min_{k\ne y}\frac{(w_y-w_k)\cdot x+b_y-b_k}{\lVert w_y-w_k\rVert_1},$$
    /// exact up to rounding, which goes down. No attack, however clever, succeeds below it; the one along
    /// $-\operatorname{sign}(w_y-w_k)$ for the minimizing $k$ does above it.
    ///
    /// # Errors
    /// When sizes do not fit, the label is no class, or a number is not finite or overflows.
    pub fn robustness(&self, x: &[f64], label: usize) -> Result<f64, RegularizationError> {
        length("the input", x.len(), self.dimension)?;
        finite("the input", x)?;
        let classes = self.biases.len();
        if label >= classes {
            return Err(RegularizationError::Label { label, classes });
        }
        let row = |k: usize| &self.weights[k * self.dimension..][..self.dimension];
        let mut least = f64::INFINITY;
        for k in (0..classes).filter(|k| *k != label) {
            let (mut margin, mut norm) = (Down::sub(self.biases[label], self.biases[k]), 0.0);
            for ((a, b), x) in row(label).iter().zip(row(k)).zip(x) {
                // The product is least at one end of the enclosure of the difference.
                let (low, high) = (Down::sub(*a, *b), Up::sub(*a, *b));
                margin = Down::add(margin, Down::mul(low, *x).min(Down::mul(high, *x)));
                norm = Up::add(norm, (-low).max(high));
            }
            // Rounding down a quotient: towards a larger divisor where it is positive.
            let radius = if margin == 0.0 { 0.0 } else { Down::div(margin, norm) };
            if radius.is_nan() || margin.is_infinite() {
                return Err(RegularizationError::NotFinite { what: "a margin", value: margin });
            }
            least = least.min(radius);
        }
        Ok(least)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(w in prop::collection::vec(any::<u64>(), 4), b in prop::collection::vec(any::<u64>(), 2), x in prop::collection::vec(any::<u64>(), 2), epsilon in any::<u64>()) {
            let numbers = |bits: Vec<u64>| bits.into_iter().map(f64::from_bits).collect::<Vec<f64>>();
            let weights = numbers(w);
            if let Ok(attack) = LinearAttack::new(&weights, f64::from_bits(epsilon)) {
                prop_assert!(attack.bound() >= attack.worst());
            }
            let classifier = LinearClassifier::new(2, weights, numbers(b));
            if let Ok(Ok(radius)) = classifier.map(|classifier| classifier.robustness(&numbers(x), 1)) {
                prop_assert!(!radius.is_nan());
            }
        }

        /// No corner of the cube changes the decision below the radius, and the worst one does above it.
        #[test]
        fn the_radius_is_where_decisions_change(w in prop::collection::vec(-2.0f64..2.0, 9), b in prop::collection::vec(-1.0f64..1.0, 3), x in prop::collection::vec(-1.0f64..1.0, 3)) {
            let classifier = LinearClassifier::new(3, w.clone(), b.clone()).unwrap();
            let score = |k: usize, x: &[f64]| b[k] + w[3 * k..3 * k + 3].iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
            let best = |x: &[f64]| (0..3).fold(0, |a, k| if score(k, x) > score(a, x) { k } else { a });
            let label = best(&x);
            let radius = classifier.robustness(&x, label).unwrap();
            prop_assume!(radius > 1e-6);
            let corner = |mask: u32, size: f64| -> Vec<f64> {
                x.iter().enumerate().map(|(i, x)| x + if mask >> i & 1 == 1 { size } else { -size }).collect()
            };
            prop_assert!((0..8).all(|mask| best(&corner(mask, radius * (1.0 - 1e-9))) == label));
            prop_assert!((0..8).any(|mask| best(&corner(mask, radius * (1.0 + 1e-6) + 1e-12)) != label));
        }
    }

    #[test]
    fn a_wrong_decision_has_no_room() {
        let classifier = LinearClassifier::new(1, vec![1.0, -1.0], vec![0.0, 0.0]).unwrap();
        assert!(classifier.robustness(&[-0.5], 0).unwrap() < 0.0);
        assert!((classifier.robustness(&[0.5], 0).unwrap() - 0.5).abs() < 1e-15);
        assert!(matches!(
            classifier.robustness(&[0.5], 2),
            Err(RegularizationError::Label { label: 2, classes: 2 })
        ));
        // Classes with equal weights: no change of the input decides between them.
        let same = LinearClassifier::new(1, vec![1.0, 1.0], vec![1.0, 0.0]).unwrap();
        assert_eq!(same.robustness(&[0.5], 0).unwrap(), f64::INFINITY);
    }
}
