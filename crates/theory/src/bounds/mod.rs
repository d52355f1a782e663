//! Generalization bounds, one theorem a file: hypotheses in, certified upper bound out.
//!
//! Each theorem is a struct of its hypotheses. Its constructor refuses what violates one of them by name; what it
//! builds can always be evaluated, to a [`Certificate`](certificate::Certificate).

pub mod arora_compression;
pub mod bartlett_foster_telgarsky;
mod binomial;
pub mod catoni;
pub mod certificate;
pub mod clopper_pearson;
pub mod dziugaite_roy;
pub mod empirical_bernstein;
pub mod error_count;
pub mod finite_class;
pub mod gaussian;
pub mod golowich;
pub mod grid;
pub mod hoeffding;
pub mod hypothesis;
pub mod inputs;
pub mod kernel;
pub mod kl_inverse;
pub mod kl_test_set;
pub mod kolmogorov;
pub mod linear_gibbs;
pub mod maurer;
pub mod mcallester;
pub mod mean;
pub mod network;
pub mod neyshabur_pac_bayes;
pub mod norm_margin;
pub mod pac_bayes;
pub mod path_norm;
pub mod perturbation;
pub mod rademacher;
pub mod split;
mod test_sample;
#[cfg(test)]
mod testing;
pub mod vc;
