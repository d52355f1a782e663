//! The perceptron's learning rule and Novikoff's bound on its mistakes, in integers.

use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero};

use super::separation::{Separation, SeparationError};

/// Labelled points with integer features for the perceptron to learn.
///
/// # Formula
/// From `w = 0`, go through the points again and again; at each mistake, $s_i\langle w,x_i\rangle \le 0$, set
/// $w \leftarrow w + s_ix_i$.
///
/// If a unit vector $u$ has $s_i\langle u,x_i\rangle\ge\gamma>0$ for all points and $\lVert x_i\rVert\le R$, there are at
/// most $(R/\gamma)^2$ mistakes in all, whatever the order: each raises $\langle u,w\rangle$ by $\gamma$ at least and
/// $\lVert w\rVert^2$ by $R^2$ at most.
///
/// # Reference
/// Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the brain, 1958, for the
/// rule; Novikoff, On convergence proofs on perceptrons, 1962, theorem 1; Block and Levin, On the boundedness of an iterative
/// procedure for solving a system of linear inequalities, 1970: weights stay bounded even where nothing separates.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::perceptron::Perceptron;
///
/// let and = Perceptron::new(vec![vec![1, 0, 0], vec![1, 0, 1], vec![1, 1, 0], vec![1, 1, 1]], vec![false, false, false, true])?;
/// let run = and.learn(100);
/// assert!(run.converged);
/// let bound = and.mistake_bound(&[(-3).into(), 2.into(), 2.into()])?;
/// assert!(u64::try_from(bound)? >= run.mistakes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Perceptron {
    points: Separation,
}

/// What the rule did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Corrections made.
    pub mistakes: u64,
    /// Whether the last pass made none.
    pub converged: bool,
    /// The weights at the end.
    pub weights: Vec<BigInt>,
    /// The largest squared length that the weights had.
    pub largest: BigUint,
}

/// Why there is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PerceptronError {
    /// These weights do not put the point on its side, so they prove nothing.
    #[error("the weights do not put every point strictly on its side: they have no positive margin")]
    NoMargin,
    /// See [`SeparationError`].
    #[error(transparent)]
    Separation(#[from] SeparationError),
}

impl Perceptron {
    /// Points by their features (a constant one for a threshold) and their sides.
    ///
    /// # Errors
    /// As [`Separation::new`].
    pub fn new(features: Vec<Vec<i64>>, sides: Vec<bool>) -> Result<Self, PerceptronError> {
        Ok(Self { points: Separation::new(features, sides)? })
    }

    /// The points with their sides, for certificates that they can or cannot be separated.
    pub fn separation(&self) -> &Separation {
        &self.points
    }

    /// At most so many passes through the points, until one makes no mistake.
    pub fn learn(&self, passes: u64) -> Run {
        let mut weights = vec![BigInt::zero(); self.points.features()[0].len()];
        let (mut mistakes, mut largest, mut converged) = (0, BigUint::zero(), false);
        for _ in 0..passes {
            let before = mistakes;
            for (row, &side) in self.points.features().iter().zip(self.points.sides()) {
                let value: BigInt = row.iter().zip(&weights).map(|(x, w)| w * x).sum();
                let right = if side { value.is_positive() } else { value.is_negative() };
                if right {
                    continue;
                }
                for (weight, feature) in weights.iter_mut().zip(row) {
                    *weight += if side { BigInt::from(*feature) } else { -BigInt::from(*feature) };
                }
                mistakes += 1;
                largest = largest.max(squared_length(&weights));
            }
            if mistakes == before {
                converged = true;
                break;
            }
        }
        Run { mistakes, converged, weights, largest }
    }

    /// Novikoff's bound `⌊(R/γ)²⌋` on the mistakes in any order, by the margin that these weights prove.
    ///
    /// # Formula
    /// $\bigl\lfloor \max_i\lVert x_i\rVert^2\,\lVert w\rVert^2 / (\min_i s_i\langle w,x_i\rangle)^2 \bigr\rfloor$
    ///
    /// # Errors
    /// When the weights do not separate the points.
    pub fn mistake_bound(&self, weights: &[BigInt]) -> Result<BigUint, PerceptronError> {
        if !self.points.separates(weights) {
            return Err(PerceptronError::NoMargin);
        }
        let row_length = |row: &Vec<i64>| row.iter().map(|&x| BigInt::from(x).magnitude().pow(2)).sum();
        let radius: BigUint = self.points.features().iter().map(row_length).max().unwrap_or_default();
        let value = |row: &Vec<i64>| row.iter().zip(weights).map(|(x, w)| w * x).sum::<BigInt>();
        let margins = self.points.features().iter().map(|row| value(row).magnitude().clone());
        let margin = margins.min().ok_or(PerceptronError::NoMargin)?;
        Ok(radius * squared_length(weights) / margin.pow(2))
    }
}

fn squared_length(weights: &[BigInt]) -> BigUint {
    weights.iter().map(|weight| weight.magnitude().pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weights_without_a_margin_prove_nothing() {
        let line = Perceptron::new(vec![vec![1], vec![-1]], vec![true, false]).unwrap();
        assert_eq!(line.mistake_bound(&[BigInt::zero()]), Err(PerceptronError::NoMargin));
        assert_eq!(line.mistake_bound(&[BigInt::from(-1)]), Err(PerceptronError::NoMargin));
        assert_eq!(line.mistake_bound(&[]), Err(PerceptronError::NoMargin));
        assert_eq!(line.mistake_bound(&[BigInt::from(7)]), Ok(1u32.into()));
        assert!(Perceptron::new(vec![], vec![]).is_err());
    }

    #[test]
    fn no_pass_is_no_run() {
        let run = Perceptron::new(vec![vec![1]], vec![true]).unwrap().learn(0);
        assert_eq!((run.mistakes, run.converged, run.largest), (0, false, BigUint::zero()));
    }

    proptest! {
        /// The largest integers do not overflow, and what was learned proves its own bound.
        #[test]
        fn any_bits_are_bounded_or_refused(rows in prop::collection::vec((any::<[i64; 2]>(), any::<bool>()), 0..6)) {
            let (features, sides) = rows.into_iter().map(|(row, side)| (row.to_vec(), side)).unzip();
            if let Ok(perceptron) = Perceptron::new(features, sides) {
                let run = perceptron.learn(20);
                let separates = perceptron.separation().separates(&run.weights);
                prop_assert_eq!(separates, perceptron.mistake_bound(&run.weights).is_ok());
                prop_assert!(separates || !run.converged);
            }
        }
    }
}
