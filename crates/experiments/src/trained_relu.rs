//! Where trained networks meet theory: their parameters as matrices, and what their first layer makes of samples.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::data::{DataError, Samples};
use saddlepoint_models::parameters::LengthMismatch;
use saddlepoint_theory::expressivity::relu_network::{NetworkError, ReluNetwork};

/// Why parameters are no ReLU network, or samples have no features.
#[derive(Debug, thiserror::Error)]
pub enum TrainedError {
    /// A vector of parameters that does not fit the widths.
    #[error(transparent)]
    Parameters(#[from] LengthMismatch),
    /// Widths or numbers that make no network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Features that make no samples.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// The weights, outputs × inputs, and the biases of a layer.
pub type Layer = (DMatrix<f64>, DVector<f64>);

/// The layers of a network with these widths, inputs and outputs included,
/// from the parameters of a [`Mlp`](saddlepoint_models::networks::Mlp) with biases, in the order of
/// [`saddlepoint_models::parameters::flat`]. No number is rounded.
///
/// # Errors
/// [`LengthMismatch`] when there are fewer or more parameters than the widths need.
pub fn dense_layers(widths: &[usize], parameters: &[f64]) -> Result<Vec<Layer>, LengthMismatch> {
    let needed = |pair: &[usize]| (pair[0].saturating_add(1)).saturating_mul(pair[1]);
    let expected = widths.windows(2).map(needed).fold(0, usize::saturating_add);
    if parameters.len() != expected {
        return Err(LengthMismatch { expected, found: parameters.len() });
    }
    let mut rest = parameters;
    let layer = |pair: &[usize]| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let (weights, after) = rest.split_at(inputs * outputs);
        let (biases, after) = after.split_at(outputs);
        rest = after;
        // Row by row for each input is column by column for the transposed matrix.
        (DMatrix::from_column_slice(outputs, inputs, weights), DVector::from_column_slice(biases))
    };
    Ok(widths.windows(2).map(layer).collect())
}

/// The ReLU network of [`dense_layers`].
///
/// # Errors
/// When there are fewer or more parameters than the widths need, fewer than two widths, a width is 0, or a parameter is not
/// finite.
///
/// # Example
/// ```
/// use saddlepoint_experiments::trained_relu::relu_network;
///
/// // x ↦ 3 relu(2 x₁ − x₂ + 1) − 4
/// let network = relu_network(&[2, 1, 1], &[2.0, -1.0, 1.0, 3.0, -4.0])?;
/// assert_eq!(network.value(&[1.0, 1.0])?[0], 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn relu_network(widths: &[usize], parameters: &[f64]) -> Result<ReluNetwork, TrainedError> {
    Ok(ReluNetwork::new(dense_layers(widths, parameters)?)?)
}

/// The samples as the network sees them behind its first hidden layer: targets stay, inputs become `relu(W₁ x + b₁)`.
///
/// # Errors
/// When the samples do not fit the network, or a feature overflows.
pub fn first_layer_features(network: &ReluNetwork, samples: &Samples) -> Result<Samples, TrainedError> {
    let first = network.first(1)?;
    let mut features = Vec::with_capacity(samples.len() * first.outputs());
    for row in samples.rows() {
        features.extend(first.value(row)?.iter().map(|z| z.max(0.0)));
    }
    Ok(Samples::new(&[first.outputs()], features, samples.targets().clone())?)
}

/// The same from the parameters of a network [without biases](saddlepoint_models::networks::Mlp::without_bias): they are zero.
///
/// # Errors
/// As [`relu_network`].
pub fn relu_network_without_biases(widths: &[usize], parameters: &[f64]) -> Result<ReluNetwork, TrainedError> {
    let needed = |pair: &[usize]| pair[0].saturating_mul(pair[1]);
    let expected = widths.windows(2).map(needed).fold(0, usize::saturating_add);
    if parameters.len() != expected {
        return Err(LengthMismatch { expected, found: parameters.len() }.into());
    }
    let (mut rest, mut all) = (parameters, Vec::new());
    for pair in widths.windows(2) {
        let (weights, after) = rest.split_at(needed(pair));
        rest = after;
        all.extend_from_slice(weights);
        all.extend(std::iter::repeat_n(0.0, pair[1]));
    }
    relu_network(widths, &all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saddlepoint_models::data::Targets;

    use super::*;

    #[test]
    fn what_fits_no_widths_is_refused() {
        use TrainedError::{Network, Parameters};
        let lengths = |widths: &[usize], n: usize| relu_network(widths, &vec![0.0; n]);
        assert!(matches!(lengths(&[2, 3], 8), Err(Parameters(LengthMismatch { expected: 9, found: 8 }))));
        assert!(matches!(lengths(&[2, 0, 1], 1), Err(Network(NetworkError::Empty { layer: 0 }))));
        assert!(matches!(lengths(&[2], 0), Err(Network(NetworkError::NoLayers))));
        assert!(matches!(lengths(&[usize::MAX, usize::MAX, 1], 3), Err(Parameters(_))));
    }

    #[test]
    fn without_biases_a_network_is_homogeneous() {
        let network = relu_network_without_biases(&[2, 2, 1], &[1.0, -1.0, 2.0, 1.0, 3.0, -1.0]).unwrap();
        // 3 relu(x₁ + 2x₂) − relu(−x₁ + x₂)
        assert_eq!(network.value(&[1.0, 2.0]).unwrap()[0], 14.0);
        assert_eq!(network.value(&[0.5, 1.0]).unwrap()[0], 7.0);
        assert!(relu_network_without_biases(&[2, 2, 1], &[0.0; 9]).is_err());
        assert!(relu_network_without_biases(&[2], &[]).is_err());
    }

    #[test]
    fn samples_of_another_dimension_have_no_features() {
        let network = relu_network(&[2, 3], &[1.0; 9]).unwrap();
        let samples = Samples::new(&[1], vec![1.0, 2.0], Targets::Values(vec![0.0, 0.0])).unwrap();
        let error = first_layer_features(&network, &samples).unwrap_err();
        assert!(matches!(error, TrainedError::Network(NetworkError::Point { inputs: 2, found: 1 })));
    }

    proptest! {
        #[test]
        fn any_bits_are_a_network_or_refused(bits in prop::array::uniform5(any::<u64>()), x in any::<u64>()) {
            let numbers = bits.map(f64::from_bits);
            let network = relu_network(&[2, 1, 1], &numbers);
            prop_assert_eq!(network.is_ok(), numbers.iter().all(|x| x.is_finite()));
            let samples = Samples::new(&[2], vec![f64::from_bits(x), 1.0], Targets::Values(vec![0.0]));
            if let (Ok(network), Ok(samples)) = (network, samples)
                && let Ok(features) = first_layer_features(&network, &samples)
            {
                prop_assert!(features.inputs().iter().all(|z| *z >= 0.0 && z.is_finite()));
            }
        }
    }
}
