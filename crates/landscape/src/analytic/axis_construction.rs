//! The data on which one neuron has a local minimum for every choice of one sample on each axis.

use nalgebra::DMatrix;

use super::{ConstructionError, SigmoidNeuron};
use crate::critical::line::{Isolation, IsolationError, isolate};

/// Samples `α^t e_j` on the coordinate axes, all with the same label.
///
/// Axis `j` carries the ratios `α⁰, α¹, …, α^{q_j − 1}`, where the `n` samples are dealt to the `d` axes as evenly as
/// possible, the first axes first. No sample touches two axes, so the error of the neuron is a sum of one function
/// for each axis, and its critical points are the product of those of the axes.
///
/// In `ln w` every sample is the same well, shifted by `ln α`; the label ¾ gives both plateaus of a well the same
/// height, which is why a moderate ratio suffices.
///
/// # Reference
/// Auer, Herbster and Warmuth, *Exponentially many local minima for single neurons* (1995), Theorem 3.1 (at least
/// ⌊n/d⌋^d minima). The dyadic construction and its exact count are this project's.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::AxisConstruction;
///
/// let data = AxisConstruction::new(2, 5, 16.0, 0.75)?;
/// assert_eq!(data.axis(0)?.minima(), 3);
/// assert_eq!(data.axis(1)?.minima(), 2);
/// assert_eq!(data.guaranteed_minima(), 4.0); // the theorem's ⌊5/2⌋² is fewer than 3 · 2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AxisConstruction {
    dimension: usize,
    samples: usize,
    ratio: f64,
    label: f64,
}

impl AxisConstruction {
    /// `samples` samples on `dimension` axes with ratio `α` and a common label.
    ///
    /// # Errors
    /// When there are fewer samples than axes, when the ratio is not above 1, when the label is not strictly
    /// between ½ and 1, or when the largest input overflows.
    pub fn new(dimension: usize, samples: usize, ratio: f64, label: f64) -> Result<Self, ConstructionError> {
        if dimension == 0 {
            return Err(ConstructionError::Empty { what: "the axes" });
        }
        if samples < dimension {
            return Err(ConstructionError::Shape {
                what: "samples, at least",
                expected: dimension,
                found: samples,
            });
        }
        if !(ratio > 1.0 && ratio.is_finite()) {
            let high = f64::INFINITY;
            return Err(ConstructionError::OutOfRange { what: "the ratio", low: 1.0, high, value: ratio });
        }
        if !(label > 0.5 && label < 1.0) {
            return Err(ConstructionError::OutOfRange { what: "the label", low: 0.5, high: 1.0, value: label });
        }
        let construction = Self { dimension, samples, ratio, label };
        if construction.inputs(0).last().is_some_and(f64::is_finite) {
            Ok(construction)
        } else {
            Err(ConstructionError::NotFinite { what: "the largest input" })
        }
    }

    /// Number of axes, `d`.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of samples on an axis: `⌊n/d⌋`, and one more on the first `n mod d` axes.
    pub fn samples_on(&self, axis: usize) -> usize {
        self.samples / self.dimension + usize::from(axis < self.samples % self.dimension)
    }

    /// What the theorem promises: `⌊n/d⌋^d` minima.
    pub fn guaranteed_minima(&self) -> f64 {
        ((self.samples / self.dimension) as f64).powf(self.dimension as f64)
    }

    /// Critical points by index where every sample of every axis has its minimum: the coefficients of
    /// `∏_j (q_j + (q_j − 1) t)`, for an axis with `q` minima has `q − 1` maxima between them. At index 0 stands the
    /// number of minima, `∏_j q_j`.
    pub fn counts_by_index(&self) -> Vec<usize> {
        (0..self.dimension).fold(vec![1], |counts, axis| {
            let q = self.samples_on(axis);
            (0..=counts.len())
                .map(|index| {
                    let stays = counts.get(index).map_or(0, |count| count * q);
                    let rises = index.checked_sub(1).map_or(0, |below| counts[below] * (q - 1));
                    stays + rises
                })
                .collect()
        })
    }

    /// The ratio above which every sample of an axis has its minimum, in a bracket of this width.
    ///
    /// It is searched between 2 and 32; a bracket that ends at one of these says that it lies beyond.
    ///
    /// # Errors
    /// When the construction itself is refused.
    pub fn critical_ratio(samples: usize, label: f64, width: f64) -> Result<(f64, f64), ConstructionError> {
        let (mut low, mut high) = (2.0, 32.0);
        while high - low > width.max(f64::EPSILON * high) {
            let middle = 0.5 * (low + high);
            // Where two critical points merge the count is undecided: not every sample has its minimum then.
            let count = Self::new(1, samples, middle, label)?.axis(0).map(|axis| axis.minima());
            if count == Ok(samples) { high = middle } else { low = middle }
        }
        Ok((low, high))
    }

    /// The neuron with these data, in `d` dimensions.
    ///
    /// # Errors
    /// Never for a construction that exists; the neuron's own checks run once more.
    pub fn neuron(&self) -> Result<SigmoidNeuron, ConstructionError> {
        let mut inputs = DMatrix::zeros(self.samples, self.dimension);
        let mut row = 0;
        for axis in 0..self.dimension {
            for x in self.inputs(axis) {
                inputs[(row, axis)] = x;
                row += 1;
            }
        }
        SigmoidNeuron::sum_of_squares(&inputs, vec![self.label; self.samples])
    }

    /// All critical points along an axis, in increasing order, each in a bracket that holds no other.
    ///
    /// The error falls left of `logit(y)/x_max` (every sample wants a larger weight there, also for `w ≤ 0`, where
    /// `σ ≤ ½ < y`) and rises right of `logit(y)/x_min`, so the search between them is exhaustive.
    ///
    /// # Errors
    /// When two critical points are too close to be told apart in f64.
    pub fn axis(&self, axis: usize) -> Result<Isolation, IsolationError> {
        let inputs: Vec<f64> = self.inputs(axis).collect();
        let largest = inputs.last().copied().unwrap_or(1.0);
        let logit = (self.label / (1.0 - self.label)).ln();
        let (low, high) = (logit / largest * (1.0 - 1e-6), logit * (1.0 + 1e-6));
        let labels = vec![self.label; inputs.len()];
        let neuron = SigmoidNeuron::sum_of_squares(&DMatrix::from_vec(inputs.len(), 1, inputs), labels)
            .map_err(|_| IsolationError::Interval { low, high })?;
        isolate(&neuron, low, high)
    }

    /// Every critical point of the neuron, as the product of those of the axes, the last axis fastest, each with its
    /// index: the number of axes on which it sits at a maximum.
    ///
    /// # Errors
    /// As for [`axis`](Self::axis).
    pub fn critical_points(&self) -> Result<Vec<(Vec<f64>, usize)>, IsolationError> {
        let axes = (0..self.dimension).map(|axis| self.axis(axis)).collect::<Result<Vec<_>, _>>()?;
        Ok(axes.iter().fold(vec![(Vec::new(), 0)], |points, axis| {
            let extended = points.iter().flat_map(|(point, index)| {
                axis.points().iter().map(move |next| {
                    let weights = point.iter().copied().chain([next.location()]).collect();
                    (weights, index + usize::from(!next.is_minimum()))
                })
            });
            extended.collect()
        }))
    }

    fn inputs(&self, axis: usize) -> impl Iterator<Item = f64> {
        std::iter::successors(Some(1.0), |x| Some(x * self.ratio)).take(self.samples_on(axis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Objective;

    #[test]
    fn six_samples_have_six_minima_and_five_maxima() {
        let data = AxisConstruction::new(1, 6, 16.0, 0.75).unwrap();
        let isolation = data.axis(0).unwrap();
        assert_eq!((isolation.minima(), isolation.maxima()), (6, 5));
        let neuron = data.neuron().unwrap();
        for point in isolation.points() {
            let w = point.location();
            let slope = neuron.gradient(&[w]).unwrap()[0];
            let curvature = neuron.hessian(&[w]).unwrap()[(0, 0)];
            assert_eq!(curvature > 0.0, point.is_minimum());
            assert!((slope / (curvature * w)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_small_ratio_loses_minima() {
        let data = AxisConstruction::new(1, 3, 5.0, 0.75).unwrap();
        assert!(data.axis(0).unwrap().minima() < 3);
    }

    #[test]
    fn the_counts_are_those_of_the_points() {
        for (d, n) in [(1, 1), (1, 4), (2, 5), (3, 5), (3, 7)] {
            let data = AxisConstruction::new(d, n, 16.0, 0.75).unwrap();
            let mut found = vec![0; d + 1];
            data.critical_points().unwrap().into_iter().for_each(|(_, index)| found[index] += 1);
            assert_eq!(data.counts_by_index(), found, "d = {d}, n = {n}");
        }
    }

    #[test]
    fn minima_are_lost_just_below_the_critical_ratio() {
        let (low, high) = AxisConstruction::critical_ratio(3, 0.75, 1e-3).unwrap();
        assert!(low < 5.7190506 && 5.7190505 < high && high - low <= 1e-3);
        assert!(AxisConstruction::critical_ratio(3, 0.4, 1e-3).is_err());
    }

    #[test]
    fn samples_are_dealt_evenly() {
        let data = AxisConstruction::new(3, 8, 16.0, 0.75).unwrap();
        assert_eq!((0..3).map(|j| data.samples_on(j)).collect::<Vec<_>>(), [3, 3, 2]);
        assert_eq!(data.neuron().unwrap().dimension(), 3);
    }

    #[test]
    fn bad_parameters_are_refused() {
        for (d, n, ratio, label) in [
            (0, 3, 16.0, 0.75),
            (3, 2, 16.0, 0.75),
            (1, 3, 1.0, 0.75),
            (1, 3, f64::NAN, 0.75),
            (1, 3, 16.0, 0.5),
            (1, 3, 16.0, 1.0),
            (1, 400, 16.0, 0.75),
        ] {
            assert!(AxisConstruction::new(d, n, ratio, label).is_err());
        }
    }
}
