//! What averaging predictions gains: exactly their spread.

use super::{RegularizationError, finite, length};

/// The squared errors of an ensemble, its members and their spread.
///
/// # Formula
/// For predictions $f_1,\dots,f_m$ with mean $\bar f$ and targets $y$, entry by entry,
/// $$(\bar f-y)^2=\frac1m\sum_k(f_k-y)^2-\frac1m\sum_k(f_k-\bar f)^2 .$$
/// With probabilities of classes and one-hot targets the errors are Brier scores, divided by the number of classes.
///
/// # Reference
/// Krogh and Vedelsby 1995, *Neural network ensembles, cross validation, and active learning*, equation 7.
///
/// # Example
/// ```
/// use saddlepoint_theory::regularization::ambiguity::Ambiguity;
///
/// let two = Ambiguity::new(&[vec![1.0, 0.0], vec![3.0, 0.0]], &[0.0, 0.0])?;
/// assert_eq!((two.ensemble, two.members, two.ambiguity), (2.0, 2.5, 0.5));
/// # Ok::<(), saddlepoint_theory::regularization::RegularizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ambiguity {
    /// Mean squared error of the mean prediction.
    pub ensemble: f64,
    /// Mean of the mean squared errors of the members.
    pub members: f64,
    /// Mean squared distance of the members from their mean.
    pub ambiguity: f64,
}

impl Ambiguity {
    /// All three, each computed from its own definition.
    ///
    /// # Errors
    /// When there is no member or no target, lengths differ, or a number is not finite or its square overflows.
    pub fn new(predictions: &[Vec<f64>], targets: &[f64]) -> Result<Self, RegularizationError> {
        if predictions.is_empty() || targets.is_empty() {
            return Err(RegularizationError::Empty { samples: predictions.len(), features: targets.len() });
        }
        let (m, n) = (predictions.len() as f64, targets.len() as f64);
        let mut mean = vec![0.0; targets.len()];
        for member in predictions {
            length("a member's predictions", member.len(), targets.len())?;
            mean.iter_mut().zip(member).for_each(|(sum, x)| *sum += x / m);
        }
        let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / n;
        let over_members = |to: &[f64]| predictions.iter().map(|member| distance(member, to)).sum::<f64>() / m;
        let found = Self {
            ensemble: distance(&mean, targets),
            members: over_members(targets),
            ambiguity: over_members(&mean),
        };
        finite("a mean of squares", &[found.ensemble, found.members, found.ambiguity]).map(|()| found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bits_are_refused_or_finite(a in prop::collection::vec(any::<u64>(), 2), b in prop::collection::vec(any::<u64>(), 2), y in prop::collection::vec(any::<u64>(), 2)) {
            let numbers = |bits: Vec<u64>| bits.into_iter().map(f64::from_bits).collect::<Vec<f64>>();
            if let Ok(found) = Ambiguity::new(&[numbers(a), numbers(b)], &numbers(y)) {
                prop_assert!(found.ensemble >= 0.0 && found.members >= 0.0 && found.ambiguity >= 0.0);
            }
        }
    }

    #[test]
    fn members_that_agree_gain_nothing() {
        let same = Ambiguity::new(&[vec![0.5], vec![0.5]], &[2.0]).unwrap();
        assert_eq!((same.ensemble, same.ambiguity), (2.25, 0.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(Ambiguity::new(&[], &[1.0]), Err(RegularizationError::Empty { .. })));
        assert!(matches!(Ambiguity::new(&[vec![1.0, 2.0]], &[1.0]), Err(RegularizationError::Length { .. })));
    }
}
