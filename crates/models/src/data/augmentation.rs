//! Augmentation: samples made of samples, by what should not change the answer.

use super::samples::require_finite;
use super::{DataError, Samples, Targets};

/// The four shifts by one pixel: up, down, left, right.
pub const ONE_PIXEL: [(isize, isize); 4] = [(-1, 0), (1, 0), (0, -1), (0, 1)];

/// Square images moved down by `rows` and right by `columns`; zeros enter on the other side.
///
/// # Errors
/// [`DataError::Length`] where an input is no square image of one channel.
///
/// # Example
/// ```
/// use saddlepoint_models::data::{Samples, Targets, augmentation::shifted};
///
/// let image = Samples::new(&[4], vec![1.0, 2.0, 3.0, 4.0], Targets::Values(vec![0.0]))?;
/// assert_eq!(shifted(&image, 0, 1)?.inputs(), [0.0, 1.0, 0.0, 3.0]);
/// # Ok::<(), saddlepoint_models::data::DataError>(())
/// ```
pub fn shifted(samples: &Samples, rows: isize, columns: isize) -> Result<Samples, DataError> {
    let dimension = samples.dimension();
    let side = dimension.isqrt();
    if side * side != dimension {
        let expected = "a square number".to_owned();
        return Err(DataError::Length { what: "pixels of an image", expected, found: dimension });
    }
    // A pixel from outside of the image is found nowhere.
    let from = |place: usize, by: isize| place.checked_add_signed(by.checked_neg()?).filter(|i| *i < side);
    let shift = |image: &[f64]| {
        let pixel = |row, column| Some(image[from(row, rows)? * side + from(column, columns)?]);
        let all = (0..dimension).map(|i| pixel(i / side, i % side).unwrap_or(0.0));
        all.collect::<Vec<f64>>()
    };
    samples.with_inputs(samples.rows().flat_map(shift).collect())
}

/// Labels as distributions that give each other class a share of `amount`, all classes alike.
///
/// # Formula
/// `t = (1 − α) e_y + α/K`.
///
/// # Errors
/// [`DataError::Parameter`] where the amount is not in `[0, 1]`, [`DataError::NoLabels`].
///
/// # Reference
/// Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016, *Rethinking the Inception architecture for computer vision*, section 7.
pub fn smoothed_labels(samples: &Samples, amount: f64) -> Result<Samples, DataError> {
    if !(0.0..=1.0).contains(&amount) {
        let expected = "between 0 and 1";
        return Err(DataError::Parameter { name: "the amount of smoothing", expected, found: amount });
    }
    let (labels, classes) = samples.labels()?;
    let share = amount / classes as f64;
    let row = |&label: &usize| {
        (0..classes).map(move |class| if class == label { 1.0 - amount + share } else { share })
    };
    let values: Vec<f64> = labels.iter().flat_map(row).collect();
    require_finite("target", &values)?;
    samples.with_targets(Targets::Values(values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;

    #[test]
    fn a_shift_and_its_opposite_lose_one_border_only() {
        let (_, test) = digits::split().unwrap();
        let back = shifted(&shifted(&test, 1, 0).unwrap(), -1, 0).unwrap();
        for (before, after) in test.rows().zip(back.rows()) {
            assert_eq!(before[..56], after[..56]);
            assert_eq!(after[56..], [0.0; 8]);
        }
        assert_eq!(shifted(&test, 0, 0).unwrap(), test);
        for far in [8, isize::MAX, isize::MIN] {
            assert!(shifted(&test, far, 0).unwrap().inputs().iter().all(|x| *x == 0.0));
        }
    }

    #[test]
    fn smoothed_rows_are_distributions() {
        let (train, _) = digits::split().unwrap();
        let smooth = smoothed_labels(&train, 0.1).unwrap();
        let Targets::Values(values) = smooth.targets() else { panic!("values") };
        for (row, &label) in values.chunks(10).zip(train.labels().unwrap().0) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12 && (row[label] - 0.91).abs() < 1e-12);
        }
        assert!(smoothed_labels(&train, f64::NAN).is_err() && smoothed_labels(&smooth, 0.1).is_err());
    }

    #[test]
    fn what_is_no_square_is_refused() {
        let strip = Samples::new(&[3], vec![0.0; 3], Targets::Values(vec![0.0])).unwrap();
        assert!(matches!(shifted(&strip, 1, 0), Err(DataError::Length { .. })));
    }
}
