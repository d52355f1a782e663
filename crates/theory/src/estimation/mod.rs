//! Learning where everything is known: risks, their three errors and minimizers on distributions with closed forms.
//!
//! - [`MEstimator`]: how far an empirical minimizer lies from the true one;
//! - [`legendre`]: polynomials orthonormal under the uniform distribution, best approximations, Gauss's rule;
//! - [`least_squares`]: the empirical risk of a linear class and its descent;
//! - [`decomposition`]: approximation, estimation and optimization error of one fit;
//! - [`spline`]: continuous piecewise linear functions with equal cells;
//! - [`gaussian_linear`]: least squares on Gaussian features, past interpolation too;
//! - [`minimum_norm`]: least squares with any number of coefficients, and ridge regression;
//! - [`random_features`]: that on a layer of ReLU units which is drawn;
//! - [`chebyshev`]: polynomials fitted to points;
//! - [`regression_tree`]: boxes that the data choose;
//! - [`kernel_machine`]: the function of least norm through all samples, and ridge regression in the space of a kernel;
//! - [`neighbours`]: classification by the nearest examples.

pub mod chebyshev;
pub mod decomposition;
pub mod gaussian_linear;
pub mod kernel_machine;
pub mod least_squares;
pub mod legendre;
mod m_estimator;
pub mod minimum_norm;
pub mod neighbours;
pub mod random_features;
pub mod regression_tree;
pub mod spline;

pub use m_estimator::{Eigenspace, EstimationError, MEstimator, uniform_rate};
