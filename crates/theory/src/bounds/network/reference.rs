//! Reference matrices, from which distances are taken.

use saddlepoint_rigor::{Interval, IntervalMatrix};

use super::Network;
use crate::bounds::hypothesis::Violation;

/// Reference matrices, one for each layer, that were fixed before the data: zero, or weights from before training.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference(Option<Vec<IntervalMatrix>>);

impl Reference {
    /// Zero matrices.
    pub fn zero() -> Self {
        Self(None)
    }

    /// Matrices that do not depend on the sample in any way, for instance a random initialization, and not weights
    /// of another network that was trained on it.
    pub fn fixed_before_the_data(matrices: Vec<IntervalMatrix>) -> Self {
        Self(Some(matrices))
    }

    /// A norm of the distance of each layer.
    pub(crate) fn distances(
        &self,
        network: &Network,
        norm: fn(&IntervalMatrix) -> Interval,
    ) -> Result<Vec<Interval>, Violation> {
        let weights = network.layers.weights();
        let Some(references) = &self.0 else {
            return Ok(weights.iter().map(norm).collect());
        };
        if references.len() != weights.len() {
            return Err(Violation::References { layers: weights.len(), references: references.len() });
        }
        weights.iter().zip(references).map(|(weight, reference)| Ok(norm(&weight.minus(reference)?))).collect()
    }
}
