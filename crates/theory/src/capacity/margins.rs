//! Margins: by how much the right output exceeds the others.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up};

use crate::quantity::{Margin, Risk};

/// Why outputs and labels have no margins.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MarginError {
    /// Not one label for each example.
    #[error("{labels} labels for the outputs of {examples} examples")]
    Labels {
        /// The examples.
        examples: usize,
        /// The labels.
        labels: usize,
    },
    /// A label that names no output.
    #[error("example {example} has label {label}, but there are {classes} classes, counted from 0")]
    Label {
        /// The example, from 0.
        example: usize,
        /// Its label.
        label: usize,
        /// The outputs of each example.
        classes: usize,
    },
    /// A number of outputs that does not fit the kind of label.
    #[error("{found} outputs for each example, where {expected} are needed")]
    Outputs {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: &'static str,
    },
    /// A divisor that cannot be shown to be positive.
    #[error("margins are normalized by a positive number: this one is {0}")]
    Scale(Interval),
    /// A fraction of the examples outside the unit interval.
    #[error("a quantile of {0}: it must lie in [0, 1]")]
    Quantile(f64),
}

/// The margins of a predictor on a sample, enclosed. An example is misclassified if its margin is not positive.
///
/// # Formula
/// `f(x)_y − max_{j≠y} f(x)_j` for classes, and `y f(x)` for one output and labels `y = ±1`.
///
/// # Reference
/// Mohri, Rostamizadeh, Talwalkar, *Foundations of Machine Learning*, 2nd edition 2018, section 9.2 for classes,
/// section 5.4 for signs.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::capacity::margins::Margins;
/// use saddlepoint_theory::quantity::Margin;
///
/// let outputs = IntervalMatrix::from_rows(2, 3, vec![3.0, 1.0, 0.0, 2.0, 0.5, 1.0])?;
/// let margins = Margins::of_classes(&outputs, &[0, 2])?;
/// assert!(margins.quantile(0.5)?.contains(-1.0) && margins.quantile(1.0)?.contains(2.0));
/// assert_eq!(margins.loss(Margin::new(1.5)?).get(), 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Margins {
    /// Of each example, in their order.
    margins: Vec<Interval>,
    outputs: usize,
}

impl Margins {
    /// The margins of outputs for classes.
    ///
    /// # Shapes
    /// `outputs`: one row for each example, one column for each of at least two classes; a label for each example.
    ///
    /// # Errors
    /// When there is one class only, when the number of labels is not that of the examples, or a label is out of
    /// range.
    pub fn of_classes(outputs: &IntervalMatrix, labels: &[usize]) -> Result<Self, MarginError> {
        let (examples, classes) = outputs.shape();
        if classes < 2 {
            return Err(MarginError::Outputs { found: classes, expected: "two or more" });
        }
        if labels.len() != examples {
            return Err(MarginError::Labels { examples, labels: labels.len() });
        }
        if let Some(example) = labels.iter().position(|&label| label >= classes) {
            return Err(MarginError::Label { example, label: labels[example], classes });
        }
        let rows: Vec<Interval> = outputs.intervals().collect();
        let margin = |(row, &label): (&[Interval], &usize)| {
            let others = row.iter().enumerate().filter(|(j, _)| *j != label).map(|(_, other)| other);
            let (low, high) = others.fold((f64::NEG_INFINITY, f64::NEG_INFINITY), |(low, high), other| {
                (low.max(other.low()), high.max(other.high()))
            });
            Interval::between(Down::sub(row[label].low(), high), Up::sub(row[label].high(), low))
        };
        Ok(Self { margins: rows.chunks_exact(classes).zip(labels).map(margin).collect(), outputs: classes })
    }

    /// The margins of one output for labels `+1` (true) and `−1` (false).
    ///
    /// # Shapes
    /// `outputs`: one row for each example, one column; a label for each example.
    ///
    /// # Errors
    /// When there is more than one output, or the number of labels is not that of the examples.
    pub fn of_signs(outputs: &IntervalMatrix, positive: &[bool]) -> Result<Self, MarginError> {
        let (examples, found) = outputs.shape();
        if found != 1 {
            return Err(MarginError::Outputs { found, expected: "exactly one" });
        }
        if positive.len() != examples {
            return Err(MarginError::Labels { examples, labels: positive.len() });
        }
        let signed = outputs
            .intervals()
            .zip(positive)
            .map(|(output, &positive)| if positive { output } else { -output });
        Ok(Self { margins: signed.collect(), outputs: 1 })
    }

    /// How many there are, at least one.
    pub fn count(&self) -> usize {
        self.margins.len()
    }

    /// The number of outputs of the predictor.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// All of them, in the order of the examples.
    pub fn all(&self) -> &[Interval] {
        &self.margins
    }

    /// The margin that a fraction `q` of the examples does not exceed: the `⌈qn⌉`-th smallest, with its sign.
    ///
    /// # Errors
    /// When `q` is not in `[0, 1]`.
    pub fn quantile(&self, q: f64) -> Result<Interval, MarginError> {
        if !(0.0..=1.0).contains(&q) {
            return Err(MarginError::Quantile(q));
        }
        let n = self.count();
        Ok(self.smallest(((q * n as f64).ceil() as usize).clamp(1, n) - 1))
    }

    /// The middle margin, or the mean of the two in the middle.
    pub fn median(&self) -> Interval {
        let n = self.count();
        (self.smallest((n - 1) / 2) + self.smallest(n / 2)).scaled_by_power_of_two(-1)
    }

    /// The empirical margin loss: the fraction of examples whose margin is at most `γ`, rounded up. It is not below
    /// the mean of the ramp that falls from 1 at margin 0 to 0 at margin `γ`.
    pub fn loss(&self, gamma: Margin) -> Risk {
        let wrong = self.margins.iter().filter(|margin| margin.low() <= gamma.get()).count();
        Risk::clamped(Up::div(wrong as f64, self.count() as f64))
    }

    /// The margins divided by a complexity, for comparisons between networks.
    ///
    /// # Errors
    /// When `scale` cannot be shown to be positive.
    ///
    /// # Reference
    /// Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, figures 2
    /// and 3, with the scale `R_A ‖X‖_F / n`.
    pub fn normalized_by(&self, scale: Interval) -> Result<Self, MarginError> {
        if scale.low() <= 0.0 {
            return Err(MarginError::Scale(scale));
        }
        let divide = |margin: &Interval| margin.checked_div(scale).map_err(|_| MarginError::Scale(scale));
        let margins = self.margins.iter().map(divide).collect::<Result<_, _>>()?;
        Ok(Self { margins, outputs: self.outputs })
    }

    /// The enclosure of the `i`-th smallest, from 0: both ends are order statistics.
    fn smallest(&self, i: usize) -> Interval {
        let at = |end: fn(Interval) -> f64| {
            let mut ends: Vec<f64> = self.margins.iter().map(|&margin| end(margin)).collect();
            *ends.select_nth_unstable_by(i, f64::total_cmp).1
        };
        Interval::between(at(Interval::low), at(Interval::high))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outputs(rows: usize, columns: usize, entries: &[f64]) -> IntervalMatrix {
        IntervalMatrix::from_rows(rows, columns, entries.to_vec()).unwrap()
    }

    #[test]
    fn what_has_no_margin_is_refused() {
        let two = outputs(2, 2, &[0.0; 4]);
        assert_eq!(
            Margins::of_classes(&two, &[0, 2]),
            Err(MarginError::Label { example: 1, label: 2, classes: 2 })
        );
        assert_eq!(Margins::of_classes(&two, &[0]), Err(MarginError::Labels { examples: 2, labels: 1 }));
        assert!(Margins::of_classes(&outputs(2, 1, &[0.0; 2]), &[0, 0]).is_err());
        assert!(Margins::of_signs(&two, &[true, true]).is_err());
        assert!(Margins::of_signs(&outputs(2, 1, &[0.0; 2]), &[true]).is_err());
        let margins = Margins::of_classes(&two, &[0, 1]).unwrap();
        for scale in [Interval::between(0.0, 1.0), Interval::between(-1.0, -0.5)] {
            assert_eq!(margins.normalized_by(scale), Err(MarginError::Scale(scale)));
        }
        for q in [-0.1, 1.1, f64::NAN] {
            assert!(margins.quantile(q).is_err());
        }
    }

    /// A tie is an error: the loss counts margins of 0 at any `γ`.
    #[test]
    fn ties_are_errors() {
        let margins = Margins::of_classes(&outputs(1, 2, &[1.0, 1.0]), &[0]).unwrap();
        assert_eq!(margins.loss(Margin::new(f64::MIN_POSITIVE).unwrap()).get(), 1.0);
    }

    proptest! {
        #[test]
        fn one_output_and_two_have_the_same_margins(
            outputs_of_one in prop::collection::vec((-10i32..10).prop_map(f64::from), 1..20), gamma in 0.1..20.0f64,
        ) {
            let n = outputs_of_one.len();
            let positive: Vec<bool> = (0..n).map(|i| i % 3 == 0).collect();
            let pairs: Vec<f64> = outputs_of_one.iter().flat_map(|f| [0.0, *f]).collect();
            let labels: Vec<usize> = positive.iter().map(|&p| usize::from(p)).collect();
            let one = Margins::of_signs(&outputs(n, 1, &outputs_of_one), &positive).unwrap();
            let two = Margins::of_classes(&outputs(n, 2, &pairs), &labels).unwrap();
            prop_assert_eq!((one.all(), one.outputs(), two.outputs()), (two.all(), 1, 2));
            let gamma = Margin::new(gamma).unwrap();
            let values = |m: &Margins| m.all().iter().map(|x| x.midpoint()).collect::<Vec<_>>();
            let ramp = values(&one).iter().map(|m| (1.0 - m / gamma.get()).clamp(0.0, 1.0)).sum::<f64>() / n as f64;
            prop_assert!(one.loss(gamma).get() >= ramp - 1e-15);
            let mut sorted = values(&one);
            sorted.sort_by(f64::total_cmp);
            prop_assert!(one.quantile(0.0).unwrap().contains(sorted[0]) && one.quantile(1.0).unwrap().contains(sorted[n - 1]));
            prop_assert!(one.median().contains(f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2])));
        }

        #[test]
        fn margins_and_losses_grow_with_radii(
            entries in prop::collection::vec(-1.0..1.0f64, 12), r in 0.0..0.5f64, gamma in 0.01..1.0f64,
        ) {
            let wide = IntervalMatrix::with_radii(4, 3, entries.clone(), vec![r; 12]).unwrap();
            let labels = [0, 1, 2, 0];
            let narrow = Margins::of_classes(&outputs(4, 3, &entries), &labels).unwrap();
            let wide = Margins::of_classes(&wide, &labels).unwrap();
            prop_assert!(narrow.all().iter().zip(wide.all()).all(|(a, b)| a.is_subset_of(*b)));
            let gamma = Margin::new(gamma).unwrap();
            prop_assert!(wide.loss(gamma) >= narrow.loss(gamma));
            prop_assert!(narrow.median().is_subset_of(wide.median()));
        }
    }
}
