//! The best approximation by a given number of affine pieces that need not join, by dynamic programming.

/// Why nothing is fitted.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SegmentedFitError {
    /// Values that are no whole number of cells.
    #[error("{values} values are no whole number of cells of {stride}")]
    Cells {
        /// The number of values.
        values: usize,
        /// Values a cell.
        stride: usize,
    },
    /// A value that is NaN, infinite, or so large that differences overflow.
    #[error("a value of {0}: all must be finite and below 1e150")]
    Value(f64),
    /// No pieces.
    #[error("0 pieces: at least one is needed")]
    NoPieces,
}

/// The least mean absolute error of functions that are affine on each of `1, …, most` intervals, against values at equally spaced
/// points. Intervals end between cells of `stride` values.
///
/// # Formula
/// `E(N, b) = min_a E(N − 1, a) + c(a, b)`, where `c` is the least sum of absolute residuals of a line over the cells from `a` to
/// `b`. That of a line is attained by one through two of the points: for each first point, the slope to the second is a
/// weighted median. In all O(cells · values² · log values).
///
/// # Errors
/// When there are no values, no cells or no pieces, or a value is not finite.
///
/// # Reference
/// Bellman, Roth, Curve fitting by segmented straight lines, 1969, for the recursion; Bloomfield, Steiger, *Least absolute
/// deviations*, 1983, section 1.3, for the line.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::segmented_fit::least_absolute_errors;
///
/// let tent = [0.0, 1.0, 2.0, 2.0, 1.0, 0.0];
/// assert_eq!(least_absolute_errors(&tent, 1, 2)?, [4.0 / 6.0, 0.0]);
/// # Ok::<(), saddlepoint_theory::expressivity::segmented_fit::SegmentedFitError>(())
/// ```
pub fn least_absolute_errors(
    values: &[f64],
    stride: usize,
    most: usize,
) -> Result<Vec<f64>, SegmentedFitError> {
    if values.is_empty() || stride == 0 || !values.len().is_multiple_of(stride) {
        return Err(SegmentedFitError::Cells { values: values.len(), stride });
    }
    if let Some(&value) = values.iter().find(|v| v.is_nan() || v.abs() >= 1e150) {
        return Err(SegmentedFitError::Value(value));
    }
    if most == 0 {
        return Err(SegmentedFitError::NoPieces);
    }
    let cells = values.len() / stride;
    // costs[a][b − a − 1]: one line over the cells from a to b.
    let costs: Vec<Vec<f64>> =
        (0..cells).map(|a| (a + 1..=cells).map(|b| line(&values[a * stride..b * stride])).collect()).collect();
    let mut best: Vec<f64> = costs[0].clone();
    let mut errors = vec![best[cells - 1]];
    for _ in 1..most {
        // More pieces may always repeat the best of fewer.
        let extended = |b: usize| (1..b).map(|a| best[a - 1] + costs[a][b - a - 1]).fold(best[b - 1], f64::min);
        best = (1..=cells).map(extended).collect();
        errors.push(best[cells - 1]);
    }
    Ok(errors.into_iter().map(|error| error / values.len() as f64).collect())
}

/// The least sum of absolute residuals of a line over equally spaced points.
fn line(values: &[f64]) -> f64 {
    if values.len() < 3 {
        return 0.0;
    }
    let residuals = |pivot: usize, slope: f64| -> f64 {
        let at = |i: usize| values[pivot] + slope * (i as f64 - pivot as f64);
        values.iter().enumerate().map(|(i, value)| (value - at(i)).abs()).sum()
    };
    let mut slopes = Vec::with_capacity(values.len());
    (0..values.len()).fold(f64::INFINITY, |least, pivot| {
        slopes.clear();
        slopes.extend((0..values.len()).filter(|&i| i != pivot).map(|i| {
            let distance = i as f64 - pivot as f64;
            ((values[i] - values[pivot]) / distance, distance.abs())
        }));
        least.min(residuals(pivot, weighted_median(&mut slopes)))
    })
}

/// A number with at most half of the weight on either side.
fn weighted_median(weighted: &mut [(f64, f64)]) -> f64 {
    weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = weighted.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for &(value, weight) in weighted.iter() {
        below += weight;
        if below >= half {
            return value;
        }
    }
    weighted.last().map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        use SegmentedFitError::{Cells, NoPieces, Value};
        assert_eq!(least_absolute_errors(&[], 1, 1), Err(Cells { values: 0, stride: 1 }));
        assert_eq!(least_absolute_errors(&[1.0; 3], 2, 1), Err(Cells { values: 3, stride: 2 }));
        assert_eq!(least_absolute_errors(&[1.0, f64::INFINITY], 1, 1), Err(Value(f64::INFINITY)));
        assert!(least_absolute_errors(&[1.0, f64::NAN], 1, 1).is_err());
        assert_eq!(least_absolute_errors(&[1.0], 1, 0), Err(NoPieces));
    }

    proptest! {
        /// No line through two points is better, and a line is a line.
        #[test]
        fn the_median_slope_is_the_best(values in prop::collection::vec(-1.0..1.0f64, 3..12), slope in -2.0..2.0f64) {
            let n = values.len();
            let sum = |i: usize, j: usize| -> f64 {
                let slope = (values[j] - values[i]) / (j as f64 - i as f64);
                (0..n).map(|k| (values[k] - values[i] - slope * (k as f64 - i as f64)).abs()).sum()
            };
            let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
            let least = pairs.map(|(i, j)| sum(i, j)).fold(f64::INFINITY, f64::min);
            prop_assert!((line(&values) - least).abs() < 1e-12);
            let straight: Vec<f64> = (0..n).map(|i| 1.0 + slope * i as f64).collect();
            prop_assert!(line(&straight) < 1e-12);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::collection::vec(any::<u64>(), 1..6), most in 1usize..4) {
            let values: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(errors) = least_absolute_errors(&values, 1, most) {
                prop_assert!(errors.iter().all(|e| *e >= 0.0 && e.is_finite()));
                prop_assert!(errors.windows(2).all(|pair| pair[1] <= pair[0]));
            }
        }
    }
}
