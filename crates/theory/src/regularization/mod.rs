//! Regularization where it can be computed: what penalties, stopping, noise, averaging and attacks do exactly.
//!
//! - [`spectral_filter`]: ridge regression and gradient flow as filters of one spectrum;
//! - [`early_stopping`]: how much worse stopping at time `t` is than the penalty `1/t`, at most;
//! - [`weighted_ridge`]: least squares with a penalty of its own for each coefficient;
//! - [`dropout`]: the penalty that dropout is, and the quadratic form near it;
//! - [`noise_injection`]: noise in the inputs as a ridge penalty;
//! - [`ambiguity`]: what averaging predictions gains;
//! - [`adversarial`]: the worst change of the inputs of a linear model.

pub mod adversarial;
pub mod ambiguity;
pub mod dropout;
pub mod early_stopping;
pub mod noise_injection;
pub mod spectral_filter;
pub mod weighted_ridge;

use saddlepoint_rigor::decomposition::DecompositionError;

use crate::quantity::first_not_finite;

/// The hypothesis that is not met.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegularizationError {
    /// There is nothing to compute with.
    #[error("at least one sample and one feature are needed, not {samples} and {features}")]
    Empty {
        /// Rows.
        samples: usize,
        /// Columns.
        features: usize,
    },
    /// Two things do not fit together.
    #[error("{what}: {found} entries where {expected} are needed")]
    Length {
        /// Which one.
        what: &'static str,
        /// Its number of entries.
        found: usize,
        /// What the others need.
        expected: usize,
    },
    /// A NaN or an infinity, in the input or by overflow.
    #[error("{what} must be finite, not {value}")]
    NotFinite {
        /// What it is found in.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// A number that must not be negative.
    #[error("{what} must be finite and at least 0, not {value}")]
    Negative {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A probability of dropping everything, or none at all.
    #[error("a dropout rate δ = {0}: it must lie in [0, 1)")]
    Rate(f64),
    /// Too many masks to enumerate.
    #[error("{features} features have 2^{features} masks; at most {most} features are enumerated")]
    TooManyFeatures {
        /// Features that matter.
        features: usize,
        /// The most that are enumerated.
        most: usize,
    },
    /// The minimizer is not unique to working precision.
    #[error("features and penalties do not determine the coefficients")]
    Dependent,
    /// The design could not be decomposed.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
    /// A label that is no class.
    #[error("label {label} of {classes} classes")]
    Label {
        /// The label.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
}

/// All numbers are finite.
fn finite(what: &'static str, values: &[f64]) -> Result<(), RegularizationError> {
    first_not_finite(values).map_or(Ok(()), |(_, value)| Err(RegularizationError::NotFinite { what, value }))
}

/// A finite number that is not negative.
fn not_negative(what: &'static str, value: f64) -> Result<f64, RegularizationError> {
    if value >= 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(RegularizationError::Negative { what, value })
    }
}

/// As many entries as needed.
fn length(what: &'static str, found: usize, expected: usize) -> Result<(), RegularizationError> {
    if found == expected { Ok(()) } else { Err(RegularizationError::Length { what, found, expected }) }
}
