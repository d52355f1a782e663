//! How rich a class of functions is.

mod polish;
pub mod rademacher;
pub mod spectrum;
