//! Samples: inputs with what they should be mapped to.

use sha2::{Digest, Sha256};

use super::{DataError, hexadecimal};

/// The largest number of classes: a one-hot row of every label is made for training.
const MOST_CLASSES: usize = 1 << 16;

/// What inputs should be mapped to.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Classification: a class a sample.
    Classes {
        /// Class of each sample, counted from 0.
        labels: Vec<usize>,
        /// Number of classes.
        classes: usize,
    },
    /// Regression: the same number of values for each sample, row by row.
    Values(Vec<f64>),
}

/// What the target column of a file means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// Classes, counted from 0; where their number is not given it is the largest label plus one.
    Labels {
        /// Number of classes, if it is known.
        classes: Option<usize>,
    },
    /// Values of a regression.
    Values,
}

/// Inputs of one shape, each with its target. Every number is finite and every label in range: that is checked
/// when samples are made.
///
/// # Shapes
/// `n` samples of shape `[s₁, …, s_r]` are `n · s₁ ⋯ s_r` numbers, row-major. Images are
/// `[channels, height, width]`.
///
/// # Example
/// ```
/// use saddlepoint_models::data::{Samples, Targets};
///
/// let targets = Targets::Classes { labels: vec![0, 1, 1], classes: 2 };
/// let samples = Samples::new(&[2], vec![0.0, 0.1, 1.0, 1.1, 2.0, 2.1], targets)?;
/// assert_eq!((samples.len(), samples.dimension()), (3, 2));
/// assert_eq!(samples.select(&[2])?.inputs(), [2.0, 2.1]);
/// # Ok::<(), saddlepoint_models::data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    shape: Vec<usize>,
    inputs: Vec<f64>,
    targets: Targets,
}

impl Samples {
    /// Puts inputs and targets together.
    ///
    /// # Errors
    /// [`DataError::Empty`], [`DataError::Length`] where inputs, shape and targets do not fit,
    /// [`DataError::NotFinite`], [`DataError::Label`] or [`DataError::Classes`].
    pub fn new(shape: &[usize], inputs: Vec<f64>, targets: Targets) -> Result<Self, DataError> {
        let dimension = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
        let dimension = dimension.filter(|&d| d > 0 && !inputs.is_empty()).ok_or(DataError::Empty)?;
        if !inputs.len().is_multiple_of(dimension) {
            let expected = format!("a multiple of {dimension}");
            return Err(DataError::Length { what: "inputs", expected, found: inputs.len() });
        }
        require_finite("input", &inputs)?;
        let n = inputs.len() / dimension;
        match &targets {
            Targets::Classes { labels, classes } => {
                if labels.len() != n {
                    return Err(DataError::Length {
                        what: "labels",
                        expected: n.to_string(),
                        found: labels.len(),
                    });
                }
                if *classes == 0 || *classes > MOST_CLASSES {
                    return Err(DataError::Classes(*classes));
                }
                if let Some((sample, &label)) = labels.iter().enumerate().find(|(_, label)| *label >= classes) {
                    return Err(DataError::Label { sample, label, classes: *classes });
                }
            }
            Targets::Values(values) => {
                if values.is_empty() || !values.len().is_multiple_of(n) {
                    let expected = format!("a multiple of {n}");
                    return Err(DataError::Length { what: "target values", expected, found: values.len() });
                }
                require_finite("target", values)?;
            }
        }
        Ok(Self { shape: shape.to_vec(), inputs, targets })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.inputs.len() / self.dimension()
    }

    /// Never: empty sets are refused when they are made.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The shape of one input.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many numbers one input has.
    pub fn dimension(&self) -> usize {
        self.shape.iter().product()
    }

    /// All inputs, row-major.
    pub fn inputs(&self) -> &[f64] {
        &self.inputs
    }

    /// The inputs one by one.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.inputs.chunks_exact(self.dimension())
    }

    /// The targets.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The classes of the samples and the number of classes.
    ///
    /// # Errors
    /// [`DataError::NoLabels`] where the targets are values.
    pub fn labels(&self) -> Result<(&[usize], usize), DataError> {
        match &self.targets {
            Targets::Classes { labels, classes } => Ok((labels, *classes)),
            Targets::Values(_) => Err(DataError::NoLabels),
        }
    }

    /// The samples with these indices, in this order; an index may come more than once.
    ///
    /// # Errors
    /// [`DataError::Index`], or [`DataError::Empty`] where no index is given.
    pub fn select(&self, indices: &[usize]) -> Result<Self, DataError> {
        let n = self.len();
        if let Some(&index) = indices.iter().find(|&&index| index >= n) {
            return Err(DataError::Index { index, samples: n });
        }
        if indices.is_empty() {
            return Err(DataError::Empty);
        }
        Ok(Self {
            shape: self.shape.clone(),
            inputs: take_rows(&self.inputs, self.dimension(), indices),
            targets: match &self.targets {
                Targets::Classes { labels, classes } => {
                    Targets::Classes { labels: take_rows(labels, 1, indices), classes: *classes }
                }
                Targets::Values(values) => Targets::Values(take_rows(values, values.len() / n, indices)),
            },
        })
    }

    /// The first `count` samples, and the others.
    ///
    /// # Errors
    /// [`DataError::Index`] or [`DataError::Empty`] where one of the two would be empty.
    pub fn split_at(&self, count: usize) -> Result<(Self, Self), DataError> {
        let order: Vec<usize> = (0..self.len()).collect();
        let (first, rest) =
            order.split_at_checked(count).ok_or(DataError::Index { index: count, samples: self.len() })?;
        Ok((self.select(first)?, self.select(rest)?))
    }

    /// These samples and then others of the same shape.
    ///
    /// # Errors
    /// [`DataError::Length`] where shapes or kinds of targets differ.
    pub fn concat(&self, others: &Self) -> Result<Self, DataError> {
        let differ = |expected: String| DataError::Length {
            what: "inputs a sample",
            expected,
            found: others.dimension(),
        };
        if self.shape != others.shape {
            return Err(differ(format!("the shape {:?}", self.shape)));
        }
        let targets = match (&self.targets, &others.targets) {
            (Targets::Values(a), Targets::Values(b)) => Targets::Values([&a[..], b].concat()),
            (Targets::Classes { labels: a, classes }, Targets::Classes { labels: b, classes: same })
                if classes == same =>
            {
                Targets::Classes { labels: [&a[..], b].concat(), classes: *classes }
            }
            _ => return Err(differ("targets of the same kind".to_owned())),
        };
        Self::new(&self.shape, [&self.inputs[..], &others.inputs].concat(), targets)
    }

    /// The same targets with other inputs of the same shape.
    ///
    /// # Errors
    /// As [`Samples::new`].
    pub fn with_inputs(&self, inputs: Vec<f64>) -> Result<Self, DataError> {
        Self::new(&self.shape, inputs, self.targets.clone())
    }

    /// The same samples with the mean of each input entry taken off.
    ///
    /// # Errors
    /// When the sum of an entry overflows.
    pub fn centred(&self) -> Result<Self, DataError> {
        let mut mean = vec![0.0; self.dimension()];
        for row in self.rows() {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / self.len() as f64);
        }
        let centred = self.rows().flat_map(|row| row.iter().zip(&mean).map(|(x, mean)| x - mean));
        self.with_inputs(centred.collect())
    }

    /// The same inputs with other targets.
    ///
    /// # Errors
    /// As [`Samples::new`].
    pub fn with_targets(&self, targets: Targets) -> Result<Self, DataError> {
        Self::new(&self.shape, self.inputs.clone(), targets)
    }

    /// The sha256 of shape, inputs and targets: equal exactly for equal samples (a zero's sign included).
    pub fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        let mut count = |n: usize| hash.update((n as u64).to_le_bytes());
        count(self.shape.len());
        self.shape.iter().copied().for_each(&mut count);
        count(self.len());
        let values = match &self.targets {
            Targets::Classes { labels, classes } => {
                count(*classes);
                labels.iter().copied().for_each(&mut count);
                &[][..]
            }
            Targets::Values(values) => {
                count(0);
                values
            }
        };
        for number in self.inputs.iter().chain(values) {
            hash.update(number.to_le_bytes());
        }
        hexadecimal(&hash.finalize())
    }
}

impl TargetKind {
    /// Makes targets of the numbers that a file holds; `width` of them belong to one sample.
    ///
    /// # Errors
    /// [`DataError::Length`] where a sample has several labels, and [`DataError::Parameter`] where a label is
    /// not a whole number from 0 on.
    pub(super) fn targets(self, values: Vec<f64>, width: usize) -> Result<Targets, DataError> {
        let TargetKind::Labels { classes } = self else {
            return Ok(Targets::Values(values));
        };
        if width != 1 {
            return Err(DataError::Length { what: "label a sample", expected: "1".to_owned(), found: width });
        }
        let labels = values
            .iter()
            .map(|&value| {
                label(value).ok_or(DataError::Parameter { name: "a label", expected: LABEL, found: value })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let classes = classes.unwrap_or_else(|| labels.iter().max().map_or(1, |most| most + 1));
        Ok(Targets::Classes { labels, classes })
    }
}

/// What a label looks like.
pub(super) const LABEL: &str = "a whole number from 0 to 65535";

/// The label that a number stands for.
pub(super) fn label(value: f64) -> Option<usize> {
    (value >= 0.0 && value < MOST_CLASSES as f64 && value.fract() == 0.0).then_some(value as usize)
}

/// Rounds numbers to binary32.
///
/// # Errors
/// [`DataError::NotFinite`] where a number is too large for it.
pub fn to_f32(numbers: &[f64]) -> Result<Vec<f32>, DataError> {
    let round = |(position, &value): (usize, &f64)| {
        let rounded = value as f32;
        rounded.is_finite().then_some(rounded).ok_or(DataError::NotFinite { what: "f32", position, value })
    };
    numbers.iter().enumerate().map(round).collect()
}

pub(super) fn require_finite(what: &'static str, numbers: &[f64]) -> Result<(), DataError> {
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(position) => Err(DataError::NotFinite { what, position, value: numbers[position] }),
        None => Ok(()),
    }
}

fn take_rows<T: Copy>(numbers: &[T], width: usize, rows: &[usize]) -> Vec<T> {
    rows.iter().flat_map(|&row| &numbers[row * width..(row + 1) * width]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: &[usize], classes: usize) -> Targets {
        Targets::Classes { labels: labels.to_vec(), classes }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let ok = vec![0.0, 1.0, 2.0, 3.0];
        let refused = |shape: &[usize], inputs: &[f64], targets| {
            Samples::new(shape, inputs.to_vec(), targets).map_err(|error| error.to_string()).unwrap_err()
        };
        assert!(refused(&[2], &[], classes(&[], 2)).contains("at least one sample"));
        assert!(refused(&[2, 0], &ok, classes(&[0, 1], 2)).contains("at least one input"));
        assert!(refused(&[usize::MAX, 2], &ok, classes(&[0, 1], 2)).contains("at least one"));
        assert_eq!(refused(&[3], &ok, classes(&[0], 2)), "expected a multiple of 3 inputs, found 4");
        assert_eq!(refused(&[2], &ok, classes(&[0], 2)), "expected 2 labels, found 1");
        assert!(refused(&[2], &ok, classes(&[0, 2], 2)).contains("sample 1 has the label 2"));
        assert!(refused(&[2], &ok, classes(&[0, 0], 0)).contains("0 classes"));
        assert!(refused(&[2], &ok, Targets::Values(vec![1.0; 3])).contains("a multiple of 2 target values"));
        assert!(refused(&[2], &ok, Targets::Values(vec![])).contains("target values, found 0"));
        assert!(refused(&[2], &[0.0, f64::NAN], classes(&[0], 1)).contains("input number 1 is NaN"));
        assert!(refused(&[1], &[0.0], Targets::Values(vec![f64::INFINITY])).contains("target number 0 is inf"));
    }

    #[test]
    fn rows_stay_with_their_targets() {
        let values = Targets::Values(vec![1.0, -1.0, 2.0, -2.0, 3.0, -3.0]);
        let samples = Samples::new(&[1, 2], vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5], values).unwrap();
        let chosen = samples.select(&[2, 0, 2]).unwrap();
        assert_eq!(chosen.inputs(), [2.0, 2.5, 0.0, 0.5, 2.0, 2.5]);
        assert_eq!(*chosen.targets(), Targets::Values(vec![3.0, -3.0, 1.0, -1.0, 3.0, -3.0]));
        assert!(matches!(samples.select(&[3]), Err(DataError::Index { index: 3, samples: 3 })));
        let (first, rest) = samples.split_at(1).unwrap();
        assert_eq!((first.len(), rest.len()), (1, 2));
        assert_eq!(rest.rows().collect::<Vec<_>>(), [[1.0, 1.5], [2.0, 2.5]]);
        assert!(samples.split_at(0).is_err() && samples.split_at(3).is_err() && samples.split_at(4).is_err());
        assert!(matches!(samples.labels(), Err(DataError::NoLabels)));
    }

    #[test]
    fn the_checksum_sees_every_part() {
        let base = Samples::new(&[2], vec![0.0, 1.0, 2.0, 3.0], classes(&[0, 1], 2)).unwrap();
        let others = [
            Samples::new(&[1, 2], vec![0.0, 1.0, 2.0, 3.0], classes(&[0, 1], 2)).unwrap(),
            Samples::new(&[2], vec![0.0, 1.0, 2.0, 4.0], classes(&[0, 1], 2)).unwrap(),
            Samples::new(&[2], vec![0.0, 1.0, 2.0, 3.0], classes(&[1, 1], 2)).unwrap(),
            Samples::new(&[2], vec![0.0, 1.0, 2.0, 3.0], classes(&[0, 1], 3)).unwrap(),
            Samples::new(&[2], vec![0.0, 1.0, 2.0, 3.0], Targets::Values(vec![0.0, 1.0])).unwrap(),
        ];
        assert_eq!(base.checksum(), base.clone().checksum());
        for other in others {
            assert_ne!(base.checksum(), other.checksum());
        }
    }

    #[test]
    fn numbers_too_large_for_binary32_are_refused() {
        assert_eq!(to_f32(&[0.1, -2.0]).unwrap(), [0.1f32, -2.0]);
        assert!(matches!(to_f32(&[0.0, 1e39]), Err(DataError::NotFinite { position: 1, .. })));
    }
}
