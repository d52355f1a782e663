//! The parts of a sample: one that a prior may depend on, and one that a bound counts.

use super::hypothesis::Violation;
use crate::quantity::SampleSize;

/// A statement that a prior has seen no observation that a bound counts.
///
/// A prior may be trained like a predictor, on a part of the sample; the bound then holds with the number of the
/// *other* observations, and both the observed risk and the posterior's divergence are to be taken there.
///
/// # Reference
/// Ambroladze, Parrado-Hernández, Shawe-Taylor, Tighter PAC-Bayes bounds, NeurIPS 2006, section 3.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::split::Split;
///
/// assert_eq!(Split::of_counts(1400, 700, 700)?.bound().get(), 700);
/// assert!(Split::of_counts(1400, 700, 1400).is_err());
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    prior: u64,
    bound: SampleSize,
}

impl Split {
    /// All `n` observations for the bound: the prior was fixed before any.
    ///
    /// # Errors
    /// When `n` is 0.
    pub fn unseen(n: u64) -> Result<Self, Violation> {
        Self::of_counts(n, 0, n)
    }

    /// Of `total` observations, the first `prior` for the prior and the last `bound` for the bound.
    ///
    /// # Errors
    /// When there are more in the parts than in the sample, or none for the bound.
    pub fn of_counts(total: u64, prior: u64, bound: u64) -> Result<Self, Violation> {
        if prior.checked_add(bound).is_none_or(|both| both > total) {
            return Err(Violation::Overlap { prior, bound, total });
        }
        Ok(Self { prior, bound: SampleSize::new(bound)? })
    }

    /// The observations of both parts, by their numbers.
    ///
    /// # Errors
    /// When an observation of the bound is one of the prior or occurs twice, or when the bound has none.
    pub fn of_observations(prior: &[usize], bound: &[usize]) -> Result<Self, Violation> {
        let mut sorted: Vec<(usize, bool)> = prior.iter().map(|&i| (i, false)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let seen = sorted.len() as u64;
        sorted.extend(bound.iter().map(|&i| (i, true)));
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(Violation::SeenByThePrior(pair[0].0)),
            None => Ok(Self { prior: seen, bound: SampleSize::new(bound.len() as u64)? }),
        }
    }

    /// The number of observations that the prior may have seen.
    pub fn prior(&self) -> u64 {
        self.prior
    }

    /// The number of observations that the bound counts.
    pub fn bound(&self) -> SampleSize {
        self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::QuantityError;

    #[test]
    fn parts_that_overlap_are_refused() {
        assert_eq!(Split::of_counts(10, 6, 5), Err(Violation::Overlap { prior: 6, bound: 5, total: 10 }));
        assert!(Split::of_counts(10, u64::MAX, 5).is_err());
        assert_eq!(Split::of_counts(10, 10, 0), Err(QuantityError::EmptySample.into()));
        assert_eq!(Split::unseen(0), Err(QuantityError::EmptySample.into()));
        assert_eq!(Split::of_observations(&[4, 1], &[0, 4]), Err(Violation::SeenByThePrior(4)));
        assert_eq!(Split::of_observations(&[], &[7, 7]), Err(Violation::SeenByThePrior(7)));
        let split = Split::of_observations(&[3, 3, 1], &[0, 2]).unwrap();
        assert_eq!((split.prior(), split.bound().get()), (2, 2));
    }
}
