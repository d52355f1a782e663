//! Values of the theorems and measures of `saddlepoint-theory` from independent implementations.

mod approximation;
mod batch_norm;
mod covering;
mod dichotomies;
mod dziugaite_roy;
mod estimation;
mod linear_gibbs;
mod lipschitz;
mod matrix_project;
mod measures;
mod networks;
mod norm_bounds;
mod norms;
mod pac_bayes;
mod rademacher;
mod regions;
mod regularization;
mod representation;
mod rounded_up;
mod sawtooth;
mod segmented_fit;
mod spectral_exponent;
mod test_set_bounds;
mod vc_dimension;
