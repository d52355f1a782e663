//! Samples in general directions and geometric scales: a local minimum for every choice of as many samples as dimensions.

use nalgebra::DMatrix;

use super::{ConstructionError, SigmoidNeuron};
use crate::chart::Chart;
use crate::critical::krawczyk::{self, Refusal};
use crate::critical::newton;

/// Samples `α^t u_t` with one label in general directions `u_t ∈ ℝ^d`.
///
/// Every set `S` of `d` samples has a local minimum near the weight at which the neuron fits it, `X_S w = logit(y)`, once `α` is
/// large enough: samples larger than those of `S` are saturated there and smaller ones not yet touched. That makes
/// `C(n, d)` minima, more than the `⌊n/d⌋^d` that the theorem promises.
///
/// In the coordinates `v = X_S w` the neuron is well scaled there; in `w` the activations of large samples cancel to nothing.
///
/// # Reference
/// This project's; the theorem is that of Auer, Herbster and Warmuth (1995).
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::SubsetConstruction;
///
/// let data = SubsetConstruction::planar(4, 16.0, 0.75)?;
/// let neuron = data.neuron()?;
/// for subset in data.subsets() {
///     let minimum = data.minimum(&neuron, &subset)?;
///     assert_eq!(minimum.index, 0);
///     minimum.verify(&neuron)?;
/// }
/// assert_eq!(data.subsets().len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SubsetConstruction {
    /// `n × d`
    samples: DMatrix<f64>,
    label: f64,
}

/// Half-width of a certificate's box in each coordinate `v`.
const RADIUS: f64 = 1e-5;

impl SubsetConstruction {
    /// Samples `α^t u_t`, with the directions in the rows of a matrix, `t = 0, 1, …`.
    ///
    /// # Errors
    /// When there are fewer samples than dimensions or none, the ratio is not above 1, the label not strictly between ½ and
    /// 1, or a sample not finite.
    pub fn new(directions: &DMatrix<f64>, ratio: f64, label: f64) -> Result<Self, ConstructionError> {
        let (n, d) = directions.shape();
        if d == 0 {
            return Err(ConstructionError::Empty { what: "the directions" });
        }
        if n < d {
            return Err(ConstructionError::Shape { what: "samples, at least", expected: d, found: n });
        }
        if !(ratio > 1.0 && ratio.is_finite()) {
            let high = f64::INFINITY;
            return Err(ConstructionError::OutOfRange { what: "the ratio", low: 1.0, high, value: ratio });
        }
        if !(label > 0.5 && label < 1.0) {
            return Err(ConstructionError::OutOfRange { what: "the label", low: 0.5, high: 1.0, value: label });
        }
        let samples = DMatrix::from_fn(n, d, |t, j| ratio.powi(t as i32) * directions[(t, j)]);
        super::all_finite("the samples", &samples)?;
        Ok(Self { samples, label })
    }

    /// Directions in a quarter of the plane, `u_t = (cos θ_t, sin θ_t)` with `θ_t = (π(t) + ½) π / 2n`, where `π` scatters
    /// neighbours: `5t mod n`, or `7t mod n` where 5 divides `n`, or `t` where both do.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn planar(samples: usize, ratio: f64, label: f64) -> Result<Self, ConstructionError> {
        let factor = [5, 7].into_iter().find(|factor| !samples.is_multiple_of(*factor)).unwrap_or(1);
        let angle =
            |t: usize| ((t * factor % samples) as f64 + 0.5) * std::f64::consts::PI / (2 * samples) as f64;
        let directions =
            DMatrix::from_fn(samples, 2, |t, j| if j == 0 { angle(t).cos() } else { angle(t).sin() });
        Self::new(&directions, ratio, label)
    }

    /// The neuron with these data.
    ///
    /// # Errors
    /// Never for a construction that exists; the neuron's own checks run once more.
    pub fn neuron(&self) -> Result<SigmoidNeuron, ConstructionError> {
        SigmoidNeuron::sum_of_squares(&self.samples, vec![self.label; self.samples.nrows()])
    }

    /// All sets of `d` samples, in lexicographic order.
    pub fn subsets(&self) -> Vec<Vec<usize>> {
        let (n, d) = self.samples.shape();
        (0..d).fold(vec![Vec::new()], |sets, _| {
            let extend = |set: &Vec<usize>| {
                let first = set.last().map_or(0, |last| last + 1);
                let set = set.clone();
                (first..n).map(move |t| [&set[..], &[t]].concat()).collect::<Vec<_>>()
            };
            sets.iter().flat_map(extend).collect()
        })
    }

    /// The coordinates `v = X_S w`, up to the rounding of the inverse: `w = X_S⁻¹ v`.
    ///
    /// # Errors
    /// When the set has not `d` samples of the construction, or these are not independent.
    pub fn chart(&self, subset: &[usize]) -> Result<Chart, SubsetError> {
        let (n, d) = self.samples.shape();
        if subset.len() != d || subset.iter().any(|&t| t >= n) {
            return Err(SubsetError::Subset { dimension: d, samples: n });
        }
        // Rows are scaled to one size first: the inverse of the scaled matrix is accurate, and scaling it back is a product
        // of columns.
        let rows = self.samples.select_rows(subset);
        let scales: Vec<f64> = rows.row_iter().map(|row| row.amax()).collect();
        let scaled = DMatrix::from_fn(d, d, |i, j| rows[(i, j)] / scales[i]);
        let inverse = scaled.try_inverse().ok_or(SubsetError::Dependent)?;
        let chart = Chart::linear(&DMatrix::from_fn(d, d, |i, j| inverse[(i, j)] / scales[j]));
        chart.coordinates().map(|_| chart).ok_or(SubsetError::Dependent)
    }

    /// The certificate of the critical point near the weight that fits a set of samples, a minimum if its index is 0.
    ///
    /// # Errors
    /// When the set is none of [`subsets`](Self::subsets), or no critical point is found and certified there.
    pub fn minimum(
        &self,
        neuron: &SigmoidNeuron,
        subset: &[usize],
    ) -> Result<krawczyk::Certificate, SubsetError> {
        let chart = self.chart(subset)?;
        let fit = vec![(self.label / (1.0 - self.label)).ln(); subset.len()];
        let centre = newton::settle(neuron, &chart, &fit).ok_or(SubsetError::Certificate(Refusal::Singular))?;
        Ok(krawczyk::certify(neuron, &chart, &centre, &vec![RADIUS; subset.len()])?)
    }
}

/// Why there is no certificate for a set of samples.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SubsetError {
    /// It is no set of `d` samples.
    #[error("a set of {dimension} of the {samples} samples is needed")]
    Subset {
        /// `d`
        dimension: usize,
        /// `n`
        samples: usize,
    },
    /// No weight fits them all.
    #[error("the samples are not independent")]
    Dependent,
    /// No critical point is proved.
    #[error(transparent)]
    Certificate(#[from] Refusal),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critical::krawczyk::Certificate;

    fn certified(data: &SubsetConstruction) -> Vec<Certificate> {
        let neuron = data.neuron().unwrap();
        let found =
            data.subsets().iter().filter_map(|subset| data.minimum(&neuron, subset).ok()).collect::<Vec<_>>();
        found.into_iter().filter(|certificate| certificate.index == 0).collect()
    }

    #[test]
    fn every_pair_of_samples_has_its_minimum() {
        for (n, ratio, count) in
            [(2, 16.0, 1), (3, 16.0, 3), (4, 16.0, 6), (5, 16.0, 10), (6, 32.0, 15), (8, 32.0, 28)]
        {
            let found = certified(&SubsetConstruction::planar(n, ratio, 0.75).unwrap());
            assert_eq!(found.len(), count, "n = {n}");
            for (i, one) in found.iter().enumerate() {
                assert!(found[..i].iter().all(|other| one.differs_from(other)));
            }
        }
    }

    /// The catalogue's minima of four samples.
    #[test]
    fn the_catalogues_six_minima() {
        let mut found: Vec<Vec<f64>> = certified(&SubsetConstruction::planar(4, 16.0, 0.75).unwrap())
            .iter()
            .map(|certificate| certificate.location().iter().map(|w| w.midpoint()).collect())
            .collect();
        found.sort_by(|a, b| b[0].total_cmp(&a[0]));
        let expected = [
            (1.5599336048, -2.211015005),
            (1.2853068421, -0.8536533705),
            (1.1660912172, -0.2316764941),
            (0.1708841036, -0.1090474089),
            (0.1075384038, -0.0211173016),
            (0.0127090587, -0.0022561708),
        ];
        for (w, (first, second)) in found.iter().zip(expected) {
            // They are printed with ten decimals.
            assert!((w[0] - first).abs() < 1e-10 && (w[1] - second).abs() < 1e-10, "{w:?}");
        }
    }

    #[test]
    fn bad_parameters_are_refused() {
        assert!(SubsetConstruction::planar(1, 16.0, 0.75).is_err());
        assert!(SubsetConstruction::planar(0, 16.0, 0.75).is_err());
        assert!(SubsetConstruction::planar(4, 1.0, 0.75).is_err());
        assert!(SubsetConstruction::planar(4, f64::NAN, 0.75).is_err());
        assert!(SubsetConstruction::planar(4, 16.0, 0.5).is_err());
        let data = SubsetConstruction::planar(4, 16.0, 0.75).unwrap();
        assert!(matches!(data.chart(&[0]), Err(SubsetError::Subset { .. })));
        assert!(matches!(data.chart(&[0, 9]), Err(SubsetError::Subset { .. })));
        assert!(data.chart(&[1, 1]).is_err());
    }
}
