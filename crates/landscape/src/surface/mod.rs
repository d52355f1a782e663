//! Slices through a loss surface: directions and how they are normalized, grids that resume, trajectories and paths.
//!
//! - [`layout`]: which entries of the parameter vector make a layer, and which a filter;
//! - [`direction`]: Gaussian directions, normalized by filter, by layer or not at all;
//! - [`convexity`]: both ends of the spectrum at a place, and the share of negative curvature;
//! - [`grid`]: values over a slice, cell by cell, with a mask of those that are there;
//! - [`trajectory`]: the plane in which a trajectory moves most;
//! - [`rescaling`]: other parameters of the same function, where activations are positively homogeneous;
//! - [`path`]: Bezier and polygonal paths between minima, and the barrier along them.

pub mod convexity;
pub mod direction;
pub mod grid;
pub mod layout;
pub mod path;
pub mod rescaling;
pub mod trajectory;

use saddlepoint_rigor::decomposition::DecompositionError;

/// Why a slice, a path or a direction could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SurfaceError {
    /// Two vectors that must have as many entries have not.
    #[error("{what}: expected {expected} entries, found {found}")]
    Length {
        /// Which vector.
        what: &'static str,
        /// The number that fits.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// An entry is NaN or infinite.
    #[error("{what}: entry {index} is not finite")]
    NotFinite {
        /// Which vector.
        what: &'static str,
        /// The first such entry.
        index: usize,
    },
    /// Something has too few members.
    #[error("{what}: at least {least} needed, found {found}")]
    TooFew {
        /// What is missing.
        what: &'static str,
        /// How many are needed.
        least: usize,
        /// How many there are.
        found: usize,
    },
    /// A tensor does not split into equal filters.
    #[error("tensor {tensor} with {entries} entries does not split into {filters} filters of equal size")]
    Filters {
        /// The tensor's place.
        tensor: usize,
        /// Its size.
        entries: usize,
        /// The number of filters asked for.
        filters: usize,
    },
    /// No unit of this place has both incoming and outgoing weights.
    #[error("tensor {layer} has no unit {unit} whose outgoing weights are the next tensor's")]
    Unit {
        /// The place of the tensor of incoming weights.
        layer: usize,
        /// The unit.
        unit: usize,
    },
    /// A matrix has no decomposition, or an iteration for it came to nothing.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
    /// A rescaling keeps a network's function only if its factors are positive.
    #[error("a factor of a rescaling must be positive and finite, not {0}")]
    Factor(f64),
    /// Points that differ nowhere span no plane.
    #[error("the points of the trajectory span {dimensions} dimensions: a plane needs 2")]
    Flat {
        /// How many they span.
        dimensions: usize,
    },
}

/// `vector`, if it has the length and is finite.
fn check(what: &'static str, vector: &[f64], expected: usize) -> Result<(), SurfaceError> {
    if vector.len() != expected {
        return Err(SurfaceError::Length { what, expected, found: vector.len() });
    }
    match vector.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(SurfaceError::NotFinite { what, index }),
        None => Ok(()),
    }
}
