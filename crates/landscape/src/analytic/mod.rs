//! Objectives with closed-form derivatives: the oracles on which every algorithm of this crate is tried.

mod averaged_sigmoids;
mod axis_construction;
mod cauchy;
mod deep_linear;
mod double_well;
mod hidden_layer;
mod octopus;
mod one_hot_logistic;
mod planted;
mod quadratic;
mod sawtooth_gradient;
mod scalar_relu_network;
mod sigmoid_neuron;
mod small_product;
mod strict_saddle_quartic;
mod subset_construction;
mod two_layer_linear;
mod two_parameter_mlp;

pub mod baldi_hornik;
pub mod kawaguchi;
pub mod neuron_line;

pub use averaged_sigmoids::{AveragedSigmoids, ClassificationLoss};
pub use axis_construction::AxisConstruction;
pub use cauchy::Cauchy;
pub use deep_linear::DeepLinear;
pub use double_well::DoubleWell;
pub use hidden_layer::{Activation, HiddenLayer};
pub use octopus::{ExitError, Octopus};
pub use one_hot_logistic::OneHotLogistic;
pub use planted::PlantedNeuron;
pub use quadratic::Quadratic;
pub use sawtooth_gradient::SawtoothGradient;
pub use scalar_relu_network::ScalarReluNetwork;
pub use sigmoid_neuron::SigmoidNeuron;
pub use strict_saddle_quartic::StrictSaddleQuartic;
pub use subset_construction::{SubsetConstruction, SubsetError};
pub use two_layer_linear::TwoLayerLinear;
pub use two_parameter_mlp::{Reading, TwoParameterMlp};

use saddlepoint_rigor::decomposition::DecompositionError;

/// Why an analytic objective could not be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConstructionError {
    /// A number that must be finite is not.
    #[error("{what} must be finite")]
    NotFinite {
        /// Which number.
        what: &'static str,
    },
    /// A number that must be positive is not.
    #[error("{what} must be positive, not {value}")]
    NotPositive {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number lies outside its open interval.
    #[error("{what} must lie strictly between {low} and {high}, not be {value}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// Its value.
        value: f64,
    },
    /// Shapes do not fit each other.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// Which size.
        what: &'static str,
        /// The size that fits.
        expected: usize,
        /// The size found.
        found: usize,
    },
    /// Something that must have entries has none.
    #[error("{what} must not be empty")]
    Empty {
        /// What is empty.
        what: &'static str,
    },
    /// A matrix that must be symmetric is not.
    #[error("the matrix is not symmetric: entries ({row}, {column}) and ({column}, {row}) differ")]
    NotSymmetric {
        /// Row of the first entry that differs from its mirror image.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// A matrix has no decomposition, or an iteration for it came to nothing.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
}

/// `value`, if it is finite and positive.
fn positive(what: &'static str, value: f64) -> Result<f64, ConstructionError> {
    if !value.is_finite() {
        Err(ConstructionError::NotFinite { what })
    } else if value <= 0.0 {
        Err(ConstructionError::NotPositive { what, value })
    } else {
        Ok(value)
    }
}

/// `entries`, if all are finite.
fn all_finite<'a>(
    what: &'static str,
    entries: impl IntoIterator<Item = &'a f64>,
) -> Result<(), ConstructionError> {
    if entries.into_iter().all(|entry| entry.is_finite()) {
        Ok(())
    } else {
        Err(ConstructionError::NotFinite { what })
    }
}
