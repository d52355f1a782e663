//! Samples as matrices, for methods of linear algebra.

use nalgebra::DMatrix;
use saddlepoint_models::data::{DataError, Samples};

/// The inputs, one sample a row.
pub fn inputs(samples: &Samples) -> DMatrix<f64> {
    DMatrix::from_row_slice(samples.len(), samples.dimension(), samples.inputs())
}

/// The labels as unit vectors, one sample a row, with the same number subtracted from all entries.
///
/// # Errors
/// [`DataError::NoLabels`].
pub fn one_hot(samples: &Samples, subtracted: f64) -> Result<DMatrix<f64>, DataError> {
    let (labels, classes) = samples.labels()?;
    Ok(DMatrix::from_fn(labels.len(), classes, |i, class| f64::from(u8::from(labels[i] == class)) - subtracted))
}

/// The place of the largest output of each row, the first among equals.
pub fn classes(outputs: &DMatrix<f64>) -> Vec<usize> {
    let largest = |i: usize| {
        (1..outputs.ncols())
            .fold(0, |best, class| if outputs[(i, class)] > outputs[(i, best)] { class } else { best })
    };
    (0..outputs.nrows()).map(largest).collect()
}

/// The fraction of samples whose label has the largest output, the first among equals; NaN of other shapes.
///
/// # Errors
/// [`DataError::NoLabels`].
pub fn accuracy(outputs: &DMatrix<f64>, samples: &Samples) -> Result<f64, DataError> {
    let (labels, count) = samples.labels()?;
    if outputs.shape() != (labels.len(), count) {
        return Ok(f64::NAN);
    }
    let right = classes(outputs).iter().zip(labels).filter(|(found, label)| found == label).count();
    Ok(right as f64 / labels.len() as f64)
}

#[cfg(test)]
mod tests {
    use saddlepoint_models::data::Targets;

    use super::*;

    #[test]
    fn rows_are_samples() {
        let targets = Targets::Classes { labels: vec![2, 0], classes: 3 };
        let samples = Samples::new(&[2], vec![1.0, 2.0, 3.0, 4.0], targets).unwrap();
        assert_eq!(inputs(&samples)[(1, 0)], 3.0);
        let rows = one_hot(&samples, 0.5).unwrap();
        assert_eq!(rows, DMatrix::from_row_slice(2, 3, &[-0.5, -0.5, 0.5, 0.5, -0.5, -0.5]));
        assert_eq!(classes(&rows), [2, 0]);
        assert_eq!(accuracy(&rows, &samples).unwrap(), 1.0);
        // All equal: the first class.
        assert_eq!(accuracy(&DMatrix::zeros(2, 3), &samples).unwrap(), 0.5);
        assert!(accuracy(&DMatrix::zeros(2, 2), &samples).unwrap().is_nan());
    }
}
