//! Small networks and samples for unit tests.

use saddlepoint_rigor::IntervalMatrix;

use super::hypothesis::Violation;
use super::inputs::{Inputs, Sample};
use super::network::{Activation, Network};
use crate::capacity::margins::Margins;
use crate::capacity::norms::Layers;
use crate::quantity::QuantityError;

/// A network of 2, 2 and `outputs` units with a sample of four examples, and what is made of them.
pub(crate) fn with_sample<T>(
    weights: &[f64],
    outputs: usize,
    activation: Activation,
    inputs: &[f64],
    then: impl FnOnce(&Network, Sample<'_>) -> Result<T, Violation>,
) -> Result<T, Violation> {
    let matrix = |rows, columns, entries: &[f64]| IntervalMatrix::from_rows(rows, columns, entries.to_vec());
    let layers = vec![matrix(2, 2, &weights[..4])?, matrix(outputs, 2, &weights[4..4 + 2 * outputs])?];
    let network = Network::new(Layers::new(layers)?, activation)?;
    let inputs = Inputs::new(matrix(4, 2, &inputs[..8])?);
    let of_outputs: Vec<f64> = (0..4 * outputs).map(|i| (i * 5 % 7) as f64 - 2.0).collect();
    let of_outputs = matrix(4, outputs, &of_outputs)?;
    let margins = if outputs == 1 {
        Margins::of_signs(&of_outputs, &[true, false, true, true])?
    } else {
        Margins::of_classes(&of_outputs, &[0, 1, 0, 1])?
    };
    then(&network, Sample::new(&inputs, &margins)?)
}

/// Eight weights of the larger network, and eight inputs in the unit ball.
pub(crate) const WEIGHTS: [f64; 8] = [0.5, -1.0, 2.0, 0.25, 1.0, -0.5, 0.75, 1.5];
pub(crate) const INPUTS: [f64; 8] = [0.5, 0.25, -0.5, 0.5, 0.0, 1.0, -0.25, -0.75];

/// What every theorem refuses that is about scalar networks with 1-Lipschitz positive homogeneous activations at a margin.
pub(crate) fn refuses_what_is_not_scalar_and_homogeneous<T: std::fmt::Debug>(
    theorem: impl Fn(&Network, Sample<'_>, f64, f64) -> Result<T, Violation>,
) {
    let refused = |outputs, activation, gamma, delta| {
        let at = |network: &Network, sample: Sample<'_>| theorem(network, sample, gamma, delta);
        with_sample(&WEIGHTS, outputs, activation, &INPUTS, at).unwrap_err()
    };
    let relu = Activation::relu();
    assert_eq!(refused(2, relu, 1.0, 0.05), Violation::Outputs { expected: 1, found: 2 });
    assert_eq!(refused(1, Activation::tanh(), 1.0, 0.05), Violation::NotHomogeneous("tanh"));
    let steep = Activation::leaky_relu(2.0).unwrap();
    assert_eq!(refused(1, steep, 1.0, 0.05), Violation::Expanding { name: "leaky relu", constant: 2.0 });
    assert!(matches!(refused(1, Activation::sigmoid(), 1.0, 0.05), Violation::ActivationAtZero { .. }));
    assert_eq!(refused(1, relu, -1.0, 0.05), QuantityError::Margin(-1.0).into());
    assert_eq!(refused(1, relu, 1.0, 0.0), QuantityError::Confidence(0.0).into());
}
