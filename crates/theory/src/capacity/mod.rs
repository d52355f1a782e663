//! How rich a class of functions is.

pub mod covering;
pub mod dudley;
pub mod lipschitz;
pub mod margins;
pub mod norms;
mod polish;
pub mod rademacher;
pub mod spectral_complexity;
pub mod spectrum;
pub mod vc;
