//! How rich a class of functions is.

pub mod rademacher;
