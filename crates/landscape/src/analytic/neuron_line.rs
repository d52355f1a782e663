//! Every critical point of the sigmoid neuron with one weight, on the whole real line.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, Rounding, Up};

use super::{ConstructionError, SigmoidNeuron};
use crate::critical::line::{Isolation, IsolationError, isolate};
use crate::objective::Objective;

/// Finds every critical point of the neuron on the real line and proves that there is no other.
///
/// # Formula
/// Labels strictly between 0 and 1: sample `t` alone has its one minimum at `w_t = logit(y_t)/x_t` and pushes towards it from
/// either side, so all critical points lie between the smallest and the largest `w_t`.
///
/// Labels 0 and 1: with `e_t = e^{−|x_t w|}` the slope on the side `w → ±∞` is, up to its sign,
/// $$\sum_{\text{wrong}} \frac{2|x_t|e_t}{(1+e_t)^3} - \sum_{\text{right}} \frac{2|x_t|e_t^2}{(1+e_t)^3},$$
/// where a sample is right if its output tends to its label. Of these exponentials one has the smallest rate; once the terms of the
/// other sign are together smaller than that term is at least, they stay so, for they decay faster. Beyond there is
/// no critical point.
///
/// # Errors
/// When the neuron has not one weight, when labels of both kinds or outside `[0, 1]` occur, when a sample is 0 or two samples
/// decide an end together, and when critical points are too close to be told apart in f64.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::analytic::{SigmoidNeuron, neuron_line};
///
/// // Two samples that disagree, on scales far apart: a minimum for each.
/// let neuron = SigmoidNeuron::sum_of_squares(&dmatrix![1.0; -100.0], vec![0.9, 0.7])?;
/// let found = neuron_line::critical_points(&neuron)?;
/// assert_eq!((found.minima(), found.maxima()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn critical_points(neuron: &SigmoidNeuron) -> Result<Isolation, LineError> {
    if neuron.dimension() != 1 {
        return Err(IsolationError::Variables { found: neuron.dimension() }.into());
    }
    let samples = || neuron.inputs().iter().copied().zip(neuron.labels().iter().copied());
    if samples().any(|(x, _)| x == 0.0) {
        return Err(LineError::Data(ConstructionError::NotPositive {
            what: "the size of a sample",
            value: 0.0,
        }));
    }
    if samples().all(|(_, y)| 0.0 < y && y < 1.0) {
        let wells = || samples().map(|(x, y)| (y / (1.0 - y)).ln() / x);
        let (low, high) = (wells().fold(f64::INFINITY, f64::min), wells().fold(f64::NEG_INFINITY, f64::max));
        // Wide enough for the rounding of the wells, and for one sample, or many with the same well.
        let margin = 1e-6 * low.abs().max(high.abs()).max(f64::MIN_POSITIVE);
        return Ok(isolate(neuron, low - margin, high + margin)?);
    }
    if let Some((_, value)) = samples().find(|&(_, y)| y != 0.0 && y != 1.0) {
        let what = "a label that is not 0 or 1 like the others";
        return Err(LineError::Data(ConstructionError::OutOfRange { what, low: 0.0, high: 1.0, value }));
    }
    // 1 − σ(z) = σ(−z): with the label 0 everywhere no residual cancels far out.
    let mirrored: Vec<f64> = samples().map(|(x, y)| if y == 1.0 { -x } else { x }).collect();
    let low = -horizon(mirrored.iter().map(|&x| (x.abs(), x > 0.0)))?;
    let high = horizon(mirrored.iter().map(|&x| (x.abs(), x < 0.0)))?;
    let labels = vec![0.0; mirrored.len()];
    let mirrored = SigmoidNeuron::sum_of_squares(&DMatrix::from_vec(mirrored.len(), 1, mirrored), labels)?;
    Ok(isolate(&mirrored, low, high)?)
}

/// A weight beyond which the slope does not change sign, for samples of these sizes that are right or wrong there.
fn horizon(samples: impl Iterator<Item = (f64, bool)> + Clone) -> Result<f64, LineError> {
    // Rates of decay; doubling is exact.
    let terms = samples.map(|(x, right)| (if right { 2.0 * x } else { x }, x, right));
    let Some((rate, size, right)) = terms.clone().min_by(|a, b| a.0.total_cmp(&b.0)) else {
        return Err(LineError::Data(ConstructionError::Empty { what: "the samples" }));
    };
    let rivals = terms.filter(|term| term.2 != right);
    if rivals.clone().any(|rival| rival.0 <= rate) {
        return Err(LineError::Tie { rate });
    }
    let mut horizon = 1.0 / size;
    while horizon.is_finite() {
        // |x| e^{−aw} / (1 + e^{−|x|w})³ at least, against the sum of |x_k| e^{−a_k w} at most, both divided by e^{−aw}.
        let e = Up::add(1.0, Up::exp(-Down::mul(size, horizon)));
        let least = Down::div(size, Up::mul(e, Up::mul(e, e)));
        let most = rivals.clone().fold(0.0, |sum, (other, x, _)| {
            Up::add(sum, Up::mul(x, Up::exp(-Down::mul(Down::sub(other, rate), horizon))))
        });
        if most < least {
            return Ok(horizon);
        }
        horizon *= 2.0;
    }
    Err(LineError::Tie { rate })
}

/// Why the critical points on the line are not known.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LineError {
    /// The samples are not of the kind for which all critical points can be bracketed.
    #[error(transparent)]
    Data(#[from] ConstructionError),
    /// Two samples that pull in opposite directions decay at the same rate.
    #[error("two samples decide the slope far out together: both decay at the rate {rate}")]
    Tie {
        /// The rate.
        rate: f64,
    },
    /// Critical points are too close to be told apart.
    #[error(transparent)]
    Isolation(#[from] IsolationError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn neuron(samples: &[(f64, f64)]) -> SigmoidNeuron {
        let (inputs, labels): (Vec<f64>, Vec<f64>) = samples.iter().copied().unzip();
        SigmoidNeuron::sum_of_squares(&DMatrix::from_vec(inputs.len(), 1, inputs), labels).unwrap()
    }

    #[test]
    fn separable_labels_have_no_minimum() {
        let found = critical_points(&neuron(&[(1.0, 1.0), (-2.0, 0.0), (3.0, 1.0)])).unwrap();
        assert_eq!(found.points().len(), 0);
    }

    #[test]
    fn a_wrong_label_makes_one() {
        let found = critical_points(&neuron(&[(1.0, 0.0), (5.0, 1.0)])).unwrap();
        assert_eq!((found.minima(), found.maxima()), (1, 1));
    }

    #[test]
    fn what_cannot_be_bracketed_is_refused() {
        for samples in [&[(1.0, 1.0), (2.0, 0.5)][..], &[(0.0, 0.5)], &[(1.0, 1.5)], &[(2.0, 1.0), (4.0, 0.0)]]
        {
            assert!(critical_points(&neuron(samples)).is_err(), "{samples:?}");
        }
        let two = SigmoidNeuron::sum_of_squares(&DMatrix::from_element(1, 2, 1.0), vec![0.5]).unwrap();
        assert!(critical_points(&two).is_err());
    }

    proptest! {
        /// Against signs of the slope on a fine grid that reaches far beyond the bracket.
        #[test]
        fn nothing_lies_outside(
            samples in prop::collection::vec((0.1f64..10.0, prop::bool::ANY, 0.05f64..0.95, prop::bool::ANY), 1..5),
            binary in prop::bool::ANY,
        ) {
            let samples: Vec<(f64, f64)> = samples
                .iter()
                .map(|&(x, positive, y, one)| (if positive { x } else { -x }, if binary { f64::from(one) } else { y }))
                .collect();
            let neuron = neuron(&samples);
            let Ok(found) = critical_points(&neuron) else { return Ok(()) };
            let slope = |w: f64| neuron.gradient(&[w]).unwrap()[0];
            let grid: Vec<f64> = (-4000..=4000).map(|i| f64::from(i) * 0.0101).map(|w: f64| slope(w)).filter(|s| s.abs() > 1e-13).collect();
            let changes = grid.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
            prop_assert!(changes <= found.points().len());
        }
    }
}
