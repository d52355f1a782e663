//! Logistic regression on rare features: one weight a feature, features of very different frequency.

use super::{ConstructionError, all_finite, positive};
use crate::objective::Objective;

/// The population risk of logistic regression on one-hot inputs, whose labels follow a planted logistic model.
///
/// # Formula
/// Feature $j$ appears with probability $p_j$, then the label is 1 with probability $\sigma(w^*_j)$:
/// $$f(w) = \sum_j p_j\,\mathrm{KL}\big(\sigma(w^*_j)\,\|\,\sigma(w_j)\big),\qquad \partial_jf = p_j\,(\sigma(w_j) - \sigma(w^*_j)).$$
/// The Hessian is diagonal with entries $p_j\,\sigma'(w_j)$: rare features make it ill-conditioned, and each example teaches
/// one weight only. The excess over the least risk is $f$ itself.
///
/// # Reference
/// Duchi, Hazan and Singer 2011, section 1.3, where rare features are the reason for AdaGrad.
#[derive(Debug, Clone, PartialEq)]
pub struct OneHotLogistic {
    /// Probabilities of the features, and their sums from the first on.
    probabilities: Vec<f64>,
    cumulated: Vec<f64>,
    planted: Vec<f64>,
}

impl OneHotLogistic {
    /// Features with frequencies proportional to $1/j$ (Zipf's law), and planted weights, one a feature.
    ///
    /// # Errors
    /// When there are no weights or one is not finite.
    pub fn zipf(planted: &[f64]) -> Result<Self, ConstructionError> {
        let frequencies: Vec<f64> = (1..=planted.len()).map(|rank| (rank as f64).recip()).collect();
        Self::new(&frequencies, planted)
    }

    /// Features with frequencies proportional to these, and planted weights.
    ///
    /// # Errors
    /// When there are no weights, their number is not that of the frequencies, one is not finite, or a frequency is not
    /// positive.
    pub fn new(frequencies: &[f64], planted: &[f64]) -> Result<Self, ConstructionError> {
        if planted.is_empty() {
            return Err(ConstructionError::Empty { what: "the planted weights" });
        }
        if frequencies.len() != planted.len() {
            let (expected, found) = (planted.len(), frequencies.len());
            return Err(ConstructionError::Shape { what: "frequencies", expected, found });
        }
        all_finite("a planted weight", planted)?;
        for &frequency in frequencies {
            positive("a frequency", frequency)?;
        }
        let total = positive("the sum of the frequencies", frequencies.iter().sum())?;
        let probabilities: Vec<f64> = frequencies.iter().map(|frequency| frequency / total).collect();
        let mut sum = 0.0;
        let add = |p: &f64| {
            sum += p;
            sum
        };
        let cumulated = probabilities.iter().map(add).collect();
        Ok(Self { probabilities, cumulated, planted: planted.to_vec() })
    }

    /// An example from two uniform numbers in `[0, 1)`: its feature, and its label, 0 or 1.
    pub fn example(&self, feature: f64, label: f64) -> (usize, f64) {
        let last = self.planted.len() - 1;
        let feature = self.cumulated.partition_point(|&sum| sum <= feature).min(last);
        (feature, if label < sigmoid(self.planted[feature]) { 1.0 } else { 0.0 })
    }

    /// The derivative of an example's loss along the weight of its feature; along the others it is zero.
    pub fn slope(weight: f64, label: f64) -> f64 {
        sigmoid(weight) - label
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// `ln(1 + e^z)` without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

impl Objective for OneHotLogistic {
    fn dimension(&self) -> usize {
        self.planted.len()
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        let divergence =
            |w: f64, planted: f64| softplus(w) - softplus(planted) - sigmoid(planted) * (w - planted);
        let terms = self.probabilities.iter().zip(point).zip(&self.planted);
        terms.map(|((p, &w), &planted)| p * divergence(w, planted).max(0.0)).sum()
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        let terms = self.probabilities.iter().zip(point).zip(&self.planted);
        for (g, ((p, &w), &planted)) in gradient.iter_mut().zip(terms) {
            *g = p * (sigmoid(w) - sigmoid(planted));
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        for (((h, p), &w), v) in product.iter_mut().zip(&self.probabilities).zip(point).zip(vector) {
            *h = p * sigmoid(w) * sigmoid(-w) * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_slope_of_the_value(
            planted in prop::collection::vec(-3.0f64..3.0, 4), point in prop::collection::vec(-3.0f64..3.0, 4),
        ) {
            let f = OneHotLogistic::zipf(&planted).unwrap();
            let (gradient, hessian) = (f.gradient(&point).unwrap(), f.hessian(&point).unwrap());
            for j in 0..4 {
                let along = |t: f64| { let mut moved = point.clone(); moved[j] += t; moved };
                let h = 1e-4;
                let slope = (f.value(&along(h)).unwrap() - f.value(&along(-h)).unwrap()) / (2.0 * h);
                prop_assert!((slope - gradient[j]).abs() < 1e-8);
                let curvature = (f.gradient(&along(h)).unwrap()[j] - f.gradient(&along(-h)).unwrap()[j]) / (2.0 * h);
                prop_assert!((curvature - hessian[(j, j)]).abs() < 1e-8);
            }
            prop_assert!(f.value(&planted).unwrap() == 0.0 && f.value(&point).unwrap() >= 0.0);
        }

        /// The mean slope over many examples is the gradient.
        #[test]
        fn examples_have_the_gradient_as_their_mean(planted in prop::collection::vec(-2.0f64..2.0, 3)) {
            let f = OneHotLogistic::zipf(&planted).unwrap();
            let mut sums = [0.0; 3];
            // Midpoints of a grid in place of random numbers: the mean is then exact up to the cells on borders.
            let grid = 400;
            for i in 0..grid {
                for k in 0..grid {
                    let at = |i: usize| (i as f64 + 0.5) / grid as f64;
                    let (feature, label) = f.example(at(i), at(k));
                    sums[feature] += OneHotLogistic::slope(0.3, label) / (grid * grid) as f64;
                }
            }
            for (sum, expected) in sums.iter().zip(f.gradient(&[0.3; 3]).unwrap().iter()) {
                prop_assert!((sum - expected).abs() < 0.01, "{} {}", sum, expected);
            }
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::collection::vec(any::<u64>(), 4)) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(f) = OneHotLogistic::new(&numbers[..2], &numbers[2..]) {
                prop_assert!(f.value_unchecked(&[0.0, 0.0]) >= 0.0);
                prop_assert!(f.example(0.999, 0.5).0 < 2);
            }
        }
    }
}
