//! How rich a class of functions is.

pub mod batch_norm;
pub mod convolution;
pub mod covering;
pub mod cushions;
pub mod dudley;
pub mod fisher_rao;
mod gram;
pub mod lipschitz;
pub mod margins;
pub mod matrix_project;
pub mod norms;
mod polish;
pub mod rademacher;
pub mod spectral_complexity;
pub mod spectral_exponent;
pub mod spectrum;
pub mod vc;
