//! Least squares with a penalty of its own for each coefficient: what dropout and noise turn out to be.

use nalgebra::{DMatrix, DVector};

use super::{RegularizationError, finite, length, not_negative};

/// `½‖y − Xw‖² + ½ Σ_j p_j w_j²` and its minimizer.
///
/// # Shapes
/// `X` is `n × d`; `y` has `n` entries, `p` has `d`.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedRidge {
    design: DMatrix<f64>,
    labels: DVector<f64>,
    penalties: Vec<f64>,
}

impl WeightedRidge {
    /// The problem with these penalties.
    ///
    /// # Errors
    /// When sizes do not fit, a number is not finite or a penalty negative.
    pub fn new(
        design: &DMatrix<f64>,
        labels: &[f64],
        penalties: Vec<f64>,
    ) -> Result<Self, RegularizationError> {
        let (samples, features) = design.shape();
        if samples == 0 || features == 0 {
            return Err(RegularizationError::Empty { samples, features });
        }
        length("the labels", labels.len(), samples)?;
        length("the penalties", penalties.len(), features)?;
        finite("the design", design.as_slice())?;
        finite("the labels", labels)?;
        penalties.iter().try_for_each(|&p| not_negative("a penalty", p).map(drop))?;
        Ok(Self { design: design.clone(), labels: DVector::from_column_slice(labels), penalties })
    }

    /// The penalty of each coefficient.
    pub fn penalties(&self) -> &[f64] {
        &self.penalties
    }

    /// The penalized loss.
    ///
    /// # Errors
    /// When `w` does not fit, or the value is not finite.
    pub fn value(&self, weights: &[f64]) -> Result<f64, RegularizationError> {
        length("the weights", weights.len(), self.penalties.len())?;
        let residual = &self.labels - &self.design * DVector::from_column_slice(weights);
        let penalty: f64 = self.penalties.iter().zip(weights).map(|(p, w)| p * w * w).sum();
        let value = 0.5 * (residual.norm_squared() + penalty);
        finite("the loss", &[value]).map(|()| value)
    }

    /// The minimizer, from a QR decomposition of `X` over `diag(√p)`, never from `XᵀX`.
    ///
    /// # Formula
    /// $(X^TX+\operatorname{diag}p)\,w=X^Ty$.
    ///
    /// # Errors
    /// When it is not unique to working precision.
    pub fn minimizer(&self) -> Result<DVector<f64>, RegularizationError> {
        let (samples, features) = self.design.shape();
        let mut tall = DMatrix::zeros(samples + features, features);
        tall.rows_mut(0, samples).copy_from(&self.design);
        for (j, p) in self.penalties.iter().enumerate() {
            tall[(samples + j, j)] = p.sqrt();
        }
        let decomposition = tall.qr();
        let mut right = DVector::zeros(samples + features);
        right.rows_mut(0, samples).copy_from(&self.labels);
        decomposition.q_tr_mul(&mut right);
        let triangle = decomposition.r();
        let diagonal = triangle.diagonal().abs();
        // NaN is below nothing and above nothing, and is refused with the rest.
        let determined = diagonal.min() > f64::EPSILON * (samples + features) as f64 * diagonal.max();
        if !determined {
            return Err(RegularizationError::Dependent);
        }
        let solution = triangle.solve_upper_triangular(&right.rows(0, features));
        let weights = solution.ok_or(RegularizationError::Dependent)?;
        finite("the minimizer", weights.as_slice()).map(|()| weights)
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_below_the_minimizer(
            x in prop::collection::vec(-2.0f64..2.0, 12), y in prop::collection::vec(-2.0f64..2.0, 4),
            p in prop::collection::vec(0.01f64..3.0, 3), step in prop::collection::vec(-1.0f64..1.0, 3)
        ) {
            let problem = WeightedRidge::new(&DMatrix::from_row_slice(4, 3, &x), &y, p).unwrap();
            let best = problem.minimizer().unwrap();
            let moved: Vec<f64> = best.iter().zip(&step).map(|(w, s)| w + s).collect();
            prop_assert!(problem.value(best.as_slice()).unwrap() <= problem.value(&moved).unwrap() + 1e-12);
        }

        #[test]
        fn any_bits_are_refused_or_solved(x in prop::collection::vec(any::<u64>(), 4), y in prop::collection::vec(any::<u64>(), 2), p in prop::collection::vec(any::<u64>(), 2)) {
            let numbers = |bits: Vec<u64>| bits.into_iter().map(f64::from_bits).collect::<Vec<f64>>();
            let design = DMatrix::from_row_slice(2, 2, &numbers(x));
            if let Ok(weights) = WeightedRidge::new(&design, &numbers(y), numbers(p)).and_then(|problem| problem.minimizer()) {
                prop_assert!(weights.iter().all(|w| w.is_finite()));
            }
        }
    }

    #[test]
    fn a_single_coefficient_shrinks() {
        let problem = WeightedRidge::new(&dmatrix![1.0; 1.0], &[1.0, 3.0], vec![2.0]).unwrap();
        assert!((problem.minimizer().unwrap()[0] - 1.0).abs() < 1e-15);
        assert_eq!(problem.value(&[1.0]).unwrap(), 3.0);
    }

    #[test]
    fn a_feature_that_is_neither_seen_nor_penalized_is_refused() {
        let flat = WeightedRidge::new(&dmatrix![1.0, 0.0], &[1.0], vec![0.0, 0.0]).unwrap();
        assert_eq!(flat.minimizer(), Err(RegularizationError::Dependent));
        assert!(WeightedRidge::new(&dmatrix![1.0], &[1.0], vec![-1.0]).is_err());
    }
}
