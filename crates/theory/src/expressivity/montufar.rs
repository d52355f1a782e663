//! Montúfar's lower bound on the most regions that networks of a shape can have, and a network that has so many.

use nalgebra::{DMatrix, DVector};
use num_bigint::BigUint;

use super::relu_network::{NetworkError, ReluNetwork};
use super::zaslavsky::in_general_position;

/// Why a shape has no bound.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// A network without inputs or without hidden layers.
    #[error("{inputs} inputs and {layers} hidden layers: at least one of each is needed")]
    Empty {
        /// The inputs.
        inputs: u32,
        /// The hidden layers.
        layers: usize,
    },
    /// A layer that is narrower than the input.
    #[error("hidden layer {layer} has {width} units: the theorem needs at least as many as inputs, {inputs}")]
    Narrow {
        /// The layer, from 0.
        layer: usize,
        /// Its units.
        width: u32,
        /// The inputs.
        inputs: u32,
    },
    /// So many inputs that the integers are too long.
    #[error("{0} inputs: up to {MOST_INPUTS} are counted")]
    Inputs(u32),
    /// More units than are written down.
    #[error("{0} units: networks of up to {MOST_UNITS} are written down")]
    Units(u64),
    /// Weights that make no network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// The most inputs whose regions are counted.
pub const MOST_INPUTS: u32 = 1 << 12;

/// The most units of a network whose weights are written down, its layers being dense: 128 MiB for two layers.
pub const MOST_UNITS: u64 = 1 << 13;

/// A lower bound of the **largest** number of linear regions that ReLU networks with these inputs and hidden layers have.
/// It is attained by some weights, those of [`folding_network`] among them, and says nothing about given ones: random
/// networks have far fewer.
///
/// # Formula
/// `(∏_{l<L} ⌊n_l/n₀⌋^{n₀}) Σ_{j≤n₀} C(n_L, j)`
///
/// # Errors
/// When there is no input or no hidden layer, or a layer has fewer units than there are inputs.
///
/// # Reference
/// Montúfar, Pascanu, Cho, Bengio, On the number of linear regions of deep neural networks, NeurIPS 2014, theorem 4.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::montufar::maximal_regions_at_least;
///
/// // Twenty units in two layers against twenty in one.
/// assert_eq!(maximal_regions_at_least(2, &[10, 10])?, 1400u32.into());
/// assert_eq!(maximal_regions_at_least(2, &[20])?, 211u32.into());
/// # Ok::<(), saddlepoint_theory::expressivity::montufar::ShapeError>(())
/// ```
pub fn maximal_regions_at_least(inputs: u32, widths: &[u32]) -> Result<BigUint, ShapeError> {
    let (&last, folds) =
        widths.split_last().filter(|_| inputs > 0).ok_or(ShapeError::Empty { inputs, layers: widths.len() })?;
    if inputs > MOST_INPUTS {
        return Err(ShapeError::Inputs(inputs));
    }
    if let Some(layer) = widths.iter().position(|&width| width < inputs) {
        return Err(ShapeError::Narrow { layer, width: widths[layer], inputs });
    }
    let cubes: BigUint = folds.iter().map(|width| BigUint::from(width / inputs).pow(inputs)).product();
    Ok(cubes * in_general_position(inputs, last))
}

/// A network of two inputs that has on the unit square as many regions as [`maximal_regions_at_least`] says.
///
/// Each layer but the last folds every coordinate `⌊n_l/2⌋` times onto `[0, 1]`, so that what follows is repeated in as many
/// squares; units that are left over never become active. The lines of the last layer are tangents of one circle around
/// the middle, so that all of them meet inside of the square, two at a time.
///
/// # Formula
/// With `p` units `max(0, x − i/p)` for a coordinate, the fold is `p u₀ + 2p Σ_{i≥1} (−1)^i uᵢ`.
///
/// # Errors
/// As [`maximal_regions_at_least`] with two inputs, and when there are more than [`MOST_UNITS`] units.
///
/// # Reference
/// Montúfar, Pascanu, Cho, Bengio 2014, section 3 and figure 3.
pub fn folding_network(widths: &[u32]) -> Result<ReluNetwork, ShapeError> {
    require_few(widths)?;
    maximal_regions_at_least(2, widths)?;
    let (last, folds) = (widths[widths.len() - 1] as usize, &widths[..widths.len() - 1]);
    let (mut layers, mut read) = (Vec::new(), DMatrix::identity(2, 2));
    for &width in folds {
        let (width, p) = (width as usize, width as usize / 2);
        // Unit `i` of coordinate `c` is number `cp + i`.
        let weights = DMatrix::from_fn(width, 2, |unit, c| f64::from(u8::from(unit / p == c)));
        let bias = |unit, _| if unit < 2 * p { -((unit % p) as f64) / p as f64 } else { -1.0 };
        layers.push((weights * &read, DVector::from_fn(width, bias)));
        let slope = |i: usize| match (i, i % 2) {
            (0, _) => p as f64,
            (_, 0) => 2.0 * p as f64,
            _ => -2.0 * p as f64,
        };
        read = DMatrix::from_fn(2, width, |c, unit| if unit / p == c { slope(unit % p) } else { 0.0 });
    }
    let step = std::f64::consts::PI / last as f64;
    // Two tangents meet at most at radius / sin(step/2) from the middle.
    let radius = 0.4 * libm::sin(step / 2.0);
    let normal = |line: usize| [libm::cos(step * (line as f64 + 0.3)), libm::sin(step * (line as f64 + 0.3))];
    let lines = DMatrix::from_fn(last, 2, |line, c| normal(line)[c]);
    let offset = DVector::from_fn(last, |line, _| -0.5 * (normal(line)[0] + normal(line)[1]) - radius);
    layers.push((lines * read, offset));
    layers.push((DMatrix::repeat(1, last, 1.0), DVector::zeros(1)));
    Ok(ReluNetwork::new(layers)?)
}

/// A network of one input that has on `[0, n₁]` as many pieces as [`maximal_regions_at_least`] says. All weights are integers and
/// all biases multiples of ½, so that rational arithmetic counts exactly what is meant.
///
/// # Formula
/// On `[0, p]` the fold `s (u₀ + 2 Σ_{i≥1} (−1)^i uᵢ)` of `uᵢ = max(0, x − i)` maps each `[i, i + 1]` onto `[0, s]`, where `s` is the width
/// of the next layer. The units of the last layer break at `i + ½`; the first of them is turned around, so that the network is
/// nowhere constant and its pieces are maximal.
///
/// # Errors
/// As [`maximal_regions_at_least`] with one input, and when there are more than [`MOST_UNITS`] units.
///
/// # Reference
/// Montúfar, Pascanu, Cho, Bengio 2014, section 3.
pub fn folding_network_on_a_line(widths: &[u32]) -> Result<ReluNetwork, ShapeError> {
    require_few(widths)?;
    maximal_regions_at_least(1, widths)?;
    let (mut layers, mut read) = (Vec::new(), DMatrix::identity(1, 1));
    for pair in widths.windows(2) {
        let (width, next) = (pair[0] as usize, f64::from(pair[1]));
        layers.push((DMatrix::repeat(width, 1, 1.0) * &read, DVector::from_fn(width, |i, _| -(i as f64))));
        let slope = |i: usize| match (i, i % 2) {
            (0, _) => next,
            (_, 0) => 2.0 * next,
            _ => -2.0 * next,
        };
        read = DMatrix::from_fn(1, width, |_, i| slope(i));
    }
    let last = widths[widths.len() - 1] as usize;
    let side = |i: usize| if i == 0 { -1.0 } else { 1.0 };
    layers.push((
        DMatrix::from_fn(last, 1, |i, _| side(i)) * read,
        DVector::from_fn(last, |i, _| -side(i) * (i as f64 + 0.5)),
    ));
    layers.push((DMatrix::repeat(1, last, 1.0), DVector::zeros(1)));
    Ok(ReluNetwork::new(layers)?)
}

/// Refuses weights that fill the memory.
fn require_few(widths: &[u32]) -> Result<(), ShapeError> {
    let units: u64 = widths.iter().map(|&width| u64::from(width)).sum();
    if units > MOST_UNITS { Err(ShapeError::Units(units)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert_eq!(maximal_regions_at_least(0, &[3]), Err(ShapeError::Empty { inputs: 0, layers: 1 }));
        assert_eq!(maximal_regions_at_least(2, &[]), Err(ShapeError::Empty { inputs: 2, layers: 0 }));
        let narrow = ShapeError::Narrow { layer: 1, width: 2, inputs: 3 };
        assert_eq!(maximal_regions_at_least(3, &[3, 2]), Err(narrow));
        assert_eq!(maximal_regions_at_least(u32::MAX, &[u32::MAX]), Err(ShapeError::Inputs(u32::MAX)));
        assert!(folding_network(&[4, 1]).is_err());
    }

    proptest! {
        /// One layer is the arrangement of hyperplanes; where all of them can be independent, all signs are taken.
        #[test]
        fn a_layer_in_front_multiplies(inputs in 1u32..6, extra in prop::collection::vec(0u32..20, 1..5)) {
            let widths: Vec<u32> = extra.iter().map(|n| n + inputs).collect();
            let all = maximal_regions_at_least(inputs, &widths).unwrap();
            let rest = maximal_regions_at_least(inputs, &widths[1..]);
            if let Ok(rest) = rest {
                prop_assert_eq!(all, BigUint::from(widths[0] / inputs).pow(inputs) * rest);
            }
            let cube = maximal_regions_at_least(inputs, &[inputs]).unwrap();
            prop_assert_eq!(cube, BigUint::from(2u32).pow(inputs));
        }
    }
}
