//! What the theorems on linear networks ask of data and parameters, and the names of what is not met.

use nalgebra::DMatrix;

use saddlepoint_rigor::decomposition::DecompositionError;

/// Whether a parameter has its shape, and no entry that is not finite.
pub(super) fn check(
    what: &'static str,
    matrix: &DMatrix<f64>,
    rows: usize,
    columns: usize,
) -> Result<(), HypothesisError> {
    if matrix.shape() != (rows, columns) {
        return Err(HypothesisError::Shape { what, rows, columns, found: matrix.shape() });
    }
    if matrix.iter().all(|entry| entry.is_finite()) { Ok(()) } else { Err(HypothesisError::NotFinite { what }) }
}

/// The hypothesis of Baldi and Hornik that a network, a stratum or a parameter does not meet.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HypothesisError {
    /// More hidden units than outputs.
    #[error("the theorem needs p ≤ d, not {width} hidden units for {outputs} outputs")]
    TooWide {
        /// Hidden units.
        width: usize,
        /// Outputs.
        outputs: usize,
    },
    /// `XXᵀ` is not positive definite.
    #[error("XXᵀ is singular: the inputs do not span their space")]
    SingularInputs,
    /// `Σ` has a zero or a multiple eigenvalue.
    #[error("the eigenvalues of Σ must be distinct and positive; the smallest distance is {distance:e}")]
    NotDistinct {
        /// The smallest distance, between eigenvalues or from zero.
        distance: f64,
    },
    /// A matrix has no decomposition, or an iteration for it came to nothing.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
    /// `J` is not an increasing list of at most `p` of the `d` directions.
    #[error("{directions:?} is not an increasing list of at most {width} of {outputs} directions")]
    Directions {
        /// What was given.
        directions: Vec<usize>,
        /// Number of directions, `d`.
        outputs: usize,
        /// Number of hidden units, `p`.
        width: usize,
    },
    /// A parameter matrix has the wrong shape.
    #[error("{what} must be {rows} by {columns}, not {} by {}", .found.0, .found.1)]
    Shape {
        /// Which matrix.
        what: &'static str,
        /// Rows that fit.
        rows: usize,
        /// Columns that fit.
        columns: usize,
        /// Rows and columns found.
        found: (usize, usize),
    },
    /// A parameter matrix has an entry that is NaN or infinite.
    #[error("{what} has an entry that is not finite")]
    NotFinite {
        /// Which matrix.
        what: &'static str,
    },
    /// `C` is not invertible.
    #[error("C is singular")]
    SingularC,
    /// The matrices between the first and the last of a deep network have a singular product.
    #[error("the matrices between the first and the last must be invertible, but their product is singular")]
    SingularMiddle,
    /// A deep network has at least two matrices.
    #[error("a critical point is lifted to at least two matrices, not to {depth}")]
    Shallow {
        /// Number of matrices.
        depth: usize,
    },
    /// The closed-form spectrum holds for whitened inputs.
    #[error("the closed-form spectrum needs XXᵀ = I; the largest deviation is {deviation:e}")]
    NotWhitened {
        /// Largest entry of `XXᵀ − I`.
        deviation: f64,
    },
}
