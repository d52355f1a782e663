//! Upper bounds of the Lipschitz constant from weights alone.

use saddlepoint_rigor::{IntervalMatrix, MatrixError, Rounding, Up};

use super::LipschitzError;
use super::jacobian::{Exact, Slope, norm_above};
use crate::capacity::norms::{Layers, spectral};
use crate::expressivity::relu_network::ReluNetwork;

/// The product of the spectral norms, rounded up: a Lipschitz constant of the network with any 1-Lipschitz activation.
///
/// # Formula
/// `∏ ‖Wᵢ‖_σ`
///
/// # Reference
/// Szegedy et al., Intriguing properties of neural networks, ICLR 2014, section 4.3.
///
/// # Errors
/// When a singular value cannot be enclosed.
pub fn product(network: &ReluNetwork) -> Result<f64, LipschitzError> {
    Ok(Layers::new(Exact::new(network)?.weights)?.product(spectral)?.high())
}

/// A Lipschitz constant of the network with any activation whose slope lies in `[0, 1]` (ReLU, tanh, logistic ...),
/// rounded up and never above [`product`] but for rounding.
///
/// Each slope is `½ + s/2` with `|s| ≤ 1`. Expanding the product, a hidden layer either passes half of its input on,
/// so that two matrices merge, or separates two factors whose norms are multiplied: the bound is the mean over all ways
/// to separate. It costs as many norms as there are pairs of layers.
///
/// # Formula
/// `θ_L` with `θ₀ = 1` and `θ_e = Σ_{s<e} θ_s ‖W_e ⋯ W_{s+1}‖_σ / 2^(e−s−[s=0])`
///
/// # Reference
/// Combettes, Pesquet, Lipschitz certificates for layered network structures driven by averaged activation operators,
/// SIAM J. Mathematics of Data Science 2, 2020, the constant `θ_m` for firmly nonexpansive activations.
///
/// # Errors
/// When a product overflows.
pub fn averaged(network: &ReluNetwork) -> Result<f64, LipschitzError> {
    let weights = Exact::new(network)?.weights;
    Ok(averaged_over(&weights)?)
}

/// [`averaged`] of a network with these weights.
pub(super) fn averaged_over(weights: &[IntervalMatrix]) -> Result<f64, MatrixError> {
    let slopes: Vec<Vec<Slope>> = hidden(weights).map(|units| vec![Slope::Either; units]).collect();
    separated(weights, &slopes)
}

fn hidden(weights: &[IntervalMatrix]) -> impl Iterator<Item = usize> {
    weights[..weights.len() - 1].iter().map(|weights| weights.shape().0)
}

/// An upper bound of `‖W_L D_{L−1} ⋯ D₁ W₁‖_σ` for all diagonals of slopes inside: as [`averaged`], but only the units
/// whose slope is open separate factors, and the others have their slope.
pub(super) fn separated(weights: &[IntervalMatrix], slopes: &[Vec<Slope>]) -> Result<f64, MatrixError> {
    let open: Vec<Vec<usize>> =
        slopes.iter().map(|layer| (0..layer.len()).filter(|&i| layer[i] == Slope::Either).collect()).collect();
    let middle: Vec<Vec<f64>> =
        slopes.iter().map(|layer| layer.iter().map(|slope| slope.midpoint()).collect()).collect();
    let mut theta = vec![0.0; weights.len() + 1];
    theta[0] = 1.0;
    for start in 0..weights.len() {
        if theta[start] == 0.0 {
            continue;
        }
        // The half of an open slope.
        let arrived = if start == 0 { 1.0 } else { 0.5 * theta[start] };
        let mut block = match start {
            0 => weights[0].clone(),
            _ => columns(&weights[start], &open[start - 1])?,
        };
        for end in start + 1..=weights.len() {
            let norm = match open.get(end - 1) {
                None => Some(norm_above(&block)),
                Some(rows) if rows.is_empty() => None,
                Some(rows) => Some(norm_above(&columns(&block.transpose(), rows)?)),
            };
            // A factor of zero makes the product zero, however large the other is: infinity times zero would be no bound.
            if let Some(norm) = norm.filter(|&norm| norm != 0.0) {
                theta[end] = Up::add(theta[end], Up::mul(arrived, norm));
            }
            if end < weights.len() {
                block = weights[end].scale_columns(&middle[end - 1])?.times(&block)?;
            }
        }
    }
    Ok(theta[weights.len()])
}

/// The matrix of some of the columns, at least one.
fn columns(a: &IntervalMatrix, kept: &[usize]) -> Result<IntervalMatrix, MatrixError> {
    let (rows, width) = a.shape();
    let select = |values: &[f64]| {
        (0..rows).flat_map(|i| kept.iter().map(move |&j| (i, j))).map(|(i, j)| values[i * width + j]).collect()
    };
    IntervalMatrix::with_radii(rows, kept.len(), select(a.midpoints()), select(a.radii()))
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    use super::super::jacobian::chain;
    use super::*;

    fn network(widths: &[usize], numbers: &[f64]) -> ReluNetwork {
        let mut numbers = numbers.iter().copied().cycle();
        let layer = |pair: &[usize]| {
            let weights = DMatrix::from_iterator(pair[1], pair[0], numbers.by_ref().take(pair[0] * pair[1]));
            (weights, DVector::zeros(pair[1]))
        };
        ReluNetwork::new(widths.windows(2).map(layer).collect()).unwrap()
    }

    fn slope(code: u8) -> Slope {
        [Slope::Inactive, Slope::Active, Slope::Either][usize::from(code % 3)]
    }

    proptest! {
        /// Every choice of the open slopes, at the ends and inside, stays below; nothing is above the product.
        #[test]
        fn all_slopes_are_covered(
            widths in prop::collection::vec(1usize..5, 2..5), numbers in prop::collection::vec(-2.0..2.0f64, 61),
            codes in prop::collection::vec(any::<u8>(), 16), choices in prop::collection::vec(0.0..=1.0f64, 16),
        ) {
            let network = network(&widths, &numbers);
            let weights = Exact::new(&network).unwrap().weights;
            let (mut codes, mut choices) = (codes.iter().cycle(), choices.iter().cycle());
            let slopes: Vec<Vec<Slope>> = hidden(&weights).map(|n| (0..n).map(|_| slope(*codes.next().unwrap())).collect()).collect();
            let bound = separated(&weights, &slopes).unwrap();
            let mut jacobian = network.layers()[0].0.clone();
            for ((weights, _), layer) in network.layers()[1..].iter().zip(&slopes) {
                let chosen = layer.iter().map(|slope| match slope {
                    Slope::Either => choices.next().copied().unwrap(),
                    fixed => fixed.midpoint(),
                });
                jacobian = weights * DMatrix::from_diagonal(&DVector::from_iterator(layer.len(), chosen)) * jacobian;
            }
            let norm = jacobian.singular_values().max();
            prop_assert!(norm <= bound * (1.0 + 1e-12), "{norm} {bound}");
            prop_assert!(norm <= norm_above(&chain(&weights, &slopes).unwrap()) * (1.0 + 1e-12));
            let all = averaged(&network).unwrap();
            let most = product(&network).unwrap();
            prop_assert!(all <= most * (1.0 + 1e-12), "{all} {most}");
            if slopes.iter().flatten().all(|slope| *slope != Slope::Either) {
                prop_assert!((bound - norm).abs() <= 1e-12 * most);
            }
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform3(any::<u64>())) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let layer = |x: f64| (DMatrix::from_element(1, 1, x), DVector::zeros(1));
            if let Ok(network) = ReluNetwork::new(numbers.iter().map(|&x| layer(x)).collect()) {
                if let Ok(bound) = averaged(&network) {
                    prop_assert!(bound >= 0.0);
                }
                if let Ok(bound) = product(&network) {
                    prop_assert!(bound >= 0.0);
                }
            }
        }
    }
}
