//! Generalization bounds, one theorem a file: hypotheses in, certified upper bound out.

pub mod finite_class;
pub mod kl_inverse;
pub mod kolmogorov;
pub mod rademacher;
