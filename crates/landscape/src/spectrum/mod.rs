//! The spectrum of a symmetric operator from few products, each number with its error.
//!
//! - [`lanczos`]: extremal eigenpairs with residuals and enclosures;
//! - [`density`]: the whole spectrum's distribution, and functions of it: log-determinant, effective dimension, and what
//!   quadratures prove about one vector;
//! - [`trace`] and [`diagonal`]: estimates from random probes, with standard errors;
//! - [`estimate`]: a mean with its standard error and Student's interval.
//!
//! Random numbers come from the caller, as a closure that returns independent standard normals.

pub mod density;
pub mod diagonal;
pub mod estimate;
pub mod lanczos;
pub mod trace;

pub(crate) mod gram_schmidt;
pub(crate) mod vectors;

#[cfg(test)]
pub(crate) mod testing;

use crate::operator::OperatorError;
use saddlepoint_rigor::decomposition::eigen;

/// Why a spectrum, or an estimate of it, cannot be computed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SpectrumError {
    /// The operator has no product.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// A count is outside its range.
    #[error("{what} must be between {low} and {high}, not {found}")]
    Count {
        /// Which count.
        what: &'static str,
        /// Smallest count that makes sense.
        low: usize,
        /// Largest one.
        high: usize,
        /// The count given.
        found: usize,
    },
    /// A real parameter is outside its range, or not a number.
    #[error("{what} must lie strictly between {low} and {high}, not be {found}")]
    Parameter {
        /// Which parameter.
        what: &'static str,
        /// Lower end of its range.
        low: f64,
        /// Upper end.
        high: f64,
        /// The value given.
        found: f64,
    },
    /// The random numbers passed in are not random normals: constant, zero or not finite.
    #[error("the generator passed in gave no usable random vector")]
    Randomness,
    /// A state to resume from does not fit the operator or contradicts itself.
    #[error("the state to resume from is not one of this computation: {what}")]
    State {
        /// What does not fit.
        what: &'static str,
    },
    /// A function of the spectrum is not defined on all of it.
    #[error("the function of the spectrum is not finite at {node:e}")]
    Undefined {
        /// An eigenvalue or quadrature node where it is not.
        node: f64,
    },
    /// A logarithm or an inverse was asked of a matrix that is not positive definite.
    #[error("A + {shift:e} I is not positive definite: a unit vector v has v·Av = {quotient:e}")]
    NotPositive {
        /// The smallest Rayleigh quotient found.
        quotient: f64,
        /// What is added to it.
        shift: f64,
    },
    /// An end of the spectrum was given that is none.
    #[error("{end:e} is no end of the spectrum: Ritz values lie on both sides of it")]
    Inside {
        /// The end given.
        end: f64,
    },
    /// Kato and Temple need an interval that contains the Rayleigh quotient.
    #[error("({below:e}, {above:e}) must contain the Rayleigh quotient {value:e} in its interior")]
    Gap {
        /// Lower end.
        below: f64,
        /// Upper end.
        above: f64,
        /// The Rayleigh quotient.
        value: f64,
    },
    /// The dense eigenvalue iteration did not converge.
    #[error("the eigenvalues of the projected matrix of {size} rows did not converge")]
    Projected {
        /// Its number of rows.
        size: usize,
    },
}

fn count(what: &'static str, found: usize, low: usize, high: usize) -> Result<(), SpectrumError> {
    if (low..=high).contains(&found) { Ok(()) } else { Err(SpectrumError::Count { what, low, high, found }) }
}

fn between(what: &'static str, found: f64, low: f64, high: f64) -> Result<(), SpectrumError> {
    // Written so that NaN is refused.
    if found > low && found < high { Ok(()) } else { Err(SpectrumError::Parameter { what, low, high, found }) }
}

/// Eigenvalues in increasing order and eigenvectors of a small symmetric matrix.
pub(crate) fn dense_eigen(
    matrix: nalgebra::DMatrix<f64>,
) -> Result<(Vec<f64>, nalgebra::DMatrix<f64>), SpectrumError> {
    let size = matrix.nrows();
    let eigen = eigen(matrix).map_err(|_| SpectrumError::Projected { size })?;
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&i, &j| eigen.eigenvalues[i].total_cmp(&eigen.eigenvalues[j]));
    Ok((order.iter().map(|&i| eigen.eigenvalues[i]).collect(), eigen.eigenvectors.select_columns(&order)))
}
