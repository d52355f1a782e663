//! Probabilities of classes, and how good they are.

use super::samples::require_finite;
use super::{DataError, Samples};

/// For each sample a distribution over the classes, beside its label.
///
/// # Example
/// ```
/// use saddlepoint_models::data::{Predictions, Samples, Targets};
///
/// let targets = Targets::Classes { labels: vec![0, 1], classes: 2 };
/// let samples = Samples::new(&[1], vec![0.0, 1.0], targets)?;
/// let found = Predictions::softmax(&[0.0, 0.0, -1.0, 1.0], &samples)?;
/// assert_eq!((found.accuracy(), found.probabilities()[0]), (1.0, 0.5));
/// # Ok::<(), saddlepoint_models::data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    probabilities: Vec<f64>,
    labels: Vec<usize>,
    classes: usize,
}

impl Predictions {
    /// The softmax of a network's outputs, row by row.
    ///
    /// # Errors
    /// [`DataError::NoLabels`], [`DataError::Length`] where outputs and samples do not fit, [`DataError::NotFinite`].
    pub fn softmax(outputs: &[f64], samples: &Samples) -> Result<Self, DataError> {
        let (labels, classes) = samples.labels()?;
        let expected = labels.len() * classes;
        if outputs.len() != expected {
            let expected = expected.to_string();
            return Err(DataError::Length { what: "outputs", expected, found: outputs.len() });
        }
        require_finite("output", outputs)?;
        let row = |row: &[f64]| {
            let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = row.iter().map(|z| (z - most).exp()).collect();
            let sum: f64 = weights.iter().sum();
            weights.into_iter().map(move |weight| weight / sum).collect::<Vec<f64>>()
        };
        let probabilities = outputs.chunks_exact(classes).flat_map(row).collect();
        Ok(Self { probabilities, labels: labels.to_vec(), classes })
    }

    /// The mean of the probabilities of several: an ensemble.
    ///
    /// # Errors
    /// [`DataError::Empty`] for none, [`DataError::Length`] where they are about different samples.
    pub fn mean(members: &[Self]) -> Result<Self, DataError> {
        let first = members.first().ok_or(DataError::Empty)?;
        let mut sum = vec![0.0; first.probabilities.len()];
        for member in members {
            if member.labels != first.labels || member.classes != first.classes {
                let expected = "those of the same samples".to_owned();
                return Err(DataError::Length { what: "predictions", expected, found: member.labels.len() });
            }
            sum.iter_mut().zip(&member.probabilities).for_each(|(sum, p)| *sum += p / members.len() as f64);
        }
        Ok(Self { probabilities: sum, ..first.clone() })
    }

    /// The probabilities, row by row.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The labels as rows with a one in their place.
    pub fn one_hot(&self) -> Vec<f64> {
        crate::training::one_hot(&self.labels, self.classes)
    }

    /// The fraction of labels that are the likeliest class, the first among equals.
    pub fn accuracy(&self) -> f64 {
        crate::training::accuracy(&self.probabilities, &self.labels)
    }

    /// The mean of `Σ_k (p_k − 1[k = y])²`: from 0 to 2.
    pub fn brier(&self) -> f64 {
        let targets = self.one_hot();
        let sum: f64 = self.probabilities.iter().zip(&targets).map(|(p, t)| (p - t) * (p - t)).sum();
        sum / self.labels.len() as f64
    }

    /// The mean of `−ln p_y`, in nats.
    pub fn log_loss(&self) -> f64 {
        let rows = self.probabilities.chunks_exact(self.classes).zip(&self.labels);
        rows.map(|(row, &label)| -row[label].ln()).sum::<f64>() / self.labels.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Targets;

    fn samples() -> Samples {
        let targets = Targets::Classes { labels: vec![1, 0], classes: 2 };
        Samples::new(&[1], vec![0.0, 1.0], targets).unwrap()
    }

    #[test]
    fn scores_by_hand() {
        let z = 3f64.ln();
        let found = Predictions::softmax(&[0.0, z, 0.0, z], &samples()).unwrap();
        assert!((found.probabilities()[1] - 0.75).abs() < 1e-15);
        assert_eq!(found.accuracy(), 0.5);
        assert!((found.brier() - 0.5 * (2.0 * 0.0625 + 2.0 * 0.5625)).abs() < 1e-15);
        assert!((found.log_loss() + 0.5 * (0.75f64.ln() + 0.25f64.ln())).abs() < 1e-15);
        let other = Predictions::softmax(&[0.0, -z, 0.0, -z], &samples()).unwrap();
        assert!((Predictions::mean(&[found, other]).unwrap().probabilities()[0] - 0.5).abs() < 1e-15);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(Predictions::softmax(&[0.0; 3], &samples()), Err(DataError::Length { .. })));
        assert!(matches!(
            Predictions::softmax(&[0.0, f64::NAN, 0.0, 0.0], &samples()),
            Err(DataError::NotFinite { .. })
        ));
        assert!(matches!(Predictions::mean(&[]), Err(DataError::Empty)));
        let values = samples().with_targets(Targets::Values(vec![0.0; 2])).unwrap();
        assert!(matches!(Predictions::softmax(&[0.0; 4], &values), Err(DataError::NoLabels)));
    }
}
