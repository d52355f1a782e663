//! The diagonal of an operator, estimated from random signs, each entry with its standard error.

use super::{SpectrumError, count};
use crate::operator::SymmetricOperator;

/// An estimated diagonal.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagonal {
    /// The estimate of each entry.
    pub values: Vec<f64>,
    /// The estimated standard deviation of each.
    pub standard_errors: Vec<f64>,
    /// Probes, each one product.
    pub probes: usize,
}

/// Estimates the diagonal from `probes` vectors of independent random signs.
///
/// # Formula
/// $\hat d_i = \frac1k\sum_{j\le k} \omega_{ji}(A\omega_j)_i$, unbiased, with variance
/// $\frac1k\sum_{l\ne i} A_{il}^2$: exact for a diagonal matrix. Running mean and sum of squared deviations are those of
/// Welford, so that a large mean does not drown a small error.
///
/// # Errors
/// When there are fewer than two probes, or the operator fails.
///
/// # Reference
/// Bekas, Kokiopoulou and Saad, Appl. Numer. Math. 57 (2007), 1214-1229; Welford (1962).
///
/// # Example
/// ```
/// use nalgebra::{DMatrix, dvector};
/// use saddlepoint_landscape::operator::Dense;
/// use saddlepoint_landscape::spectrum::diagonal::diagonal;
///
/// let a = Dense::new(DMatrix::from_diagonal(&dvector![1.0, -2.0]))?;
/// let mut flip = -1.0;
/// let found = diagonal(&a, 2, &mut || { flip = -flip; flip })?;
/// assert_eq!(found.values, [1.0, -2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diagonal(
    operator: &dyn SymmetricOperator,
    probes: usize,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Diagonal, SpectrumError> {
    count("the number of probes", probes, 2, usize::MAX)?;
    let n = operator.dimension();
    let (mut values, mut squares) = (vec![0.0; n], vec![0.0; n]);
    let (mut signs, mut product) = (vec![0.0; n], vec![0.0; n]);
    for k in 1..=probes {
        super::trace::signs(&mut signs, normal)?;
        operator.apply(&signs, &mut product)?;
        for i in 0..n {
            let sample = signs[i] * product[i];
            let before = sample - values[i];
            values[i] += before / k as f64;
            squares[i] += before * (sample - values[i]);
        }
    }
    let k = probes as f64;
    let standard_errors = squares.iter().map(|square: &f64| (square / (k * (k - 1.0))).sqrt()).collect();
    Ok(Diagonal { values, standard_errors, probes })
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::operator::Dense;
    use crate::spectrum::estimate::student_quantile;
    use crate::spectrum::testing::{Stream, binomial_limit};

    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let matrix =
            DMatrix::from_fn(20, 20, |i, j| 1.0 / (1.0 + i.abs_diff(j) as f64) + f64::from(i == j) * i as f64);
        let a = Dense::new(matrix.clone()).unwrap();
        let t = student_quantile(39, 0.95).unwrap();
        let mut misses = 0;
        for seed in 0..1000 {
            let mut stream = Stream::new(seed);
            let found = diagonal(&a, 40, &mut || stream.normal()).unwrap();
            let entry = seed as usize % 20;
            let error = (found.values[entry] - matrix[(entry, entry)]).abs();
            misses += usize::from(error > t * found.standard_errors[entry]);
        }
        assert!(misses <= binomial_limit(1000, 0.05), "{misses} misses in 1000");
        assert!(misses > 20, "an interval that hardly ever misses is not calibrated: {misses}");
    }

    #[test]
    fn bad_input_is_refused() {
        let a = Dense::new(DMatrix::identity(2, 2)).unwrap();
        assert!(diagonal(&a, 1, &mut || 1.0).is_err());
        assert!(matches!(diagonal(&a, 2, &mut || f64::NAN), Err(SpectrumError::Randomness)));
    }
}
