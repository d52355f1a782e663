//! How rich a class of functions is.

pub mod norms;
mod polish;
pub mod rademacher;
pub mod spectrum;
pub mod vc;
